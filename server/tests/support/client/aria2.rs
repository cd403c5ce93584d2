//! <https://aria2.github.io>

use super::{Attempt, Client, Transport, attempt, encode, endpoint, lacks, name};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf},
    succeed,
};
use std::{path::Path, process::Command};

pub(crate) struct Aria2 {
    url: String,
    options: Vec<String>,
}

impl Aria2 {
    fn command(&self, remote: &str, local: &Path) -> Command {
        let mut aria2 = bounded("aria2c");
        aria2.args(&self.options).arg("--dir").arg(local.parent().unwrap());
        aria2.args(["--out", &name(local)]).arg(format!("{}/{}", self.url, encode(remote)));
        aria2
    }
}

impl Client for Aria2 {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let (login, password) = (format!("--ftp-user={login}"), format!("--ftp-passwd={PASSWORD}"));
        // Five connections for one file.
        let options = ["--no-conf", "--quiet", "--remote-time", "--allow-overwrite", "--auto-file-renaming=false"];
        // See the note in clients/table.rs for the timeout.
        let several =
            ["--timeout=2", "--max-tries=1", "--split=5", "--max-connection-per-server=5", "--min-split-size=1M"];
        let options = options.into_iter().chain(several).chain([login.as_str(), password.as_str()]);
        let url = format!("ftp://{}", endpoint(server, transport));
        Self { url, options: options.map(str::to_owned).collect() }
    }

    fn active(mut self) -> Self {
        self.options.push("--ftp-pasv=false".to_owned());
        self
    }

    fn list(&self, _directory: &str) -> Vec<String> {
        lacks("listing")
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(&mut self.command(remote, local))
    }

    fn download_in_pieces(&self, remote: &str, local: &Path) {
        self.download(remote, local);
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        succeed(self.command(remote, local).arg("--continue"));
    }
}
