//! SSH clients: OpenSSH, and paramiko where a test says each step itself.

use super::{bounded, server::Wharf, told};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// `ssh` or `sftp` with nothing of whoever runs the tests, for this server.
pub(crate) fn openssh(program: &str, server: &Wharf, options: &[&str]) -> Command {
    let mut command = bounded(program);
    with_options(&mut command, server, options);
    command
}

/// The same with a password at hand.
pub(crate) fn openssh_with_password(program: &str, server: &Wharf, password: &str, options: &[&str]) -> Command {
    let mut command = bounded("sshpass");
    command.args(["-p", password, program]);
    with_options(&mut command, server, options);
    command
}

fn with_options(command: &mut Command, server: &Wharf, options: &[&str]) {
    let port = format!("Port={}", server.sftp().port());
    let known = format!("UserKnownHostsFile={}", server.local("known_hosts").display());
    let fixed = ["StrictHostKeyChecking=accept-new", "IdentityAgent=none", "IdentitiesOnly=yes", "ConnectTimeout=20"];
    command.args(["-F", "none", "-o", &port, "-o", &known]).env_remove("SSH_AUTH_SOCK").env("HOME", server.local(""));
    for option in fixed.iter().chain(options) {
        command.args(["-o", option]);
    }
}

/// Asks for a shell, which nobody gets: whoever is told so is logged in.
pub(crate) fn is_let_in(output: &Output) -> bool {
    let said = told(output);
    let let_in = said.contains("files only");
    assert_eq!(output.status.code(), Some(if let_in { 1 } else { 255 }), "{said}");
    let_in
}

/// Whether `login` comes in by this password.
pub(crate) fn lets_in_by_password(server: &Wharf, login: &str, password: &str) -> bool {
    let options = ["PreferredAuthentications=password", "NumberOfPasswordPrompts=1"];
    let mut ssh = openssh_with_password("ssh", server, password, &options);
    is_let_in(&ssh.args(["-T", "-l", login, "127.0.0.1"]).output().unwrap())
}

/// Whether `login` comes in by this key, or by the certificate beside it.
pub(crate) fn lets_in_by_key(server: &Wharf, login: &str, key: &Path) -> bool {
    let mut ssh = openssh("ssh", server, &["PreferredAuthentications=publickey"]);
    is_let_in(&ssh.arg("-i").arg(key).args(["-T", "-l", login, "127.0.0.1"]).output().unwrap())
}

/// A fresh key pair in files of the client's side. The public key is beside it, with `.pub`.
pub(crate) fn make_key(server: &super::server::Site, name: &str, kind: &str) -> PathBuf {
    let file = server.local(name);
    let mut keygen = bounded("ssh-keygen");
    super::succeed(keygen.args(["-q", "-t", kind, "-N", "", "-C", name, "-f"]).arg(&file));
    file
}

/// The public half of a key, and what people compare it by.
pub(crate) fn fingerprint(key: &Path) -> String {
    let said = super::succeed(bounded("ssh-keygen").arg("-lf").arg(key));
    said.split(' ').nth(1).unwrap().to_owned()
}

/// Public half of a key.
pub(crate) fn public(key: &Path) -> PathBuf {
    key.with_file_name(format!("{}.pub", key.file_name().unwrap().to_str().unwrap()))
}

/// Goes before every script. paramiko 2 asks for the service anew before each further method of a login, which RFC 4253
/// section 10 does not know and russh does not answer; and it has no `int64`.
const PRELUDE: &str = "
import paramiko, sys, time, socket
from paramiko.auth_handler import AuthHandler
try:
    from paramiko.sftp import int64
except ImportError:
    from paramiko.py3compat import long as int64
ask = AuthHandler._request_auth
def ask_once(self):
    if getattr(self.transport, 'asked', False):
        accept = paramiko.Message()
        accept.add_string('ssh-userauth')
        accept.rewind()
        self._parse_service_accept(accept)
    else:
        self.transport.asked = True
        ask(self)
AuthHandler._request_auth = ask_once
";

/// Runs a Python script with a connected `paramiko.Transport` in `transport`, and what `names` adds. What it printed.
pub(crate) fn paramiko(server: &Wharf, script: &str, names: &[(&str, &str)]) -> String {
    let port = server.sftp().port();
    let connected = format!(
        "{PRELUDE}\
         sock = socket.create_connection(('127.0.0.1', {port}))\n\
         transport = paramiko.Transport(sock)\n\
         transport.start_client(timeout=20)\n\
         {script}"
    );
    python(server, &connected, names)
}

/// Runs a Python script with what `names` adds. What it printed.
pub(crate) fn python(server: &Wharf, script: &str, names: &[(&str, &str)]) -> String {
    let names: Vec<_> = names.iter().map(|(name, value)| format!("{name} = {value:?}\n")).collect();
    let file = server.local("script.py");
    fs::write(&file, names.concat() + script).unwrap();
    super::succeed(bounded("/usr/bin/python3").arg("-W").arg("ignore").arg(file))
}
