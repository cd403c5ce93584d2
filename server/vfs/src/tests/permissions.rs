use super::*;
use crate::EditMode;

type Right = fn(&mut Permissions) -> &mut bool;

const READ: Right = |p| &mut p.read;
const WRITE: Right = |p| &mut p.write;
const APPEND: Right = |p| &mut p.append;
const DELETE: Right = |p| &mut p.delete;
const RENAME: Right = |p| &mut p.rename;
const LIST: Right = |p| &mut p.list;
const MAKE: Right = |p| &mut p.make_directories;

const WRITING: EditMode =
    EditMode { read: false, append: false, create: true, truncate: false, exclusive: false, mode: None };

const NONE: Permissions = Permissions {
    read: false,
    write: false,
    append: false,
    delete: false,
    rename: false,
    list: false,
    make_directories: false,
    incoming: false,
};

fn without(rights: &[Right]) -> Permissions {
    rights.iter().fold(Permissions::ALL, |mut p, right| {
        *right(&mut p) = false;
        p
    })
}

fn only(rights: &[Right]) -> Permissions {
    rights.iter().fold(NONE, |mut p, right| {
        *right(&mut p) = true;
        p
    })
}

/// Every operation, by name, on a home that has `file`, `other` and the directory `empty`.
async fn attempt(files: &Files, operation: &str) -> Result<(), FileError> {
    let file = at("file");
    match operation {
        "stat" => files.stat(&file).await.map(drop),
        "stat_link" => files.stat_link(&file).await.map(drop),
        "list" => files.list(&VPath::root()).await.map(drop),
        "open_read" => files.open_read(&file).await.map(drop),
        "replace" => files.open_write(&file, WriteMode::Replace).await.map(drop),
        "resume" => files.open_write(&file, WriteMode::At(2)).await.map(drop),
        "append" => files.open_write(&file, WriteMode::Append).await.map(drop),
        "append new" => files.open_write(&at("new"), WriteMode::Append).await.map(drop),
        "create" => files.open_write(&at("new"), WriteMode::CreateNew).await.map(drop),
        "set_modified" => files.set_modified(&file, 0).await,
        "set_mode" => files.set_mode(&file, 0o600).await,
        "edit" => files.open_edit(&file, EditMode { read: true, ..WRITING }).await.map(drop),
        "edit for writing" => files.open_edit(&file, WRITING).await.map(drop),
        "edit at the end" => files.open_edit(&file, EditMode { append: true, ..WRITING }).await.map(drop),
        "edit new" => files.open_edit(&at("new"), WRITING).await.map(drop),
        "edit new at the end" => files.open_edit(&at("new"), EditMode { append: true, ..WRITING }).await.map(drop),
        "list_links" => files.list_links(&VPath::root()).await.map(drop),
        "set_size" => files.set_size(&file, 1).await,
        "set_link_modified" => files.set_link_modified(&file, 0).await,
        "hard_link" => files.hard_link(&file, &at("made")).await,
        "read_link" => files.read_link(&at("link")).await.map(drop),
        "space" => files.space(&file).await.map(drop),
        "rename_new" => files.rename_new(&file, &at("new")).await,
        "symlink" => files.symlink(&file, &at("made")).await,
        "mkdir" => files.mkdir(&at("made")).await,
        "rmdir" => files.rmdir(&at("empty")).await,
        "unlink" => files.unlink(&file).await,
        "rename" => files.rename(&file, &at("new")).await,
        "rename over" => files.rename(&file, &at("other")).await,
        "enter" => files.enter(&at("empty")).await,
        "copy" => files.copy(&file, &at("made")).await,
        "remove_tree" => files.remove_tree(&at("empty")).await.map(drop),
        "search" => files.search(&VPath::root(), "file", 1).await.map(drop),
        "kept" => files.kept(&file).await.map(drop),
        "go on" => files.open_write(&at("new"), WriteMode::Part { offset: 0, only_new: true }).await.map(drop),
        "properties" => files.properties(&file).await.map(drop),
        "set_properties" => files.set_properties(&file, b"noted".to_vec()).await,
        _ => unreachable!("{operation}"),
    }
}

