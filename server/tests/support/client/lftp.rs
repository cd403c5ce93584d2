//! <https://lftp.yar.ru>

use super::{Attempt, Client, Transport, attempt, endpoint, name, openssh::OPTIONS, quoted};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{path::Path, process::Command};

pub(crate) struct Lftp {
    home: String,
    url: String,
    login: String,
    settings: String,
}

impl Lftp {
    /// For accounts other than the one it was made for.
    pub(crate) fn with_login(mut self, login: &str) -> Self {
        login.clone_into(&mut self.login);
        self
    }

    /// With a further setting.
    pub(crate) fn with_setting(mut self, name: &str, value: &str) -> Self {
        self.settings = format!("{}; set {name} {}", self.settings, quoted(value));
        self
    }

    /// Runs commands of lftp, all of which have to succeed. What they wrote.
    pub(crate) fn run(&self, commands: &str) -> String {
        succeed(&mut self.command(commands))
    }

    fn command(&self, commands: &str) -> Command {
        let script = format!(
            "set cmd:fail-exit yes; set xfer:clobber yes; set net:max-retries 1; set net:timeout 20; set ssl:verify-certificate no; {}; \
             open -u {},{} {}; {commands}",
            self.settings,
            self.login,
            quoted(PASSWORD),
            self.url
        );
        // A home of its own: no settings, and no bookmarks, of whoever runs the tests.
        let mut lftp = bounded("lftp");
        lftp.env("HOME", &self.home).env("LC_ALL", "C.UTF-8").env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        lftp.arg("--norc").arg("-c").arg(script);
        lftp
    }
}

/// A word that is no option.
fn below(remote: &str) -> String {
    quoted(&format!("./{remote}"))
}

impl Client for Lftp {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let scheme = match transport {
            Transport::Implicit => "ftps",
            Transport::Ssh => "sftp",
            _ => "ftp",
        };
        let protected = "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes";
        let settings = match transport {
            Transport::Plain => "set ftp:ssl-allow no".to_owned(),
            Transport::Explicit | Transport::Resuming | Transport::Implicit => protected.to_owned(),
            Transport::Tls13 => format!("{protected}; set ssl:priority \"NORMAL:-VERS-ALL:+VERS-TLS1.3\""),
            Transport::Ssh => {
                let options = OPTIONS.join(" -o ");
                format!("set sftp:auto-confirm yes; set sftp:connect-program \"ssh -a -x -F none -o {options}\"")
            }
        };
        Self {
            home: text(&server.local("")),
            url: format!("{scheme}://{}", endpoint(server, transport)),
            login: login.to_owned(),
            settings,
        }
    }

    fn active(self) -> Self {
        self.with_setting("ftp:passive-mode", "no")
    }

    fn list(&self, directory: &str) -> Vec<String> {
        // Without a directory's name before each.
        self.run(&format!("cd {}; cls -1a", quoted(&format!("/{directory}")))).lines().map(str::to_owned).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(&mut self.command(&format!("get {} -o {}", below(remote), quoted(&text(local)))))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(&mut self.command(&format!("put {} -o {}", quoted(&text(local)), quoted(remote))))
    }

    fn download_in_pieces(&self, remote: &str, local: &Path) {
        self.run(&format!("pget -n 4 {} -o {}", below(remote), quoted(&text(local))));
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.run(&format!("get -c {} -o {}", below(remote), quoted(&text(local))));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        self.run(&format!("put -c {} -o {}", quoted(&text(local)), quoted(remote)));
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        let into = into.join(remote);
        self.run(&format!("mirror --parallel=5 {} {}", quoted(remote), quoted(&text(&into))));
    }

    fn upload_tree(&self, local: &Path) {
        self.run(&format!("mirror --reverse --parallel=5 {} {}", quoted(&text(local)), quoted(&name(local))));
    }

    fn rename(&self, from: &str, to: &str) {
        self.run(&format!("mv {} {}", quoted(from), quoted(to)));
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
