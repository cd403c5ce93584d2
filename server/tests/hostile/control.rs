//! The control connection: lines that are none, commands in the wrong order, other people's protocols.

use crate::support::{
    PATIENCE, eventually, noise,
    server::{LOGIN, PASSWORD, Site},
    siege::Siege,
    wire::{Reply, Stream, Wire},
};
use std::io::{self, ErrorKind, Read, Write};

/// Everything the server says until it closes the connection, which has to happen.
fn rest(wire: &mut Wire) -> Vec<Reply> {
    std::iter::from_fn(|| wire.try_reply()).collect()
}

#[test]
fn a_line_without_an_end_costs_no_memory() {
    let siege = Siege::begin();
    let (mut stranger, mut account) = (siege.connect(), siege.log_in());
    for wire in [&mut stranger, &mut account] {
        for _ in 0..64 {
            wire.send_bytes(&vec![b'x'; 1 << 20]);
        }
    }
    for wire in [&mut stranger, &mut account] {
        wire.expect("", 500);
        wire.expect("NOOP", 200);
    }
    siege.lift();
}

#[test]
fn ten_thousand_commands_sent_ahead_get_ten_thousand_answers() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    wire.send_bytes("NOOP\r\n".repeat(10_000).as_bytes());
    for _ in 0..10_000 {
        wire.expect_reply(200);
    }
    wire.expect("PWD", 257);
    siege.lift();
}

#[test]
fn a_second_transfer_sent_ahead_needs_a_port_of_its_own() {
    let siege = Siege::begin();
    let content = noise(1, 1_000_000);
    siege.write_home(LOGIN, "file", &content);
    let mut wire = siege.log_in();
    let address = wire.passive();
    wire.send_bytes(b"RETR file\r\nRETR file\r\nSTOR other\r\nQUIT\r\n");
    let mut received = Vec::new();
    Stream::open(address).read_to_end(&mut received).unwrap();
    assert!(received == content);
    let codes: Vec<_> = rest(&mut wire).iter().map(|reply| reply.code).collect();
    assert_eq!(codes, [150, 226, 425, 425, 221]);
    siege.lift();
}

#[test]
fn every_abor_is_answered() {
    let siege = Siege::begin();
    siege.write_home(LOGIN, "large", &noise(1, 16 << 20));
    let mut wire = siege.log_in();
    let _data = wire.begin("RETR large");
    wire.send_bytes(b"ABOR\r\nABOR\r\nABOR\r\nPWD\r\n");
    wire.expect_reply(426);
    wire.expect_reply(226);
    wire.expect_reply(225);
    wire.expect_reply(225);
    wire.expect_reply(257);
    siege.lift();
}

#[test]
fn commands_in_the_wrong_order_change_nothing() {
    let siege = Siege::begin();
    siege.write_home(LOGIN, "file", b"content");
    let mut wire = siege.connect();
    for (line, code) in [
        ("PASS x", 503),
        ("RNTO x", 530),
        ("PBSZ 0", 503),
        ("PROT P", 503),
        ("CCC", 533),
        ("REST 1", 530),
        ("EPSV", 530),
        ("PORT 127,0,0,1,20,0", 530),
        ("AUTH", 501),
        ("AUTH KERBEROS_V4", 504),
    ] {
        wire.expect(line, code);
    }
    wire.log_in(LOGIN);
    for (line, code) in [
        ("RNTO x", 503),
        ("RETR file", 425),
        ("STOR new", 425),
        ("LIST", 425),
        ("RNFR file", 350),
        ("PWD", 257),
        ("RNTO x", 503),
        ("USER bystander", 503),
        (&format!("PASS {PASSWORD}"), 503),
        ("PROT P", 503),
        ("PBSZ 0", 503),
    ] {
        wire.expect(line, code);
    }
    assert_eq!(wire.receive("NLST"), b"file\r\n");
    siege.lift();
}

#[test]
fn telnet_options_are_no_commands() {
    let siege = Siege::begin();
    let mut wire = siege.connect();
    // IAC DO, WILL, DONT, WONT of an option each; IAC NOP; IAC AYT.
    wire.send_bytes(b"\xff\xfd\x06\xff\xfb\x01\xff\xfe\x03\xff\xfc\x05\xff\xf1\xff\xf6NOOP\r\n");
    wire.expect_reply(200);
    // A subnegotiation is nothing that FTP has; it spoils its own line only.
    wire.send_bytes(b"\xff\xfa\x18\x01\xff\xf0\r\nNOOP\r\n");
    wire.expect_reply(500);
    wire.expect_reply(200);
    siege.lift();
}

/// The first flight of TLS, as a client sends it that takes the port for one with implicit TLS.
const CLIENT_HELLO: &[u8] =
    b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\x02\x13\x01\x01\x00\x00\x00\r\n";

