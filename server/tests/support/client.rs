//! curl, lftp and Python's ftplib behind one face, so that a behaviour is written once and shown with each of them.

use super::{
    Background, bounded,
    server::{LOGIN, PASSWORD, Wharf, text},
    succeed,
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{ChildStdin, ChildStdout, Command, Stdio},
};

/// How a client protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    /// AUTH TLS.
    Explicit,
    /// AUTH TLS, where data connections resume the TLS session of the control connection also if the client does not do
    /// so by itself.
    Resuming,
    /// TLS from the first byte.
    Implicit,
}

/// What every client can do. Paths are relative to the home.
pub(crate) trait Client {
    fn new(server: &Wharf, transport: Transport) -> Self
    where
        Self: Sized;
    /// Names in a directory.
    fn list(&self, directory: &str) -> Vec<String>;
    fn upload(&self, local: &Path, remote: &str);
    fn download(&self, remote: &str, local: &Path);
    /// Goes on behind what the server has.
    fn resume_upload(&self, local: &Path, remote: &str);
    /// Goes on behind what `local` has.
    fn resume_download(&self, remote: &str, local: &Path);
    fn rename(&self, from: &str, to: &str);
    fn delete(&self, remote: &str);
    fn make_directory(&self, remote: &str);
    fn remove_directory(&self, remote: &str);
}

fn endpoint(server: &Wharf, transport: Transport) -> std::net::SocketAddr {
    if transport == Transport::Implicit { server.implicit() } else { server.ftp() }
}

/// <https://curl.se>
pub(crate) struct Curl {
    url: String,
    options: Vec<String>,
}

impl Curl {
    /// `curl` with what it needs to log in, and further options; URLs are [`Curl::url`].
    pub(crate) fn command(&self) -> Command {
        let mut command = bounded("curl");
        command.args(&self.options);
        command
    }

    /// The same without the limit of time, which [`super::Background`] has of its own.
    pub(crate) fn unbounded(&self) -> Command {
        let mut command = Command::new(super::program("curl"));
        command.args(&self.options);
        command
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{}", self.url, encode(path))
    }

    /// For accounts other than [`LOGIN`].
    pub(crate) fn with_login(mut self, login: &str) -> Self {
        self.options.extend(["-u".to_owned(), format!("{login}:{PASSWORD}")]);
        self
    }

    /// With further options.
    pub(crate) fn with_options(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self
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
    fn new(server: &Wharf, transport: Transport) -> Self {
        let scheme = if transport == Transport::Implicit { "ftps" } else { "ftp" };
        let url = format!("{scheme}://{}", endpoint(server, transport));
        let (certificate, login) = (text(&server.certificate()), format!("{LOGIN}:{PASSWORD}"));
        let mut options = vec!["-q", "-sS", "--connect-timeout", "10", "--cacert", &certificate, "-u", &login];
        if matches!(transport, Transport::Explicit | Transport::Resuming) {
            options.push("--ssl-reqd");
        }
        Self { url, options: options.into_iter().map(str::to_owned).collect() }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let url = self.url(&format!("{directory}/"));
        let listing = succeed(self.command().arg("--list-only").arg(url));
        listing.lines().map(str::to_owned).collect()
    }

    fn upload(&self, local: &Path, remote: &str) {
        succeed(self.command().arg("-T").arg(local).arg(self.url(remote)));
    }

    fn download(&self, remote: &str, local: &Path) {
        succeed(self.command().arg("-o").arg(local).arg(self.url(remote)));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        succeed(self.command().args(["-C", "-", "-T"]).arg(local).arg(self.url(remote)));
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        succeed(self.command().args(["-C", "-", "-o"]).arg(local).arg(self.url(remote)));
    }

    fn rename(&self, from: &str, to: &str) {
        self.quote(&[format!("RNFR {from}"), format!("RNTO {to}")]);
    }

    fn delete(&self, remote: &str) {
        self.quote(&[format!("DELE {remote}")]);
    }

    fn make_directory(&self, remote: &str) {
        self.quote(&[format!("MKD {remote}")]);
    }

    fn remove_directory(&self, remote: &str) {
        self.quote(&[format!("RMD {remote}")]);
    }
}

/// A path as a URL has it.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect()
}

