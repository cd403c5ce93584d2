//! Digests of files, compared with those of other programs.

use crate::support::{
    noise, program,
    server::{LOGIN, Site, Wharf},
    succeed,
    wire::Wire,
};
use serde_json::json;
use std::{fs::File, path::Path, process::Command};

/// Takes every algorithm so long that a test can do something meanwhile; its blocks are not on disk.
const HUGE: u64 = 1 << 40;

/// What `sha256sum` and its like say.
fn sum(program_name: &str, file: &Path) -> String {
    succeed(Command::new(program(program_name)).arg(file)).split(' ').next().unwrap().to_owned()
}

/// A session that computes a digest without an end in sight.
fn hashing(server: &Wharf) -> Wire {
    File::create(server.home(LOGIN).join("huge")).unwrap().set_len(HUGE).unwrap();
    let mut wire = server.log_in();
    wire.send("HASH huge");
    server.rest().session("that computes a digest", |row| row["status"] == "HASH");
    wire
}

#[test]
fn hash_is_what_other_programs_compute() {
    let server = Wharf::start();
    let file = server.write_home(LOGIN, "a file", &noise(1, 3_000_001));
    let mut wire = server.log_in();
    assert!(wire.expect("FEAT", 211).text.contains("\n HASH SHA-256*;SHA-512;SHA-1;MD5;CRC32\n"));
    assert_eq!(wire.expect("OPTS HASH", 200).text, "200 SHA-256");
    for (algorithm, program) in
        [("SHA-256", "sha256sum"), ("sha-512", "sha512sum"), ("SHA-1", "sha1sum"), ("MD5", "md5sum")]
    {
        let name = algorithm.to_uppercase();
        assert_eq!(wire.expect(&format!("OPTS HASH {algorithm}"), 200).text, format!("200 {name}"));
        let expected = format!("213 {name} 0-3000000 {} a file", sum(program, &file));
        assert_eq!(wire.expect("HASH a file", 213).text, expected);
    }
    wire.expect("OPTS HASH CRC-37", 501);
    assert_eq!(wire.expect("OPTS HASH", 200).text, "200 MD5");
    assert!(wire.expect("FEAT", 211).text.contains(";MD5*;"));
    wire.expect("REIN", 220);
    wire.log_in(LOGIN);
    assert_eq!(wire.expect("OPTS HASH", 200).text, "200 SHA-256");
}

#[test]
fn hash_of_a_part_is_the_hash_of_what_retr_would_send() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"..abc.");
    let abc = "900150983cd24fb0d6963f7d28e17f72";
    let mut wire = server.log_in();
    wire.expect("OPTS HASH MD5", 200);
    wire.expect("RANG 2 4", 350);
    assert_eq!(wire.expect("HASH file", 213).text, format!("213 MD5 2-4 {abc} file"));
    assert!(wire.expect("HASH file", 213).text.starts_with("213 MD5 0-5 "), "the range counted once");
    server.write_home(LOGIN, "tail", b"..abc");
    for beginning in ["REST 2", "RANG 2 100"] {
        wire.expect(beginning, 350);
        assert_eq!(wire.expect("HASH tail", 213).text, format!("213 MD5 2-4 {abc} tail"));
    }
    wire.expect("RANG 6 7", 350);
    wire.expect("HASH file", 554);
    server.write_home(LOGIN, "empty", b"");
    let nothing = "d41d8cd98f00b204e9800998ecf8427e";
    assert_eq!(wire.expect("HASH empty", 213).text, format!("213 MD5 0-0 {nothing} empty"));
}

#[test]
fn the_older_commands_know_names_with_spaces_and_numbers() {
    let server = Wharf::start();
    server.write_home(LOGIN, "a file", b"..abc.");
    server.write_home(LOGIN, "abc", b"abc");
    let mut wire = server.log_in();
    for (verb, digest) in [
        ("XCRC", "352441c2"),
        ("XMD5", "900150983cd24fb0d6963f7d28e17f72"),
        ("XSHA", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("XSHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("XSHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        for argument in ["abc", "\"abc\"", "abc 0", "abc 0 3", "abc 0 1000", "a file 2 5", "\"a file\" 2 5"] {
            assert_eq!(wire.expect(&format!("{verb} {argument}"), 250).text, format!("250 {digest}"), "{argument}");
        }
    }
    assert!(wire.expect("XSHA512 abc", 250).text.starts_with("250 ddaf35a193617aba"));
    server.write_home(LOGIN, "a file 2 5", b"abc");
    assert_eq!(wire.expect("XCRC a file 2 5", 250).text, "250 352441c2");
    for wrong in ["abc -1", "abc 0 -1", "abc 2 1", "abc 99999999999999999999", "abc 9223372036854775808", "\"abc"] {
        wire.expect(&format!("XCRC {wrong}"), 501);
    }
    wire.expect("XCRC abc 4", 554);
    wire.expect("XCRC none", 550);
    wire.expect("XCRC none 1 2", 550);
    for nothing in ["XCRC /", "XCRC", "HASH", "HASH /"] {
        wire.expect(nothing, 553);
    }
}

#[test]
fn other_commands_are_answered_and_abor_ends_a_digest() {
    let server = Wharf::start();
    let mut wire = hashing(&server);
    wire.expect("NOOP", 200);
    wire.expect("STAT", 213);
    wire.send_bytes(b"PWD\r\nABOR\r\n");
    wire.expect_reply(426);
    wire.expect_reply(226);
    wire.expect_reply(257);
}

#[test]
fn a_kick_ends_a_digest() {
    let server = Wharf::start();
    let mut wire = hashing(&server);
    let rest = server.rest();
    rest.kick(&rest.sessions()[0], &json!({ "message": "enough" }));
    wire.expect_reply(426);
    assert!(wire.expect_reply(421).text.contains("enough"));
    wire.expect_end();
}

#[test]
fn a_client_that_leaves_takes_its_digest_along() {
    let server = Wharf::start();
    drop(hashing(&server));
    server.rest().until_empty();
}

#[test]
fn a_digest_is_not_idle() {
    let mut site = Site::with_account();
    site.set("ftp.idle_seconds", 1);
    let server = site.start();
    let mut wire = hashing(&server);
    // Another session shows that more than the idle time has passed.
    server.log_in().expect_reply(421);
    wire.send("ABOR");
    wire.expect_reply(426);
    wire.expect_reply(226);
}
