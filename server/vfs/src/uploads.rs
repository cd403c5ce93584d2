//! How an upload begins: which part it writes to, and what that part already contains.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{OFlags, copy_file_range};
use rustix::io::{Errno, pread};
use wharf_model::accounts::Permissions;

use crate::buffers::Buffer;
use crate::error::FileError;
use crate::handles::{WriteHandle, WriteMode};
use crate::jail::Jail;
use crate::parts::{self, Opened, Part};
use crate::path::VPath;
use crate::quota::{Claim, Ledger};
use crate::stat::{FileKind, Stat};

/// Between pieces of a copy it is checked whether anybody still waits for it.
const COPY_PIECE: u64 = 16 << 20;

/// Everything an upload needs to know to begin.
pub(crate) struct Upload<'a> {
    pub(crate) jail: &'a Jail,
    pub(crate) permissions: &'a Permissions,
    pub(crate) owner: &'a str,
    pub(crate) ledger: &'a Arc<Ledger>,
    pub(crate) path: &'a VPath,
    /// Set when the caller no longer waits.
    pub(crate) stop: &'a AtomicBool,
}

/// Where an upload goes: the directory, the final name and the name of its part.
struct Place<'a> {
    directory: Arc<OwnedFd>,
    name: &'a [u8],
    part: Vec<u8>,
}

impl Upload<'_> {
    /// Opens the part for `mode` and brings it to the length the upload goes on from.
    pub(crate) fn begin(&self, mode: WriteMode) -> Result<WriteHandle, FileError> {
        if self.path.is_root() {
            return Err(FileError::IsADirectory);
        }
        let (directory, name) = self.jail.parent(self.path)?;
        let part = parts::part_name(self.owner, name);
        let place = Place { directory: Arc::new(directory), name, part };
        let existing = self.existing(&place)?;
        match mode {
            WriteMode::Replace | WriteMode::At(0) => self.replace(&place),
            WriteMode::CreateNew => self.create_new(&place),
            WriteMode::At(offset) => self.resume(&place, existing.as_ref(), offset),
            WriteMode::Append => self.append(&place, existing),
            WriteMode::Part { offset, only_new } => self.go_on(&place, existing.is_some(), offset, only_new),
        }
    }

    /// A new file that nobody knows of before it is whole: its part is of no use to anybody once the upload is cut.
    pub(crate) fn begin_unseen(&self) -> Result<WriteHandle, FileError> {
        let (directory, name) = self.jail.parent(self.path)?;
        let directory = Arc::new(directory);
        if Stat::at(&directory, name)?.is_some() {
            return Err(FileError::AlreadyExists);
        }
        let part = Part::extra(&directory, &parts::part_name(self.owner, name), self.ledger)?;
        Ok(WriteHandle::new(part, name, 0).only_new())
    }

    /// The final file, if there is one that an upload may take the place of.
    fn existing(&self, place: &Place<'_>) -> Result<Option<Stat>, FileError> {
        let stat = match Stat::at(&place.directory, place.name)? {
            Some(stat) if stat.kind == FileKind::Symlink => match self.jail.look(self.path, OFlags::PATH) {
                Ok(target) => Some(Stat::of(target)?),
                Err(FileError::NotFound | FileError::TooManyLinks) => None,
                Err(error) => return Err(error),
            },
            stat => stat,
        };
        match stat.as_ref().map(|stat| stat.kind) {
            None | Some(FileKind::File) => Ok(stat),
            Some(FileKind::Directory) => Err(FileError::IsADirectory),
            Some(FileKind::Symlink | FileKind::Other) => Err(FileError::Forbidden),
        }
    }

    fn replace(&self, place: &Place<'_>) -> Result<WriteHandle, FileError> {
        let part = self.fresh_part(place)?;
        Ok(WriteHandle::new(part, place.name, 0))
    }

    fn create_new(&self, place: &Place<'_>) -> Result<WriteHandle, FileError> {
        if Stat::at(&place.directory, place.name)?.is_some() {
            return Err(FileError::AlreadyExists);
        }
        let part = self.fresh_part(place)?;
        Ok(WriteHandle::new(part, place.name, 0).only_new())
    }

    fn fresh_part(&self, place: &Place<'_>) -> Result<Part, FileError> {
        fresh_part(&place.directory, &place.part, self.ledger)
    }

    fn resume(&self, place: &Place<'_>, existing: Option<&Stat>, offset: u64) -> Result<WriteHandle, FileError> {
        let kept = self.kept_part(place)?;
        if let Some(part) = kept {
            let length = part.length()?;
            if length == offset || (existing.is_none() && length > offset) {
                part.cut(offset)?;
                return Ok(WriteHandle::new(part, place.name, offset));
            }
            if existing.is_some() {
                return Err(FileError::Interrupted);
            }
        }
        match existing {
            Some(stat) if stat.size >= offset => {
                let part = self.copied_part(place, offset)?;
                Ok(WriteHandle::new(part, place.name, offset))
            }
            _ => Err(FileError::BadOffset),
        }
    }

    /// Appending copies the file first. So nothing half-written ever stands under the final name, a reader never sees
    /// the tail grow, and a cut upload leaves the file as it was. Where the file system can share blocks (btrfs, xfs)
    /// the copy costs nothing; elsewhere it is a copy inside the kernel.
    fn append(&self, place: &Place<'_>, existing: Option<Stat>) -> Result<WriteHandle, FileError> {
        if let Some(stat) = existing {
            allow(self.permissions.append)?;
            if self.kept_part(place)?.is_some() {
                return Err(FileError::Interrupted);
            }
            let part = self.copied_part(place, stat.size)?.fleeting();
            return Ok(WriteHandle::new(part, place.name, stat.size).grown_from(stat));
        }
        allow(self.permissions.write)?;
        match self.kept_part(place)? {
            Some(part) => {
                let length = part.length()?;
                Ok(WriteHandle::new(part, place.name, length))
            }
            None => self.replace(place),
        }
    }

    fn go_on(&self, place: &Place<'_>, taken: bool, offset: u64, only_new: bool) -> Result<WriteHandle, FileError> {
        if taken && only_new {
            return Err(FileError::AlreadyExists);
        }
        let part = match offset {
            0 => self.fresh_part(place)?,
            _ => self.kept_part(place)?.ok_or(FileError::BadOffset)?,
        };
        if part.length()? != offset {
            return Err(FileError::BadOffset);
        }
        let handle = WriteHandle::new(part, place.name, offset);
        Ok(if only_new { handle.only_new() } else { handle })
    }

    fn kept_part(&self, place: &Place<'_>) -> Result<Option<Part>, FileError> {
        match self.open_part(place, false)? {
            Opened::Part(part) => Ok(Some(part)),
            Opened::Absent => Ok(None),
            Opened::Locked => Err(FileError::Busy),
        }
    }

    fn open_part(&self, place: &Place<'_>, create: bool) -> Result<Opened, FileError> {
        Part::open(&place.directory, &place.part, create, self.ledger)
    }

    /// The account's part with the first `length` bytes of the final file in it.
    fn copied_part(&self, place: &Place<'_>, length: u64) -> Result<Part, FileError> {
        let Opened::Part(part) = self.open_part(place, true)? else { return Err(FileError::Busy) };
        let copied = part.cut(0).and_then(|()| self.copy_into(&part, length));
        if let Err(error) = copied {
            // The start of a file that is there in full is worth nothing.
            part.remove()?;
            return Err(error);
        }
        Ok(part)
    }

    fn copy_into(&self, part: &Part, length: u64) -> Result<(), FileError> {
        let (source, _) = self.jail.open_file(self.path)?;
        let mut claim = Claim::empty(Arc::clone(self.ledger));
        claim.cover(length)?;
        let mut done = 0;
        while done < length {
            if self.stop.load(Ordering::Relaxed) {
                return Err(FileError::Busy);
            }
            let copied = copy_piece(&source, part, done, (length - done).min(COPY_PIECE))?;
            claim.spend(copied);
            done += copied;
        }
        Ok(())
    }
}

