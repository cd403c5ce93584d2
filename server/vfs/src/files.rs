//! What one account may do with files: the one permission check for every protocol.

mod attributes;
mod incoming;
mod links;
pub(crate) mod properties;
mod shares;
mod trees;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, fstatvfs, mkdirat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use wharf_model::accounts::Permissions;

use crate::blocking;
use crate::edits::{Edit, EditHandle, EditMode};
use crate::error::FileError;
use crate::handles::{ReadHandle, WriteHandle, WriteMode};
use crate::jail::Jail;
use crate::listing::Listing;
use crate::parts::{self, Opened, Part};
use crate::path::VPath;
use crate::quota::Ledger;
use crate::stat::Stat;
use crate::uploads::{Upload, allow};

/// The files of one logged-in account. Every method checks the account's rights first; without the right the answer is
/// [`FileError::Denied`] and the disk is not asked. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    shared: Arc<Shared>,
}

struct Shared {
    jail: Arc<Jail>,
    permissions: Permissions,
    /// What the names of the account's parts contain.
    owner: String,
    /// Also held by the account's other sessions.
    ledger: Arc<Ledger>,
    /// A directory that files are put into and not looked at.
    incoming: Option<VPath>,
    /// What is left of it for somebody else.
    share: Option<shares::Share>,
}

impl Files {
    /// The files below `jail` for the account with the id `owner`.
    pub fn new(jail: Arc<Jail>, permissions: Permissions, owner: &str, ledger: Arc<Ledger>) -> Self {
        let owner = parts::owner_tag(owner);
        Self { shared: Arc::new(Shared { jail, permissions, owner, ledger, incoming: None, share: None }) }
    }

    /// What the account may do.
    pub fn permissions(&self) -> Permissions {
        self.shared.permissions
    }