#[test]
fn other_protocols_get_nothing_but_refusals() {
    let siege = Siege::begin();
    for greeting in [
        CLIENT_HELLO,
        b"GET / HTTP/1.1\r\nHost: ftp.acme.example:2121\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"EHLO mail.example\r\nMAIL FROM:<a@b.example>\r\n",
        b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"\0\0\0\x85\xffSMBr\0\0\0\0\x18\x53\xc8\r\n",
    ] {
        let mut wire = siege.connect();
        wire.send_bytes(greeting);
        wire.send("QUIT");
        let replies = rest(&mut wire);
        let (last, refusals) = replies.split_last().unwrap();
        assert_eq!(last.code, 221);
        assert!(!refusals.is_empty() && refusals.iter().all(|reply| reply.code >= 500), "{refusals:?}");
    }
    siege.lift();
}

/// A page in a browser can send a form to this port. What it writes into the form are lines like any other.
#[test]
fn a_form_of_a_web_page_does_not_log_in() {
    let siege = Siege::begin();
    let mut wire = siege.connect();
    let body = format!("USER {LOGIN}\r\nPASS {PASSWORD}\r\nDELE file\r\n");
    let head = "POST / HTTP/1.1\r\nHost: acme.example:2121\r\nOrigin: https://evil.example\r\n";
    wire.send(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
    assert!(rest(&mut wire).iter().all(|reply| reply.code >= 400));
    siege.lift();
}

#[test]
fn who_sends_nothing_but_nonsense_is_closed_before_the_login() {
    let siege = Siege::begin();
    let mut wire = siege.connect();
    let _ = wire.stream().write_all("NONSENSE\r\n".repeat(1_000).as_bytes());
    let replies = rest(&mut wire);
    assert!(replies.len() < 30, "{} replies", replies.len());
    siege.lift();
}

#[test]
fn rein_without_a_login_gives_no_more_time() {
    let mut site = Site::with_account();
    site.set("ftp.login_seconds", 1);
    let siege = Siege::of(site);
    let mut wire = siege.connect();
    let last = eventually("the connection is closed", || Some(wire.command("REIN")).filter(|reply| reply.code != 220));
    assert_eq!(last.code, 421);
    assert_eq!(wire.try_reply(), None);
    siege.lift();
}

#[test]
fn what_is_no_tls_behind_auth_ends_the_connection() {
    let siege = Siege::begin();
    for noise in [&noise(1, 100)[..], b"USER alice\r\n", b"\x16\x03\x01\xff\xff", b"\r\n"] {
        let mut wire = siege.connect();
        wire.expect("AUTH TLS", 234);
        let _ = wire.stream().write_all(noise);
        let _ = wire.stream().socket().shutdown(std::net::Shutdown::Write);
        // An alert at most, and the end.
        let mut answer = Vec::new();
        let _ = wire.stream().read_to_end(&mut answer);
        assert!(!answer.windows(4).any(|bytes| bytes == b"331 "), "{answer:?}");
    }
    siege.lift();
}

#[test]
fn a_handshake_has_to_end_in_the_time_for_the_login() {
    let mut site = Site::with_account();
    site.set("ftp.login_seconds", 1);
    let siege = Siege::of(site);
    let mut explicit = siege.connect();
    explicit.expect("AUTH TLS", 234);
    explicit.send_bytes(&CLIENT_HELLO[..20]);
    let mut implicit = Wire::open(siege.implicit());
    for wire in [&mut explicit, &mut implicit] {
        let _ = wire.stream().read_to_end(&mut Vec::new());
    }
    let rest = siege.rest();
    eventually("nobody but the bystander is left", || (rest.sessions().len() == 1).then_some(()));
    siege.lift();
}

#[test]
fn a_thousand_wrong_auths_are_a_thousand_refusals() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    for _ in 0..1_000 {
        wire.expect("AUTH GSSAPI", 504);
    }
    wire.expect("PWD", 257);
    siege.lift();
}

#[test]
fn who_does_not_read_the_answers_stops_nobody_but_itself() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    flood(&mut wire, b"HELP\r\n").unwrap();
    let rest = siege.rest();
    let session = rest.session("that floods", |row| row["login"] == LOGIN);
    rest.kick(&session, &serde_json::json!({}));
    siege.lift();
}

/// Sends `line` over and over and reads nothing, until the server does not take any more.
fn flood(wire: &mut Wire, line: &[u8]) -> io::Result<()> {
    let lines = line.repeat(1_000);
    wire.stream().socket().set_write_timeout(Some(std::time::Duration::from_millis(500)))?;
    loop {
        match wire.stream().write_all(&lines) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error),
        }
    }
    wire.stream().socket().set_write_timeout(Some(PATIENCE))
}
