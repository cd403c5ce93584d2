//! Files that are written wherever the client likes.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use bytes::Bytes;

use super::*;
use crate::{EditHandle, EditMode, Piece};

const UPLOAD: EditMode =
    EditMode { read: false, append: false, create: true, truncate: true, exclusive: false, mode: None };
/// How scp opens what it sends, and `reput` but for its append.
const OVER: EditMode = EditMode { truncate: false, ..UPLOAD };
const APPEND: EditMode = EditMode { append: true, ..OVER };
const EDIT: EditMode = EditMode { read: true, ..OVER };

impl Home {
    async fn edit(&self, name: &str, mode: EditMode) -> Result<EditHandle, FileError> {
        self.files.open_edit(&at(name), mode).await
    }
}

async fn put(handle: &EditHandle, offset: u64, data: &str) -> Result<(), FileError> {
    // In two pieces, as they come from a connection.
    let (first, second) = data.as_bytes().split_at(data.len() / 2);
    let data = [first, second].map(Bytes::copy_from_slice).to_vec();
    handle.write(vec![Piece { offset, data }]).await?.remove(0)
}

async fn read(handle: &EditHandle) -> Vec<u8> {
    let buffer = Buffer::with_capacity(Buffer::SMALL);
    handle.reader().unwrap().read_at(0, buffer).await.unwrap().to_vec()
}

