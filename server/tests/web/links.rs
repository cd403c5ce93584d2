//! Share links: what visitors get, what they do not, and how a link ends.

use super::{Answer, Browser, ask, upload_of};
use crate::support::{
    names,
    server::{LOGIN, Site, Wharf},
};
use serde_json::{Value, json};

/// A server with a folder worth sharing.
fn start(mut site: Site) -> Wharf {
    site.set("logins.attempts", 3);
    let server = site.start();
    let home = server.home(LOGIN);
    std::fs::create_dir_all(home.join("public/inner")).unwrap();
    for (name, text) in [("public/a.txt", "first"), ("public/inner/b.txt", "second"), ("private.txt", "secret")] {
        std::fs::write(home.join(name), text).unwrap();
    }
    server
}

fn made(server: &Wharf, owner: &Browser, order: &Value) -> Value {
    let answer = owner.call(server, "add_link", &json!({"order": order}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn to_download(path: &str) -> Value {
    json!({"path": path, "kind": "download"})
}

fn address(link: &Value) -> String {
    format!("/s/{}", link["secret"].as_str().unwrap())
}

fn call(server: &Wharf, path: &str, body: &Value, options: &[&str]) -> Answer {
    let body = body.to_string();
    ask(server, path, &[&["-X", "POST", "-H", "content-type: application/json", "-d", &body], options].concat())
}

fn knock(server: &Wharf, at: &str, password: &str) -> Answer {
    call(server, &format!("{at}/do/visit"), &json!({"password": password}), &[])
}

/// A browser that has come in by the link.
fn visit(server: &Wharf, at: &str, password: &str) -> Visitor {
    let answer = knock(server, at, password);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-wharf-link-"), "{cookie}");
    Visitor { at: at.to_owned(), cookie }
}

struct Visitor {
    at: String,
    cookie: String,
}

impl Visitor {
    fn ask(&self, server: &Wharf, path: &str, options: &[&str]) -> Answer {
        ask(server, &format!("{}{path}", self.at), &[&["-b", &self.cookie], options].concat())
    }

    fn call(&self, server: &Wharf, function: &str, body: &Value) -> Answer {
        call(server, &format!("{}/do/{function}", self.at), body, &["-b", &self.cookie])
    }

    /// An upload of `content`, from its creation to its end.
    fn upload(&self, server: &Wharf, path: &str, overwrite: bool, content: &[u8]) -> u16 {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        let metadata =
            format!("upload-metadata: path {},overwrite {}", encoded(path), encoded(if overwrite { "1" } else { "0" }));
        let length = format!("upload-length: {}", content.len());
        let create = ["-X", "POST", "-H", "tus-resumable: 1.0.0", "-H", &length, "-H", &metadata];
        let created = self.ask(server, "/uploads", &create);
        if created.status != 201 {
            return created.status;
        }
        let location = created.header("location").unwrap().to_owned();
        assert!(location.starts_with(&self.at), "{location}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let body = format!("@{}", upload_of(file.path()));
        let options = [
            "-b",
            &self.cookie,
            "-X",
            "PATCH",
            "-H",
            "tus-resumable: 1.0.0",
            "-H",
            "upload-offset: 0",
            "-H",
            "content-type: application/offset+octet-stream",
            "--data-binary",
            &body,
        ];
        ask(server, &location, &options).status
    }
}

fn entries(answer: &Answer) -> Vec<String> {
    let folder: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut names: Vec<_> =
        folder["entries"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_visitor_reads_the_shared_folder_and_nothing_else() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let link = made(&server, &owner, &to_download("/public"));
    let visitor = visit(&server, &address(&link), "");
    assert_eq!(entries(&visitor.call(&server, "open_folder", &json!({"path": "/"}))), ["a.txt", "inner"]);
    assert_eq!(visitor.ask(&server, "/files/inner/b.txt", &[]).body, b"second");
    assert_eq!(visitor.ask(&server, "/zip?path=/inner&path=/a.txt", &[]).status, 200);
    for out in ["/files/private.txt", "/files/../private.txt", "/files/%2e%2e/private.txt", "/zip?path=/../private.txt"]
    {
        assert_eq!(visitor.ask(&server, out, &[]).status, 404, "{out}");
    }
    for (function, body) in [
        ("delete", json!({"paths": ["/a.txt"]})),
        ("make_folder", json!({"path": "/new", "known": false})),
        ("rename", json!({"from": "/a.txt", "to": "/b.txt"})),
        ("save_text", json!({"path": "/a.txt", "text": "x", "version": null})),
    ] {
        assert_eq!(visitor.call(&server, function, &body).status, 403, "{function}");
    }
    // What is the owner's stays the owner's.
    for (function, body) in [
        ("own_links", json!({})),
        ("own_sessions", json!({})),
        ("add_link", json!({"order": to_download("/")})),
        ("end_own_session", json!({"id": "01900000-0000-7000-8000-000000000000"})),
        ("revoke_link", json!({"id": link["id"]})),
    ] {
        assert_eq!(visitor.call(&server, function, &body).status, 404, "{function}");
    }
    assert_eq!(visitor.upload(&server, "/new", false, b"x"), 403);
    assert_eq!(
        ask(&server, "/files/a.txt", &["-b", &visitor.cookie]).status,
        401,
        "the cookie is good for the link alone"
    );
    assert_eq!(names(&server.home(LOGIN)), ["private.txt", "public"]);
}

#[test]
fn a_use_is_a_session_of_its_own_kind_that_can_be_kicked() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let link = made(&server, &owner, &to_download("/public"));
    let visitor = visit(&server, &address(&link), "");
    let rest = server.rest();
    let row = rest.session("of the visitor", |row| row["type"] == "share_link");
    assert_eq!((&row["protocol"], &row["login"]), (&json!("http"), &json!(LOGIN)));
    rest.kick(&row, &json!({"message": "enough"}));
    assert_eq!(visitor.ask(&server, "/files/a.txt", &[]).status, 401);
    let told = visitor.call(&server, "whoami", &json!({}));
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["invited"]["farewell"], "enough");
    assert_eq!(owner.ask(&server, "/files/private.txt", &[]).status, 200, "the owner stays");
}

#[test]
fn visitors_do_not_take_the_place_of_the_owner() {
    let site = Site::with_web();
    site.add_account("narrow", &["--sessions", "1"]);
    let server = start(site);
    server.write_home("narrow", "file.txt", b"content");
    let owner = Browser::sign_in_as(&server, "narrow");
    let link = made(&server, &owner, &to_download("/file.txt"));
    let (one, other) = (visit(&server, &address(&link), ""), visit(&server, &address(&link), ""));
    for visitor in [&one, &other] {
        assert_eq!(visitor.ask(&server, "/files/file.txt", &[]).body, b"content");
    }
    assert_eq!(owner.call(&server, "sign_out", &json!({})).status, 200);
    Browser::sign_in_as(&server, "narrow");
}

#[test]
fn programs_need_no_more_than_the_address() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let open = made(&server, &owner, &to_download("/public/a.txt"));
    let at = format!("{}/files/a.txt", address(&open));
    assert_eq!(ask(&server, &at, &[]).body, b"first");
    assert_eq!(ask(&server, &at, &["-H", "Range: bytes=1-2"]).body, b"ir");
    let links: Value = serde_json::from_slice(&owner.call(&server, "own_links", &json!({})).body).unwrap();
    assert_eq!(links[0]["uses"], 1, "one client is one use");
    let locked = made(&server, &owner, &json!({"path": "/public/a.txt", "kind": "download", "password": "open it"}));
    let at = format!("{}/files/a.txt", address(&locked));
    assert_eq!(ask(&server, &at, &[]).status, 401);
    assert_eq!(ask(&server, &at, &["-u", "anybody:open it"]).body, b"first");
}

#[test]
fn guessing_the_password_of_a_link_is_throttled() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let link = made(&server, &owner, &json!({"path": "/public", "kind": "download", "password": "open it"}));
    let at = address(&link);
    let offered = call(&server, &format!("{at}/do/whoami"), &json!({}), &[]);
    assert!(!offered.text().contains("public"), "the name comes after the password: {}", offered.text());
    // To come without one is no guess.
    for _ in 0..4 {
        assert_eq!(ask(&server, &format!("{at}/files/a.txt"), &[]).status, 401);
    }
    let answers = ["one", "two", "three", "open it"].map(|password| knock(&server, &at, password).status);
    assert_eq!(answers, [401, 401, 401, 429], "the right one comes too late");
}

#[test]
fn a_link_ends_when_it_is_used_up_or_taken_back_or_its_owner_is_disabled() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let once = made(&server, &owner, &json!({"path": "/public", "kind": "download", "uses_most": 1}));
    let visitor = visit(&server, &address(&once), "");
    assert_eq!(visitor.call(&server, "visit", &json!({"password": ""})).status, 200, "who is in comes in no more");
    assert_eq!(knock(&server, &address(&once), "").status, 401);
    assert_eq!(visitor.ask(&server, "/files/a.txt", &[]).status, 200, "who is in stays");

    let back = made(&server, &owner, &to_download("/public"));
    let visitor = visit(&server, &address(&back), "");
    assert_eq!(owner.call(&server, "revoke_link", &json!({"id": back["id"]})).status, 200);
    assert_eq!(visitor.ask(&server, "/files/a.txt", &[]).status, 401);
    assert_eq!(knock(&server, &address(&back), "").status, 401);

    let left = made(&server, &owner, &to_download("/public"));
    let visitor = visit(&server, &address(&left), "");
    let rest = server.rest();
    let account = rest.get(&format!("/accounts?search={LOGIN}@")).body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(rest.patch(&format!("/accounts/{account}"), &json!({"enabled": false})).status, 200);
    assert_eq!(visitor.ask(&server, "/files/a.txt", &[]).status, 401);
    assert_eq!(knock(&server, &address(&left), "").status, 401);
    let unknown = call(&server, "/s/0123456789abcdef0123456789abcdef/do/whoami", &json!({}), &[]).text();
    assert_eq!(call(&server, &format!("{}/do/whoami", address(&left)), &json!({}), &[]).text(), unknown);
}

