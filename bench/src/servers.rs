//! The servers: where they are, how they are started. What they are told is with the protocols.

mod pem;
pub(crate) mod wharf;

pub(crate) use pem::Pem;

use crate::{group::Group, race::until};
use anyhow::{Context as _, Result, ensure};
use std::{
    fmt, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// A server that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// This repository
    Wharf,
    /// Another build of it, `--baseline`
    Baseline,
    /// Pure-FTPd
    PureFtpd,
    /// vsftpd
    Vsftpd,
    /// `ProFTPD`
    Proftpd,
    /// The library libunftp with its file system back end
    Libunftp,
    /// The internal-sftp of OpenSSH
    Openssh,
    /// nginx with its module for WebDAV
    Nginx,
}

impl Kind {
    /// Whether it is this repository's server.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Wharf | Self::Baseline)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wharf => "wharf",
            Self::Baseline => "baseline",
            Self::PureFtpd => "pure-ftpd",
            Self::Vsftpd => "vsftpd",
            Self::Proftpd => "proftpd",
            Self::Libunftp => "libunftp",
            Self::Openssh => "openssh",
            Self::Nginx => "nginx",
        })
    }
}

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) wharf: PathBuf,
    pub(crate) baseline: Option<PathBuf>,
    /// The unpacked packages of the peers.
    pub(crate) peers: PathBuf,
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) programs: Programs,
    /// Everything of the run.
    pub(crate) root: PathBuf,
    /// Where clients put what they get: in memory, so that no disk of theirs is measured.
    pub(crate) memory: PathBuf,
}

/// What one server is started with.
pub(crate) struct Setting<'a> {
    pub(crate) kind: Kind,
    pub(crate) place: &'a Place,
    /// The server's own folder: its configuration and state.
    pub(crate) folder: PathBuf,
    /// Above the directory that its clients put files into.
    pub(crate) home: PathBuf,
    pub(crate) port: u16,
}

impl Setting<'_> {
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// A program out of the package of a peer.
    pub(crate) fn peer(&self, path: &str) -> Result<PathBuf> {
        let program = self.place.programs.peers.join(path);
        ensure!(program.exists(), "{} is missing; `cargo xtask bench` unpacks it", program.display());
        ensure!(rustix::process::geteuid().is_root(), "{} needs root", self.kind);
        Ok(program)
    }

    /// The directory that its clients put files into.
    pub(crate) fn files(&self) -> PathBuf {
        self.home.join("files")
    }
}

/// How a server was set up.
pub(crate) struct Prepared<A> {
    pub(crate) command: Command,
    pub(crate) access: A,
    pub(crate) version: String,
}

/// A running server. It ends with this value.
#[derive(Debug)]
pub(crate) struct Server<A> {
    pub(crate) kind: Kind,
    pub(crate) group: Group,
    pub(crate) address: SocketAddr,
    /// The directory that its clients put files into.
    pub(crate) files: PathBuf,
    /// What its clients have to know.
    pub(crate) access: A,
    pub(crate) version: String,
}

impl<A> Server<A> {
    /// Configures and starts a server, and waits until it answers.
    pub(crate) fn start_with(
        kind: Kind,
        place: &Place,
        prepare: impl FnOnce(&Setting) -> Result<Prepared<A>>,
        answers: impl Fn(SocketAddr) -> bool,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("{kind}-")).tempdir_in(&place.root)?.keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let home = folder.join("home");
        let setting = Setting { kind, place, folder, home, port: free_port()? };
        let files = setting.files();
        fs::create_dir_all(&files)?;
        // Some serve as root, some as nobody, one as daemon.
        fs::set_permissions(&files, fs::Permissions::from_mode(0o777))?;
        let Prepared { command, access, version } = prepare(&setting).with_context(|| kind.to_string())?;
        let log = setting.folder.join("log");
        let mut group = Group::spawn(&kind.to_string(), &command, &log)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, setting.port));
        until(Duration::from_secs(20), || (!group.is_running() || answers(address)).then_some(()))
            .with_context(|| format!("{kind} does not answer"))?;
        ensure!(group.is_running(), "{kind} ended at once: {}", fs::read_to_string(log)?.trim_end());
        Ok(Self { kind, group, address, files, access, version })
    }
}

pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs a command to its end; returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{}: {text}{}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(text)
}

/// Runs a command with a text on its standard input.
pub(crate) fn output_for(command: &mut Command, input: &str) -> Result<String> {
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, input.as_bytes())?;
    std::io::Seek::rewind(&mut file)?;
    output(command.stdin(file))
}

impl Programs {
    fn wharf(&self, kind: Kind) -> Result<&Path> {
        if kind == Kind::Baseline { self.baseline.as_deref().context("--baseline is missing") } else { Ok(&self.wharf) }
    }
}
