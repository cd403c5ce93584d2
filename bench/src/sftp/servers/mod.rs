//! The servers, each with a configuration made for this run: one account that logs in with a key, no limits in the way.

mod openssh;
mod wharf;

use crate::servers::{self, Kind, Place, Setting, output};
use anyhow::{Result, bail};
use std::{
    io::Read as _,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::Command,
    time::Duration,
};

/// All but the baseline.
pub(crate) const KINDS: [Kind; 2] = [Kind::Wharf, Kind::Openssh];

/// What a client has to know. The first directory is the one for files.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) user: &'static str,
}

pub(crate) type Server = servers::Server<Access>;
type Prepared = servers::Prepared<Access>;

/// The private key that clients log in with. Beside it is the public one.
pub(crate) fn client_key(place: &Place) -> PathBuf {
    place.root.join("client_key")
}

/// A key of the same kind that sshd is known by; Wharf makes its own.
fn host_key(place: &Place) -> PathBuf {
    place.root.join("host_key")
}

/// Makes the keys.
pub(crate) fn make_keys(place: &Place) -> Result<()> {
    for file in [client_key(place), host_key(place)] {
        output(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file))?;
    }
    Ok(())
}

/// Configures and starts a server, and waits until it answers.
pub(crate) fn start(kind: Kind, place: &Place) -> Result<Server> {
    Server::start_with(kind, place, prepare, |address| greets(address).is_ok())
}

fn prepare(setting: &Setting) -> Result<Prepared> {
    match setting.kind {
        Kind::Wharf | Kind::Baseline => wharf::prepare(setting),
        Kind::Openssh => openssh::prepare(setting),
        Kind::PureFtpd | Kind::Vsftpd | Kind::Proftpd | Kind::Libunftp | Kind::Nginx => {
            bail!("it is not measured over SFTP")
        }
    }
}

/// Reads the first bytes of the server's identification.
fn greets(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok(stream.read_exact(&mut [0; 4])?)
}
