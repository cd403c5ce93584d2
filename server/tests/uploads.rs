//! Uploads: what is cut never stands under the final name, what arrived is kept for its owner alone, and limits hold.

use crate::support::{
    assert_content,
    client::{Client, Lftp, Transport},
    eventually, everything, names, noise,
    server::{LOGIN, Site, Wharf, text},
};
use std::{fs, io::Write, path::Path, process::Command};

#[test]
fn the_final_name_appears_with_the_last_byte() {
    let server = Wharf::start();
    let content = noise(1, 500_000);
    let mut wire = server.log_in();
    let mut data = wire.begin("STOR file");
    data.write_all(&content[..400_000]).unwrap();
    eventually("it arrives", || wire.command("STAT").text.contains(" 400000 bytes").then_some(()));
    assert!(names(&server.home(LOGIN)).is_empty());
    assert_eq!(server.log_in().receive("NLST"), b"");
    data.write_all(&content[400_000..]).unwrap();
    data.finish();
    wire.expect_reply(226);
    assert_content(&server.home(LOGIN).join("file"), &content);
    assert_eq!(everything(&server.home(LOGIN)), ["file"]);
}

#[test]
fn a_client_under_tls_that_vanishes_leaves_no_short_file() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in_securely();
    let mut data = wire.begin("STOR file");
    data.write_all(&noise(1, 300_000)).unwrap();
    rest.session("with all of it", |row| row["done"] == 300_000);
    // Without close_notify, as the kernel does for a process that is killed.
    drop(data);
    drop(wire);
    rest.until_empty();
    assert!(names(&server.home(LOGIN)).is_empty());
    assert_eq!(server.log_in().expect("SIZE file", 213).text, "213 300000");
}

#[test]
fn an_upload_in_clear_that_ends_before_its_announced_size_is_cut() {
    let server = Wharf::start();
    let content = noise(1, 300_000);
    let mut wire = server.log_in();
    wire.expect("ALLO 300000", 200);
    let reply = wire.transmit("STOR file", &content[..200_000]);
    assert_eq!(reply.code, 426, "{}", reply.text);
    assert!(names(&server.home(LOGIN)).is_empty());
    assert_eq!(wire.expect("SIZE file", 213).text, "213 200000");
    wire.expect("ALLO 300000", 200);
    wire.expect("REST 200000", 350);
    assert_eq!(wire.transmit("STOR file", &content[200_000..250_000]).code, 426);
    // Some clients announce the whole size when they resume, others the rest.
    wire.expect("ALLO 50000", 200);
    wire.expect("REST 250000", 350);
    assert_eq!(wire.transmit("STOR file", &content[250_000..]).code, 226);
    assert_content(&server.home(LOGIN).join("file"), &content);
}

#[test]
fn an_announced_size_counts_for_the_next_upload_and_only_where_it_can_be_compared() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("ALLO 1000 R 80", 200);
    wire.expect("PWD", 257);
    assert_eq!(wire.transmit("STOR after another command", b"short").code, 226);
    wire.expect("ALLO 3", 200);
    assert_eq!(wire.transmit("STOR longer than announced", b"longer").code, 226);
    wire.expect("TYPE A", 200);
    wire.expect("ALLO 6", 200);
    assert_eq!(wire.transmit("STOR text", b"a\r\nb\r\n").code, 226, "sizes of text differ on each side");
    for wrong in ["ALLO", "ALLO -1", "ALLO x", "ALLO 99999999999999999999"] {
        wire.expect(wrong, 501);
    }
    // A client under TLS says itself that it is at the end.
    let mut wire = server.log_in_securely();
    wire.expect("ALLO 1000", 200);
    assert_eq!(wire.transmit("STOR under TLS", b"short").code, 226);
}

#[test]
fn lftp_announces_sizes() {
    let server = Wharf::start();
    let content = noise(1, 500_000);
    let local = text(&server.write_local("file", &content));
    let lftp = Lftp::new(&server, Transport::Plain);
    lftp.run(&format!("set ftp:use-allo yes; put {local} -o whole; put -a {local} -o text"));
    assert_content(&server.home(LOGIN).join("whole"), &content);
    server.leave_part("resumed", &content[..200_000]);
    lftp.run(&format!("set ftp:use-allo yes; put -c {local} -o resumed"));
    assert_content(&server.home(LOGIN).join("resumed"), &content);
}

