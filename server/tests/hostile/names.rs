//! Names, directories and links made to confuse.

use crate::support::{names, server::LOGIN, siege::Siege};
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

#[test]
fn directories_nested_as_deep_as_a_path_goes() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    let name = "d".repeat(100);
    let mut depth = 0;
    let refusal = loop {
        let reply = wire.command(&format!("MKD {name}"));
        if reply.code != 257 {
            break reply;
        }
        wire.expect(&format!("CWD {name}"), 250);
        depth += 1;
    };
    assert_eq!((refusal.text.as_str(), depth), ("553 The name is too long", 4096 / 101));
    assert_eq!(wire.transmit("STOR f", b"content").code, 226);
    assert_eq!(wire.receive("RETR f"), b"content");
    wire.expect("DELE f", 250);
    for _ in 0..depth {
        wire.expect("CDUP", 250);
        wire.expect(&format!("RMD {name}"), 250);
    }
    assert_eq!(names(&siege.home(LOGIN)), [""; 0]);
    siege.lift();
}

#[test]
fn links_that_lead_in_circles() {
    let siege = Siege::begin();
    let home = siege.home(LOGIN);
    symlink("two", home.join("one")).unwrap();
    symlink("one", home.join("two")).unwrap();
    symlink("self/self", home.join("self")).unwrap();
    symlink(".", home.join("here")).unwrap();
    let mut wire = siege.log_in();
    for link in ["one", "two/x", "self", "self/x"] {
        for verb in ["CWD", "SIZE", "MDTM", "MLST", "STAT", "MFMT 20200101000000", "MKD", "RMD"] {
            let reply = wire.command(&format!("{verb} {link}"));
            assert!(matches!(reply.code, 550 | 553), "{verb} {link}: {}", reply.text);
        }
        for verb in ["RETR", "NLST", "APPE"] {
            wire.passive();
            let reply = wire.command(&format!("{verb} {link}/file"));
            assert!(matches!(reply.code, 550 | 553), "{verb} {link}: {}", reply.text);
        }
    }
    // A circle that leads somewhere is no circle: each way to write it is the same place.
    let way = "here/".repeat(30);
    wire.expect(&format!("CWD {way}"), 250);
    assert_eq!(wire.receive("NLST"), b"here\r\none\r\nself\r\ntwo\r\n");
    wire.expect(&format!("SIZE {}x", "here/".repeat(700)), 550);
    wire.expect("CWD /", 250);
    wire.expect("DELE one", 250);
    wire.expect("RNFR two", 350);
    wire.expect("RNTO three", 250);
    siege.lift();
}

#[test]
fn names_as_long_as_a_name_can_be() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    for name in ["x".repeat(255), "\u{e4}".repeat(127)] {
        assert_eq!(wire.transmit(&format!("STOR {name}"), b"content").code, 226);
        assert_eq!(wire.receive(&format!("RETR {name}")), b"content");
        assert_eq!(wire.receive("NLST"), format!("{name}\r\n").as_bytes());
        assert!(wire.expect(&format!("MLST {name}"), 250).text.contains(&name));
        wire.expect(&format!("RNFR {name}"), 350);
        wire.expect(&format!("RNTO {name}xx"), 553);
        wire.expect(&format!("DELE {name}"), 250);
    }
    wire.passive();
    for verb in ["STOR", "MKD", "APPE", "RETR", "CWD", "SIZE", "MLST"] {
        wire.expect(&format!("{verb} {}", "x".repeat(256)), 553);
    }
    siege.lift();
}

/// Something beside the server, a website for instance, may make any name.
#[test]
fn names_on_disk_forge_neither_lines_nor_replies() {
    const FORGED: &[&[u8]] = &[
        b"a\r\n226 Transfer complete",
        b"b\n-rw-r--r--    1 0        0                   1 Jan  1 00:00 forged",
        b"c\r\ntype=file;size=1; forged",
        b"d\r250 End",
        b"e\x1b[2Jforged",
        b"f\x7fforged",
    ];
    const HONEST: &[&[u8]] =
        &[b" leading", b"226 Transfer complete", b"\xff\xf4\xe4", b"x -> y", "\u{202e}gpj".as_bytes()];
    let siege = Siege::begin();
    let odd = siege.home(LOGIN).join("odd");
    fs::create_dir(&odd).unwrap();
    for name in FORGED.iter().chain(HONEST) {
        fs::write(odd.join(OsStr::from_bytes(name)), b"x").unwrap();
    }
    let mut wire = siege.log_in();
    for line in ["LIST odd", "MLSD odd", "NLST odd", "NLST odd/*", "LIST odd/*"] {
        let listing = wire.receive(line);
        let mut lines: Vec<_> = listing.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.pop(), Some(&b""[..]));
        lines.retain(|line| !line.starts_with(b"type=cdir;") && !line.starts_with(b"type=pdir;"));
        assert_eq!(lines.len(), HONEST.len(), "{line}: {}", String::from_utf8_lossy(&listing));
        for honest in HONEST {
            let whole = [honest, &b"\r"[..]].concat();
            assert!(lines.iter().any(|line| line.ends_with(&whole)), "{line}: {}", honest.escape_ascii());
        }
        assert!(!listing.windows(6).any(|bytes| bytes == b"forged"), "{line}");
    }
    siege.lift();
}

#[test]
fn a_name_in_a_command_forges_no_reply() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    for line in ["MKD x\r257 forged", "CWD \u{1b}]0;forged\u{7}", "STAT a\rb", "MLST \u{7f}", "RNFR \t"] {
        let reply = wire.command(line);
        assert!(
            reply.code >= 500 && !reply.text.contains("forged") && reply.text.lines().count() == 1,
            "{}",
            reply.text
        );
    }
    // What looks like a reply and is a name is quoted within one.
    wire.expect("MKD 226 done", 257);
    wire.expect("CWD 226 done", 250);
    assert_eq!(wire.expect("PWD", 257).text, "257 \"/226 done\" is the current directory");
    wire.expect("NOOP", 200);
    siege.lift();
}
