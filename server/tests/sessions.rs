//! The rows an operator sees over REST, while real clients do something.

use crate::support::{
    Background,
    client::{Client, Curl, Transport},
    noise,
    rest::id,
    server::{LOGIN, Site, Wharf},
};
use serde_json::json;
use std::io::Write;

#[test]
fn a_session_that_rests() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    wire.expect("MKD web", 257);
    wire.expect("CWD web", 250);
    let row = rest.session("in /web", |row| row["cwd"] == "/web");
    insta::assert_json_snapshot!(row, {
        ".id" => "[id]", ".logon_time" => "[time]", ".last_active" => "[time]", ".idle_seconds" => "[seconds]"
    }, @r#"
    {
      "bytes_in": 0,
      "bytes_out": 0,
      "client": null,
      "cwd": "/web",
      "direction": null,
      "domain": "acme.example",
      "done": null,
      "file": null,
      "id": "[id]",
      "idle_seconds": "[seconds]",
      "ip": "127.0.0.1",
      "last_active": "[time]",
      "login": "alice",
      "logon_time": "[time]",
      "node": "test-node",
      "progress": null,
      "protocol": "ftp",
      "secure": false,
      "speed": null,
      "state": "idle",
      "status": "CWD",
      "total": null,
      "type": "web_user"
    }
    "#);
}

