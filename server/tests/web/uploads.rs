//! Uploads of the file client (tus 1.0): created, cut, found again, gone on with.

use super::{Answer, Browser, upload_of};
use crate::support::{
    Background, assert_content, eventually, everything, names, noise,
    server::{LOGIN, Site, Wharf},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{fs, process::Stdio};

const VERSION: [&str; 2] = ["-H", "tus-resumable: 1.0.0"];

fn create(browser: &Browser, server: &Wharf, path: &str, length: usize, more: &str) -> Answer {
    let metadata = format!("upload-metadata: path {}{more}", BASE64_STANDARD.encode(path));
    let length = format!("upload-length: {length}");
    let options = ["-X", "POST", "-H", &length, "-H", &metadata];
    browser.ask(server, "/uploads", &[&VERSION[..], &options].concat())
}

fn offset(browser: &Browser, server: &Wharf, location: &str) -> Answer {
    browser.ask(server, location, &[&VERSION[..], &["-I"]].concat())
}

fn patch(browser: &Browser, server: &Wharf, location: &str, offset: usize, bytes: &[u8]) -> Answer {
    let file = server.write_local("piece", bytes);
    let (offset, data) = (format!("upload-offset: {offset}"), format!("@{}", upload_of(&file)));
    let kind = "content-type: application/offset+octet-stream";
    let options = ["-X", "PATCH", "-H", &offset, "-H", kind, "--data-binary", &data];
    browser.ask(server, location, &[&VERSION[..], &options].concat())
}

#[test]
fn an_upload_in_pieces_is_a_file_when_the_last_has_come() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let content = noise(1, 1_500_000);
    let created = create(&browser, &server, "/a%20b.bin", content.len(), ",modified MTAwMDAwMDAwMDAwMA==");
    assert_eq!((created.status, created.header("upload-offset")), (201, Some("0")));
    let location = created.header("location").unwrap();
    assert_eq!(offset(&browser, &server, location).header("upload-offset"), Some("0"));
    let first = patch(&browser, &server, location, 0, &content[..1_000_000]);
    assert_eq!((first.status, first.header("upload-offset")), (204, Some("1000000")));
    assert_eq!(names(&server.home(LOGIN)), [""; 0], "nothing has its name yet");
    assert_eq!(patch(&browser, &server, location, 5, b"wrong place").status, 409);
    assert_eq!(offset(&browser, &server, location).header("upload-offset"), Some("1000000"));
    assert_eq!(patch(&browser, &server, location, 1_000_000, &content[1_000_000..]).status, 204);
    let file = server.home(LOGIN).join("a b.bin");
    assert_content(&file, &content);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_000_000_000);
    assert_eq!(everything(&server.home(LOGIN)), ["a b.bin"]);
    assert_eq!(offset(&browser, &server, location).header("upload-offset"), Some("1500000"));
}

#[test]
fn an_upload_that_is_cut_goes_on_after_a_restart_of_the_server() {
    let site = Site::with_web();
    site.add_account("slow", &["--upload-rate", "1000000"]);
    let mut server = site.start();
    let browser = Browser::sign_in_as(&server, "slow");
    let content = noise(2, 6 << 20);
    let large = server.write_local("large", &content);
    let created = create(&browser, &server, "/large", content.len(), "");
    let location = created.header("location").unwrap().to_owned();
    let data = format!("@{}", upload_of(&large));
    let kind = "content-type: application/offset+octet-stream";
    let options =
        [&VERSION[..], &["-X", "PATCH", "-H", "upload-offset: 0", "-H", kind, "--data-binary", &data]].concat();
    let mut upload =
        Background::start(browser.curl(&server, &location, &options).stderr(Stdio::null()).stdout(Stdio::null()));
    let row = server.rest().moving("large");
    assert_eq!((&row["protocol"], &row["direction"]), (&"http".into(), &"upload".into()));
    eventually("a megabyte has come", || {
        server.rest().sessions().iter().any(|row| row["bytes_in"].as_u64() > Some(1 << 20)).then_some(())
    });
    server.crash_and_restart();
    upload.wait();

    // The page was reloaded: it knows the file and nothing else.
    let browser = Browser::sign_in_as(&server, "slow");
    assert_eq!(offset(&browser, &server, &location).status, 404);
    let created = create(&browser, &server, "/large", content.len(), "");
    let arrived: usize = created.header("upload-offset").unwrap().parse().unwrap();
    assert!(arrived > 0 && arrived < content.len(), "{arrived}");
    let location = created.header("location").unwrap();
    assert_eq!(patch(&browser, &server, location, arrived, &content[arrived..]).status, 204);
    assert_content(&server.home("slow").join("large"), &content);
}

