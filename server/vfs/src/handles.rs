//! Open files: the data path.

use std::fmt;
use std::io::IoSliceMut;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Advice, fadvise, sendfile};
use rustix::io::{Errno, ReadWriteFlags, preadv2, retry_on_intr};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blocking;
use crate::buffers::Buffer;
use crate::error::FileError;
use crate::files::properties;
use crate::parts::Part;
use crate::publish::Goal;
use crate::quota::Claim;
use crate::stat::Stat;
use crate::uploads::copy_piece;

/// A file open for reading. Reads are positioned, so several may be under way at once.
#[derive(Debug)]
pub struct ReadHandle {
    file: Arc<OwnedFd>,
    stat: Stat,
    /// Nothing is read from here on.
    end: u64,
    /// Cleared when the file system cannot say whether a read would wait.
    nowait: AtomicBool,
}

impl ReadHandle {
    pub(crate) fn new(file: OwnedFd, stat: Stat) -> Self {
        // Only a hint: what it is refused for reads just as well.
        let _ = fadvise(&file, 0, None, Advice::Sequential);
        Self { file: Arc::new(file), stat, end: u64::MAX, nowait: AtomicBool::new(true) }
    }

    /// Of a file that is open for writing too.
    pub(crate) fn shared(file: &Arc<OwnedFd>) -> Result<Self, FileError> {
        let stat = Stat::of(file)?;
        Ok(Self { file: Arc::clone(file), stat, end: u64::MAX, nowait: AtomicBool::new(true) })
    }

    /// The same file as if it ended at `end` already.
    #[must_use]
    pub fn until(mut self, end: u64) -> Self {
        self.stat.size = self.stat.size.min(end);
        self.end = end;
        self
    }

    /// Bytes in the file when it was opened.
    pub fn size(&self) -> u64 {
        self.stat.size
    }

    /// Its facts when it was opened.
    pub fn stat(&self) -> &Stat {
        &self.stat
    }

    /// False once [`load`](Self::load) has found that the file system cannot say what is in memory.
    pub fn can_be_sent(&self) -> bool {
        self.nowait.load(Ordering::Relaxed)
    }

    /// Sees to it that up to `length` bytes at `offset` are in memory, so that sending them does not wait for a disk.
    /// What is there already costs two looks; only a miss costs a trip to the blocking pool.
    pub async fn load(&self, offset: u64, length: usize) -> Result<(), FileError> {
        let end = offset.saturating_add(length as u64).min(self.stat.size);
        if offset >= end {
            return Ok(());
        }
        let look = |at| preadv2(&self.file, &mut [IoSliceMut::new(&mut [0])], at, ReadWriteFlags::NOWAIT);
        match look(offset).and_then(|_| look(end - 1)) {
            Ok(_) => return Ok(()),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => self.nowait.store(false, Ordering::Relaxed),
            Err(errno) => return Err(errno.into()),
        }
        let file = Arc::clone(&self.file);
        blocking(move || {
            let mut buffer = Buffer::with_capacity(Buffer::SMALL);
            let mut at = offset;
            while at < end {
                buffer.clear();
                fill(&file, at, 0, &mut buffer, ReadWriteFlags::empty())?;
                if buffer.is_empty() {
                    break;
                }
                at += buffer.len() as u64;
            }
            Ok(())
        })
        .await
    }

    /// Sends up to `length` bytes at `offset` to a socket without copying them (`sendfile(2)`), and answers how many the
    /// socket took. 0 is the end of the file.
    pub fn send_to(&self, socket: impl AsFd, offset: u64, length: usize) -> std::io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut offset = offset;
        Ok(retry_on_intr(|| sendfile(&socket, &self.file, Some(&mut offset), length.min(left)))?)
    }

    /// Reads at `offset` behind what `buffer` holds already, until it is full or the file ends. Nothing added means the
    /// end of the file.
    ///
    /// What is in the page cache is read at once; only a miss costs a trip to the blocking pool.
    pub async fn read_at(&self, offset: u64, buffer: Buffer) -> Result<Buffer, FileError> {
        let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let most = buffer.len().saturating_add(left);
        let mut buffer = self.read_through(offset, buffer).await?;
        buffer.truncate(most);
        Ok(buffer)
    }

    async fn read_through(&self, offset: u64, mut buffer: Buffer) -> Result<Buffer, FileError> {
        // Beyond this the kernel takes no offset, and u64::MAX would mean "where the last read ended".
        if i64::try_from(offset.saturating_add(buffer.capacity() as u64)).is_err() {
            return Ok(buffer);
        }
        let start = buffer.len();
        if self.nowait.load(Ordering::Relaxed) {
            match fill(&self.file, offset, start, &mut buffer, ReadWriteFlags::NOWAIT) {
                Ok(()) => return Ok(buffer),
                Err(Errno::AGAIN) => {}
                Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => self.nowait.store(false, Ordering::Relaxed),
                Err(errno) => return Err(errno.into()),
            }
        }
        let file = Arc::clone(&self.file);
        blocking(move || {
            fill(&file, offset, start, &mut buffer, ReadWriteFlags::empty())?;
            Ok(buffer)
        })
        .await
    }
}

