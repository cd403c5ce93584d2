//! Moving files and listings over a data connection. Each transfer is a task of its own and ends with the reply for the
//! control connection. Data is read and written in pooled buffers that grow while the other side keeps up, so that a
//! fast transfer takes few steps and a thousand slow ones little memory.

use crate::{
    data::{DataConnection, Plan, Terms},
    listing::{self, Facts},
    reply::Reply,
};
use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    sessions::{EndCause, Session},
    transfers::{Begin, TransferHandle},
};
use wharf_model::{accounts::Permissions, sessions::Direction};
use wharf_vfs::{Buffer, Chain, Entry, FileError, Listing, ReadHandle, VPath, WriteHandle, printable};

/// A transfer that was accepted: everything its task needs.
pub(crate) struct Job {
    pub(crate) session: Arc<Session>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) plan: Plan,
    pub(crate) terms: Terms,
    /// Ends the transfer on the client's ABOR.
    pub(crate) stop: CancellationToken,
    /// A transfer that does not move for this long ends.
    pub(crate) stall: Duration,
    /// When the transfer was accepted, for dates in listings.
    pub(crate) now: i64,
    pub(crate) work: Work,
}

/// What is to be moved.
pub(crate) enum Work {
    /// A file to the client, from `offset` on.
    Send { path: VPath, file: ReadHandle, offset: u64, ascii: bool },
    /// A file from the client. `total` is the whole size, where the client told it (ALLO). `done` is what the final
    /// reply says.
    Receive { path: VPath, file: WriteHandle, total: Option<u64>, ascii: bool, done: Vec<u8> },
    /// Names of files.
    List(ListWork),
}

/// What of a directory is to be sent, and how.
pub(crate) struct ListWork {
    pub(crate) source: ListSource,
    pub(crate) style: ListStyle,
    /// Only names that match, if any.
    pub(crate) pattern: Option<Vec<u8>>,
    /// Goes before each name (NLST of a directory that is not the current one).
    pub(crate) prefix: Vec<u8>,
    /// What MLSD tells of each.
    pub(crate) facts: Facts,
}