async fn fresh(permissions: Permissions) -> (Home, Files) {
    let home = Home::new().await;
    home.put("file", "12345");
    home.put("other", "12345");
    std::fs::create_dir(home.path("empty")).unwrap();
    std::os::unix::fs::symlink("file", home.path("link")).unwrap();
    let files = home.allowed(permissions);
    (home, files)
}

#[tokio::test]
async fn each_operation_needs_its_rights() {
    // The operation, the rights that are each needed, and a smallest set that is enough.
    let cases: &[(&str, &[Right], &[Right])] = &[
        ("stat", &[], &[LIST]),
        ("stat", &[], &[READ]),
        ("stat_link", &[], &[LIST]),
        ("list", &[LIST], &[LIST]),
        ("open_read", &[READ], &[READ]),
        ("replace", &[WRITE], &[WRITE]),
        ("resume", &[WRITE], &[WRITE]),
        ("append", &[APPEND], &[APPEND]),
        ("append new", &[WRITE], &[WRITE]),
        ("create", &[WRITE], &[WRITE]),
        ("set_modified", &[WRITE], &[WRITE]),
        ("set_mode", &[WRITE], &[WRITE]),
        ("edit", &[READ, WRITE], &[READ, WRITE]),
        ("edit for writing", &[WRITE], &[WRITE]),
        ("edit at the end", &[APPEND], &[APPEND]),
        ("edit new", &[WRITE], &[WRITE]),
        ("edit new at the end", &[WRITE], &[WRITE]),
        ("list_links", &[LIST], &[LIST]),
        ("set_size", &[WRITE], &[WRITE]),
        ("set_link_modified", &[WRITE], &[WRITE]),
        ("hard_link", &[WRITE], &[WRITE]),
        ("read_link", &[], &[LIST]),
        ("space", &[], &[READ]),
        ("rename_new", &[RENAME], &[RENAME]),
        ("symlink", &[WRITE], &[WRITE]),
        ("mkdir", &[MAKE], &[MAKE]),
        ("rmdir", &[DELETE], &[DELETE]),
        ("unlink", &[DELETE], &[DELETE]),
        ("rename", &[RENAME], &[RENAME]),
        ("rename over", &[RENAME, WRITE], &[RENAME, WRITE]),
        ("enter", &[], &[]),
        ("copy", &[READ, WRITE], &[READ, WRITE]),
        ("remove_tree", &[DELETE], &[DELETE]),
        ("search", &[LIST], &[LIST]),
        ("kept", &[WRITE], &[WRITE]),
        ("go on", &[WRITE], &[WRITE]),
        ("properties", &[], &[READ]),
        ("set_properties", &[WRITE], &[WRITE]),
    ];
    for (operation, needed, enough) in cases {
        let (home, files) = fresh(only(enough)).await;
        attempt(&files, operation).await.unwrap_or_else(|error| panic!("{operation}: {error:?}"));
        for right in *needed {
            let (home, files) = fresh(without(&[*right])).await;
            assert!(matches!(attempt(&files, operation).await, Err(FileError::Denied)), "{operation}");
            assert_eq!((home.get("file"), home.get("other")), (b"12345".to_vec(), b"12345".to_vec()), "{operation}");
            assert!(home.has("empty") && !home.has("made") && !home.has("new") && home.parts().is_empty());
        }
        if !enough.is_empty() {
            let denied = attempt(&home.allowed(NONE), operation).await;
            assert!(matches!(denied, Err(FileError::Denied)), "{operation}");
        }
    }
}

#[tokio::test]
async fn stat_needs_one_of_two() {
    let (_home, files) = fresh(without(&[LIST, READ])).await;
    refused!(attempt(&files, "stat").await, FileError::Denied);
    refused!(attempt(&files, "stat_link").await, FileError::Denied);
}

