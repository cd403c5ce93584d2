//! Files over HTTP: WebDAV, and what the file client in the browser asks for.
//!
//! * [`dav`]: WebDAV by rclone, litmus and curl; its sessions
//! * [`downloads`]: conditions, ranges, what a browser may show, archives
//! * [`uploads`]: uploads that are cut and go on
//! * [`sessions`]: signing in and out, rows, kicks, messages
//! * [`links`]: share links and their visitors
//! * [`permissions`]: verbs and the rights they need; [`guards`]: server functions as strangers call them
//! * [`hostile`]: requests that mean harm
//! * [`memory`]: how much of it many transfers take

mod dav;
mod downloads;
pub(crate) mod guards;
mod hostile;
mod links;
mod memory;
mod permissions;
mod sessions;
mod uploads;

use crate::support::{
    bounded,
    server::{LOGIN, PASSWORD, Wharf},
    told,
};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next_back()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// curl, for one request.
fn curl(server: &Wharf, path: &str, options: &[&str]) -> Command {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSk", "--path-as-is"]).args(options).arg(format!("https://{}{path}", server.web()));
    curl
}

/// The answer to one request.
fn ask(server: &Wharf, path: &str, options: &[&str]) -> Answer {
    let output = curl(server, path, options).arg("-i").output().unwrap();
    assert!(output.status.success(), "{path}: {}", told(&output));
    let mut rest = output.stdout.as_slice();
    // 100 Continue comes before the answer.
    loop {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let status: u16 = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        rest = &rest[end + 4..];
        if status >= 200 {
            return Answer { status, head, body: rest.to_vec() };
        }
    }
}

/// The same as the account, with name and password.
fn dav(server: &Wharf, path: &str, options: &[&str]) -> Answer {
    let user = format!("{LOGIN}:{PASSWORD}");
    ask(server, &format!("/dav{path}"), &[&["-u", &user], options].concat())
}

/// A browser that is signed in.
pub(crate) struct Browser {
    cookie: String,
}

impl Browser {
    fn sign_in(server: &Wharf) -> Self {
        Self::sign_in_as(server, LOGIN)
    }

    pub(crate) fn sign_in_as(server: &Wharf, login: &str) -> Self {
        let answer = try_sign_in(server, login, PASSWORD, "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-wharf-files="), "{cookie}");
        Self { cookie }
    }

    fn ask(&self, server: &Wharf, path: &str, options: &[&str]) -> Answer {
        ask(server, path, &[&["-b", &self.cookie], options].concat())
    }

    pub(crate) fn call(&self, server: &Wharf, function: &str, arguments: &Value) -> Answer {
        let body = arguments.to_string();
        let options = ["-X", "POST", "-H", "content-type: application/json", "-d", &body];
        self.ask(server, &format!("/do/{function}"), &options)
    }

    fn curl(&self, server: &Wharf, path: &str, options: &[&str]) -> Command {
        curl(server, path, &[&["-b", &self.cookie], options].concat())
    }
}

fn try_sign_in(server: &Wharf, login: &str, password: &str, code: &str) -> Answer {
    let body = json!({"login": login, "password": password, "code": code}).to_string();
    ask(server, "/do/sign_in", &["-X", "POST", "-H", "content-type: application/json", "-d", &body])
}

/// What curl takes as a file to send.
fn upload_of(file: &Path) -> String {
    file.to_str().unwrap().to_owned()
}