#[test]
fn a_part_is_for_its_owner_alone() {
    let site = Site::with_account();
    site.add_account("bob", &["--home", LOGIN]);
    let server = site.start();
    server.leave_part("file", &noise(1, 100_000));
    let mut alice = server.log_in();
    assert_eq!(alice.expect("SIZE file", 213).text, "213 100000");
    alice.passive();
    alice.expect("RETR file", 550);
    assert_eq!(alice.receive("NLST"), b"");
    let mut bob = server.log_in_as("bob");
    bob.expect("SIZE file", 550);
    bob.expect("MLST file", 550);
    bob.expect("RNFR file", 550);
    bob.expect("DELE file", 550);
    assert_eq!(bob.receive("NLST"), b"");
    // Not by its real name either.
    let [part] = &everything(&server.home(LOGIN))[..] else { panic!("there is one part") };
    for wire in [&mut alice, &mut bob] {
        for verb in ["SIZE", "DELE", "RNFR", "MLST", "CWD"] {
            wire.expect(&format!("{verb} {part}"), 553);
        }
        wire.passive();
        wire.expect(&format!("RETR {part}"), 553);
        wire.expect(&format!("STOR {part}"), 553);
    }
}

#[test]
fn a_restart_where_nothing_is_kept_is_refused() {
    let server = Wharf::start();
    server.leave_part("file", &noise(1, 100_000));
    let mut wire = server.log_in();
    for (offset, name) in [(100_001, "file"), (1, "other")] {
        wire.expect(&format!("REST {offset}"), 350);
        wire.passive();
        wire.expect(&format!("STOR {name}"), 554);
    }
}

#[test]
fn append_adds_to_the_end() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    assert_eq!(wire.transmit("APPE file", b"one ").code, 226);
    assert_eq!(wire.transmit("APPE file", b"two").code, 226);
    assert_content(&server.home(LOGIN).join("file"), b"one two");
}

#[test]
fn the_server_chooses_a_name_of_its_own() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    let address = wire.passive();
    wire.send("STOU");
    let mut data = crate::support::wire::Stream::open(address);
    let reply = wire.expect_reply(150).text;
    let name = reply.strip_prefix("150 FILE: ").unwrap();
    data.write_all(b"content").unwrap();
    data.finish();
    wire.expect_reply(226);
    assert_content(&server.home(LOGIN).join(name), b"content");
}

#[test]
fn an_account_that_may_only_look_changes_nothing() {
    let site = Site::with_account();
    site.add_account("reader", &["--read-only"]);
    let server = site.start();
    server.write_home("reader", "file", b"content");
    let mut wire = server.log_in_as("reader");
    assert_eq!(wire.receive("RETR file"), b"content");
    for line in ["DELE file", "MKD new", "RMD new", "MFMT 20200101000000 file"] {
        wire.expect(line, 550);
    }
    wire.expect("RNFR file", 350);
    wire.expect("RNTO other", 550);
    for line in ["STOR file", "APPE file", "STOU"] {
        wire.passive();
        wire.expect(line, 550);
    }
    assert_content(&server.home("reader").join("file"), b"content");
    assert_eq!(everything(&server.home("reader")), ["file"]);
}

#[test]
fn a_quota_exceeded_in_the_middle_leaves_the_old_file_and_nothing_else() {
    let site = Site::with_account();
    site.add_account("small", &["--quota", "1000000"]);
    let server = site.start();
    let mut wire = server.log_in_as("small");
    assert_eq!(wire.transmit("STOR old", &noise(1, 100_000)).code, 226);
    for name in ["old", "new"] {
        assert_eq!(wire.transmit(&format!("STOR {name}"), &noise(2, 4_000_000)).text, "552 The quota is exceeded");
    }
    assert_content(&server.home("small").join("old"), &noise(1, 100_000));
    assert_eq!(everything(&server.home("small")), ["old"]);
    // What was taken for the uploads that failed came back.
    assert_eq!(wire.transmit("STOR new", &noise(3, 800_000)).code, 226);
    assert!(wire.expect("STAT", 211).text.contains("Quota: 900000 of 1000000 bytes used"));
    wire.expect("DELE old", 250);
    assert!(wire.expect("STAT", 211).text.contains("Quota: 800000 of 1000000 bytes used"));
}

