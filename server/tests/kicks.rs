//! Ending sessions and transfers: the client notices, nothing that was cut looks whole, and nobody else feels it.

use crate::support::{
    Background, assert_content,
    client::{Client, Curl, Transport},
    names, noise,
    rest::{Rest, id},
    server::{LOGIN, Site, Wharf},
    wire::{Stream, Wire},
};
use serde_json::json;
use std::{
    fs::{self, File},
    io::{Read, Write},
};

const LARGE: usize = 16 << 20;
/// Of no content, takes no room.
const LARGE_FILE: u64 = 1 << 30;
const SLOW: &str = "slow";

/// A server with an account that the server itself slows down, so that a client does not first read megabytes out of
/// its own kernel before it notices that the connection is gone.
fn with_slow_account() -> Wharf {
    let site = Site::with_account();
    site.add_account(SLOW, &["--download-rate", "1000000"]);
    site.start()
}

/// curl downloads `file` as [`SLOW`], which takes it longer than any test.
fn slow_download(server: &Wharf, transport: Transport) -> Background {
    let content = File::create(server.home(SLOW).join("file")).unwrap();
    content.set_len(LARGE_FILE).unwrap();
    let curl = Curl::new(server, transport).with_login(SLOW);
    let mut command = curl.unbounded();
    command.arg("-o").arg(server.local("file")).arg(curl.url("file"));
    Background::start(&mut command)
}

/// curl uploads `file`, which takes it longer than any test.
fn slow_upload(server: &Wharf, transport: Transport) -> Background {
    let local = server.write_local("file", &noise(1, LARGE));
    let curl = Curl::new(server, transport);
    let mut command = curl.unbounded();
    command.args(["--limit-rate", "100k", "-T"]).arg(local).arg(curl.url("file"));
    Background::start(&mut command)
}

/// A kick ends curl's download with an error, its row goes, and what arrived is not taken for the file.
fn a_kick_ends_a_download(transport: Transport) {
    let server = with_slow_account();
    let rest = server.rest();
    let mut curl = slow_download(&server, transport);
    rest.kick(&rest.moving("file"), &json!({}));
    assert!(!curl.wait().success(), "curl believes that it has the whole file");
    assert!(fs::metadata(server.local("file")).unwrap().len() < LARGE_FILE);
    rest.until_empty();
}

fn a_kick_ends_an_upload(transport: Transport) {
    let server = Wharf::start();
    let rest = server.rest();
    let mut curl = slow_upload(&server, transport);
    rest.kick(&rest.moving("file"), &json!({}));
    assert!(!curl.wait().success(), "curl believes that the whole file arrived");
    rest.until_empty();
    assert!(names(&server.home(LOGIN)).is_empty(), "half a file stands under its name");
}

#[test]
fn a_kick_ends_a_download_in_clear() {
    a_kick_ends_a_download(Transport::Plain);
}

#[test]
fn a_kick_ends_a_download_under_tls() {
    a_kick_ends_a_download(Transport::Explicit);
}

#[test]
fn a_kick_ends_a_download_under_implicit_tls() {
    a_kick_ends_a_download(Transport::Implicit);
}

#[test]
fn a_kick_ends_an_upload_in_clear() {
    a_kick_ends_an_upload(Transport::Plain);
}

#[test]
fn a_kick_ends_an_upload_under_tls() {
    a_kick_ends_an_upload(Transport::Explicit);
}

#[test]
fn a_kick_keeps_the_file_that_an_upload_was_to_replace() {
    let server = Wharf::start();
    let rest = server.rest();
    server.write_home(LOGIN, "file", b"as it was");
    let mut curl = slow_upload(&server, Transport::Plain);
    rest.kick(&rest.moving("file"), &json!({}));
    assert!(!curl.wait().success());
    assert_content(&server.home(LOGIN).join("file"), b"as it was");
}

#[test]
fn another_session_of_the_account_goes_on_and_finishes() {
    let server = with_slow_account();
    let rest = server.rest();
    let content = noise(2, 3_000_000);
    server.write_home(SLOW, "other", &content);
    let mut curl = slow_download(&server, Transport::Plain);
    let mut wire = server.log_in_as(SLOW);
    let mut data = wire.begin("RETR other");
    let mut received = vec![0; 1_000];
    data.read_exact(&mut received).unwrap();
    rest.kick(&rest.moving("file"), &json!({}));
    assert!(!curl.wait().success());
    data.read_to_end(&mut received).unwrap();
    assert!(received == content);
    wire.expect_reply(226);
    wire.expect("PWD", 257);
    assert_eq!(rest.sessions().len(), 1);
}

#[test]
fn the_client_may_come_back_after_a_kick_and_go_on() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut curl = slow_upload(&server, Transport::Plain);
    rest.kick(&rest.moving("file"), &json!({}));
    assert!(!curl.wait().success());
    rest.until_empty();
    let local = server.local("file");
    Curl::new(&server, Transport::Plain).resume_upload(&local, "file");
    assert_content(&server.home(LOGIN).join("file"), &noise(1, LARGE));
}

/// A session in a transfer that waits for its client.
fn downloading(server: &Wharf) -> (Wire, Stream) {
    server.write_home(LOGIN, "file", &noise(1, LARGE));
    let mut wire = server.log_in();
    let data = wire.begin("RETR file");
    (wire, data)
}

