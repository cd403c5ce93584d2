//! Accounts, domains and what was deleted, managed over REST while real clients are logged in.

use crate::support::{
    Background,
    rest::{Answer, Rest, id},
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    ssh::openssh_with_password,
    wire::Wire,
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    process::Stdio,
};

const NEW: &str = "another 'horse' \u{fc}";
const NOBODY: &str = "01980000-0000-7000-8000-000000000000";

/// The path of an account of the domain that every server has.
fn account(rest: &Rest, login: &str) -> String {
    let page = rest.get(&format!("/accounts?search={login}@{DOMAIN}"));
    format!("/accounts/{}", id(&page.body["items"][0]))
}

fn domain(rest: &Rest) -> String {
    format!("/domains/{}", id(&rest.get("/domains").body["items"][0]))
}

#[track_caller]
fn assert_ok(answer: Answer) -> Value {
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    answer.body
}

/// The session has been told to end, with these last words.
#[track_caller]
fn assert_ended(wire: &mut Wire, words: &str) {
    let reply = wire.expect_reply(421);
    assert!(reply.text.contains(words), "{reply:?}");
}

/// What a login with this name and password is answered.
fn attempt(server: &Wharf, login: &str, password: &str) -> u16 {
    let mut wire = server.connect();
    wire.expect(&format!("USER {login}"), 331);
    wire.command(&format!("PASS {password}")).code
}

#[test]
fn an_account_made_over_rest_logs_in_with_the_rights_it_was_given() {
    let server = Wharf::start();
    let rest = server.rest();
    let wanted = json!({
        "domain": DOMAIN, "login": "bob", "password": PASSWORD, "home": "web/bob", "limits": { "sessions": 2 },
        "permissions": {
            "read": true, "write": false, "append": false, "delete": false, "rename": false, "list": true,
            "make_directories": false,
        },
    });
    let made = rest.post("/accounts", &wanted);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!((&made.body["state"], &made.body["type"]), (&json!("enabled"), &json!("web_user")));
    let mut wire = server.log_in_as("bob");
    wire.expect("MKD new", 550);
    assert!(server.root(DOMAIN).join("web/bob").is_dir());
    let again = rest.post("/accounts", &wanted);
    assert_eq!((again.status, &again.body["status"]), (422, &json!(422)), "{again:?}");
    for (member, value) in [
        ("password", json!("short")),
        ("password", json!("bob-the-builder")),
        ("domain", json!("nowhere.example")),
        ("limits", json!({ "sessions": 0 })),
        ("limits", json!({ "colour": 1 })),
        ("permissions", json!({ "read": true })),
        ("type", json!("anonymous")),
        ("colour", json!("red")),
    ] {
        let mut wanted = wanted.clone();
        wanted["login"] = json!("bob-the-builder");
        wanted[member] = value;
        assert_eq!(rest.post("/accounts", &wanted).status, 422, "{wanted}");
    }
    // Neither passwords nor their hashes are told, here or in the audit log.
    let told = format!("{} {}", rest.get(&account(&rest, "bob")).body, rest.get("/audit").body);
    for secret in [PASSWORD, "argon2", "short", "bob-the-builder"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[test]
fn switching_an_account_off_ends_its_sessions_and_refuses_the_next_login_like_a_wrong_password() {
    let server = Wharf::start();
    let rest = server.rest();
    let path = account(&rest, LOGIN);
    let mut wire = server.log_in();
    let off = assert_ok(rest.patch(&path, &json!({ "enabled": false })));
    assert_eq!((&off["ended"], &off["account"]["state"]), (&json!(1), &json!("disabled")));
    assert_ended(&mut wire, "Account disabled");
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    assert_eq!(rest.get("/accounts?state=disabled").body["total"], 1);
    assert_eq!(rest.get("/accounts?state=enabled").body["total"], 0);
    assert_ok(rest.patch(&path, &json!({ "enabled": true })));
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 230);
    let ended = rest.get("/sessions/ended").body["items"].to_string();
    assert!(ended.contains("account disabled by token test"), "{ended}");
}

#[test]
fn a_new_password_ends_sessions_and_only_the_new_one_opens() {
    let server = Wharf::start();
    let rest = server.rest();
    let path = account(&rest, LOGIN);
    let mut wire = server.log_in();
    assert_eq!(rest.patch(&path, &json!({ "password": "short" })).status, 422);
    wire.expect("PWD", 257);
    assert_eq!(assert_ok(rest.patch(&path, &json!({ "password": NEW })))["ended"], 1);
    assert_ended(&mut wire, "Password changed, log in again");
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    assert_eq!(attempt(&server, LOGIN, NEW), 230);
    let audit = rest.get("/audit?action=account").body.to_string();
    assert!(audit.contains("account.password") && !audit.contains("horse"), "{audit}");
}

#[test]
fn other_rights_end_a_session_and_a_transfer_within_it() {
    let server = Wharf::start();
    let rest = server.rest();
    let path = account(&rest, LOGIN);
    let mut wire = server.log_in();
    let _data = wire.begin("STOR file");
    let mut rights = rest.get(&path).body["permissions"].clone();
    rights["write"] = json!(false);
    assert_eq!(assert_ok(rest.patch(&path, &json!({ "permissions": rights })))["ended"], 1);
    wire.expect_reply(426);
    assert_ended(&mut wire, "Account changed, log in again");
    let mut wire = server.log_in();
    wire.passive();
    wire.expect("STOR file", 550);
    // What is so already ends nothing.
    let same = json!({ "permissions": rights, "limits": {}, "enabled": true, "home": LOGIN });
    assert_eq!(assert_ok(rest.patch(&path, &same))["ended"], 0);
    assert_eq!(assert_ok(rest.patch(&path, &json!({ "limits": { "quota_bytes": 10 } })))["ended"], 0);
    wire.expect("PWD", 257);
}

#[test]
fn an_account_whose_time_is_over_is_out_at_once() {
    let server = Wharf::start();
    let rest = server.rest();
    let path = account(&rest, LOGIN);
    let mut wire = server.log_in();
    let over = assert_ok(rest.patch(&path, &json!({ "expires_at": 1 })));
    assert_eq!((&over["ended"], &over["account"]["state"]), (&json!(1), &json!("expired")));
    assert_ended(&mut wire, "Account expired");
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    assert_ok(rest.patch(&path, &json!({ "expires_at": null })));
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 230);
}