#[test]
fn sessions_of_an_account_share_its_quota() {
    let site = Site::with_account();
    site.add_account("small", &["--quota", "1000000"]);
    let server = site.start();
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let upload = |number: u64| {
            let server = &server;
            move || server.log_in_as("small").transmit(&format!("STOR file-{number}"), &noise(number, 400_000)).code
        };
        let threads: Vec<_> = (0..5).map(|number| scope.spawn(upload(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let stored = codes.iter().filter(|code| **code == 226).count();
    assert_eq!(codes.iter().filter(|code| **code == 552).count(), 5 - stored, "{codes:?}");
    assert!((1..=2).contains(&stored), "{codes:?}");
    assert_eq!(names(&server.home("small")).len(), stored);
}

/// A small file system of its own, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None`, said aloud, where this user cannot mount anything.
    fn mount() -> Option<Self> {
        let directory = tempfile::Builder::new().prefix("wharf-test-disk-").tempdir().unwrap();
        let mut mount = Command::new("mount");
        match mount.args(["-t", "tmpfs", "-o", "size=2m", "wharf-test"]).arg(directory.path()).output() {
            Ok(output) if output.status.success() => Some(Self(directory)),
            other => {
                eprintln!("skipped: no file system can be mounted here: {other:?}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_the_old_file() {
    // Before the server, so that it is unmounted after the server's end.
    let Some(disk) = SmallDisk::mount() else { return };
    let site = Site::with_account();
    assert!(site.run(&["domain", "add", "full.example", "--root", &text(disk.path())], "").status.success());
    site.add_account_to("full.example", "fay", &[]);
    let server = site.start();
    let mut wire = server.log_in_as("fay");
    assert_eq!(wire.transmit("STOR old", &noise(1, 100_000)).code, 226);
    for name in ["old", "new"] {
        let reply = wire.transmit(&format!("STOR {name}"), &noise(2, 8_000_000));
        assert_eq!(reply.text, "452 No space is left on the server");
    }
    assert_eq!(everything(&disk.path().join("fay")), ["old"], "no part keeps the disk full");
    assert_content(&disk.path().join("fay/old"), &noise(1, 100_000));
    assert_eq!(server.log_in().transmit("STOR file", &noise(3, 100_000)).code, 226, "others do not feel it");
}

#[test]
fn a_crash_in_the_middle_leaves_a_part_that_its_owner_goes_on_with() {
    let mut server = Wharf::start();
    server.add_account("bob", &[]);
    let content = noise(1, 900_000);
    let mut wire = server.log_in();
    let mut data = wire.begin("STOR file");
    data.write_all(&content[..600_000]).unwrap();
    eventually("some of it is on disk", || {
        let home = server.home(LOGIN);
        let part = everything(&home).pop()?;
        (fs::metadata(home.join(part)).ok()?.len() > 0).then_some(())
    });
    server.crash_and_restart();
    assert!(names(&server.home(LOGIN)).is_empty(), "half a file stands under its name");
    server.log_in_as("bob").expect("SIZE /../alice/file", 550);

    let mut wire = server.log_in();
    assert_eq!(wire.receive("NLST"), b"");
    let kept: usize = wire.expect("SIZE file", 213).text[4..].parse().unwrap();
    assert!((1..=600_000).contains(&kept), "{kept} bytes are kept");
    wire.expect(&format!("REST {kept}"), 350);
    assert_eq!(wire.transmit("STOR file", &content[kept..]).code, 226);
    assert_content(&server.home(LOGIN).join("file"), &content);
    assert_eq!(everything(&server.home(LOGIN)), ["file"]);
}
