//! What somebody else gets of an account's files.

use wharf_model::accounts::Permissions;

use super::{Home, at, refused, send};
use crate::{EditMode, FileError, Files, WriteMode};

async fn home() -> Home {
    let home = Home::new().await;
    std::fs::create_dir_all(home.path("public/inner")).unwrap();
    home.put("public/a.txt", "first");
    home.put("public/inner/b.txt", "second");
    home.put("public/other.txt", "not shared alone");
    home.put("private.txt", "secret");
    std::os::unix::fs::symlink("../private.txt", home.path("public/up")).unwrap();
    std::os::unix::fs::symlink("/private.txt", home.path("public/top")).unwrap();
    home
}

async fn names(files: &Files, path: &str) -> Vec<String> {
    let entries = files.list(&at(path)).await.unwrap().all().await.unwrap();
    let mut names: Vec<_> = entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()).collect();
    names.sort();
    names
}

async fn put(files: &Files, path: &str, mode: WriteMode, content: &[u8]) -> Result<(), FileError> {
    let mut handle = files.open_write(&at(path), mode).await?;
    send(&mut handle, content).await?;
    handle.commit(None).await.map(drop)
}

const NEW: WriteMode = WriteMode::Part { offset: 0, only_new: true };

/// Nothing that is there can be changed.
async fn assert_nothing_changes(files: &Files) {
    for mode in
        [WriteMode::Replace, WriteMode::At(0), WriteMode::Append, WriteMode::Part { offset: 0, only_new: false }]
    {
        refused!(put(files, "/a.txt", mode, b"x").await, FileError::Denied);
    }
    let edit = EditMode { create: true, ..EditMode::default() };
    refused!(files.open_edit(&at("/a.txt"), edit).await, FileError::Denied);
    refused!(files.unlink(&at("/a.txt")).await, FileError::Denied);
    refused!(files.remove_tree(&at("/a.txt")).await, FileError::Denied);
    refused!(files.rename(&at("/a.txt"), &at("/c.txt")).await, FileError::Denied);
    refused!(files.rename_new(&at("/a.txt"), &at("/c.txt")).await, FileError::Denied);
    refused!(files.copy(&at("/a.txt"), &at("/c.txt")).await, FileError::Denied);
    refused!(files.symlink(&at("/a.txt"), &at("/c.txt")).await, FileError::Denied);
    refused!(files.set_size(&at("/a.txt"), 0).await, FileError::Denied);
}

#[tokio::test]
async fn a_shared_folder_is_read_and_nothing_beside_it() {
    let home = home().await;
    let files = home.files.share(&at("/public"), "visitor").await.unwrap();
    assert_eq!(names(&files, "/").await, ["a.txt", "inner", "other.txt", "top", "up"]);
    assert!(files.open_read(&at("/inner/b.txt")).await.is_ok());
    for out in ["/../private.txt", "/up", "/top", "/private.txt"] {
        refused!(files.open_read(&at(out)).await, FileError::NotFound);
    }
    assert_nothing_changes(&files).await;
    refused!(put(&files, "/new", NEW, b"x").await, FileError::Denied);
    refused!(files.mkdir(&at("/new")).await, FileError::Denied);
    assert_eq!(files.search(&at("/"), "b", 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_a_shared_file_nothing_else_is_there() {
    let home = home().await;
    let files = home.files.share(&at("/public/a.txt"), "visitor").await.unwrap();
    assert_eq!(names(&files, "/").await, ["a.txt"]);
    assert!(files.open_read(&at("/a.txt")).await.is_ok());
    for beside in ["/other.txt", "/inner", "/inner/b.txt", "/up"] {
        refused!(files.stat(&at(beside)).await, FileError::NotFound);
        refused!(files.open_read(&at(beside)).await, FileError::NotFound);
        refused!(files.list(&at(beside)).await, FileError::NotFound);
        refused!(files.enter(&at(beside)).await, FileError::NotFound);
    }
    assert_nothing_changes(&files).await;
    let found = files.search(&at("/"), ".txt", 10).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    std::fs::remove_file(home.path("public/a.txt")).unwrap();
    refused!(files.list(&at("/")).await, FileError::NotFound);
}

#[tokio::test]
async fn files_are_added_to_a_folder_and_nothing_in_it_is_seen_or_replaced() {
    let home = home().await;
    let files = home.files.share_to_add(&at("/public"), "visitor").await.unwrap();
    put(&files, "/new.txt", NEW, b"third").await.unwrap();
    put(&files, "/inner/new.txt", WriteMode::CreateNew, b"fourth").await.unwrap();
    assert_eq!((home.get("public/new.txt"), home.get("public/inner/new.txt")), (b"third".to_vec(), b"fourth".to_vec()));
    refused!(put(&files, "/a.txt", NEW, b"x").await, FileError::AlreadyExists);
    files.mkdir(&at("/made")).await.unwrap();
    refused!(files.list(&at("/")).await, FileError::Denied);
    refused!(files.stat(&at("/a.txt")).await, FileError::Denied);
    refused!(files.open_read(&at("/a.txt")).await, FileError::Denied);
    assert_nothing_changes(&files).await;
    assert_eq!(home.get("public/a.txt"), b"first");
}

#[tokio::test]
async fn one_visitor_does_not_go_on_with_what_another_has_begun() {
    let home = home().await;
    let one = home.files.share_to_add(&at("/public"), "one").await.unwrap();
    let other = home.files.share_to_add(&at("/public"), "other").await.unwrap();
    let mut upload = one.open_write(&at("/new"), NEW).await.unwrap();
    send(&mut upload, b"half").await.unwrap();
    upload.suspend().await.unwrap();
    assert_eq!(one.kept(&at("/new")).await.unwrap(), Some(4));
    assert_eq!(other.kept(&at("/new")).await.unwrap(), None);
}

#[tokio::test]
async fn nobody_shares_more_than_the_own_rights() {
    let home = home().await;
    let without = |change: fn(&mut Permissions)| {
        let mut rights = Permissions::ALL;
        change(&mut rights);
        home.allowed(rights)
    };
    refused!(without(|rights| rights.read = false).share(&at("/public"), "v").await, FileError::Denied);
    refused!(without(|rights| rights.list = false).share(&at("/public"), "v").await, FileError::Denied);
    assert!(without(|rights| rights.list = false).share(&at("/public/a.txt"), "v").await.is_ok());
    refused!(without(|rights| rights.write = false).share_to_add(&at("/public"), "v").await, FileError::Denied);
    let files = without(|rights| rights.make_directories = false).share_to_add(&at("/public"), "v").await.unwrap();
    refused!(files.mkdir(&at("/made")).await, FileError::Denied);
    refused!(home.files.share_to_add(&at("/public/a.txt"), "v").await, FileError::NotADirectory);
    refused!(home.files.share(&at("/gone"), "v").await, FileError::NotFound);
}
