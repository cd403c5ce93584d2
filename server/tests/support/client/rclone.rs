//! <https://rclone.org/ftp/>, <https://rclone.org/sftp/>

use super::{Attempt, Client, Transport, attempt, endpoint, lacks, name};
use crate::support::{
    bounded, program,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{path::Path, process::Command};

pub(crate) struct Rclone {
    settings: Vec<(&'static str, String)>,
    backend: &'static str,
}

impl Rclone {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut rclone = bounded("rclone");
        rclone
            .envs(self.settings.clone())
            .args(["--retries=1", "--low-level-retries=1", "--transfers=5"])
            .args(arguments);
        rclone
    }

    /// Shows the home in `folder` until that is unmounted. A file goes up when it is closed.
    pub(crate) fn mount(&self, folder: &Path) -> Command {
        let mut rclone = Command::new(program("rclone"));
        rclone.envs(self.settings.clone()).args(["mount", "--vfs-cache-mode=writes", "--vfs-write-back=0s"]);
        rclone.arg(self.remote("")).arg(folder);
        rclone
    }

    /// What is at `path` on the server.
    fn remote(&self, path: &str) -> String {
        format!(":{}:{path}", self.backend)
    }
}

impl Client for Rclone {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let address = endpoint(server, transport);
        // Not a secret to anyone who has rclone, but the only form it takes a password in.
        let password = succeed(bounded("rclone").args(["obscure", PASSWORD]));
        let password = password.trim_end().to_owned();
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        if transport == Transport::Ssh {
            let settings = vec![
                ("RCLONE_CONFIG", String::new()),
                ("RCLONE_SFTP_HOST", host),
                ("RCLONE_SFTP_PORT", port),
                ("RCLONE_SFTP_USER", login.to_owned()),
                ("RCLONE_SFTP_PASS", password),
                ("HOME", text(&server.local(""))),
            ];
            return Self { settings, backend: "sftp" };
        }
        let mut settings = vec![
            ("RCLONE_CONFIG", String::new()),
            ("RCLONE_FTP_HOST", host),
            ("RCLONE_FTP_PORT", port),
            ("RCLONE_FTP_USER", login.to_owned()),
            ("RCLONE_FTP_PASS", password),
            ("SSL_CERT_FILE", text(&server.certificate())),
            ("HOME", text(&server.local(""))),
        ];
        match transport {
            Transport::Plain | Transport::Ssh => {}
            Transport::Explicit | Transport::Resuming => settings.push(("RCLONE_FTP_EXPLICIT_TLS", "true".to_owned())),
            Transport::Tls13 => lacks("setting for versions of TLS"),
            Transport::Implicit => settings.push(("RCLONE_FTP_TLS", "true".to_owned())),
        }
        Self { settings, backend: "ftp" }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        succeed(&mut self.command(&["lsf", &self.remote(directory)])).lines().map(str::to_owned).collect()
    }

    fn try_download(&self, from: &str, local: &Path) -> Attempt {
        attempt(self.command(&["copyto", "--ignore-times", &self.remote(from)]).arg(local))
    }

    fn try_upload(&self, local: &Path, to: &str) -> Attempt {
        attempt(self.command(&["copyto", "--ignore-times"]).arg(local).arg(self.remote(to)))
    }

    fn download_tree(&self, from: &str, into: &Path) {
        succeed(self.command(&["copy", "--create-empty-src-dirs", &self.remote(from)]).arg(into.join(from)));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(self.command(&["copy", "--create-empty-src-dirs"]).arg(local).arg(self.remote(&name(local))));
    }

    fn compare(&self, local: &Path, with: &str) -> Attempt {
        attempt(self.command(&["check", "--download"]).arg(local).arg(self.remote(with)))
    }

    fn rename(&self, from: &str, to: &str) {
        succeed(&mut self.command(&["moveto", &self.remote(from), &self.remote(to)]));
    }

    fn delete(&self, name: &str) {
        succeed(&mut self.command(&["deletefile", &self.remote(name)]));
    }

    fn make_directory(&self, name: &str) {
        succeed(&mut self.command(&["mkdir", &self.remote(name)]));
    }

    fn remove_directory(&self, name: &str) {
        succeed(&mut self.command(&["rmdir", &self.remote(name)]));
    }
}
