//! Memory of the server while many move much at once. What one side is too slow for is not taken from the other.

use super::{Browser, curl, upload_of};
use crate::support::{
    Background, eventually,
    server::{LOGIN, PASSWORD, Site, Wharf},
};
use std::{
    fs::File,
    process::{ChildStdout, Command, Stdio},
};

/// Bytes of each file; what all clients want together is many times what the server may take.
const SIZE: u64 = 32 << 20;
/// How much more than before the server may ever have had, in KiB.
const MORE_MEMORY: u64 = 96 << 10;

/// A file that takes no room, in the account's home.
fn plant(server: &Wharf, name: &str) {
    File::create(server.home(LOGIN).join(name)).unwrap().set_len(SIZE).unwrap();
}

/// A client whose output nobody reads as yet, so that it reads nothing itself once the pipe is full.
fn reader(command: &mut Command) -> (Background, ChildStdout) {
    let mut child = Background::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()));
    let (_, output) = child.pipes();
    (child, output)
}

/// What the server has sent and received.
fn moved(server: &Wharf) -> u64 {
    let of = |row: &serde_json::Value| row["bytes_in"].as_u64().unwrap() + row["bytes_out"].as_u64().unwrap();
    server.rest().sessions().iter().map(of).sum()
}

/// Waits until the server has moved `least` bytes, and until it moves nothing more: everything between it and its clients
/// is full then.
fn until_full(server: &Wharf, least: u64) {
    let mut before = 0;
    eventually("nothing moves any more", || {
        let now = moved(server);
        let rests = now >= least && now == before;
        before = now;
        rests.then_some(())
    });
}

#[track_caller]
fn assert_flat(server: &Wharf, before: u64) {
    let grown = server.peak().saturating_sub(before);
    assert!(grown < MORE_MEMORY, "the server has grown by {grown} KiB");
}

#[test]
fn downloads_that_nobody_reads_cost_little() {
    let server = Site::with_web().start();
    plant(&server, "large");
    let user = format!("{LOGIN}:{PASSWORD}");
    // The first login hashes the password, which takes memory of its own.
    super::dav(&server, "/", &["-X", "PROPFIND"]);
    let before = server.peak();
    let versions = ["--http1.1", "--http2"].iter().cycle().take(20);
    let clients: Vec<_> = versions
        .map(|version| reader(&mut curl(&server, "/dav/large", &["-A", "reader", "-u", &user, version])))
        .collect();
    until_full(&server, 20 << 20);
    assert_flat(&server, before);
    drop(clients);
}

#[test]
fn uploads_faster_than_the_account_may_cost_little() {
    let site = Site::with_web();
    site.add_account("slow", &["--upload-rate", "4000000"]);
    let server = site.start();
    let local = server.local("large");
    File::create(&local).unwrap().set_len(SIZE).unwrap();
    let user = format!("slow:{PASSWORD}");
    super::ask(&server, "/dav/", &["-X", "PROPFIND", "-u", &user]);
    let before = server.peak();
    let clients: Vec<_> = (0..20)
        .map(|n| {
            let (path, file) = (format!("/dav/{n}"), upload_of(&local));
            let version = if n % 2 == 0 { "--http1.1" } else { "--http2" };
            reader(&mut curl(&server, &path, &["-A", "writer", "-u", &user, version, "-T", &file]))
        })
        .collect();
    // By then clients that were not held back would have sent everything.
    eventually("some of it has arrived", || (moved(&server) > 12 << 20).then_some(()));
    assert_flat(&server, before);
    drop(clients);
}

#[test]
fn archives_that_nobody_reads_cost_little() {
    let server = Site::with_web().start();
    for n in 0..4 {
        plant(&server, &format!("large-{n}"));
    }
    let browser = Browser::sign_in(&server);
    let before = server.peak();
    let clients: Vec<_> = (0..6).map(|_| reader(&mut browser.curl(&server, "/zip?path=/", &[]))).collect();
    until_full(&server, 6 << 20);
    assert_flat(&server, before);
    drop(clients);
}
