//! What one account may do with files: the one permission check for every protocol.

use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, chmodat, fstatvfs, mkdirat, renameat, renameat_with, symlinkat, unlinkat,
    utimensat,
};
use rustix::io::Errno;
use wharf_model::accounts::Permissions;

use crate::blocking;
use crate::error::FileError;
use crate::handles::{ReadHandle, WriteHandle, WriteMode};
use crate::jail::Jail;
use crate::listing::Listing;
use crate::parts::{self, Opened, Part};
use crate::path::VPath;
use crate::quota::Ledger;
use crate::stat::{FileKind, Stat, timestamps};
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
}

impl Files {
    /// The files below `jail` for the account with the id `owner`.
    pub fn new(jail: Arc<Jail>, permissions: Permissions, owner: &str, ledger: Arc<Ledger>) -> Self {
        Self { shared: Arc::new(Shared { jail, permissions, owner: parts::owner_tag(owner), ledger }) }
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
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        match self.shared.jail.look_cached(path, flags) {
            Some(_) => Ok(()),
            None => self.run(path, move |shared, path| shared.jail.look(path, flags).map(drop)).await,
        }
    }

    /// The entries of a directory. Needs `list`.
    pub async fn list(&self, path: &VPath) -> Result<Listing, FileError> {
        self.allow(|rights| rights.list)?;
        self.run(path, |shared, path| Listing::open(&shared.jail, path)).await
    }

    /// Opens a regular file for reading. Parts cannot be read. Needs `read`.
    pub async fn open_read(&self, path: &VPath) -> Result<ReadHandle, FileError> {
        self.allow(|rights| rights.read)?;
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
        self.allow(|rights| rights.write || (rights.append && mode == WriteMode::Append))?;
        let waiting = Waiting::default();
        let stop = Arc::clone(&waiting.0);
        self.run(path, move |shared, path| {
            let Shared { jail, permissions, owner, ledger } = shared;
            Upload { jail, permissions, owner, ledger, path, stop: &stop }.begin(mode)
        })
        .await
    }

    /// Makes a directory. Needs `make_directories`.
    pub async fn mkdir(&self, path: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.make_directories)?;
        self.run(path, |shared, path| {
            if path.is_root() {
                return Err(FileError::AlreadyExists);
            }
            let (parent, name) = shared.jail.parent(path)?;
            Ok(mkdirat(&parent, name, Mode::from_raw_mode(0o755))?)
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

    /// Sets the last change, in milliseconds since 1970 UTC. Needs `write`.
    pub async fn set_modified(&self, path: &VPath, modified_ms: i64) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        self.run(path, move |shared, path| {
            let target = shared.jail.look(path, OFlags::PATH)?;
            Ok(utimensat(target, c"", &timestamps(modified_ms), AtFlags::EMPTY_PATH)?)
        })
        .await
    }

    /// Sets the permission bits, `0o777` at most, of a file or a directory. Needs `write`.
    pub async fn set_mode(&self, path: &VPath, mode: u32) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        self.run(path, move |shared, path| {
            let target = shared.jail.look(path, OFlags::PATH)?;
            match Stat::of(&target)?.kind {
                FileKind::File | FileKind::Directory => {}
                FileKind::Symlink | FileKind::Other => return Err(FileError::Forbidden),
            }
            // A file that its owner may not read cannot be opened for `fchmod`, but its mode can be given back.
            let link = format!("/proc/self/fd/{}", target.as_raw_fd());
            Ok(chmodat(CWD, link, Mode::from_raw_mode(mode & 0o777), AtFlags::empty())?)
        })
        .await
    }

    /// Makes the symbolic link `link` to `target`, which is stored relative to it and has to lie in the link's directory
    /// or below, whether it exists or not. So no link says `..`, and none leads out of the home, wherever it is moved and
    /// whoever follows it. Needs `write`.
    pub async fn symlink(&self, target: &VPath, link: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        let below = target.below(&link.parent()).map(<[u8]>::to_vec);
        let target = below.ok_or(FileError::InvalidName("a link leads to its own directory or below"))?;
        self.run(link, move |shared, link| {
            let (parent, name) = shared.jail.parent(link)?;
            Ok(symlinkat(&*target, &parent, name)?)
        })
        .await
    }

    /// Bytes that can still be uploaded: what the quota leaves, and the disk.
    pub async fn available(&self) -> Result<u64, FileError> {
        self.run(&VPath::root(), |shared, _| {
            let disk = fstatvfs(shared.jail.root())?;
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            Ok(shared.ledger.available().map_or(free, |quota| quota.min(free)))
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

impl Shared {
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
