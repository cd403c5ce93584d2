//! <https://www.openssh.com>: `sftp`, and `scp` in both of its protocols.

use super::{Attempt, Client, Transport, attempt, name, quoted, typed};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{path::Path, process::Command};

/// Who talks to which server, with nothing of whoever runs the tests.
struct Account {
    login: String,
    port: u16,
    home: String,
}

impl Account {
    fn new(server: &Wharf, login: &str) -> Self {
        Self { login: login.to_owned(), port: server.sftp().port(), home: text(&server.local("")) }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = bounded("sshpass");
        command.args(["-p", PASSWORD, program, "-q", "-F", "none"]);
        command.env_remove("SSH_AUTH_SOCK").env("HOME", &self.home);
        for option in OPTIONS {
            command.args(["-o", option]);
        }
        command.arg("-P").arg(self.port.to_string());
        command
    }

    fn host(&self) -> String {
        format!("{}@127.0.0.1", self.login)
    }
}

/// What every SSH client of the tests is told. The first says that a batch may use a password.
pub(super) const OPTIONS: &[&str] = &[
    "BatchMode=no",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PubkeyAuthentication=no",
    "ConnectTimeout=20",
];

pub(crate) struct Sftp(Account);

impl Sftp {
    /// Runs commands of sftp, all of which have to succeed. What they wrote.
    pub(crate) fn run(&self, commands: &str) -> String {
        let told = typed(self.command().args(["-b", "-"]).arg(self.0.host()), commands);
        told.lines().filter(|line| !line.starts_with("sftp> ")).flat_map(|line| [line, "\n"]).collect()
    }

    fn command(&self) -> Command {
        self.0.command("sftp")
    }

    fn try_one(&self, command: &str) -> Attempt {
        let batch = Path::new(&self.0.home).join("batch");
        std::fs::write(&batch, command).unwrap();
        attempt(self.command().arg("-b").arg(batch).arg(self.0.host()))
    }
}

impl Client for Sftp {
    fn log_in(server: &Wharf, _: Transport, login: &str) -> Self {
        Self(Account::new(server, login))
    }

    fn list(&self, directory: &str) -> Vec<String> {
        self.run(&format!("cd {}\nls -1a\n", quoted(&format!("/{directory}")))).lines().map(str::to_owned).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        self.try_one(&format!("get -p {} {}\n", quoted(&format!("/{remote}")), quoted(&text(local))))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        self.try_one(&format!("put -p {} {}\n", quoted(&text(local)), quoted(&format!("/{remote}"))))
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.run(&format!("reget {} {}\n", quoted(remote), quoted(&text(local))));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        self.run(&format!("reput {} {}\n", quoted(&text(local)), quoted(remote)));
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        self.run(&format!("get -r {} {}\n", quoted(remote), quoted(&text(into))));
    }

    fn upload_tree(&self, local: &Path) {
        self.run(&format!("put -r {}\n", quoted(&text(local))));
    }

    fn rename(&self, from: &str, to: &str) {
        self.run(&format!("rename {} {}\n", quoted(from), quoted(to)));
    }

    fn delete(&self, remote: &str) {
        self.run(&format!("rm {}\n", quoted(remote)));
    }

    fn make_directory(&self, remote: &str) {
        self.run(&format!("mkdir {}\n", quoted(remote)));
    }

    fn remove_directory(&self, remote: &str) {
        self.run(&format!("rmdir {}\n", quoted(remote)));
    }
}

/// scp over SFTP, as it is since OpenSSH 9.0.
pub(crate) struct Scp(Account);

/// `scp -O`: the old protocol.
pub(crate) struct OldScp(Account);

impl Scp {
    /// Without signs that scp takes for a pattern.
    fn remote(&self, path: &str) -> String {
        let escape = |c: char| if "\\*?[]{}".contains(c) { vec!['\\', c] } else { vec![c] };
        format!("{}:/{}", self.0.host(), path.chars().flat_map(escape).collect::<String>())
    }
}

impl OldScp {
    /// As a shell would need it, without quotes: scp takes it for a pattern too, which what comes has to match.
    fn remote(&self, path: &str) -> String {
        let plain = |c: char| c.is_alphanumeric() || "/.-_".contains(c);
        let escape = |c: char| if plain(c) { vec![c] } else { vec!['\\', c] };
        format!("{}:/{}", self.0.host(), path.chars().flat_map(escape).collect::<String>())
    }

    fn command(&self) -> Command {
        let mut scp = self.0.command("scp");
        scp.arg("-O");
        scp
    }
}

impl Client for Scp {
    fn log_in(server: &Wharf, _: Transport, login: &str) -> Self {
        Self(Account::new(server, login))
    }

    fn list(&self, _: &str) -> Vec<String> {
        super::lacks("listings")
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(self.0.command("scp").arg("-p").arg(self.remote(remote)).arg(local))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(self.0.command("scp").arg("-p").arg(local).arg(format!("{}:/{remote}", self.0.host())))
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        succeed(self.0.command("scp").arg("-r").arg(self.remote(remote)).arg(into));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(self.0.command("scp").arg("-r").arg(local).arg(format!("{}:/{}", self.0.host(), name(local))));
    }
}

impl Client for OldScp {
    fn log_in(server: &Wharf, _: Transport, login: &str) -> Self {
        Self(Account::new(server, login))
    }

    fn list(&self, _: &str) -> Vec<String> {
        super::lacks("listings")
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(self.command().arg("-p").arg(self.remote(remote)).arg(local))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(self.command().arg("-p").arg(local).arg(self.remote(remote)))
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        succeed(self.command().arg("-r").arg(self.remote(remote)).arg(into));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(self.command().arg("-r").arg(local).arg(self.remote("")));
    }
}
