//! Every command against every right an account can lack, and against a link that leads out of the home. A command
//! without a row here fails these tests.

use crate::support::{
    server::{DOMAIN, LOGIN, Site, Wharf},
    wire::{Reply, Stream, Wire},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
};

/// How a command goes on after its first reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    /// It does not.
    Alone,
    /// Bytes come over a data connection.
    Down,
    /// Bytes go over a data connection.
    Up,
}
use Goes::{Alone, Down, Up};

/// A way to use a command on files.
struct Row {
    /// Its name; behind SITE, the name there.
    verb: &'static str,
    /// What is sent, `{}` standing for a directory. The last line is the one that needs the rights.
    lines: &'static [&'static str],
    goes: Goes,
    /// Of each of these groups of rights, one is needed.
    needs: &'static [&'static [&'static str]],
}

const fn row(
    verb: &'static str,
    lines: &'static [&'static str],
    goes: Goes,
    needs: &'static [&'static [&'static str]],
) -> Row {
    Row { verb, lines, goes, needs }
}

const READ: &[&[&str]] = &[&["read"]];
const WRITE: &[&[&str]] = &[&["write"]];
const LIST: &[&[&str]] = &[&["list"]];
const LOOK: &[&[&str]] = &[&["list", "read"]];
const NOTHING: &[&[&str]] = &[];

const ON_FILES: &[Row] = &[
    row("APPE", &["APPE {}/file"], Up, &[&["append"]]),
    row("APPE", &["APPE {}/new"], Up, WRITE),
    row("AVBL", &["AVBL {}/empty"], Alone, NOTHING),
    row("CDUP", &["CWD {}/empty", "CDUP"], Alone, NOTHING),
    row("CHMOD", &["SITE CHMOD 600 {}/file"], Alone, WRITE),
    row("CWD", &["CWD {}/empty"], Alone, NOTHING),
    row("DELE", &["DELE {}/file"], Alone, &[&["delete"]]),
    row("HASH", &["HASH {}/file"], Alone, READ),
    row("LIST", &["LIST {}/empty"], Down, LIST),
    row("LIST", &["LIST {}/f*"], Down, LIST),
    row("LIST", &["LIST {}/file"], Down, LOOK),
    row("MDTM", &["MDTM {}/file"], Alone, LOOK),
    row("MDTM", &["MDTM 20200101000000 {}/file"], Alone, WRITE),
    row("MFF", &["MFF Modify=20200101000000;UNIX.mode=600; {}/file"], Alone, WRITE),
    row("MFMT", &["MFMT 20200101000000 {}/file"], Alone, WRITE),
    row("MKD", &["MKD {}/new"], Alone, &[&["make-directories"]]),
    row("MLSD", &["MLSD {}/empty"], Down, LIST),
    row("MLST", &["MLST {}/file"], Alone, LOOK),
    row("NLST", &["NLST {}/empty"], Down, LIST),
    row("RETR", &["RETR {}/file"], Down, READ),
    row("RETR", &["RANG 1 2", "RETR {}/file"], Down, READ),
    row("RMD", &["RMD {}/empty"], Alone, &[&["delete"]]),
    row("RNFR", &["RNFR {}/file"], Alone, LOOK),
    row("RNTO", &["RNFR {}/file", "RNTO {}/new"], Alone, &[&["rename"]]),
    row("RNTO", &["RNFR {}/file", "RNTO {}/other"], Alone, &[&["rename"], &["write"]]),
    row("SIZE", &["SIZE {}/file"], Alone, LOOK),
    row("STAT", &["STAT {}/empty"], Alone, LIST),
    row("STAT", &["STAT {}/file"], Alone, LOOK),
    row("STOR", &["STOR {}/file"], Up, WRITE),
    row("STOR", &["STOR {}/new"], Up, WRITE),
    row("STOR", &["REST 3", "STOR {}/file"], Up, WRITE),
    row("STOU", &["CWD {}/empty", "STOU"], Up, WRITE),
    row("SYMLINK", &["SITE SYMLINK {}/file {}/new"], Alone, WRITE),
    row("UTIME", &["SITE UTIME 20200101000000 {}/file"], Alone, WRITE),
    row("UTIME", &["SITE UTIME {}/file 20200101000000 20200101000000 20200101000000 UTC"], Alone, WRITE),
    row("XCRC", &["XCRC {}/file 0 3"], Alone, READ),
    row("XMD5", &["XMD5 {}/file"], Alone, READ),
    row("XSHA1", &["XSHA1 {}/file"], Alone, READ),
    row("XSHA256", &["XSHA256 \"{}/file\""], Alone, READ),
    row("XSHA512", &["XSHA512 {}/file"], Alone, READ),
];

