//! <https://github.com/libfuse/sshfs>: the home as a directory of this machine.

use super::{Attempt, Client, Transport, attempt, openssh::OPTIONS};
use crate::support::{
    Background, bounded, eventually,
    server::{PASSWORD, Wharf},
    succeed,
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub(crate) struct Sshfs {
    mount: PathBuf,
    #[expect(dead_code, reason = "ends with the mount")]
    process: Background,
}

impl Drop for Sshfs {
    fn drop(&mut self) {
        // Lazily, for a test that failed with a file open.
        let _ = Command::new("fusermount3").arg("-uz").arg(&self.mount).status();
    }
}

impl Sshfs {
    /// The home, as a directory.
    pub(crate) fn mount(&self) -> &Path {
        &self.mount
    }

    fn at(&self, path: &str) -> PathBuf {
        self.mount.join(path)
    }
}

impl Client for Sshfs {
    fn log_in(server: &Wharf, _: Transport, login: &str) -> Self {
        // Beside what a test clears, and one for each mount.
        let mount = server.local("").join(format!(".mount-{login}"));
        fs::create_dir_all(&mount).unwrap();
        let mut sshfs = Command::new("sshfs");
        sshfs.args([
            "-f",
            "-o",
            "password_stdin,dir_cache=no,attr_timeout=0,entry_timeout=0",
            "-p",
            &server.sftp().port().to_string(),
        ]);
        for option in OPTIONS {
            sshfs.args(["-o", option]);
        }
        sshfs.arg(format!("{login}@127.0.0.1:/")).arg(&mount).env_remove("SSH_AUTH_SOCK");
        let mut process = Background::start(sshfs.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let (mut stdin, _) = process.pipes();
        writeln!(stdin, "{PASSWORD}").unwrap();
        let mounts = || fs::read_to_string("/proc/self/mounts").unwrap();
        eventually("the home is mounted", || mounts().contains(mount.to_str().unwrap()).then_some(()));
        Self { mount, process }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let names = fs::read_dir(self.at(directory)).unwrap().map(|entry| entry.unwrap().file_name().into_string());
        names.map(Result::unwrap).collect()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        attempt(bounded("cp").arg("-p").arg(self.at(remote)).arg(local))
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        attempt(bounded("cp").args(["--preserve=timestamps"]).arg(local).arg(self.at(remote)))
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        succeed(bounded("cp").arg("-r").arg(self.at(remote)).arg(into));
    }

    fn upload_tree(&self, local: &Path) {
        succeed(bounded("cp").arg("-r").arg(local).arg(&self.mount));
    }

    fn compare(&self, local: &Path, remote: &str) -> Attempt {
        attempt(bounded("diff").arg("-r").arg(local).arg(self.at(remote)))
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.at(from), self.at(to)).unwrap();
    }

    fn delete(&self, remote: &str) {
        fs::remove_file(self.at(remote)).unwrap();
    }

    fn make_directory(&self, remote: &str) {
        fs::create_dir(self.at(remote)).unwrap();
    }

    fn remove_directory(&self, remote: &str) {
        fs::remove_dir(self.at(remote)).unwrap();
    }
}