#[test]
fn a_session_that_downloads() {
    let server = Wharf::start();
    let rest = server.rest();
    server.write_home(LOGIN, "large file", &noise(1, 16 << 20));
    let mut wire = server.log_in_securely();
    let _data = wire.begin("RETR large file");
    let row = rest.moving("large file");
    let detail = rest.get(&format!("/sessions/{}", id(&row))).body;
    insta::assert_json_snapshot!(detail, {
        ".id" => "[id]", ".account_id" => "[id]", ".domain_id" => "[id]", ".transfers[].id" => "[id]",
        ".logon_time" => "[time]", ".last_active" => "[time]", ".connected" => "[time]", ".transfers[].started" => "[time]",
        ".idle_seconds" => "[seconds]", ".port" => "[port]", ".local" => "[address]", ".encryption" => "[encryption]",
        ".speed" => "[speed]", ".transfers[].speed" => "[speed]", ".done" => "[done]", ".transfers[].done" => "[done]",
        ".bytes_out" => "[done]", ".progress" => "[percent]", ".state" => "[state]"
    }, @r#"
    {
      "account_id": "[id]",
      "bytes_in": 0,
      "bytes_out": "[done]",
      "client": null,
      "connected": "[time]",
      "cwd": "/",
      "direction": "download",
      "domain": "acme.example",
      "domain_id": "[id]",
      "done": "[done]",
      "encryption": "[encryption]",
      "file": "large file",
      "id": "[id]",
      "idle_seconds": "[seconds]",
      "ip": "127.0.0.1",
      "last_active": "[time]",
      "local": "[address]",
      "login": "alice",
      "logon_time": "[time]",
      "node": "test-node",
      "port": "[port]",
      "progress": "[percent]",
      "protocol": "ftp",
      "same_ip": 0,
      "secure": true,
      "speed": "[speed]",
      "state": "[state]",
      "status": "RETR",
      "total": 16777216,
      "transfers": [
        {
          "direction": "download",
          "done": "[done]",
          "id": "[id]",
          "offset": 0,
          "path": "/large file",
          "secure": true,
          "speed": "[speed]",
          "started": "[time]",
          "total": 16777216
        }
      ],
      "type": "web_user"
    }
    "#);
    assert!(detail["encryption"].as_str().unwrap().starts_with("TLS 1.3 "), "{detail}");
    assert!(matches!(detail["state"].as_str(), Some("transferring" | "stalled")), "{detail}");
    assert_eq!(detail["local"], server.ftp().to_string());
    assert_eq!(detail["done"], detail["transfers"][0]["done"]);
}

#[test]
fn a_connection_without_a_login() {
    let server = Wharf::start();
    let rest = server.rest();
    let _wire = server.connect();
    insta::assert_json_snapshot!(rest.sessions()[0], {
        ".id" => "[id]", ".logon_time" => "[time]", ".last_active" => "[time]", ".idle_seconds" => "[seconds]"
    }, @r#"
    {
      "bytes_in": 0,
      "bytes_out": 0,
      "client": null,
      "cwd": null,
      "direction": null,
      "domain": null,
      "done": null,
      "file": null,
      "id": "[id]",
      "idle_seconds": "[seconds]",
      "ip": "127.0.0.1",
      "last_active": "[time]",
      "login": null,
      "logon_time": "[time]",
      "node": "test-node",
      "progress": null,
      "protocol": "ftp",
      "secure": false,
      "speed": null,
      "state": "authenticating",
      "status": "logging in",
      "total": null,
      "type": "none"
    }
    "#);
}

#[test]
fn an_upload_shows_how_far_it_is() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    wire.expect("ALLO 4000000", 200);
    let mut data = wire.begin("STOR file");
    let content = noise(1, 4_000_000);
    for (quarter, percent) in content.chunks(1_000_000).zip([25.0, 50.0, 75.0, 100.0]) {
        data.write_all(quarter).unwrap();
        let row = rest.session("that has received more", |row| row["progress"] == percent);
        assert_eq!((&row["direction"], &row["total"]), (&json!("upload"), &json!(4_000_000)));
        assert_eq!(row["done"], row["bytes_in"]);
    }
    data.finish();
    wire.expect_reply(226);
    let row = rest.session("that rests", |row| row["state"] == "idle");
    assert_eq!((&row["file"], &row["progress"], &row["speed"]), (&json!(null), &json!(null), &json!(null)));
    assert_eq!((&row["bytes_in"], &row["status"]), (&json!(4_000_000), &json!("STOR")));
}

#[test]
fn a_download_shows_how_far_and_how_fast_it_is() {
    let site = Site::with_account();
    site.add_account("slow", &["--download-rate", "1000000"]);
    let server = site.start();
    let rest = server.rest();
    server.write_home("slow", "file", &noise(1, 20_000_000));
    let curl = Curl::new(&server, Transport::Plain).with_login("slow");
    let mut download = Background::start(curl.unbounded().args(["-o", "/dev/null"]).arg(curl.url("file")));
    let first = rest.moving("file");
    let done = |row: &serde_json::Value| row["done"].as_u64().unwrap_or(0);
    let later = rest.session("that has sent more", |row| done(row) > done(&first) && row["speed"].as_u64() > Some(0));
    assert_eq!(later["id"], first["id"]);
    assert!(later["progress"].as_f64() > first["progress"].as_f64(), "{first} {later}");
    assert_eq!((&later["state"], &later["total"]), (&json!("transferring"), &json!(20_000_000)));
    assert!(download.is_running());
}

#[test]
fn a_resumed_transfer_counts_from_its_offset() {
    let server = Wharf::start();
    let rest = server.rest();
    server.write_home(LOGIN, "file", &noise(1, 40_000_000));
    let mut wire = server.log_in();
    wire.expect("REST 20000000", 350);
    let _data = wire.begin("RETR file");
    let row = rest.moving("file");
    assert!(row["done"].as_u64() >= Some(20_000_000) && row["progress"].as_f64() >= Some(50.0), "{row}");
    assert!(row["bytes_out"].as_u64() < Some(20_000_000), "{row}");
}

#[test]
fn tls_shows_from_the_handshake_on_and_the_row_goes_with_the_client() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.connect();
    assert_eq!(rest.sessions()[0]["secure"], false);
    wire.secure(&server.certificate());
    assert_eq!(rest.sessions()[0]["secure"], true);
    drop(wire);
    rest.until_empty();
}

#[test]
fn texts_of_a_client_are_shown_without_what_could_mislead() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    wire.expect("MKD <b>\u{202e}gpj.exe", 257);
    wire.expect("CWD <b>\u{202e}gpj.exe", 250);
    rest.session("in the directory", |row| row["cwd"] == "/<b>\u{fffd}gpj.exe");
}

#[test]
fn lists_are_paged() {
    let server = Wharf::start();
    let rest = server.rest();
    let sessions: Vec<_> = (0..3).map(|_| server.log_in()).collect();
    let all = rest.sessions();
    assert_eq!(all.len(), sessions.len());
    let page = rest.get("/sessions?limit=1&offset=1").body;
    assert_eq!(page, json!({ "items": [all[1]], "total": 3 }));
    assert_eq!(rest.get("/sessions?limit=10001").status, 400);
    assert_eq!(rest.get("/sessions?colour=red").status, 400);
}
