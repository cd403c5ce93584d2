//! Files open for writing wherever the client likes: SFTP's handles.
//!
//! A new file, one that is emptied first and one that is written over from its beginning are uploads: they go to a part
//! and get their name when they are closed, as with [`crate::WriteHandle`]. All other writing changes the file where it
//! is: the client wants to see it change (`docs/decisions/0010`).

mod opening;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, fchmod, fdatasync, ftruncate, futimens};

use crate::blocking;
use crate::error::FileError;
use crate::handles::ReadHandle;
use crate::parts::put;
use crate::publish::{Goal, less_umask};
use crate::quota::{Claim, Ledger};
use crate::ranges::Ranges;
use crate::stat::{Stat, timestamps};
use crate::uploads::copy_range;

pub(crate) use opening::Edit;

/// How a file is opened for writing. See [`crate::Files::open_edit`] for the rights each needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of open(2)")]
pub struct EditMode {
    /// For reading too.
    pub read: bool,
    /// Everything goes to the end of the file, whatever offset is given.
    pub append: bool,
    /// Made where there is none.
    pub create: bool,
    /// Emptied first.
    pub truncate: bool,
    /// With `create`: only where there is none.
    pub exclusive: bool,
    /// Permission bits of a file that is made, less the umask.
    pub mode: Option<u32>,
}

/// Bytes to be written, in the pieces they came in, and where to.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Where the first byte goes.
    pub offset: u64,
    /// The bytes.
    pub data: Vec<Bytes>,
}

/// A file open for writing. Dropped, it is the same as [`suspend`](Self::suspend).
///
/// Calls are made one after the other: each waits for those before it, also for one whose caller stopped waiting.
pub struct EditHandle {
    work: Arc<Mutex<Work>>,
    reader: Option<ReadHandle>,
}

/// What is written to.
enum Work {
    Upload(Box<Upload>),
    /// Whether it is an upload shows with the first write.
    Undecided(Box<Undecided>),
    InPlace(InPlace),
    /// Closed, or given up.
    Closed,
}

struct Upload {
    goal: Goal,
    claim: Claim,
    /// Bytes in the part.
    length: u64,
    /// Those that the client wrote.
    written: Ranges,
    append: bool,
    /// A part of so many bytes was kept from an earlier upload. The first write tells where this one goes on.
    kept: Option<u64>,
    /// What the client did not write comes from here.
    base: Option<Base>,
    modified_ms: Option<i64>,
    /// A write failed, so the file will never be what the client meant.
    failed: bool,
    /// And that because there was no space for it: kept, it would hold what the account, or everybody, has not got.
    no_space: bool,
}

/// The file that is written over.
struct Base {
    file: Arc<OwnedFd>,
    stat: Stat,
    /// Bytes of it that are still meant.
    size: u64,
}

struct Undecided {
    edit: Edit,
    in_place: InPlace,
    base: Base,
}

struct InPlace {
    file: Arc<OwnedFd>,
    ledger: Arc<Ledger>,
    append: bool,
    /// An upload that was to replace the file is kept; who writes behind its beginning may mean the other one.
    interrupted: bool,
}

impl EditHandle {
    fn new(work: Work, reader: Option<ReadHandle>) -> Self {
        Self { work: Arc::new(Mutex::new(work)), reader }
    }

    /// For reading what it was opened for reading too.
    pub fn reader(&self) -> Option<&ReadHandle> {
        self.reader.as_ref()
    }

    /// Writes the pieces, in their order and in one trip to the blocking pool. Each has a result of its own; the file
    /// goes on after a failure, but an upload will not become a file.
    pub async fn write(&self, pieces: Vec<Piece>) -> Result<Vec<Result<(), FileError>>, FileError> {
        self.with(move |work| Ok(pieces.iter().map(|piece| work.write(piece)).collect())).await
    }

    /// Cuts it, or fills it up with zeros.
    pub async fn set_size(&self, size: u64) -> Result<(), FileError> {
        self.with(move |work| work.set_size(size)).await
    }

    /// Sets permission bits and the last change (milliseconds since 1970 UTC), where given.
    pub async fn set_attributes(&self, mode: Option<u32>, modified_ms: Option<i64>) -> Result<(), FileError> {
        self.with(move |work| work.set_attributes(mode, modified_ms)).await
    }

    /// Its facts.
    pub async fn stat(&self) -> Result<Stat, FileError> {
        self.with(|work| work.stat()).await
    }

    /// Waits until what was written is on the disk.
    pub async fn sync(&self) -> Result<(), FileError> {
        self.with(|work| Ok(fdatasync(work.file()?)?)).await
    }

    /// An upload gets its name already, and goes on in place: its own session looks for it there.
    pub async fn publish(&self) -> Result<(), FileError> {
        self.with(Work::publish).await
    }

