//! SITE CHMOD, UTIME, SYMLINK, IDLE, WHO and HELP, and AVBL.

use crate::support::{
    client::{Client, Lftp, Transport},
    server::{LOGIN, Site, Wharf},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn modes_are_changed_and_special_bits_are_not() {
    let server = Wharf::start();
    let file = server.write_home(LOGIN, "a file", b"");
    let mut wire = server.log_in();
    wire.expect("SITE CHMOD 0600 a file", 200);
    assert_eq!(mode(&file), 0o600);
    wire.expect("site chmod 000 a file", 200);
    wire.expect("SITE CHMOD 644 a file", 200);
    assert_eq!(mode(&file), 0o644);
    for wrong in
        ["SITE CHMOD", "SITE CHMOD 644", "SITE CHMOD 4755 a file", "SITE CHMOD u+x a file", "SITE CHMOD 9 a file"]
    {
        wire.expect(wrong, 501);
    }
    wire.expect("SITE CHMOD 644 none", 550);
    assert_eq!(mode(&file), 0o644);
}

#[test]
fn times_are_set_in_both_old_ways() {
    let server = Wharf::start();
    server.write_home(LOGIN, "a file", b"");
    let mut wire = server.log_in();
    for (line, time) in [
        ("SITE UTIME 20240229123456 a file", "20240229123456"),
        ("SITE UTIME 202402291200 a file", "20240229120000"),
        ("SITE UTIME a file 20200101000000 20240301010203 20200101000000 UTC", "20240301010203"),
    ] {
        wire.expect(line, 200);
        assert_eq!(wire.expect("MDTM a file", 213).text, format!("213 {time}"));
    }
    for wrong in ["SITE UTIME", "SITE UTIME a file", "SITE UTIME 2024 a file", "SITE UTIME 20240230123456 a file"] {
        wire.expect(wrong, 501);
    }
}

#[test]
fn a_link_leads_to_its_own_directory_or_below() {
    let server = Wharf::start();
    let home = server.home(LOGIN);
    let mut wire = server.log_in();
    for directory in ["releases", "releases/2", "other"] {
        wire.expect(&format!("MKD {directory}"), 257);
    }
    wire.expect("SITE SYMLINK releases/2 current", 200);
    assert_eq!(fs::read_link(home.join("current")).unwrap(), Path::new("releases/2"));
    // A client means its own root, and other programs must not take it for theirs.
    wire.expect("SITE SYMLINK /releases/2 \"a \"\"link\"", 200);
    assert_eq!(fs::read_link(home.join("a \"link")).unwrap(), Path::new("releases/2"));
    wire.expect("CWD releases", 250);
    wire.expect("SITE SYMLINK 2 /releases/newest", 200);
    assert_eq!(fs::read_link(home.join("releases/newest")).unwrap(), Path::new("2"));
    wire.expect("CWD newest", 250);
    wire.expect("CWD /", 250);
    for outward in ["/", "..", "../other", "/other", "/etc/passwd", "../../../../etc/passwd", "."] {
        wire.expect(&format!("SITE SYMLINK {outward} releases/link"), 553);
    }
    wire.expect("SITE SYMLINK releases/2 other", 550);
    for wrong in ["SITE SYMLINK", "SITE SYMLINK a", "SITE SYMLINK a b c", "SITE SYMLINK \"a b"] {
        wire.expect(wrong, 501);
    }
    assert!(home.join("releases/link").symlink_metadata().is_err());
}

#[test]
fn lftp_changes_modes_and_makes_links() {
    let server = Wharf::start();
    let file = server.write_home(LOGIN, "file", b"content");
    let lftp = Lftp::new(&server, Transport::Plain);
    lftp.run("chmod 640 file; ln -s file link; cat link");
    assert_eq!(mode(&file), 0o640);
    assert_eq!(fs::read_link(server.home(LOGIN).join("link")).unwrap(), Path::new("file"));
}

#[test]
fn a_client_may_shorten_its_idle_time() {
    let site = Site::with_account();
    site.add_account("patient", &["--idle-seconds", "100"]);
    let server = site.start();
    let mut wire = server.log_in_as("patient");
    assert_eq!(wire.expect("SITE IDLE", 200).text, "200 Idle time is 100 seconds, 100 at most");
    for wrong in ["101", "0", "-1", "x", "99999999999999999999"] {
        wire.expect(&format!("SITE IDLE {wrong}"), 501);
    }
    wire.expect("SITE IDLE 1", 200);
    assert_eq!(wire.expect_reply(421).text, "421 No command for 1 seconds: closing control connection");
}

#[test]
fn who_shows_the_sessions_of_the_account_and_of_nobody_else() {
    let site = Site::with_account();
    site.add_account("bob", &["--home", LOGIN]);
    let server = site.start();
    let mut bob = server.log_in_as("bob");
    bob.expect("CLNT secret of bob", 200);
    let mut other = server.log_in();
    other.expect("CLNT the other one", 200);
    other.expect("NOOP", 200);
    let mut wire = server.log_in();
    let list = wire.expect("SITE WHO", 200).text;
    assert_eq!(list, "200-Your sessions:\n 127.0.0.1 FTP the other one: NOOP\n 127.0.0.1 FTP -: SITE\n200 End");
}

#[test]
fn site_help_tells_every_command() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    let list = wire.expect("SITE HELP", 214).text;
    let lines: Vec<_> = list.lines().filter_map(|line| line.strip_prefix(" SITE ")).collect();
    assert!(lines.iter().any(|line| line.starts_with("CHMOD ")), "{list}");
    for line in lines {
        let name = line.split(' ').next().unwrap();
        assert_eq!(wire.expect(&format!("SITE HELP {name}"), 214).text, format!("214 Syntax: SITE {line}"));
    }
    wire.expect("SITE HELP EVIL", 504);
    wire.expect("SITE EVIL", 504);
    wire.expect("SITE", 501);
}

#[test]
fn avbl_tells_what_the_quota_leaves() {
    let site = Site::with_account();
    site.add_account("small", &["--quota", "1000"]);
    let server = site.start();
    let mut wire = server.log_in_as("small");
    assert_eq!(wire.expect("AVBL", 213).text, "213 1000");
    assert_eq!(wire.transmit("STOR file", &[0; 400]).code, 226);
    assert_eq!(wire.expect("AVBL /", 213).text, "213 600");
    wire.expect("AVBL none", 550);
    wire.expect("AVBL file", 550);
    let mut unlimited = server.log_in();
    let bytes: u64 = unlimited.expect("AVBL", 213).text["213 ".len()..].parse().unwrap();
    assert!(bytes > 0);
}
