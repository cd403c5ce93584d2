//! Parts: the unfinished uploads beside their final names.
//!
//! A part is named after its owner and its final name, so that the same account finds it again after the connection,
//! or the server, died. Names may be 255 bytes long, hence hashes. An exclusive `flock(2)` marks a part that is being
//! written; the kernel drops it with the descriptor, also after a kill -9.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Dir, FlockOperation, Mode, OFlags, flock, ftruncate, openat, unlinkat};
use rustix::io::{Errno, pwrite};
use sha2::{Digest, Sha256};

use crate::error::FileError;
use crate::quota::{Claim, Ledger};
use crate::stat::Stat;

/// No path of a client may have a component that starts so.
pub(crate) const PREFIX: &[u8] = b".wharf-part.";
/// How often a part may vanish between opening and locking before we give up.
const TRIES: u32 = 16;

/// Whether a name in a directory is a part's.
pub(crate) fn is_part(name: &[u8]) -> bool {
    name.starts_with(PREFIX)
}

/// What stands for an account in the names of its parts.
pub(crate) fn owner_tag(owner: &str) -> String {
    hex(&Sha256::digest(owner.as_bytes())[..8])
}

/// The name of the part of `name`.
pub(crate) fn part_name(owner_tag: &str, name: &[u8]) -> Vec<u8> {
    let hash = hex(&Sha256::digest(name)[..16]);
    [PREFIX, owner_tag.as_bytes(), b".", hash.as_bytes()].concat()
}

/// Sixteen random hexadecimal digits.
pub(crate) fn random_hex() -> Result<String, FileError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| FileError::Io(std::io::Error::other(error)))?;
    Ok(hex(&bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What came of opening a part.
pub(crate) enum Opened {
    /// It is open, and ours until it is dropped.
    Part(Part),
    /// Another upload has it.
    Locked,
    /// There is none.
    Absent,
}

/// A part that is open and locked.
pub(crate) struct Part {
    pub(crate) directory: Arc<OwnedFd>,
    pub(crate) file: Arc<OwnedFd>,
    pub(crate) name: Vec<u8>,
    pub(crate) ledger: Arc<Ledger>,
    /// Of no use to a later upload, so it does not outlive its handle.
    fleeting: bool,
    /// Nothing is in it: not worth keeping either, and its name must not look as if something had been uploaded.
    empty: AtomicBool,
    /// True once the name is gone, renamed or removed. Held while the file changes, so that a write whose caller was
    /// cancelled is finished, or refused, before the part goes.
    gone: Mutex<bool>,
}

impl Part {
    /// Opens and locks the part `name`, and makes it if `create`.
    pub(crate) fn open(
        directory: &Arc<OwnedFd>,
        name: &[u8],
        create: bool,
        ledger: &Arc<Ledger>,
    ) -> Result<Opened, FileError> {
        let flags = if create { OFlags::CREATE } else { OFlags::empty() };
        for _ in 0..TRIES {
            let file = match open_part(directory, name, flags) {
                Err(Errno::NOENT) if !create => return Ok(Opened::Absent),
                result => result?,
            };
            let stat = Stat::of(&file)?;
            if !stat.is_file() || stat.links > 1 {
                return Err(FileError::Forbidden);
            }
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::AGAIN) => return Ok(Opened::Locked),
                result => result?,
            }
            // Between open and lock its last holder may have renamed it to the final name, which must not change again.
            if Stat::at(directory, name)?.is_some_and(|named| named.same_file(&stat)) {
                // Its last holder may have written since the first look.
                let empty = Stat::of(&file)?.size == 0;
                return Ok(Opened::Part(Self::new(directory, file, name.to_vec(), ledger, empty)));
            }
        }
        Err(FileError::Busy)
    }

    /// Makes a part beside `name`, which somebody else holds. Nobody could find it again, so it is fleeting.
    pub(crate) fn extra(directory: &Arc<OwnedFd>, name: &[u8], ledger: &Arc<Ledger>) -> Result<Self, FileError> {
        let name = [name, b".", random_hex()?.as_bytes()].concat();
        let file = open_part(directory, &name, OFlags::CREATE | OFlags::EXCL)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self::new(directory, file, name, ledger, true).fleeting())
    }

    /// Marks it as of no use after its handle.
    pub(crate) fn fleeting(mut self) -> Self {
        self.fleeting = true;
        self
    }

    fn new(directory: &Arc<OwnedFd>, file: OwnedFd, name: Vec<u8>, ledger: &Arc<Ledger>, empty: bool) -> Self {
        let (directory, ledger) = (Arc::clone(directory), Arc::clone(ledger));
        let (file, empty, gone) = (Arc::new(file), AtomicBool::new(empty), Mutex::new(false));
        Self { directory, file, name, ledger, fleeting: false, empty, gone }
    }

    /// Waits for a write under way. The value tells whether the name is gone.
    pub(crate) fn lock(&self) -> MutexGuard<'_, bool> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes in it.
    pub(crate) fn length(&self) -> Result<u64, FileError> {
        Ok(Stat::of(&self.file)?.size)
    }

    /// Cuts it to `length`, if it is longer.
    pub(crate) fn cut(&self, length: u64) -> Result<(), FileError> {
        let before = self.length()?;
        if before > length {
            ftruncate(&self.file, length)?;
            self.ledger.release(before - length);
        }
        self.empty.store(length == 0, Ordering::Relaxed);
        Ok(())
    }

    /// Notes that something was put into it otherwise than by `write`.
    pub(crate) fn filled(&self) {
        self.empty.store(false, Ordering::Relaxed);
    }

    /// Writes all of `bytes` at `offset`, paid from `claim`. Answers how many were written, also when it failed.
    pub(crate) fn write(&self, offset: u64, bytes: &[u8], claim: &mut Claim) -> (u64, Result<(), FileError>) {
        let (written, result) = self.put(offset, bytes);
        claim.spend(written);
        (written, result)
    }

    /// The same where it is not known yet how many of the bytes are new ones.
    pub(crate) fn put(&self, offset: u64, bytes: &[u8]) -> (u64, Result<(), FileError>) {
        let gone = self.lock();
        if *gone {
            return (0, Err(FileError::NotFound));
        }
        let (written, result) = put(&self.file, offset, bytes);
        if written > 0 {
            self.filled();
        }
        (written, result)
    }

    /// Deletes it if it is not worth keeping.
    pub(crate) fn settle(&self) -> Result<(), FileError> {
        if self.is_worthless() { self.remove().map(drop) } else { Ok(()) }
    }

    /// Deletes it and answers how many bytes came free.
    pub(crate) fn remove(&self) -> Result<u64, FileError> {
        let mut gone = self.lock();
        if *gone {
            return Ok(0);
        }
        let freed = remove(&self.directory, &self.file, &self.name, &self.ledger)?;
        *gone = true;
        Ok(freed)
    }

    fn is_worthless(&self) -> bool {
        self.fleeting || self.empty.load(Ordering::Relaxed)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_worthless() || *self.lock() {
            return;
        }
        let (directory, file) = (Arc::clone(&self.directory), Arc::clone(&self.file));
        let (name, ledger) = (std::mem::take(&mut self.name), Arc::clone(&self.ledger));
        let work = move || {
            if let Err(error) = remove(&directory, &file, &name, &ledger) {
                tracing::warn!(%error, "an upload that was given up could not be removed");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(work)),
            Err(_) => work(),
        }
    }
}

