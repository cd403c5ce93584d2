//! tnftp, the `ftp` of the BSDs and of Debian: <https://cdn.netbsd.org/pub/NetBSD/misc/tnftp/>

use super::{Attempt, Client, Transport, attempt, encode, endpoint, quoted, typed};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf, text},
};
use std::{fs, net::SocketAddr, path::Path, process::Command};

pub(crate) struct Tnftp {
    address: SocketAddr,
    login: String,
    home: String,
    mode: &'static str,
}

impl Tnftp {
    fn command(&self) -> Command {
        let mut tnftp = bounded("tnftp");
        tnftp.env("HOME", &self.home).args([self.mode, "-V"]);
        tnftp
    }

    fn url(&self, path: &str) -> String {
        format!("ftp://{}:{}@{}/{path}", encode(&self.login), encode(PASSWORD), self.address)
    }

    /// Types commands. tnftp leaves with success whatever became of them, so a reply that refuses one is looked for.
    fn run(&self, commands: &[String]) -> String {
        let mut tnftp = self.command();
        tnftp.args(["-n", "-i", "-v", &self.address.ip().to_string(), &self.address.port().to_string()]);
        let login = format!("user {} {}", self.login, quoted(PASSWORD));
        let told = typed(&mut tnftp, &format!("{login}\n{}\nbye\n", commands.join("\n")));
        assert!(!told.lines().any(|line| line.starts_with(['4', '5'])), "tnftp {commands:?}: {told}");
        told
    }
}

impl Client for Tnftp {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let (address, home) = (endpoint(server, transport), text(&server.local("")));
        Self { address, login: login.to_owned(), home, mode: "-p" }
    }

    fn active(mut self) -> Self {
        self.mode = "-A";
        self
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let listing = tempfile::NamedTempFile::new().unwrap();
        let into = quoted(&text(listing.path()));
        self.run(&[format!("cd {}", quoted(&format!("/{directory}"))), format!("nlist . {into}")]);
        fs::read_to_string(listing.path()).unwrap().lines().map(str::to_owned).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(self.command().arg("-o").arg(local).arg(self.url(&encode(remote))))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        // For an upload the path is taken as it stands.
        attempt(self.command().arg("-u").arg(self.url(remote)).arg(local))
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.run(&[format!("reget {} {}", quoted(remote), quoted(&text(local)))]);
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        let told = self.run(&["binary".to_owned(), format!("size {}", quoted(remote))]);
        let size = told
            .lines()
            .find_map(|line| line.strip_prefix(remote)?.strip_prefix('\t'))
            .unwrap_or_else(|| panic!("no size: {told}"));
        self.run(&[format!("restart {size}"), format!("put {} {}", quoted(&text(local)), quoted(remote))]);
    }

    fn rename(&self, from: &str, to: &str) {
        self.run(&[format!("rename {} {}", quoted(from), quoted(to))]);
    }

    fn delete(&self, remote: &str) {
        self.run(&[format!("delete {}", quoted(remote))]);
    }

    fn make_directory(&self, remote: &str) {
        self.run(&[format!("mkdir {}", quoted(remote))]);
    }

    fn remove_directory(&self, remote: &str) {
        self.run(&[format!("rmdir {}", quoted(remote))]);
    }
}
