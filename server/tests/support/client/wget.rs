//! <https://www.gnu.org/software/wget/>

use super::{Attempt, Client, Transport, attempt, encode, endpoint, lacks};
use crate::support::{
    bounded,
    server::{PASSWORD, Wharf, text},
    succeed,
};
use std::{fs, path::Path, process::Command};

pub(crate) struct Wget {
    url: String,
    options: Vec<String>,
    /// wget keeps a listing in `.listing` of the folder it runs in, so no two share one.
    folder: tempfile::TempDir,
}

impl Wget {
    fn command(&self) -> Command {
        let mut wget = bounded("wget");
        wget.current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8").args(&self.options);
        wget
    }

    fn url(&self, remote: &str) -> String {
        format!("{}/{}", self.url, encode(remote))
    }
}

impl Client for Wget {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        let scheme = if transport == Transport::Plain { "ftp" } else { "ftps" };
        let certificate = format!("--ca-certificate={}", text(&server.certificate()));
        let (login, password) = (format!("--ftp-user={login}"), format!("--ftp-password={PASSWORD}"));
        let mut options = vec![
            "--no-config",
            "--no-verbose",
            "--tries=1",
            "--restrict-file-names=nocontrol",
            &certificate,
            &login,
            &password,
        ];
        match transport {
            Transport::Implicit => options.push("--ftps-implicit"),
            Transport::Tls13 => options.push("--secure-protocol=TLSv1_3"),
            Transport::Plain | Transport::Explicit | Transport::Resuming => {}
            Transport::Ssh => lacks("SFTP"),
        }
        let url = format!("{scheme}://{}", endpoint(server, transport));
        let folder = tempfile::tempdir().unwrap();
        Self { url, options: options.into_iter().map(str::to_owned).collect(), folder }
    }

    fn active(mut self) -> Self {
        self.options.push("--no-passive-ftp".to_owned());
        self
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let page = tempfile::NamedTempFile::new().unwrap();
        succeed(self.command().arg("-O").arg(page.path()).arg(self.url(&format!("{directory}/"))));
        // A page of links, made of what LIST said: `<a href="...">name</a>`.
        let page = fs::read_to_string(page.path()).unwrap();
        let links = page.lines().filter_map(|line| line.split_once("\">")?.1.split_once("</a>"));
        links.map(|(name, _)| name.replace("&#32;", " ").replace("&quot;", "\"").replace("&amp;", "&")).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        // Not `-O`, which gives the file a time of its own.
        let alone = tempfile::tempdir_in(local.parent().unwrap()).unwrap();
        attempt(self.command().arg("-P").arg(alone.path()).arg(self.url(remote)))?;
        let arrived = fs::read_dir(alone.path()).unwrap().next().expect("a file arrived").unwrap().path();
        fs::rename(arrived, local).unwrap();
        Ok(())
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        // The file has to have the name it has on the server.
        let mut wget = self.command();
        succeed(wget.arg("-c").arg("-P").arg(local.parent().unwrap()).arg(self.url(remote)));
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        let mut wget = self.command();
        wget.args(["--recursive", "--level=inf", "--no-host-directories", "-P"]);
        succeed(wget.arg(into).arg(self.url(&format!("{remote}/"))));
    }
}
