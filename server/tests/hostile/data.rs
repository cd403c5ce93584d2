//! Data connections: ports that nobody comes to, connections that nothing moves on, TLS that is none.

use crate::support::{
    eventually, noise,
    server::{LOGIN, Site, Wharf},
    siege::Siege,
    wire::Stream,
};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
};

/// More than socket buffers hold.
const LARGE: usize = 16 << 20;

/// A server that gives up on what does not move after a second.
fn impatient() -> Siege {
    let mut site = Site::with_account();
    site.set("ftp.stall_seconds", 1);
    Siege::of(site)
}

#[test]
fn ten_thousand_passive_ports_come_back() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    // The server has a hundred.
    wire.send_bytes("EPSV\r\nPASV\r\n".repeat(5_000).as_bytes());
    for _ in 0..5_000 {
        wire.expect_reply(229);
        wire.expect_reply(227);
    }
    assert_eq!(wire.receive("NLST"), b"");
    siege.lift();
}

#[test]
fn who_never_connects_is_told_and_the_session_goes_on() {
    let siege = impatient();
    siege.write_home(LOGIN, "file", b"content");
    let mut wire = siege.log_in();
    for line in ["RETR file", "STOR new", "LIST", "MLSD"] {
        wire.passive();
        wire.expect(line, 150);
        wire.expect("NOOP", 200);
        wire.expect_reply(425);
        wire.expect("PWD", 257);
    }
    // A port nobody came to is no port for the next transfer.
    wire.expect("RETR file", 425);
    assert_eq!(wire.receive("NLST"), b"file\r\n");
    siege.lift();
}

#[test]
fn a_port_that_refuses_is_told() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let [high, low] = closed.port().to_be_bytes();
    for _ in 0..100 {
        wire.expect(&format!("PORT 127,0,0,1,{high},{low}"), 200);
        wire.expect("LIST", 150);
        wire.expect_reply(425);
    }
    siege.lift();
}

#[test]
fn who_does_not_read_a_file_or_a_listing_is_cut_off() {
    let siege = impatient();
    siege.write_home(LOGIN, "large", &noise(1, LARGE));
    let many = siege.home(LOGIN).join("many");
    std::fs::create_dir(&many).unwrap();
    for number in 0..30_000 {
        std::fs::hard_link(siege.home(LOGIN).join("large"), many.join(format!("{number:0200}"))).unwrap();
    }
    let (mut clear, mut secure) = (siege.log_in(), siege.log_in_securely());
    for wire in [&mut clear, &mut secure] {
        for line in ["RETR large", "LIST many", "MLSD many"] {
            let _data = wire.begin(line);
            wire.expect_reply(426);
            wire.expect("PWD", 257);
        }
    }
    siege.lift();
}

#[test]
fn data_connections_that_are_not_closed_do_not_pile_up() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", siege.process())).unwrap().count();
    let before = open();
    let mut kept = Vec::new();
    for _ in 0..200 {
        kept.push(wire.begin("NLST"));
        wire.expect_reply(226);
    }
    let more = open().saturating_sub(before);
    assert!(more < 30, "200 listings cost {more} descriptors");
    siege.lift();
}

#[test]
fn no_tls_where_tls_was_agreed_is_no_transfer() {
    let siege = Siege::begin();
    siege.write_home(LOGIN, "file", b"secret");
    let mut wire = siege.log_in_securely();
    for (line, code) in [("RETR file", 425), ("STOR new", 425), ("LIST", 425)] {
        let address = wire.passive();
        wire.expect(line, 150);
        let mut data = Stream::open(address);
        let _ = data.write_all(b"in clear\r\n");
        let mut received = Vec::new();
        let _ = data.read_to_end(&mut received);
        assert!(!received.windows(6).any(|bytes| bytes == b"secret"), "{line}");
        wire.expect_reply(code);
    }
    assert!(!siege.home(LOGIN).join("new").exists());
    assert_eq!(wire.receive("RETR file"), b"secret");
    siege.lift();
}

#[test]
fn a_data_handshake_that_never_ends_is_cut_off() {
    let siege = impatient();
    let mut wire = siege.log_in_securely();
    for line in ["STOR new", "NLST"] {
        let address = wire.passive();
        wire.expect(line, 150);
        let mut data = Stream::open(address);
        // The head of a record of 512 bytes, and no more.
        data.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
        wire.expect_reply(425);
    }
    assert_eq!(wire.receive("NLST"), b"");
    siege.lift();
}

#[test]
fn an_upload_under_tls_that_was_cut_by_somebody_else_is_not_whole() {
    let siege = Siege::begin();
    let mut wire = siege.log_in_securely();
    let mut data = wire.begin("STOR file");
    data.write_all(&noise(1, 100_000)).unwrap();
    // A FIN that anybody on the way can send, without the close_notify that only the client can.
    data.socket().shutdown(Shutdown::Write).unwrap();
    wire.expect_reply(426);
    assert!(!siege.home(LOGIN).join("file").exists());
    siege.lift();
}

#[test]
fn an_upload_of_nothing_is_an_empty_file() {
    let siege = Siege::begin();
    let mut wire = siege.log_in();
    assert_eq!(wire.transmit("STOR nothing", b"").code, 226);
    assert_eq!(std::fs::read(siege.home(LOGIN).join("nothing")).unwrap(), b"");
    siege.lift();
}

#[test]
fn an_upload_from_a_client_that_is_gone_ends_with_it() {
    let siege = Siege::begin();
    let (mut wire, rest) = (siege.log_in(), siege.rest());
    let mut data = wire.begin("STOR file");
    data.write_all(b"some").unwrap();
    rest.moving("file");
    drop(wire);
    assert!(data.read_to_end(&mut Vec::new()).is_err(), "an upload that was cut looks whole");
    eventually("the session is gone", || rest.sessions().iter().all(|row| row["login"] != LOGIN).then_some(()));
    assert!(!siege.home(LOGIN).join("file").exists());
    siege.lift();
}

#[test]
fn a_transfer_uses_the_directory_of_its_command() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("MKD below", 257);
    let address = wire.passive();
    wire.expect("CWD below", 250);
    wire.send("STOR file");
    let mut data = Stream::open(address);
    wire.expect_reply(150);
    data.write_all(b"content").unwrap();
    data.finish();
    wire.expect_reply(226);
    assert_eq!(std::fs::read(server.home(LOGIN).join("below/file")).unwrap(), b"content");
    assert!(wire.expect("MLST file", 250).text.contains(" /below/file"));
    assert!(wire.expect("STAT file", 213).text.ends_with("file\n213 End"));
    wire.expect("CWD /", 250);
    wire.expect("MLST file", 550);
}

/// Both ways to open a port, and both kinds of TLS for it: none may lead around `ftp.require_tls`.
#[test]
fn no_way_to_a_data_connection_leads_around_required_tls() {
    let mut site = Site::with_account();
    site.set("ftp.require_tls", true);
    let server = site.start();
    let mut wire = server.connect();
    wire.secure(&server.certificate());
    wire.log_in(LOGIN);
    for open in ["EPSV", "PASV", "PORT 127,0,0,1,100,0", "EPRT |1|127.0.0.1|25600|"] {
        assert!(wire.command(open).code < 300);
        for line in ["LIST", "NLST", "MLSD", "RETR file", "STOR new", "APPE new", "STOU"] {
            wire.expect(line, 521);
        }
    }
}
