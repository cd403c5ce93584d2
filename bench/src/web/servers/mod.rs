//! The servers, each with a configuration made for this run: one account, no log, no limits in the way.

mod nginx;
mod wharf;

use super::curl::{Curl, Version};
use crate::servers::{self, Kind, Place, Setting};
use anyhow::{Result, bail};
use std::net::TcpStream;

/// All but the baseline.
pub(crate) const KINDS: [Kind; 2] = [Kind::Wharf, Kind::Nginx];
/// A file that a client gets before anything is measured.
const HELLO: &str = "hello";

/// What a client has to know.
#[derive(Debug)]
pub(crate) struct Access {
    /// The path of the directory for files, without its first slash.
    pub(super) files: &'static str,
    /// Whether uploads can be resumed (tus).
    pub(super) tus: bool,
}

pub(crate) type Server = servers::Server<Access>;
type Prepared = servers::Prepared<Access>;

/// Configures and starts a server, and waits until it answers. The first login is the one that hashes the password, so
/// it is over then.
pub(crate) fn start(kind: Kind, place: &Place) -> Result<Server> {
    let server = Server::start_with(kind, place, prepare, |address| TcpStream::connect(address).is_ok())?;
    std::fs::write(server.files.join(HELLO), HELLO)?;
    Curl::new(place, &server, Version::Http1).get(HELLO, HELLO.len() as u64)?;
    Ok(server)
}

fn prepare(setting: &Setting) -> Result<Prepared> {
    match setting.kind {
        Kind::Wharf | Kind::Baseline => wharf::prepare(setting),
        Kind::Nginx => nginx::prepare(setting),
        Kind::PureFtpd | Kind::Vsftpd | Kind::Proftpd | Kind::Libunftp | Kind::Openssh => {
            bail!("it is not measured over HTTP")
        }
    }
}