/// Reads until `buffer` is full or the file ends; `start` bytes of it are from before `offset`.
fn fill(file: &OwnedFd, offset: u64, start: usize, buffer: &mut Buffer, flags: ReadWriteFlags) -> Result<(), Errno> {
    while buffer.free() > 0 {
        let at = offset + (buffer.len() - start) as u64;
        match preadv2(file, &mut [IoSliceMut::new(buffer.space())], at, flags) {
            Ok(0) => break,
            Ok(n) => buffer.advance(n),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// How an upload begins. See [`crate::Files::open_write`] for the rights each needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// From nothing; on commit it takes the place of a file that is there (STOR, SFTP with truncate, PUT).
    Replace,
    /// Resume at this offset (REST and STOR): in the account's own kept part, else behind the first bytes of the final
    /// file. 0 is the same as `Replace`.
    At(u64),
    /// Behind the end of the final file, else of the kept part, else from nothing (APPE).
    Append,
    /// From nothing, and only if nothing has the name, at the beginning and on commit (STOU, SFTP with exclusive).
    CreateNew,
    /// In the account's own kept part, which has to end at this offset, or from nothing at 0; whether there is a file of
    /// the name makes no difference, unless it is to be new (tus, where the client asks for the part and not for the file).
    Part {
        /// Bytes in the part.
        offset: u64,
        /// Whether nothing may have the name, at the beginning and on commit.
        only_new: bool,
    },
}

/// An upload under way. It writes a part beside the final name; only [`commit`](Self::commit) makes it a file.
///
/// Dropped, it is the same as [`suspend`](Self::suspend): what arrived is kept, and the same account can resume it. After
/// [`FileError::QuotaExceeded`] it is kind to [`abort`](Self::abort), because a kept part counts against the quota. Not
/// kept are empty parts, parts made while another upload of the same name ran (nobody could find them again), and what
/// was appended to a file that is there (the file's size still tells the client where to go on).
///
/// Nothing is synced: after a power failure a file may be as incomplete as with any program that does not call `fsync`.
pub struct WriteHandle {
    goal: Goal,
    claim: Claim,
    /// Where the next write goes, with what is being written.
    offset: u64,
    /// At most one, so that all are in order.
    writing: Option<Writing>,
}

/// A write under way in the blocking pool.
struct Writing {
    length: u64,
    /// Bytes that were written, and the buffer again.
    task: JoinHandle<(u64, Result<Buffer, FileError>)>,
}

impl WriteHandle {
    pub(crate) fn new(part: Part, name: &[u8], offset: u64) -> Self {
        let claim = Claim::empty(Arc::clone(&part.ledger));
        Self { goal: Goal::new(part, name), claim, offset, writing: None }
    }

    pub(crate) fn only_new(mut self) -> Self {
        self.goal.only_new = true;
        self
    }

    pub(crate) fn grown_from(mut self, stat: Stat) -> Self {
        self.goal.grown_from = Some(stat);
        self
    }

    /// With these permission bits, less the umask, if it replaces no file.
    #[must_use]
    pub fn with_new_mode(mut self, mode: u32) -> Self {
        self.goal.new_mode = mode;
        self
    }

    /// Where the next write goes: the bytes the file will have so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Writes all of `buffer` at the offset and gives it back empty.
    pub async fn write(&mut self, buffer: Buffer) -> Result<Buffer, FileError> {
        self.write_behind(buffer).await?;
        let written = self.settle().await?;
        Ok(written.unwrap_or_else(|| Buffer::with_capacity(0)))
    }

    /// Begins to write all of `buffer` as soon as the write before has ended, whose buffer comes back empty: the disk works
    /// on one while the caller fills the other. A failure is told by the next call, whatever it is.
    pub async fn write_behind(&mut self, buffer: Buffer) -> Result<Option<Buffer>, FileError> {
        let before = self.settle().await?;
        let length = buffer.len() as u64;
        self.claim.cover(length)?;
        let (part, mut claim, offset) = (Arc::clone(&self.goal.part), self.claim.split(length), self.offset);
        let task = spawn_blocking(move || {
            let (written, result) = part.write(offset, &buffer, &mut claim);
            (written, result.map(|()| buffer))
        });
        self.writing = Some(Writing { length, task });
        self.offset += length;
        Ok(before)
    }

    /// Waits for the write under way, if there is one.
    async fn settle(&mut self) -> Result<Option<Buffer>, FileError> {
        let Some(writing) = &mut self.writing else { return Ok(None) };
        let ended = (&mut writing.task).await;
        let length = writing.length;
        self.writing = None;
        let (written, result) = ended.unwrap_or_else(|failed| (0, Err(std::io::Error::other(failed).into())));
        self.offset -= length - written.min(length);
        let mut buffer = result?;
        buffer.clear();
        Ok(Some(buffer))
    }

    /// Writes on this thread, which may be made to wait for the disk.
    pub fn write_blocking(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if self.writing.is_some() {
            return Err(FileError::Io(std::io::Error::other("an earlier write was not waited for")));
        }
        self.claim.cover(bytes.len() as u64)?;
        let (written, result) = self.goal.part.write(self.offset, bytes, &mut self.claim);
        self.offset += written;
        result
    }

    /// Makes the part the file, in one step: whoever opens the name sees the old file or the whole new one. The mode of
    /// a replaced file is kept; a symbolic link is replaced itself. `modified_ms` is the time to set, if any.
    ///
    /// Fails with [`FileError::AlreadyExists`] where it should have been new, and with [`FileError::Busy`] where an
    /// appended file was changed by somebody else meanwhile; the part is removed then. After other failures it is kept.
    pub async fn commit(mut self, modified_ms: Option<i64>) -> Result<Stat, FileError> {
        self.settle().await?;
        blocking(move || self.goal.publish_or_remove(modified_ms)).await
    }

    /// Writes `rest` and commits, in one trip to the blocking pool. Where the space ends there the part is removed: kept,
    /// it would hold what the account, or everybody on this disk, has not got.
    pub async fn finish(mut self, rest: Buffer, modified_ms: Option<i64>) -> Result<Stat, FileError> {
        let before = self.settle().await;
        blocking(move || {
            if let Err(error) = before.and_then(|_| self.write_blocking(&rest)) {
                if matches!(error, FileError::QuotaExceeded | FileError::NoSpace) {
                    self.goal.part.remove()?;
                }
                return Err(error);
            }
            self.goal.publish_or_remove(modified_ms)
        })
        .await
    }

    /// Ends the upload and keeps what arrived for a later resume.
    pub async fn suspend(mut self) -> Result<(), FileError> {
        // Whoever resumes sees the bytes of a write under way.
        let _ = self.settle().await;
        blocking(move || self.goal.part.settle()).await
    }

    /// Ends the upload and deletes what arrived.
    pub async fn abort(mut self) -> Result<(), FileError> {
        let _ = self.settle().await;
        blocking(move || self.goal.part.remove().map(drop)).await
    }

    /// Makes it a copy of `source`, with the time and the mode that `stat` says. `stop` is set when nobody waits any more.
    pub(crate) fn copy_of(mut self, source: &OwnedFd, stat: &Stat, stop: &AtomicBool) -> Result<Stat, FileError> {
        const PIECE: u64 = 16 << 20;
        while self.offset < stat.size {
            if stop.load(Ordering::Relaxed) {
                return Err(FileError::Busy);
            }
            let length = (stat.size - self.offset).min(PIECE);
            self.claim.cover(length)?;
            let copied = copy_piece(source, &self.goal.part, self.offset, length)?;
            self.claim.spend(copied);
            self.offset += copied;
        }
        self.goal.new_mode = stat.mode;
        properties::pass_on(&properties::noted(source).unwrap_or_default(), &self.goal.part.file);
        self.goal.publish_or_remove(Some(stat.modified_ms))
    }
}

impl fmt::Debug for WriteHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHandle").field("offset", &self.offset).finish_non_exhaustive()
    }
}
