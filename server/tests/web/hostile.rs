//! Requests that mean harm.

use super::{Browser, ask, dav};
use crate::support::server::{LOGIN, Site, Wharf};
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

/// Sends these bytes over TLS and answers what comes back until the server closes.
fn raw(server: &Wharf, bytes: &[u8]) -> String {
    let mut openssl = Command::new("timeout");
    openssl.args(["20", "openssl", "s_client", "-quiet", "-connect", &server.web().to_string(), "-alpn", "http/1.1"]);
    let mut child = openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // The server may have had enough before the end.
    let _ = input.write_all(bytes);
    let _ = input.flush();
    let mut answer = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
    drop(input);
    let _ = child.kill();
    let _ = child.wait();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn bodies_that_are_packed_are_refused() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let packed = ["-X", "POST", "-H", "content-encoding: gzip", "-d", "x"];
    for path in ["/uploads", "/do/whoami"] {
        assert_eq!(browser.ask(&server, path, &packed).status, 415, "{path}");
    }
    assert_eq!(dav(&server, "/file", &["-X", "PUT", "-H", "content-encoding: gzip", "-d", "x"]).status, 415);
}

#[test]
fn requests_that_two_servers_would_read_differently_are_refused() {
    let server = Site::with_web().start();
    let host = server.web();
    for head in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        let request = format!(
            "POST /uploads HTTP/1.1\r\nHost: {host}\r\n{head}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let answer = raw(&server, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400") || answer.is_empty(), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), usize::from(!answer.is_empty()), "{head:?}: {answer}");
    }
}

#[test]
fn ten_thousand_headers_are_too_many() {
    let server = Site::with_web().start();
    let headers = (0..10_000).fold(String::new(), |all, n| all + &format!("x-{n}: y\r\n"));
    let answer = raw(&server, format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
    assert_eq!(ask(&server, "/files/x", &[]).status, 401, "others are served");
}

#[test]
fn another_site_cannot_act_for_who_is_signed_in() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let foreign = ["-X", "POST", "-H", "sec-fetch-site: cross-site", "-H", "origin: https://evil.example", "-d", "{}"];
    for path in ["/do/sign_out", "/uploads"] {
        assert_eq!(browser.ask(&server, path, &foreign).status, 403, "{path}");
    }
}

#[test]
fn a_page_of_another_origin_gets_no_socket() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let upgrade = ["--http1.1", "-m", "3", "-H", "connection: upgrade", "-H", "upgrade: websocket"];
    let key = ["-H", "sec-websocket-version: 13", "-H", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
    for origin in ["https://evil.example".to_owned(), format!("https://{}", server.panel())] {
        let origin = format!("origin: {origin}");
        let answer = browser.ask(&server, "/live", &[&upgrade[..], &key, &["-H", &origin]].concat());
        assert_eq!(answer.status, 403, "{origin}");
    }
    let answer = browser.ask(&server, "/live", &[&upgrade[..], &key].concat());
    assert_eq!(answer.status, 403, "no origin at all");
}

#[test]
fn entities_in_xml_are_not_expanded() {
    let server = Site::with_web().start();
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c SYSTEM \"file:///etc/passwd\">]><propfind xmlns=\"DAV:\"><prop>&b;&c;</prop></propfind>";
    let answer = dav(&server, "/", &["-X", "PROPFIND", "-H", "depth: 0", "-d", bomb]);
    assert!(!answer.text().contains("root:"), "{}", answer.text());
    let large = server.write_local("large", &vec![b'x'; 2 << 20]);
    let data = format!("@{}", large.display());
    let answer = dav(&server, "/", &["-X", "PROPFIND", "-H", "expect:", "--data-binary", &data]);
    assert!(answer.status >= 400, "{}", answer.status);
}

#[test]
fn names_with_control_characters_are_refused_on_every_way() {
    let server = Site::with_web().start();
    for name in ["a%0d%0ab", "a%00b", "%1b"] {
        assert_eq!(dav(&server, &format!("/{name}"), &["-X", "MKCOL"]).status, 400, "{name}");
        let to = format!("destination: https://{}/dav/{name}", server.web());
        server.write_home(LOGIN, "file", b"content");
        assert!(dav(&server, "/file", &["-X", "MOVE", "-H", &to]).status >= 400, "{name}");
    }
}
