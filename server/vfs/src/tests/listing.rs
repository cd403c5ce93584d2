use std::collections::HashSet;
use std::os::unix::fs::symlink;

use super::*;
use crate::FileKind;

async fn names(home: &Home, path: &str) -> Vec<Vec<u8>> {
    let mut names: Vec<_> =
        home.files.list(&at(path)).await.unwrap().all().await.unwrap().into_iter().map(|e| e.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn many_entries_come_in_batches() {
    let home = Home::new().await;
    std::fs::create_dir(home.path("many")).unwrap();
    for n in 0..1_100 {
        std::fs::File::create(home.path(format!("many/{n}"))).unwrap();
    }
    let mut listing = home.files.list(&at("many")).await.unwrap();
    let mut seen = HashSet::new();
    let mut batches = 0;
    while let Some(batch) = listing.next_batch().await.unwrap() {
        assert!(!batch.is_empty() && batch.len() <= 512);
        batches += 1;
        seen.extend(batch.into_iter().map(|entry| entry.name));
    }
    assert_eq!((seen.len(), batches), (1_100, 3));
    assert!(listing.next_batch().await.unwrap().is_none());
}

#[tokio::test]
async fn hides_what_cannot_be_named() {
    let home = Home::new().await;
    home.put("plain", "");
    home.put(".hidden", "");
    home.put("a\nforged line", "");
    home.cut("cut", WriteMode::Replace, b"x").await;
    assert_eq!(home.parts().len(), 1);
    assert_eq!(names(&home, "/").await, [&b".hidden"[..], b"plain"]);
}

#[tokio::test]
async fn links_show_their_target() {
    let home = Home::new().await;
    std::fs::create_dir(home.path("d")).unwrap();
    home.put("d/file", "12345");
    symlink("/d/file", home.path("d/inside")).unwrap();
    symlink("/d", home.path("d/directory")).unwrap();
    symlink(home.domain.path(), home.path("d/outside")).unwrap();
    let entries = home.files.list(&at("d")).await.unwrap().all().await.unwrap();
    let facts = |name: &[u8]| entries.iter().find(|e| e.name == name).map(|e| (e.stat.kind, e.stat.size)).unwrap();
    assert_eq!(facts(b"inside"), (FileKind::File, 5));
    assert_eq!(facts(b"directory").0, FileKind::Directory);
    assert_eq!(facts(b"outside").0, FileKind::Symlink);
}

#[tokio::test]
async fn names_are_bytes() {
    let home = Home::new().await;
    let name = b"caf\xe9 \xff\xfe";
    let mut handle = home.files.open_write(&at(name), WriteMode::Replace).await.unwrap();
    send(&mut handle, b"latin").await.unwrap();
    handle.commit(None).await.unwrap();
    assert_eq!(home.get(name), b"latin");
    assert_eq!(names(&home, "/").await, [name]);
    home.files.rename(&at(name), &at(b"\x80")).await.unwrap();
    assert_eq!(home.files.stat(&at(b"\x80")).await.unwrap().size, 5);
    home.files.unlink(&at(b"\x80")).await.unwrap();
    assert!(names(&home, "/").await.is_empty());
}

#[tokio::test]
async fn only_directories_are_listed() {
    let home = Home::new().await;
    home.put("file", "");
    refused!(home.files.list(&at("file")).await, FileError::NotADirectory);
    refused!(home.files.list(&at("none")).await, FileError::NotFound);
    refused!(home.files.enter(&at("file")).await, FileError::NotADirectory);
}