    /// The account's bytes.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.shared.ledger
    }

    /// The facts of `path`, links followed inside the home. Where no such file is, but the account has a part for the
    /// name, they are the part's, so that clients find out where to resume. Needs `list` or `read`.
    pub async fn stat(&self, path: &VPath) -> Result<Stat, FileError> {
        self.allow(|rights| rights.list || rights.read)?;
        self.see(path)?;
        match self.shared.jail.look_cached(path, OFlags::PATH) {
            Some(found) => Stat::of(found),
            None => self.run(path, Shared::stat).await,
        }
    }

    /// The facts of `path` itself, also of a link. Needs `list` or `read`.
    pub async fn stat_link(&self, path: &VPath) -> Result<Stat, FileError> {
        self.allow(|rights| rights.list || rights.read)?;
        self.run(path, Shared::stat_link).await
    }

    /// Whether `path` is a directory to stand in, else an error. Needs no right: an account that may only upload has to
    /// be able to change directory.
    pub async fn enter(&self, path: &VPath) -> Result<(), FileError> {
        self.see(path)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        match self.shared.jail.look_cached(path, flags) {
            Some(_) => Ok(()),
            None => self.run(path, move |shared, path| shared.jail.look(path, flags).map(drop)).await,
        }
    }

    /// The entries of a directory, links followed inside the home. Needs `list`.
    pub async fn list(&self, path: &VPath) -> Result<Listing, FileError> {
        self.allow(|rights| rights.list)?;
        self.see_into(path)?;
        self.run(path, |shared, path| shared.listing(path, true)).await
    }

    /// The same with links as they are.
    pub async fn list_links(&self, path: &VPath) -> Result<Listing, FileError> {
        self.allow(|rights| rights.list)?;
        self.see_into(path)?;
        self.run(path, |shared, path| shared.listing(path, false)).await
    }

    /// Opens a regular file for reading. Parts cannot be read. Needs `read`.
    pub async fn open_read(&self, path: &VPath) -> Result<ReadHandle, FileError> {
        self.allow(|rights| rights.read)?;
        self.see(path)?;
        let (file, stat) = match self.shared.jail.open_file_cached(path) {
            Some(opened) => opened?,
            None => self.run(path, |shared, path| shared.jail.open_file(path)).await?,
        };
        Ok(ReadHandle::new(file, stat))
    }

    /// Begins an upload to `path`. Needs `write`; [`WriteMode::Append`] to a file that is there needs `append` instead.
    ///
    /// [`FileError::Busy`] when another session of the account uploads to the same name and this one wants to resume or
    /// append; [`FileError::Interrupted`] when an upload that was to replace the file is kept; [`FileError::BadOffset`] when neither the part nor the file has the bytes to resume behind.
    pub async fn open_write(&self, path: &VPath, mode: WriteMode) -> Result<WriteHandle, FileError> {
        if self.see(path).is_err() {
            return self.put_in(path, mode).await;
        }
        let adds = self.shared.adds(mode);
        self.allow(|rights| rights.write || adds || (rights.append && mode == WriteMode::Append))?;
        let waiting = Waiting::default();
        let stop = Arc::clone(&waiting.0);
        self.run(path, move |shared, path| {
            let Shared { jail, permissions, owner, ledger, .. } = shared;
            Upload { jail, permissions, owner, ledger, path, stop: &stop }.begin(mode)
        })
        .await
    }

    /// Opens a file for writing, and reading where `mode` says so, wherever the client likes. Needs `write`; instead
    /// `append` where [`EditMode::append`] is set and the file is there; with [`EditMode::read`] also `read`.
    ///
    /// [`FileError::Busy`] when another session of the account uploads to a name that no file has and this one would
    /// resume it.
    pub async fn open_edit(&self, path: &VPath, mode: EditMode) -> Result<EditHandle, FileError> {
        self.allow(|rights| (rights.write || (rights.append && mode.append)) && (rights.read || !mode.read))?;
        self.run(path, move |shared, path| {
            let Shared { jail, permissions, owner, ledger, .. } = shared;
            Edit::begin(jail, *permissions, owner, ledger, path, mode)
        })
        .await
    }

    /// Makes a directory. Needs `make_directories`.
    pub async fn mkdir(&self, path: &VPath) -> Result<(), FileError> {
        self.mkdir_with_mode(path, 0o755).await
    }

    /// Makes a directory with these permission bits, less the umask. Needs `make_directories`.
    pub async fn mkdir_with_mode(&self, path: &VPath, mode: u32) -> Result<(), FileError> {
        self.allow(|rights| rights.make_directories)?;
        self.run(path, move |shared, path| {
            if path.is_root() {
                return Err(FileError::AlreadyExists);
            }
            let (parent, name) = shared.jail.parent(path)?;
            Ok(mkdirat(&parent, name, Mode::from_raw_mode(mode & 0o777))?)
        })
        .await
    }

    /// Removes an empty directory; kept parts in it go with it. Needs `delete`.
    pub async fn rmdir(&self, path: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.delete)?;
        self.run(path, Shared::rmdir).await
    }

    /// Deletes a file or a link; where neither is, the account's own kept part for the name. Needs `delete`.
    pub async fn unlink(&self, path: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.delete)?;
        self.run(path, Shared::unlink).await
    }

    /// Renames or moves. A file that is there is replaced, which needs `write` too; a directory never is. Needs `rename`.
    pub async fn rename(&self, from: &VPath, to: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.rename)?;
        let to = to.clone();
        self.run(from, move |shared, from| shared.rename(from, &to)).await
    }

    /// Renames or moves, and replaces nothing. Needs `rename`.
    pub async fn rename_new(&self, from: &VPath, to: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.rename)?;
        let to = to.clone();
        self.run(from, move |shared, from| {
            let (from_parent, from_name) = shared.jail.parent(from)?;
            let (to_parent, to_name) = shared.jail.parent(&to)?;
            match Stat::at(&to_parent, to_name)? {
                Some(_) => Err(FileError::AlreadyExists),
                None => rename_to_new(&from_parent, from_name, &to_parent, to_name),
            }
        })
        .await
    }

    /// Bytes that can still be uploaded: what the quota leaves, and the disk.
    pub async fn available(&self) -> Result<u64, FileError> {
        self.run(&VPath::root(), |shared, _| Ok(shared.space(shared.jail.root())?.available)).await
    }

    /// How much room there is on the file system of `path`, as far as the account may use it. Needs `list` or `read`.
    pub async fn space(&self, path: &VPath) -> Result<Space, FileError> {
        self.allow(|rights| rights.list || rights.read)?;
        self.run(path, |shared, path| match shared.jail.look(path, OFlags::PATH) {
            Ok(found) => shared.space(&found),
            // Of a part, that of the directory it is in.
            Err(FileError::NotFound) if shared.stat(path)?.part => {
                shared.space(&shared.jail.look(&path.parent(), OFlags::PATH)?)
            }
            Err(error) => Err(error),
        })
        .await
    }

    /// A name in `directory` that nobody else will choose, for STOU. Upload to it with [`WriteMode::CreateNew`].
    pub fn unique_name(&self, directory: &VPath) -> Result<VPath, FileError> {
        directory.join(format!("upload-{}", parts::random_hex()?).as_bytes())
    }

    fn allow(&self, right: impl FnOnce(&Permissions) -> bool) -> Result<(), FileError> {
        allow(right(&self.shared.permissions))
    }

    async fn run<T: Send + 'static>(
        &self,
        path: &VPath,
        work: impl FnOnce(&Shared, &VPath) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        self.see(path)?;
        self.run_unseen(path, work).await
    }

    async fn run_unseen<T: Send + 'static>(
        &self,
        path: &VPath,
        work: impl FnOnce(&Shared, &VPath) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let (shared, path) = (Arc::clone(&self.shared), path.clone());
        blocking(move || work(&shared, &path)).await
    }
}