#[test]
fn files_arrive_by_an_upload_link_and_nothing_is_seen_or_replaced() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let link = made(&server, &owner, &json!({"path": "/public", "kind": "upload"}));
    let (one, other) = (visit(&server, &address(&link), ""), visit(&server, &address(&link), ""));
    assert_eq!(one.upload(&server, "/new.txt", false, b"of one"), 204);
    assert_eq!(other.upload(&server, "/new.txt", false, b"of the other"), 204);
    assert_eq!(other.upload(&server, "/a.txt", true, b"not replaced"), 403);
    assert_eq!(other.upload(&server, "/a.txt", false, b"beside it"), 204);
    assert!(entries(&one.call(&server, "open_folder", &json!({"path": "/"}))).is_empty());
    assert_eq!(one.ask(&server, "/files/new.txt", &[]).status, 403);
    let public = server.home(LOGIN).join("public");
    assert_eq!(names(&public), ["a (2).txt", "a.txt", "inner", "new (2).txt", "new.txt"]);
    let content = |name: &str| std::fs::read_to_string(public.join(name)).unwrap();
    assert_eq!([content("a.txt"), content("new.txt"), content("new (2).txt")], ["first", "of one", "of the other"]);
}

#[test]
fn nobody_shares_what_is_not_there_or_not_theirs_to_give() {
    let site = Site::with_web();
    site.add_account("reader", &["--without", "write"]);
    let server = start(site);
    let owner = Browser::sign_in(&server);
    let refused = |order: Value| owner.call(&server, "add_link", &json!({"order": order})).status;
    assert_eq!(refused(to_download("/gone")), 404);
    assert_eq!(refused(json!({"path": "/private.txt", "kind": "upload"})), 422);
    assert_eq!(refused(json!({"path": "/public", "kind": "download", "expires_at": 1})), 422);
    assert_eq!(refused(json!({"path": "/public", "kind": "download", "uses_most": 0})), 422);
    let reader = Browser::sign_in_as(&server, "reader");
    let order = json!({"order": {"path": "/", "kind": "upload"}});
    assert_eq!(reader.call(&server, "add_link", &order).status, 422);
}

