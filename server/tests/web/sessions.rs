//! Signed in over HTTP: a session from sign-in to sign-out.

use super::{Browser, ask, try_sign_in};
use crate::support::{
    rest::id,
    server::{LOGIN, PASSWORD, Site},
};
use serde_json::json;

#[test]
fn a_browser_is_a_session_from_sign_in_to_sign_out() {
    let server = Site::with_web().start();
    let rest = server.rest();
    let browser = Browser::sign_in(&server);
    let row = rest.session("of the browser", |row| row["protocol"] == "http");
    assert_eq!((&row["login"], &row["secure"]), (&json!(LOGIN), &json!(true)));
    assert_eq!(row["client"], "curl 7".replace('7', row["client"].as_str().unwrap().split(' ').nth(1).unwrap()));
    assert_eq!(browser.call(&server, "sign_out", &json!({})).status, 200);
    rest.until_empty();
    assert_eq!(browser.ask(&server, "/files/x", &[]).status, 401);
    let log = rest.get(&format!("/sessions/{}/log", id(&row))).body.to_string();
    assert!(log.contains("signed out"), "{log}");
}

#[test]
fn a_wrong_password_an_unknown_name_and_a_disabled_account_look_the_same() {
    let site = Site::with_web();
    site.add_account("off", &[]);
    let server = site.start();
    let rest = server.rest();
    let accounts = rest.get("/accounts").body;
    let off = accounts["items"].as_array().unwrap().iter().find(|account| account["login"] == "off").unwrap();
    rest.patch(&format!("/accounts/{}", off["id"].as_str().unwrap()), &json!({"enabled": false}));
    let wrong = try_sign_in(&server, LOGIN, "wrong", "");
    assert!(wrong.status >= 400 && wrong.header("set-cookie").is_none());
    for (login, password) in [("nobody", PASSWORD), ("off", PASSWORD), ("", ""), ("a\0b", "c")] {
        let answer = try_sign_in(&server, login, password, "");
        assert_eq!((answer.status, answer.text()), (wrong.status, wrong.text()), "{login}");
    }
}

#[test]
fn a_kicked_browser_is_out_and_learns_why() {
    let server = Site::with_web().start();
    let rest = server.rest();
    let browser = Browser::sign_in(&server);
    let row = rest.session("of the browser", |row| row["protocol"] == "http");
    rest.kick(&row, &json!({"action": "disconnect", "message": "Maintenance until nine"}));
    rest.until_empty();
    assert_eq!(browser.ask(&server, "/files/x", &[]).status, 401);
    assert!(browser.ask(&server, "/", &[]).text().contains("Maintenance until nine"));
}

#[test]
fn a_ban_ends_the_session_and_lets_none_begin() {
    let mut site = Site::with_web();
    site.set("bans.never", toml::Value::Array(Vec::new()));
    let server = site.start();
    let rest = server.rest();
    Browser::sign_in(&server);
    let row = rest.session("of the browser", |row| row["protocol"] == "http");
    rest.kick(&row, &json!({"action": "ban", "minutes": 5, "scope": "server", "confirm_own_address": true}));
    rest.until_empty();
    let refused = try_sign_in(&server, LOGIN, PASSWORD, "");
    assert!(refused.status >= 400 && refused.text().contains("banned"), "{}", refused.text());
}

#[test]
fn the_panel_and_the_file_client_have_nothing_in_common() {
    let server = Site::with_web().start();
    assert_eq!(ask(&server, "/api/v1/sessions", &[]).status, 404);
    let function = ["-X", "POST", "-H", "content-type: application/json", "-d", "{}"];
    assert_eq!(ask(&server, "/fn/sign_out", &function).status, 404);
    let panel = super::bounded("curl")
        .args(["-q", "-sSk", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(function)
        .arg(format!("https://{}/do/whoami", server.panel()))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&panel.stdout), "404");
}

#[test]
fn caps_hold_over_http_as_well() {
    let site = Site::with_web();
    site.add_account("two", &["--sessions", "2"]);
    let server = site.start();
    let _first = Browser::sign_in_as(&server, "two");
    let _second = Browser::sign_in_as(&server, "two");
    let third = try_sign_in(&server, "two", PASSWORD, "");
    assert!(third.status >= 400 && third.text().contains("as many sessions as it may have"), "{}", third.text());
}
