//! WebDAV as its clients speak it, and the sessions that come of it.

use super::{ask, curl, dav};
use crate::support::{
    Background, assert_content, bounded, eventually, everything, names, noise,
    rest::id,
    server::{LOGIN, PASSWORD, Site},
    succeed, told,
};
use serde_json::json;
use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
};

/// rclone with the server as the remote `:webdav:`.
fn rclone(server: &crate::support::server::Wharf, arguments: &[&str]) -> Command {
    let obscured = succeed(bounded("rclone").args(["obscure", PASSWORD]));
    let mut rclone = bounded("rclone");
    rclone
        .args(["--config", "", "--no-check-certificate", "--webdav-user", LOGIN])
        .args(["--webdav-pass", obscured.trim(), "--webdav-url"])
        .arg(format!("https://{}/dav/", server.web()))
        .args(arguments);
    rclone
}

#[test]
fn rclone_copies_a_tree_both_ways() {
    let server = Site::with_web().start();
    let tree = server.local("tree");
    fs::create_dir_all(tree.join("a b/deep")).unwrap();
    for (n, name) in ["empty", "a b/ü+%25#?.bin", "a b/deep/& <x>", "a b/deep/日本"].iter().enumerate() {
        fs::write(tree.join(name), noise(n as u64, n * 700_000)).unwrap();
    }
    let back = server.local("back");
    succeed(&mut rclone(&server, &["copy", tree.to_str().unwrap(), ":webdav:up"]));
    succeed(&mut rclone(&server, &["copy", ":webdav:up", back.to_str().unwrap()]));
    succeed(Command::new("diff").arg("-r").arg(&tree).arg(&back));
    succeed(Command::new("diff").arg("-r").arg(&tree).arg(server.home(LOGIN).join("up")));
    succeed(&mut rclone(&server, &["move", ":webdav:up/a b", ":webdav:moved"]));
    succeed(&mut rclone(&server, &["purge", ":webdav:moved"]));
    assert_eq!(names(&server.home(LOGIN)), ["up"]);
}

#[test]
fn the_litmus_suite_passes() {
    let server = Site::with_web().start();
    let url = format!("https://{}/dav/", server.web());
    for group in ["basic", "copymove", "props", "locks", "http"] {
        let mut litmus = bounded("litmus");
        let output = litmus
            .args(["-k", &url, LOGIN, PASSWORD])
            .env("TESTS", group)
            .env("HTDOCS", "/usr/share/litmus/htdocs")
            .current_dir(server.local(""))
            .output()
            .unwrap();
        let said = told(&output);
        assert!(output.status.success() && !said.contains("FAIL"), "{group}:\n{said}");
    }
}

#[test]
fn one_client_is_one_session_and_another_client_another() {
    let server = Site::with_web().start();
    server.write_home(LOGIN, "file", b"content");
    let rest = server.rest();
    for _ in 0..3 {
        assert_eq!(dav(&server, "/file", &["-A", "One/1.0"]).body, b"content");
    }
    let row = rest.session("of the client", |row| row["client"] == "One/1.0");
    assert_eq!((&row["protocol"], &row["secure"]), (&json!("webdav"), &json!(true)));
    assert_eq!(row["login"], LOGIN);
    assert_eq!(row["bytes_out"], 21);
    dav(&server, "/file", &["-A", "Two/1.0"]);
    assert_eq!(rest.sessions().len(), 2);
    let log = rest.get(&format!("/sessions/{}/log", id(&row))).body.to_string();
    assert!(log.contains("GET /dav/file") && log.contains("200 OK"), "{log}");
    assert!(!log.contains(PASSWORD));
}

#[test]
fn a_kick_cuts_a_download_and_the_next_request_is_another_session() {
    let site = Site::with_web();
    site.add_account("slow", &["--download-rate", "500000", "--upload-rate", "500000"]);
    let server = site.start();
    server.write_home("slow", "large", &noise(1, 8 << 20));
    let rest = server.rest();
    for version in ["--http1.1", "--http2"] {
        let local = server.local("large");
        let user = format!("slow:{PASSWORD}");
        let mut command = curl(&server, "/dav/large", &[version, "-u", &user, "-o", local.to_str().unwrap()]);
        let mut download = Background::start(command.stderr(std::process::Stdio::null()));
        let row = rest.moving("large");
        rest.kick(&row, &json!({"action": "disconnect", "message": "stop it"}));
        assert!(!download.wait().success(), "{version}: a cut download is no success");
        assert!(fs::metadata(&local).unwrap().len() < 8 << 20);
        rest.until_empty();
    }
}

