//! Libraries: a script beside the test holds one session and carries out steps.

use super::{Attempt, Client, Transport, endpoint};
use crate::support::{
    Background,
    server::{PASSWORD, Wharf, text},
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{ChildStdin, ChildStdout, Command, Stdio},
};

/// A script that reads steps, each a JSON list of words, and answers each with `{"ok": ...}` or `{"error": ...}`.
pub(super) struct Steps(RefCell<Pipes>);

struct Pipes {
    process: Background,
    steps: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Steps {
    /// Starts `interpreter`, which has the script as an argument already.
    pub(super) fn start(mut interpreter: Command, server: &Wharf, transport: Transport, login: &str) -> Self {
        let transport_word = match transport {
            Transport::Plain => "plain",
            Transport::Explicit => "explicit",
            Transport::Resuming => "resuming",
            Transport::Tls13 => "tls13",
            Transport::Implicit => "implicit",
            Transport::Ssh => "ssh",
        };
        let address = endpoint(server, transport);
        let (host, port, certificate) =
            (address.ip().to_string(), address.port().to_string(), text(&server.certificate()));
        interpreter.args([transport_word, &host, &port, &certificate, login, PASSWORD]);
        let mut process = Background::start(interpreter.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let (steps, answers) = process.pipes();
        Self(RefCell::new(Pipes { process, steps, answers: BufReader::new(answers) }))
    }

    pub(super) fn attempt(&self, step: &[&str]) -> Result<Value, String> {
        let mut pipes = self.0.borrow_mut();
        let mut answer = String::new();
        let sent = writeln!(pipes.steps, "{}", json!(step));
        let answered = sent.and_then(|()| pipes.answers.read_line(&mut answer)).unwrap_or(0) > 0;
        assert!(answered, "{step:?}: {}", pipes.process.wait());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer["ok"].clone()),
        }
    }

    fn run(&self, step: &[&str]) -> Value {
        self.attempt(step).unwrap_or_else(|error| panic!("{step:?}: {error}"))
    }
}

/// A library is a client as far as its script knows the steps.
pub(super) trait Library {
    fn steps(&self) -> &Steps;
    fn start(server: &Wharf, transport: Transport, login: &str) -> Self;
}

impl<L: Library> Client for L {
    fn log_in(server: &Wharf, transport: Transport, login: &str) -> Self {
        L::start(server, transport, login)
    }

    fn active(self) -> Self {
        self.steps().run(&["active"]);
        self
    }

    fn list(&self, directory: &str) -> Vec<String> {
        serde_json::from_value(self.steps().run(&["list", directory])).unwrap()
    }

    fn try_download(&self, remote: &str, local: &Path) -> Attempt {
        self.steps().attempt(&["download", remote, &text(local)]).map(drop)
    }

    fn try_upload(&self, local: &Path, remote: &str) -> Attempt {
        self.steps().attempt(&["upload", &text(local), remote]).map(drop)
    }

    fn resume_download(&self, remote: &str, local: &Path) {
        self.steps().run(&["resume_download", remote, &text(local)]);
    }

    fn resume_upload(&self, local: &Path, remote: &str) {
        self.steps().run(&["resume_upload", &text(local), remote]);
    }

    fn rename(&self, from: &str, to: &str) {
        self.steps().run(&["rename", from, to]);
    }

    fn download_tree(&self, remote: &str, into: &Path) {
        self.steps().run(&["download_tree", remote, &text(into)]);
    }

    fn upload_tree(&self, local: &Path) {
        self.steps().run(&["upload_tree", &text(local)]);
    }

    fn delete(&self, remote: &str) {
        self.steps().run(&["delete", remote]);
    }

    fn make_directory(&self, remote: &str) {
        self.steps().run(&["make_directory", remote]);
    }

    fn remove_directory(&self, remote: &str) {
        self.steps().run(&["remove_directory", remote]);
    }
}
