//! Passkeys over the wire: what a browser sends and gets, and what the host it names is good for.

use crate::{
    authenticator::Authenticator,
    support::{
        bounded,
        server::{Site, Wharf},
        succeed,
    },
};
use serde_json::{Value, json};

const PASSWORD: &str = "good-enough-for-a-test";
const HOST: &str = "panel.example:8443";

fn server() -> Wharf {
    let mut site = Site::new();
    // Refusals are what this is about.
    site.set("logins.attempts", 1_000);
    let added = site.run(&["person", "add", "anna", "--role", "customer", "--password-stdin"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    site.start()
}

/// Head, in small letters, and body of the answer to a call of the panel as `host`.
fn call(wharf: &Wharf, host: &str, name: &str, body: &Value, cookie: &str) -> (String, String) {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki", "-b", cookie, "-H", "content-type: application/json", "-H"]).arg(format!("host: {host}"));
    curl.arg("-d").arg(body.to_string());
    let text = succeed(curl.arg(format!("https://{}/fn/{name}", wharf.panel())));
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn cookie(head: &str) -> Option<String> {
    let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: __host-wharf="))?;
    for attribute in ["secure", "httponly", "samesite=strict", "path=/"] {
        assert!(line.contains(attribute), "{line} has no {attribute}");
    }
    line.split(';').next().filter(|secret| !secret.is_empty()).map(|secret| format!("__Host-wharf={secret}"))
}

fn status(answer: &(String, String)) -> &str {
    answer.0.split_whitespace().nth(1).unwrap_or_default()
}

fn sign_in_by_password(wharf: &Wharf) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki", "-d"]).arg(format!("login=anna&password={PASSWORD}"));
    cookie(&succeed(curl.arg(format!("https://{}/fn/sign_in", wharf.panel()))).to_lowercase()).unwrap()
}

/// Adds a passkey that is made by a browser at `HOST`.
fn add(wharf: &Wharf, cookie: &str) -> Authenticator {
    let mut device = Authenticator::at(HOST);
    let (_, asked) = call(wharf, HOST, "begin_passkey", &json!({"name": "phone", "password": PASSWORD}), cookie);
    let asked: Value = serde_json::from_str(&asked).unwrap();
    let made = device.make(asked["options"].as_str().unwrap());
    let answer = json!({"ceremony": asked["ceremony"], "answer": made});
    let answer = call(wharf, HOST, "add_passkey", &answer, cookie);
    assert_eq!(status(&answer), "200", "{answer:?}");
    device
}

fn sign_in(wharf: &Wharf, host: &str, device: &mut Authenticator, next: &str) -> (String, String) {
    let (_, asked) = call(wharf, host, "begin_passkey_sign_in", &json!({}), "");
    let asked: Value = serde_json::from_str(&asked).unwrap();
    let shown = device.show(asked["options"].as_str().unwrap());
    let answer = json!({"ceremony": asked["ceremony"], "answer": shown, "replace": false, "next": next});
    call(wharf, host, "passkey_sign_in", &answer, "")
}

#[test]
fn a_passkey_gives_the_same_cookie_as_a_password_and_leads_to_this_panel_alone() {
    let wharf = server();
    let mut device = add(&wharf, &sign_in_by_password(&wharf));
    for (next, expected) in [("/sessions", "/sessions"), ("//evil.example", "/"), ("https://evil.example/", "/")] {
        let answer = sign_in(&wharf, HOST, &mut device, next);
        assert_eq!((status(&answer), &*answer.1), ("200", &*format!("\"{expected}\"")));
        let (_, me) = call(&wharf, HOST, "me", &json!({"active": true}), &cookie(&answer.0).unwrap());
        assert!(me.contains("\"anna\""), "{me}");
    }
}

#[test]
fn refusals_tell_nothing_of_whom_they_refuse() {
    let wharf = server();
    let cookie_of_anna = sign_in_by_password(&wharf);
    let mut device = add(&wharf, &cookie_of_anna);
    let mut stranger = Authenticator::at(HOST);
    stranger.user.clone_from(&device.user);
    let unknown = sign_in(&wharf, HOST, &mut stranger, "/");
    assert_eq!((status(&unknown), cookie(&unknown.0)), ("401", None));
    device.origin = "https://panel.example:9000".into();
    assert_eq!(sign_in(&wharf, "panel.example:9000", &mut device, "/").1, unknown.1, "another port of the host");
    assert_eq!(sign_in(&wharf, HOST, &mut device, "/").1, unknown.1, "another origin");
    device.origin = format!("https://{HOST}");
    let rest = wharf.rest();
    let people = rest.get("/people").body;
    let anna = people["items"].as_array().unwrap().iter().find(|person| person["login"] == "anna").unwrap();
    assert_eq!(anna["passkeys"], 1);
    let path = format!("/people/{}", anna["id"].as_str().unwrap());
    let set = |change: &str| rest.call(&path, &["-X", "PATCH", "-d", change]).body;
    set(r#"{"enabled":false}"#);
    assert_eq!(sign_in(&wharf, HOST, &mut device, "/").1, unknown.1, "disabled");
    set(r#"{"enabled":true}"#);
    assert_eq!(status(&sign_in(&wharf, HOST, &mut device, "/")), "200");
    assert_eq!(set(r#"{"passkeys":false}"#)["person"]["passkeys"], 0);
    assert_eq!(sign_in(&wharf, HOST, &mut device, "/").1, unknown.1, "removed");
}

#[test]
fn by_an_address_or_a_host_that_is_none_no_passkey_is_asked_for() {
    let wharf = server();
    for host in ["127.0.0.1:8443", "[::1]:8443"] {
        let answer = call(&wharf, host, "begin_passkey_sign_in", &json!({}), "");
        assert_eq!(status(&answer), "422", "{host}: {answer:?}");
    }
    let answer = call(
        &wharf,
        HOST,
        "passkey_sign_in",
        &json!({"ceremony": "x", "answer": "{", "replace": true, "next": ""}),
        "",
    );
    assert_eq!(status(&answer), "401");
}
