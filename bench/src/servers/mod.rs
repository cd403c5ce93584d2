//! The servers, each with a configuration made for this run: sendfile where it has it, no log of transfers, no look-ups
//! of names, no limits in the way.

pub(crate) mod libunftp;
mod proftpd;
mod pure_ftpd;
mod vsftpd;
mod wharf;

use crate::{
    client::{Login, Session},
    group::Group,
    measures::until,
};
use anyhow::{Context, Result, ensure};
use std::{
    fmt, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Who serves files where a server may not do it as root: `nobody` of Debian and most others.
const NOBODY: u32 = 65_534;
/// The password of every account.
pub(crate) const PASSWORD: &str = "a-long-enough-password";
/// Passive ports of one server; all below what the kernel gives to clients.
const PASSIVE_FIRST: u16 = 10_000;
const PASSIVE_COUNT: u16 = 1_500;

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
}

impl Kind {
    /// All but the baseline.
    pub(crate) const ALL: [Self; 5] = [Self::Wharf, Self::PureFtpd, Self::Vsftpd, Self::Proftpd, Self::Libunftp];

    /// libunftp 0.24 answers AUTH before it stops reading commands (its `commands/auth.rs` only leaves a message for
    /// `control_loop.rs`). A hello that comes at once may be read as a command and answered in clear, which rustls calls
    /// an `InvalidContentType`, or be lost. No clock runs here.
    fn pause_before_tls(self) -> Duration {
        Duration::from_millis(if self == Self::Libunftp { 50 } else { 0 })
    }

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

impl Programs {
    fn wharf(&self, kind: Kind) -> Result<&Path> {
        if kind == Kind::Baseline { self.baseline.as_deref().context("--baseline is missing") } else { Ok(&self.wharf) }
    }
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) programs: Programs,
    /// Everything of the run.
    pub(crate) root: PathBuf,
    /// PEM files that all servers use.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What one server is started with.
struct Setting<'a> {
    kind: Kind,
    place: &'a Place,
    /// The server's own folder: its configuration and state.
    folder: PathBuf,
    /// What its clients see as `/`.
    home: PathBuf,
    port: u16,
    passive: (u16, u16),
}

impl Setting<'_> {
    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// A program out of the package of a peer.
    fn peer(&self, path: &str) -> Result<PathBuf> {
        let program = self.place.programs.peers.join(path);
        ensure!(program.exists(), "{} is missing; `cargo xtask bench` unpacks it", program.display());
        ensure!(rustix::process::geteuid().is_root(), "{} needs root", self.kind);
        Ok(program)
    }
}

/// How a server was set up.
struct Prepared {
    command: Command,
    login: Login,
    version: String,
    /// What a reader of the numbers should know about its logins.
    hashing: &'static str,
    /// Where the REST interface listens and its token.
    rest: Option<(u16, String)>,
}

/// A running server. It ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) group: Group,
    pub(crate) address: SocketAddr,
    /// The directory that its clients put files into.
    pub(crate) files: PathBuf,
    pub(crate) login: Login,
    pub(crate) version: String,
    pub(crate) hashing: &'static str,
    pub(crate) rest: Option<(SocketAddr, String)>,
}

impl Server {
    /// Configures and starts a server, and waits until it answers.
    pub(crate) fn start(kind: Kind, place: &Place) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("{kind}-")).tempdir_in(&place.root)?.keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let home = folder.join("home");
        let files = home.join("files");
        fs::create_dir_all(&files)?;
        // Some serve as root, some as nobody, one as daemon.
        fs::set_permissions(&files, fs::Permissions::from_mode(0o777))?;
        let first = PASSIVE_FIRST + PASSIVE_COUNT * kind as u16;
        let setting =
            Setting { kind, place, folder, home, port: free_port()?, passive: (first, first + PASSIVE_COUNT - 1) };
        let prepared = match kind {
            Kind::Wharf | Kind::Baseline => wharf::prepare(&setting),
            Kind::PureFtpd => pure_ftpd::prepare(&setting),
            Kind::Vsftpd => vsftpd::prepare(&setting),
            Kind::Proftpd => proftpd::prepare(&setting),
            Kind::Libunftp => libunftp::prepare(&setting),
        };
        let Prepared { command, login, version, hashing, rest } = prepared.with_context(|| kind.to_string())?;
        let log = setting.folder.join("log");
        let mut group = Group::spawn(&kind.to_string(), &command, &log)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, setting.port));
        until(Duration::from_secs(20), || {
            (!group.is_running() || Session::connect(address).and_then(Session::quit).is_ok()).then_some(())
        })
        .with_context(|| format!("{kind} does not answer"))?;
        ensure!(group.is_running(), "{kind} ended at once: {}", fs::read_to_string(log)?.trim_end());
        let rest = rest.map(|(port, token)| (SocketAddr::from((Ipv4Addr::LOCALHOST, port)), token));
        Ok(Self { kind, group, address, files, login, version, hashing, rest })
    }

    /// A session that has logged in.
    pub(crate) fn log_in(&self, tls: Option<&crate::client::Tls>) -> Result<Session> {
        let mut session = Session::connect(self.address)?;
        if let Some(tls) = tls {
            session.secure(tls, self.kind.pause_before_tls())?;
        }
        session.log_in(&self.login)?;
        Ok(session)
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs a command to its end; returns what it printed.
fn output(command: &mut Command) -> Result<String> {
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
fn output_for(command: &mut Command, input: &str) -> Result<String> {
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, input.as_bytes())?;
    std::io::Seek::rewind(&mut file)?;
    output(command.stdin(file))
}