/// <https://lftp.yar.ru>
pub(crate) struct Lftp {
    home: String,
    login: String,
    url: String,
    settings: String,
}

impl Lftp {
    /// For accounts other than [`LOGIN`].
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
        succeed(lftp.arg("--norc").arg("-c").arg(script))
    }
}

impl Client for Lftp {
    fn new(server: &Wharf, transport: Transport) -> Self {
        let scheme = if transport == Transport::Implicit { "ftps" } else { "ftp" };
        let settings = match transport {
            Transport::Plain => "set ftp:ssl-allow no",
            Transport::Explicit | Transport::Resuming | Transport::Implicit => {
                "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes"
            }
        };
        Self {
            home: text(&server.local("")),
            login: LOGIN.to_owned(),
            url: format!("{scheme}://{}", endpoint(server, transport)),
            settings: settings.to_owned(),
        }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        // Without a directory's name before each.
        self.run(&format!("cd {}; cls -1a", quoted(&format!("/{directory}")))).lines().map(str::to_owned).collect()
    }

    fn upload(&self, local: &Path, remote: &str) {
        self.run(&format!("put {} -o {}", quoted(&text(local)), quoted(remote)));
    }

    fn download(&self, remote: &str, local: &Path) {
        self.run(&format!("get {} -o {}", quoted(remote), quoted(&text(local))));
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        self.run(&format!("put -c {} -o {}", quoted(&text(local)), quoted(remote)));
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.run(&format!("get -c {} -o {}", quoted(remote), quoted(&text(local))));
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

/// A word of lftp's language.
pub(crate) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// <https://docs.python.org/3/library/ftplib.html>, driven by `clients/ftplib_client.py`: one session for all steps.
pub(crate) struct Ftplib(RefCell<Python>);

struct Python {
    process: Background,
    steps: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Ftplib {
    /// Carries out one step, a list of words. Its answer.
    fn run(&self, step: &[&str]) -> Value {
        let mut python = self.0.borrow_mut();
        let mut answer = String::new();
        let sent = writeln!(python.steps, "{}", json!(step));
        let answered = sent.and_then(|()| python.answers.read_line(&mut answer)).unwrap_or(0) > 0;
        assert!(answered, "ftplib {step:?}: {}", python.process.wait());
        serde_json::from_str(&answer).unwrap()
    }
}

impl Client for Ftplib {
    fn new(server: &Wharf, transport: Transport) -> Self {
        let transport_word = match transport {
            Transport::Plain => "plain",
            Transport::Explicit => "explicit",
            Transport::Resuming => "resuming",
            Transport::Implicit => "implicit",
        };
        let address = endpoint(server, transport);
        let (host, port, certificate) =
            (address.ip().to_string(), address.port().to_string(), text(&server.certificate()));
        let arguments = [transport_word, &host, &port, &certificate, LOGIN, PASSWORD];
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/ftplib_client.py");
        let mut python = bounded("python3");
        python.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Background::start(&mut python);
        let (steps, answers) = process.pipes();
        Self(RefCell::new(Python { process, steps, answers: BufReader::new(answers) }))
    }

    fn list(&self, directory: &str) -> Vec<String> {
        serde_json::from_value(self.run(&["list", directory])).unwrap()
    }

    fn upload(&self, local: &Path, remote: &str) {
        self.run(&["upload", &text(local), remote]);
    }

    fn download(&self, remote: &str, local: &Path) {
        self.run(&["download", remote, &text(local)]);
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        self.run(&["resume_upload", &text(local), remote]);
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.run(&["resume_download", remote, &text(local)]);
    }

    fn rename(&self, from: &str, to: &str) {
        self.run(&["rename", from, to]);
    }

    fn delete(&self, remote: &str) {
        self.run(&["delete", remote]);
    }

    fn make_directory(&self, remote: &str) {
        self.run(&["make_directory", remote]);
    }

    fn remove_directory(&self, remote: &str) {
        self.run(&["remove_directory", remote]);
    }
}