/// Removes the parts in a directory that nobody writes to, or [`FileError::NotEmpty`] and removes nothing when there is
/// anything else in it. To a client such a directory looks empty, so it has to be able to remove it.
pub(crate) fn clear_directory(directory: &Arc<OwnedFd>, ledger: &Arc<Ledger>) -> Result<(), FileError> {
    let mut names = Vec::new();
    let mut entries =
        Dir::new(openat(directory, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            name if is_part(name) => names.push(name.to_vec()),
            _ => return Err(FileError::NotEmpty),
        }
    }
    for name in names {
        match Part::open(directory, &name, false, ledger)? {
            Opened::Part(part) => drop(part.remove()?),
            Opened::Absent => {}
            Opened::Locked => return Err(FileError::Busy),
        }
    }
    Ok(())
}

fn open_part(directory: &OwnedFd, name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    // Not blocking, so that a planted FIFO cannot hang; not following, so that a planted link is refused.
    let flags = flags | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::from_raw_mode(0o600))
}

/// Writes all of `bytes` at `offset`. Answers how many were written, also when it failed.
pub(crate) fn put(file: &OwnedFd, offset: u64, bytes: &[u8]) -> (u64, Result<(), FileError>) {
    let mut written = 0;
    while written < bytes.len() {
        match pwrite(file, &bytes[written..], offset + written as u64) {
            Ok(0) => return (written as u64, Err(FileError::NoSpace)),
            Ok(n) => written += n,
            Err(Errno::INTR) => {}
            Err(errno) => return (written as u64, Err(errno.into())),
        }
    }
    (written as u64, Ok(()))
}

fn remove(directory: &OwnedFd, file: &OwnedFd, name: &[u8], ledger: &Ledger) -> Result<u64, FileError> {
    let length = Stat::of(file)?.size;
    unlinkat(directory, name, AtFlags::empty())?;
    ledger.release(length);
    Ok(length)
}
