//! Webhooks: a real receiver is told what real clients and operators do.

use crate::support::{
    client::{Client, Curl, Transport},
    eventually,
    receiver::{Answer, Delivered, Receiver},
    rest::Rest,
    server::{LOGIN, Site, Wharf, make_certificate, text},
    told,
};
use serde_json::{Value, json};

/// A server that may tell this machine, and does not wait long.
fn site() -> Site {
    let mut site = Site::with_account();
    site.set("webhooks.allowed", "127.0.0.1").set("webhooks.retry_seconds", 1).set("webhooks.timeout_seconds", 1);
    site.set("shutdown.grace_seconds", 0);
    site
}

/// Makes a webhook; its id and secret.
fn add(rest: &Rest, url: &str, events: &[&str]) -> (String, String) {
    let added = rest.post("/webhooks", &json!({ "url": url, "events": events }));
    assert_eq!(added.status, 201, "{added:?}");
    let text = |name: &str| added.body[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

fn deliveries(rest: &Rest, webhook: &str) -> Vec<Value> {
    rest.get(&format!("/webhooks/{webhook}/deliveries")).body["items"].as_array().unwrap().clone()
}

/// Waits until the newest delivery looks like this.
fn delivery(rest: &Rest, webhook: &str, like: impl Fn(&Value) -> bool) -> Value {
    eventually("a delivery is as expected", || deliveries(rest, webhook).into_iter().next().filter(&like))
}

#[test]
fn every_event_arrives_signed() {
    let server = site().start();
    let (rest, receiver) = (server.rest(), Receiver::start(&[]));
    let (webhook, secret) = add(&rest, &receiver.url(), &[]);

    let mut wire = server.connect();
    wire.expect("USER <b>nobody", 331);
    wire.expect("PASS wrong", 530);
    let failed = receiver.wait_for_kind("login.failed").json()["data"].clone();
    assert_eq!(failed, json!({"login": "<b>nobody", "ip": "127.0.0.1", "protocol": "ftp", "panel": false}));

    wire.log_in(LOGIN);
    let opened = receiver.wait_for_kind("session.opened").json()["data"]["session"].clone();
    let row = rest.session("of alice", |row| row["login"] == LOGIN);
    assert_eq!((&opened["id"], &opened["login"], &opened["domain"]), (&row["id"], &row["login"], &row["domain"]));

    wire.transmit("STOR \u{fc}ber file", b"twelve bytes");
    let done = receiver.wait_for_kind("transfer.done").json()["data"]["transfer"].clone();
    let facts = ["path", "direction", "bytes", "complete"].map(|name| done[name].clone());
    assert_eq!(facts, [json!("/\u{fc}ber file"), json!("upload"), json!(12), json!(true)]);

    wire.expect("SITE MSG =help \"me\"", 200);
    assert_eq!(receiver.wait_for_kind("message.received").json()["data"]["message"]["text"], "=help \"me\"");

    rest.kick(&row, &json!({"action": "ban", "address": "192.0.2.7", "reason": "why not"}));
    let kicked = receiver.wait_for_kind("session.kicked").json()["data"].clone();
    assert_eq!((&kicked["session"]["id"], &kicked["reason"]), (&row["id"], &json!("why not")));
    let banned = receiver.wait_for_kind("address.banned").json()["data"].clone();
    assert_eq!((&banned["address"], &banned["origin"]), (&json!("192.0.2.7"), &json!("kick")));
    let closed = receiver.wait_for_kind("session.closed").json()["data"].clone();
    assert_eq!((&closed["session"]["id"], &closed["bytes_in"]), (&row["id"], &json!(12)));

    for got in receiver.got() {
        assert!(got.is_genuine(&secret), "{got:?}");
        let mut forged = got.clone();
        forged.body = got.body.replace("ftp", "FTP").replace("192.0.2.7", "192.0.2.8");
        assert!(forged.body == got.body || !forged.is_genuine(&secret), "{forged:?}");
        assert_eq!(got.headers["content-type"], "application/json");
    }
    // Shown once: nobody gets it again.
    let listed = rest.get("/webhooks").body.to_string();
    assert!(
        listed.contains(&webhook) && !listed.contains(&secret) && !listed.contains(secret.trim_start_matches("whsec_"))
    );
}

#[test]
fn a_cut_transfer_is_told_as_such_and_blocks_and_throttles_are_bans() {
    let mut site = site();
    site.set("logins.attempts", 2).set("bans.never", "192.0.2.250");
    let server = site.start();
    let (rest, receiver) = (server.rest(), Receiver::start(&[]));
    add(&rest, &receiver.url(), &["transfer.done", "address.banned"]);
    let mut wire = server.log_in();
    let _data = wire.begin("STOR half");
    let row = rest.session("that uploads", |row| row["file"] == "half");
    assert_eq!(rest.abort(&row), 1);
    assert_eq!(receiver.wait_for_kind("transfer.done").json()["data"]["transfer"]["complete"], false);
    rest.kick(&row, &json!({"action": "block", "address": "192.0.2.9"}));
    let blocked = receiver.wait_for_kind("address.banned").json()["data"].clone();
    assert_eq!((&blocked["origin"], &blocked["until"]), (&json!("block"), &Value::Null));
    for _ in 0..2 {
        let mut wire = server.connect();
        wire.expect("USER alice", 331);
        wire.expect("PASS wrong", 530);
    }
    let throttled = |got: &crate::support::receiver::Delivered| got.json()["data"]["origin"] == "throttle";
    let got = eventually("the throttle is told", || receiver.got().into_iter().find(throttled));
    assert_eq!(got.json()["data"]["address"], "127.0.0.1");
    let kinds: Vec<_> = receiver.got().iter().map(Delivered::kind).collect();
    assert_eq!(kinds, ["transfer.done", "address.banned", "address.banned"], "nothing else was asked for");
}

#[test]
fn what_does_not_arrive_is_sent_again_the_same() {
    let server = site().start();
    let rest = server.rest();
    let receiver = Receiver::start(&[Answer::Status(500), Answer::Silence, Answer::Status(429)]);
    let (webhook, secret) = add(&rest, &receiver.url(), &["session.opened"]);
    let _wire = server.log_in();
    let got = receiver.wait_for(2);
    assert_eq!((got[0].id(), &got[0].body), (got[1].id(), &got[1].body));
    let waiting = delivery(&rest, &webhook, |delivery| delivery["attempts"] == 2);
    assert_eq!((&waiting["state"], &waiting["last"]["error"]), (&json!("waiting"), &json!("no answer in time")));
    let listed = rest.get("/webhooks").body["items"][0].clone();
    assert_eq!(listed["waiting"], 1);
    assert!(listed["failing_since"].is_i64(), "{listed}");
    assert!(got.iter().all(|got| got.is_genuine(&secret)), "{got:?}");
}

#[test]
fn a_crash_loses_nothing_that_was_stored() {
    let receiver = Receiver::start(&[Answer::Status(500)]);
    let mut server = site().start();
    let (webhook, _) = add(&server.rest(), &receiver.url(), &["session.opened"]);
    let wire = server.log_in();
    receiver.wait_for(1);
    drop(wire);
    server.crash_and_restart();
    let got = receiver.wait_for(2);
    assert_eq!(got[0].id(), got[1].id());
    delivery(&server.rest(), &webhook, |delivery| delivery["state"] == "delivered");
}

#[test]
fn a_stop_stores_the_last_events() {
    let receiver = Receiver::start(&[]);
    let mut server = site().start();
    add(&server.rest(), &receiver.url(), &["session.closed"]);
    let _wire = server.log_in();
    server.terminate();
    assert!(server.wait().success());
    server.start_again();
    assert_eq!(receiver.wait_for_kind("session.closed").json()["data"]["why"], "server stopped");
}

#[test]
fn only_the_internet_is_told_unless_the_configuration_allows_more() {
    let mut site = site();
    site.set("webhooks.allowed", "192.0.2.1");
    let server = site.start();
    let (rest, receiver) = (server.rest(), Receiver::start(&[]));
    let port = receiver.port();
    let refused = |url: &str| {
        let answer = rest.post("/webhooks", &json!({ "url": url }));
        assert_eq!(answer.status, 422, "{url}: {answer:?}");
    };
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"] {
        refused(&format!("http://{host}:{port}/hook?who=wharf"));
    }
    for url in ["", "hook", "ftp://example.com/", "file:///etc/passwd", "https://", "https://user:pass@example.com/"] {
        refused(url);
    }
    // Names, and what only the resolver takes for an address, are looked up when it counts.
    for host in ["localhost", "127.1", "2130706433"] {
        let (webhook, _) = add(&rest, &format!("http://{host}:{port}/hook?who=wharf"), &[]);
        assert_eq!(rest.post(&format!("/webhooks/{webhook}/test"), &json!({})).status, 202);
        let failed = delivery(&rest, &webhook, |delivery| delivery["attempts"].as_u64() >= Some(1));
        let error = failed["last"]["error"].as_str().unwrap();
        assert!(error.contains("not on the internet") || error.contains("not found"), "{host}: {error}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[test]
fn redirects_lead_nowhere() {
    let server = site().start();
    let (rest, elsewhere) = (server.rest(), Receiver::start(&[]));
    let receiver = Receiver::start(&[Answer::Redirect(elsewhere.port())]);
    let (webhook, _) = add(&rest, &receiver.url(), &[]);
    assert_eq!(rest.post(&format!("/webhooks/{webhook}/test"), &json!({})).status, 202);
    let failed = delivery(&rest, &webhook, |delivery| delivery["last"]["status"] == 307);
    assert_eq!(failed["state"], "waiting");
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_slow_receiver_holds_up_nobody_else() {
    let mut site = site();
    site.set("webhooks.timeout_seconds", 60);
    let server = site.start();
    let (rest, slow, quick) = (server.rest(), Receiver::start(&[Answer::Silence; 64]), Receiver::start(&[]));
    add(&rest, &slow.url(), &["session.opened"]);
    add(&rest, &quick.url(), &["session.opened"]);
    for _ in 0..12 {
        server.log_in();
    }
    quick.wait_for(12);
    slow.wait_for(8);
    assert_eq!(slow.connections(), 8, "more at once than is promised");
}

#[test]
fn a_webhook_that_is_gone_or_removed_is_told_nothing_more() {
    let server = site().start();
    let (rest, receiver, other) = (server.rest(), Receiver::start(&[Answer::Status(410)]), Receiver::start(&[]));
    let (gone, _) = add(&rest, &receiver.url(), &["session.opened"]);
    let (removed, _) = add(&rest, &other.url(), &["session.opened"]);
    let of_gone = || {
        let items = rest.get("/webhooks").body["items"].as_array().unwrap().clone();
        items.into_iter().find(|webhook| webhook["id"] == gone.as_str()).unwrap()
    };
    let _wire = server.log_in();
    other.wait_for(1);
    eventually("it is switched off", || (of_gone()["enabled"] == false).then_some(()));
    let path = format!("/webhooks/{removed}");
    assert_eq!(rest.call(&path, &["-X", "DELETE"]).status, 204);
    assert_eq!(rest.call(&path, &["-X", "DELETE"]).status, 404);
    let _wire = server.log_in();
    let path = format!("/webhooks/{gone}");
    assert_eq!(rest.post(&format!("{path}/test"), &json!({})).status, 422);
    assert_eq!(rest.call(&path, &["-X", "PUT", "-d", r#"{"enabled":true}"#]).status, 204);
    // What waited comes again; what happened while it was off does not.
    delivery(&rest, &gone, |delivery| delivery["state"] == "delivered");
    assert_eq!((receiver.got().len(), other.got().len()), (2, 1));
    let actions: Vec<_> = rest.get("/audit?action=webhook").body["items"].as_array().unwrap().clone();
    let actions: Vec<_> = actions.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = ["webhook.change", "webhook.remove", "webhook.switched_off", "webhook.add", "webhook.add"];
    assert_eq!(actions, expected);
}

#[test]
fn only_administrators_know_of_webhooks() {
    let server = Wharf::start();
    let rest = Rest::new(server.panel(), Some(server.add_token("eyes", "auditor")));
    let nothing = "/webhooks/01980000-0000-7000-8000-000000000000";
    for answer in [
        rest.get("/webhooks"),
        rest.post("/webhooks", &json!({ "url": "https://example.com/" })),
        rest.post(&format!("{nothing}/test"), &json!({})),
        rest.get(&format!("{nothing}/deliveries")),
        rest.call(nothing, &["-X", "DELETE"]),
        rest.call(nothing, &["-X", "PUT", "-d", r#"{"enabled":true}"#]),
    ] {
        assert_eq!(answer.status, 403, "{answer:?}");
    }
}

#[test]
fn the_command_line_makes_tests_and_removes_webhooks_over_tls() {
    let site = site();
    let (certificate, key) = make_certificate(&site, "receiver");
    let receiver = Receiver::start_securely(&certificate, &key);
    let url = format!("https://127.0.0.1:{}/hook?who=wharf", receiver.port());
    let added = site.run(&["webhook", "add", &url, "--events", "session.opened"], "");
    assert!(added.status.success(), "{}", told(&added));
    let secret = String::from_utf8(added.stdout).unwrap();
    let listed = site.run(&["webhook", "list"], "");
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains(&url) && listed.contains("never tried"), "{listed}");
    let webhook = listed.split('\t').next().unwrap();
    let test =
        |trusted: &str| site.wharf(&["webhook", "test", webhook]).env("SSL_CERT_FILE", trusted).output().unwrap();

    let distrusted = test(&text(&make_certificate(&site, "other").0));
    assert!(!distrusted.status.success() && told(&distrusted).contains("TLS failed"), "{}", told(&distrusted));
    let arrived = test(&text(&certificate));
    assert!(arrived.status.success() && told(&arrived).starts_with("204"), "{}", told(&arrived));
    assert!(receiver.got()[0].is_genuine(secret.trim()));

    // A server that is started finds it and uses it.
    let mut command = site.wharf(&["serve"]);
    command.env("SSL_CERT_FILE", &certificate);
    let server = site.start_by(command);
    Curl::log_in(&server, Transport::Plain, LOGIN).list("");
    receiver.wait_for_kind("session.opened");
    let removed = server.run(&["webhook", "remove", webhook], "");
    assert!(removed.status.success(), "{}", told(&removed));
    assert_eq!(server.rest().get("/webhooks").body["total"], 0);
}
