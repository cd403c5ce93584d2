//! <https://curl.se>

use super::{Attempt, Client, Transport, attempt, encode, endpoint, quoted};
use crate::support::{
    bounded, program,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{path::Path, process::Command};

pub(crate) struct Curl {
    url: String,
    options: Vec<String>,
    /// SFTP, whose commands curl names after those of OpenSSH's sftp.
    ssh: bool,
}

impl Curl {
    /// `curl` with what it needs to log in, and further options; URLs are [`Curl::url`].
    pub(crate) fn command(&self) -> Command {
        let mut command = bounded("curl");
        command.args(&self.options);
        command
    }

    /// The same without the limit of time, which [`crate::support::Background`] has of its own.
    pub(crate) fn unbounded(&self) -> Command {
        let mut command = Command::new(program("curl"));
        command.args(&self.options);
        command
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{}", self.url, encode(path))
    }

    /// For accounts other than the one it was made for.
    pub(crate) fn with_login(mut self, login: &str) -> Self {
        self.options.extend(["-u".to_owned(), format!("{login}:{PASSWORD}")]);
        self
    }

    /// With further options.
    pub(crate) fn with_options(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    fn on_path(&self, over_ssh: &str, over_ftp: &str, path: &str) {
        self.quote(&[if self.ssh {
            format!("{over_ssh} {}", quoted(&format!("/{path}")))
        } else {
            format!("{over_ftp} {path}")
        }]);
    }

    fn quote(&self, commands: &[String]) {
        let mut curl = self.command();
        for command in commands {
            curl.arg("-Q").arg(command);
        }
        succeed(curl.arg("--list-only").arg(self.url("")));
    }
}

impl Client for Curl {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let scheme = match transport {
            Transport::Implicit => "ftps",
            Transport::Ssh => "sftp",
            _ => "ftp",
        };
        let url = format!("{scheme}://{}", endpoint(server, transport));
        let (certificate, login) = (text(&server.certificate()), format!("{login}:{PASSWORD}"));
        // `-R`: a file keeps its time.
        let mut options = vec!["-q", "-sS", "-R", "--connect-timeout", "10", "--cacert", &certificate, "-u", &login];
        if matches!(transport, Transport::Explicit | Transport::Resuming | Transport::Tls13) {
            options.push("--ssl-reqd");
        }
        if transport == Transport::Tls13 {
            options.push("--tlsv1.3");
        }
        if transport == Transport::Ssh {
            options.push("--insecure");
        }
        let ssh = transport == Transport::Ssh;
        Self { url, options: options.into_iter().map(str::to_owned).collect(), ssh }
    }

    fn active(self) -> Self {
        self.with_options(&["-P", "-"])
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let url = self.url(&format!("{directory}/"));
        let listing = succeed(self.command().arg("--list-only").arg(url));
        listing.lines().map(str::to_owned).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(self.command().arg("-o").arg(local).arg(self.url(remote)))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(self.command().arg("-T").arg(local).arg(self.url(remote)))
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        succeed(self.command().args(["-C", "-", "-o"]).arg(local).arg(self.url(remote)));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        succeed(self.command().args(["-C", "-", "-T"]).arg(local).arg(self.url(remote)));
    }

    fn rename(&self, from: &str, to: &str) {
        if self.ssh {
            self.quote(&[format!("rename {} {}", quoted(&format!("/{from}")), quoted(&format!("/{to}")))]);
        } else {
            self.quote(&[format!("RNFR {from}"), format!("RNTO {to}")]);
        }
    }

    fn delete(&self, remote: &str) {
        self.on_path("rm", "DELE", remote);
    }

    fn make_directory(&self, remote: &str) {
        self.on_path("mkdir", "MKD", remote);
    }

    fn remove_directory(&self, remote: &str) {
        self.on_path("rmdir", "RMD", remote);
    }
}