#[tokio::test]
async fn directories_and_names() {
    let (home, files) = fresh(Permissions::ALL).await;
    refused!(files.mkdir(&at("empty")).await, FileError::AlreadyExists);
    refused!(files.mkdir(&VPath::root()).await, FileError::AlreadyExists);
    refused!(files.mkdir(&at("no/where")).await, FileError::NotFound);
    refused!(files.mkdir(&at("file/x")).await, FileError::NotADirectory);
    files.mkdir(&at("empty/sub")).await.unwrap();
    refused!(files.rmdir(&at("empty")).await, FileError::NotEmpty);
    refused!(files.rmdir(&at("file")).await, FileError::NotADirectory);
    refused!(files.rmdir(&VPath::root()).await, FileError::Forbidden);
    refused!(files.unlink(&at("empty")).await, FileError::IsADirectory);
    refused!(files.unlink(&VPath::root()).await, FileError::IsADirectory);
    refused!(files.unlink(&at("none")).await, FileError::NotFound);
    refused!(files.rename(&at("file"), &at("empty")).await, FileError::AlreadyExists);
    refused!(files.rename(&at("empty"), &at("empty/sub/x")).await, FileError::InvalidName(_));
    refused!(files.rename(&at("none"), &at("x")).await, FileError::NotFound);
    refused!(files.rename(&VPath::root(), &at("x")).await, FileError::Forbidden);
    files.rename(&at("file"), &at("empty/sub/moved")).await.unwrap();
    assert_eq!(home.get("empty/sub/moved"), b"12345");
    files.rename(&at("empty/sub/moved"), &at("other")).await.unwrap();
    files.rename(&at("other"), &at("other")).await.unwrap();
    home.assert_settled().await;
    std::fs::hard_link(home.path("other"), home.path("twin")).unwrap();
    files.rename(&at("twin"), &at("other")).await.unwrap();
    home.assert_settled().await;
    files.unlink(&at("twin")).await.unwrap();
    home.assert_settled().await;
    files.unlink(&at("other")).await.unwrap();
    assert_eq!(home.ledger.used(), 0);
}

#[tokio::test]
async fn a_link_leads_downwards_wherever_it_is_moved() {
    let (home, files) = fresh(Permissions::ALL).await;
    files.mkdir(&at("empty/sub")).await.unwrap();
    for (target, link) in
        [("file", "empty/link"), ("empty", "empty/sub/link"), ("empty/sub", "empty/sub/link"), ("/", "new")]
    {
        refused!(files.symlink(&at(target), &at(link)).await, FileError::InvalidName(_));
    }
    refused!(files.symlink(&at("file"), &at("other")).await, FileError::AlreadyExists);
    refused!(files.symlink(&at("file"), &VPath::root()).await, FileError::Forbidden);
    files.symlink(&at("empty/sub/not yet"), &at("empty/link")).await.unwrap();
    assert_eq!(std::fs::read_link(home.path("empty/link")).unwrap(), Path::new("sub/not yet"));
    files.symlink(&at("file"), &at("new")).await.unwrap();
    assert_eq!(files.stat(&at("new")).await.unwrap().size, 5);
}

#[tokio::test]
async fn a_mode_that_shuts_its_owner_out_can_be_taken_back() {
    let (home, files) = fresh(Permissions::ALL).await;
    for mode in [0, 0o640] {
        files.set_mode(&at("file"), mode).await.unwrap();
        files.set_mode(&at("empty"), mode).await.unwrap();
        assert_eq!(files.stat(&at("file")).await.unwrap().mode, mode);
        assert_eq!(files.stat(&at("empty")).await.unwrap().mode, mode);
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, home.path("fifo"), rustix::fs::Mode::RWXU).unwrap();
    refused!(files.set_mode(&at("fifo"), 0o600).await, FileError::Forbidden);
}

#[tokio::test]
async fn a_directory_that_looks_empty_can_be_removed() {
    let (home, files) = fresh(Permissions::ALL).await;
    home.cut("empty/big", WriteMode::Replace, b"half").await;
    let running = home.write("empty/other", WriteMode::Replace).await.unwrap();
    refused!(files.rmdir(&at("empty")).await, FileError::Busy);
    running.abort().await.unwrap();
    files.rmdir(&at("empty")).await.unwrap();
    home.assert_settled().await;
}
