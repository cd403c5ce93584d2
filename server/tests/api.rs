//! The REST interface itself: who may use it, how it refuses, and whether its description is true.

use crate::support::{
    rest::{Answer, Rest, id},
    server::Wharf,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOBODY: &str = "/sessions/01980000-0000-7000-8000-000000000000";

/// A refusal is a problem document with its own status in it.
#[track_caller]
fn assert_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.content_type, "application/problem+json");
    assert_eq!((&answer.body["type"], &answer.body["status"]), (&json!("about:blank"), &json!(status)));
    for text in ["title", "detail"] {
        assert!(!answer.body[text].as_str().unwrap().is_empty(), "{answer:?}");
    }
}

#[test]
fn without_a_good_token_nothing_is_told() {
    let server = Wharf::start();
    server.add_token("good", "administrator");
    let session = server.log_in();
    for token in [None, Some("wrong"), Some(""), Some("wharf_0000000000000000000000000000000000000000000")] {
        let rest = Rest::new(server.panel(), token.map(str::to_owned));
        for path in ["/sessions", NOBODY] {
            assert_problem(&rest.get(path), 401);
        }
        for path in [format!("{NOBODY}/kick"), format!("{NOBODY}/abort")] {
            assert_problem(&rest.post(&path, &json!({})), 401);
        }
    }
    drop(session);
}

#[test]
fn a_good_token_works_in_its_header_only() {
    let server = Wharf::start();
    let token = server.add_token("good", "administrator");
    let rest = Rest::new(server.panel(), None);
    assert_eq!(rest.get(&format!("/sessions?access_token={token}")).status, 401);
    let header = format!("authorization: bearer {token}");
    assert_eq!(rest.call("/sessions", &["-H", &header]).status, 200);
    let basic = format!("authorization: Basic {token}");
    assert_eq!(rest.call("/sessions", &["-H", &basic]).status, 401);
}

#[test]
fn an_auditor_looks_and_does_not_touch() {
    let server = Wharf::start();
    let rest = Rest::new(server.panel(), Some(server.add_token("eyes", "auditor")));
    let mut wire = server.log_in();
    let row = &rest.sessions()[0];
    assert_eq!(rest.get(&format!("/sessions/{}", id(row))).status, 200);
    assert_problem(&rest.post(&format!("/sessions/{}/kick", id(row)), &json!({})), 403);
    assert_problem(&rest.post(&format!("/sessions/{}/abort", id(row)), &json!({})), 403);
    // Also for a session that is not there: the right comes first.
    assert_problem(&rest.post(&format!("{NOBODY}/kick"), &json!({})), 403);
    wire.expect("PWD", 257);
}

#[test]
fn what_is_not_there_is_not_found() {
    let server = Wharf::start();
    let rest = server.rest();
    for path in [NOBODY, "/sessions/not-an-id", "/sessions/%00", "/nothing"] {
        assert_problem(&rest.get(path), 404);
    }
    for path in [format!("{NOBODY}/kick"), format!("{NOBODY}/abort"), "/sessions/x/kick".to_owned()] {
        assert_problem(&rest.post(&path, &json!({})), 404);
    }
    assert_problem(&rest.post("/sessions", &json!({})), 405);
    assert_problem(&rest.call("/sessions", &["-X", "DELETE"]), 405);
    assert_problem(&rest.get(&format!("{NOBODY}/kick")), 405);
}

#[test]
fn a_kick_that_cannot_be_carried_out_whole_is_refused_whole() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    let path = format!("/sessions/{}/kick", id(&rest.sessions()[0]));
    for order in [
        // The session's address is this machine's own.
        json!({ "action": "ban" }),
        json!({ "action": "block", "scope": "domain", "disable_account": true }),
        json!({ "action": "ban", "address": "example.org" }),
        json!({ "action": "explode" }),
        json!({ "scope": "galaxy" }),
        json!({ "minutes": 0 }),
        json!({ "minutes": "30" }),
        json!({ "colour": "red" }),
        json!([]),
        json!("disconnect"),
    ] {
        assert_problem(&rest.post(&path, &order), 422);
    }
    assert_problem(&rest.post_text(&path, "{"), 422);
    wire.expect("PWD", 257);
    // An empty order is a disconnect.
    assert_eq!(rest.post_text(&path, "").status, 200);
    wire.expect_reply(421);
}