/// An empty part: the account's own, or one beside it while that is in use.
pub(crate) fn fresh_part(directory: &Arc<OwnedFd>, name: &[u8], ledger: &Arc<Ledger>) -> Result<Part, FileError> {
    match Part::open(directory, name, true, ledger)? {
        Opened::Part(part) => {
            part.cut(0)?;
            Ok(part)
        }
        Opened::Locked | Opened::Absent => Part::extra(directory, name, ledger),
    }
}

/// Copies the bytes from `start` to before `end` to the same place in a part. They are not paid for here.
pub(crate) fn copy_range(source: &OwnedFd, part: &Part, mut start: u64, end: u64) -> Result<(), FileError> {
    while start < end {
        start += copy_piece(source, part, start, (end - start).min(COPY_PIECE))?;
    }
    Ok(())
}

/// Copies some of `length` bytes at `offset`, in the kernel where the file systems allow that.
pub(crate) fn copy_piece(source: &OwnedFd, part: &Part, offset: u64, length: u64) -> Result<u64, FileError> {
    let (mut from, mut to) = (offset, offset);
    let most = usize::try_from(length).unwrap_or(usize::MAX);
    let copied = match copy_file_range(source, Some(&mut from), &*part.file, Some(&mut to), most) {
        Ok(n) => n as u64,
        Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INTR) => {
            copy_by_hand(source, part, offset, most)?
        }
        Err(errno) => return Err(errno.into()),
    };
    // The file became shorter meanwhile.
    if copied == 0 {
        return Err(FileError::Busy);
    }
    part.filled();
    Ok(copied)
}

fn copy_by_hand(source: &OwnedFd, part: &Part, offset: u64, most: usize) -> Result<u64, FileError> {
    let mut buffer = Buffer::with_capacity(most.min(Buffer::LARGE));
    let n = rustix::io::retry_on_intr(|| pread(source, buffer.space(), offset))?;
    buffer.advance(n);
    let (written, result) = part.put(offset, &buffer);
    result.map(|()| written)
}

/// The account has the right, or [`FileError::Denied`].
pub(crate) fn allow(right: bool) -> Result<(), FileError> {
    if right { Ok(()) } else { Err(FileError::Denied) }
}
