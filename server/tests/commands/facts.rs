//! What is told of files, and set: MLSD, MLST, LIST, MDTM, MFMT, MFF.

use crate::support::server::{LOGIN, Site, Wharf};
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn facts_of_files() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    wire.expect("MFMT 20240229123456 file", 213);
    assert_eq!(wire.expect("MDTM file", 213).text, "213 20240229123456");
    assert_eq!(wire.expect("SIZE file", 213).text, "213 10");
    let facts = wire.expect("MLST file", 250).text;
    assert!(facts.contains("\n type=file;size=10;modify=20240229123456;perm=adfrw;"), "{facts}");
    assert!(facts.contains("; /file\n"), "{facts}");
    let listing = String::from_utf8(wire.receive("LIST -la")).unwrap();
    assert!(listing.starts_with("-rw-r--r--") && listing.ends_with(" 10 Feb 29  2024 file\r\n"), "{listing}");
    let names = String::from_utf8(wire.receive("NLST /")).unwrap();
    assert_eq!(names, "/file\r\n");
}

#[test]
fn a_listing_begins_with_the_directory_and_the_one_above() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("OPTS MLST type;perm;", 200);
    wire.expect("MKD below", 257);
    server.write_home(LOGIN, "below/file", b"");
    symlink("nowhere", server.home(LOGIN).join("below/lost")).unwrap();
    symlink("file", server.home(LOGIN).join("below/found")).unwrap();
    let mut list = |path: &str| String::from_utf8(wire.receive(&format!("MLSD {path}"))).unwrap();
    // Nothing is above the home, and nobody removes or renames it.
    assert_eq!(list("/"), "type=cdir;perm=celmp; .\r\ntype=dir;perm=cdeflmp; below\r\n");
    assert_eq!(
        list("below"),
        "type=cdir;perm=cdeflmp; .\r\ntype=pdir;perm=celmp; ..\r\ntype=file;perm=adfrw; file\r\n\
         type=file;perm=adfrw; found\r\ntype=OS.unix=slink;perm=dfw; lost\r\n"
    );
    wire.passive();
    wire.expect("MLSD below/file", 501);
    assert!(wire.expect("MLST below/lost", 250).text.contains("\n type=OS.unix=slink;perm=dfw; /below/lost\n"));
}

#[test]
fn stat_lists_over_the_control_connection_and_not_without_end() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("MKD below", 257);
    server.write_home(LOGIN, "below/file", b"0123456789");
    let few = wire.expect("STAT below", 212).text;
    assert!(few.lines().count() == 3 && few.contains(" 10 ") && few.contains(" file\n"), "{few}");
    assert!(wire.expect("STAT -la below/file", 213).text.contains(" file\n"));
    for number in 0..1_100 {
        server.write_home(LOGIN, &format!("below/{number}"), b"");
    }
    let many = wire.expect("STAT below", 212).text;
    assert_eq!(many.lines().count(), 1 + 1_000 + 1 + 1);
    assert!(many.contains("\n (there are more: use LIST)\n"), "{many}");
    assert_eq!(wire.receive("NLST below").split(|byte| *byte == b'\n').count(), 1_101 + 1);
}

#[test]
fn a_client_chooses_the_facts_it_wants() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    assert_eq!(wire.expect("OPTS MLST size;TYPE;nonsense;", 200).text, "200 MLST OPTS type;size;");
    let listing = String::from_utf8(wire.receive("MLSD")).unwrap();
    assert!(listing.ends_with("\r\ntype=file;size=10; file\r\n"), "{listing}");
    assert!(wire.expect("MLST file", 250).text.contains("\n type=file;size=10; /file\n"));
    let all = "\n MLST type*;size*;modify;perm;unique;UNIX.mode;UNIX.owner;UNIX.group;\n";
    assert!(wire.expect("FEAT", 211).text.contains(all));
    wire.expect("OPTS MLST", 200);
    assert_eq!(wire.receive("MLSD"), b" .\r\n file\r\n");
}

#[test]
fn perm_is_what_the_account_may_do() {
    let site = Site::with_account();
    site.add_account("guest", &["--home", LOGIN, "--read-only"]);
    let server = site.start();
    server.write_home(LOGIN, "file", b"");
    let mut guest = server.log_in_as("guest");
    assert!(guest.expect("MLST file", 250).text.contains(";perm=r;"));
    assert!(guest.expect("MLST /", 250).text.contains(";perm=el;"));
}

#[test]
fn a_time_is_set_with_mdtm_where_only_that_can_be_meant() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"");
    let mut wire = server.log_in();
    assert_eq!(wire.expect("MDTM 20240229123456 file", 213).text, "213 Modify=20240229123456; /file");
    assert_eq!(wire.expect("MDTM file", 213).text, "213 20240229123456");
    server.write_home(LOGIN, "20200101000000 file", b"");
    let asked = wire.expect("MDTM 20200101000000 file", 213).text;
    assert!(!asked.contains("Modify"), "{asked}");
    assert_eq!(wire.expect("MDTM file", 213).text, "213 20240229123456");
    wire.expect("MDTM 20240230123456 file", 550);
}

#[test]
fn facts_are_set_all_or_none() {
    let server = Wharf::start();
    let file = server.write_home(LOGIN, "a file", b"");
    let mut wire = server.log_in();
    let reply = wire.expect("MFF unix.mode=600;Modify=20240229123456; a file", 213).text;
    assert_eq!(reply, "213 Modify=20240229123456;UNIX.mode=0600; /a file");
    wire.expect("MFF Modify=20250101000000;Create=20200101000000; a file", 504);
    for wrong in
        ["MFF", "MFF a file", "MFF Modify=2024; a file", "MFF UNIX.mode=4755; a file", "MFF Modify=20250101000000;"]
    {
        wire.expect(wrong, 501);
    }
    assert_eq!(wire.expect("MDTM a file", 213).text, "213 20240229123456");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(wire.expect("FEAT", 211).text.contains("\n MFF Modify;UNIX.mode;\n"));
}
