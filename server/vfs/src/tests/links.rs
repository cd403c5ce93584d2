use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::FileKind;

#[tokio::test]
async fn a_link_is_read_as_it_is_stored() {
    let home = Home::new().await;
    symlink("../out \u{e4}", home.path("link")).unwrap();
    home.put("file", "");
    assert_eq!(home.files.read_link(&at("link")).await.unwrap(), "../out \u{e4}".as_bytes());
    assert!(home.files.read_link(&at("file")).await.is_err());
    let mut listing = home.files.list_links(&VPath::root()).await.unwrap();
    let kinds = listing.next_batch().await.unwrap().unwrap().into_iter().map(|entry| entry.stat.kind);
    assert!(kinds.into_iter().any(|kind| kind == FileKind::Symlink));
    home.files.set_link_modified(&at("link"), 3_000).await.unwrap();
    assert_eq!(home.path("link").symlink_metadata().unwrap().mtime(), 3);
}

#[tokio::test]
async fn a_hard_link_is_a_further_name_of_a_file_in_the_home() {
    let home = Home::new().await;
    home.put("file", "content");
    std::fs::create_dir(home.path("directory")).unwrap();
    symlink("file", home.path("link")).unwrap();
    symlink("../outside", home.path("out")).unwrap();
    home.files.hard_link(&at("file"), &at("directory/name")).await.unwrap();
    assert_eq!(home.path("file").metadata().unwrap().nlink(), 2);
    refused!(home.files.hard_link(&at("file"), &at("link")).await, FileError::AlreadyExists);
    refused!(home.files.hard_link(&at("directory"), &at("new")).await, FileError::IsADirectory);
    for link in ["link", "out"] {
        assert!(home.files.hard_link(&at(link), &at("new")).await.is_err());
    }
    assert!(!home.has("new"));
    home.files.unlink(&at("file")).await.unwrap();
    home.assert_settled().await;
}

#[tokio::test]
async fn a_rename_may_be_told_to_replace_nothing() {
    let home = Home::new().await;
    home.put("file", "content");
    home.put("other", "other");
    refused!(home.files.rename_new(&at("file"), &at("other")).await, FileError::AlreadyExists);
    refused!(home.files.rename_new(&at("missing"), &at("new")).await, FileError::NotFound);
    home.files.rename_new(&at("file"), &at("new")).await.unwrap();
    assert_eq!((home.get("new"), home.get("other")), (b"content".to_vec(), b"other".to_vec()));
}