/// Commands that touch no file, and work before the login too.
const OPEN: &[&str] = &[
    "ACCT", "AUTH", "CCC", "CLNT", "CSID", "FEAT", "HELP", "HOST", "LANG", "NOOP", "OPTS", "PASS", "PBSZ", "PROT",
    "QUIT", "REIN", "SYST", "USER",
];
/// Commands that touch no file, and need a login.
const SESSION: &[&str] =
    &["ABOR", "ALLO", "EPRT", "EPSV", "MODE", "PASV", "PORT", "PWD", "RANG", "REST", "SITE", "SMNT", "STRU", "TYPE"];
/// SITE commands that touch no file.
const SITE: &[&str] = &["HELP", "IDLE", "MSG", "WHO"];

/// What is taken from the accounts of the test, each time together.
pub(crate) const LACKING: &[&[&str]] = &[
    &["read"],
    &["write"],
    &["append"],
    &["delete"],
    &["rename"],
    &["list"],
    &["make-directories"],
    &["list", "read"],
    &["read", "write", "append", "delete", "rename", "list", "make-directories"],
];

pub(crate) const DENIED: &str = "550 This account may not do that";

/// What the command of a row needs: of each group, one right.
pub(crate) fn needs_of(command: &str) -> impl Iterator<Item = &'static [&'static str]> + use<> {
    let row = ON_FILES.iter().find(|row| row.lines.last() == Some(&command));
    let row = row.unwrap_or_else(|| panic!("{command} has no row"));
    row.needs.iter().copied()
}

/// Words in the indented lines of a list.
fn listed(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter_map(|line| line.strip_prefix(' ')).flat_map(str::split_whitespace)
}

fn fill(directory: &Path) {
    for name in ["file", "other"] {
        fs::write(directory.join(name), "content").unwrap();
    }
    fs::create_dir(directory.join("empty")).unwrap();
}

/// Everything below a directory: content, mode and time.
fn tree(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, i64)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let about = path.symlink_metadata().unwrap();
        if about.is_dir() {
            found.extend(tree(&path));
        }
        let content = if about.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.insert(path, (content, about.mode(), if about.is_file() { about.mtime() } else { 0 }));
    }
    found
}

/// Sends the lines of a row. The last reply, and the bytes that came.
fn attempt(wire: &mut Wire, row: &Row, directory: &str) -> (Reply, Vec<u8>) {
    let (last, first) = row.lines.split_last().unwrap();
    for line in first {
        wire.command(&line.replace("{}", directory));
    }
    let address = (row.goes != Alone).then(|| wire.passive());
    let reply = wire.command(&last.replace("{}", directory));
    let mut bytes = Vec::new();
    if reply.code != 150 {
        return (reply, bytes);
    }
    let mut data = Stream::open(address.unwrap());
    if row.goes == Up {
        data.write_all(b"upload").unwrap();
        data.finish();
    } else {
        data.read_to_end(&mut bytes).unwrap();
    }
    (wire.reply(), bytes)
}

