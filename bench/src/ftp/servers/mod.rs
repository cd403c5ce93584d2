//! The servers, each with a configuration made for this run: sendfile where it has it, no log of transfers, no look-ups
//! of names, no limits in the way.

pub(crate) mod libunftp;
mod proftpd;
mod pure_ftpd;
mod vsftpd;
mod wharf;

use super::client::{Login, Session, Tls};
use crate::servers::{self, Kind, Pem, Place, Setting, wharf::PASSWORD};
use anyhow::{Result, bail};
use std::{net::SocketAddr, time::Duration};

/// All but the baseline.
pub(crate) const KINDS: [Kind; 5] = [Kind::Wharf, Kind::PureFtpd, Kind::Vsftpd, Kind::Proftpd, Kind::Libunftp];
/// Who serves files where a server may not do it as root: `nobody` of Debian and most others.
const NOBODY: u32 = 65_534;
/// Passive ports of one server; all below what the kernel gives to clients.
const PASSIVE_FIRST: u16 = 10_000;
const PASSIVE_COUNT: u16 = 1_500;

/// What an FTP client has to know, and more of the server.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) login: Login,
    /// What a reader of the numbers should know about its logins.
    pub(crate) hashing: &'static str,
    /// Where the REST interface listens and its token.
    pub(crate) rest: Option<(SocketAddr, String)>,
}

pub(crate) type Server = servers::Server<Access>;
type Prepared = servers::Prepared<Access>;

/// Configures and starts a server, and waits until it answers.
pub(crate) fn start(kind: Kind, place: &Place) -> Result<Server> {
    Server::start_with(kind, place, prepare, |address| Session::connect(address).and_then(Session::quit).is_ok())
}

fn prepare(setting: &Setting) -> Result<Prepared> {
    match setting.kind {
        Kind::Wharf | Kind::Baseline => wharf::prepare(setting),
        Kind::PureFtpd => pure_ftpd::prepare(setting),
        Kind::Vsftpd => vsftpd::prepare(setting),
        Kind::Proftpd => proftpd::prepare(setting),
        Kind::Libunftp => libunftp::prepare(setting),
        Kind::Openssh | Kind::Nginx => bail!("it has no FTP"),
    }
}

/// First and last passive port.
fn passive_ports(kind: Kind) -> (u16, u16) {
    let first = PASSIVE_FIRST + PASSIVE_COUNT * kind as u16;
    (first, first + PASSIVE_COUNT - 1)
}

impl Server {
    /// A session that has logged in.
    pub(crate) fn log_in(&self, tls: Option<&Tls>) -> Result<Session> {
        let mut session = Session::connect(self.address)?;
        if let Some(tls) = tls {
            session.secure(tls, pause_before_tls(self.kind))?;
        }
        session.log_in(&self.access.login)?;
        Ok(session)
    }
}

/// libunftp 0.24 answers AUTH before it stops reading commands (its `commands/auth.rs` only leaves a message for
/// `control_loop.rs`). A hello that comes at once may be read as a command and answered in clear, which rustls calls an
/// `InvalidContentType`, or be lost. No clock runs here.
fn pause_before_tls(kind: Kind) -> Duration {
    Duration::from_millis(if kind == Kind::Libunftp { 50 } else { 0 })
}
