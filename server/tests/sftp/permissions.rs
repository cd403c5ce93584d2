//! Every request of SFTP against every right an account can lack, as [`crate::commands`] does it with those of FTP: a
//! request needs what the command for the same thing needs, and is refused in the same words.

use crate::{
    commands::permissions::{DENIED, LACKING, needs_of},
    support::{
        server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
        ssh::paramiko,
    },
};
use std::{fs, os::unix::fs::symlink, path::Path};

/// A way to use a request on files.
struct Row {
    /// What is asked, in Python; `at` makes a path in the directory that is tried.
    ask: &'static str,
    /// Commands of FTP that do this. Of several, all are needed.
    like: &'static [&'static str],
}

const fn row(ask: &'static str, like: &'static [&'static str]) -> Row {
    Row { ask, like }
}

const ROWS: &[Row] = &[
    row("sftp.open(at('file'), 'r').read()", &["RETR {}/file"]),
    row("write(at('file'), 'w')", &["STOR {}/file"]),
    row("write(at('new'), 'w')", &["STOR {}/new"]),
    row("write(at('new'), 'wx')", &["STOR {}/new"]),
    row("write(at('file'), 'a')", &["APPE {}/file"]),
    row("write(at('new'), 'a')", &["APPE {}/new"]),
    row("write(at('file'), 'r+')", &["RETR {}/file", "STOR {}/file"]),
    row("sftp.stat(at('file'))", &["SIZE {}/file"]),
    row("sftp.lstat(at('file'))", &["SIZE {}/file"]),
    row("sftp.listdir(at('empty'))", &["LIST {}/empty"]),
    row("sftp.chmod(at('file'), 0o600)", &["SITE CHMOD 600 {}/file"]),
    row("sftp.utime(at('file'), (1, 1))", &["MFMT 20200101000000 {}/file"]),
    row("sftp.truncate(at('file'), 1)", &["STOR {}/file"]),
    row("sftp.remove(at('file'))", &["DELE {}/file"]),
    row("sftp.mkdir(at('new'))", &["MKD {}/new"]),
    row("sftp.rmdir(at('empty'))", &["RMD {}/empty"]),
    row("sftp.rename(at('file'), at('new'))", &["RNTO {}/new"]),
    row("sftp.posix_rename(at('file'), at('new'))", &["RNTO {}/new"]),
    row("sftp.posix_rename(at('file'), at('other'))", &["RNTO {}/other"]),
    row("sftp.symlink(at('file'), at('new'))", &["SITE SYMLINK {}/file {}/new"]),
    row("sftp.readlink(at('link'))", &["SIZE {}/file"]),
    row("extended('hardlink@openssh.com', at('file'), at('new'))", &["STOR {}/new"]),
    row("extended('statvfs@openssh.com', at('file'))", &["SIZE {}/file"]),
    row("extended('check-file-name', at('file'), 'md5', int64(0), int64(0), 0)", &["XMD5 {}/file"]),
];

const SCRIPT: &str = "
import os, shutil
transport.auth_password(login, password)
sftp = paramiko.SFTPClient.from_transport(transport)
from paramiko.sftp import CMD_EXTENDED
def extended(*words):
    sftp._request(CMD_EXTENDED, *words)
def write(path, mode):
    with sftp.open(path, mode) as file:
        file.write('upload')
def at(name):
    return way + '/' + name
def tree():
    found = {}
    for directory, directories, files in os.walk(place):
        for name in directories + files:
            path = os.path.join(directory, name)
            about = os.lstat(path)
            found[path] = (about.st_mode, about.st_size, int(about.st_mtime) if name in files else 0, about.st_nlink)
    return found
def fill():
    for name in os.listdir(place):
        path = os.path.join(place, name)
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
    for name in ['file', 'other']:
        with open(os.path.join(place, name), 'w') as file:
            file.write('content')
    os.mkdir(os.path.join(place, 'empty'))
    os.symlink('file', os.path.join(place, 'link'))
for ask in asks.split(';'):
    fill()
    before = tree()
    try:
        eval(ask)
        how = 'ok'
    except (OSError, paramiko.SSHException) as error:
        how = str(error)
    print('changed' if tree() != before else 'same', how, sep='\\t')
";

/// How each row ended: whether something changed, and what was said.
fn tried(server: &Wharf, login: &str, way: &str, place: &Path) -> Vec<(bool, String)> {
    let asks = ROWS.iter().map(|row| row.ask).collect::<Vec<_>>().join(";");
    let place = place.to_str().unwrap();
    let names = [("login", login), ("password", PASSWORD), ("way", way), ("place", place), ("asks", &asks)];
    let said = paramiko(server, SCRIPT, &names);
    let outcomes: Vec<_> = said.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(outcomes.len(), ROWS.len(), "{said}");
    outcomes.into_iter().map(|(changed, how)| (changed == "changed", how.to_owned())).collect()
}

#[test]
fn no_request_works_without_the_right_that_ftp_asks_for() {
    let site = Site::with_sftp();
    for lacking in LACKING {
        site.add_account(&lacking.join("-"), &["--without", &lacking.join(",")]);
    }
    let server = site.start();
    let words = DENIED.split_once(' ').unwrap().1;
    for lacking in LACKING {
        let login = lacking.join("-");
        for (row, (changed, how)) in ROWS.iter().zip(tried(&server, &login, "", &server.home(&login))) {
            let mut groups = row.like.iter().flat_map(|command| needs_of(command));
            let denied = groups.any(|group| group.iter().all(|right| lacking.contains(right)));
            let what = format!("{} without {login}: {how}", row.ask);
            if denied {
                // paramiko keeps the words of the server for itself where it has a kind of error of its own.
                assert!(how.contains(words) || how.contains("Permission denied"), "{what}");
                assert!(!changed, "{what}");
            } else {
                assert_eq!(how, "ok", "{what}");
            }
        }
    }
}

#[test]
fn no_request_follows_a_link_out_of_the_home() {
    let server = Site::with_sftp().start();
    let outside = server.root(DOMAIN).join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, server.home(LOGIN).join("absolute")).unwrap();
    symlink("../outside", server.home(LOGIN).join("relative")).unwrap();
    for way in ["/absolute", "/relative", "/relative/../../outside", "../outside"] {
        for (row, (changed, how)) in ROWS.iter().zip(tried(&server, LOGIN, way, &outside)) {
            assert!(how != "ok" && !changed, "{} by {way}: {how}", row.ask);
        }
    }
}

#[test]
fn nothing_works_before_the_login() {
    let server = Site::with_sftp().start();
    let said = paramiko(
        &server,
        "
try:
    transport.open_session(timeout=10)
    print('opened')
except Exception as error:
    print('refused')
",
        &[],
    );
    assert_eq!(said, "refused\n");
}