#[test]
fn a_deleted_account_is_gone_at_once_and_as_it_was_when_it_comes_back() {
    let mut server = Wharf::start();
    let rest = server.rest();
    let path = account(&rest, LOGIN);
    server.write_home(LOGIN, "file", b"stays");
    let before = rest.get(&path).body;
    let mut wire = server.log_in();
    let deleted = assert_ok(rest.delete(&path));
    assert_eq!(deleted["ended"], 1);
    assert_ended(&mut wire, "Account deleted");
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    for answer in [rest.get(&path), rest.patch(&path, &json!({})), rest.delete(&path)] {
        assert_eq!(answer.status, 404, "{answer:?}");
    }
    assert_eq!(rest.get(&format!("{path}/ssh-keys")).status, 404);
    assert_eq!(rest.get("/accounts").body["total"], 0);
    let taken = json!({ "domain": DOMAIN, "login": LOGIN, "password": PASSWORD });
    assert_eq!(rest.post("/accounts", &taken).status, 422);
    // It is stored, not remembered.
    server.crash_and_restart();
    let rest = server.rest();
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    let listed = rest.get("/deletions").body;
    assert_eq!((&listed["total"], &listed["items"][0]["name"]), (&json!(1), &json!(format!("{LOGIN}@{DOMAIN}"))));
    assert_eq!(listed["items"][0]["id"], deleted["deletions"][0]);
    let restore = format!("/deletions/{}/restore", deleted["deletions"][0].as_str().unwrap());
    assert_ok(rest.post(&restore, &json!({})));
    assert_eq!(rest.post(&restore, &json!({})).status, 404);
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 230);
    let after = rest.get(&path).body;
    for member in ["id", "permissions", "limits", "home", "created_at"] {
        assert_eq!(after[member], before[member]);
    }
    assert!(server.home(LOGIN).join("file").exists());
}

#[test]
fn what_is_purged_does_not_come_back_and_its_files_stay() {
    let server = Wharf::start();
    let rest = server.rest();
    server.write_home(LOGIN, "file", b"stays");
    let deleted = assert_ok(rest.delete(&account(&rest, LOGIN)));
    let deletion = format!("/deletions/{}", deleted["deletions"][0].as_str().unwrap());
    assert_eq!(rest.delete(&deletion).status, 204);
    assert_eq!(rest.delete(&deletion).status, 404);
    assert_eq!(rest.post(&format!("{deletion}/restore"), &json!({})).status, 404);
    assert!(server.home(LOGIN).join("file").exists());
    let anew = json!({ "domain": DOMAIN, "login": LOGIN, "password": NEW });
    assert_eq!(rest.post("/accounts", &anew).status, 201);
    assert_eq!(attempt(&server, LOGIN, NEW), 230);
}

