//! The control connection, byte by byte: what clients rarely send and servers often get wrong.

use crate::support::{
    eventually, noise,
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    tls::Tls,
    wire::{Stream, Wire},
};
use std::io::{Read, Write};

/// More than socket buffers hold, so that a transfer of it waits for a client that does not read.
const LARGE: usize = 16 << 20;

/// A session that downloads `name` and has not read it yet.
fn downloading(server: &Wharf) -> (Wire, Stream) {
    server.write_home(LOGIN, "large", &noise(1, LARGE));
    let mut wire = server.log_in();
    let data = wire.begin("RETR large");
    (wire, data)
}

fn drain(mut data: Stream) -> Vec<u8> {
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn commands_sent_ahead_are_answered_in_order() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", &noise(1, 1_000_000));
    let mut wire = server.log_in();
    wire.expect("MKD below", 257);
    let address = wire.passive();
    wire.send_bytes(b"RETR file\r\nCWD below\r\nPWD\r\nNOOP\r\n");
    assert_eq!(drain(Stream::open(address)).len(), 1_000_000);
    wire.expect_reply(150);
    wire.expect_reply(226);
    wire.expect_reply(250);
    assert!(wire.expect_reply(257).text.contains("\"/below\""));
    wire.expect_reply(200);
}

#[test]
fn noop_and_stat_are_answered_while_a_file_moves() {
    let server = Wharf::start();
    let (mut wire, data) = downloading(&server);
    wire.expect("NOOP", 200);
    let of = format!(" of {LARGE} bytes");
    eventually("STAT tells of the transfer", || {
        let status = wire.expect("STAT", 213).text;
        (status.contains("Transferring large: ") && status.contains(&of)).then_some(())
    });
    assert!(drain(data) == noise(1, LARGE));
    wire.expect_reply(226);
}

#[test]
fn abor_stops_a_download_and_the_session_goes_on() {
    let server = Wharf::start();
    let (mut wire, mut data) = downloading(&server);
    wire.send("ABOR");
    wire.expect_reply(426);
    wire.expect_reply(226);
    assert!(data.read_to_end(&mut Vec::new()).is_err(), "a download that was cut looks whole");
    wire.expect("PWD", 257);
    assert!(wire.receive("RETR large") == noise(1, LARGE));
}

#[test]
fn abor_with_the_telnet_signs_before_it_is_the_same() {
    let server = Wharf::start();
    let (mut wire, _data) = downloading(&server);
    wire.send_bytes(b"\xff\xf4\xff\xf2ABOR\r\n");
    wire.expect_reply(426);
    wire.expect_reply(226);
}

#[test]
fn abor_overtakes_commands_that_wait_for_the_transfer() {
    let server = Wharf::start();
    let (mut wire, _data) = downloading(&server);
    wire.send_bytes(b"PWD\r\nABOR\r\n");
    wire.expect_reply(426);
    wire.expect_reply(226);
    wire.expect_reply(257);
}

#[test]
fn abor_without_a_transfer_is_answered() {
    let server = Wharf::start();
    let reply = server.log_in().command("ABOR");
    assert!(matches!(reply.code, 225 | 226), "{}", reply.text);
}

#[test]
fn clear_bytes_behind_auth_do_not_act_under_tls() {
    let server = Wharf::start();
    let mut wire = server.connect();
    wire.send_bytes(format!("AUTH TLS\r\nUSER {LOGIN}\r\n").as_bytes());
    wire.expect_reply(234);
    wire.handshake(Tls::trusting(&server.certificate()));
    // USER was dropped, and neither answered nor remembered.
    wire.expect(&format!("PASS {PASSWORD}"), 503);
    wire.log_in(LOGIN);
}

#[test]
fn auth_in_a_session_ends_its_login() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.secure(&server.certificate());
    wire.expect("PWD", 530);
    wire.log_in(LOGIN);
    wire.expect("AUTH TLS", 503);
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_one_is_heard() {
    let server = Wharf::start();
    let mut wire = server.connect();
    wire.expect(&"x".repeat(100_000), 500);
    wire.log_in(LOGIN);
    wire.expect(&format!("CWD {}", "x".repeat(100_000)), 500);
    wire.expect("PWD", 257);
}

#[test]
fn noise_harms_nobody() {
    let server = Wharf::start();
    let mut bystander = server.log_in();
    for seed in 1..20 {
        let mut wire = server.connect();
        // The server may close in the middle of it.
        let _ = wire.stream().write_all(&noise(seed, 50_000));
        let _ = wire.stream().write_all(b"\r\nQUIT\r\n");
        let _ = wire.stream().read_to_end(&mut Vec::new());
    }
    bystander.expect("PWD", 257);
    server.log_in();
}

#[test]
fn a_nul_in_an_argument_is_refused() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    for line in [&b"CWD a\0b\r\n"[..], b"STAT \0\r\n", b"MKD \0\r\n", b"RNFR x\0\r\n"] {
        wire.send_bytes(line);
        wire.expect_reply(501);
    }
    wire.expect("PWD", 257);
}

#[test]
fn control_characters_are_no_part_of_a_name() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    for name in ["a\u{1b}[31mb", "a\tb", "a\rb", "\u{7f}"] {
        wire.expect(&format!("MKD {name}"), 553);
    }
    assert_eq!(wire.receive("NLST"), b"");
}

