//! Files that go.

use super::{End, command::Source, wire::Wire};
use std::{collections::VecDeque, sync::Arc};
use wharf_core::{accounts::Identity, sessions::Session, transfers::Begin};
use wharf_model::{logs::LineKind, sessions::Direction};
use wharf_vfs::{Buffer, Entry, FileError, Listing, Stat, VPath};

/// Directories in directories that are sent: each is open meanwhile.
const DEPTH: usize = 256;

/// A directory that is being sent.
struct Level {
    path: VPath,
    listing: Listing,
    entries: VecDeque<Entry>,
}

struct Sender<'a> {
    wire: &'a mut Wire,
    session: &'a Arc<Session>,
    identity: &'a Identity,
    preserve: bool,
    failures: usize,
}

/// Sends everything. How many files could not be sent.
pub(super) async fn send(
    source: &Source,
    wire: &mut Wire,
    session: &Arc<Session>,
    identity: &Identity,
) -> Result<usize, End> {
    wire.answer().await?;
    let mut sender = Sender { wire, session, identity, preserve: source.preserve, failures: 0 };
    for path in &source.paths {
        let found = match VPath::root().resolve(path) {
            Ok(at) => identity.files.stat(&at).await.map(|stat| (at, stat)),
            Err(error) => Err(error),
        };
        match found {
            Ok((at, stat)) if stat.is_directory() && source.recursive => sender.tree(at, &stat).await?,
            Ok((at, stat)) => sender.one(&at, &stat).await?,
            Err(error) => sender.refuse(path, &error.to_string()).await?,
        }
    }
    Ok(sender.failures)
}

impl Sender<'_> {
    async fn refuse(&mut self, about: &[u8], text: &str) -> Result<(), End> {
        self.failures += 1;
        self.session.note(LineKind::Reply, &format!("{}: {text}", wharf_vfs::printable(about)));
        self.wire.refuse(about, text).await
    }

    /// Everything below a directory, in little memory.
    async fn tree(&mut self, path: VPath, stat: &Stat) -> Result<(), End> {
        let mut levels = Vec::new();
        levels.extend(self.enter(path, stat).await?);
        while let Some(level) = levels.last_mut() {
            let Some(entry) = level.entries.pop_front() else {
                match level.listing.next_batch().await {
                    Ok(Some(batch)) => level.entries = batch.into(),
                    ended => {
                        let path = level.path.clone();
                        levels.pop();
                        if let Err(error) = ended {
                            self.refuse(path.as_bytes(), &error.to_string()).await?;
                        }
                        self.say(b"E\n".to_vec()).await?;
                    }
                }
                continue;
            };
            match level.path.join(&entry.name) {
                Ok(_) if entry.stat.is_directory() && levels.len() >= DEPTH => {
                    self.refuse(&entry.name, "too deep").await?;
                }
                Ok(path) if entry.stat.is_directory() => levels.extend(self.enter(path, &entry.stat).await?),
                Ok(path) => self.one(&path, &entry.stat).await?,
                Err(error) => self.refuse(&entry.name, &error.to_string()).await?,
            }
        }
        Ok(())
    }

    /// Announces a directory. `None` if it cannot be read, or the other scp does not want it.
    async fn enter(&mut self, path: VPath, stat: &Stat) -> Result<Option<Level>, End> {
        // Links are not followed here: one to a directory above would lead round and round.
        let listing = match self.identity.files.list_links(&path).await {
            Ok(listing) => listing,
            Err(error) => {
                self.refuse(path.as_bytes(), &error.to_string()).await?;
                return Ok(None);
            }
        };
        if !self.times(stat).await? {
            return Ok(None);
        }
        let name = path.name().unwrap_or(b".");
        let line = [format!("D{:04o} 0 ", stat.mode & 0o777).as_bytes(), name, b"\n"].concat();
        let entered = self.say(line).await?;
        Ok(entered.then(|| Level { path, listing, entries: VecDeque::new() }))
    }

    /// A line, and whether the other scp goes along.
    async fn say(&mut self, line: Vec<u8>) -> Result<bool, End> {
        self.wire.send(line).await?;
        self.wire.answer().await
    }

    async fn times(&mut self, stat: &Stat) -> Result<bool, End> {
        if !self.preserve {
            return Ok(true);
        }
        let seconds = stat.modified_ms.div_euclid(1000).max(0);
        self.say(format!("T{seconds} 0 {seconds} 0\n").into_bytes()).await
    }

    async fn one(&mut self, path: &VPath, stat: &Stat) -> Result<(), End> {
        let opened =
            if stat.is_directory() { Err(FileError::IsADirectory) } else { self.identity.files.open_read(path).await };
        let file = match opened {
            Ok(file) => file,
            Err(error) => return self.refuse(path.as_bytes(), &error.to_string()).await,
        };
        let size = file.size();
        if !self.times(file.stat()).await? {
            return Ok(());
        }
        let name = path.name().unwrap_or_default();
        let line = [format!("C{:04o} {size} ", file.stat().mode & 0o777).as_bytes(), name, b"\n"].concat();
        if !self.say(line).await? {
            return Ok(());
        }
        let (path, total) = (path.to_string(), Some(size));
        let begin = Begin { path, direction: Direction::Download, offset: 0, total, secure: true };
        let transfer = self.session.begin_transfer(begin);
        let limit = &self.identity.download;
        let (file, mut at) = (file.until(size), 0);
        while at < size {
            let most = usize::try_from(size - at).unwrap_or(usize::MAX).min(Buffer::MEDIUM);
            let buffer = file.read_at(at, Buffer::up_to(limit.piece(most).min(most))).await;
            // What was announced cannot be taken back, so nothing but the end of it all tells the other scp.
            let buffer = buffer.map_err(|error| End::Said(error.to_string()))?;
            if buffer.is_empty() {
                return Err(End::Changed);
            }
            let n = buffer.len();
            at += n as u64;
            tokio::select! {
                biased;
                () = transfer.aborted() => return Err(End::Aborted),
                sent = async {
                    limit.acquire(n).await;
                    self.wire.send(buffer).await
                } => sent?,
            }
            transfer.add(n);
        }
        self.wire.accept().await?;
        self.wire.answer().await.map(drop)
    }
}
