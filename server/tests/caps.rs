//! How many are let in: never more than the limit, however many come at once, and never fewer.

use crate::support::{
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    wire::{Stream, Wire},
};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::Barrier,
};

/// Connects `count` times at once from `from`. Who was let in, and what the others were told.
fn burst(
    server: &Wharf,
    count: usize,
    from: Ipv4Addr,
    enter: fn(&mut Wire) -> Result<(), String>,
) -> (Vec<Wire>, Vec<String>) {
    let barrier = Barrier::new(count);
    let results: Vec<_> = std::thread::scope(|scope| {
        let one = || {
            barrier.wait();
            let mut wire = connect_from(from, server.ftp());
            enter(&mut wire).map(|()| wire)
        };
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (let_in, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    (let_in.into_iter().filter_map(Result::ok).collect(), refused.into_iter().filter_map(Result::err).collect())
}

fn connect_from(from: Ipv4Addr, to: SocketAddr) -> Wire {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(from.into(), 0).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    Wire::from(Stream::from(TcpStream::from(socket)))
}

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const THERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn greeted(wire: &mut Wire) -> Result<(), String> {
    let reply = wire.reply();
    if reply.code == 220 { Ok(()) } else { Err(reply.text) }
}

fn logged_in(wire: &mut Wire) -> Result<(), String> {
    greeted(wire)?;
    wire.expect(&format!("USER {LOGIN}@{DOMAIN}"), 331);
    let reply = wire.command(&format!("PASS {PASSWORD}"));
    if reply.code == 230 { Ok(()) } else { Err(reply.text) }
}

#[track_caller]
fn assert_told(refused: &[String], count: usize, text: &str) {
    assert_eq!(refused.len(), count);
    for told in refused {
        assert_eq!(told, text);
    }
}

#[test]
fn sessions_of_the_server() {
    let mut site = Site::with_account();
    site.set("limits.sessions", 5);
    let server = site.start();
    let (mut inside, refused) = burst(&server, 25, HERE, greeted);
    assert_eq!(inside.len(), 5);
    assert_told(&refused, 20, "421 Closing control connection: too many sessions on this server, try again later");
    for wire in &mut inside {
        wire.expect("NOOP", 200);
    }
}

#[test]
fn a_place_that_is_left_is_free_again() {
    let mut site = Site::with_account();
    site.set("limits.sessions", 1);
    let server = site.start();
    let rest = server.rest();
    for _ in 0..3 {
        let mut wire = server.log_in();
        Wire::open(server.ftp()).expect_reply(421);
        wire.expect("QUIT", 221);
        rest.until_empty();
    }
}

#[test]
fn connections_of_one_address_that_have_not_logged_in() {
    let mut site = Site::with_account();
    site.set("limits.unauthenticated_per_ip", 4);
    let server = site.start();
    let (mut inside, refused) = burst(&server, 20, HERE, greeted);
    assert_eq!(inside.len(), 4);
    assert_told(&refused, 16, "421 Closing control connection: too many sessions from your address");
    assert_eq!(burst(&server, 10, THERE, greeted).0.len(), 4, "another address has places of its own");
    // Who logs in makes room.
    inside[0].log_in(LOGIN);
    server.connect();
}

#[test]
fn sessions_of_one_address() {
    let mut site = Site::with_account();
    site.set("limits.sessions_per_ip", 3);
    let server = site.start();
    let (_inside, refused) = burst(&server, 12, HERE, logged_in);
    assert_told(&refused, 9, "421 Closing control connection: too many sessions from your address");
    assert_eq!(burst(&server, 12, THERE, logged_in).0.len(), 3, "another address has places of its own");
}

#[test]
fn sessions_of_an_account() {
    let site = Site::new();
    site.add_domain(DOMAIN);
    site.add_account(LOGIN, &["--sessions", "3"]);
    let server = site.start();
    let (_inside, refused) = burst(&server, 12, HERE, logged_in);
    assert_told(&refused, 9, "530 Login not possible: too many sessions of this account");
    assert_eq!(burst(&server, 4, THERE, logged_in).0.len(), 0);
}

#[test]
fn sessions_of_an_account_from_one_address() {
    let site = Site::new();
    site.add_domain(DOMAIN);
    site.add_account(LOGIN, &["--sessions-per-ip", "2", "--sessions", "3"]);
    let server = site.start();
    let (_inside, refused) = burst(&server, 8, HERE, logged_in);
    assert_told(&refused, 6, "530 Login not possible: too many sessions of this account from your address");
    let (_inside, refused) = burst(&server, 8, THERE, logged_in);
    assert_told(&refused, 7, "530 Login not possible: too many sessions of this account");
}

#[test]
fn sessions_of_a_domain() {
    let site = Site::new();
    let root = crate::support::server::text(&site.root(DOMAIN));
    assert!(site.run(&["domain", "add", DOMAIN, "--root", &root, "--sessions", "2"], "").status.success());
    site.add_account(LOGIN, &[]);
    site.add_account("bob", &[]);
    let server = site.start();
    let (_inside, refused) = burst(&server, 8, HERE, logged_in);
    assert_told(&refused, 6, "530 Login not possible: too many sessions of this domain, try again later");
    let mut bob = server.connect();
    bob.expect("USER bob", 331);
    bob.expect(&format!("PASS {PASSWORD}"), 530);
}

#[test]
fn who_is_refused_may_try_again_on_the_same_connection() {
    let site = Site::new();
    site.add_domain(DOMAIN);
    site.add_account(LOGIN, &["--sessions", "1"]);
    let server = site.start();
    let first = server.log_in();
    let mut second = server.connect();
    let rest = server.rest();
    second.expect(&format!("USER {LOGIN}"), 331);
    second.expect(&format!("PASS {PASSWORD}"), 530);
    drop(first);
    rest.session("alone", |_| rest.sessions().len() == 1);
    second.log_in(LOGIN);
}
