//! Every name below a home, for counting and for cleaning up.
//!
//! An account can make a tree far deeper than any path can be written, by moving one deep directory into another. So the
//! walk goes down and up one step at a time, with one directory open, and remembers names only.

use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::retry_on_intr;

use crate::error::FileError;
use crate::jail::Jail;
use crate::stat::Stat;

const FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
/// Neither a link nor another file system is entered.
const DOWN: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_XDEV);

/// A directory the walk is in, or has to come back to.
struct Level {
    facts: Stat,
    /// Directories in it that were not visited yet.
    waiting: Vec<Vec<u8>>,
}

/// Calls `visit` for every name below the home, with the directory it is in. [`FileError::Busy`] when a directory was
/// moved away while the walk was in it: the rest of the home cannot be found from there.
pub(crate) fn walk(jail: &Jail, mut visit: impl FnMut(&Arc<OwnedFd>, &[u8], &Stat)) -> Result<(), FileError> {
    let mut here = Arc::new(openat(jail.root(), c".", FLAGS, Mode::empty())?);
    let mut levels = vec![read(&here, &mut visit)?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.waiting.pop() else {
            levels.pop();
            if let Some(above) = levels.last() {
                here = Arc::new(open_above(&here, &above.facts)?);
            }
            continue;
        };
        match retry_on_intr(|| openat2(&here, &*name, FLAGS, Mode::empty(), DOWN)) {
            Ok(directory) => {
                here = Arc::new(directory);
                levels.push(read(&here, &mut visit)?);
            }
            // Removed meanwhile, a mount, or not ours to read.
            Err(error) => tracing::debug!(%error, name = crate::printable(&name), "a directory was left out"),
        }
    }
    Ok(())
}

fn read(directory: &Arc<OwnedFd>, visit: &mut impl FnMut(&Arc<OwnedFd>, &[u8], &Stat)) -> Result<Level, FileError> {
    let mut level = Level { facts: Stat::of(directory)?, waiting: Vec::new() };
    let mut entries = Dir::read_from(directory)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let Ok(Some(stat)) = Stat::at(directory, name) else { continue };
        if stat.is_directory() {
            level.waiting.push(name.to_vec());
        }
        visit(directory, name, &stat);
    }
    Ok(level)
}

/// The directory that `directory` is in, if it is still the one the walk came from.
fn open_above(directory: &OwnedFd, expected: &Stat) -> Result<OwnedFd, FileError> {
    let above = openat(directory, c"..", FLAGS, Mode::empty())?;
    if Stat::of(&above)?.same_file(expected) { Ok(above) } else { Err(FileError::Busy) }
}