    /// The client is done: an upload becomes a file. One with a failed write does not; it is kept, or removed where there
    /// was no space for it.
    pub async fn commit(&self) -> Result<(), FileError> {
        self.with(|work| match std::mem::replace(work, Work::Closed) {
            Work::Upload(upload) if upload.failed => {
                upload.keep()?;
                Err(FileError::Incomplete)
            }
            Work::Upload(upload) => upload.publish().map(drop),
            Work::Undecided(_) | Work::InPlace(_) | Work::Closed => Ok(()),
        })
        .await
    }

    /// Ends it and keeps what arrived of an upload for a later resume: the bytes from the beginning to the first gap.
    pub async fn suspend(&self) -> Result<(), FileError> {
        self.with(|work| match std::mem::replace(work, Work::Closed) {
            Work::Upload(upload) => upload.keep(),
            Work::Undecided(_) | Work::InPlace(_) | Work::Closed => Ok(()),
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Work) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let work = Arc::clone(&self.work);
        blocking(move || act(&mut lock(&work))).await
    }
}

impl fmt::Debug for EditHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditHandle").finish_non_exhaustive()
    }
}

/// Held in the blocking pool only.
fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Without a word this is a connection that was lost. What is behind a gap cannot be told from zeros later.
        if let Err(error) = self.trim() {
            tracing::warn!(%error, "an interrupted upload was not put aside");
        }
    }
}

impl Work {
    fn write(&mut self, piece: &Piece) -> Result<(), FileError> {
        self.decide(|undecided| piece.offset == 0 && !undecided.in_place.append)?;
        match self {
            Self::Upload(upload) => upload.write(piece),
            Self::InPlace(file) => file.write(piece),
            Self::Undecided(_) | Self::Closed => Err(closed()),
        }
    }

    fn set_size(&mut self, size: u64) -> Result<(), FileError> {
        self.decide(|undecided| size == 0 && !undecided.in_place.append)?;
        match self {
            Self::Upload(upload) => upload.set_size(size),
            Self::InPlace(file) => file.set_size(size),
            Self::Undecided(_) | Self::Closed => Err(closed()),
        }
    }

    /// From here on it is an upload that replaces the whole file, or it is none.
    fn decide(&mut self, is_upload: impl FnOnce(&Undecided) -> bool) -> Result<(), FileError> {
        match std::mem::replace(self, Self::Closed) {
            Self::Undecided(undecided) if is_upload(&undecided) => {
                *self = Self::Upload(Box::new(undecided.into_upload()?));
            }
            Self::Undecided(undecided) => *self = Self::InPlace(undecided.in_place),
            decided => *self = decided,
        }
        Ok(())
    }

    fn set_attributes(&mut self, mode: Option<u32>, modified_ms: Option<i64>) -> Result<(), FileError> {
        if let Self::Upload(upload) = self {
            // A part keeps its own mode and time: the one to be resumed, the other to be swept at the right time.
            upload.goal.mode = mode.map(|mode| mode & 0o777).or(upload.goal.mode);
            upload.modified_ms = modified_ms.or(upload.modified_ms);
            return Ok(());
        }
        let file = self.file()?;
        if let Some(mode) = mode {
            fchmod(file, Mode::from_raw_mode(mode & 0o777))?;
        }
        if let Some(modified_ms) = modified_ms {
            futimens(file, &timestamps(modified_ms))?;
        }
        Ok(())
    }

    fn stat(&self) -> Result<Stat, FileError> {
        let stat = Stat::of(self.file()?)?;
        let Self::Upload(upload) = self else { return Ok(stat) };
        let base = upload.base.as_ref();
        Ok(Stat {
            size: base.map_or(0, |base| base.size).max(upload.length),
            mode: upload
                .goal
                .mode
                .or(base.map(|base| base.stat.mode))
                .unwrap_or_else(|| less_umask(upload.goal.new_mode)),
            modified_ms: upload.modified_ms.unwrap_or(stat.modified_ms),
            ..stat
        })
    }

    fn publish(&mut self) -> Result<(), FileError> {
        match std::mem::replace(self, Self::Closed) {
            Self::Upload(upload) => {
                let (part, append) = (Arc::clone(&upload.goal.part), upload.append);
                upload.publish()?;
                let (file, ledger) = (Arc::clone(&part.file), Arc::clone(&part.ledger));
                *self = Self::InPlace(InPlace { file, ledger, append, interrupted: false });
            }
            other => *self = other,
        }
        Ok(())
    }

    fn file(&self) -> Result<&OwnedFd, FileError> {
        match self {
            Self::Upload(upload) => Ok(&upload.goal.part.file),
            Self::Undecided(undecided) => Ok(&undecided.in_place.file),
            Self::InPlace(file) => Ok(&file.file),
            Self::Closed => Err(closed()),
        }
    }
}

fn closed() -> FileError {
    FileError::Io(std::io::Error::other("the file is closed"))
}

impl Upload {
    fn write(&mut self, piece: &Piece) -> Result<(), FileError> {
        let result = if self.failed { Err(FileError::Incomplete) } else { self.try_write(piece) };
        self.failed |= result.is_err();
        self.no_space |= matches!(result, Err(FileError::QuotaExceeded | FileError::NoSpace));
        result
    }

