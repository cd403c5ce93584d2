//! What the requests do, asked one by one.

use crate::support::{
    names, noise,
    server::{LOGIN, PASSWORD, Site, Wharf},
    ssh::paramiko,
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
};

/// Runs a script with `sftp`, a session of paramiko, and `refused`, which tells how a call failed.
pub(super) fn script(server: &Wharf, script: &str) -> String {
    let before = "
transport.auth_password('alice', password)
sftp = paramiko.SFTPClient.from_transport(transport)
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, CMD_NAME
def refused(ask, *words):
    try:
        return 'not refused: ' + str(ask(*words))
    except (OSError, paramiko.SFTPError) as error:
        return type(error).__name__ + ': ' + str(error)
def extended(*words):
    kind, answer = sftp._request(CMD_EXTENDED, *words)
    return answer
";
    paramiko(server, &format!("{before}{script}"), &[("password", PASSWORD)])
}

#[test]
fn names_are_bytes_and_paths_stay_inside() {
    let server = Site::with_sftp().start();
    let said = script(
        &server,
        r"
sftp.mkdir(b'/\xff\xfe')
print(sftp.normalize('a/../../..//b/./c'))
print(sftp.normalize('.'), sftp.normalize(''))
print(refused(sftp.mkdir, 'a\nb'))
print(refused(sftp.stat, '/.wharf-part.x'))
",
    );
    let entry = fs::read_dir(server.home(LOGIN)).unwrap().next().unwrap().unwrap().file_name();
    assert_eq!(entry.as_encoded_bytes(), b"\xff\xfe");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..2], ["/b/c", "/ /"], "{said}");
    assert!(lines[2].contains("control character") && lines[3].contains("reserved"), "{said}");
}

#[test]
fn facts_are_told_and_set() {
    let server = Site::with_sftp().start();
    let file = server.write_home(LOGIN, "file", b"content");
    symlink("file", server.home(LOGIN).join("link")).unwrap();
    let said = script(
        &server,
        r"
sftp.chmod('file', 0o640)
sftp.utime('file', (5, 7))
sftp.truncate('file', 3)
about = sftp.stat('link')
print(oct(about.st_mode), about.st_size)
print(oct(sftp.lstat('link').st_mode)[:4], sftp.readlink('link'))
with sftp.open('file', 'r+') as file:
    file.chmod(0o600); file.utime((8, 9)); print(file.stat().st_mtime)
print(refused(sftp.chown, 'file', 1, 1))
sftp.chown('file', about.st_uid, about.st_gid)
print(refused(sftp.stat, 'nothing'), '|', refused(sftp.listdir, 'file'), '|', refused(sftp.rmdir, '/'))
",
    );
    let about = fs::metadata(&file).unwrap();
    assert_eq!((about.mode() & 0o777, about.mtime(), about.len()), (0o600, 9, 3));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..3], ["0o100640 3", "0o12 file", "9"], "{said}");
    assert!(lines[3].starts_with("PermissionError"), "{said}");
    assert!(lines[4].starts_with("FileNotFoundError") && !lines[4].contains("not refused"), "{said}");
}

#[test]
fn names_change_and_go() {
    let server = Site::with_sftp().start();
    for name in ["one", "two", "three"] {
        server.write_home(LOGIN, name, name.as_bytes());
    }
    fs::create_dir(server.home(LOGIN).join("directory")).unwrap();
    let said = script(
        &server,
        r"
print(refused(sftp.rename, 'one', 'two'))
sftp.posix_rename('one', 'two')
sftp.rename('three', 'directory/three')
print(refused(sftp.rmdir, 'directory'), '|', refused(sftp.remove, 'directory'))
extended('hardlink@openssh.com', 'two', 'again')
sftp.symlink('directory/three', 'down')
print(refused(sftp.symlink, '../three', 'directory/up'))
sftp.remove('two'); sftp.remove('directory/three'); sftp.rmdir('directory')
",
    );
    assert!(said.contains("exists already") && said.contains("not empty") && said.contains("Is a directory"), "{said}");
    assert!(said.contains("a link leads to its own directory or below"), "{said}");
    assert_eq!(names(&server.home(LOGIN)), ["again", "down"]);
    assert_eq!(fs::read(server.home(LOGIN).join("again")).unwrap(), b"one");
}

