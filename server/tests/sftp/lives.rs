//! The life of a connection: its row, its log, its time limits, and the ways it ends.

use crate::support::{
    Background, PATIENCE,
    rest::{Rest, id},
    server::{LOGIN, PASSWORD, Site, Wharf},
    ssh::{openssh_with_password, paramiko},
    told,
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
};

/// A client that is logged in and does nothing. What it says goes to a file.
fn idle_client(server: &Wharf) -> Background {
    let mut ssh = openssh_with_password("ssh", server, PASSWORD, &["PreferredAuthentications=password"]);
    let said = File::create(server.local("said")).unwrap();
    Background::start(ssh.args(["-N", "-l", LOGIN, "127.0.0.1"]).stdout(Stdio::null()).stderr(said))
}

fn logged_in(rest: &Rest) -> Value {
    rest.session("that is logged in", |row| row["login"] == LOGIN)
}

fn said(server: &Wharf) -> String {
    fs::read_to_string(server.local("said")).unwrap()
}

#[test]
fn a_session_has_a_row_and_a_log() {
    let server = Site::with_sftp().start();
    let rest = server.rest();
    let _client = idle_client(&server);
    let row = logged_in(&rest);
    assert_eq!(row["status"], "logged in");
    assert_eq!((&row["protocol"], &row["secure"]), (&json!("sftp"), &json!(true)));
    assert!(row["client"].as_str().unwrap().starts_with("OpenSSH "), "{row}");
    let detail = rest.get(&format!("/sessions/{}", id(&row))).body;
    let encryption = detail["encryption"].as_str().unwrap();
    assert!(encryption.starts_with("SSH, ") && encryption.contains("25519") && encryption.contains("@openssh.com"));
    let log = rest.get(&format!("/sessions/{}/log", id(&row))).body;
    let lines: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    for part in [
        "connected from",
        "client: SSH-2.0-OpenSSH",
        "encryption: SSH, ",
        "accepted for alice: password",
        "logged in as",
    ] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}: {lines:#?}");
    }
    assert!(!log.to_string().contains("horse"), "the password is in the log");
}

#[test]
fn a_kick_is_told_with_its_text_within_a_second() {
    let server = Site::with_sftp().start();
    let rest = server.rest();
    let mut client = idle_client(&server);
    let row = logged_in(&rest);
    rest.kick(&row, &json!({"message": "back at noon"}));
    assert!(!client.wait().success());
    rest.until_empty();
    let said = said(&server);
    assert!(said.contains("back at noon - Session closed by administrator"), "{said}");
}

#[test]
fn a_ban_ends_sessions_and_keeps_the_address_out() {
    let mut site = Site::with_sftp();
    site.set("bans.never", toml::Value::Array(Vec::new()));
    let server = site.start();
    let rest = server.rest();
    let mut client = idle_client(&server);
    rest.kick(&logged_in(&rest), &json!({"action": "ban", "minutes": 5, "confirm_own_address": true}));
    assert!(!client.wait().success());
    let mut refused = String::new();
    TcpStream::connect(server.sftp()).unwrap().read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("Not allowed: your address is banned"), "{refused}");
}

#[test]
fn who_does_not_log_in_in_time_is_sent_away() {
    let mut site = Site::with_sftp();
    site.set("sftp.login_seconds", 1);
    let server = site.start();
    // One that says nothing at all, and one that stops before the login.
    let mut silent = TcpStream::connect(server.sftp()).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut greeting = Vec::new();
    silent.read_to_end(&mut greeting).unwrap();
    assert_eq!(greeting, b"SSH-2.0-Wharf\r\n");
    let script = "
end = time.time() + 30
while transport.is_active() and time.time() < end:
    time.sleep(0.05)
print(transport.is_active())
";
    assert_eq!(paramiko(&server, script, &[]), "False\n");
    server.rest().until_empty();
}

#[test]
fn who_is_logged_in_may_idle_for_longer_but_not_for_ever() {
    let mut site = Site::with_sftp();
    site.set("sftp.login_seconds", 3).set("sftp.idle_seconds", 4);
    let server = site.start();
    let mut client = idle_client(&server);
    assert!(!client.wait().success());
    let said = said(&server);
    assert!(said.contains("No request for 4 seconds"), "{said}");
}

#[test]
fn connections_that_are_not_logged_in_are_counted() {
    let mut site = Site::with_sftp();
    site.set("limits.unauthenticated_per_ip", 2);
    let server = site.start();
    let rest = server.rest();
    let _idle = idle_client(&server);
    logged_in(&rest);
    let _waiting = [(); 2].map(|()| {
        let mut stream = TcpStream::connect(server.sftp()).unwrap();
        stream.read_exact(&mut [0; 15]).unwrap();
        stream
    });
    let mut refused = String::new();
    TcpStream::connect(server.sftp()).unwrap().read_to_string(&mut refused).unwrap();
    assert_eq!(refused, "Not allowed: too many sessions from your address\r\n");
}

#[test]
fn a_server_that_stops_says_goodbye() {
    let mut server = Site::with_sftp().start();
    let rest = server.rest();
    let mut client = idle_client(&server);
    logged_in(&rest);
    server.terminate();
    assert!(!client.wait().success());
    assert_eq!(server.wait().code(), Some(0));
    assert!(said(&server).contains("Server is shutting down"), "{}", said(&server));
}

#[test]
fn a_client_behind_a_proxy_is_known_by_its_own_address() {
    let mut site = Site::with_sftp();
    site.set("sftp.proxy_protocol_from", toml::Value::Array(vec!["127.0.0.1".into()]));
    let server = site.start();
    let rest = server.rest();
    let mut stream = TcpStream::connect(server.sftp()).unwrap();
    stream.write_all(b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 22\r\n").unwrap();
    stream.read_exact(&mut [0; 15]).unwrap();
    assert_eq!(rest.session("from the proxy", |row| row["protocol"] == "sftp")["ip"], "192.0.2.7");
}

#[test]
fn limits_of_the_account_hold_and_are_told() {
    let site = Site::with_sftp();
    site.add_account("one", &["--sessions", "1"]);
    let server = site.start();
    let mut wire = server.connect();
    wire.log_in("one");
    let mut ssh = openssh_with_password("ssh", &server, PASSWORD, &["PreferredAuthentications=password"]);
    let output = ssh.args(["-N", "-l", "one", "127.0.0.1"]).output().unwrap();
    assert!(told(&output).contains("too many sessions of this account"), "{}", told(&output));
}
