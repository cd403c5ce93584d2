//! Sizes, times and modes of files that are there.

use std::os::fd::AsRawFd;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, chmodat, utimensat};

use super::Files;
use crate::edits;
use crate::error::FileError;
use crate::jail::regular;
use crate::path::VPath;
use crate::stat::{FileKind, Stat, timestamps};

impl Files {
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

    /// Sets the last change of `path` itself, also of a link. Needs `write`.
    pub async fn set_link_modified(&self, path: &VPath, modified_ms: i64) -> Result<(), FileError> {
        if path.is_root() {
            return self.set_modified(path, modified_ms).await;
        }
        self.allow(|rights| rights.write)?;
        self.run(path, move |shared, path| {
            let (parent, name) = shared.jail.parent(path)?;
            Ok(utimensat(parent, name, &timestamps(modified_ms), AtFlags::SYMLINK_NOFOLLOW)?)
        })
        .await
    }

    /// Cuts a file where it is, or fills it up with zeros. Needs `write`.
    pub async fn set_size(&self, path: &VPath, size: u64) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        self.run(path, move |shared, path| {
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
            let (file, _) = regular(shared.jail.look(path, flags)?)?;
            edits::set_size(&file, size, &shared.ledger)
        })
        .await
    }
}
