//! Parts of files: RANG and REST.

use crate::support::server::{LOGIN, Wharf};

#[test]
fn a_range_is_sent_with_both_its_ends() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    for (range, expected) in [
        ("0 0", &b"0"[..]),
        ("2 5", b"2345"),
        ("9 9", b"9"),
        ("7 100", b"789"),
        ("10 12", b""),
        ("50 60", b""),
        ("1 0", b"0123456789"),
    ] {
        wire.expect(&format!("RANG {range}"), 350);
        assert_eq!(wire.receive("RETR file"), expected, "{range}");
    }
    assert!(wire.expect("FEAT", 211).text.contains("\n RANG STREAM\n"));
}

#[test]
fn a_range_is_for_the_next_transfer_only() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    wire.expect("RANG 2 5", 350);
    assert_eq!(wire.receive("RETR file"), b"2345");
    assert_eq!(wire.receive("RETR file"), b"0123456789");
    wire.expect("RANG 2 5", 350);
    wire.expect("REST 4", 350);
    assert_eq!(wire.receive("RETR file"), b"456789", "the later of the two counts");
    wire.expect("RANG 2 5", 350);
    wire.expect("PWD", 257);
    assert_eq!(wire.receive("RETR file"), b"0123456789");
}

#[test]
fn ranges_that_are_none() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    for wrong in
        ["", "1", "5 2", "2 0", "-1 5", "0 -1", "0 x", "1 2 3", "0 9223372036854775808", "0 99999999999999999999"]
    {
        wire.expect("RANG 2 5", 350);
        wire.expect(&format!("RANG {wrong}"), 501);
        assert_eq!(wire.receive("RETR file"), b"0123456789", "{wrong}: a wrong range takes the earlier one back");
    }
    wire.expect("RANG 2 5", 350);
    wire.passive();
    wire.expect("STOR file", 504);
    wire.expect("TYPE A", 200);
    wire.expect("RANG 2 5", 350);
    wire.passive();
    wire.expect("RETR file", 554);
}
