//! What TLS promises, and how data connections are tied to their control connection.

use crate::support::{
    Background, assert_content, bounded,
    client::{Client, Curl, Ftplib, Lftp, Transport},
    eventually, names, noise,
    server::{LOGIN, Site, Wharf},
    succeed,
    tls::Tls,
    wire::{Stream, Wire},
};
use std::{io::Write, net::Shutdown, process::Stdio};

/// A server with this policy for data connections.
fn with_data_tls_session(policy: &str) -> Wharf {
    let mut site = Site::with_account();
    site.set("ftp.data_tls_session", policy);
    let server = site.start();
    server.write_home(LOGIN, "file", b"content");
    server
}

/// A session of [`LOGIN`] with protected data connections.
fn log_in_with(server: &Wharf, tls: Tls) -> Wire {
    let mut wire = server.connect();
    wire.secure_with(tls);
    wire.log_in(LOGIN);
    wire.protect();
    wire
}

/// Both versions of TLS, as clients that remember sessions of their own.
fn versions(server: &Wharf) -> [Tls; 2] {
    [Tls::trusting, Tls::tls12].map(|trusting| trusting(&server.certificate()))
}

/// Downloads over a data connection that the server is to refuse.
#[track_caller]
fn assert_refused(wire: &mut Wire) {
    let address = wire.passive();
    wire.send("RETR file");
    let data = Stream::open(address);
    wire.expect_reply(150);
    // The client may be through with its handshake before the server has judged it.
    drop(wire.try_secure(data));
    assert_eq!(
        wire.expect_reply(425).text,
        "425 Can't open data connection: it does not resume the TLS session of the control connection"
    );
}

#[test]
fn a_data_connection_resumes_the_tls_session_of_its_control_connection() {
    for policy in ["on", "required"] {
        let server = with_data_tls_session(policy);
        for tls in versions(&server) {
            let mut wire = log_in_with(&server, tls);
            let mut data = wire.begin("RETR file");
            assert!(data.is_resumed());
            assert_eq!(std::io::read_to_string(&mut data).unwrap(), "content");
            drop(data);
            wire.expect_reply(226);
            assert_eq!(wire.transmit("STOR new", b"content").code, 226);
        }
    }
}

#[test]
fn a_data_connection_with_a_tls_session_of_its_own_is_refused_where_the_other_is_required() {
    let server = with_data_tls_session("required");
    for tls in versions(&server) {
        let mut wire = log_in_with(&server, tls.clone());
        wire.protect_with(tls.clone().forgetful());
        assert_refused(&mut wire);
        // Whoever was refused has got nothing that would let him in the next time.
        let stranger = Tls::tls12(&server.certificate());
        wire.protect_with(stranger);
        assert_refused(&mut wire);
        assert_refused(&mut wire);
        wire.protect_with(tls);
        assert_eq!(wire.receive("RETR file"), b"content");
    }
}

#[test]
fn a_refused_data_connection_leaves_no_file() {
    let server = with_data_tls_session("required");
    let mut wire = log_in_with(&server, Tls::trusting(&server.certificate()).forgetful());
    let address = wire.passive();
    wire.send("STOR file");
    let data = Stream::open(address);
    wire.expect_reply(150);
    drop(wire.try_secure(data));
    wire.expect_reply(425);
    assert_content(&server.home(LOGIN).join("file"), b"content");
}

#[test]
fn a_data_connection_does_not_resume_the_tls_session_of_another_client() {
    let server = with_data_tls_session("on");
    for tls in versions(&server) {
        let _other = log_in_with(&server, tls.clone());
        let mut wire = log_in_with(&server, Tls::trusting(&server.certificate()));
        wire.protect_with(tls);
        assert_refused(&mut wire);
        // Somebody who shows nothing may be a client that does not know better.
        wire.protect_with(Tls::trusting(&server.certificate()).forgetful());
        assert_eq!(wire.receive("RETR file"), b"content");
    }
}

#[test]
fn data_connections_are_not_tied_where_that_is_off() {
    let server = with_data_tls_session("off");
    for tls in versions(&server) {
        let _other = log_in_with(&server, tls.clone());
        let mut wire = log_in_with(&server, Tls::trusting(&server.certificate()));
        wire.protect_with(tls);
        assert_eq!(wire.receive("RETR file"), b"content");
    }
}

#[test]
fn a_client_that_comes_back_resumes_its_tls_session() {
    let server = with_data_tls_session("on");
    for tls in versions(&server) {
        let mut first = log_in_with(&server, tls.clone());
        assert_eq!(first.receive("RETR file"), b"content");
        drop(first);
        let mut second = log_in_with(&server, tls);
        assert!(second.stream().is_resumed());
        let data = second.begin("RETR file");
        assert!(data.is_resumed());
    }
}