#[test]
fn every_command_has_a_row() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    let rows: BTreeSet<_> = ON_FILES.iter().map(|row| row.verb).collect();
    let help = wire.expect("HELP", 214).text;
    for verb in listed(&help) {
        let known = [OPEN, SESSION].concat().contains(&verb) || rows.contains(verb);
        assert!(known, "{verb} is neither in ON_FILES nor among those that touch no file");
    }
    let help = wire.expect("SITE HELP", 214).text;
    for verb in help.lines().filter_map(|line| line.strip_prefix(" SITE ")?.split(' ').next()) {
        assert!(SITE.contains(&verb) || rows.contains(verb), "SITE {verb} is neither in ON_FILES nor in SITE");
    }
}

#[test]
fn before_the_login_no_file_is_touched() {
    let server = Wharf::start();
    fill(&server.home(LOGIN));
    let before = tree(&server.home(LOGIN));
    let mut wire = server.connect();
    for line in ON_FILES.iter().flat_map(|row| row.lines) {
        wire.expect(&line.replace("{}", ""), 530);
    }
    for verb in SESSION {
        wire.expect(verb, 530);
    }
    for verb in OPEN.iter().filter(|verb| !["QUIT", "REIN", "AUTH"].contains(verb)) {
        assert_ne!(wire.command(verb).code, 500, "{verb}");
    }
    assert_eq!(tree(&server.home(LOGIN)), before);
}

#[test]
fn no_command_works_without_its_right() {
    let site = Site::with_account();
    for lacking in LACKING {
        site.add_account(&lacking.join("-"), &["--without", &lacking.join(",")]);
    }
    let server = site.start();
    for lacking in LACKING {
        let login = lacking.join("-");
        let home = server.home(&login);
        let mut wire = server.log_in_as(&login);
        for row in ON_FILES {
            for old in fs::read_dir(&home).unwrap() {
                let old = old.unwrap().path();
                if old.is_dir() { fs::remove_dir_all(old).unwrap() } else { fs::remove_file(old).unwrap() }
            }
            fill(&home);
            wire.expect("CWD /", 250);
            let before = tree(&home);
            let denied = row.needs.iter().any(|group| group.iter().all(|right| lacking.contains(right)));
            // Nothing can be renamed that may not be looked at.
            let hidden = row.verb == "RNTO" && lacking.contains(&"list") && lacking.contains(&"read");
            let (reply, _) = attempt(&mut wire, row, "");
            let what = format!("{:?} without {login}: {}", row.lines, reply.text);
            if hidden {
                assert_eq!(reply.code, 503, "{what}");
            } else if denied {
                assert_eq!(reply.text, DENIED, "{what}");
            } else {
                assert!(reply.code < 400, "{what}");
            }
            if hidden || denied {
                assert_eq!(tree(&home), before, "{what}");
            }
        }
    }
}

#[test]
fn no_command_follows_a_link_out_of_the_home() {
    let server = Wharf::start();
    let outside = server.root(DOMAIN).join("outside");
    fs::create_dir(&outside).unwrap();
    fill(&outside);
    symlink(&outside, server.home(LOGIN).join("absolute")).unwrap();
    symlink("../outside", server.home(LOGIN).join("relative")).unwrap();
    let before = tree(&outside);
    let mut wire = server.log_in();
    for row in ON_FILES.iter().filter(|row| row.lines.concat().contains("{}")) {
        for way in ["/absolute", "/relative", "/relative/../../outside", "../outside"] {
            wire.expect("CWD /", 250);
            let (reply, bytes) = attempt(&mut wire, row, way);
            let what = format!("{:?} by {way}: {}", row.lines, reply.text);
            // STOU and CDUP stay where they are when the way there is refused.
            assert!(reply.code >= 400 || ["STOU", "CDUP"].contains(&row.verb), "{what}");
            assert!(bytes.is_empty(), "{what}");
            assert_eq!(tree(&outside), before, "{what}");
        }
    }
}