#[test]
fn a_kick_says_426_for_the_transfer_and_421_for_the_session() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, mut data) = downloading(&server);
    rest.kick(&rest.moving("file"), &json!({ "message": "Please use another server" }));
    assert_eq!(wire.expect_reply(426).text, "426 Transfer aborted: session closed by administrator");
    assert_eq!(wire.expect_reply(421).text, "421-Please use another server\n421 Session closed by administrator");
    wire.expect_end();
    assert!(data.read_to_end(&mut Vec::new()).is_err(), "a download that was cut looks whole");
}

#[test]
fn an_abort_stops_a_download_and_the_session_goes_on() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, mut data) = downloading(&server);
    let row = rest.moving("file");
    assert_eq!(rest.abort(&row), 1);
    assert_eq!(wire.expect_reply(426).text, "426 Transfer aborted by administrator");
    assert!(data.read_to_end(&mut Vec::new()).is_err(), "a download that was cut looks whole");
    wire.expect("PWD", 257);
    assert!(wire.receive("RETR file") == noise(1, LARGE));
    assert_eq!(rest.abort(&row), 0);
}

#[test]
fn an_abort_stops_an_upload_and_what_arrived_is_kept_for_its_owner() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    let mut data = wire.begin("STOR file");
    data.write_all(&noise(1, 100_000)).unwrap();
    assert_eq!(rest.abort(&rest.session("with all of it", |row| row["done"] == 100_000)), 1);
    wire.expect_reply(426);
    assert!(names(&server.home(LOGIN)).is_empty());
    assert_eq!(wire.expect("SIZE file", 213).text, "213 100000");
    wire.expect("REST 100000", 350);
    assert_eq!(wire.transmit("STOR file", &noise(1, 300_000)[100_000..]).code, 226);
    assert_content(&server.home(LOGIN).join("file"), &noise(1, 300_000));
}

/// What a client that rests hears of a kick with this message.
fn last_words(server: &Wharf, wire: &mut Wire, message: &str) -> String {
    let rest = server.rest();
    rest.kick(&rest.session("that rests", |row| row["state"] == "idle"), &json!({ "message": message }));
    let reply = wire.expect_reply(421).text;
    wire.expect_end();
    reply
}

#[test]
fn the_message_of_a_kick_reaches_the_client() {
    let server = Wharf::start();
    let words = last_words(&server, &mut server.log_in(), "Maintenance until five o'clock");
    assert_eq!(words, "421-Maintenance until five o'clock\n421 Session closed by administrator");
}

#[test]
fn the_message_of_a_kick_reaches_a_client_under_tls() {
    let server = Wharf::start();
    let words = last_words(&server, &mut server.log_in_securely(), "Gr\u{fc}\u{df}e");
    assert_eq!(words, "421-Gr\u{fc}\u{df}e\n421 Session closed by administrator");
}

#[test]
fn the_message_of_a_kick_reaches_a_client_under_implicit_tls() {
    let server = Wharf::start();
    let mut wire = Wire::open_securely(server.implicit(), &server.certificate());
    wire.expect_reply(220);
    wire.log_in(LOGIN);
    assert_eq!(last_words(&server, &mut wire, ""), "421 Session closed by administrator");
}

#[test]
fn the_message_of_a_kick_forges_no_reply() {
    let server = Wharf::start();
    let words = last_words(&server, &mut server.log_in(), "a\r\n230 Logged in\nb\u{1b}[0m\0");
    for line in words.lines() {
        assert!(line.starts_with("421-") || line == "421 Session closed by administrator", "{words:?}");
        assert!(!line.contains(char::is_control), "{words:?}");
    }
}

#[test]
fn a_connection_without_a_login_is_kicked_too() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.connect();
    rest.kick(&rest.sessions()[0], &json!({}));
    assert_eq!(wire.expect_reply(421).text, "421 Session closed by administrator");
    wire.expect_end();
    rest.until_empty();
}

#[test]
fn a_client_in_the_middle_of_a_handshake_is_kicked_too() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut explicit = server.connect();
    explicit.expect("AUTH TLS", 234);
    let _implicit = Stream::open(server.implicit());
    rest.session("on each listener", |_| rest.sessions().len() == 2);
    for session in rest.sessions() {
        rest.kick(&session, &json!({}));
    }
    rest.until_empty();
}

#[test]
fn every_session_ends_once() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    let row = &rest.sessions()[0];
    rest.kick(row, &json!({}));
    wire.expect_reply(421);
    rest.until_empty();
    assert_eq!(again(&rest, row), 404);
}

fn again(rest: &Rest, row: &serde_json::Value) -> u16 {
    rest.post(&format!("/sessions/{}/kick", id(row)), &json!({})).status
}

#[test]
fn a_burst_of_clients_can_be_ended_in_a_burst() {
    let mut site = Site::with_account();
    site.set("limits.unauthenticated_per_ip", 0);
    let server = site.start();
    let rest = server.rest();
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    std::thread::scope(|scope| {
        for session in rest.sessions() {
            let rest = rest.clone();
            scope.spawn(move || rest.kick(&session, &json!({})));
        }
    });
    for client in &mut clients {
        client.expect_reply(421);
        client.expect_end();
    }
    rest.until_empty();
}
