//! What is not somebody's to see: a foreign id answers like an unknown one, and no list, count or text tells of it. All
//! server functions and all routes are walked; a new one fails here until somebody has said what its ids are.

use crate::{
    authenticator::Authenticator,
    guards::CALLS,
    support::{
        bounded,
        rest::{Rest, id},
        server::{Site, Wharf},
        succeed,
        wire::Wire,
    },
    web::Browser,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Output,
};

const PASSWORD: &str = "good-enough-for-a-test";
/// What never was.
const UNKNOWN: &str = "01900000-0000-7000-8000-000000000000";

/// What the ids in the body of a function of [`CALLS`] are, in their order.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("abort_transfer", &["session"]),
    ("account", &["account"]),
    ("account_deletion_preview", &["account"]),
    ("account_links", &["account"]),
    ("add_ssh_key", &["account"]),
    ("broadcast_state", &["broadcast"]),
    ("change_account", &["account"]),
    ("change_domain", &["domain"]),
    ("change_person", &["person"]),
    ("change_rule", &["rule"]),
    ("delete_accounts", &["account"]),
    ("delete_domain", &["domain"]),
    ("delete_messages", &["session"]),
    ("delete_person", &["person"]),
    ("domain", &["domain"]),
    ("domain_deletion_preview", &["domain"]),
    ("domain_users", &["domain"]),
    ("enable_accounts", &["account"]),
    ("enable_webhook", &["webhook"]),
    ("kick", &["session"]),
    ("kick_preview", &["session"]),
    ("limits", &["domain"]),
    ("move_rule", &["rule"]),
    ("open_files", &["account"]),
    ("person", &["person"]),
    ("person_deletion_preview", &["person"]),
    ("person_sign_ins", &["person"]),
    ("purge", &["deletion"]),
    ("remove_panel_sessions", &["panel_session"]),
    ("remove_passkey", &["passkey"]),
    ("remove_rules", &["rule"]),
    ("remove_ssh_key", &["account", "key"]),
    ("remove_webhook", &["webhook"]),
    ("rename_passkey", &["passkey"]),
    ("restore", &["deletion"]),
    ("revoke_account_link", &["account", "link"]),
    ("revoke_token", &["token"]),
    ("send_message", &["session"]),
    ("session_detail", &["session"]),
    ("session_log", &["session"]),
    ("session_log_text", &["session"]),
    ("set_account_codes", &["account"]),
    ("set_anonymous", &["domain"]),
    ("set_limits", &["domain"]),
    ("set_outside_users", &["domain"]),
    ("sign_in_as", &["person"]),
    ("ssh_keys", &["account"]),
    ("test_source", &["domain"]),
    ("test_webhook", &["webhook"]),
    ("transcript", &["session"]),
    ("unban", &["ban"]),
    ("webhook_deliveries", &["webhook"]),
];

/// What the ids in a path of the REST interface are, by its first part.
const ROUTES: &[(&str, &[&str])] = &[
    ("accounts", &["account", "key"]),
    ("bans", &["ban"]),
    ("deletions", &["deletion"]),
    ("domains", &["domain"]),
    ("panel-sessions", &["panel_session"]),
    ("people", &["person"]),
    ("rules", &["rule"]),
    ("sessions", &["session"]),
    ("tokens", &["token"]),
    ("webhooks", &["webhook"]),
];