#[test]
fn a_client_that_reads_nothing_is_cut_as_well() {
    let server = Site::with_web().start();
    server.write_home(LOGIN, "large", &noise(1, 64 << 20));
    let rest = server.rest();
    let user = format!("{LOGIN}:{PASSWORD}");
    let mut command = curl(&server, "/dav/large", &["-u", &user, "--limit-rate", "1", "-o", "/dev/null"]);
    // curl notices when it reads again, which at this rate takes as long as it likes.
    let _download = Background::start(command.stderr(std::process::Stdio::null()));
    let row = rest.moving("large");
    rest.kick(&row, &json!({"action": "disconnect"}));
    rest.until_empty();
}

#[test]
fn a_kick_cuts_an_upload_and_nothing_has_its_name() {
    let site = Site::with_web();
    site.add_account("slow", &["--upload-rate", "500000"]);
    let server = site.start();
    let large = server.write_local("large", &noise(1, 8 << 20));
    let rest = server.rest();
    let user = format!("slow:{PASSWORD}");
    let mut command = curl(&server, "/dav/large", &["-u", &user, "-T", large.to_str().unwrap()]);
    let mut upload = Background::start(command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()));
    let row = rest.moving("large");
    rest.kick(&row, &json!({"action": "disconnect"}));
    upload.wait();
    rest.until_empty();
    assert_eq!(names(&server.home("slow")), [""; 0]);
}

#[test]
fn an_abort_stops_the_transfer_and_the_session_stays() {
    let site = Site::with_web();
    site.add_account("slow", &["--download-rate", "500000"]);
    let server = site.start();
    server.write_home("slow", "large", &noise(1, 8 << 20));
    let rest = server.rest();
    let user = format!("slow:{PASSWORD}");
    let mut command = curl(&server, "/dav/large", &["-u", &user, "-o", "/dev/null"]);
    let mut download = Background::start(command.stderr(std::process::Stdio::null()));
    let row = rest.moving("large");
    assert_eq!(rest.abort(&row), 1);
    assert!(!download.wait().success());
    let row = rest.session("that stays", |other| id(other) == id(&row));
    assert_eq!(row["file"], json!(null));
}

#[test]
fn whole_uploads_replace_and_broken_ones_do_not() {
    let server = Site::with_web().start();
    let old = server.write_home(LOGIN, "file", b"old");
    let content = noise(3, 3_000_000);
    let new = server.write_local("new", &content);
    assert_eq!(dav(&server, "/file", &["-T", new.to_str().unwrap()]).status, 204);
    assert_content(&old, &content);
    // A length that lies: less comes than was announced.
    let url = format!("https://{}/dav/file", server.web());
    let user = format!("{LOGIN}:{PASSWORD}");
    let mut lie = bounded("curl");
    lie.args(["-q", "-sSk", "-m", "3", "--http1.1", "-u", &user, "-X", "PUT", "-H", "content-length: 5000000"]);
    let output = lie.arg("--data-binary").arg(format!("@{}", new.display())).arg(&url).output().unwrap();
    assert!(!output.status.success());
    eventually("the transfer has ended", || {
        server.rest().sessions().iter().all(|row| row["file"].is_null()).then_some(())
    });
    assert_content(&old, &content);
    assert_eq!(dav(&server, "/file", &["-X", "PUT", "-H", "content-range: bytes 0-2/10", "-d", "new"]).status, 400);
    assert_content(&old, &content);
}

#[test]
fn links_are_deleted_and_not_what_they_lead_to() {
    let server = Site::with_web().start();
    let home = server.home(LOGIN);
    fs::create_dir_all(home.join("target")).unwrap();
    fs::create_dir_all(home.join("folder")).unwrap();
    server.write_home(LOGIN, "target/file", b"content");
    std::os::unix::fs::symlink("../target", home.join("folder/link")).unwrap();
    assert_eq!(dav(&server, "/folder/", &["-X", "DELETE"]).status, 204);
    assert_eq!(everything(&home), ["target"]);
    assert_eq!(fs::read(home.join("target/file")).unwrap(), b"content");
}

