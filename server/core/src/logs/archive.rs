//! Session logs on disk: files of an hour each, named by the time they were begun, to which a thread of its own appends
//! blocks of lines. Reading looks at the heads of blocks only and skips what belongs to other sessions.
//!
//! A block is `@ session domain first bytes`, then its lines: time, mark, text. No line of text begins with `@`. A file
//! that ends within a block lost it to a crash.

use super::ring::{Block, Line, kind, mark};
use crate::clock::Clock;
use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};
use tokio::sync::oneshot;
use wharf_model::ids::{DomainId, SessionId};

/// Blocks that may wait for the disk; beyond it they are lost rather than held in memory.
const WAITING: usize = 1_024;
const HOUR_MS: i64 = 60 * 60_000;
/// A file is followed by another at this size.
const FILE_MOST: u64 = 64 << 20;

/// How long logs are kept, and how much of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Milliseconds.
    pub age_ms: i64,
    /// Bytes of all files; the oldest go first.
    pub bytes: u64,
}

/// The files.
#[derive(Debug)]
pub struct Archive {
    directory: PathBuf,
    retention: Retention,
    orders: SyncSender<Order>,
    lost: AtomicU64,
}

enum Order {
    Write(Block),
    /// Answered when everything before is written.
    Flush(oneshot::Sender<()>),
}

