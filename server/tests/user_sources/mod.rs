//! Users whom a domain does not know itself: a web service, PAM, and nobody at all (anonymous FTP), with real clients.
//!
//! * [`service`]: the web service; [`rest`], [`pam`], [`anonymous`]: the tests

mod anonymous;
mod pam;
mod rest;
mod service;

use crate::support::{
    server::{Site, Wharf},
    told,
};

/// Runs a command of the command line, which has to go well.
fn run(site: &Site, arguments: &[&str]) {
    let output = site.run(arguments, "");
    assert!(output.status.success(), "wharf {arguments:?}: {}", told(&output));
}

/// The last reply to a login.
fn attempt(server: &Wharf, login: &str, password: &str) -> String {
    let mut wire = server.connect();
    wire.expect(&format!("USER {login}"), 331);
    wire.command(&format!("PASS {password}")).text
}
