//! The same sessions with this server and with libunftp, another FTP server in Rust: what they answer, what arrives, and
//! what lies on the disk afterwards. Where they differ, [`scripts`] says who is right and why.
//!
//! Not compared is what has to differ: texts for people, addresses, times. libunftp is asked as its file system back end
//! comes, and takes every password.

mod player;
mod scripts;

use self::{player::Player, scripts::SCRIPTS};
use crate::support::{
    server::{LOGIN, Wharf, make_certificate, passive_ports},
    tls::Tls,
};
use libunftp::{
    ServerBuilder,
    options::{ActivePassiveMode, TlsFlags},
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, runtime};
use unftp_sbe_fs::Filesystem;

/// Who is right where the servers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    /// This server.
    Ours,
    /// The standards leave it open.
    Both,
}

/// A session line by line, and the lines where the servers differ: the line (with `#2` where it was sent a second time),
/// our answer, theirs, who is right, and why.
struct Script {
    name: &'static str,
    lines: &'static [&'static str],
    differences: &'static [(&'static str, &'static str, &'static str, Right, &'static str)],
}

/// A server, and where its files are.
struct Side {
    address: SocketAddr,
    root: PathBuf,
    tls: Tls,
}

#[test]
fn libunftp_answers_alike_or_the_difference_is_explained() {
    let wharf = Wharf::start();
    let ours = Side { address: wharf.ftp(), root: wharf.home(LOGIN), tls: Tls::trusting(&wharf.certificate()) };
    let root = wharf.local("libunftp");
    fs::create_dir(&root).unwrap();
    let (certificate, key) = make_certificate(&wharf, "libunftp");
    let tls = Tls::trusting(&certificate);
    let theirs = Side { address: libunftp(root.clone(), certificate, key), root, tls };

    let mut wrong = Vec::new();
    for script in SCRIPTS {
        let [ours, theirs] = [&ours, &theirs].map(|side| play(side, script.lines));
        let pairs = ours.into_iter().zip(theirs).filter(|(ours, theirs)| ours.1 != theirs.1);
        let found: BTreeSet<_> = pairs.map(|((line, ours), (_, theirs))| (line, ours, theirs)).collect();
        let known =
            script.differences.iter().map(|(line, ours, theirs, ..)| [*line, *ours, *theirs].map(str::to_owned));
        let known: BTreeSet<_> = known.map(Into::into).collect();
        wrong.extend(found.difference(&known).map(|difference| ("is new", script.name, difference.clone())));
        wrong.extend(known.difference(&found).map(|difference| ("is gone", script.name, difference.clone())));
    }
    assert!(wrong.is_empty(), "differences (line, our answer, theirs): {wrong:#?}");
}

/// What a server answers to each line, and what is on its disk at the end.
fn play(side: &Side, lines: &[&str]) -> Vec<(String, String)> {
    plant(&side.root);
    let mut player = Player::connect(side.address, side.tls.clone());
    let mut answers: Vec<(String, String)> = Vec::new();
    for line in lines {
        let again = lines.iter().take(answers.len()).filter(|earlier| *earlier == line).count();
        let key = if again == 0 { (*line).to_owned() } else { format!("{line} #{}", again + 1) };
        answers.push((key, player.play(line)));
    }
    answers.push(("(files)".to_owned(), files(&side.root, "").join(", ")));
    answers
}

/// What there is before each script: a file, a directory with a file in it, both of some age, and an empty directory.
fn plant(root: &Path) {
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
    fs::write(root.join("file"), "0123456789").unwrap();
    fs::create_dir(root.join("dir")).unwrap();
    fs::write(root.join("dir/inner"), "inside").unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    for old in ["file", "dir"] {
        let old = File::open(root.join(old)).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890)).unwrap();
    }
}

/// Files with their content, and directories, in and below `directory`.
fn files(root: &Path, directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in crate::support::names(&root.join(directory)) {
        let path = format!("{directory}{name}");
        if root.join(&path).is_dir() {
            found.extend([vec![format!("{path}/")], files(root, &format!("{path}/"))].concat());
        } else {
            found.push(format!("{path}={:?}", fs::read_to_string(root.join(&path)).unwrap()));
        }
    }
    found
}

/// Serves `root` until the test ends; where.
fn libunftp(root: PathBuf, certificate: PathBuf, key: PathBuf) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let ports = passive_ports();
    // One thread: with more of them it may read the beginning of the client's TLS as a command, as its answer to AUTH is
    // sent before it stops reading.
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let root = root.clone();
                let server = ServerBuilder::new(Box::new(move || Filesystem::new(root.clone()).unwrap()))
                    .passive_ports(ports.clone())
                    .active_passive_mode(ActivePassiveMode::ActiveAndPassive)
                    .ftps(&certificate, &key)
                    .ftps_tls_flags(TlsFlags::V1_2 | TlsFlags::V1_3)
                    .build()
                    .unwrap();
                tokio::spawn(server.service(stream));
            }
        });
    });
    address
}
