//! First start, reload, the way down.

use crate::support::{
    Background,
    client::{Client, Curl, Transport},
    eventually, noise,
    server::{LOGIN, Site, Wharf, make_certificate, text},
    told,
    wire::{Stream, Wire},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// Starts a server without a given password until its listeners are there. What it printed.
fn first_lines(site: &Site) -> String {
    let printed = site.local("printed");
    let mut command = site.wharf(&["serve"]);
    let mut server = Background::start(command.stdout(File::create(&printed).unwrap()));
    eventually("it announces its listeners", || {
        assert!(server.is_running());
        fs::read_to_string(&printed).ok().filter(|text| text.contains("(implicit TLS)\n"))
    })
}

#[test]
fn the_first_start_prints_a_password_once() {
    let site = Site::new();
    let first = first_lines(&site);
    assert!(first.starts_with("Administrator created. Sign in to the panel as\n\n    admin\n    "), "{first}");
    let password = first.lines().nth(3).unwrap().trim();
    assert!(password.len() >= 16, "{password}");
    let second = first_lines(&site);
    assert!(second.starts_with("panel  https://127.0.0.1:"), "{second}");
    assert!(!second.contains("admin") && !second.contains(password), "{second}");
}

#[test]
fn the_data_directory_is_nobody_elses_business() {
    let server = Wharf::start();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&server.data()), 0o700);
    for file in ["wharf.db", "certificate-key.pem"] {
        assert_eq!(mode(&server.data().join(file)), 0o600, "{file}");
    }
}

#[test]
fn the_certificate_stays_the_same() {
    let mut server = Wharf::start();
    let before = fs::read(server.certificate()).unwrap();
    server.crash_and_restart();
    assert_eq!(fs::read(server.certificate()).unwrap(), before);
}

#[test]
fn a_server_on_its_way_down_lets_a_transfer_finish_and_nobody_in() {
    const LENGTH: usize = 16 << 20;
    let mut server = Wharf::start();
    server.write_home(LOGIN, "file", &noise(1, LENGTH));
    let mut idle = server.log_in();
    let mut busy = server.log_in();
    let mut data = busy.begin("RETR file");
    server.terminate();
    assert_eq!(idle.expect_reply(421).text, "421 Server is shutting down, try again later");
    idle.expect_end();
    let mut late = Wire::open(server.ftp());
    assert_eq!(
        late.expect_reply(421).text,
        "421 Closing control connection: the server is shutting down, try again later"
    );
    late.expect_end();
    assert!(server.is_running());
    let mut received = Vec::new();
    data.read_to_end(&mut received).unwrap();
    assert!(received == noise(1, LENGTH));
    busy.expect_reply(226);
    busy.expect_reply(421);
    busy.expect_end();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_transfer_that_is_announced_may_still_begin() {
    let mut server = Wharf::start();
    server.write_home(LOGIN, "file", b"content");
    let mut idle = server.log_in();
    let mut busy = server.log_in();
    let address = busy.passive();
    busy.send("RETR file");
    busy.expect_reply(150);
    server.terminate();
    idle.expect_reply(421);
    let mut received = Vec::new();
    std::net::TcpStream::connect(address).unwrap().read_to_end(&mut received).unwrap();
    assert_eq!(received, b"content");
    busy.expect_reply(226);
    busy.expect_reply(421);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_download_by_curl_survives_the_way_down() {
    let site = Site::with_account();
    site.add_account("slow", &["--download-rate", "2000000"]);
    let mut server = site.start();
    let content = noise(1, 3_000_000);
    server.write_home("slow", "file", &content);
    let rest = server.rest();
    let curl = Curl::new(&server, Transport::Explicit).with_login("slow");
    let local = server.local("file");
    let mut download = Background::start(curl.unbounded().arg("-o").arg(&local).arg(curl.url("file")));
    rest.moving("file");
    server.terminate();
    assert!(download.wait().success());
    assert!(fs::read(local).unwrap() == content);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_transfer_that_takes_longer_than_the_grace_is_cut() {
    let mut site = Site::with_account();
    site.set("shutdown.grace_seconds", 1);
    let mut server = site.start();
    server.write_home(LOGIN, "file", &noise(1, 16 << 20));
    let mut wire = server.log_in();
    let mut data = wire.begin("RETR file");
    data.read_exact(&mut [0]).unwrap();
    server.terminate();
    assert_eq!(wire.expect_reply(426).text, "426 Transfer aborted: server is shutting down");
    assert_eq!(wire.expect_reply(421).text, "421 Server is shutting down, try again later");
    wire.expect_end();
    assert!(data.read_to_end(&mut Vec::new()).is_err(), "a download that was cut looks whole");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn signals_are_heard_from_the_first_moment_on() {
    let mut server = Wharf::start();
    server.reload();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_server_without_clients_stops_at_once() {
    let mut server = Wharf::start();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    assert!(server.log_text().contains("stopped"));
}

/// The certificate a new connection to the implicit listener gets. It has to be the one in this file.
fn assert_certificate(server: &Wharf, file: &Path) {
    let mut wire = Wire::open_securely(server.implicit(), file);
    assert_eq!(wire.stream().certificate(), CertificateDer::from_pem_file(file).unwrap());
}

#[test]
fn a_reload_takes_a_new_certificate_and_ends_no_session() {
    let mut site = Site::with_account();
    let (certificate, key) = make_certificate(&site, "in-use");
    site.set("tls.certificate", text(&certificate)).set("tls.key", text(&key));
    let server = site.start();
    let old = server.local("old.pem");
    fs::copy(&certificate, &old).unwrap();
    let mut open = Wire::open_securely(server.implicit(), &old);
    open.expect_reply(220);
    open.log_in(LOGIN);
    let (new, new_key) = make_certificate(&server, "new");
    fs::copy(&new, &certificate).unwrap();
    fs::copy(&new_key, &key).unwrap();
    assert_certificate(&server, &old);
    server.reload();
    assert_certificate(&server, &new);
    let mut explicit = server.connect();
    explicit.secure(&new);
    open.expect("PWD", 257);
}

#[test]
fn a_reload_of_something_that_is_wrong_changes_nothing() {
    let mut server = Wharf::start();
    let mut open = server.log_in();
    server.set("ftp.colour", "red");
    server.reload();
    assert!(server.log_text().contains("not reloaded"));
    server.set("ftp.banner", "needless");
    open.expect("PWD", 257);
    assert_certificate(&server, &server.certificate());
}

#[test]
fn a_reload_takes_new_limits() {
    let mut server = Wharf::start();
    let mut open = server.log_in();
    server.set("limits.sessions", 1);
    server.reload();
    Wire::open(server.ftp()).expect_reply(421);
    open.expect("PWD", 257);
}

#[test]
fn a_port_can_be_used_again_at_once() {
    let mut server = Wharf::start();
    let address = server.ftp().to_string();
    server.set("ftp.listen", address.clone());
    let wire = server.log_in();
    server.crash_and_restart();
    assert_eq!(server.ftp().to_string(), address);
    drop(wire);
    server.log_in();
}

#[test]
fn clients_that_only_connect_do_not_hold_up_the_end() {
    let mut server = Wharf::start();
    let _in_handshake = Stream::open(server.implicit());
    let _silent = server.connect();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn help_and_version_are_there() {
    let site = Site::new();
    for argument in ["--help", "--version"] {
        let output = site.run(&[argument], "");
        assert!(output.status.success(), "{}", told(&output));
    }
}
