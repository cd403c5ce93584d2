//! Server functions are a public interface: each is called here as nobody and as the lowest role. A new one is missing in
//! [`CALLS`] until somebody has decided what it answers.

use crate::support::{
    bounded,
    server::{Site, Wharf},
    succeed,
};
use std::collections::BTreeSet;
// Links the functions in, so that they are registered.
use wharf_app as _;

const PASSWORD: &str = "good-enough-for-a-test";

/// A session that never was.
const ID: &str = "01900000-0000-7000-8000-000000000000";

/// Endpoint, body, status for nobody, for a customer without domains, for a read-only administrator.
pub(crate) const CALLS: &[(&str, &str, [u16; 3])] = &[
    ("abort_transfer", r#"{"ids":["ID"]}"#, [401, 200, 403]),
    ("account", r#"{"id":"ID","active":false}"#, [401, 404, 404]),
    ("account_deletion_preview", r#"{"ids":["ID"]}"#, [401, 404, 403]),
    ("account_links", r#"{"account":"ID","active":false}"#, [401, 404, 404]),
    ("accounts", r#"{"search":{},"active":false}"#, [401, 200, 200]),
    ("add_account", r#"{"draft":{"domain":"","login":"","password":""}}"#, [401, 422, 403]),
    ("add_domain", r#"{"draft":{"name":"","root":""}}"#, [401, 403, 403]),
    ("add_passkey", r#"{"ceremony":"","answer":"{}"}"#, [401, 422, 422]),
    ("add_rule", r#"{"order":{"action":"deny","address":"192.0.2.1"}}"#, [401, 403, 403]),
    ("add_ssh_key", r#"{"account":"ID","order":{"public_key":""}}"#, [401, 404, 403]),
    ("add_webhook", r#"{"order":{"url":"https://wharf.invalid/"}}"#, [401, 403, 403]),
    ("audit", r#"{"filter":{},"range":{}}"#, [401, 200, 200]),
    ("audit_export", r#"{"filter":{},"format":"csv"}"#, [401, 200, 200]),
    ("ban", r#"{"order":{"address":"192.0.2.1"}}"#, [401, 403, 403]),
    ("bans", r#"{"active":false}"#, [401, 200, 200]),
    ("begin_own_codes", r#"{"password":"wrong"}"#, [401, 422, 422]),
    // By its address the panel knows no passkeys.
    ("begin_passkey", r#"{"name":"phone","password":"wrong"}"#, [401, 422, 422]),
    ("begin_passkey_sign_in", "{}", [422, 422, 422]),
    ("broadcast", r#"{"filter":{},"text":"hello","mode":"next_reply"}"#, [401, 200, 403]),
    ("broadcast_state", r#"{"id":"ID"}"#, [401, 404, 403]),
    ("change_account", r#"{"id":"ID","change":{}}"#, [401, 404, 403]),
    ("change_domain", r#"{"id":"ID","change":{}}"#, [401, 403, 403]),
    ("change_own_name", r#"{"name":""}"#, [401, 422, 422]),
    ("change_own_password", r#"{"old":"wrong","new":""}"#, [401, 422, 422]),
    ("change_person", r#"{"id":"ID","update":{}}"#, [401, 403, 403]),
    ("change_rule", r#"{"id":"ID","change":{"action":"deny","address":"192.0.2.1"}}"#, [401, 404, 403]),
    ("confirm_own_codes", r#"{"password":"wrong","secret":"","code":""}"#, [401, 422, 422]),
    ("conversations", r#"{"search":"","active":false}"#, [401, 200, 200]),
    ("create_own_token", r#"{"name":"","read_only":false,"password":""}"#, [401, 422, 422]),
    ("create_person", r#"{"order":{"login":"x","role":"customer","password":""}}"#, [401, 403, 403]),
    ("delete_accounts", r#"{"ids":["ID"]}"#, [401, 404, 403]),
    ("delete_domain", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("delete_messages", r#"{"session":"ID","ids":null}"#, [401, 403, 403]),
    ("delete_person", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("deletions", r#"{"active":false}"#, [401, 200, 200]),
    ("domain", r#"{"id":"ID","active":false}"#, [401, 404, 404]),
    ("domain_deletion_preview", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("domain_users", r#"{"id":"ID","active":false}"#, [401, 404, 404]),
    ("domains", r#"{"search":{},"active":false}"#, [401, 200, 200]),
    ("enable_accounts", r#"{"ids":["ID"],"enabled":false}"#, [401, 200, 403]),
    ("enable_webhook", r#"{"id":"ID","enabled":false}"#, [401, 403, 403]),
    ("end_own_codes", r#"{"password":"wrong"}"#, [401, 422, 422]),
    ("export_rules", r#"{"reach":"server"}"#, [401, 403, 200]),
    ("holdings", r#"{"active":false}"#, [401, 200, 200]),
    ("import_rules", r#"{"reach":"server","text":"","replace":false,"confirm_own_address":false}"#, [401, 403, 403]),
    ("kick", r#"{"ids":["ID"],"order":{}}"#, [401, 200, 403]),
    ("kick_all", r#"{"filter":{},"message":"","reason":""}"#, [401, 200, 403]),
    ("kick_all_preview", r#"{"filter":{}}"#, [401, 200, 403]),
    ("kick_preview", r#"{"ids":["ID"],"order":{}}"#, [401, 200, 403]),
    ("limits", r#"{"of":{"domain":"ID"},"active":false}"#, [401, 404, 404]),
    ("me", r#"{"active":false}"#, [401, 200, 200]),
    ("move_rule", r#"{"id":"ID","position":0,"confirm_own_address":false}"#, [401, 404, 403]),
    ("open_files", r#"{"id":"ID"}"#, [401, 404, 403]),
    ("own_account", r#"{"active":false}"#, [401, 404, 404]),
    ("panel_sessions", r#"{"active":false}"#, [401, 200, 200]),
    ("panel_settings", r#"{"active":false}"#, [401, 403, 200]),
    ("passkey_sign_in", r#"{"ceremony":"","answer":"{}","replace":false,"next":""}"#, [401, 401, 401]),
    ("people", r#"{"search":{},"active":false}"#, [401, 403, 200]),
    ("person", r#"{"id":"ID","active":false}"#, [401, 403, 404]),
    ("person_deletion_preview", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("person_sign_ins", r#"{"id":"ID","active":false}"#, [401, 403, 404]),
    ("profile", r#"{"active":false}"#, [401, 200, 200]),
    ("purge", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("reaches", r#"{"search":""}"#, [401, 200, 200]),
    ("recently_ended", r#"{"most":10,"active":false}"#, [401, 200, 200]),
    ("remove_panel_sessions", r#"{"ids":["ID"]}"#, [401, 200, 200]),
    ("remove_passkey", r#"{"id":"ID"}"#, [401, 404, 404]),
    ("remove_rules", r#"{"ids":["ID"],"confirm_own_address":false}"#, [401, 200, 403]),
    ("remove_ssh_key", r#"{"account":"ID","key":"ID"}"#, [401, 404, 403]),
    ("remove_webhook", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("rename_passkey", r#"{"id":"ID","name":"phone"}"#, [401, 404, 404]),
    ("restore", r#"{"id":"ID"}"#, [401, 404, 403]),
    ("revoke_account_link", r#"{"account":"ID","link":"ID"}"#, [401, 404, 403]),
    ("revoke_token", r#"{"id":"ID"}"#, [401, 404, 404]),
    ("rules", r#"{"active":false}"#, [401, 200, 200]),
    ("send_message", r#"{"session":"ID","text":"hello","mode":"now"}"#, [401, 404, 403]),
    ("session_detail", r#"{"id":"ID","active":false}"#, [401, 404, 404]),
    ("session_log", r#"{"id":"ID","query":{},"active":false}"#, [401, 404, 404]),
    ("session_log_text", r#"{"id":"ID"}"#, [401, 404, 404]),
    ("sessions_snapshot", r#"{"most":null}"#, [401, 200, 200]),
    ("set_account_codes", r#"{"id":"ID","wanted":true}"#, [401, 404, 403]),
    ("set_anonymous", r#"{"id":"ID","settings":{}}"#, [401, 403, 403]),
    ("set_limits", r#"{"of":{"domain":"ID"},"limits":{}}"#, [401, 403, 403]),
    ("set_outside_users", r#"{"id":"ID","users":{"source":null}}"#, [401, 403, 403]),
    ("set_preferences", r#"{"preferences":{"language":"xx"}}"#, [401, 422, 422]),
    ("set_panel_settings", r#"{"settings":{},"networks":""}"#, [401, 403, 403]),
    ("sign_in", "login=nobody&password=wrong", [401, 401, 401]),
    ("sign_in_as", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("sign_out", "", [200, 200, 200]),
    ("signed_in", "{}", [200, 200, 200]),
    ("ssh_keys", r#"{"account":"ID","active":false}"#, [401, 404, 404]),
    ("test_address", r#"{"reach":"server","address":"192.0.2.1"}"#, [401, 403, 200]),
    (
        "test_source",
        r#"{"id":"ID","test":{"source":{"kind":"pam","service":"x"},"login":"a","password":"b"}}"#,
        [401, 403, 403],
    ),
    ("test_webhook", r#"{"id":"ID"}"#, [401, 403, 403]),
    ("time_left", "{}", [401, 200, 200]),
    ("tokens", r#"{"active":false}"#, [401, 200, 200]),
    ("transcript", r#"{"session":"ID","active":false}"#, [401, 404, 404]),
    ("unban", r#"{"ids":["ID"]}"#, [401, 200, 403]),
    ("undo", r#"{"effects":[]}"#, [401, 200, 403]),
    ("unread", "{}", [401, 200, 200]),
    ("webhook_deliveries", r#"{"id":"ID","active":false}"#, [401, 403, 403]),
    ("webhooks", r#"{"active":false}"#, [401, 403, 403]),
    ("why_over", "{}", [200, 200, 200]),
];

#[test]
fn every_server_function_is_in_the_table() {
    let registered: BTreeSet<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let of_panel = CALLS.iter().map(|(name, ..)| format!("/fn/{name}"));
    let of_file_client = crate::web::guards::CALLS.iter().map(|(name, ..)| format!("/do/{name}"));
    assert_eq!(registered, of_panel.chain(of_file_client).collect());
}

#[test]
fn strangers_and_low_roles_are_refused_by_every_server_function() {
    let wharf = with_people();
    let callers = [None, Some(sign_in(&wharf, "customer")), Some(sign_in(&wharf, "auditor"))];
    for (name, body, expected) in CALLS.iter().filter(|(name, ..)| *name != "sign_out") {
        let answers = callers.each_ref().map(|cookie| call(&wharf, name, body, cookie.as_deref()));
        assert_eq!(answers, *expected, "{name} as nobody, customer, auditor");
    }
}

/// What a mailbox owner may ask for, for its own sessions and itself. Everything else is refused.
const MAILBOX_CALLS: &[&str] = &[
    "abort_transfer",
    "kick",
    "kick_all",
    "kick_all_preview",
    "kick_preview",
    "me",
    "own_account",
    "panel_sessions",
    "profile",
    "recently_ended",
    "remove_panel_sessions",
    "sessions_snapshot",
    "signed_in",
    "time_left",
    "tokens",
    "undo",
    "why_over",
];

#[test]
fn a_mailbox_owner_is_refused_all_but_the_own() {
    let wharf = with_people();
    let cookie = sign_in(&wharf, "info@acme.example");
    let answered = |name: &&str, body: &&str| call(&wharf, name, body, Some(&cookie)) == 200;
    let calls = CALLS.iter().filter(|(name, ..)| *name != "sign_out");
    let allowed: Vec<_> = calls.filter(|(name, body, _)| answered(name, body)).map(|(name, ..)| *name).collect();
    assert_eq!(allowed, MAILBOX_CALLS);
}

#[test]
fn arguments_that_are_not_understood_are_the_callers_fault() {
    let wharf = with_people();
    let cookie = sign_in(&wharf, "customer");
    for body in ["{", "{}", r#"{"ids":["no id"],"order":{}}"#, "[]", r#"{"ids":7,"order":{}}"#, "ids=7", ""] {
        assert_eq!(call(&wharf, "kick", body, Some(&cookie)), 400, "{body}");
    }
}

#[test]
fn a_page_of_another_origin_cannot_act_with_the_cookie() {
    let wharf = with_people();
    let cookie = sign_in(&wharf, "customer");
    let from = |origin: &str| {
        let mut curl = request(&wharf, "kick", &format!(r#"{{"ids":["{ID}"],"order":{{}}}}"#), Some(&cookie));
        succeed(curl.args(["-H", &format!("origin: {origin}")]))
    };
    assert_eq!(from("https://evil.example"), "403");
    assert_eq!(from(&format!("https://{}", wharf.panel())), "200");
}

fn with_people() -> Wharf {
    let mut site = Site::with_web();
    // Wrong passwords are among the arguments.
    site.set("logins.attempts", 1_000);
    for role in ["customer", "auditor"] {
        let added = site.run(&["person", "add", role, "--role", role, "--password-stdin"], PASSWORD);
        assert!(added.status.success(), "{added:?}");
    }
    let mailbox = ["account", "add", "acme.example", "info", "--mailbox", "--password-stdin"];
    let added = site.run(&mailbox, PASSWORD);
    assert!(added.status.success(), "{added:?}");
    site.start()
}

/// The cookie of somebody who signed in.
fn sign_in(wharf: &Wharf, login: &str) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSk", "-o", "/dev/null", "-D", "-", "-d"]).arg(format!("login={login}&password={PASSWORD}"));
    let head = succeed(curl.arg(format!("https://{}/fn/sign_in", wharf.panel())));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie comes");
    for attribute in ["__Host-wharf=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie} has no {attribute}");
    }
    cookie.split(';').next().unwrap_or_default().to_owned()
}

fn call(wharf: &Wharf, name: &str, body: &str, cookie: Option<&str>) -> u16 {
    succeed(&mut request(wharf, name, &body.replace("ID", ID), cookie)).parse().unwrap()
}

/// Prints the status and nothing else.
fn request(wharf: &Wharf, name: &str, body: &str, cookie: Option<&str>) -> std::process::Command {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSk", "-o", "/dev/null", "-w", "%{http_code}", "-d", body]);
    if body.starts_with('{') {
        curl.args(["-H", "content-type: application/json"]);
    }
    if let Some(cookie) = cookie {
        curl.args(["-b", cookie]);
    }
    curl.arg(format!("https://{}/fn/{name}", wharf.panel()));
    curl
}
