//! The whole crate against real files in a temporary directory.

mod edits;
mod incoming;
mod jail;
mod links;
mod listing;
mod permissions;
mod reading;
mod shares;
mod trees;
mod uploads;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_model::accounts::Permissions;

use crate::{Buffer, FileError, Files, Jail, Ledger, Stat, VPath, WriteHandle, WriteMode};

/// A domain root with a home in it and something beside the home that must stay out of reach.
struct Home {
    domain: tempfile::TempDir,
    jail: Arc<Jail>,
    ledger: Arc<Ledger>,
    files: Files,
}

impl Home {
    async fn new() -> Self {
        Self::with_quota(None).await
    }

    async fn with_quota(limit: Option<u64>) -> Self {
        let domain = tempfile::tempdir().unwrap();
        std::fs::write(domain.path().join("outside"), "secret").unwrap();
        let jail = Arc::new(Jail::open(domain.path(), "home", true).await.unwrap());
        let ledger = Arc::new(Ledger::new(limit, 0));
        let files = Files::new(Arc::clone(&jail), Permissions::ALL, "anna", Arc::clone(&ledger));
        Self { domain, jail, ledger, files }
    }

    fn path(&self, name: impl AsRef<[u8]>) -> PathBuf {
        self.domain.path().join("home").join(Path::new(std::ffi::OsStr::from_bytes(name.as_ref())))
    }

    /// A file that was there before; counted like one that was uploaded.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content.as_ref()).unwrap();
        self.ledger.set_used(self.ledger.used() + content.as_ref().len() as u64);
    }

    fn get(&self, name: impl AsRef<[u8]>) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn has(&self, name: impl AsRef<[u8]>) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Names on disk that are parts.
    fn parts(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.path("")).unwrap().map(|e| e.unwrap().file_name().into_string());
        names.filter_map(Result::ok).filter(|name| name.starts_with(".wharf-part.")).collect()
    }

    fn allowed(&self, permissions: Permissions) -> Files {
        Files::new(Arc::clone(&self.jail), permissions, "anna", Arc::clone(&self.ledger))
    }

    fn other_owner(&self) -> Files {
        Files::new(Arc::clone(&self.jail), Permissions::ALL, "bert", Arc::clone(&self.ledger))
    }

    async fn stat(&self, name: &str) -> Result<Stat, FileError> {
        self.files.stat(&at(name)).await
    }

    async fn write(&self, name: &str, mode: WriteMode) -> Result<WriteHandle, FileError> {
        self.files.open_write(&at(name), mode).await
    }

    /// A whole upload.
    async fn upload(&self, name: &str, mode: WriteMode, content: &[u8]) -> Result<Stat, FileError> {
        let mut handle = self.write(name, mode).await?;
        send(&mut handle, content).await?;
        handle.commit(None).await
    }

    /// An upload that is cut after `content`.
    async fn cut(&self, name: &str, mode: WriteMode, content: &[u8]) {
        let mut handle = self.write(name, mode).await.unwrap();
        send(&mut handle, content).await.unwrap();
    }

    async fn assert_settled(&self) {
        assert_eq!(self.ledger.used(), crate::quota::measure(&self.jail).await.unwrap(), "the ledger tells the truth");
    }
}

fn at(path: impl AsRef<[u8]>) -> VPath {
    VPath::root().resolve(path.as_ref()).unwrap()
}

async fn send(handle: &mut WriteHandle, content: &[u8]) -> Result<(), FileError> {
    let mut buffer = Buffer::with_capacity(Buffer::SMALL);
    for piece in content.chunks(Buffer::SMALL) {
        buffer.put(piece);
        buffer = handle.write(buffer).await?;
        assert!(buffer.is_empty());
    }
    Ok(())
}

/// Asserts that a result is an error of one kind.
macro_rules! refused {
    ($result:expr, $kind:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($kind)), "{:?}", result.err());
    }};
}
use refused;
