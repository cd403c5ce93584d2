//! Facts of a file.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, FileType, Statx, StatxFlags, Timespec, Timestamps, statx};
use rustix::io::Errno;

use crate::error::FileError;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link that leads nowhere inside the home, or one that was asked for without following it.
    Symlink,
    /// A FIFO, a device or a socket: never opened.
    Other,
}

/// The facts of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// Last change of the content, milliseconds since 1970 UTC.
    pub modified_ms: i64,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Hard links.
    pub links: u64,
    /// Device; with `inode` the identity of the file.
    pub dev: u64,
    /// Inode number.
    pub inode: u64,
    /// There is no such file yet; these are the size and the time of the caller's own kept part.
    pub part: bool,
}

impl Stat {
    /// Whether this is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// Whether this is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// Of an open descriptor, `O_PATH` ones included.
    pub(crate) fn of(fd: impl AsFd) -> Result<Self, FileError> {
        Ok(Self::from_statx(&statx(fd, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)?))
    }

    /// Of one name in an open directory, links not followed. `None` when nothing has the name.
    pub(crate) fn at(directory: impl AsFd, name: &[u8]) -> Result<Option<Self>, FileError> {
        match statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS) {
            Ok(found) => Ok(Some(Self::from_statx(&found))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether both are the same file on disk.
    pub(crate) fn same_file(&self, other: &Self) -> bool {
        (self.dev, self.inode) == (other.dev, other.inode)
    }

    /// Bytes that leave the disk when this name goes.
    pub(crate) fn freed(&self) -> u64 {
        if self.is_file() && self.links <= 1 { self.size } else { 0 }
    }

    fn from_statx(found: &Statx) -> Self {
        let mode = u32::from(found.stx_mode);
        let kind = match FileType::from_raw_mode(mode) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Directory,
            FileType::Symlink => FileKind::Symlink,
            _ => FileKind::Other,
        };
        Self {
            kind,
            size: found.stx_size,
            modified_ms: milliseconds(found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec),
            mode: mode & 0o7777,
            uid: found.stx_uid,
            gid: found.stx_gid,
            links: u64::from(found.stx_nlink),
            dev: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            part: false,
        }
    }
}

/// Some file systems keep times that milliseconds cannot tell; those become the last or the first that they can.
fn milliseconds(seconds: i64, nanoseconds: u32) -> i64 {
    seconds.saturating_mul(1000).saturating_add(i64::from(nanoseconds / 1_000_000))
}

/// The times for setting a last change of `modified_ms`.
pub(crate) fn timestamps(modified_ms: i64) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW },
        last_modification: Timespec {
            tv_sec: modified_ms.div_euclid(1000),
            tv_nsec: modified_ms.rem_euclid(1000) * 1_000_000,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_of_a_file_is_too_much() {
        assert_eq!(milliseconds(-1, 999_000_000), -1);
        assert_eq!(milliseconds(i64::MAX, 999_999_999), i64::MAX);
        assert_eq!(milliseconds(i64::MIN, 0), i64::MIN);
    }
}
