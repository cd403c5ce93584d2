//! A file beyond 2 GiB, where offsets no longer fit 32 bits with a sign.

use crate::support::{
    bounded,
    client::{Client, Curl, Transport},
    server::{LOGIN, Wharf},
    succeed,
};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::Path,
    process::{Command, Stdio},
};

const SIZE: u64 = 3 << 30;

/// Three GiB that take no room, with marks where a wrong offset would show.
fn plant(file: &Path) {
    let sparse = File::create(file).unwrap();
    sparse.set_len(SIZE).unwrap();
    for offset in [0, 1 << 20, (2 << 30) - 4, SIZE - 8] {
        sparse.write_all_at(&offset.to_be_bytes(), offset).unwrap();
    }
}

fn same(one: &Path, other: &Path) {
    succeed(bounded("cmp").args([one, other]));
}

#[test]
fn three_gib_come_down_whole() {
    let server = Wharf::start();
    let file = server.home(LOGIN).join("large");
    plant(&file);
    // Compared as it arrives: nothing is written.
    let curl = Curl::new(&server, Transport::Plain);
    let mut download = curl.command().arg(curl.url("large")).stdout(Stdio::piped()).spawn().unwrap();
    let mut cmp = Command::new("cmp");
    succeed(cmp.arg("-").arg(&file).stdin(download.stdout.take().unwrap()));
    assert!(download.wait().unwrap().success());
}

#[test]
fn three_gib_go_up_whole() {
    let server = Wharf::start();
    let local = server.local("large");
    plant(&local);
    Curl::new(&server, Transport::Plain).upload(&local, "large");
    let arrived = server.home(LOGIN).join("large");
    assert_eq!(arrived.metadata().unwrap().len(), SIZE);
    same(&arrived, &local);
}

#[test]
fn both_ends_of_three_gib_can_be_had_alone() {
    let server = Wharf::start();
    plant(&server.home(LOGIN).join("large"));
    let mut wire = server.log_in();
    assert_eq!(wire.expect("SIZE large", 213).text, format!("213 {SIZE}"));
    wire.expect(&format!("REST {}", SIZE - 8), 350);
    assert_eq!(wire.receive("RETR large"), (SIZE - 8).to_be_bytes());
    wire.expect(&format!("REST {SIZE}"), 350);
    assert_eq!(wire.receive("RETR large"), b"");
    wire.expect(&format!("REST {}", SIZE + 1), 350);
    wire.passive();
    wire.expect("RETR large", 554);
}
