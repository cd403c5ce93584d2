//! Keys over REST, from the first login to the last.

use crate::support::{
    rest::{Rest, id},
    server::{LOGIN, Site},
    ssh::{fingerprint, lets_in_by_key, make_key, openssh, public},
    succeed,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Where the keys of an account are.
fn keys_of(rest: &Rest, login: &str) -> String {
    let found = rest.get(&format!("/accounts?search={login}@"));
    assert_eq!((found.status, &found.body["total"]), (200, &json!(1)), "{found:?}");
    format!("/accounts/{}/ssh-keys", id(&found.body["items"][0]))
}

fn order(file: &Path) -> Value {
    json!({ "public_key": fs::read_to_string(file).unwrap() })
}

#[test]
fn a_key_added_over_rest_lets_in_until_it_is_removed() {
    let site = Site::with_sftp();
    let key = make_key(&site, "desk", "ed25519");
    let server = site.start();
    let rest = server.rest();
    let keys = keys_of(&rest, LOGIN);
    assert!(!lets_in_by_key(&server, LOGIN, &key));

    let added = rest.post(&keys, &order(&public(&key)));
    assert_eq!(added.status, 201, "{added:?}");
    let facts = ["comment", "algorithm", "fingerprint", "last_used"].map(|name| added.body[name].clone());
    assert_eq!(facts, [json!("desk"), json!("ssh-ed25519"), json!(fingerprint(&key)), Value::Null]);
    assert_eq!(rest.get(&keys).body, json!({ "items": [added.body], "total": 1 }));

    let batch = server.write_local("batch", b"pwd\n");
    let mut sftp = openssh("sftp", &server, &["PreferredAuthentications=publickey", &format!("User={LOGIN}")]);
    sftp.arg("-i").arg(&key).arg("-b").arg(batch).arg("127.0.0.1");
    assert!(succeed(&mut sftp).contains("Remote working directory: /"));
    let used = rest.get(&keys).body["items"][0]["last_used"].clone();
    assert!(used.as_i64() >= added.body["added"].as_i64(), "{used}");

    let one = format!("{keys}/{}", id(&added.body));
    assert_eq!(rest.call(&one, &["-X", "DELETE"]).status, 204);
    assert_eq!(rest.call(&one, &["-X", "DELETE"]).status, 404);
    assert!(!lets_in_by_key(&server, LOGIN, &key));
    let audit = rest.get("/audit?action=ssh_key").body["items"].clone();
    let actions: Vec<_> = audit.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["ssh_key.remove", "ssh_key.add"]);
    assert_eq!(audit[0]["before"]["fingerprint"], fingerprint(&key));
}

#[test]
fn what_is_no_public_key_is_refused_and_not_kept() {
    let site = Site::with_sftp();
    let key = make_key(&site, "desk", "ed25519");
    let secret = fs::read_to_string(&key).unwrap().lines().nth(2).unwrap().to_owned();
    let server = site.start();
    let rest = server.rest();
    let keys = keys_of(&rest, LOGIN);
    let public_key = order(&public(&key));
    assert_eq!(rest.post(&keys, &public_key).status, 201);
    for (order, expected) in [
        (order(&key), "this is a private key"),
        (public_key, "already"),
        (json!({ "public_key": "hello" }), "not a public key"),
        (json!({}), "missing field"),
    ] {
        let refused = rest.post(&keys, &order);
        assert_eq!((refused.status, refused.content_type.as_str()), (422, "application/problem+json"), "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(expected) && !detail.contains(&secret), "{detail}");
    }
    assert!(!server.log_text().contains(&secret));
    let auditor = Rest::new(server.panel(), Some(server.add_token("eyes", "auditor")));
    assert_eq!(auditor.get(&keys).body["total"], 1);
    assert_eq!(auditor.post(&keys, &json!({ "public_key": "hello" })).status, 403);
    let nowhere = "/accounts/01980000-0000-7000-8000-000000000000/ssh-keys";
    assert_eq!((rest.get(nowhere).status, rest.get("/accounts/nobody/ssh-keys").status), (404, 404));
}
