//! How a part becomes the file.

use std::sync::{Arc, OnceLock};

use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fchmod, futimens, linkat, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use crate::error::FileError;
use crate::files::properties;
use crate::parts::Part;
use crate::stat::{FileKind, Stat, timestamps};

/// A part and the name it is to have.
pub(crate) struct Goal {
    pub(crate) part: Arc<Part>,
    pub(crate) name: Vec<u8>,
    /// In the end nothing may have the name.
    pub(crate) only_new: bool,
    /// The file this one is an extension of; it must be unchanged in the end.
    pub(crate) grown_from: Option<Stat>,
    /// Permission bits to have. `None` are those of the file that is replaced.
    pub(crate) mode: Option<u32>,
    /// Those of a file that replaces none, less the umask.
    pub(crate) new_mode: u32,
}

impl Goal {
    pub(crate) fn new(part: Part, name: &[u8]) -> Self {
        Self {
            part: Arc::new(part),
            name: name.to_vec(),
            only_new: false,
            grown_from: None,
            mode: None,
            new_mode: 0o644,
        }
    }

    /// Makes the part the file, in one step. Where that must not be, the part is removed; after other failures it is
    /// kept.
    pub(crate) fn publish_or_remove(&self, modified_ms: Option<i64>) -> Result<Stat, FileError> {
        let result = self.publish(modified_ms);
        if matches!(result, Err(FileError::AlreadyExists | FileError::Busy)) {
            self.part.remove()?;
        }
        result
    }

    fn publish(&self, modified_ms: Option<i64>) -> Result<Stat, FileError> {
        let mut gone = self.part.lock();
        let (directory, file) = (&*self.part.directory, &*self.part.file);
        let old = Stat::at(directory, &self.name)?;
        self.check_replaceable(old.as_ref())?;
        fchmod(file, self.final_mode(old.as_ref()))?;
        if old.as_ref().is_some_and(Stat::is_file)
            && let Ok(old) =
                openat(directory, &*self.name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        {
            properties::pass_on(&properties::noted(&old).unwrap_or_default(), file);
        }
        if let Some(modified_ms) = modified_ms {
            futimens(file, &timestamps(modified_ms))?;
        }
        if let Err(error) = self.take_name(directory) {
            // It is a part again, and has to be open to the one who resumes it whatever the mode of the old file.
            fchmod(file, Mode::from_raw_mode(0o600))?;
            return Err(error);
        }
        *gone = true;
        self.part.ledger.release(old.map_or(0, |old| old.freed()));
        Stat::of(file)
    }

    fn take_name(&self, directory: &OwnedFd) -> Result<(), FileError> {
        if self.only_new {
            rename_to_new(directory, &self.part.name, &self.name)
        } else {
            Ok(renameat(directory, &*self.part.name, directory, &*self.name)?)
        }
    }

    fn check_replaceable(&self, old: Option<&Stat>) -> Result<(), FileError> {
        match old {
            Some(old) if old.is_directory() => Err(FileError::IsADirectory),
            Some(_) if self.only_new => Err(FileError::AlreadyExists),
            Some(old) if old.kind == FileKind::Other => Err(FileError::Forbidden),
            // Behind a link the file is not compared: the link is replaced, the file stays as it is.
            Some(old) if old.is_file() && self.grown_from.as_ref().is_some_and(|from| changed(from, old)) => {
                Err(FileError::Busy)
            }
            _ => Ok(()),
        }
    }

    /// Without set-user-id and the like.
    fn final_mode(&self, old: Option<&Stat>) -> Mode {
        let kept = || old.filter(|old| old.is_file()).map(|old| old.mode);
        Mode::from_raw_mode(self.mode.or_else(kept).unwrap_or(less_umask(self.new_mode)) & 0o777)
    }
}

/// The permission bits of a file that is made with `mode`.
pub(crate) fn less_umask(mode: u32) -> u32 {
    mode & 0o777 & !umask()
}

fn changed(before: &Stat, now: &Stat) -> bool {
    !before.same_file(now) || (before.size, before.modified_ms) != (now.size, now.modified_ms)
}

/// The umask of the process. Asking the kernel for it would change it for a moment, so it is read from `/proc`, once.
fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o022)
    })
}

/// Renames without replacing, also where the file system has no such rename.
fn rename_to_new(directory: &OwnedFd, from: &[u8], to: &[u8]) -> Result<(), FileError> {
    match renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            linkat(directory, from, directory, to, AtFlags::empty())?;
            Ok(unlinkat(directory, from, AtFlags::empty())?)
        }
        result => Ok(result?),
    }
}