#[tokio::test]
async fn an_upload_in_any_order_is_a_file_when_it_is_closed() {
    let home = Home::new().await;
    home.put("file", "old content");
    for (name, mode) in [("new", UPLOAD), ("file", UPLOAD), ("other", OVER), ("third", APPEND)] {
        let before = home.path(name).exists().then(|| home.get(name));
        let handle = home.edit(name, mode).await.unwrap();
        if mode.append {
            put(&handle, 99, "hello ").await.unwrap();
            put(&handle, 0, "world").await.unwrap();
        } else {
            put(&handle, 6, "world").await.unwrap();
            put(&handle, 0, "hello ").await.unwrap();
        }
        assert_eq!(handle.stat().await.unwrap().size, 11);
        assert_eq!(home.path(name).exists().then(|| home.get(name)), before, "{name} before the close");
        handle.commit().await.unwrap();
        assert_eq!(home.get(name), b"hello world", "{name}");
    }
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn a_cut_upload_keeps_what_came_before_its_first_gap() {
    let home = Home::new().await;
    let handle = home.edit("file", UPLOAD).await.unwrap();
    put(&handle, 0, "hello ").await.unwrap();
    put(&handle, 8, "gap").await.unwrap();
    handle.suspend().await.unwrap();
    assert!(!home.has("file"));
    let stat = home.stat("file").await.unwrap();
    assert_eq!((stat.size, stat.part), (6, true));
    home.assert_settled().await;

    // Dropped without a word, it is the same.
    let handle = home.edit("file", OVER).await.unwrap();
    put(&handle, 6, "w").await.unwrap();
    put(&handle, 9, "d").await.unwrap();
    drop(handle);
    assert_eq!(home.stat("file").await.unwrap().size, 7);

    for mode in [APPEND, OVER] {
        let handle = home.edit("file", mode).await.unwrap();
        put(&handle, 7, "orld").await.unwrap();
        handle.commit().await.unwrap();
        assert_eq!(home.get("file"), b"hello world");
        // And once more from where it was cut.
        std::fs::remove_file(home.path("file")).unwrap();
        let handle = home.edit("file", UPLOAD).await.unwrap();
        put(&handle, 0, "hello w").await.unwrap();
        drop(handle);
    }
    refused!(home.other_owner().open_edit(&at("file"), EditMode { create: false, ..OVER }).await, FileError::NotFound);
}

#[tokio::test]
async fn who_begins_at_the_beginning_does_not_resume() {
    let home = Home::new().await;
    home.cut("file", WriteMode::Replace, b"a long upload that was cut").await;
    let handle = home.edit("file", OVER).await.unwrap();
    put(&handle, 0, "short").await.unwrap();
    handle.commit().await.unwrap();
    assert_eq!(home.get("file"), b"short");
    home.cut("other", WriteMode::Replace, b"cut").await;
    let handle = home.edit("other", OVER).await.unwrap();
    refused!(put(&handle, 4, "x").await, FileError::BadOffset);
    drop(handle);
    assert_eq!(home.stat("other").await.unwrap().size, 3);
    home.cut("kept", WriteMode::Replace, b"kept").await;
    drop(home.edit("kept", OVER).await.unwrap());
    assert_eq!(home.stat("kept").await.unwrap().size, 4, "to open it and no more leaves it as it is");
}

#[tokio::test]
async fn written_over_from_the_beginning_it_changes_in_one_step() {
    let home = Home::new().await;
    home.put("file", "0123456789");
    std::fs::set_permissions(home.path("file"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let handle = home.edit("file", OVER).await.unwrap();
    put(&handle, 0, "abc").await.unwrap();
    put(&handle, 5, "x").await.unwrap();
    assert_eq!((home.get("file"), handle.stat().await.unwrap().size), (b"0123456789".to_vec(), 10));
    handle.commit().await.unwrap();
    assert_eq!(home.get("file"), b"abc34x6789", "what was not written stays");
    assert_eq!(home.path("file").metadata().unwrap().mode() & 0o777, 0o600);
    // scp, with a shorter file: it cuts at the end, or at the beginning.
    for early in [true, false] {
        let handle = home.edit("file", OVER).await.unwrap();
        if early {
            handle.set_size(0).await.unwrap();
        }
        put(&handle, 0, "new").await.unwrap();
        if !early {
            handle.set_size(3).await.unwrap();
        }
        assert_eq!(home.get("file").len(), if early { 10 } else { 3 });
        handle.commit().await.unwrap();
        assert_eq!(home.get("file"), b"new");
    }
    let handle = home.edit("file", OVER).await.unwrap();
    put(&handle, 0, "interr").await.unwrap();
    drop(handle);
    assert_eq!(home.get("file"), b"new");
    // Who goes on behind what he sees of the old one would mix the two.
    for mode in [OVER, APPEND] {
        let handle = home.edit("file", mode).await.unwrap();
        refused!(put(&handle, 3, "upted").await, FileError::Interrupted);
    }
    home.assert_settled().await;
}

#[tokio::test]
async fn an_edit_changes_the_file_where_it_is() {
    let home = Home::new().await;
    home.put("file", "0123456789");
    let inode = home.path("file").metadata().unwrap().ino();
    let handle = home.edit("file", EditMode { create: false, ..EDIT }).await.unwrap();
    put(&handle, 2, "ab").await.unwrap();
    assert_eq!(home.get("file"), b"01ab456789");
    put(&handle, 12, "end").await.unwrap();
    assert_eq!(read(&handle).await, b"01ab456789\0\0end");
    home.assert_settled().await;
    handle.set_size(4).await.unwrap();
    handle.set_attributes(Some(0o640), Some(1_000)).await.unwrap();
    handle.sync().await.unwrap();
    let stat = handle.stat().await.unwrap();
    assert_eq!((stat.size, stat.mode, stat.modified_ms), (4, 0o640, 1_000));
    handle.commit().await.unwrap();
    let handle = home.edit("file", APPEND).await.unwrap();
    put(&handle, 0, "more").await.unwrap();
    assert_eq!(home.get("file"), b"01abmore");
    drop(handle);
    let handle = home.edit("file", OVER).await.unwrap();
    put(&handle, 4, "MORE").await.unwrap();
    assert_eq!(home.get("file"), b"01abMORE");
    assert_eq!(home.path("file").metadata().unwrap().ino(), inode);
    home.assert_settled().await;
}

#[tokio::test]
async fn a_new_file_that_is_read_too_is_there_at_once() {
    let home = Home::new().await;
    let handle = home.edit("db", EditMode { mode: Some(0o600), ..EDIT }).await.unwrap();
    assert!(home.has("db"));
    assert_eq!(home.path("db").metadata().unwrap().mode() & 0o777, 0o600);
    put(&handle, 0, "pages").await.unwrap();
    assert_eq!((read(&handle).await, home.get("db")), (b"pages".to_vec(), b"pages".to_vec()));
    refused!(home.edit("db", EditMode { exclusive: true, ..EDIT }).await, FileError::AlreadyExists);
    refused!(home.edit("db", EditMode { exclusive: true, ..UPLOAD }).await, FileError::AlreadyExists);
    // Emptied first, it is an upload again, of which the client may read its own bytes.
    let handle = home.edit("db", EditMode { read: true, ..UPLOAD }).await.unwrap();
    put(&handle, 0, "linked").await.unwrap();
    assert_eq!((read(&handle).await, home.get("db")), (b"linked".to_vec(), b"pages".to_vec()));
    handle.commit().await.unwrap();
    assert_eq!(home.get("db"), b"linked");
    home.assert_settled().await;
}

#[tokio::test]
async fn an_upload_that_is_asked_for_by_name_goes_on_in_place() {
    let home = Home::new().await;
    let handle = home.edit("file", EditMode { mode: Some(0o700), ..UPLOAD }).await.unwrap();
    put(&handle, 0, "hello ").await.unwrap();
    handle.set_attributes(None, Some(5_000)).await.unwrap();
    handle.publish().await.unwrap();
    assert_eq!(home.get("file"), b"hello ");
    assert_eq!(home.path("file").metadata().unwrap().mode() & 0o777, 0o700);
    put(&handle, 6, "world").await.unwrap();
    assert_eq!(home.get("file"), b"hello world");
    handle.commit().await.unwrap();
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn an_upload_with_a_failed_write_does_not_become_a_file() {
    let home = Home::with_quota(Some(10)).await;
    home.put("file", "old");
    let handle = home.edit("file", UPLOAD).await.unwrap();
    put(&handle, 0, "hello").await.unwrap();
    refused!(put(&handle, 5, "world").await, FileError::QuotaExceeded);
    refused!(put(&handle, 0, "x").await, FileError::Incomplete);
    refused!(handle.commit().await, FileError::Incomplete);
    assert_eq!(home.get("file"), b"old");
    assert!(home.parts().is_empty(), "it would hold the space that is missing");
    home.assert_settled().await;
    // Holes cost what they look like.
    let handle = home.edit("file", EDIT).await.unwrap();
    refused!(put(&handle, 1_000, "x").await, FileError::QuotaExceeded);
    refused!(handle.set_size(1_000).await, FileError::QuotaExceeded);
    refused!(home.files.set_size(&at("file"), 1_000).await, FileError::QuotaExceeded);
    refused!(put(&handle, u64::MAX, "x").await, FileError::NoSpace);
    handle.set_size(10).await.unwrap();
    home.files.set_size(&at("file"), 2).await.unwrap();
    assert_eq!(home.get("file"), b"ol");
    home.assert_settled().await;
}

#[tokio::test]
async fn a_hole_cannot_be_taken_for_content_later() {
    let home = Home::new().await;
    let handle = home.edit("file", UPLOAD).await.unwrap();
    put(&handle, 0, "hello").await.unwrap();
    handle.set_size(100).await.unwrap();
    drop(handle);
    assert_eq!(home.stat("file").await.unwrap().size, 5);
    home.assert_settled().await;
}