#[test]
fn an_order_that_is_too_large_is_refused() {
    let server = Wharf::start();
    let rest = server.rest();
    let file = server.write_local("order", format!("{{\"message\":\"{}\"}}", "x".repeat(200_000)).as_bytes());
    // HTTP/1.1, because the server does not wait for the rest of such a body.
    let data = format!("@{}", file.display());
    let answer = rest.call(&format!("{NOBODY}/kick"), &["--http1.1", "-X", "POST", "-d", &data]);
    assert_problem(&answer, 413);
}

/// The members an object of the description has to have, with those of the schemas it includes.
fn required(document: &Value, schema: &str) -> BTreeSet<String> {
    let schema = &document["components"]["schemas"][schema];
    let properties: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let required =
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(properties, required, "every member is always there");
    required
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_description_has_every_route() {
    let server = Wharf::start();
    let document = Rest::new(server.panel(), None).get("/openapi.json");
    assert_eq!((document.status, document.content_type.as_str()), (200, "application/json"));
    let document = document.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()));
        routes.extend(methods.map(|method| format!("{method} {path}")));
    }
    let expected = [
        "delete /accounts/{id}",
        "delete /accounts/{id}/links/{link}",
        "delete /accounts/{id}/ssh-keys/{key}",
        "delete /bans/{id}",
        "delete /deletions/{id}",
        "delete /domains/{id}",
        "delete /panel-sessions/{id}",
        "delete /people/{id}",
        "delete /rules/{id}",
        "delete /sessions/{id}/messages",
        "delete /tokens/{id}",
        "delete /webhooks/{id}",
        "get /accounts",
        "get /accounts/{id}",
        "get /accounts/{id}/links",
        "get /accounts/{id}/ssh-keys",
        "get /audit",
        "get /audit.csv",
        "get /bans",
        "get /deletions",
        "get /domains",
        "get /domains/{id}",
        "get /domains/{id}/anonymous",
        "get /domains/{id}/limits",
        "get /domains/{id}/users",
        "get /limits",
        "get /openapi.json",
        "get /panel-sessions",
        "get /panel-settings",
        "get /people",
        "get /people/{id}",
        "get /people/{id}/limits",
        "get /rules",
        "get /sessions",
        "get /sessions/ended",
        "get /sessions/{id}",
        "get /sessions/{id}/log",
        "get /sessions/{id}/messages",
        "get /tokens",
        "get /webhooks",
        "get /webhooks/{id}/deliveries",
        "patch /accounts/{id}",
        "patch /domains/{id}",
        "patch /people/{id}",
        "post /accounts",
        "post /accounts/{id}/ssh-keys",
        "post /bans",
        "post /broadcast",
        "post /deletions/{id}/restore",
        "post /domains",
        "post /domains/{id}/users/test",
        "post /people",
        "post /rules",
        "post /sessions/kick-all",
        "post /sessions/{id}/abort",
        "post /sessions/{id}/kick",
        "post /sessions/{id}/messages",
        "post /undo",
        "post /webhooks",
        "post /webhooks/{id}/test",
        "put /domains/{id}/anonymous",
        "put /domains/{id}/limits",
        "put /domains/{id}/users",
        "put /limits",
        "put /panel-settings",
        "put /people/{id}/limits",
        "put /rules/{id}",
        "put /webhooks/{id}",
    ];
    assert_eq!(routes, expected.map(str::to_owned).into());
}

