//! Too much of something: connections, entries, names.

use crate::support::{
    eventually,
    server::{LOGIN, Site},
    siege::Siege,
    wire::Wire,
};
use std::{
    fs,
    io::{BufRead, Read},
};

#[test]
fn a_thousand_connections_that_say_nothing_are_closed_in_time() {
    let mut site = Site::with_account();
    site.set("limits.unauthenticated_per_ip", 0).set("limits.sessions_per_ip", 0).set("ftp.login_seconds", 3);
    let siege = Siege::of(site);
    let mut silent: Vec<_> = (0..1_000).map(|_| Wire::open(siege.ftp())).collect();
    for wire in &mut silent {
        assert!(matches!(wire.reply().code, 220 | 421));
    }
    for wire in &mut silent {
        let _ = wire.stream().read_to_end(&mut Vec::new());
    }
    siege.lift();
}

#[test]
fn an_address_with_too_many_connections_is_told_and_others_are_not_harmed() {
    let mut site = Site::with_account();
    site.set("limits.unauthenticated_per_ip", 20);
    let siege = Siege::of(site);
    let mut silent: Vec<_> = (0..200).map(|_| Wire::open(siege.ftp())).collect();
    let codes: Vec<_> = silent.iter_mut().map(|wire| wire.reply().code).collect();
    assert_eq!(codes.iter().filter(|code| **code == 220).count(), 20);
    assert_eq!(codes.iter().filter(|code| **code == 421).count(), 180);
    drop(silent);
    let rest = siege.rest();
    eventually("their places are free", || (rest.sessions().len() == 1).then_some(()));
    siege.lift();
}

#[test]
fn thousands_of_renames_that_are_never_finished() {
    let siege = Siege::begin();
    siege.write_home(LOGIN, "file", b"content");
    let mut wire = siege.log_in();
    for _ in 0..5 {
        wire.send_bytes("RNFR file\r\n".repeat(1_000).as_bytes());
        for _ in 0..1_000 {
            wire.expect_reply(350);
        }
    }
    wire.expect("RNTO other", 250);
    wire.expect("RNTO another", 503);
    siege.lift();
}

/// Every way to list a directory with very many entries: all of them come, and memory stays flat.
#[test]
fn a_hundred_thousand_entries() {
    const ENTRIES: usize = 100_000;
    let siege = Siege::begin();
    let many = siege.home(LOGIN).join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..ENTRIES {
        fs::write(many.join(format!("entry-{number:06}")), b"").unwrap();
    }
    let mut wire = siege.log_in();
    wire.expect("CWD many", 250);
    // MLSD begins with the directory itself and the one above.
    for (line, expected) in [("LIST", ENTRIES), ("MLSD", ENTRIES + 2), ("NLST *7", ENTRIES / 10)] {
        let listing = wire.receive(line);
        assert_eq!(listing.lines().count(), expected, "{line}");
    }
    // STAT answers on the control connection, so it has an end of its own.
    let status = wire.expect("STAT .", 212).text;
    assert!(status.lines().count() < 2_000 && status.contains("there are more: use LIST"));
    siege.lift();
}

#[test]
fn a_pattern_made_to_be_slow_is_quick() {
    let siege = Siege::begin();
    for number in 0..1_000 {
        siege.write_home(LOGIN, &format!("{}{number:03}", "a".repeat(250)), b"");
    }
    let mut wire = siege.log_in();
    for pattern in [format!("{}b", "*a".repeat(120)), format!("{}b", "?*".repeat(120)), "*".repeat(255)] {
        let names = wire.receive(&format!("NLST {pattern}"));
        assert_eq!(names.is_empty(), pattern.ends_with('b'));
    }
    siege.lift();
}
