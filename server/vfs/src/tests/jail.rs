use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};

use super::*;
use crate::FileKind;

async fn read(home: &Home, name: &str) -> Result<Vec<u8>, FileError> {
    let handle = home.files.open_read(&at(name)).await?;
    Ok(handle.read_at(0, Buffer::with_capacity(64)).await?.to_vec())
}

#[tokio::test]
async fn dots_stay_inside() {
    let home = Home::new().await;
    refused!(read(&home, "../outside").await, FileError::NotFound);
    refused!(read(&home, "/../../outside").await, FileError::NotFound);
}

#[tokio::test]
async fn links_resolve_inside() {
    let home = Home::new().await;
    std::fs::create_dir_all(home.path("etc/deep")).unwrap();
    home.put("etc/name", "inner");
    symlink("/etc/name", home.path("absolute")).unwrap();
    symlink("../../../../../etc/name", home.path("etc/deep/relative")).unwrap();
    symlink("/etc", home.path("directory")).unwrap();
    assert_eq!(read(&home, "absolute").await.unwrap(), b"inner");
    assert_eq!(read(&home, "etc/deep/relative").await.unwrap(), b"inner");
    assert_eq!(read(&home, "directory/name").await.unwrap(), b"inner");
    assert!(home.stat("directory").await.unwrap().is_directory());
    assert_eq!(home.files.stat_link(&at("directory")).await.unwrap().kind, FileKind::Symlink);
    home.files.enter(&at("directory")).await.unwrap();
}

#[tokio::test]
async fn links_never_lead_out() {
    let home = Home::new().await;
    let outside = home.domain.path().join("outside");
    symlink(&outside, home.path("absolute")).unwrap();
    symlink("../outside", home.path("relative")).unwrap();
    symlink(home.domain.path(), home.path("directory")).unwrap();
    symlink("/etc/passwd", home.path("passwd")).unwrap();
    for name in ["absolute", "relative", "directory/outside", "passwd"] {
        refused!(read(&home, name).await, FileError::NotFound);
        refused!(home.stat(name).await, FileError::NotFound);
        refused!(home.files.set_modified(&at(name), 0).await, FileError::NotFound);
        refused!(home.files.set_mode(&at(name), 0o777).await, FileError::NotFound);
    }
    refused!(home.write("directory/new", WriteMode::Replace).await, FileError::NotFound);
    refused!(home.files.mkdir(&at("directory/new")).await, FileError::NotFound);
    refused!(home.files.unlink(&at("directory/outside")).await, FileError::NotFound);
    refused!(home.files.rename(&at("absolute"), &at("directory/x")).await, FileError::NotFound);
    refused!(home.files.rename(&at("directory/outside"), &at("x")).await, FileError::NotFound);
    home.upload("absolute", WriteMode::Replace, b"mine").await.unwrap();
    assert_eq!(home.get("absolute"), b"mine", "the link is replaced");
    home.files.unlink(&at("relative")).await.unwrap();
    assert_eq!(std::fs::read(outside).unwrap(), b"secret");
}

#[tokio::test]
async fn loops_end() {
    let home = Home::new().await;
    symlink("b", home.path("a")).unwrap();
    symlink("a", home.path("b")).unwrap();
    refused!(read(&home, "a").await, FileError::TooManyLinks);
    refused!(read(&home, "a/x").await, FileError::TooManyLinks);
    home.upload("a", WriteMode::Replace, b"file now").await.unwrap();
    assert_eq!(read(&home, "b").await.unwrap(), b"file now");
}

#[tokio::test]
async fn magic_links_are_not_followed() {
    let jail = Arc::new(Jail::open(Path::new("/proc"), "self", false).await.unwrap());
    let files = Files::new(jail, Permissions::ALL, "anna", Arc::new(Ledger::new(None, 0)));
    refused!(files.open_read(&at("root/etc/passwd")).await, FileError::TooManyLinks);
    refused!(files.open_read(&at("exe")).await, FileError::TooManyLinks);
    refused!(files.stat(&at("cwd")).await, FileError::TooManyLinks);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_swapped_in_leads_nowhere() {
    let home = Home::new().await;
    std::fs::create_dir(home.path("d")).unwrap();
    home.put("d/outside", "inner");
    symlink(home.domain.path(), home.path("swap")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (one, two, end) = (home.path("d"), home.path("swap"), Arc::clone(&stop));
    let swapper = std::thread::spawn(move || {
        while !end.load(Ordering::Relaxed) {
            renameat_with(CWD, &one, CWD, &two, RenameFlags::EXCHANGE).unwrap();
        }
    });
    let mut hits = 0;
    for _ in 0..2000 {
        match read(&home, "d/outside").await {
            Ok(content) => {
                assert_eq!(content, b"inner");
                hits += 1;
            }
            Err(error) => assert!(matches!(error, FileError::NotFound | FileError::Busy), "{error:?}"),
        }
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(hits > 0);
}

#[tokio::test]
async fn only_regular_files_are_opened() {
    let home = Home::new().await;
    mknodat(CWD, home.path("fifo"), FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, async {
        refused!(home.files.open_read(&at("fifo")).await, FileError::Forbidden);
        for mode in [WriteMode::Replace, WriteMode::Append, WriteMode::At(3)] {
            refused!(home.write("fifo", mode).await, FileError::Forbidden);
        }
        refused!(home.write("fifo", WriteMode::CreateNew).await, FileError::Forbidden);
    })
    .await
    .expect("a FIFO must not hang anything");
    assert_eq!(home.stat("fifo").await.unwrap().kind, FileKind::Other);
    refused!(home.files.open_read(&VPath::root()).await, FileError::IsADirectory);
}

#[tokio::test]
async fn homes_are_made_inside_the_domain_only() {
    let domain = tempfile::tempdir().unwrap();
    let root = domain.path().join("root");
    refused!(Jail::open(&root, "a", true).await, FileError::NotFound);
    std::fs::create_dir(&root).unwrap();
    refused!(Jail::open(&root, "a/b", false).await, FileError::NotFound);
    Jail::open(&root, "/a/b/../c", true).await.unwrap();
    assert!(root.join("a/c").is_dir() && !root.join("a/b").exists());
    Jail::open(&root, "a/c", true).await.unwrap();
    Jail::open(&root, "../../x", true).await.unwrap();
    assert!(root.join("x").is_dir() && !domain.path().join("x").exists());
    Jail::open(&root, "", false).await.unwrap();
    std::fs::write(root.join("file"), "").unwrap();
    refused!(Jail::open(&root, "file", true).await, FileError::NotADirectory);
    refused!(Jail::open(&root, "file/x", true).await, FileError::NotADirectory);
    symlink("/etc", root.join("link")).unwrap();
    refused!(Jail::open(&root, "link", false).await, FileError::NotFound);
}