pub(crate) enum ListSource {
    Directory(Listing),
    One(Entry),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListStyle {
    /// LIST
    Long,
    /// NLST
    Names,
    /// MLSD
    Facts,
}

/// Why a transfer did not complete.
enum Failure {
    /// The client's ABOR.
    Stopped,
    /// An operator stopped the transfer or the session.
    Aborted,
    Stalled,
    Connection(io::Error),
    File(FileError),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

/// Carries the transfer out.
pub(crate) async fn run(job: Job) -> Reply {
    let Job { session, identity, plan, terms, stop, stall, now, work } = job;
    let secure = terms.tls.is_some();
    let connection = tokio::select! {
        connection = plan.connect(&terms) => connection,
        () = stop.cancelled() => Err(io::Error::other("aborted")),
        () = session.killed() => Err(io::Error::other("session closed")),
    };
    let mut connection = match connection {
        Ok(connection) => connection,
        Err(error) => {
            if let Work::Receive { file, .. } = work {
                give_up(file).await;
            }
            return Reply::new(425, format!("Can't open data connection: {}", reason(&error)));
        }
    };
    let result = match work {
        Work::Send { path, file, offset, ascii } => {
            let total = Some(file.size());
            let begin = Begin { path: path.to_string(), direction: Direction::Download, offset, total, secure };
            let handle = session.begin_transfer(begin);
            let pump = send(&mut connection, &file, offset, ascii, &identity.download, &handle);
            tokio::select! {
                biased;
                failure = cut(&handle, &stop, stall) => Err(failure),
                result = pump => result.map(|()| b"Transfer complete".to_vec()),
            }
        }
        Work::Receive { path, mut file, total, ascii, done } => {
            let offset = file.offset();
            let begin = Begin { path: path.to_string(), direction: Direction::Upload, offset, total, secure };
            let handle = session.begin_transfer(begin);
            let mut source = Source {
                connection: &mut connection,
                limit: &identity.upload,
                handle: &handle,
                cut: pin!(cut(&handle, &stop, stall)),
            };
            match receive(&mut source, &mut file, ascii).await {
                Ok(()) => file.commit(None).await.map(|_| done).map_err(Failure::File),
                Err(Failure::File(error @ (FileError::QuotaExceeded | FileError::NoSpace))) => {
                    // A kept part would hold the space that the account, or everybody on this disk, has not got.
                    let _ = file.abort().await;
                    Err(Failure::File(error))
                }
                Err(failure) => {
                    give_up(file).await;
                    Err(failure)
                }
            }
        }
        Work::List(list) => {
            let pump = send_list(&mut connection, list, identity.files.permissions(), now, &session);
            tokio::select! {
                biased;
                () = session.killed() => Err(Failure::Aborted),
                () = stop.cancelled() => Err(Failure::Stopped),
                result = pump => result.map(|()| b"Listing complete".to_vec()),
                () = sleep(stall) => Err(Failure::Stalled),
            }
        }
    };
    match result {
        Ok(done) => match connection.finish().await {
            Ok(()) => Reply::new(226, done),
            Err(error) => failure_reply(&Failure::Connection(error), &session),
        },
        Err(failure) => {
            connection.reset();
            failure_reply(&failure, &session)
        }
    }
}

/// Keeps what arrived for a later resume; nothing is not worth keeping.
async fn give_up(file: WriteHandle) {
    let result = if file.offset() == 0 { file.abort().await } else { file.suspend().await };
    if let Err(error) = result {
        tracing::warn!(%error, "interrupted upload not put aside");
    }
}

fn failure_reply(failure: &Failure, session: &Session) -> Reply {
    match failure {
        Failure::Stopped => Reply::new(426, "Transfer aborted"),
        Failure::Aborted => match session.ending().map(|ending| ending.cause) {
            None => Reply::new(426, "Transfer aborted by administrator"),
            Some(EndCause::Kicked) => Reply::new(426, "Transfer aborted: session closed by administrator"),
            Some(EndCause::Shutdown) => Reply::new(426, "Transfer aborted: server is shutting down"),
        },
        Failure::Stalled => Reply::new(426, "Transfer aborted: the data connection does not move"),
        Failure::Connection(error) => Reply::new(426, format!("Data connection broken: {}", reason(error))),
        Failure::File(error) => file_error(error, 451),
    }
}

/// The reply for a failed file operation; `otherwise` is the code where no other fits better.
pub(crate) fn file_error(error: &FileError, otherwise: u16) -> Reply {
    let code = match error {
        FileError::QuotaExceeded => 552,
        FileError::NoSpace => 452,
        FileError::Busy => 450,
        FileError::InvalidName(_) | FileError::NameTooLong => 553,
        FileError::BadOffset | FileError::Interrupted => 554,
        FileError::Io(_) => 451,
        _ => otherwise,
    };
    if let FileError::Io(error) = error {
        tracing::error!(%error, "file operation failed");
    }
    Reply::new(code, error.to_string())
}

/// What happened, without the numbers and paths of an operating system's error.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => "timed out".to_owned(),
        io::ErrorKind::ConnectionRefused => "refused".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            "closed by the client".to_owned()
        }
        io::ErrorKind::UnexpectedEof => "closed without a TLS close_notify".to_owned(),
        io::ErrorKind::InvalidData => "TLS failed".to_owned(),
        _ => printable(error.to_string().as_bytes()),
    }
}

/// Resolves when somebody stops the transfer, or nothing moves any more.
async fn cut(handle: &TransferHandle, stop: &CancellationToken, stall: Duration) -> Failure {
    tokio::select! {
        // A kick stops the transfer from both sides; the client is told the one that matters.
        biased;
        () = handle.aborted() => Failure::Aborted,
        () = stop.cancelled() => Failure::Stopped,
        () = stalled(handle, stall) => Failure::Stalled,
    }
}

