//! One file, part of it, or several as an archive.

use super::{Browser, ask, dav};
use crate::support::{
    bounded, noise,
    server::{LOGIN, Site},
    succeed,
};
use std::{fs, process::Command};

#[test]
fn ranges_and_conditions_save_what_is_there_already() {
    let server = Site::with_web().start();
    let content = noise(1, 1_000_000);
    server.write_home(LOGIN, "file", &content);
    let whole = dav(&server, "/file", &[]);
    assert_eq!((whole.status, whole.body.len()), (200, content.len()));
    assert!(whole.body == content);
    let (etag, modified) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));

    let part = dav(&server, "/file", &["-r", "10-19"]);
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 10-19/1000000")));
    assert_eq!(part.body, &content[10..20]);
    let part = dav(&server, "/file", &["-r", "-5", "-H", &format!("if-range: {etag}")]);
    assert_eq!(part.body, &content[999_995..]);
    let changed = dav(&server, "/file", &["-r", "-5", "-H", "if-range: \"other\""]);
    assert_eq!((changed.status, changed.body.len()), (200, content.len()));
    let beyond = dav(&server, "/file", &["-r", "1000000-"]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */1000000")));

    assert_eq!(dav(&server, "/file", &["-H", &format!("if-none-match: {etag}")]).status, 304);
    assert_eq!(dav(&server, "/file", &["-H", &format!("if-modified-since: {modified}")]).status, 304);
    assert_eq!(dav(&server, "/file", &["-H", "if-match: \"other\""]).status, 412);
    let head = dav(&server, "/file", &["-I"]);
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("1000000"), 0));
}

#[test]
fn a_thousand_ranges_get_the_file_once() {
    let server = Site::with_web().start();
    server.write_home(LOGIN, "file", &noise(1, 100_000));
    let ranges = vec!["0-99999"; 1000].join(",");
    let answer = dav(&server, "/file", &["-H", &format!("range: bytes={ranges}")]);
    assert_eq!((answer.status, answer.body.len()), (200, 100_000));
}

#[test]
fn what_a_browser_shows_can_do_nothing() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    for name in ["page.html", "image.svg", "script.js", "program.exe", "document.pdf"] {
        server.write_home(LOGIN, name, b"<script>alert(1)</script>");
    }
    for (name, kind) in [
        ("page.html", "text/plain; charset=utf-8"),
        ("image.svg", "image/svg+xml"),
        ("script.js", "text/plain; charset=utf-8"),
        ("program.exe", "application/octet-stream"),
        ("document.pdf", "application/pdf"),
    ] {
        let shown = browser.ask(&server, &format!("/files/{name}?inline=1"), &[]);
        assert_eq!(shown.header("content-type"), Some(kind), "{name}");
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        let policy = shown.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{name}: {policy}");
        assert_eq!(policy.starts_with("sandbox;"), name != "document.pdf", "{name}: {policy}");
        let saved = browser.ask(&server, &format!("/files/{name}"), &[]);
        assert_eq!(saved.header("content-type"), Some("application/octet-stream"));
        let disposition = saved.header("content-disposition").unwrap();
        assert!(disposition.starts_with(&format!("attachment; filename=\"{name}\"")), "{disposition}");
    }
}

#[test]
fn every_name_is_found_by_its_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    for (bytes, encoded) in [
        (&b"plus+and space"[..], "plus+and%20space"),
        (b"100%", "100%25"),
        (b"\xff\xfe", "%FF%FE"),
        (b"a?b#c", "a%3Fb%23c"),
        (b"semi;colon\"quote", "semi%3Bcolon%22quote"),
    ] {
        fs::write(server.home(LOGIN).join(std::ffi::OsStr::from_bytes(bytes)), b"content").unwrap();
        let answer = browser.ask(&server, &format!("/files/{encoded}"), &[]);
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"content"[..]), "{encoded}");
    }
}

#[test]
fn nothing_outside_of_the_home_is_reached() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    fs::write(server.root("example.test").join("secret"), b"secret").ok();
    for path in ["/files/../secret", "/files/%2e%2e/secret", "/files/%2e%2e%2fsecret", "/files//etc/passwd"] {
        let answer = browser.ask(&server, path, &[]);
        assert!(answer.status >= 400 && !answer.text().contains("root:") && answer.body != b"secret", "{path}");
    }
}

#[test]
fn several_files_and_folders_come_as_one_archive() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let home = server.home(LOGIN);
    fs::create_dir_all(home.join("folder/deep/empty")).unwrap();
    fs::write(home.join("folder/ü.bin"), noise(1, 700_000)).unwrap();
    fs::write(home.join("folder/deep/b"), noise(2, 10)).unwrap();
    fs::write(home.join("single"), b"one").unwrap();
    fs::write(home.join("not this"), b"two").unwrap();
    std::os::unix::fs::symlink("/etc", home.join("folder/link")).unwrap();
    let answer = browser.ask(&server, "/zip?path=/folder&path=/single", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zip")));
    let zip = server.write_local("all.zip", &answer.body);
    let out = server.local("out");
    let script =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])";
    succeed(bounded("python3").args(["-c", script]).arg(&zip).arg(&out));
    fs::remove_file(home.join("folder/link")).unwrap();
    succeed(Command::new("diff").arg("-r").arg(home.join("folder")).arg(out.join("folder")));
    assert_eq!(fs::read(out.join("single")).unwrap(), b"one");
    assert!(!out.join("not this").exists());
    assert_eq!(browser.ask(&server, "/zip?path=/nothing", &[]).status, 404);
    assert_eq!(browser.ask(&server, "/zip", &[]).status, 400);
}

#[test]
fn nobody_downloads_without_a_session() {
    let server = Site::with_web().start();
    server.write_home(LOGIN, "file", b"content");
    for path in ["/files/file", "/zip?path=/file", "/uploads", "/live"] {
        let answer = ask(&server, path, &[]);
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
    }
    let stranger = ["-b", "__Host-wharf-files=0123456789abcdef0123456789abcdef"];
    assert_eq!(ask(&server, "/files/file", &stranger).status, 401);
}