/// Tells the work in the pool when its caller no longer waits.
#[derive(Default)]
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Room on a file system, in bytes where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// In all: the quota, where there is one.
    pub total: u64,
    /// That can still be filled: what the quota leaves, and the disk.
    pub available: u64,
    /// In a block.
    pub block: u64,
    /// Files there can be.
    pub files: u64,
    /// Files there can be besides those that are.
    pub files_free: u64,
    /// The longest name.
    pub longest_name: u64,
}

impl Shared {
    fn space(&self, at: &OwnedFd) -> Result<Space, FileError> {
        let disk = fstatvfs(at)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        let (total, free) = (bytes(disk.f_blocks), bytes(disk.f_bavail));
        Ok(Space {
            total: self.ledger.limit().map_or(total, |quota| quota.min(total)),
            available: self.ledger.available().map_or(free, |quota| quota.min(free)),
            block: disk.f_frsize,
            files: disk.f_files,
            files_free: disk.f_favail,
            longest_name: disk.f_namemax,
        })
    }

    fn stat(&self, path: &VPath) -> Result<Stat, FileError> {
        match self.jail.look(path, OFlags::PATH) {
            Ok(found) => Stat::of(found),
            Err(FileError::NotFound) if !path.is_root() => self.stat_part(path),
            Err(error) => Err(error),
        }
    }

    fn stat_part(&self, path: &VPath) -> Result<Stat, FileError> {
        let (parent, name) = self.jail.parent(path)?;
        let part = Stat::at(&parent, &parts::part_name(&self.owner, name))?.filter(Stat::is_file);
        part.map(|stat| Stat { part: true, ..stat }).ok_or(FileError::NotFound)
    }

    fn stat_link(&self, path: &VPath) -> Result<Stat, FileError> {
        if path.is_root() {
            return self.stat(path);
        }
        let (parent, name) = self.jail.parent(path)?;
        match Stat::at(&parent, name)? {
            Some(stat) => Ok(stat),
            None => self.stat_part(path),
        }
    }

    fn rmdir(&self, path: &VPath) -> Result<(), FileError> {
        let (parent, name) = self.jail.parent(path)?;
        match unlinkat(&parent, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            result => return Ok(result?),
        }
        let directory = self.jail.look(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW)?;
        parts::clear_directory(&Arc::new(directory), &self.ledger)?;
        Ok(unlinkat(&parent, name, AtFlags::REMOVEDIR)?)
    }

    fn unlink(&self, path: &VPath) -> Result<(), FileError> {
        if path.is_root() {
            return Err(FileError::IsADirectory);
        }
        let (parent, name) = self.jail.parent(path)?;
        let Some(stat) = Stat::at(&parent, name)? else { return self.unlink_part(parent, name) };
        if stat.is_directory() {
            return Err(FileError::IsADirectory);
        }
        unlinkat(&parent, name, AtFlags::empty())?;
        self.ledger.release(stat.freed());
        Ok(())
    }

    fn unlink_part(&self, parent: OwnedFd, name: &[u8]) -> Result<(), FileError> {
        match Part::open(&Arc::new(parent), &parts::part_name(&self.owner, name), false, &self.ledger)? {
            Opened::Part(part) => part.remove().map(drop),
            Opened::Locked => Err(FileError::Busy),
            Opened::Absent => Err(FileError::NotFound),
        }
    }

    fn rename(&self, from: &VPath, to: &VPath) -> Result<(), FileError> {
        let (from_parent, from_name) = self.jail.parent(from)?;
        let (to_parent, to_name) = self.jail.parent(to)?;
        let source = Stat::at(&from_parent, from_name)?.ok_or(FileError::NotFound)?;
        let Some(old) = Stat::at(&to_parent, to_name)? else {
            return rename_to_new(&from_parent, from_name, &to_parent, to_name);
        };
        if old.is_directory() {
            return Err(FileError::AlreadyExists);
        }
        allow(self.permissions.write)?;
        renameat(&from_parent, from_name, &to_parent, to_name)?;
        // Two names of one file are left as they are by the kernel.
        if !old.same_file(&source) {
            self.ledger.release(old.freed());
        }
        Ok(())
    }
}

/// Renames without replacing, so that a file made meanwhile is not overwritten without the right to.
fn rename_to_new(from: &OwnedFd, from_name: &[u8], to: &OwnedFd, to_name: &[u8]) -> Result<(), FileError> {
    let result = match renameat_with(from, from_name, to, to_name, RenameFlags::NOREPLACE) {
        // Either the file system cannot do that, or it is refused below as well.
        Err(Errno::INVAL | Errno::NOSYS) => renameat(from, from_name, to, to_name),
        result => result,
    };
    match result {
        Err(Errno::INVAL) => Err(FileError::InvalidName("a directory cannot be moved into itself")),
        result => Ok(result?),
    }
}