#[test]
fn the_description_has_every_member() {
    let server = Wharf::start();
    let rest = server.rest();
    let document = rest.get("/openapi.json").body;
    let mut wire = server.log_in();
    let _data = wire.begin("STOR file");
    let row = rest.session("that uploads", |row| row["file"] == "file");
    assert_eq!(keys(&row), required(&document, "Session"));
    let detail = rest.get(&format!("/sessions/{}", id(&row))).body;
    let of_detail: BTreeSet<_> =
        required(&document, "Session").union(&required(&document, "SessionDetail")).cloned().collect();
    assert_eq!(keys(&detail), of_detail);
    assert_eq!(keys(&detail["transfers"][0]), required(&document, "Transfer"));
    let refusal = rest.get("/nothing").body;
    assert_eq!(keys(&refusal), required(&document, "Problem"));
    let message = rest.post(&format!("/sessions/{}/messages", id(&row)), &json!({ "text": "hello" })).body;
    assert_eq!(keys(&message), required(&document, "Message"));
    let broadcast = rest.post("/broadcast", &json!({ "text": "hello", "filter": { "anonymous": true } })).body;
    assert_eq!(keys(&broadcast), required(&document, "Broadcast"));
    let order = json!({ "disable_account": true, "action": "ban", "address": "192.0.2.1" });
    let receipt = rest.post(&format!("/sessions/{}/kick", id(&row)), &order).body;
    assert_eq!(keys(&receipt), required(&document, "Receipt"));
    assert_eq!(receipt["effects"].as_array().unwrap().len(), 2);
    let rule = json!({ "action": "deny", "address": "192.0.2.0/24" });
    assert_eq!(keys(&rest.post("/rules", &rule).body), required(&document, "Change"));
    assert_eq!(keys(&rest.get("/bans").body["items"][0]), required(&document, "Ban"));
    let list = rest.get("/rules").body["items"][0].clone();
    assert_eq!(keys(&list), required(&document, "RuleList"));
    assert_eq!(keys(&list["rules"][0]), required(&document, "Rule"));
    assert_eq!(keys(&rest.get("/audit").body["items"][0]), required(&document, "AuditEntry"));
    let account = rest.get("/accounts").body["items"][0].clone();
    assert_eq!(keys(&account), required(&document, "Account"));
    let key =
        json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti" });
    let key = rest.post(&format!("/accounts/{}/ssh-keys", id(&account)), &key).body;
    assert_eq!(keys(&key), required(&document, "SshKey"));
    let order = json!({ "login": "bob", "role": "customer", "password": "good enough" });
    let person = rest.post("/people", &order).body;
    assert_eq!(keys(&person), required(&document, "Person"));
    assert_eq!(keys(&rest.get("/tokens").body["items"][0]), required(&document, "Token"));
    let settings = rest.get("/panel-settings").body;
    assert_eq!(keys(&settings), required(&document, "PanelSettings"));
    let webhook = rest.post("/webhooks", &json!({ "url": "https://wharf.invalid/" })).body;
    rest.post(&format!("/webhooks/{}/test", id(&webhook)), &json!({}));
    assert_eq!(keys(&rest.get("/webhooks").body["items"][0]), required(&document, "Webhook"));
    let deliveries = rest.get(&format!("/webhooks/{}/deliveries", id(&webhook))).body;
    assert_eq!(keys(&deliveries["items"][0]), required(&document, "Delivery"));
    let log = rest.get(&format!("/sessions/{}/log", id(&row))).body;
    assert_eq!(keys(&log), required(&document, "Log"));
    assert_eq!(keys(&log["items"][0]), required(&document, "LogLine"));
    rest.until_empty();
    let ended = keys(&rest.get("/sessions/ended").body["items"][0]);
    let described: BTreeSet<_> = required(&document, "Ended").into_iter().collect();
    assert!(described.is_subset(&ended), "{ended:?}");
}

#[test]
fn what_is_told_of_accounts_domains_and_deletions_is_described() {
    let server = Wharf::start();
    let rest = server.rest();
    let document = rest.get("/openapi.json").body;
    let account = rest.get("/accounts").body["items"][0].clone();
    let detail = rest.get(&format!("/accounts/{}", id(&account))).body;
    let of_detail: BTreeSet<_> =
        required(&document, "Account").union(&required(&document, "AccountFacts")).cloned().collect();
    assert_eq!(keys(&detail), of_detail);
    assert_eq!(keys(&detail["permissions"]), required(&document, "Permissions"));
    let domain = rest.get("/domains").body["items"][0].clone();
    assert_eq!(keys(&domain), required(&document, "Domain"));
    let users = rest.get(&format!("/domains/{}/users", id(&domain))).body;
    assert_eq!(keys(&users), required(&document, "OutsideUsers"));
    let anonymous = rest.get(&format!("/domains/{}/anonymous", id(&domain))).body;
    assert_eq!(keys(&anonymous), required(&document, "Anonymous"));
    let spare = json!({ "domain": "acme.example", "login": "spare", "password": "not the login" });
    let spare = rest.post("/accounts", &spare).body;
    let deleted = rest.delete(&format!("/accounts/{}", id(&spare))).body;
    assert_eq!(keys(&deleted), required(&document, "Deleted"));
    assert_eq!(keys(&rest.get("/deletions").body["items"][0]), required(&document, "Deletion"));
}

#[test]
fn the_row_has_what_the_contract_names() {
    let server = Wharf::start();
    let rest = server.rest();
    let _wire = server.log_in();
    let row = keys(&rest.sessions()[0]);
    for name in "id protocol secure type status login domain cwd file direction speed progress bytes_in bytes_out ip \
                 client logon_time idle_seconds node"
        .split_whitespace()
    {
        assert!(row.contains(name), "{name} is missing");
    }
}
