//! A home is a jail: no name leads out of it, neither `..` nor a link that was planted in it.

use crate::support::{
    server::{LOGIN, Wharf},
    wire::{Stream, Wire},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

const SECRET: &str = "of no concern to alice";

/// Something outside of alice's home, and links to it inside.
struct Outside {
    server: Wharf,
    directory: PathBuf,
    before: BTreeMap<PathBuf, Vec<u8>>,
}

impl Outside {
    fn new() -> Self {
        let server = Wharf::start();
        server.add_account("bob", &[]);
        let directory = server.home("bob");
        fs::create_dir(directory.join("empty")).unwrap();
        fs::write(directory.join("secret"), SECRET).unwrap();
        let home = server.home(LOGIN);
        symlink(&directory, home.join("absolute")).unwrap();
        symlink("../bob", home.join("relative")).unwrap();
        symlink("../../../../../../../../..", home.join("up")).unwrap();
        symlink(directory.join("secret"), home.join("file")).unwrap();
        symlink("../bob/secret", home.join("relative file")).unwrap();
        symlink("/proc/self/root", home.join("magic")).unwrap();
        let before = tree(&directory);
        Self { server, directory, before }
    }

    /// Paths that would lead to bob's directory if anything led out.
    fn ways(&self) -> Vec<String> {
        let absolute = self.directory.to_str().unwrap();
        let up = "../".repeat(20);
        vec![
            "../bob".to_owned(),
            "/../bob".to_owned(),
            "./.././../bob".to_owned(),
            absolute.to_owned(),
            format!("{up}{absolute}"),
            format!("/{up}{absolute}"),
            "absolute".to_owned(),
            "relative".to_owned(),
            "absolute/../bob".to_owned(),
            format!("up{absolute}"),
            format!("magic{absolute}"),
            "/proc/self/root".to_owned(),
            // Ways that other servers took for "../bob" once they had decoded, trimmed or split them a second time.
            "..\\bob".to_owned(),
            "..\\..\\../bob".to_owned(),
            "%2e%2e/bob".to_owned(),
            "..%2fbob".to_owned(),
            "%2e%2e%5cbob".to_owned(),
            "..%c0%afbob".to_owned(),
            "..%00/bob".to_owned(),
            "..;/bob".to_owned(),
            "....//bob".to_owned(),
            ".. /bob".to_owned(),
            " ../bob".to_owned(),
            "~bob".to_owned(),
            "~/../bob".to_owned(),
            "{..,x}/bob".to_owned(),
            "$HOME/../bob".to_owned(),
            "\u{2024}\u{2024}/bob".to_owned(),
            "\u{ff0e}\u{ff0e}/bob".to_owned(),
            "//?/../bob".to_owned(),
            "/../../bob/.".to_owned(),
        ]
    }

    fn assert_untouched(&self, after: &str) {
        assert_eq!(tree(&self.directory), self.before, "after {after}");
    }
}

/// Everything below a directory: files with their content, directories with none.
fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
            found.insert(path, Vec::new());
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// Carries a command out, with its data connection if it needs one. Everything the server said and sent.
fn attempt(wire: &mut Wire, line: &str) -> String {
    let address = wire.passive();
    let mut reply = wire.command(line);
    let mut said = reply.text.clone();
    if reply.code == 150 {
        let mut data = Stream::open(address);
        if line.starts_with("STOR") || line.starts_with("APPE") {
            data.write_all(b"written by alice").unwrap();
            data.finish();
        } else {
            let mut bytes = Vec::new();
            data.read_to_end(&mut bytes).unwrap();
            said.push_str(&String::from_utf8_lossy(&bytes));
        }
        reply = wire.reply();
        said.push_str(&reply.text);
    }
    said
}

#[test]
fn no_verb_reads_or_changes_anything_outside() {
    let outside = Outside::new();
    let mut wire = outside.server.log_in();
    for way in outside.ways() {
        for verb in [
            "RETR",
            "SIZE",
            "MDTM",
            "MLST",
            "STAT",
            "LIST",
            "NLST",
            "STOR",
            "APPE",
            "DELE",
            "MFMT 20200101000000",
            "MFF Modify=20200101000000;",
            "MFF UNIX.mode=0777;",
            "SITE CHMOD 777",
            "SITE UTIME 20200101000000",
            "HASH",
            "XCRC",
            "XSHA256",
            "SITE SYMLINK mine",
        ] {
            let said = attempt(&mut wire, &format!("{verb} {way}/secret"));
            assert!(!said.contains(SECRET), "{verb} {way}: {said}");
            outside.assert_untouched(&format!("{verb} {way}/secret"));
        }
        for verb in ["LIST", "NLST", "MLSD", "STAT", "MLST"] {
            let said = attempt(&mut wire, &format!("{verb} {way}"));
            assert!(!said.contains("secret"), "{verb} {way}: {said}");
        }
        for line in
            [format!("RMD {way}/empty"), format!("MKD {way}/new"), format!("STOR {way}/new"), format!("APPE {way}/new")]
        {
            attempt(&mut wire, &line);
            outside.assert_untouched(&line);
        }
    }
}

#[test]
fn nobody_stands_outside() {
    let outside = Outside::new();
    let mut wire = outside.server.log_in();
    for way in outside.ways() {
        if wire.command(&format!("CWD {way}")).code == 250 {
            let said = attempt(&mut wire, "NLST");
            assert!(!said.contains("secret"), "{way}: {said}");
            wire.expect("CWD /", 250);
        }
    }
    for _ in 0..3 {
        wire.expect("CDUP", 250);
        assert!(wire.expect("PWD", 257).text.starts_with("257 \"/\""));
    }
}

#[test]
fn nothing_is_moved_in_or_out() {
    let outside = Outside::new();
    let mut wire = outside.server.log_in();
    for way in outside.ways() {
        outside.server.write_home(LOGIN, "mine", b"alice's");
        for (from, to) in
            [(format!("{way}/secret"), "stolen".to_owned()), ("mine".to_owned(), format!("{way}/planted"))]
        {
            if wire.command(&format!("RNFR {from}")).code == 350 {
                wire.command(&format!("RNTO {to}"));
            }
            outside.assert_untouched(&format!("rename {from} {to}"));
        }
    }
}

#[test]
fn a_link_to_a_file_outside_is_not_followed() {
    let outside = Outside::new();
    let mut wire = outside.server.log_in();
    for link in ["file", "relative file"] {
        for verb in ["RETR", "SIZE", "MDTM", "APPE", "MFMT 20200101000000", "STOR", "DELE"] {
            let said = attempt(&mut wire, &format!("{verb} {link}"));
            assert!(!said.contains(SECRET), "{verb} {link}: {said}");
            outside.assert_untouched(&format!("{verb} {link}"));
        }
    }
}

#[test]
fn a_link_that_is_moved_leads_no_further() {
    let outside = Outside::new();
    let mut wire = outside.server.log_in();
    wire.expect("MKD below", 257);
    // One level deeper the same relative link would still lead out.
    symlink("../../bob", outside.server.home(LOGIN).join("deep")).unwrap();
    wire.expect("RNFR deep", 350);
    wire.expect("RNTO below/deep", 250);
    let said = attempt(&mut wire, "RETR below/deep/secret");
    assert!(said.starts_with("550 "), "{said}");
    outside.assert_untouched("the move");
}

#[test]
fn links_within_the_home_work() {
    let server = Wharf::start();
    let home = server.home(LOGIN);
    fs::create_dir(home.join("site")).unwrap();
    server.write_home(LOGIN, "site/index.html", b"welcome");
    symlink("site", home.join("current")).unwrap();
    symlink("/site/index.html", home.join("index")).unwrap();
    let mut wire = server.log_in();
    wire.expect("CWD current", 250);
    assert_eq!(wire.receive("RETR index.html"), b"welcome");
    assert_eq!(wire.receive("RETR /index"), b"welcome");
}
