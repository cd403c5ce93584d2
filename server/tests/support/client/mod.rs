//! Clients behind one face, so that a behaviour is written once and shown with each of them.
//!
//! A client that has no command for something leaves that method out; `clients/table.rs` says so where people read it.

mod aria2;
mod asyncssh;
mod curl;
mod ftplib;
mod lftp;
mod ncftp;
mod net_ftp;
mod openssh;
mod paramiko;
mod rclone;
mod sshfs;
mod steps;
mod tnftp;
mod wget;

pub(crate) use self::{
    aria2::Aria2,
    asyncssh::Asyncssh,
    curl::Curl,
    ftplib::Ftplib,
    lftp::Lftp,
    ncftp::Ncftp,
    net_ftp::NetFtp,
    openssh::{OldScp, Scp, Sftp},
    paramiko::Paramiko,
    rclone::Rclone,
    sshfs::Sshfs,
    tnftp::Tnftp,
    wget::Wget,
};
use super::{
    server::{LOGIN, Wharf},
    told,
};
use std::{
    io::Write,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

/// How a client protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    /// AUTH TLS.
    Explicit,
    /// AUTH TLS, where data connections resume the TLS session of the control connection also if the client does not do
    /// so by itself.
    Resuming,
    /// AUTH TLS, and no TLS older than 1.3. Not every client can be told so.
    Tls13,
    /// TLS from the first byte.
    Implicit,
    /// SFTP or SCP.
    Ssh,
}

/// How something ended that may go wrong. The error is what the client wrote.
pub(crate) type Attempt = Result<(), String>;

/// What clients do. Paths are relative to the home. What a client cannot do ends the test.
pub(crate) trait Client: Sized {
    /// A client that uses the account [`LOGIN`].
    fn new(server: &Wharf, transport: Transport) -> Self {
        Self::log_in(server, transport, LOGIN)
    }

    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self;

    /// The same client, which from now on has the server open data connections.
    fn active(self) -> Self {
        lacks("active mode")
    }

    /// Names in a directory.
    fn list(&self, directory: &str) -> Vec<String>;

    fn try_download(&self, remote: &str, local: &Path) -> Attempt;

    fn try_upload(&self, _local: &Path, _remote: &str) -> Attempt {
        lacks("uploads")
    }

    fn download(&self, remote: &str, local: &Path) {
        self.try_download(remote, local).unwrap_or_else(|told| panic!("download of {remote}: {told}"));
    }

    fn upload(&self, local: &Path, remote: &str) {
        self.try_upload(local, remote).unwrap_or_else(|told| panic!("upload of {remote}: {told}"));
    }

    /// Gets a file over several connections at once, a piece over each.
    fn download_in_pieces(&self, _remote: &str, _local: &Path) {
        lacks("downloads in pieces");
    }

    /// Goes on behind what `local` has.
    fn resume_download(&self, _remote: &str, _local: &Path) {
        lacks("downloads that go on");
    }

    /// Goes on behind what the server has.
    fn resume_upload(&self, _local: &Path, _remote: &str) {
        lacks("uploads that go on");
    }

    /// Gets a directory, with all that is below, into the directory `into`.
    fn download_tree(&self, _remote: &str, _into: &Path) {
        lacks("downloads of directories");
    }

    /// Puts a directory, with all that is below, into the home.
    fn upload_tree(&self, _local: &Path) {
        lacks("uploads of directories");
    }

    /// Says how what the server has differs from what is here.
    fn compare(&self, _local: &Path, _remote: &str) -> Attempt {
        lacks("comparisons")
    }

    fn rename(&self, _from: &str, _to: &str) {
        lacks("renaming");
    }

    fn delete(&self, _remote: &str) {
        lacks("deleting");
    }

    fn make_directory(&self, _remote: &str) {
        lacks("making directories");
    }

    fn remove_directory(&self, _remote: &str) {
        lacks("removing directories");
    }
}

fn lacks(what: &str) -> ! {
    panic!("this client has no {what}: its column in clients/table.rs is wrong")
}

fn endpoint(server: &Wharf, transport: Transport) -> SocketAddr {
    match transport {
        Transport::Plain | Transport::Explicit | Transport::Resuming | Transport::Tls13 => server.ftp(),
        Transport::Implicit => server.implicit(),
        Transport::Ssh => server.sftp(),
    }
}

/// Runs a client to its end.
fn attempt(command: &mut Command) -> Attempt {
    let output = command.output().expect("a program starts");
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}\n{}", output.status, told(&output))) }
}

/// Types `lines` into a client, which has to leave with success. What it wrote.
fn typed(command: &mut Command, lines: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A client that left early says why.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    let told = told(&output);
    assert!(output.status.success(), "{command:?}: {}\n{told}", output.status);
    told
}

/// A word as lftp, tnftp and ncftp read it.
pub(crate) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A path as a URL has it.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect()
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