impl Archive {
    /// Keeps logs in `directory`, which is made if it is missing.
    pub fn open(directory: &Path, retention: Retention, clock: Clock) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let (orders, received) = sync_channel(WAITING);
        let writer = Writer { directory: directory.to_owned(), clock, file: None };
        std::thread::Builder::new().name("session logs".to_owned()).spawn(move || writer.run(&received))?;
        Ok(Self { directory: directory.to_owned(), retention, orders, lost: AtomicU64::new(0) })
    }

    /// Hands a block to the writer. Never waits.
    pub(super) fn write(&self, block: Block) {
        if block.lines.is_empty() {
            return;
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.orders.try_send(Order::Write(block)) {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            if lost.is_power_of_two() {
                tracing::warn!(lost, "parts of session logs lost: the disk is too slow for them");
            }
        }
    }

    /// Returns when everything so far is written.
    pub(super) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        let orders = self.orders.clone();
        let sent = tokio::task::spawn_blocking(move || orders.send(Order::Flush(done)).is_ok()).await;
        if sent.is_ok_and(|sent| sent) {
            // An error only says that the writer is gone, and everything with it that it was to write.
            let _ = written.await;
        }
    }

    /// The blocks of a session, oldest first. `ended` spares looking into later files.
    pub(super) async fn read(&self, session: SessionId, ended: Option<i64>) -> Vec<Block> {
        let directory = self.directory.clone();
        let read = tokio::task::spawn_blocking(move || read(&directory, session, ended)).await;
        match read {
            Ok(Ok(blocks)) => blocks,
            Ok(Err(error)) => {
                tracing::warn!(%error, session.id = %session, "session log cannot be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Removes files that are too old or too many.
    pub(super) async fn tidy(&self, now: i64) {
        let (directory, retention) = (self.directory.clone(), self.retention);
        let tidied = tokio::task::spawn_blocking(move || tidy(&directory, retention, now)).await;
        if let Ok(Err(error)) = tidied {
            tracing::warn!(%error, "old session logs not removed");
        }
    }
}

/// The thread that owns the open file.
struct Writer {
    directory: PathBuf,
    clock: Clock,
    file: Option<Open>,
}

struct Open {
    file: File,
    begun: i64,
    bytes: u64,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut text = String::new();
        while let Ok(order) = orders.recv() {
            match order {
                Order::Flush(done) => drop(done.send(())),
                Order::Write(block) => {
                    text.clear();
                    encode(&block, &mut text);
                    if let Err(error) = self.append(text.as_bytes()) {
                        tracing::warn!(%error, "session log not written");
                        self.file = None;
                    }
                }
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let now = self.clock.now();
        if self.file.as_ref().is_some_and(|open| now - open.begun >= HOUR_MS || open.bytes >= FILE_MOST) {
            self.file = None;
        }
        let open = match &mut self.file {
            Some(open) => open,
            closed => closed.insert(begin(&self.directory, now)?),
        };
        open.file.write_all(bytes)?;
        open.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// A new file; never one that another process, or this one before a crash, has begun.
fn begin(directory: &Path, now: i64) -> io::Result<Open> {
    let mut begun = now;
    loop {
        let path = directory.join(format!("{begun}.log"));
        match OpenOptions::new().append(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => return Ok(Open { file, begun, bytes: 0 }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => begun += 1,
            Err(error) => return Err(error),
        }
    }
}

fn encode(block: &Block, text: &mut String) {
    let mut lines = String::new();
    for line in &block.lines {
        let _ = writeln!(lines, "{} {} {}", line.at, mark(line.kind), line.text);
    }
    let domain = block.domain.map_or_else(|| "-".to_owned(), |domain| domain.to_string());
    let _ = writeln!(text, "@ {} {domain} {} {}", block.session, block.first, lines.len());
    text.push_str(&lines);
}

/// The files with the times they were begun, oldest first.
fn files(directory: &Path) -> io::Result<Vec<(i64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let begun = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(begun), Some("log")) = (begun, path.extension().and_then(|extension| extension.to_str())) {
            files.push((begun, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn read(directory: &Path, session: SessionId, ended: Option<i64>) -> io::Result<Vec<Block>> {
    // A UUIDv7 begins with the time it was made.
    let started = i64::try_from(session.0.as_u128() >> 80).unwrap_or(i64::MAX);
    let files = files(directory)?;
    let mut blocks = Vec::new();
    for (number, (begun, path)) in files.iter().enumerate() {
        let full_at = files.get(number + 1).map_or(i64::MAX, |(next, _)| *next);
        // The writer may be behind by a moment.
        if full_at >= started && ended.is_none_or(|ended| *begun <= ended + HOUR_MS) {
            read_file(path, session, &mut blocks)?;
        }
    }
    Ok(blocks)
}

fn read_file(path: &Path, session: SessionId, blocks: &mut Vec<Block>) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut head = String::new();
    let wanted = session.to_string();
    loop {
        head.clear();
        file.read_line(&mut head)?;
        let Some((id, domain, first, bytes)) = parse_head(&head) else { return Ok(()) };
        if id != wanted {
            let skip = i64::try_from(bytes).map_err(io::Error::other)?;
            file.seek_relative(skip)?;
            continue;
        }
        let mut text = String::new();
        if (&mut file).take(bytes).read_to_string(&mut text)? as u64 != bytes {
            return Ok(());
        }
        blocks.push(Block { session, domain, first, lines: text.lines().filter_map(parse_line).collect() });
    }
}

fn parse_head(head: &str) -> Option<(&str, Option<DomainId>, u64, u64)> {
    let mut words = head.strip_prefix("@ ")?.split_ascii_whitespace();
    let (id, domain) = (words.next()?, words.next()?);
    Some((id, domain.parse().ok(), words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn parse_line(line: &str) -> Option<Line> {
    let mut words = line.splitn(3, ' ');
    let (at, kind) = (words.next()?.parse().ok()?, kind(words.next()?)?);
    Some(Line { at, kind, text: words.next()?.into() })
}

fn tidy(directory: &Path, retention: Retention, now: i64) -> io::Result<()> {
    let mut files = files(directory)?;
    // The newest one is being written.
    files.pop();
    let mut bytes = 0;
    for (begun, path) in files.into_iter().rev() {
        bytes += fs::metadata(&path)?.len();
        if now - begun > retention.age_ms + HOUR_MS || bytes > retention.bytes {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use wharf_model::logs::LineKind;

    const NOW: i64 = 1_760_000_000_000;

    fn id(at: i64) -> SessionId {
        SessionId(uuid::Builder::from_unix_timestamp_millis(at.unsigned_abs(), &[7; 10]).into_uuid())
    }

    fn block(session: SessionId, first: u64, text: &str) -> Block {
        let line = Line { at: NOW, kind: LineKind::Reply, text: text.into() };
        Block { session, domain: Some(DomainId(Uuid::nil())), first, lines: vec![line; 2] }
    }

    fn open(directory: &Path, clock: &Clock) -> Archive {
        Archive::open(directory, Retention { age_ms: 24 * HOUR_MS, bytes: 1 << 20 }, clock.clone()).unwrap()
    }

    #[tokio::test]
    async fn a_log_is_found_among_others_over_several_files_and_starts() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual(NOW);
        let (one, other) = (id(NOW), id(NOW + 1));
        let archive = open(directory.path(), &clock);
        for (session, first) in [(one, 0), (other, 0), (one, 2)] {
            archive.write(block(session, first, "@ 226 done"));
        }
        archive.flush().await;
        clock.advance(2 * HOUR_MS);
        let again = open(directory.path(), &clock);
        again.write(block(one, 4, ""));
        again.flush().await;
        assert_eq!(files(directory.path()).unwrap().len(), 2);
        let expected = [block(one, 0, "@ 226 done"), block(one, 2, "@ 226 done"), block(one, 4, "")];
        assert_eq!(again.read(one, None).await, expected);
        assert_eq!(again.read(one, Some(NOW)).await, expected[..2]);
        assert_eq!(again.read(id(NOW + 9), None).await, []);
    }

    #[tokio::test]
    async fn a_block_cut_by_a_crash_is_lost_alone() {
        let directory = tempfile::tempdir().unwrap();
        let archive = open(directory.path(), &Clock::manual(NOW));
        archive.write(block(id(NOW), 0, "whole"));
        archive.write(block(id(NOW), 2, "cut"));
        archive.flush().await;
        let (_, path) = files(directory.path()).unwrap().remove(0);
        let length = fs::metadata(&path).unwrap().len();
        File::options().write(true).open(&path).unwrap().set_len(length - 3).unwrap();
        assert_eq!(archive.read(id(NOW), None).await, [block(id(NOW), 0, "whole")]);
    }

    #[tokio::test]
    async fn old_files_go_and_the_newest_stays() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual(NOW);
        let archive = open(directory.path(), &clock);
        for _ in 0..30 {
            archive.write(block(id(NOW), 0, "x"));
            archive.flush().await;
            clock.advance(HOUR_MS);
        }
        archive.tidy(clock.now()).await;
        assert_eq!(files(directory.path()).unwrap().len(), 25);
        archive.tidy(clock.now() + 1_000 * HOUR_MS).await;
        assert_eq!(files(directory.path()).unwrap().len(), 1);
        let small =
            Archive { retention: Retention { age_ms: i64::MAX / 2, bytes: 0 }, ..open(directory.path(), &clock) };
        small.write(block(id(NOW), 0, "y"));
        small.flush().await;
        small.tidy(clock.now()).await;
        assert_eq!(files(directory.path()).unwrap().len(), 1);
    }
}