#[test]
fn strangers_are_asked_for_a_password_and_only_over_tls() {
    let mut site = Site::with_web();
    let server = {
        site.set("logins.attempts", 3);
        site.start()
    };
    let answer = ask(&server, "/dav/", &["-X", "PROPFIND"]);
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Wharf\", charset=\"UTF-8\""));
    let unknown = ask(&server, "/dav/", &["-u", "nobody:x"]);
    let wrong = ask(&server, "/dav/", &["-u", &format!("{LOGIN}:x")]);
    assert_eq!((unknown.status, wrong.status), (401, 401));
    assert_eq!(unknown.body, wrong.body, "nobody learns which names exist");
    ask(&server, "/dav/", &["-u", &format!("{LOGIN}:y")]);
    let locked = dav(&server, "/", &[]);
    assert_eq!(locked.status, 403);
    assert!(locked.text().contains("too many failed logins"), "{}", locked.text());
    assert_eq!(server.rest().sessions().len(), 0);
}

#[test]
fn without_tls_no_password_is_taken() {
    let mut site = Site::with_web();
    site.set("web.tls", false);
    let server = site.start();
    let url = format!("http://{}/dav/", server.web());
    let said = succeed(bounded("curl").args(["-q", "-sS", "-u", &format!("{LOGIN}:{PASSWORD}"), &url]));
    assert!(said.contains("WebDAV needs TLS"), "{said}");
}

#[test]
fn another_password_ends_the_session() {
    let server = Site::with_web().start();
    assert_eq!(dav(&server, "/", &["-X", "PROPFIND", "-H", "depth: 0"]).status, 207);
    let rest = server.rest();
    assert_eq!(rest.sessions().len(), 1);
    let accounts = rest.get("/accounts").body;
    let account = accounts["items"][0]["id"].as_str().unwrap().to_owned();
    let changed = rest.patch(&format!("/accounts/{account}"), &json!({"password": "another long password 7"}));
    assert_eq!(changed.status, 200, "{changed:?}");
    rest.until_empty();
    assert_eq!(dav(&server, "/", &["-X", "PROPFIND"]).status, 401);
}

#[test]
fn the_quota_keeps_the_old_file() {
    let site = Site::with_web();
    site.add_account("small", &["--quota", "1000000"]);
    let server = site.start();
    let old = server.write_home("small", "file", b"old");
    let large = server.write_local("large", &noise(1, 2_000_000));
    let user = format!("small:{PASSWORD}");
    let answer = ask(&server, "/dav/file", &["-u", &user, "-T", large.to_str().unwrap()]);
    assert_eq!(answer.status, 507);
    // And where the length is not said.
    let chunked = ["-u", &user, "-H", "transfer-encoding: chunked", "--http1.1", "-T", large.to_str().unwrap()];
    assert_eq!(ask(&server, "/dav/file", &chunked).status, 507);
    assert_content(&old, b"old");
    assert_eq!(everything(&server.home("small")), ["file"]);
}

#[test]
fn a_kick_stops_a_deletion_and_what_is_left_stays() {
    const FILES: usize = 20_000;
    let server = Site::with_web().start();
    let folder = server.home(LOGIN).join("folder");
    fs::create_dir(&folder).unwrap();
    for n in 0..FILES {
        fs::write(folder.join(n.to_string()), "").unwrap();
    }
    let left = || fs::read_dir(&folder).unwrap().count();
    let rest = server.rest();
    let user = format!("{LOGIN}:{PASSWORD}");
    let options = ["-A", "cleaner", "-u", &user, "-X", "DELETE", "-w", "%{http_code}"];
    let mut command = curl(&server, "/dav/folder/", &options);
    let mut deletion = Background::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()));
    let row = rest.session("that deletes", |row| row["client"] == "cleaner");
    eventually("some files are gone", || (left() < FILES).then_some(()));
    rest.kick(&row, &json!({"action": "disconnect"}));
    deletion.wait();
    let mut said = String::new();
    deletion.pipes().1.read_to_string(&mut said).unwrap();
    assert!(!said.contains("204"), "{said}");
    rest.until_empty();
    let then = left();
    assert!(then > 0, "the kick came too late to show anything");
    for _ in 0..10 {
        assert_eq!(rest.sessions().len(), 0);
    }
    assert!(then - left() <= 1, "at most the file that was being deleted is gone as well");
}
