//! Files of somebody without a name.

use wharf_model::accounts::Permissions;

use super::{Home, at, refused, send};
use crate::{EditMode, FileError, Files, WriteMode};

const MAY_PUT_IN: Permissions = Permissions { incoming: true, ..Permissions::READ_ONLY };

async fn home() -> Home {
    let home = Home::new().await;
    std::fs::create_dir(home.path("incoming")).unwrap();
    home.put("open", "for all");
    home.put("incoming/secret", "of somebody else");
    home
}

fn nameless(home: &Home, permissions: Permissions) -> Files {
    home.allowed(permissions).with_incoming("incoming").unwrap()
}

async fn put(files: &Files, path: &str, mode: WriteMode, content: &[u8]) -> Result<(), FileError> {
    let mut handle = files.open_write(&at(path), mode).await?;
    send(&mut handle, content).await?;
    handle.commit(None).await.map(drop)
}

#[tokio::test]
async fn new_files_are_put_in_and_nothing_else_is_written() {
    let home = home().await;
    let files = nameless(&home, MAY_PUT_IN);
    put(&files, "/incoming/new", WriteMode::Replace, b"content").await.unwrap();
    put(&files, "/incoming/another", WriteMode::CreateNew, b"content").await.unwrap();
    assert_eq!(home.get("incoming/new"), b"content");
    refused!(put(&files, "/incoming/secret", WriteMode::Replace, b"x").await, FileError::AlreadyExists);
    assert_eq!(home.get("incoming/secret"), b"of somebody else");
    for mode in [WriteMode::At(3), WriteMode::Append] {
        refused!(put(&files, "/incoming/secret", mode, b"x").await, FileError::Denied);
        refused!(put(&files, "/incoming/fresh", mode, b"x").await, FileError::Denied);
    }
    for path in ["/new", "/open", "/incoming", "/incoming2"] {
        refused!(put(&files, path, WriteMode::Replace, b"x").await, FileError::Denied);
    }
    let edit = EditMode { create: true, ..EditMode::default() };
    refused!(files.open_edit(&at("/incoming/edit"), edit).await, FileError::Denied);
    refused!(files.mkdir(&at("/incoming/directory")).await, FileError::Denied);
    refused!(files.unlink(&at("/incoming/secret")).await, FileError::Denied);
    refused!(files.rename(&at("/incoming/secret"), &at("/mine")).await, FileError::Denied);
    refused!(files.rename(&at("/open"), &at("/incoming/open")).await, FileError::Denied);
    refused!(files.set_size(&at("/incoming/secret"), 0).await, FileError::Denied);
    home.assert_settled().await;
}

#[tokio::test]
async fn what_was_put_in_is_not_seen_whatever_the_rights() {
    let home = home().await;
    for permissions in [MAY_PUT_IN, Permissions::READ_ONLY, Permissions { incoming: true, ..Permissions::ALL }] {
        let files = nameless(&home, permissions);
        assert!(files.open_read(&at("/open")).await.is_ok());
        assert!(files.enter(&at("/incoming")).await.is_ok());
        assert!(files.stat(&at("/incoming")).await.is_ok());
        refused!(files.open_read(&at("/incoming/secret")).await, FileError::Denied);
        refused!(files.stat(&at("/incoming/secret")).await, FileError::Denied);
        refused!(files.stat_link(&at("/incoming/secret")).await, FileError::Denied);
        refused!(files.stat(&at("/incoming/unknown")).await, FileError::Denied);
        refused!(files.list(&at("/incoming")).await, FileError::Denied);
        refused!(files.list_links(&at("/incoming")).await, FileError::Denied);
        refused!(files.unlink(&at("/open")).await, FileError::Denied);
    }
    let files = nameless(&home, Permissions::READ_ONLY);
    refused!(put(&files, "/incoming/new", WriteMode::Replace, b"x").await, FileError::Denied);
}

#[tokio::test]
async fn no_link_leads_to_what_was_put_in() {
    let home = home().await;
    std::os::unix::fs::symlink("incoming", home.path("shortcut")).unwrap();
    std::os::unix::fs::symlink("incoming/secret", home.path("name")).unwrap();
    let files = nameless(&home, MAY_PUT_IN);
    for path in ["/shortcut/secret", "/name"] {
        assert!(files.open_read(&at(path)).await.is_err(), "{path}");
        assert!(files.stat(&at(path)).await.is_err(), "{path}");
    }
    assert!(files.list(&at("/shortcut")).await.is_err());
    assert!(put(&files, "/shortcut/new", WriteMode::Replace, b"x").await.is_err());
}

#[tokio::test]
async fn a_cut_upload_leaves_nothing_behind() {
    let home = home().await;
    let files = nameless(&home, MAY_PUT_IN);
    let mut handle = files.open_write(&at("/incoming/half"), WriteMode::Replace).await.unwrap();
    send(&mut handle, b"the first half").await.unwrap();
    handle.suspend().await.unwrap();
    let names: Vec<_> = std::fs::read_dir(home.path("incoming")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["secret"]);
    home.assert_settled().await;
}

#[tokio::test]
async fn of_two_uploads_of_one_name_the_first_that_is_whole_stays() {
    let home = home().await;
    let files = nameless(&home, MAY_PUT_IN);
    let mut slow = files.open_write(&at("/incoming/new"), WriteMode::Replace).await.unwrap();
    send(&mut slow, b"slow").await.unwrap();
    put(&files, "/incoming/new", WriteMode::Replace, b"quick").await.unwrap();
    refused!(slow.commit(None).await, FileError::AlreadyExists);
    assert_eq!(home.get("incoming/new"), b"quick");
}