    fn try_write(&mut self, piece: &Piece) -> Result<(), FileError> {
        self.go_on_at(piece.offset)?;
        let mut at = if self.append { self.length } else { piece.offset };
        let bytes = piece.data.iter().map(|data| data.len() as u64).sum::<u64>();
        let end = at.checked_add(bytes).ok_or(FileError::NoSpace)?;
        self.claim.cover(end.saturating_sub(self.length))?;
        for data in &piece.data {
            let (written, result) = self.goal.part.put(at, data);
            if written > 0 {
                self.written.add(at, at + written);
                at += written;
                self.grew(at);
            }
            result?;
        }
        Ok(())
    }

    /// Where a part was kept, this is a resume, or a new upload that begins at its beginning.
    fn go_on_at(&mut self, offset: u64) -> Result<(), FileError> {
        let Some(kept) = self.kept.take() else { return Ok(()) };
        let offset = if self.append { kept } else { offset };
        if offset > kept {
            return Err(FileError::BadOffset);
        }
        self.goal.part.cut(offset)?;
        (self.length, self.written) = (offset, Ranges::up_to(offset));
        Ok(())
    }

    fn grew(&mut self, end: u64) {
        self.claim.spend(end.saturating_sub(self.length));
        self.length = self.length.max(end);
    }

    fn set_size(&mut self, size: u64) -> Result<(), FileError> {
        self.kept = None;
        if let Some(base) = &mut self.base {
            base.size = base.size.min(size);
        }
        self.written.cut(size);
        if size < self.length {
            self.goal.part.cut(size)?;
            self.length = size;
        } else if size > self.length {
            self.claim.cover(size - self.length)?;
            ftruncate(&self.goal.part.file, size)?;
            self.goal.part.filled();
            self.grew(size);
        }
        Ok(())
    }

    fn publish(mut self) -> Result<Stat, FileError> {
        self.fill_up()?;
        self.kept = None;
        // It is whole now: what follows must not take a hole for a gap.
        self.written = Ranges::up_to(self.length);
        self.goal.publish_or_remove(self.modified_ms)
    }

    /// Takes what the client did not write from the file that is written over.
    fn fill_up(&mut self) -> Result<(), FileError> {
        let Some(base) = self.base.take() else { return Ok(()) };
        let gaps = self.written.gaps(base.size);
        if gaps.is_empty() {
            return Ok(());
        }
        self.claim.cover(base.size.saturating_sub(self.length))?;
        for (start, end) in gaps {
            // What is paid for was counted above: bytes below the length replace a hole.
            copy_range(&base.file, &self.goal.part, start, end)?;
            self.grew(end);
        }
        self.goal.grown_from = Some(base.stat);
        Ok(())
    }

    fn keep(mut self) -> Result<(), FileError> {
        if self.no_space {
            return self.goal.part.remove().map(drop);
        }
        self.trim()?;
        self.goal.part.settle()
    }

    /// Cuts it at its first gap.
    fn trim(&mut self) -> Result<(), FileError> {
        let part = &self.goal.part;
        if *part.lock() || self.kept.is_some() {
            return Ok(());
        }
        part.cut(self.written.prefix())
    }
}

impl InPlace {
    fn write(&mut self, piece: &Piece) -> Result<(), FileError> {
        if std::mem::take(&mut self.interrupted) && (piece.offset > 0 || self.append) {
            self.interrupted = true;
            return Err(FileError::Interrupted);
        }
        let bytes = piece.data.iter().map(|data| data.len() as u64).sum::<u64>();
        let _sizes = self.ledger.hold_sizes();
        let size = Stat::of(&self.file)?.size;
        let mut at = if self.append { size } else { piece.offset };
        let end = at.checked_add(bytes).ok_or(FileError::NoSpace)?;
        let mut claim = Claim::empty(Arc::clone(&self.ledger));
        claim.cover(end.saturating_sub(size))?;
        let mut size = size;
        for data in &piece.data {
            let (written, result) = put(&self.file, at, data);
            at += written;
            if written > 0 {
                claim.spend(at.saturating_sub(size));
                size = size.max(at);
            }
            result?;
        }
        Ok(())
    }

    fn set_size(&mut self, size: u64) -> Result<(), FileError> {
        set_size(&self.file, size, &self.ledger)
    }
}

/// Cuts a file that has its name already, or fills it up with zeros.
pub(crate) fn set_size(file: &OwnedFd, size: u64, ledger: &Arc<Ledger>) -> Result<(), FileError> {
    let _sizes = ledger.hold_sizes();
    let before = Stat::of(file)?.size;
    let growth = size.saturating_sub(before);
    ledger.reserve(growth)?;
    if let Err(errno) = ftruncate(file, size) {
        ledger.release(growth);
        return Err(errno.into());
    }
    ledger.release(before.saturating_sub(size));
    Ok(())
}