#[test]
fn who_asks_again_takes_the_upload_over() {
    let site = Site::with_web();
    site.add_account("slow", &["--upload-rate", "1000000"]);
    let server = site.start();
    let browser = Browser::sign_in_as(&server, "slow");
    let content = noise(2, 6 << 20);
    let large = server.write_local("large", &content);
    let created = create(&browser, &server, "/large", content.len(), "");
    let location = created.header("location").unwrap();
    let data = format!("@{}", upload_of(&large));
    let kind = "content-type: application/offset+octet-stream";
    let options =
        [&VERSION[..], &["-X", "PATCH", "-H", "upload-offset: 0", "-H", kind, "--data-binary", &data]].concat();
    let mut lost =
        Background::start(browser.curl(&server, location, &options).stderr(Stdio::null()).stdout(Stdio::null()));
    server.rest().moving("large");
    let told = offset(&browser, &server, location);
    assert_eq!(told.status, 200, "{}", told.text());
    let arrived: usize = told.header("upload-offset").unwrap().parse().unwrap();
    lost.wait();
    assert_eq!(patch(&browser, &server, location, arrived, &content[arrived..]).status, 204);
    assert_content(&server.home("slow").join("large"), &content);
}

#[test]
fn a_file_that_is_there_is_replaced_only_on_request() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let old = server.write_home(LOGIN, "file", b"old");
    assert_eq!(create(&browser, &server, "/file", 3, "").status, 409);
    // MQ== is 1
    let created = create(&browser, &server, "/file", 6, ",overwrite MQ==");
    assert_eq!(created.status, 201, "{}", created.text());
    let location = created.header("location").unwrap();
    assert_eq!(patch(&browser, &server, location, 0, b"new").status, 204);
    assert_content(&old, b"old");
    assert_eq!(patch(&browser, &server, location, 3, b"new").status, 204);
    assert_content(&old, b"newnew");
}

#[test]
fn given_up_it_leaves_nothing() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    let created = create(&browser, &server, "/file", 10, "");
    let location = created.header("location").unwrap();
    patch(&browser, &server, location, 0, b"half");
    assert_eq!(everything(&server.home(LOGIN)).len(), 1, "a part");
    let given_up = browser.ask(&server, location, &[&VERSION[..], &["-X", "DELETE"]].concat());
    assert_eq!(given_up.status, 204);
    assert_eq!(everything(&server.home(LOGIN)), [""; 0]);
    assert_eq!(offset(&browser, &server, location).status, 404);
}

#[test]
fn empty_files_are_files_at_once() {
    let server = Site::with_web().start();
    let browser = Browser::sign_in(&server);
    assert_eq!(create(&browser, &server, "/empty", 0, "").status, 201);
    assert_content(&server.home(LOGIN).join("empty"), b"");
}

#[test]
fn what_cannot_be_is_refused_before_a_byte_is_sent() {
    let site = Site::with_web();
    site.add_account("small", &["--quota", "1000"]);
    site.add_account("reader", &["--without", "write"]);
    let server = site.start();
    let small = Browser::sign_in_as(&server, "small");
    assert_eq!(create(&small, &server, "/file", 2000, "").status, 507);
    let reader = Browser::sign_in_as(&server, "reader");
    assert_eq!(create(&reader, &server, "/file", 20, "").status, 403);
    let browser = Browser::sign_in(&server);
    assert_eq!(create(&browser, &server, "/no/folder", 20, "").status, 404);
    assert_eq!(create(&browser, &server, "/a%00b", 20, "").status, 400);
    assert_eq!(browser.ask(&server, "/uploads", &["-X", "POST"]).status, 412, "no version");
    let created = create(&browser, &server, "/file", 20, "");
    let location = created.header("location").unwrap();
    assert_eq!(offset(&small, &server, location).status, 404, "somebody else's");
    assert_eq!(patch(&small, &server, location, 0, b"x").status, 404);
    assert_eq!(patch(&browser, &server, location, 0, &[b'x'; 21]).status, 400, "more than announced");
}
