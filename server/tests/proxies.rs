//! Clients behind proxies, and a server behind NAT.

use crate::support::{
    server::{LOGIN, PASSWORD, Site, Wharf},
    tls::Tls,
    wire::{Stream, Wire},
};
use socket2::{Domain, Socket, Type};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr},
};

/// Where the proxy of these tests is.
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// A client far away, and what it reached, as the proxy tells it.
const HEADER: &[u8] = b"PROXY TCP4 203.0.113.7 198.51.100.1 40000 21\r\n";
/// The same in version 2.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc6\x33\x64\x01\x9c\x40\0\x15";
/// A client that also comes directly.
const NEAR: &[u8] = b"PROXY TCP4 127.0.0.1 198.51.100.1 40000 21\r\n";

fn behind_a_proxy() -> Site {
    let mut site = Site::with_account();
    site.set("ftp.proxy_protocol_from", vec!["192.0.2.0/24", "127.0.0.9"]);
    site
}

/// A connection from the proxy that begins with these bytes.
fn through_proxy(to: SocketAddr, header: &[u8]) -> Stream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((PROXY, 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let mut stream = Stream::from(std::net::TcpStream::from(socket));
    stream.write_all(header).unwrap();
    stream
}

fn connect(server: &Wharf, header: &[u8]) -> Wire {
    let mut wire = Wire::from(through_proxy(server.ftp(), header));
    wire.expect_reply(220);
    wire
}

fn only_row(server: &Wharf) -> serde_json::Value {
    let rows = server.rest().sessions();
    assert_eq!(rows.len(), 1);
    rows[0].clone()
}

#[test]
fn the_client_is_who_the_proxy_says() {
    let server = behind_a_proxy().start();
    for header in [HEADER, BINARY] {
        let mut wire = connect(&server, header);
        wire.log_in(LOGIN);
        assert_eq!(only_row(&server)["ip"], "203.0.113.7");
        wire.expect("QUIT", 221);
        wire.expect_end();
    }
}

#[test]
fn tls_from_the_first_byte_begins_behind_the_header() {
    let server = behind_a_proxy().start();
    for header in [HEADER, BINARY] {
        let mut wire = Wire::from(through_proxy(server.implicit(), header));
        wire.handshake(Tls::trusting(&server.certificate()));
        wire.expect_reply(220);
        wire.log_in(LOGIN);
        assert_eq!(only_row(&server)["ip"], "203.0.113.7");
        wire.expect("QUIT", 221);
        wire.expect_end();
    }
}

#[test]
fn failed_logins_are_the_clients_and_not_the_proxys() {
    let mut site = behind_a_proxy();
    site.set("logins.attempts", 2);
    let server = site.start();
    let mut wire = connect(&server, HEADER);
    for _ in 0..2 {
        wire.expect("USER nobody", 331);
        wire.expect("PASS x", 530);
    }
    Wire::from(through_proxy(server.ftp(), HEADER)).expect_reply(421);
    connect(&server, NEAR).log_in(LOGIN);
}

#[test]
fn the_proxy_may_come_for_itself() {
    let server = behind_a_proxy().start();
    let local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    for header in [&b"PROXY UNKNOWN\r\n"[..], local] {
        let mut wire = connect(&server, header);
        wire.log_in(LOGIN);
        assert_eq!(only_row(&server)["ip"], "127.0.0.9");
        wire.expect("QUIT", 221);
        wire.expect_end();
    }
}

#[test]
fn what_is_no_header_ends_the_connection() {
    let server = behind_a_proxy().start();
    for (bytes, to) in [
        (&b"USER alice\r\nPASS x\r\n"[..], server.ftp()),
        (b"PROXY TCP4 203.0.113.7\r\n", server.ftp()),
        (&[b'P'; 200], server.ftp()),
        (b"PROXY TCP4 nobody nobody 1 2\r\n", server.implicit()),
    ] {
        let mut stream = through_proxy(to, bytes);
        let mut answer = Vec::new();
        // A reset is an end too: not everything was read.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(server.rest().sessions().is_empty());
}

#[test]
fn nobody_else_says_who_the_client_is() {
    for site in [behind_a_proxy(), Site::with_account()] {
        let server = site.start();
        let mut wire = server.connect();
        wire.send(std::str::from_utf8(HEADER).unwrap().trim_end());
        wire.expect_reply(500);
        wire.log_in(LOGIN);
        assert_eq!(only_row(&server)["ip"], "127.0.0.1");
    }
}

#[test]
fn a_client_behind_a_proxy_moves_files() {
    let server = behind_a_proxy().start();
    let mut wire = connect(&server, NEAR);
    wire.log_in(LOGIN);
    // Directly,
    assert_eq!(wire.transmit("STOR file", b"content").code, 226);
    // and the way the control connection goes, where the header says for whom.
    let address = wire.passive();
    wire.send("RETR file");
    for stranger in [HEADER, b"nothing like a header", b"PROXY UNKNOWN\r\n"] {
        let mut data = through_proxy(address, stranger);
        let mut bytes = Vec::new();
        let _ = data.read_to_end(&mut bytes);
        assert!(bytes.is_empty());
    }
    let mut data = through_proxy(address, NEAR);
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"content");
    wire.expect_reply(150);
    wire.expect_reply(226);
}

/// The address that PASV tells.
#[track_caller]
fn told_by_pasv(wire: &mut Wire) -> String {
    let reply = wire.expect("PASV", 227).text;
    let numbers: Vec<_> = reply.split(['(', ')']).nth(1).unwrap().split(',').collect();
    numbers[..4].join(".")
}

fn told_outside_and_inside(server: &Wharf) -> [String; 2] {
    [HEADER, b"PROXY TCP4 10.0.0.7 10.0.0.1 40000 21\r\n"].map(|header| {
        let mut wire = connect(server, header);
        wire.expect(&format!("USER {LOGIN}"), 331);
        wire.expect(&format!("PASS {PASSWORD}"), 230);
        told_by_pasv(&mut wire)
    })
}

#[test]
fn pasv_tells_the_address_that_the_client_reached() {
    let server = behind_a_proxy().start();
    assert_eq!(told_outside_and_inside(&server), ["198.51.100.1", "10.0.0.1"]);
}

#[test]
fn behind_nat_pasv_tells_clients_outside_the_address_outside() {
    let mut site = behind_a_proxy();
    site.set("ftp.masquerade", "192.0.2.7");
    let server = site.start();
    assert_eq!(told_outside_and_inside(&server), ["192.0.2.7", "10.0.0.1"]);
    assert_eq!(told_by_pasv(&mut server.log_in()), "127.0.0.1");
}

#[test]
fn the_address_outside_may_be_that_of_a_host() {
    let mut site = behind_a_proxy();
    site.set("ftp.masquerade", "localhost");
    let server = site.start();
    assert_eq!(told_outside_and_inside(&server), ["127.0.0.1", "10.0.0.1"]);
    server.reload();
    assert_eq!(told_outside_and_inside(&server), ["127.0.0.1", "10.0.0.1"]);
}

#[test]
fn a_host_that_has_no_address_does_not_hold_up_the_start() {
    let mut site = behind_a_proxy();
    site.set("ftp.masquerade", "nowhere.invalid");
    let server = site.start();
    assert_eq!(told_outside_and_inside(&server), ["198.51.100.1", "10.0.0.1"]);
    assert!(server.log_text().contains("ftp.masquerade: no address of this host"));
}
