//! Copies, and what is done with a directory and all in it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Dir, Mode, OFlags, ResolveFlags, openat2, unlinkat};

use super::{Files, Shared, Waiting};
use crate::error::FileError;
use crate::parts;
use crate::path::VPath;
use crate::stat::{FileKind, Stat};
use crate::uploads::Upload;

/// Directories within each other that are removed at once; each costs a descriptor.
const DEEPEST: usize = 200;
/// Names that a search looks at before it gives up.
const LOOKED_AT_MOST: usize = 200_000;

impl Files {
    /// Copies a file; its time is kept, and nothing is replaced. Needs `read` and `write`.
    pub async fn copy(&self, from: &VPath, to: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.read && rights.write)?;
        self.see(to)?;
        let waiting = Waiting::default();
        let stop = Arc::clone(&waiting.0);
        let to = to.clone();
        self.run(from, move |shared, from| {
            let Shared { jail, permissions, owner, ledger, .. } = shared;
            let (source, stat) = jail.open_file(from)?;
            let upload = Upload { jail, permissions, owner, ledger, path: &to, stop: &stop };
            upload.begin_unseen()?.copy_of(&source, &stat, &stop).map(drop)
        })
        .await
    }

    /// Copies a file, or a directory with all in it, and answers how many files and directories there are of it now. Links
    /// are left out, and nothing is replaced. What cannot be copied ends it; what was copied before stays. Needs `read`
    /// and `write`, for a directory also `list` and `make_directories`.
    pub async fn copy_tree(&self, from: &VPath, to: &VPath) -> Result<u64, FileError> {
        if from == to || to.below(from).is_some() {
            return Err(FileError::Forbidden);
        }
        if !self.stat(from).await?.is_directory() {
            return self.copy(from, to).await.map(|()| 1);
        }
        self.allow(|rights| rights.read && rights.write && rights.list && rights.make_directories)?;
        let mut copied = 0;
        let mut waiting = VecDeque::from([(from.clone(), to.clone())]);
        while let Some((from, to)) = waiting.pop_front() {
            self.mkdir(&to).await?;
            copied += 1;
            let mut listing = self.list_links(&from).await?;
            while let Some(batch) = listing.next_batch().await? {
                for entry in batch {
                    let (from, to) = (from.join(&entry.name)?, to.join(&entry.name)?);
                    match entry.stat.kind {
                        FileKind::Directory => waiting.push_back((from, to)),
                        FileKind::File => {
                            self.copy(&from, &to).await?;
                            copied += 1;
                        }
                        FileKind::Symlink | FileKind::Other => {}
                    }
                }
            }
        }
        Ok(copied)
    }

    /// Removes a file, or a directory with all in it, and answers how many files and directories went. What cannot be
    /// removed ends it; what went before is gone. Needs `delete`.
    pub async fn remove_tree(&self, path: &VPath) -> Result<u64, FileError> {
        match self.unlink(path).await {
            Ok(()) => return Ok(1),
            Err(FileError::IsADirectory) if !path.is_root() => {}
            Err(error) => return Err(error),
        }
        let waiting = Waiting::default();
        let stop = Arc::clone(&waiting.0);
        let removed = self
            .run(path, move |shared, path| {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                shared.empty(&Arc::new(shared.jail.look(path, flags)?), DEEPEST, &stop)
            })
            .await?;
        self.rmdir(path).await?;
        Ok(removed + 1)
    }

    /// Files and directories below a directory whose name contains `needle`, whatever the case, at most `most`. Links are
    /// found and not followed. Needs `list`.
    pub async fn search(&self, below: &VPath, needle: &str, most: usize) -> Result<Vec<(VPath, Stat)>, FileError> {
        let needle = needle.to_lowercase();
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut waiting = VecDeque::from([below.clone()]);
        while let Some(directory) = waiting.pop_front() {
            let mut listing = match self.list_links(&directory).await {
                Ok(listing) => listing,
                // Below the first one: removed meanwhile, or not ours to read.
                Err(_) if directory != *below => continue,
                Err(error) => return Err(error),
            };
            while let Some(batch) = listing.next_batch().await? {
                looked_at += batch.len();
                for entry in batch {
                    // Too long to be named.
                    let Ok(path) = directory.join(&entry.name) else { continue };
                    if entry.stat.is_directory() {
                        waiting.push_back(path.clone());
                    }
                    if String::from_utf8_lossy(&entry.name).to_lowercase().contains(&needle) {
                        found.push((path, entry.stat));
                    }
                }
                if found.len() >= most || looked_at >= LOOKED_AT_MOST {
                    found.truncate(most);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// Bytes of the account's own kept part for a name, whether there is such a file or not. Needs `write`, or to add.
    pub async fn kept(&self, path: &VPath) -> Result<Option<u64>, FileError> {
        self.allow(|rights| rights.write || self.shared.only_adds())?;
        self.run(path, |shared, path| match shared.stat_part(path) {
            Ok(stat) => Ok(Some(stat.size)),
            Err(FileError::NotFound) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }
}

impl Shared {
    /// Removes all in a directory.
    fn empty(&self, directory: &Arc<OwnedFd>, deepest: usize, stop: &AtomicBool) -> Result<u64, FileError> {
        const DOWN: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_XDEV);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut removed = 0;
        loop {
            let before = removed;
            let mut entries = Dir::read_from(directory)?;
            while let Some(entry) = entries.read() {
                if stop.load(Ordering::Relaxed) {
                    return Err(FileError::Busy);
                }
                let entry = entry?;
                let name = entry.file_name();
                if matches!(name.to_bytes(), b"." | b"..") || parts::is_part(name.to_bytes()) {
                    continue;
                }
                let Some(stat) = Stat::at(directory, name.to_bytes())? else { continue };
                if stat.kind == FileKind::Directory {
                    let below = openat2(directory, name, flags, Mode::empty(), DOWN)?;
                    let deepest = deepest.checked_sub(1).ok_or(FileError::NameTooLong)?;
                    removed += self.empty(&Arc::new(below), deepest, stop)?;
                    unlinkat(directory, name, AtFlags::REMOVEDIR)?;
                } else {
                    unlinkat(directory, name, AtFlags::empty())?;
                    self.ledger.release(stat.freed());
                }
                removed += 1;
            }
            match parts::clear_directory(directory, &self.ledger) {
                // A directory that shrinks while it is read may not have told all of its names.
                Err(FileError::NotEmpty) if removed > before => {}
                cleared => return cleared.map(|()| removed),
            }
        }
    }
}
