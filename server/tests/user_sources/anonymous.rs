//! Anonymous FTP.

use super::{attempt, run};
use crate::support::{
    bounded, eventually, names,
    rest::id,
    server::{DOMAIN, Site, Wharf},
    ssh::lets_in_by_password,
    succeed, told,
};
use serde_json::json;
use std::fs;

fn site(access: &str) -> Site {
    let site = Site::with_sftp();
    run(&site, &["domain", "set-anonymous", DOMAIN, access, "--folder", "pub", "--sessions", "5"]);
    fs::create_dir_all(site.root(DOMAIN).join("pub")).unwrap();
    fs::write(site.root(DOMAIN).join("pub/open"), b"for all").unwrap();
    site
}

/// curl as people use it: without saying who they are.
fn curl(server: &Wharf, path: &str, options: &[&str]) -> std::process::Output {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sS"]).args(options).arg(format!("ftp://{}/{path}", server.ftp()));
    curl.output().unwrap()
}

#[test]
fn it_is_off_until_somebody_switches_it_on() {
    let server = Site::with_account().start();
    for login in ["anonymous", "ftp", "anonymous@acme.example"] {
        assert_eq!(attempt(&server, login, "me@example.com"), "530 Login incorrect", "{login}");
    }
}

#[test]
fn anonymous_users_look_and_download_and_no_more() {
    let server = site("read-only").start();
    let rest = server.rest();
    let got = curl(&server, "open", &[]);
    assert!(got.status.success() && got.stdout == b"for all", "{}", told(&got));
    let file = server.write_local("file", b"x");
    for path in ["file", "open", "incoming/file"] {
        let sent = curl(&server, path, &["-T", file.to_str().unwrap()]);
        assert!(!sent.status.success(), "{path}: {}", told(&sent));
    }
    let mut wire = server.connect();
    wire.expect(&format!("USER ftp@{DOMAIN}"), 331);
    wire.expect("PASS me@example.com", 230);
    let row = rest.session("without a name", |row| row["login"] == "anonymous");
    assert_eq!(row["type"], json!("anonymous"));
    let log = rest.get(&format!("/sessions/{}/log", id(&row))).body.to_string();
    assert!(log.contains("me@example.com"), "{log}");
    assert!(!server.log_text().contains("me@example.com"));
    wire.expect("RNFR open", 350);
    for line in ["RNTO other", "MKD new", "DELE open", "MFMT 20200101000000 open", "SITE CHMOD 777 open"] {
        assert_eq!(wire.command(line).code, 550, "{line}");
    }
    assert_eq!(names(&server.root(DOMAIN).join("pub")), ["open"]);
    assert!(!lets_in_by_password(&server, &format!("anonymous@{DOMAIN}"), "x"), "not over SSH");
}

#[test]
fn what_is_put_into_incoming_is_seen_by_nobody_of_them() {
    let server = site("incoming").start();
    let incoming = server.root(DOMAIN).join("pub/incoming");
    let file = server.write_local("file", b"content");
    let put = |path: &str| curl(&server, path, &["-T", file.to_str().unwrap()]);
    let sent = put("incoming/file");
    assert!(sent.status.success(), "{}", told(&sent));
    assert_eq!(fs::read(incoming.join("file")).unwrap(), b"content");
    for path in ["incoming/file", "file", "incoming/below/file"] {
        assert!(!put(path).status.success(), "{path}");
    }
    for path in ["incoming/file", "incoming/"] {
        let got = curl(&server, path, &[]);
        assert!(!got.status.success() && got.stdout.is_empty(), "{path}: {}", told(&got));
    }
    let script = format!(
        "set net:max-retries 1; set ssl:verify-certificate no; open {}; cd incoming; put {} -o second; bye",
        format_args!("ftp://anonymous:me%40example.com@{}", server.ftp()),
        file.display()
    );
    succeed(bounded("lftp").args(["--norc", "-c", &script]));
    assert_eq!(names(&incoming), ["file", "second"]);
    let mut wire = server.connect();
    wire.expect("USER anonymous", 331);
    wire.expect("PASS x", 230);
    wire.expect("CWD incoming", 250);
    for line in ["DELE file", "RNFR file", "SIZE file", "MDTM file", "MLST file", "MKD below"] {
        assert_eq!(wire.command(line).code, 550, "{line}");
    }
    assert_eq!(wire.transmit("STOU", b"unique").code, 226);
    // What is cut leaves nothing, and nobody can go on with it.
    let mut data = wire.begin("STOR half");
    std::io::Write::write_all(&mut data, b"the first half").unwrap();
    drop(wire);
    drop(data);
    server.rest().until_empty();
    eventually("no part is left", || {
        (!names(&incoming).iter().any(|name| name.starts_with(".wharf-part"))).then_some(())
    });
}

#[test]
fn switching_it_off_ends_what_runs() {
    let server = site("read-only").start();
    let rest = server.rest();
    let mut wire = server.connect();
    wire.expect("USER anonymous", 331);
    wire.expect("PASS x", 230);
    let domain = id(&rest.get("/domains").body["items"][0]).to_owned();
    let path = format!("/domains/{domain}/anonymous");
    let shown = rest.get(&path).body;
    assert_eq!(
        (&shown["access"], &shown["folder"], &shown["sessions"]),
        (&json!("read-only"), &json!("pub"), &json!(1))
    );
    assert_eq!(shown["limits"]["sessions"], 5);
    let order = json!({ "access": "off", "folder": "pub", "limits": shown["limits"] }).to_string();
    let changed = rest.call(&path, &["-X", "PUT", "-d", &order]);
    assert_eq!((changed.status, &changed.body["ended"]), (200, &json!(1)), "{changed:?}");
    wire.expect_reply(421);
    assert_eq!(attempt(&server, "anonymous", "x"), "530 Login incorrect");
}