#[test]
fn a_restart_beyond_the_end_is_refused_and_forgotten() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"0123456789");
    let mut wire = server.log_in();
    wire.expect("REST 11", 350);
    wire.passive();
    wire.expect("RETR file", 554);
    assert_eq!(wire.receive("RETR file"), b"0123456789");
    wire.expect("REST 10", 350);
    assert_eq!(wire.receive("RETR file"), b"");
    wire.expect("REST 4", 350);
    wire.expect("PWD", 257);
    assert_eq!(wire.receive("RETR file"), b"0123456789", "REST counts for the next command only");
    for number in ["-1", "x", "", "99999999999999999999", "9223372036854775808"] {
        wire.expect(&format!("REST {number}"), 501);
    }
}

#[test]
fn noop_does_not_keep_a_session_alive() {
    let mut site = Site::with_account();
    site.set("ftp.idle_seconds", 1);
    let server = site.start();
    let mut wire = server.log_in();
    let last = eventually("the session is closed", || Some(wire.command("NOOP")).filter(|reply| reply.code != 200));
    assert_eq!(last.text, "421 No command for 1 seconds: closing control connection");
    assert_eq!(wire.try_reply(), None);
}

#[test]
fn a_session_with_commands_is_not_idle() {
    let mut site = Site::with_account();
    site.set("ftp.idle_seconds", 1);
    let server = site.start();
    let (mut quiet, mut busy) = (server.log_in(), server.log_in());
    // The busy one lives at least as long as the quiet one, which began earlier.
    eventually("the quiet session is closed", || {
        busy.expect("PWD", 257);
        Some(quiet.command("NOOP")).filter(|reply| reply.code == 421)
    });
    busy.expect("PWD", 257);
}

#[test]
fn an_account_may_have_an_idle_time_of_its_own() {
    let site = Site::with_account();
    site.add_account("hasty", &["--idle-seconds", "1"]);
    let server = site.start();
    let mut wire = server.log_in_as("hasty");
    assert_eq!(wire.expect_reply(421).text, "421 No command for 1 seconds: closing control connection");
}

#[test]
fn a_running_transfer_is_not_idle() {
    let mut site = Site::with_account();
    site.set("ftp.idle_seconds", 1);
    let server = site.start();
    let (mut wire, data) = downloading(&server);
    // Another session shows that more than the idle time has passed.
    server.log_in().expect_reply(421);
    assert!(drain(data) == noise(1, LARGE));
    wire.expect_reply(226);
}

#[test]
fn who_does_not_log_in_in_time_is_told_and_closed() {
    let mut site = Site::with_account();
    site.set("ftp.login_seconds", 1);
    let server = site.start();
    let mut wire = server.connect();
    wire.expect(&format!("USER {LOGIN}"), 331);
    assert_eq!(wire.expect_reply(421).text, "421 Login timed out: closing control connection");
    wire.expect_end();
}

#[test]
fn a_transfer_that_does_not_move_is_ended() {
    let mut site = Site::with_account();
    site.set("ftp.stall_seconds", 1);
    let server = site.start();
    let mut wire = server.log_in();
    let _data = wire.begin("STOR file");
    assert!(wire.expect_reply(426).text.contains("does not move"));
    wire.expect("NOOP", 200);
    assert!(!server.home(LOGIN).join("file").exists());
}

#[test]
fn before_the_login_only_the_login_is_possible() {
    let server = Wharf::start();
    let mut wire = server.connect();
    for line in ["PWD", "CWD /", "LIST", "PASV", "STAT", "RETR x", "STOR x", "DELE x", "SITE HELP", "TYPE I", "ABOR"] {
        wire.expect(line, 530);
    }
    for (line, code) in [("FEAT", 211), ("SYST", 215), ("NOOP", 200), ("HELP", 214), ("OPTS UTF8 ON", 200)] {
        wire.expect(line, code);
    }
    wire.expect("EVIL", 500);
    wire.expect("PASS x", 503);
    wire.expect("QUIT", 221);
    wire.expect_end();
}

#[test]
fn lines_of_text_end_as_each_side_wants_them() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("TYPE A", 200);
    wire.expect("SIZE text", 550);
    assert_eq!(wire.transmit("STOR text", b"one\r\ntwo\r\n").code, 226);
    assert_eq!(std::fs::read(server.home(LOGIN).join("text")).unwrap(), b"one\ntwo\n");
    assert_eq!(wire.receive("RETR text"), b"one\r\ntwo\r\n");
    // What has the line ends of Windows on disk has them on the wire, and not twice.
    server.write_home(LOGIN, "mixed", b"one\r\ntwo\nthree\rfour");
    assert_eq!(wire.receive("RETR mixed"), b"one\r\ntwo\r\nthree\rfour");
}

#[test]
fn rein_ends_the_login_and_not_the_connection() {
    let server = Wharf::start();
    server.add_account("bob", &[]);
    let mut wire = server.log_in();
    wire.expect("MKD below", 257);
    wire.expect("CWD below", 250);
    wire.expect("REIN", 220);
    wire.expect("PWD", 530);
    wire.log_in("bob");
    assert!(wire.expect("PWD", 257).text.contains("\"/\""));
    let row = &server.rest().sessions()[0];
    assert_eq!((row["login"].as_str(), row["domain"].as_str()), (Some("bob"), Some(DOMAIN)));
}

#[test]
fn a_quote_in_a_directory_is_doubled() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    assert!(wire.expect("MKD say \"hi\"", 257).text.starts_with("257 \"/say \"\"hi\"\"\""));
}

#[test]
fn a_password_is_never_logged() {
    let server = Wharf::start();
    server.log_in();
    let mut wire = server.connect();
    wire.expect(&format!("USER {LOGIN}"), 331);
    wire.expect("PASS not the right one", 530);
    let log = server.log_text();
    assert!(log.contains("login failed") && !log.contains("not the right one") && !log.contains(PASSWORD), "{log}");
}
