//! lftp's mirror, with five connections at once.

use super::{Client, Lftp, Transport};
use crate::support::{
    assert_content,
    client::quoted,
    names, noise,
    server::{LOGIN, Wharf, text},
};
use std::{fs, path::Path};

const FILES: u64 = 60;

/// Sixty files in four directories.
fn plant(directory: &Path) {
    for number in 0..FILES {
        let below = directory.join(format!("dir {}", number % 4));
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join(format!("file-{number}")), content(number)).unwrap();
    }
}

fn content(number: u64) -> Vec<u8> {
    noise(number, usize::try_from(number * 997).unwrap())
}

fn assert_planted(directory: &Path) {
    assert_eq!(names(directory).len(), 4);
    for number in 0..FILES {
        assert_content(&directory.join(format!("dir {}/file-{number}", number % 4)), &content(number));
    }
}

fn mirrors_both_ways(transport: Transport) {
    let server = Wharf::start();
    let lftp = Lftp::new(&server, transport);
    plant(&server.local("tree"));
    lftp.run(&format!("mirror --reverse --parallel=5 {} up", quoted(&text(&server.local("tree")))));
    assert_planted(&server.home(LOGIN).join("up"));
    lftp.run(&format!("mirror --parallel=5 up {}", quoted(&text(&server.local("back")))));
    assert_planted(&server.local("back"));
}

#[test]
fn sixty_files_both_ways_in_clear() {
    mirrors_both_ways(Transport::Plain);
}

#[test]
fn sixty_files_both_ways_with_explicit_tls() {
    mirrors_both_ways(Transport::Explicit);
}

#[test]
fn sixty_files_both_ways_with_implicit_tls() {
    mirrors_both_ways(Transport::Implicit);
}
