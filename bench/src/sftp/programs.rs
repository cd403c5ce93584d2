//! The clients that people have, as commands. They know nothing of this machine's configuration, keys and agents.

use super::servers::{Server, client_key};
use crate::servers::{Place, output, output_for};
use anyhow::{Context as _, Result};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// For sftp. The key exchange is what both servers and both clients have, so that all do the same work.
const OPTIONS: [&str; 5] = [
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "KexAlgorithms=curve25519-sha256",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128Gcm,
    Chacha20Poly1305,
}

impl Cipher {
    pub(crate) const ALL: [Self; 2] = [Self::Aes128Gcm, Self::Chacha20Poly1305];

    /// As the tables name it; SSH puts `@openssh.com` behind.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "aes128-gcm",
            Self::Chacha20Poly1305 => "chacha20-poly1305",
        }
    }
}

/// How the clients are run.
pub(crate) struct Programs {
    key: PathBuf,
    /// Whether rclone can be told a cipher (1.62 and later). Before, it asks for aes128-gcm.
    pub(crate) rclone_takes_ciphers: bool,
}

impl Programs {
    pub(crate) fn new(place: &Place) -> Result<Self> {
        let flags = output(Command::new("rclone").args(["help", "flags"]))?;
        Ok(Self { key: client_key(place), rclone_takes_ciphers: flags.contains("--sftp-ciphers") })
    }

    /// Runs OpenSSH's sftp with a batch of commands.
    pub(crate) fn sftp(&self, server: &Server, cipher: Cipher, batch: &str) -> Result<()> {
        let mut command = Command::new("sftp");
        command.args(["-b", "-", "-F", "/dev/null", "-c", &format!("{}@openssh.com", cipher.name())]);
        command.arg("-i").arg(&self.key).args(["-P", &server.address.port().to_string()]);
        for option in OPTIONS {
            command.args(["-o", option]);
        }
        command.arg(format!("{}@{}", server.access.user, server.address.ip()));
        output_for(&mut command, batch)?;
        Ok(())
    }

    /// Runs rclone: `deed` with the paths `from` and `to`, of which [`remote`] makes those on the server.
    pub(crate) fn rclone(&self, server: &Server, cipher: Cipher, deed: &[&str], [from, to]: [&str; 2]) -> Result<()> {
        let mut command = Command::new("rclone");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("RCLONE_") {
                command.env_remove(name);
            }
        }
        command.args(deed).args([from, to, "--config", "", "--sftp-user", server.access.user]);
        command.args(["--sftp-host", &server.address.ip().to_string()]);
        command.args(["--sftp-port", &server.address.port().to_string()]);
        command.arg("--sftp-key-file").arg(&self.key);
        // It would look for a shell that computes checksums.
        command.args(["--sftp-shell-type", "none", "--sftp-disable-hashcheck"]);
        if self.rclone_takes_ciphers {
            command.args(["--sftp-ciphers", &format!("{}@openssh.com", cipher.name())]);
        }
        output(command.stdin(Stdio::null()))?;
        Ok(())
    }
}

/// A path on the server, as rclone is told it.
pub(crate) fn remote(path: &str) -> String {
    format!(":sftp:{path}")
}

/// A path of ours, as clients are told it.
pub(crate) fn local(path: &Path) -> Result<&str> {
    path.to_str().context("the path is not UTF-8")
}

/// What the clients call themselves.
pub(crate) fn versions() -> Result<String> {
    let ssh = output(Command::new("sh").args(["-c", "ssh -V 2>&1"]))?;
    let rclone = output(Command::new("rclone").arg("version"))?;
    Ok(format!(
        "{}, {}",
        ssh.split([' ', ',']).next().unwrap_or_default().replace('_', " "),
        rclone.lines().next().unwrap_or_default()
    ))
}