/// Several files up and down, one after the other.
fn moves_files(server: &Wharf, client: &impl Client) {
    for (name, content) in [("empty", noise(1, 0)), ("short", noise(2, 10)), ("long", noise(3, 500_000))] {
        client.upload(&server.write_local(name, &content), name);
        assert_content(&server.home(LOGIN).join(name), &content);
        client.download(name, &server.local("back"));
        assert_content(&server.local("back"), &content);
    }
    assert!(client.list("").iter().any(|name| name == "short"));
}

#[test]
fn curl_resumes_the_tls_session_as_it_is() {
    let server = with_data_tls_session("required");
    moves_files(&server, &Curl::new(&server, Transport::Explicit));
    moves_files(&server, &Curl::new(&server, Transport::Implicit));
}

#[test]
fn curl_uploads_many_files_over_one_session() {
    let server = with_data_tls_session("required");
    many_files_by_curl(&server, &[]);
}

#[test]
fn curl_uploads_many_files_side_by_side() {
    many_files_by_curl(&Wharf::start(), &["--parallel", "--parallel-immediate"]);
}

fn many_files_by_curl(server: &Wharf, options: &[&str]) {
    let curl = Curl::new(server, Transport::Explicit);
    let mut command = curl.command();
    command.args(options);
    for seed in 1..=8 {
        let name = format!("file{seed}");
        command.arg("-T").arg(server.write_local(&name, &noise(seed, 50_000))).arg(curl.url(&name));
    }
    succeed(&mut command);
    for seed in 1..=8 {
        assert_content(&server.home(LOGIN).join(format!("file{seed}")), &noise(seed, 50_000));
    }
}

#[test]
fn lftp_resumes_the_tls_session_as_it_is() {
    let server = with_data_tls_session("required");
    moves_files(&server, &Lftp::new(&server, Transport::Explicit));
    moves_files(&server, &Lftp::new(&server, Transport::Implicit));
}

#[test]
fn lftp_moves_files_under_either_version() {
    let server = with_data_tls_session("on");
    for version in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        moves_files(&server, &Lftp::new(&server, Transport::Explicit).with_setting("ssl:priority", version));
    }
}

#[test]
fn curl_moves_files_under_either_version() {
    let server = with_data_tls_session("on");
    moves_files(&server, &Curl::new(&server, Transport::Explicit).with_options(&["--tls-max", "1.2"]));
    moves_files(&server, &Curl::new(&server, Transport::Explicit).with_options(&["--tlsv1.3"]));
    many_files_by_curl(&server, &[]);
}

#[test]
fn ftplib_resumes_the_tls_session_where_it_is_told_to() {
    let server = with_data_tls_session("required");
    moves_files(&server, &Ftplib::new(&server, Transport::Resuming));
}

#[test]
fn a_handshake_that_does_not_go_on_ends() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"content");
    let mut explicit = server.connect();
    explicit.expect("AUTH TLS", 234);
    let mut implicit = Wire::open(server.implicit());
    // Half of a record's head.
    implicit.send_bytes(&[22, 3]);
    let mut data = server.log_in_securely();
    let address = data.passive();
    data.send("RETR file");
    let _half_open = Stream::open(address);
    data.expect_reply(150);
    assert_eq!(data.expect_reply(425).text, "425 Can't open data connection: timed out");
    data.expect("NOOP", 200);
    explicit.expect_end();
    implicit.expect_end();
}

#[test]
fn tls_is_not_negotiated_again() {
    let server = Wharf::start();
    let mut openssl = bounded("openssl");
    openssl.args(["s_client", "-tls1_2", "-connect", &server.implicit().to_string()]);
    let mut openssl = Background::start(openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()));
    let (mut input, _output) = openssl.pipes();
    // What asks s_client for it.
    input.write_all(b"R\n").unwrap();
    eventually("the server declines", || server.log_text().contains("alert NoRenegotiation").then_some(()));
}

#[test]
fn an_upload_that_ends_without_close_notify_has_failed() {
    let server = Wharf::start();
    for tls in versions(&server) {
        let mut wire = log_in_with(&server, tls);
        let mut data = wire.begin("STOR new");
        data.write_all(&noise(1, 50_000)).unwrap();
        // What anybody between the two could send.
        data.socket().shutdown(Shutdown::Write).unwrap();
        let reply = wire.expect_reply(426);
        assert_eq!(reply.text, "426 Data connection broken: closed without a TLS close_notify");
        assert!(names(&server.home(LOGIN)).is_empty());
    }
}