#[test]
fn extensions_are_offered_and_do_what_they_say() {
    let server = Site::with_sftp().start();
    server.write_home(LOGIN, "file", b"abc");
    let said = script(
        &server,
        r"
limits = extended('limits@openssh.com')
print([limits.get_int64() for _ in range(4)])
space = extended('statvfs@openssh.com', '/')
print(space.get_int64() > 0)
print(extended('expand-path@openssh.com', '~/a').get_int() == 1, extended('home-directory', 'alice').get_int() == 1)
print(refused(extended, 'home-directory', 'root'))
print(refused(extended, 'nothing@example.com'))
with sftp.open('file') as file:
    print(file.check('md5').hex(), file.check('sha999,sha256').hex())
answer = extended('check-file-name', 'file', 'crc32', int64(0), int64(0), 0)
print(answer.get_text(), answer.get_text(), answer.get_remainder().hex())
with sftp.open('file') as source, sftp.open('copy', 'w') as target:
    extended('copy-data', source.handle, int64(1), int64(0), target.handle, int64(2))
    print(refused(extended, 'copy-data', target.handle, int64(0), int64(0), target.handle, int64(0)))
    extended('fsync@openssh.com', target.handle)
",
    );
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..3], ["[262144, 261120, 261120, 1024]", "True", "True True"], "{said}");
    assert!(lines[3].contains("homes") && lines[4].contains("no such request"), "{said}");
    assert_eq!(
        lines[5],
        "900150983cd24fb0d6963f7d28e17f72 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(lines[6], "check-file crc32 352441c2");
    assert!(lines[7].contains("into itself"), "{said}");
    assert_eq!(fs::read(server.home(LOGIN).join("copy")).unwrap(), b"\0\0bc");
}

#[test]
fn a_directory_of_twenty_thousand_names_is_listed() {
    let server = Site::with_sftp().start();
    let directory = server.home(LOGIN).join("many");
    fs::create_dir(&directory).unwrap();
    for number in 0..20_000 {
        fs::write(directory.join(format!("file with a name of some length {number}")), "").unwrap();
    }
    let said = script(
        &server,
        "
names = sftp.listdir_attr('many')
print(len(names), len({entry.filename for entry in names}), names[0].longname[:10])
",
    );
    assert_eq!(said, "20000 20000 -rw-r--r--\n");
}

/// It asks for the whole file before it reads the first answer, and opens its window behind that.
#[test]
fn a_client_that_asks_for_everything_at_once_gets_it() {
    let server = Site::with_sftp().start();
    let file = server.write_home(LOGIN, "large", &noise(1, 40_000_000));
    for number in 0..100 {
        server.write_home(LOGIN, &format!("file {number}"), &noise(number, 30_000));
    }
    let local = server.local("");
    let said = script(
        &server,
        &format!(
            "
sftp.get('large', {:?})
files = [sftp.open(f'file {{number}}') for number in range(100)]
for file in files:
    file.prefetch()
for number, file in enumerate(files):
    with open({:?} + f'/file {{number}}', 'wb') as copy:
        copy.write(file.read())
print('done')
",
            local.join("large"),
            local
        ),
    );
    assert_eq!(said, "done\n");
    assert!(fs::read(&file).unwrap() == fs::read(local.join("large")).unwrap());
    for number in 0..100 {
        let name = format!("file {number}");
        assert!(fs::read(local.join(&name)).unwrap() == noise(number, 30_000), "{name}");
    }
}

/// What a program does with a file that it has open.
#[test]
fn an_upload_is_a_file_when_it_is_closed_or_asked_for_by_name() {
    let server = Site::with_sftp().start();
    server.write_home(LOGIN, "old", b"old content");
    let said = script(
        &server,
        r"
file = sftp.open('new', 'w'); file.write('content'); file.flush()
print(sftp.listdir(), sftp.stat('new').st_size)
sftp.chmod('new', 0o600)
print(sorted(sftp.listdir()))
file.write(', more'); file.close()
with sftp.open('old', 'w') as file:
    file.write('new'); file.flush()
    print(sftp.open('old').read())
print(sftp.open('old').read(), sftp.open('new').read())
with sftp.open('old', 'r+') as file:
    file.seek(1); file.write('E'); file.flush()
    print(sftp.open('old').read(), file.read())
print(refused(sftp.open, 'new', 'wx'))
",
    );
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "['old'] 7", "{said}");
    assert_eq!(lines[1], "['new', 'old']", "{said}");
    assert_eq!(lines[3], "b'new' b'content, more'", "{said}");
    assert_eq!(lines[4], "b'nEw' b'w'", "{said}");
    assert!(lines[5].contains("exists already"), "{said}");
}
