//! <https://rclone.org/ftp/>

use super::{Attempt, Client, Transport, attempt, endpoint, lacks, name};
use crate::support::{
    bounded, program,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{path::Path, process::Command};

pub(crate) struct Rclone {
    settings: Vec<(&'static str, String)>,
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
}

impl Rclone {
    /// Shows the home in `folder` until that is unmounted. A file goes up when it is closed.
    pub(crate) fn mount(&self, folder: &Path) -> Command {
        let mut rclone = Command::new(program("rclone"));
        rclone.envs(self.settings.clone()).args(["mount", "--vfs-cache-mode=writes", "--vfs-write-back=0s"]);
        rclone.arg(remote("")).arg(folder);
        rclone
    }
}

/// What is at `path` on the server.
fn remote(path: &str) -> String {
    format!(":ftp:{path}")
}

impl Client for Rclone {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let address = endpoint(server, transport);
        // Not a secret to anyone who has rclone, but the only form it takes a password in.
        let password = succeed(bounded("rclone").args(["obscure", PASSWORD]));
        let mut settings = vec![
            ("RCLONE_CONFIG", String::new()),
            ("RCLONE_FTP_HOST", address.ip().to_string()),
            ("RCLONE_FTP_PORT", address.port().to_string()),
            ("RCLONE_FTP_USER", login.to_owned()),
            ("RCLONE_FTP_PASS", password.trim_end().to_owned()),
            ("SSL_CERT_FILE", text(&server.certificate())),
            ("HOME", text(&server.local(""))),
        ];
        match transport {
            Transport::Plain => {}
            Transport::Explicit | Transport::Resuming => settings.push(("RCLONE_FTP_EXPLICIT_TLS", "true".to_owned())),
            Transport::Tls13 => lacks("setting for versions of TLS"),
            Transport::Implicit => settings.push(("RCLONE_FTP_TLS", "true".to_owned())),
        }
        Self { settings }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        succeed(&mut self.command(&["lsf", &remote(directory)])).lines().map(str::to_owned).collect()
    }

    fn try_download(&self, from: &str, local: &Path) -> Attempt {
        attempt(self.command(&["copyto", "--ignore-times", &remote(from)]).arg(local))
    }

    fn try_upload(&self, local: &Path, to: &str) -> Attempt {
        attempt(self.command(&["copyto", "--ignore-times"]).arg(local).arg(remote(to)))
    }

    fn download_tree(&self, from: &str, into: &Path) {
        succeed(self.command(&["copy", "--create-empty-src-dirs", &remote(from)]).arg(into.join(from)));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(self.command(&["copy", "--create-empty-src-dirs"]).arg(local).arg(remote(&name(local))));
    }

    fn compare(&self, local: &Path, with: &str) -> Attempt {
        attempt(self.command(&["check", "--download"]).arg(local).arg(remote(with)))
    }

    fn rename(&self, from: &str, to: &str) {
        succeed(&mut self.command(&["moveto", &remote(from), &remote(to)]));
    }

    fn delete(&self, name: &str) {
        succeed(&mut self.command(&["deletefile", &remote(name)]));
    }

    fn make_directory(&self, name: &str) {
        succeed(&mut self.command(&["mkdir", &remote(name)]));
    }

    fn remove_directory(&self, name: &str) {
        succeed(&mut self.command(&["rmdir", &remote(name)]));
    }
}
