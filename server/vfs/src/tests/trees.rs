use std::fs::{create_dir, create_dir_all};
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

#[tokio::test]
async fn a_folder_is_copied_with_all_in_it_and_into_nothing_that_is_there() {
    let home = Home::new().await;
    create_dir_all(home.path("from/inner/empty")).unwrap();
    home.put("from/a", "first");
    home.put("from/inner/b", "second");
    home.put("outside", "not copied");
    symlink("../outside", home.path("from/link")).unwrap();
    assert_eq!(home.files.copy_tree(&at("/from"), &at("/to")).await.unwrap(), 5);
    assert_eq!((home.get("to/a"), home.get("to/inner/b")), (b"first".to_vec(), b"second".to_vec()));
    assert!(home.path("to/inner/empty").is_dir() && !home.has("to/link"));
    refused!(home.files.copy_tree(&at("/from"), &at("/to")).await, FileError::AlreadyExists);
    for within in ["/from", "/from/copy", "/from/inner/copy"] {
        refused!(home.files.copy_tree(&at("/from"), &at(within)).await, FileError::Forbidden);
    }
    let narrow = home.allowed(Permissions { make_directories: false, ..Permissions::ALL });
    refused!(narrow.copy_tree(&at("/from"), &at("/new")).await, FileError::Denied);
    assert_eq!(narrow.copy_tree(&at("/from/a"), &at("/new")).await.unwrap(), 1);
}

#[tokio::test]
async fn a_copy_has_content_time_and_notes_and_is_paid_for() {
    let home = Home::with_quota(Some(25)).await;
    home.put("file", "0123456789");
    home.files.set_modified(&at("file"), 5_000).await.unwrap();
    home.files.set_properties(&at("file"), b"noted".to_vec()).await.unwrap();
    home.files.copy(&at("file"), &at("copy")).await.unwrap();
    assert_eq!(home.get("copy"), b"0123456789");
    assert_eq!(home.path("copy").metadata().unwrap().mtime(), 5);
    assert_eq!(home.files.properties(&at("copy")).await.unwrap(), b"noted");
    refused!(home.files.copy(&at("file"), &at("copy")).await, FileError::AlreadyExists);
    refused!(home.files.copy(&at("file"), &at("third")).await, FileError::QuotaExceeded);
    assert!(!home.has("third") && home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn what_is_noted_goes_where_the_file_goes() {
    let home = Home::new().await;
    home.put("file", "old");
    home.files.set_properties(&at("file"), b"noted".to_vec()).await.unwrap();
    home.files.rename(&at("file"), &at("moved")).await.unwrap();
    home.upload("moved", WriteMode::Replace, b"new content").await.unwrap();
    assert_eq!(home.files.properties(&at("moved")).await.unwrap(), b"noted");
    home.files.set_properties(&at("moved"), Vec::new()).await.unwrap();
    assert_eq!(home.files.properties(&at("moved")).await.unwrap(), b"");
    refused!(home.files.set_properties(&at("moved"), vec![b'x'; 5000]).await, FileError::NoSpace);
}

#[tokio::test]
async fn a_tree_goes_with_all_in_it_and_nothing_beside_it() {
    let home = Home::new().await;
    create_dir_all(home.path("tree/a/b")).unwrap();
    home.put("tree/file", "1");
    home.put("tree/a/b/file", "22");
    home.put("beside", "333");
    create_dir(home.path("target")).unwrap();
    home.put("target/file", "4444");
    symlink("../target", home.path("tree/link")).unwrap();
    symlink("../../outside", home.path("tree/out")).unwrap();
    home.cut("tree/a/cut", WriteMode::Replace, b"part").await;
    assert_eq!(home.files.remove_tree(&at("tree")).await.unwrap(), 7);
    assert!(!home.has("tree"));
    assert_eq!((home.get("beside"), home.get("target/file")), (b"333".to_vec(), b"4444".to_vec()));
    assert!(home.domain.path().join("outside").exists());
    assert_eq!(home.files.remove_tree(&at("beside")).await.unwrap(), 1);
    refused!(home.files.remove_tree(&at("missing")).await, FileError::NotFound);
    refused!(home.files.remove_tree(&VPath::root()).await, FileError::IsADirectory);
    home.assert_settled().await;
}

#[tokio::test]
async fn a_link_to_a_directory_goes_alone() {
    let home = Home::new().await;
    create_dir(home.path("target")).unwrap();
    home.put("target/file", "content");
    symlink("target", home.path("link")).unwrap();
    assert_eq!(home.files.remove_tree(&at("link")).await.unwrap(), 1);
    assert_eq!(home.get("target/file"), b"content");
}

#[tokio::test]
async fn a_search_finds_names_in_any_case_and_follows_no_link() {
    let home = Home::new().await;
    create_dir_all(home.path("Photos/2024")).unwrap();
    home.put("Photos/2024/Summer.JPG", "");
    home.put("summary", "");
    symlink(".", home.path("Photos/loop-sum")).unwrap();
    let found = async |below: &str, most| {
        let found = home.files.search(&at(below), "SUM", most).await.unwrap();
        found.into_iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("/", 10).await, ["/summary", "/Photos/loop-sum", "/Photos/2024/Summer.JPG"]);
    assert_eq!(found("/Photos/2024", 10).await, ["/Photos/2024/Summer.JPG"]);
    assert_eq!(found("/", 1).await.len(), 1);
    refused!(home.files.search(&at("missing"), "x", 1).await, FileError::NotFound);
}

#[tokio::test]
async fn a_kept_part_is_gone_on_with_beside_the_file_that_it_replaces() {
    let home = Home::new().await;
    home.put("file", "old");
    let part = |offset, only_new| WriteMode::Part { offset, only_new };
    assert_eq!(home.files.kept(&at("file")).await.unwrap(), None);
    home.cut("file", part(0, false), b"ne").await;
    assert_eq!(home.files.kept(&at("file")).await.unwrap(), Some(2));
    refused!(home.write("file", part(1, false)).await, FileError::BadOffset);
    refused!(home.write("file", part(2, true)).await, FileError::AlreadyExists);
    let mut handle = home.write("file", part(2, false)).await.unwrap();
    send(&mut handle, b"w").await.unwrap();
    handle.commit(None).await.unwrap();
    assert_eq!(home.get("file"), b"new");
    refused!(home.write("other", part(5, true)).await, FileError::BadOffset);
    home.assert_settled().await;
}
