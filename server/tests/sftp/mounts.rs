//! Programs at work in a home that sshfs has mounted.

use crate::support::{
    bounded,
    client::{Client, Sshfs, Transport},
    server::{LOGIN, Site, Wharf},
    succeed,
};
use std::{fs, path::Path, process::Command};

fn mounted() -> (Wharf, Sshfs) {
    let server = Site::with_sftp().start();
    let mount = Sshfs::new(&server, Transport::Ssh);
    (server, mount)
}

fn run(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command: Command = bounded(program);
    succeed(command.current_dir(directory).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null"))
}

#[test]
fn git_clones_and_commits() {
    let (server, mount) = mounted();
    let origin = server.local("origin");
    fs::create_dir(&origin).unwrap();
    let me = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    run(&origin, "git", &["init", "-q"]);
    for number in 0..50 {
        fs::write(origin.join(format!("file{number}")), format!("content {number}\n").repeat(100)).unwrap();
    }
    run(&origin, "git", &["add", "."]);
    run(&origin, "git", &[&me[..], &["commit", "-q", "-m", "first"]].concat());
    run(mount.mount(), "git", &["clone", "-q", "--no-hardlinks", origin.to_str().unwrap(), "clone"]);
    let clone = mount.mount().join("clone");
    fs::write(clone.join("new"), "new").unwrap();
    run(&clone, "git", &["add", "."]);
    run(&clone, "git", &[&me[..], &["commit", "-q", "-m", "second"]].concat());
    assert_eq!(run(&clone, "git", &["status", "--porcelain"]), "");
    run(&clone, "git", &["fsck", "--strict"]);
    drop(mount);
    run(&server.home(LOGIN).join("clone"), "git", &["-c", "safe.directory=*", "fsck", "--strict"]);
}

#[test]
fn a_database_works() {
    let (server, mount) = mounted();
    let script = "
import sqlite3
base = sqlite3.connect('base.db')
base.execute('create table numbers (number integer)')
for step in range(5):
    base.executemany('insert into numbers values (?)', [(number,) for number in range(1000)])
    base.commit()
base.execute('delete from numbers where number % 2')
base.commit()
other = sqlite3.connect('base.db')
print(other.execute('select count(*), sum(number) from numbers').fetchall(), other.execute('pragma integrity_check').fetchall())
";
    assert_eq!(run(mount.mount(), "python3", &["-c", script]), "[(2500, 1247500)] [('ok',)]\n");
    drop(mount);
    let check = "import sqlite3; print(sqlite3.connect('base.db').execute('pragma integrity_check').fetchall())";
    assert_eq!(run(&server.home(LOGIN), "python3", &["-c", check]), "[('ok',)]\n");
}

#[test]
fn a_program_is_built_and_run() {
    let (_server, mount) = mounted();
    let directory = mount.mount();
    for number in 0..5 {
        fs::write(
            directory.join(format!("part{number}.c")),
            format!("int part{number}(void) {{ return {number}; }}\n"),
        )
        .unwrap();
    }
    let main = "int part4(void);\nint main(void) { return part4() - 4; }\n";
    fs::write(directory.join("main.c"), main).unwrap();
    let make = "program: main.o part0.o part1.o part2.o part3.o part4.o\n\tcc -o $@ $^\n";
    fs::write(directory.join("Makefile"), make).unwrap();
    run(directory, "make", &["-j2"]);
    succeed(Command::new(directory.join("program")).current_dir(directory));
    assert!(run(directory, "make", &[]).contains("up to date"));
}