#[test]
fn a_domain_is_made_switched_off_deleted_and_restored_under_its_clients() {
    let server = Wharf::start();
    let rest = server.rest();
    let root = server.root("new.example");
    let wanted = json!({ "name": "new.example", "root": root, "session_limit": 5 });
    let made = rest.post("/domains", &wanted);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(rest.post("/domains", &wanted).status, 422);
    assert!(root.is_dir());
    assert_eq!(rest.get("/domains").body["total"], 2);

    let path = domain(&rest);
    assert_eq!(rest.get(&path).body["name"], DOMAIN);
    let mut wire = server.log_in();
    assert_eq!(rest.get(&path).body["sessions"], 1);
    assert_eq!(assert_ok(rest.patch(&path, &json!({ "session_limit": 1 })))["ended"], 0);
    wire.expect("PWD", 257);
    assert_eq!(assert_ok(rest.patch(&path, &json!({ "enabled": false })))["ended"], 1);
    assert_ended(&mut wire, "Account disabled");
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 530);
    assert_ok(rest.patch(&path, &json!({ "enabled": true, "session_limit": null })));

    let mut wire = server.log_in();
    let deleted = assert_ok(rest.delete(&path));
    assert_ended(&mut wire, "Account deleted");
    for name in [LOGIN.to_owned(), format!("{LOGIN}@{DOMAIN}")] {
        assert_eq!(attempt(&server, &name, PASSWORD), 530);
    }
    assert_eq!(rest.get(&path).status, 404);
    assert_eq!(rest.get("/accounts").body["total"], 0);
    let restore = format!("/deletions/{}/restore", deleted["deletions"][0].as_str().unwrap());
    assert_eq!(assert_ok(rest.post(&restore, &json!({})))["accounts"], 1);
    assert_eq!(attempt(&server, LOGIN, PASSWORD), 230);
}

#[test]
fn what_is_not_there_is_not_found_and_an_auditor_changes_nothing() {
    let server = Wharf::start();
    let (rest, eyes) = (server.rest(), Rest::new(server.panel(), Some(server.add_token("eyes", "auditor"))));
    let mut wire = server.log_in();
    for kind in ["accounts", "domains"] {
        for nobody in [NOBODY, "x", "%00"] {
            let path = format!("/{kind}/{nobody}");
            for answer in [rest.get(&path), rest.patch(&path, &json!({})), rest.delete(&path)] {
                assert_eq!((answer.status, &*answer.content_type), (404, "application/problem+json"), "{answer:?}");
            }
        }
    }
    for answer in
        [rest.post(&format!("/deletions/{NOBODY}/restore"), &json!({})), rest.delete(&format!("/deletions/{NOBODY}"))]
    {
        assert_eq!(answer.status, 404, "{answer:?}");
    }
    for path in [account(&eyes, LOGIN), domain(&eyes)] {
        assert_eq!(eyes.get(&path).status, 200);
        for answer in [eyes.patch(&path, &json!({ "enabled": false })), eyes.delete(&path)] {
            assert_eq!(answer.status, 403, "{answer:?}");
        }
    }
    let bob = json!({ "domain": DOMAIN, "login": "bob", "password": PASSWORD });
    assert_eq!(eyes.post("/accounts", &bob).status, 403);
    assert_eq!(eyes.post("/domains", &json!({ "name": "a.example", "root": "/srv/a" })).status, 403);
    assert_eq!(eyes.get("/deletions").status, 200);
    wire.expect("PWD", 257);
}

#[test]
fn sftp_sessions_end_with_their_account_too() {
    let server = Site::with_sftp().start();
    let rest = server.rest();
    let mut ssh = openssh_with_password("ssh", &server, PASSWORD, &["PreferredAuthentications=password"]);
    let said = File::create(server.local("said")).unwrap();
    let mut client = Background::start(ssh.args(["-N", "-l", LOGIN, "127.0.0.1"]).stdout(Stdio::null()).stderr(said));
    rest.session("over SSH", |row| row["protocol"] == "sftp" && row["login"] == LOGIN);
    assert_eq!(assert_ok(rest.patch(&account(&rest, LOGIN), &json!({ "enabled": false })))["ended"], 1);
    assert!(!client.wait().success());
    rest.until_empty();
    let said = fs::read_to_string(server.local("said")).unwrap();
    assert!(said.contains("Account disabled"), "{said}");
}