/// Bodies of routes that want more than `{}`.
const BODIES: &[(&str, &str)] = &[
    ("post /accounts/{id}/ssh-keys", r#"{"public_key":""}"#),
    ("post /sessions/{id}/messages", r#"{"text":"hello"}"#),
    ("put /rules/{id}", r#"{"action":"deny","address":"192.0.2.1"}"#),
    ("put /webhooks/{id}", r#"{"enabled":false}"#),
];

/// Two resellers with a customer each, who has a domain with an account. That of the north is busy.
struct Hosting {
    wharf: Wharf,
    admin: Rest,
    /// What the north has, by kind.
    north: BTreeMap<&'static str, String>,
    /// Logged in as the account of the north.
    wire: Wire,
    northern_cookie: String,
}

impl Hosting {
    fn new() -> Self {
        let mut site = Site::with_web();
        // Wrong passwords are among the arguments.
        site.set("logins.attempts", 1_000);
        site.set("panel.origin", "https://panel.example");
        let ok = |output: Output| assert!(output.status.success(), "{output:?}");
        let person = |login: &str, role: &str, more: &[&str]| {
            ok(site.run(&[&["person", "add", login, "--role", role, "--password-stdin"], more].concat(), PASSWORD));
        };
        for side in ["north", "south"] {
            let (customer, domain) = (format!("{side}-customer"), format!("{side}.example"));
            person(side, "reseller", &[]);
            person(&customer, "customer", &["--reseller", side]);
            let root = site.root(&domain);
            ok(site.run(&["domain", "add", &domain, "--root", root.to_str().unwrap(), "--owner", &customer], ""));
            site.add_account_to(&domain, &format!("{side}web"), &[]);
        }
        let wharf = site.start();
        let admin = wharf.rest();
        let mut wire = wharf.log_in_as("northweb");
        wire.expect("SITE MSG help from the north", 200);
        let northern_cookie = sign_in(&wharf, "north-customer");
        let mut north = BTreeMap::new();
        let find = |path: &str, like: &dyn Fn(&Value) -> bool| {
            let all = admin.get(path).body["items"].as_array().unwrap().clone();
            all.into_iter().find(|item| like(item)).unwrap_or_else(|| panic!("{path} has nothing of the north"))
        };
        north.insert("session", id(&find("/sessions", &|row| row["login"] == "northweb")).to_owned());
        let account = find("/accounts", &|row| row["login"] == "northweb");
        north.insert("account", id(&account).to_owned());
        north.insert("person", id(&find("/people", &|row| row["login"] == "north-customer")).to_owned());
        north.insert("panel_session", id(&find("/panel-sessions", &|row| row["login"] == "north-customer")).to_owned());
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti north";
        let key = admin.post(&format!("/accounts/{}/ssh-keys", id(&account)), &json!({ "public_key": key })).body;
        north.insert("key", id(&key).to_owned());
        std::fs::create_dir(wharf.root("north.example").join("northweb/shared")).unwrap();
        let user = Browser::sign_in_as(&wharf, "northweb");
        let order = json!({ "order": { "path": "/shared", "kind": "download" } });
        let link = user.call(&wharf, "add_link", &order);
        north.insert("link", id(&serde_json::from_slice(&link.body).unwrap()).to_owned());
        user.call(&wharf, "sign_out", &json!({}));
        let detail = admin.get(&format!("/sessions/{}", north["session"])).body;
        north.insert("domain", detail["domain_id"].as_str().unwrap().to_owned());
        let gone = json!({ "domain": "north.example", "login": "northgone", "password": PASSWORD });
        let gone = admin.post("/accounts", &gone).body;
        let receipt = admin.call(&format!("/accounts/{}", id(&gone)), &["-X", "DELETE"]).body;
        north.insert("deletion", receipt["deletions"][0].as_str().unwrap().to_owned());
        let reach = json!({ "domain": detail["domain_id"] });
        admin.post("/bans", &json!({ "address": "192.0.2.77", "reach": reach, "reason": "north" }));
        north.insert("ban", id(&find("/bans", &|row| row["reason"] == "north")).to_owned());
        admin.post("/rules", &json!({ "action": "deny", "address": "192.0.2.78", "reach": reach, "comment": "north" }));
        let list = admin.get("/rules").body;
        let lists = list["items"].as_array().unwrap().iter();
        let rule = lists.flat_map(|list| list["rules"].as_array().unwrap()).find(|rule| rule["comment"] == "north");
        north.insert("rule", id(rule.unwrap()).to_owned());
        let order = json!({ "name": "north", "read_only": false, "password": PASSWORD }).to_string();
        let made = function(&wharf, "create_own_token", &order, &northern_cookie).1;
        north.insert("token", id(&serde_json::from_str(&made).unwrap()).to_owned());
        north.insert("passkey", add_passkey(&wharf, &northern_cookie, "north"));
        let webhook = admin.post("/webhooks", &json!({ "url": "https://north.invalid/" })).body;
        north.insert("webhook", id(&webhook).to_owned());
        let broadcast = admin.post("/broadcast", &json!({ "text": "north", "filter": { "domain": "north.example" } }));
        north.insert("broadcast", id(&broadcast.body).to_owned());
        Self { wharf, admin, north, wire, northern_cookie }
    }

    /// The text with the ids of the north in place of `ID`, and with unknown ones.
    fn with_ids(&self, text: &str, mark: &str, kinds: &[&str]) -> [String; 2] {
        let mut both = [text.to_owned(), text.replace(mark, UNKNOWN)];
        for kind in kinds {
            both[0] = both[0].replacen(mark, &self.north[kind], 1);
        }
        both
    }

    /// An answer without what was asked for.
    fn plain(&self, (status, body): (String, String)) -> (String, String) {
        let ids = self.north.values().map(String::as_str).chain([UNKNOWN]);
        (status, ids.fold(body, |body, id| body.replace(id, "ID")))
    }

    fn assert_tells_nothing(&self, whence: &str, text: &str) {
        assert!(!text.to_lowercase().contains("north"), "{whence} tells of the north: {text}");
        for id in self.north.values() {
            assert!(!text.contains(id), "{whence} has an id of the north: {text}");
        }
    }

    /// All that the north had is as it was.
    fn assert_untouched(mut self) {
        self.wire.expect("PWD", 257);
        assert_eq!(function(&self.wharf, "me", r#"{"active":false}"#, &self.northern_cookie).0, "200");
        let profile = function(&self.wharf, "profile", r#"{"active":false}"#, &self.northern_cookie).1;
        assert!(profile.contains(&self.north["passkey"]), "the north's passkey is gone: {profile}");
        for (path, kind) in [
            ("/bans", "ban"),
            ("/rules", "rule"),
            ("/tokens", "token"),
            ("/webhooks", "webhook"),
            ("/deletions", "deletion"),
        ] {
            let text = self.admin.get(path).body.to_string();
            assert!(text.contains(&self.north[kind]), "{path} has lost the north's: {text}");
        }
    }
}

fn sign_in(wharf: &Wharf, login: &str) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSk", "-o", "/dev/null", "-D", "-", "-d"]).arg(format!("login={login}&password={PASSWORD}"));
    let head = succeed(curl.arg(format!("https://{}/fn/sign_in", wharf.panel())));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie comes");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Adds a passkey of that name and says which it is.
fn add_passkey(wharf: &Wharf, cookie: &str, name: &str) -> String {
    let order = json!({ "name": name, "password": PASSWORD }).to_string();
    let asked: Value = serde_json::from_str(&function(wharf, "begin_passkey", &order, cookie).1).unwrap();
    let answer = Authenticator::at("panel.example").make(asked["options"].as_str().unwrap());
    let answer = json!({ "ceremony": asked["ceremony"], "answer": answer }).to_string();
    assert_eq!(function(wharf, "add_passkey", &answer, cookie).0, "200");
    let profile: Value = serde_json::from_str(&function(wharf, "profile", r#"{"active":false}"#, cookie).1).unwrap();
    id(&profile["passkeys"][0]).to_owned()
}

/// Status and body.
fn function(wharf: &Wharf, name: &str, body: &str, cookie: &str) -> (String, String) {
    answer(&[
        "-d",
        body,
        "-H",
        "content-type: application/json",
        "-b",
        cookie,
        &format!("https://{}/fn/{name}", wharf.panel()),
    ])
}

fn answer(options: &[&str]) -> (String, String) {
    let text = succeed(bounded("curl").args(["-q", "-sSk", "-w", "\n%{http_code}"]).args(options));
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

#[test]
fn every_function_with_an_id_says_what_it_is() {
    let with_id: BTreeSet<_> =
        CALLS.iter().filter(|(_, body, _)| body.contains("ID")).map(|(name, ..)| *name).collect();
    let known: BTreeSet<_> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(with_id, known);
}

#[test]
fn functions_know_nothing_of_others() {
    let hosting = Hosting::new();
    for login in ["south", "south-customer"] {
        let cookie = sign_in(&hosting.wharf, login);
        for (name, body, _) in CALLS.iter().filter(|(name, ..)| !matches!(*name, "sign_in" | "sign_out")) {
            let kinds = FUNCTIONS.iter().find(|(function, _)| function == name).map_or(&[][..], |(_, kinds)| *kinds);
            let [foreign, unknown] = hosting.with_ids(body, "ID", kinds);
            let of_foreign = hosting.plain(function(&hosting.wharf, name, &foreign, &cookie));
            if kinds.is_empty() {
                hosting.assert_tells_nothing(name, &of_foreign.1);
                continue;
            }
            let of_unknown = hosting.plain(function(&hosting.wharf, name, &unknown, &cookie));
            assert_eq!(of_foreign, of_unknown, "{name} as {login}: foreign, unknown");
        }
    }
    hosting.assert_untouched();
}

#[test]
fn routes_know_nothing_of_others() {
    let hosting = Hosting::new();
    let document = hosting.admin.get("/openapi.json").body;
    for login in ["south", "south-customer"] {
        let cookie = sign_in(&hosting.wharf, login);
        let order = json!({ "name": login, "read_only": false, "password": PASSWORD }).to_string();
        let made = function(&hosting.wharf, "create_own_token", &order, &cookie).1;
        let made: Value = serde_json::from_str(&made).unwrap();
        let bearer = format!("authorization: Bearer {}", made["secret"].as_str().unwrap());
        let call = |method: &str, path: &str, body: &str| {
            let url = format!("https://{}/api/v1{path}", hosting.wharf.panel());
            let method = method.to_uppercase();
            let mut options = vec!["-X", &method, "-H", &bearer, &url];
            if method != "GET" {
                options.extend(["-d", body]);
            }
            hosting.plain(answer(&options))
        };
        for (path, methods) in document["paths"].as_object().unwrap() {
            let methods = methods.as_object().unwrap().keys().filter(|name| *name != "parameters");
            for method in methods {
                let route = format!("{method} {path}");
                if !path.contains('{') {
                    if method == "get" && path != "/openapi.json" {
                        hosting.assert_tells_nothing(&route, &call(method, path, "").1);
                    }
                    continue;
                }
                let first = path.trim_start_matches('/').split('/').next().unwrap();
                let kinds = ROUTES.iter().find(|(name, _)| *name == first).map(|(_, kinds)| *kinds);
                let kinds = kinds.unwrap_or_else(|| panic!("say in ROUTES what the id of {route} is"));
                let body = BODIES.iter().find(|(name, _)| *name == route).map_or("{}", |(_, body)| body);
                let marked = path.split('/').map(|part| if part.starts_with('{') { "ID" } else { part });
                let marked = marked.collect::<Vec<_>>().join("/");
                let [foreign, unknown] = hosting.with_ids(&marked, "ID", kinds);
                let of_foreign = call(method, &foreign, body);
                assert_eq!(of_foreign, call(method, &unknown, body), "{route} as {login}: foreign, unknown");
            }
        }
    }
    hosting.assert_untouched();
}

#[test]
fn own_things_are_there() {
    let hosting = Hosting::new();
    let north = &hosting.north;
    for (name, body) in [
        ("account", json!({ "id": north["account"], "active": false })),
        ("kick_preview", json!({ "ids": [north["session"]], "order": {} })),
        ("session_detail", json!({ "id": north["session"], "active": false })),
        ("session_log", json!({ "id": north["session"], "query": {}, "active": false })),
        ("ssh_keys", json!({ "account": north["account"], "active": false })),
        ("transcript", json!({ "session": north["session"], "active": false })),
    ] {
        for login in ["north", "north-customer"] {
            let cookie = sign_in(&hosting.wharf, login);
            let (status, body) = function(&hosting.wharf, name, &body.to_string(), &cookie);
            assert_eq!(status, "200", "{name} as {login}: {body}");
        }
    }
    let cookie = sign_in(&hosting.wharf, "north");
    let body = json!({ "id": north["person"], "active": false }).to_string();
    for name in ["person", "person_sign_ins"] {
        assert_eq!(function(&hosting.wharf, name, &body, &cookie).0, "200", "{name}");
    }
}
