//! Every verb of WebDAV against every right an account can lack, as [`crate::commands`] does it with the commands of FTP.

use super::ask;
use crate::{
    commands::permissions::{LACKING, needs_of},
    support::server::{PASSWORD, Site},
};
use std::{fs, path::Path};

/// A request, the destination where there is one, and the commands of FTP that do the same. Of several, all are needed.
struct Row(&'static str, &'static str, Option<&'static str>, &'static [&'static str]);

const ROWS: &[Row] = &[
    Row("GET", "file", None, &["RETR {}/file"]),
    Row("PUT", "file", None, &["STOR {}/file"]),
    Row("PUT", "new", None, &["STOR {}/new"]),
    Row("DELETE", "file", None, &["DELE {}/file"]),
    // A folder goes with all in it (RFC 4918 section 9.6.1), so that has to be found first.
    Row("DELETE", "empty/", None, &["RMD {}/empty", "LIST {}/empty"]),
    Row("MKCOL", "new", None, &["MKD {}/new"]),
    Row("MOVE", "file", Some("new"), &["RNTO {}/new"]),
    Row("COPY", "file", Some("new"), &["RETR {}/file", "STOR {}/new"]),
    Row("PROPFIND", "empty/", None, &["LIST {}/empty"]),
    Row("LOCK", "new", None, &["STOR {}/new"]),
];

const LOCK: &str =
    "<lockinfo xmlns=\"DAV:\"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>";

fn fill(place: &Path) {
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    fs::write(place.join("file"), "content").unwrap();
    fs::create_dir(place.join("empty")).unwrap();
}

fn tree(place: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = fs::read_dir(place)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let content = if path.is_dir() { "/".into() } else { fs::read_to_string(&path).unwrap() };
            (path.file_name().unwrap().to_string_lossy().into_owned(), content)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn no_verb_works_without_the_right_that_ftp_asks_for() {
    let site = Site::with_web();
    site.add_account("full", &[]);
    for lacking in LACKING {
        site.add_account(&lacking.join("-"), &["--without", &lacking.join(",")]);
    }
    let server = site.start();
    for lacking in [&[][..]].into_iter().chain(LACKING.iter().copied()) {
        let login = if lacking.is_empty() { "full".to_owned() } else { lacking.join("-") };
        let (user, home) = (format!("{login}:{PASSWORD}"), server.home(&login));
        for Row(verb, path, to, like) in ROWS {
            fill(&home);
            let before = tree(&home);
            let mut options = vec!["-u", &user, "-X", verb];
            let destination = to.map(|to| format!("destination: https://{}/dav/{to}", server.web()));
            if let Some(destination) = &destination {
                options.extend(["-H", destination]);
            }
            match *verb {
                "PUT" => options.extend(["-d", "upload"]),
                "PROPFIND" => options.extend(["-H", "depth: 1"]),
                "LOCK" => options.extend(["-d", LOCK]),
                _ => {}
            }
            let answer = ask(&server, &format!("/dav/{path}"), &options);
            let denied = like
                .iter()
                .flat_map(|command| needs_of(command))
                .any(|group| group.iter().all(|right| lacking.contains(right)));
            let what = format!("{verb} {path} without {lacking:?}: {} {}", answer.status, answer.text());
            if denied {
                assert!(matches!(answer.status, 403 | 404 | 409 | 412) || answer.text().contains("403"), "{what}");
                assert_eq!(tree(&home), before, "{what}");
            } else {
                let looks = lacking.contains(&"list") && lacking.contains(&"read");
                assert!((200..300).contains(&answer.status) || looks, "{what}");
            }
        }
    }
}