/// Resolves when nothing has moved for between one and one and a quarter times `limit`.
async fn stalled(handle: &TransferHandle, limit: Duration) {
    let mut moved = handle.moved();
    let mut quiet = 0;
    while quiet < 5 {
        sleep(limit / 4).await;
        quiet = if handle.moved() == moved { quiet + 1 } else { 0 };
        moved = handle.moved();
    }
}

/// The size of the next buffer: it grows while a full one takes no time, and shrinks again when the other side is slow.
#[derive(Debug)]
struct Pace {
    size: usize,
    began: Instant,
}

impl Pace {
    const QUICK: Duration = Duration::from_millis(20);
    const SLOW: Duration = Duration::from_millis(500);

    fn new() -> Self {
        Self { size: Buffer::SMALL, began: Instant::now() }
    }

    fn next(&mut self, full: bool) -> usize {
        let took = self.began.elapsed();
        if full && took < Self::QUICK {
            self.size = (self.size * 4).min(Buffer::LARGE);
        } else if took > Self::SLOW {
            self.size = (self.size / 4).max(Buffer::SMALL);
        }
        self.began = Instant::now();
        self.size
    }
}

async fn send(
    connection: &mut DataConnection,
    file: &ReadHandle,
    mut offset: u64,
    ascii: bool,
    limit: &Chain,
    handle: &TransferHandle,
) -> Result<(), Failure> {
    let mut pace = Pace::new();
    let mut size = pace.size;
    let mut buffer = Buffer::with_capacity(limit.piece(size));
    loop {
        buffer = file.read_at(offset, buffer).await?;
        if buffer.is_empty() {
            connection.flush().await?;
            return Ok(());
        }
        offset += buffer.len() as u64;
        limit.acquire(buffer.len()).await;
        if ascii {
            connection.write_all(&to_network_lines(&buffer)).await?;
            handle.add(buffer.len());
        } else {
            let mut rest: &[u8] = &buffer;
            while !rest.is_empty() {
                let written = connection.write(rest).await?;
                if written == 0 {
                    return Err(Failure::Connection(io::ErrorKind::WriteZero.into()));
                }
                rest = &rest[written..];
                handle.add(written);
            }
        }
        size = pace.next(buffer.len() == buffer.capacity() && buffer.capacity() == size);
        let wanted = limit.piece(size);
        if wanted == buffer.capacity() {
            buffer.clear();
        } else {
            buffer = Buffer::with_capacity(wanted);
        }
    }
}

/// Where an upload comes from.
struct Source<'a, C> {
    connection: &'a mut DataConnection,
    limit: &'a Chain,
    handle: &'a TransferHandle,
    cut: Pin<&'a mut C>,
}

async fn receive<C>(source: &mut Source<'_, C>, file: &mut WriteHandle, ascii: bool) -> Result<(), Failure>
where
    C: Future<Output = Failure>,
{
    let mut lines = FromNetworkLines::default();
    let mut pace = Pace::new();
    let mut size = pace.size;
    let (mut full, mut end) = source.fill(size).await;
    loop {
        if ascii {
            full = lines.convert(&full, end.is_some());
        }
        if let Some(end) = end {
            // What arrived is kept also when the transfer was cut: the client can go on from there.
            if !full.is_empty() {
                file.write(full).await?;
            }
            return end;
        }
        size = pace.next(full.len() == full.capacity() && full.capacity() == size);
        // The disk works on one buffer while the network fills the other.
        let (written, filled) = tokio::join!(file.write(full), source.fill(size));
        written?;
        (full, end) = filled;
    }
}

impl<C: Future<Output = Failure>> Source<'_, C> {
    /// A buffer of what comes, full unless the transfer is at its end; then the second value tells how it ended.
    async fn fill(&mut self, size: usize) -> (Buffer, Option<Result<(), Failure>>) {
        let mut buffer = Buffer::with_capacity(self.limit.piece(size));
        while buffer.free() > 0 {
            let step = async {
                let n = self.connection.read(buffer.space()).await?;
                buffer.advance(n);
                self.handle.add(n);
                self.limit.acquire(n).await;
                Ok(n)
            };
            let read = tokio::select! {
                biased;
                failure = &mut self.cut => Err(failure),
                read = step => read.map_err(Failure::Connection),
            };
            match read {
                Ok(0) => return (buffer, Some(Ok(()))),
                Ok(_) => {}
                Err(failure) => return (buffer, Some(Err(failure))),
            }
        }
        (buffer, None)
    }
}

