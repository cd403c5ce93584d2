use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::quota::{measure, sweep};

fn mode_of(home: &Home, name: &str) -> u32 {
    home.path(name).metadata().unwrap().permissions().mode() & 0o7777
}

/// Waits for what a drop left to the pool.
async fn settled(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

fn filled(content: &str) -> Buffer {
    let mut buffer = Buffer::with_capacity(content.len());
    buffer.put(content.as_bytes());
    buffer
}

#[tokio::test]
async fn nothing_has_the_name_before_commit() {
    let home = Home::new().await;
    let mut handle = home.write("new", WriteMode::Replace).await.unwrap();
    send(&mut handle, b"hello ").await.unwrap();
    send(&mut handle, b"world").await.unwrap();
    assert!(!home.has("new"));
    assert_eq!((handle.offset(), home.parts().len()), (11, 1));
    assert_eq!(mode_of(&home, &home.parts()[0]), 0o600);
    let stat = handle.commit(Some(1_600_000_000_500)).await.unwrap();
    assert_eq!((stat.size, stat.modified_ms, stat.part), (11, 1_600_000_000_500, false));
    assert_eq!(home.get("new"), b"hello world");
    assert_eq!(mode_of(&home, "new") | 0o022, 0o644 | 0o022);
    assert!(home.parts().is_empty());
    assert_eq!(home.ledger.used(), 11);
}

#[tokio::test]
async fn the_last_bytes_come_with_the_commit() {
    let home = Home::new().await;
    let mut handle = home.write("new", WriteMode::Replace).await.unwrap();
    handle.write_blocking(b"hello ").unwrap();
    assert_eq!(handle.finish(filled("world"), None).await.unwrap().size, 11);
    assert_eq!(home.get("new"), b"hello world");
    home.assert_settled().await;
}

#[tokio::test]
async fn buffers_are_written_in_order_while_others_fill() {
    let home = Home::new().await;
    let mut handle = home.write("new", WriteMode::Replace).await.unwrap();
    for (n, word) in ["one ", "two ", "three "].iter().enumerate() {
        let before = handle.write_behind(filled(word)).await.unwrap();
        assert_eq!(before.map(|buffer| buffer.is_empty()), (n > 0).then_some(true), "it can be filled again");
    }
    assert_eq!(handle.offset(), 14);
    handle.finish(filled("four"), None).await.unwrap();
    assert_eq!(home.get("new"), b"one two three four");
    home.assert_settled().await;
}

#[tokio::test]
async fn what_is_being_written_is_kept_as_well() {
    let home = Home::new().await;
    for (at, word) in [(0, "0123"), (4, "4567")] {
        let mut handle = home.write("big", WriteMode::At(at)).await.unwrap();
        handle.write_behind(filled(word)).await.unwrap();
        handle.suspend().await.unwrap();
    }
    let mut handle = home.write("big", WriteMode::At(8)).await.unwrap();
    handle.write_behind(filled("89")).await.unwrap();
    handle.commit(None).await.unwrap();
    assert_eq!(home.get("big"), b"0123456789");
    home.assert_settled().await;
}

#[tokio::test]
async fn last_bytes_beyond_the_quota_leave_nothing_behind() {
    let home = Home::with_quota(Some(8)).await;
    home.put("kept", "old");
    let mut handle = home.write("kept", WriteMode::Replace).await.unwrap();
    handle.write_blocking(b"hello").unwrap();
    refused!(handle.finish(filled("world"), None).await, FileError::QuotaExceeded);
    assert_eq!(home.get("kept"), b"old");
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn commit_replaces_in_one_step_and_keeps_the_mode() {
    let home = Home::new().await;
    home.put("page", "the old one");
    home.files.set_mode(&at("page"), 0o640).await.unwrap();
    let reader = home.files.open_read(&at("page")).await.unwrap();
    let mut handle = home.write("page", WriteMode::Replace).await.unwrap();
    send(&mut handle, b"new").await.unwrap();
    assert_eq!(home.get("page"), b"the old one");
    handle.commit(None).await.unwrap();
    assert_eq!((home.get("page"), mode_of(&home, "page")), (b"new".to_vec(), 0o640));
    let old = reader.read_at(0, Buffer::with_capacity(64)).await.unwrap();
    assert_eq!(&*old, b"the old one", "who had it open reads on");
    assert_eq!(home.ledger.used(), 3);
}

#[tokio::test]
async fn a_cut_upload_resumes_at_its_length() {
    let home = Home::new().await;
    home.cut("big", WriteMode::Replace, b"01234").await;
    let stat = home.stat("big").await.unwrap();
    assert_eq!((stat.size, stat.part), (5, true));
    home.assert_settled().await;
    refused!(home.write("big", WriteMode::At(6)).await, FileError::BadOffset);
    home.cut("big", WriteMode::At(5), b"567").await;
    home.upload("big", WriteMode::At(4), b"abcd").await.unwrap();
    assert_eq!(home.get("big"), b"0123abcd");
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn a_cut_upload_resumes_with_append() {
    let home = Home::new().await;
    home.cut("big", WriteMode::Replace, b"01234").await;
    let mut handle = home.write("big", WriteMode::Append).await.unwrap();
    assert_eq!(handle.offset(), 5);
    send(&mut handle, b"56").await.unwrap();
    handle.suspend().await.unwrap();
    home.upload("big", WriteMode::Append, b"789").await.unwrap();
    assert_eq!(home.get("big"), b"0123456789");
    home.assert_settled().await;
}

#[tokio::test]
async fn a_cut_replacement_resumes_beside_the_old_file() {
    let home = Home::new().await;
    home.put("big", "the old file");
    home.cut("big", WriteMode::Replace, b"new").await;
    assert_eq!(home.stat("big").await.unwrap().size, 12, "the file comes before the part");
    home.upload("big", WriteMode::At(3), b"er").await.unwrap();
    assert_eq!(home.get("big"), b"newer");
    home.assert_settled().await;
}

#[tokio::test]
async fn resuming_in_a_finished_file_keeps_its_start() {
    let home = Home::new().await;
    home.put("file", "0123456789");
    refused!(home.write("file", WriteMode::At(11)).await, FileError::BadOffset);
    assert!(home.parts().is_empty());
    let mut handle = home.write("file", WriteMode::At(4)).await.unwrap();
    send(&mut handle, b"x").await.unwrap();
    assert_eq!(home.get("file"), b"0123456789");
    handle.commit(None).await.unwrap();
    assert_eq!(home.get("file"), b"0123x");
    home.assert_settled().await;
    home.upload("file", WriteMode::At(0), b"all").await.unwrap();
    assert_eq!(home.get("file"), b"all");
    home.assert_settled().await;
}

#[tokio::test]
async fn a_resume_never_mixes_an_old_file_with_a_new_one() {
    let home = Home::new().await;
    home.put("file", "0123456789");
    home.cut("file", WriteMode::Replace, b"replacement").await;
    // The client asked for the size, got the old file's, and would go on behind it.
    refused!(home.write("file", WriteMode::At(10)).await, FileError::Interrupted);
    refused!(home.write("file", WriteMode::Append).await, FileError::Interrupted);
    assert_eq!(home.get("file"), b"0123456789");
    home.upload("file", WriteMode::Replace, b"replacement, whole").await.unwrap();
    home.upload("file", WriteMode::Append, b"!").await.unwrap();
    assert_eq!(home.get("file"), b"replacement, whole!");
    home.assert_settled().await;
}

#[tokio::test]
async fn append_grows_a_file_in_one_step() {
    let home = Home::new().await;
    let start = vec![7_u8; 3_000_000];
    home.put("log", &start);
    let inode = home.path("log").metadata().unwrap().ino();
    let mut handle = home.write("log", WriteMode::Append).await.unwrap();
    send(&mut handle, b"tail").await.unwrap();
    assert_eq!(home.get("log").len(), start.len());
    handle.commit(None).await.unwrap();
    assert_eq!(home.get("log"), [&start[..], b"tail"].concat());
    assert_ne!(home.path("log").metadata().unwrap().ino(), inode);
    home.assert_settled().await;
    home.upload("new", WriteMode::Append, b"first").await.unwrap();
    home.put("nothing", "");
    home.upload("nothing", WriteMode::Append, b"some").await.unwrap();
    assert_eq!((home.get("new"), home.get("nothing")), (b"first".to_vec(), b"some".to_vec()));
}

#[tokio::test]
async fn append_does_not_undo_what_others_did() {
    let home = Home::new().await;
    home.put("log", "start");
    let mut handle = home.write("log", WriteMode::Append).await.unwrap();
    send(&mut handle, b" mine").await.unwrap();
    let mut other = home.other_owner().open_write(&at("log"), WriteMode::Append).await.unwrap();
    send(&mut other, b" theirs").await.unwrap();
    other.commit(None).await.unwrap();
    refused!(handle.commit(None).await, FileError::Busy);
    assert_eq!(home.get("log"), b"start theirs");
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn parts_are_for_their_owner_only() {
    let home = Home::new().await;
    home.cut("big", WriteMode::Replace, b"01234").await;
    let part = home.parts().remove(0);
    assert!(VPath::root().resolve(part.as_bytes()).is_err(), "no path names it");
    refused!(home.files.open_read(&at("big")).await, FileError::NotFound);
    assert!(home.files.list(&VPath::root()).await.unwrap().all().await.unwrap().is_empty());
    assert!(home.files.stat_link(&at("big")).await.unwrap().part);
    let other = home.other_owner();
    refused!(other.stat(&at("big")).await, FileError::NotFound);
    refused!(other.open_write(&at("big"), WriteMode::At(5)).await, FileError::BadOffset);
    refused!(other.unlink(&at("big")).await, FileError::NotFound);
    assert_eq!(other.open_write(&at("big"), WriteMode::Append).await.unwrap().offset(), 0);
    home.files.unlink(&at("big")).await.unwrap();
    refused!(home.stat("big").await, FileError::NotFound);
    assert!(!home.parts().contains(&part));
    home.assert_settled().await;
}

#[tokio::test]
async fn two_uploads_of_one_name() {
    let home = Home::new().await;
    let mut first = home.write("file", WriteMode::Replace).await.unwrap();
    send(&mut first, b"first").await.unwrap();
    refused!(home.write("file", WriteMode::At(5)).await, FileError::Busy);
    refused!(home.write("file", WriteMode::Append).await, FileError::Busy);
    refused!(home.files.unlink(&at("file")).await, FileError::Busy);
    let mut second = home.write("file", WriteMode::Replace).await.unwrap();
    send(&mut second, b"second one").await.unwrap();
    assert_eq!(home.parts().len(), 2);
    second.commit(None).await.unwrap();
    assert_eq!(home.get("file"), b"second one");
    first.commit(None).await.unwrap();
    assert_eq!(home.get("file"), b"first");
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn an_extra_part_is_not_kept() {
    let home = Home::new().await;
    let first = home.write("file", WriteMode::Replace).await.unwrap();
    for how in ["suspend", "abort", "drop"] {
        let mut second = home.write("file", WriteMode::Replace).await.unwrap();
        send(&mut second, b"second").await.unwrap();
        assert_eq!(home.parts().len(), 2);
        match how {
            "suspend" => second.suspend().await.unwrap(),
            "abort" => second.abort().await.unwrap(),
            _ => drop(second),
        }
        settled(|| home.parts().len() == 1).await;
    }
    first.abort().await.unwrap();
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn create_new_never_replaces() {
    let home = Home::new().await;
    home.put("taken", "here");
    refused!(home.write("taken", WriteMode::CreateNew).await, FileError::AlreadyExists);
    let name = home.files.unique_name(&at("/")).unwrap();
    assert!(name.name().unwrap().starts_with(b"upload-") && name != home.files.unique_name(&at("/")).unwrap());
    let mut handle = home.write("late", WriteMode::CreateNew).await.unwrap();
    send(&mut handle, b"mine").await.unwrap();
    home.put("late", "theirs");
    refused!(handle.commit(None).await, FileError::AlreadyExists);
    assert_eq!(home.get("late"), b"theirs");
    home.upload("fine", WriteMode::CreateNew, b"new").await.unwrap();
    assert_eq!(home.get("fine"), b"new");
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn the_quota_ends_an_upload_and_spares_the_old_file() {
    let home = Home::with_quota(Some(200_000)).await;
    home.put("file", vec![1; 50_000]);
    let mut handle = home.write("file", WriteMode::Replace).await.unwrap();
    send(&mut handle, &vec![2; 100_000]).await.unwrap();
    refused!(send(&mut handle, &vec![2; 60_000]).await, FileError::QuotaExceeded);
    assert_eq!(home.get("file"), vec![1; 50_000]);
    handle.abort().await.unwrap();
    assert_eq!(home.ledger.used(), 50_000);
    home.upload("file", WriteMode::Replace, &vec![3; 150_000]).await.unwrap();
    assert_eq!(home.ledger.used(), 150_000);
    refused!(home.write("file", WriteMode::Append).await, FileError::QuotaExceeded);
    assert!(home.parts().is_empty());
    home.assert_settled().await;
}

#[tokio::test]
async fn a_write_that_was_not_waited_for_settles() {
    let home = Home::new().await;
    let mut handle = home.write("file", WriteMode::Replace).await.unwrap();
    // The pool may be quicker than one poll; then it is tried again.
    loop {
        let mut buffer = Buffer::with_capacity(Buffer::LARGE);
        buffer.advance(Buffer::LARGE);
        let write = std::pin::pin!(handle.write(buffer));
        if write.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending() {
            break;
        }
    }
    let sent = handle.offset();
    handle.write(filled("end")).await.unwrap();
    assert_eq!(handle.offset(), sent + 3);
    handle.abort().await.unwrap();
    assert_eq!(home.ledger.used(), 0);
    assert!(home.parts().is_empty());
}

#[tokio::test]
async fn worthless_parts_are_not_kept() {
    let home = Home::new().await;
    drop(home.write("new", WriteMode::Replace).await.unwrap());
    settled(|| home.parts().is_empty()).await;
    home.write("new", WriteMode::Append).await.unwrap().suspend().await.unwrap();
    refused!(home.stat("new").await, FileError::NotFound);
    home.put("log", "start");
    home.cut("log", WriteMode::Append, b" more").await;
    settled(|| home.parts().is_empty()).await;
    assert_eq!(home.get("log"), b"start");
    home.assert_settled().await;
}

#[tokio::test]
async fn long_and_impossible_names() {
    let home = Home::new().await;
    let long = "n".repeat(255);
    home.upload(&long, WriteMode::Replace, b"x").await.unwrap();
    home.upload(&long, WriteMode::Append, b"y").await.unwrap();
    assert_eq!(home.get(&long), b"xy");
    std::fs::create_dir(home.path("d")).unwrap();
    for mode in [WriteMode::Replace, WriteMode::Append, WriteMode::At(1), WriteMode::CreateNew] {
        refused!(home.write("d", mode).await, FileError::IsADirectory);
        refused!(home.write("/", mode).await, FileError::IsADirectory);
        refused!(home.write("none/x", mode).await, FileError::NotFound);
    }
    let handle = home.write("soon", WriteMode::Replace).await.unwrap();
    std::fs::create_dir(home.path("soon")).unwrap();
    refused!(handle.commit(None).await, FileError::IsADirectory);
}

#[tokio::test]
async fn planted_parts_are_refused() {
    let home = Home::new().await;
    home.cut("file", WriteMode::Replace, b"x").await;
    let part = home.path(&home.parts()[0]);
    std::fs::remove_file(&part).unwrap();
    symlink(home.domain.path().join("outside"), &part).unwrap();
    assert!(home.write("file", WriteMode::Replace).await.is_err());
    refused!(home.stat("file").await, FileError::NotFound);
    std::fs::remove_file(&part).unwrap();
    std::fs::hard_link(home.domain.path().join("outside"), &part).unwrap();
    refused!(home.write("file", WriteMode::Replace).await, FileError::Forbidden);
    assert_eq!(std::fs::read(home.domain.path().join("outside")).unwrap(), b"secret");
}

#[tokio::test]
async fn append_through_a_link_takes_the_content_along() {
    let home = Home::new().await;
    home.put("target", "shared");
    symlink("/target", home.path("link")).unwrap();
    home.upload("link", WriteMode::Append, b" and own").await.unwrap();
    assert_eq!((home.get("link"), home.get("target")), (b"shared and own".to_vec(), b"shared".to_vec()));
    home.assert_settled().await;
}

/// A tree deeper than any path can be written is made by moving one deep directory into another.
#[tokio::test]
async fn what_lies_deeper_than_a_path_reaches_is_counted_and_swept() {
    let home = Home::new().await;
    let deep = |first: &str| format!("{first}{}", format!("/{}", "d".repeat(200)).repeat(19));
    for first in ["a", "b"] {
        let mut path = VPath::root();
        for name in deep(first).split('/') {
            path = path.join(name.as_bytes()).unwrap();
            home.files.mkdir(&path).await.unwrap();
        }
        home.upload(&format!("{}/file", deep(first)), WriteMode::Replace, b"12345").await.unwrap();
        home.cut(&format!("{}/part", deep(first)), WriteMode::Replace, b"123").await;
    }
    home.files.rename(&at("b"), &at(format!("{}/b", deep("a")))).await.unwrap();
    assert_eq!(measure(&home.jail).await.unwrap(), 16);
    assert_eq!(sweep(&home.jail, &home.ledger, i64::MAX).await.unwrap(), 6);
    home.assert_settled().await;
}

#[tokio::test]
async fn measuring_and_sweeping() {
    let home = Home::new().await;
    std::fs::create_dir_all(home.path("a/b")).unwrap();
    home.put("a/b/file", "12345");
    symlink("/", home.path("a/loop")).unwrap();
    std::fs::hard_link(home.path("a/b/file"), home.path("twin")).unwrap();
    home.cut("old", WriteMode::Replace, b"123").await;
    let running = home.write("a/running", WriteMode::Replace).await.unwrap();
    assert_eq!(measure(&home.jail).await.unwrap(), 8);
    assert_eq!(sweep(&home.jail, &home.ledger, 1000).await.unwrap(), 0, "too young");
    assert_eq!(sweep(&home.jail, &home.ledger, i64::MAX).await.unwrap(), 3);
    running.commit(None).await.unwrap();
    assert!(home.has("a/running") && home.parts().is_empty());
    home.assert_settled().await;
}
