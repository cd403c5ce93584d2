//! An account's home, which no lookup leaves.
//!
//! Every path is resolved by the kernel with `openat2(2)` and `RESOLVE_IN_ROOT`: the home is `/` for absolute symbolic
//! links and for `..`, so links inside a home work and links out of it lead nowhere. That holds as well while somebody
//! swaps a directory for a link, because nothing is resolved twice. Calls that work on a name rather than on a file
//! (unlink, rename, mkdir) open the parent this way and use the last component in it.

use std::path::Path;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fcntl_setfl, fstatfs, mkdirat, openat, openat2};
use rustix::io::Errno;

use crate::blocking;
use crate::error::FileError;
use crate::path::VPath;
use crate::stat::{FileKind, Stat};

/// A place to stand on: enough for `*at` calls, no right to read needed.
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Not blocking, so that opening a FIFO does not wait for its writer.
const FOR_READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
/// Magic numbers of file systems without a network behind them (statfs(2)): ext, XFS, btrfs, tmpfs.
const LOCAL: [u32; 4] = [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994];
const IN_JAIL: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
/// The kernel answers EAGAIN when a rename anywhere makes a `..` uncertain. A busy system gets some patience.
const TRIES: u32 = 64;

/// The home of an account as an open directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Jail {
    root: Arc<OwnedFd>,
    /// On a file system of this machine, which answers from memory what it has in memory.
    local: bool,
    /// How lookups go.
    resolve: ResolveFlags,
}

impl Jail {
    /// Opens `home`, a path inside `domain_root` that cannot leave it either. With `create` it is made where it is
    /// missing; the domain root never is.
    pub async fn open(domain_root: &Path, home: &str, create: bool) -> Result<Self, FileError> {
        let domain_root = domain_root.to_owned();
        let home = VPath::root().resolve(home.as_bytes())?;
        blocking(move || {
            let root = openat(CWD, &domain_root, DIRECTORY, Mode::empty())?;
            let domain = Self::of(root)?;
            if create {
                domain.make_all(&home)?;
            }
            Self::of(domain.look(&home, DIRECTORY)?)
        })
        .await
    }

    fn of(root: OwnedFd) -> Result<Self, FileError> {
        let kind = fstatfs(&root)?.f_type;
        let local = LOCAL.iter().any(|local| i128::from(*local) == i128::from(kind));
        Ok(Self { root: Arc::new(root), local, resolve: IN_JAIL })
    }

    /// The same home with no symbolic link followed, so that a path says where its file is.
    pub(crate) fn without_links(&self) -> Self {
        Self { resolve: self.resolve | ResolveFlags::NO_SYMLINKS, ..self.clone() }
    }

    /// A directory of the home as a home of its own.
    pub(crate) fn below(&self, path: &VPath) -> Result<Self, FileError> {
        Ok(Self { resolve: self.resolve, ..Self::of(self.look(path, DIRECTORY)?)? })
    }

    /// The open home itself.
    pub(crate) fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// Opens what `path` leads to, links followed inside the home.
    pub(crate) fn look(&self, path: &VPath, flags: OFlags) -> Result<OwnedFd, FileError> {
        self.look_at(path.relative(), flags)
    }

    /// The same without a disk or another machine being asked, so that the runtime may do it: `None` where that does
    /// not lead to an answer.
    pub(crate) fn look_cached(&self, path: &VPath, flags: OFlags) -> Option<OwnedFd> {
        let how = self.resolve | ResolveFlags::CACHED | ResolveFlags::NO_XDEV;
        let look = || openat2(&self.root, path.relative(), flags | OFlags::CLOEXEC, Mode::empty(), how).ok();
        self.local.then(look).flatten()
    }

    /// The same for a path relative to the home that was put together from names on disk.
    pub(crate) fn look_at(&self, relative: &[u8], flags: OFlags) -> Result<OwnedFd, FileError> {
        for _ in 0..TRIES {
            match openat2(&self.root, relative, flags | OFlags::CLOEXEC, Mode::empty(), self.resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
        Err(FileError::Busy)
    }

    /// Opens the directory that `path` is in, and answers it with the last component.
    pub(crate) fn parent<'a>(&self, path: &'a VPath) -> Result<(OwnedFd, &'a [u8]), FileError> {
        let name = path.name().ok_or(FileError::Forbidden)?;
        Ok((self.look(&path.parent(), DIRECTORY)?, name))
    }

    /// Opens a regular file for reading, and nothing else: a FIFO or a device neither hangs nor acts.
    pub(crate) fn open_file(&self, path: &VPath) -> Result<(OwnedFd, Stat), FileError> {
        regular(self.look(path, FOR_READING)?)
    }

    /// The same as [`Self::look_cached`] is to [`Self::look`].
    pub(crate) fn open_file_cached(&self, path: &VPath) -> Option<Result<(OwnedFd, Stat), FileError>> {
        self.look_cached(path, FOR_READING).map(regular)
    }

    fn make_all(&self, path: &VPath) -> Result<(), FileError> {
        match self.look(path, DIRECTORY) {
            Err(FileError::NotFound) => {}
            found => return found.map(drop),
        }
        self.make_all(&path.parent())?;
        let (parent, name) = self.parent(path)?;
        match mkdirat(&parent, name, Mode::from_raw_mode(0o755)) {
            // Another login of the same account made it first.
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The facts of a regular file; an error for anything else.
pub(crate) fn regular_stat(file: &OwnedFd) -> Result<Stat, FileError> {
    let stat = Stat::of(file)?;
    match stat.kind {
        FileKind::File => Ok(stat),
        FileKind::Directory => Err(FileError::IsADirectory),
        FileKind::Symlink | FileKind::Other => Err(FileError::Forbidden),
    }
}

/// Lets only a regular file through, opened without waiting for the other end of what is none.
pub(crate) fn regular(file: OwnedFd) -> Result<(OwnedFd, Stat), FileError> {
    let stat = regular_stat(&file)?;
    // It was for the moment of opening only; left on, it would make a later sendfile give up early.
    fcntl_setfl(&file, OFlags::empty())?;
    Ok((file, stat))
}