async fn send_list(
    connection: &mut DataConnection,
    list: ListWork,
    permissions: Permissions,
    now: i64,
    session: &Session,
) -> Result<(), Failure> {
    let ListWork { source, style, pattern, prefix, facts } = list;
    let line = |out: &mut Vec<u8>, entry: &Entry| {
        if pattern.as_ref().is_some_and(|pattern| !listing::matches(pattern, &entry.name)) {
            return;
        }
        match style {
            ListStyle::Long => out.extend(listing::ls_line(&entry.name, &entry.stat, now)),
            ListStyle::Facts => out.extend(listing::facts_line(&entry.name, &entry.stat, permissions, facts)),
            ListStyle::Names => {
                out.extend(&prefix);
                out.extend(&entry.name);
            }
        }
        out.extend(b"\r\n");
    };
    let mut out = Vec::new();
    match source {
        ListSource::One(entry) => {
            line(&mut out, &entry);
            deliver(connection, &mut out, session).await?;
        }
        ListSource::Directory(mut listing) => {
            while let Some(mut batch) = listing.next_batch().await? {
                // Most directories are one batch, so most listings are sorted, and none needs more than one in memory.
                batch.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                for entry in &batch {
                    line(&mut out, entry);
                }
                deliver(connection, &mut out, session).await?;
            }
        }
    }
    connection.flush().await?;
    Ok(())
}

async fn deliver(connection: &mut DataConnection, out: &mut Vec<u8>, session: &Session) -> Result<(), Failure> {
    connection.write_all(out).await?;
    session.count(Direction::Download, out.len() as u64);
    out.clear();
    Ok(())
}

/// TYPE A towards the client: every line ends in CRLF (RFC 959 section 3.1.1.1).
fn to_network_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// TYPE A from the client: CRLF becomes LF, also where it lies across two buffers; a lone CR stays.
#[derive(Debug, Default)]
struct FromNetworkLines {
    /// The last byte so far was a CR, held back.
    pending: bool,
}

impl FromNetworkLines {
    fn convert(&mut self, buffer: &Buffer, end: bool) -> Buffer {
        let mut out = Buffer::with_capacity(buffer.len() + 2);
        for byte in buffer.iter() {
            if std::mem::take(&mut self.pending) && *byte != b'\n' {
                out.put(b"\r");
            }
            if *byte == b'\r' {
                self.pending = true;
            } else {
                out.put(&[*byte]);
            }
        }
        if end && std::mem::take(&mut self.pending) {
            out.put(b"\r");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn convert(chunks: &[&[u8]]) -> Vec<u8> {
        let mut lines = FromNetworkLines::default();
        let mut out = Vec::new();
        for (number, chunk) in chunks.iter().enumerate() {
            let mut buffer = Buffer::with_capacity(chunk.len().max(1));
            buffer.put(chunk);
            out.extend_from_slice(&lines.convert(&buffer, number + 1 == chunks.len()));
        }
        out
    }

    #[test]
    fn lines_of_type_a() {
        assert_eq!(convert(&[b"a\r\nb\r", b"\nc\rd\r"]), b"a\nb\nc\rd\r");
        assert_eq!(to_network_lines(b"a\nb"), b"a\r\nb");
    }

    proptest! {
        #[test]
        fn text_survives_the_way_there_and_back(text in "[a-z\n]{0,200}", cut in 0usize..200) {
            let wire = to_network_lines(text.as_bytes());
            let cut = cut.min(wire.len());
            prop_assert_eq!(convert(&[&wire[..cut], &wire[cut..]]), text.as_bytes());
        }
    }
}
