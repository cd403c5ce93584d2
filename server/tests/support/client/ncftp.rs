//! <https://www.ncftp.com/ncftp/>: ncftpput, ncftpget, ncftpls, and ncftp for what a person types.

use super::{Attempt, Client, Transport, attempt, endpoint, quoted, typed};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{net::SocketAddr, path::Path, process::Command};

pub(crate) struct Ncftp {
    address: SocketAddr,
    login: String,
    home: String,
    mode: &'static str,
}

impl Ncftp {
    fn command(&self, program: &str) -> Command {
        let mut command = bounded(program);
        command.env("HOME", &self.home).env("LC_ALL", "C.UTF-8");
        command.args(["-u", &self.login, "-p", PASSWORD, "-P", &self.address.port().to_string()]);
        command
    }

    /// ncftpput or ncftpget with `options`, up to the host.
    fn transfer(&self, program: &str, options: &[&str]) -> Command {
        let mut command = self.command(program);
        command.args(["-V", self.mode]).args(options).arg(self.address.ip().to_string());
        command
    }

    /// Types a command. ncftp leaves with success whatever became of it.
    fn run(&self, line: &str) {
        let mut command = self.command("ncftp");
        let told = typed(command.arg(self.address.ip().to_string()), &format!("{line}\nquit\n"));
        assert!(!told.contains("server said:"), "ncftp {line}: {told}");
    }
}

impl Client for Ncftp {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let (address, home) = (endpoint(server, transport), text(&server.local("")));
        Self { address, login: login.to_owned(), home, mode: "-F" }
    }

    fn active(mut self) -> Self {
        self.mode = "-E";
        self
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let url = format!("ftp://{}/{directory}/", self.address.ip());
        succeed(self.command("ncftpls").args([self.mode, "-1", &url])).lines().map(str::to_owned).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(self.transfer("ncftpget", &["-C"]).arg(remote).arg(local))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(self.transfer("ncftpput", &["-C"]).arg(local).arg(remote))
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        succeed(self.transfer("ncftpget", &["-C", "-z"]).arg(remote).arg(local));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        // `-s`, no sendfile: with it ncftp sends the file from its beginning.
        succeed(self.transfer("ncftpput", &["-C", "-z", "-s"]).arg(local).arg(remote));
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        succeed(self.transfer("ncftpget", &["-R"]).arg(into).arg(remote));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(self.transfer("ncftpput", &["-R"]).arg("/").arg(local));
    }

    fn rename(&self, from: &str, to: &str) {
        self.run(&format!("rename {} {}", quoted(from), quoted(to)));
    }

    fn delete(&self, remote: &str) {
        self.run(&format!("rm {}", quoted(remote)));
    }

    fn make_directory(&self, remote: &str) {
        self.run(&format!("mkdir {}", quoted(remote)));
    }

    fn remove_directory(&self, remote: &str) {
        self.run(&format!("rmdir {}", quoted(remote)));
    }
}