#[test]
fn operators_see_the_links_of_an_account_without_their_addresses_and_take_them_back() {
    let server = start(Site::with_web());
    let owner = Browser::sign_in(&server);
    let link = made(&server, &owner, &json!({"path": "/public", "kind": "download", "password": "open it"}));
    let visitor = visit(&server, &address(&link), "open it");
    let rest = server.rest();
    let account = rest.get(&format!("/accounts?search={LOGIN}@")).body["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = rest.get(&format!("/accounts/{account}/links")).body["items"][0].clone();
    let described = rest.get("/openapi.json").body["components"]["schemas"]["Link"]["required"].clone();
    let members: Vec<_> = shown.as_object().unwrap().keys().cloned().collect();
    let mut described: Vec<_> = described.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    described.sort_unstable();
    assert_eq!(members, described);
    assert_eq!((&shown["path"], &shown["uses"], &shown["password"]), (&json!("/public"), &json!(1), &json!(true)));
    let id = link["id"].as_str().unwrap();
    assert_eq!(rest.call(&format!("/accounts/{account}/links/{id}"), &["-X", "DELETE"]).status, 204);
    assert_eq!(visitor.ask(&server, "/files/a.txt", &[]).status, 401);
    assert_eq!(rest.get(&format!("/accounts/{account}/links")).body["total"], 0);
    let audit = rest.get("/audit").body["items"].clone();
    let actions: Vec<_> = audit.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.starts_with(&["link.revoke", "link.add"]), "{actions:?}");
}
