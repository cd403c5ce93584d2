//! Server functions of the file client are a public interface: each is called here as nobody, and as an account that may do
//! nothing. A new one is missing in [`CALLS`] until somebody has decided what it answers.

use super::{Browser, ask};
use crate::support::server::Site;

/// Endpoint, body, status for nobody, for an account without any right.
pub(crate) const CALLS: &[(&str, &str, [u16; 2])] = &[
    ("add_link", r#"{"order":{"path":"/file","kind":"download"}}"#, [401, 422]),
    ("answer", r#"{"text":""}"#, [401, 422]),
    ("copy_to", r#"{"paths":["/file"],"folder":"/"}"#, [401, 403]),
    ("delete", r#"{"paths":["/file"]}"#, [401, 403]),
    ("end_own_session", r#"{"id":"01900000-0000-7000-8000-000000000000"}"#, [401, 404]),
    ("enter", r#"{"ticket":"made up"}"#, [401, 401]),
    ("link_code", r#"{"id":"01900000-0000-7000-8000-000000000000","origin":"https://x"}"#, [401, 404]),
    ("make_folder", r#"{"path":"/new","known":false}"#, [401, 403]),
    ("move_to", r#"{"paths":["/file"],"folder":"/folder"}"#, [401, 403]),
    ("open_folder", r#"{"path":"/"}"#, [401, 403]),
    ("own_links", "{}", [401, 200]),
    ("own_sessions", "{}", [401, 200]),
    ("read_text", r#"{"path":"/file"}"#, [401, 403]),
    ("rename", r#"{"from":"/file","to":"/other"}"#, [401, 403]),
    ("revoke_link", r#"{"id":"01900000-0000-7000-8000-000000000000"}"#, [401, 404]),
    ("save_text", r#"{"path":"/file","text":"","version":null}"#, [401, 403]),
    ("search", r#"{"path":"/","text":"x"}"#, [401, 403]),
    ("sign_in", r#"{"login":"nobody","password":"wrong","code":""}"#, [401, 401]),
    ("sign_out", "{}", [200, 200]),
    ("visit", r#"{"password":""}"#, [404, 404]),
    ("whoami", "{}", [200, 200]),
];

#[test]
fn strangers_and_those_without_rights_are_refused_by_every_function() {
    let mut site = Site::with_web();
    site.set("logins.attempts", 1_000);
    site.add_account("nothing", &["--without", "read,write,append,delete,rename,list,make-directories"]);
    let server = site.start();
    server.write_home("nothing", "file", b"content");
    std::fs::create_dir(server.home("nothing").join("folder")).unwrap();
    let browser = Browser::sign_in_as(&server, "nothing");
    for (name, body, expected) in CALLS.iter().filter(|(name, ..)| *name != "sign_out") {
        let options = ["-X", "POST", "-H", "content-type: application/json", "-d", body];
        let path = format!("/do/{name}");
        let (nobody, account) = (ask(&server, &path, &options), browser.ask(&server, &path, &options));
        assert_eq!([nobody.status, account.status], *expected, "{name}: {} {}", nobody.text(), account.text());
    }
    assert_eq!(std::fs::read(server.home("nothing").join("file")).unwrap(), b"content");
    assert_eq!(crate::support::names(&server.home("nothing")), ["file", "folder"]);
}

#[test]
fn nobody_ends_the_session_of_another_account() {
    let site = Site::with_web();
    site.add_account("other", &[]);
    let server = site.start();
    let (own, _other) = (Browser::sign_in(&server), Browser::sign_in_as(&server, "other"));
    let row = server.rest().session("of the other", |row| row["login"] == "other");
    let answer = own.call(&server, "end_own_session", &serde_json::json!({"id": row["id"]}));
    assert_eq!(answer.status, 404);
    assert_eq!(server.rest().sessions().len(), 2);
}
