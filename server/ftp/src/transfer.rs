//! Moving files and listings over a data connection. Each transfer is a task of its own and ends with the reply for the
//! control connection. Data is read and written in pooled buffers that grow while the other side keeps up, so that a
//! fast transfer takes few steps and a thousand slow ones little memory.

mod ascii;
mod download;
mod list;
mod upload;

use self::upload::Upload;
use crate::{
    data::{DataConnection, Plan, Terms},
    deflate::{Broken, Deflater, Inflater},
    listing::Facts,
    reply::Reply,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    sessions::{EndCause, Session},
    transfers::{Begin, TransferHandle},
};
use wharf_model::sessions::Direction;
use wharf_vfs::{Entry, FileError, Listing, ReadHandle, VPath, WriteHandle, printable};

/// A transfer that was accepted: everything its task needs.
pub(crate) struct Job {
    pub(crate) session: Arc<Session>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) plan: Plan,
    pub(crate) terms: Terms,
    /// Ends the transfer on the client's ABOR.
    pub(crate) stop: CancellationToken,
    /// Finished connections that may wait for the client's goodbye.
    pub(crate) lingering: Arc<Semaphore>,
    /// A transfer that does not move for this long ends.
    pub(crate) stall: Duration,
    /// When the transfer was accepted, for dates in listings.
    pub(crate) now: i64,
    /// The data is compressed, and how well (MODE Z).
    pub(crate) deflate: Option<u32>,
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
    /// Lines before those of the entries.
    pub(crate) head: Vec<Vec<u8>>,
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
    /// The client closed before all that it had announced was there.
    Short {
        arrived: u64,
        announced: u64,
    },
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
    let Job { session, identity, plan, terms, stop, lingering, stall, now, deflate, work } = job;
    let secure = terms.tls.is_some();
    let connection = tokio::select! {
        connection = plan.connect(terms) => connection.map_err(|error| no_connection(&error)),
        () = stop.cancelled() => Err(failure_reply(&Failure::Stopped, &session)),
        () = session.killed() => Err(failure_reply(&Failure::Aborted, &session)),
        () = sleep(stall) => Err(no_connection(&io::ErrorKind::TimedOut.into())),
    };
    let mut connection = match connection {
        Ok(connection) => connection,
        Err(reply) => {
            if let Work::Receive { file, .. } = work {
                give_up(file).await;
            }
            return reply;
        }
    };
    if let Some(level) = deflate {
        connection = match &work {
            Work::Receive { .. } => DataConnection::Inflating(Box::new(Inflater::new(connection))),
            Work::Send { .. } | Work::List(_) => DataConnection::Deflating(Box::new(Deflater::new(connection, level))),
        };
    }
    let result = match work {
        Work::Send { path, file, offset, ascii } => {
            let total = Some(file.size());
            let begin = Begin { path: path.to_string(), direction: Direction::Download, offset, total, secure };
            let handle = session.begin_transfer(begin);
            let pump = download::send(&mut connection, &file, offset, ascii, &identity.download, &handle);
            tokio::select! {
                biased;
                failure = cut(&handle, &stop, stall) => Err(failure),
                result = pump => result.map(|()| {
                    handle.complete();
                    b"Transfer complete".to_vec()
                }),
            }
        }
        Work::Receive { path, file, total, ascii, done } => {
            let offset = file.offset();
            let begin = Begin { path: path.to_string(), direction: Direction::Upload, offset, total, secure };
            let handle = Arc::new(session.begin_transfer(begin));
            let limit = identity.upload.clone();
            let upload =
                Upload { connection, file, handle: handle.clone(), limit, stop: stop.clone(), ascii, rest: None };
            let (mut upload, mut end) = upload.run(cut(&handle, &stop, stall)).await;
            // Only in clear does a broken connection look like the end of a file, and only for a file that is sent as it
            // is do the sizes compare.
            if let Some(announced) = total.filter(|_| end.is_ok() && !secure && !ascii && deflate.is_none()) {
                end = upload.expect(announced).await;
            }
            connection = upload.connection;
            match end {
                Ok(()) => match upload.rest {
                    Some(rest) => upload.file.finish(rest, None).await,
                    None => upload.file.commit(None).await,
                }
                .map(|_| {
                    handle.complete();
                    done
                })
                .map_err(Failure::File),
                Err(Failure::File(error @ (FileError::QuotaExceeded | FileError::NoSpace))) => {
                    // A kept part would hold the space that the account, or everybody on this disk, has not got.
                    let _ = upload.file.abort().await;
                    Err(Failure::File(error))
                }
                Err(Failure::Connection(error)) if Broken::Corrupt.is(&error) => {
                    let _ = upload.file.abort().await;
                    Err(Failure::Connection(error))
                }
                Err(failure) => {
                    give_up(upload.file).await;
                    Err(failure)
                }
            }
        }
        Work::List(list) => {
            let pump = list::send(&mut connection, list, identity.files.permissions(), now, &session, stall);
            tokio::select! {
                biased;
                () = session.killed() => Err(Failure::Aborted),
                () = stop.cancelled() => Err(Failure::Stopped),
                result = pump => result.map(|()| b"Listing complete".to_vec()),
            }
        }
    };
    match result {
        Ok(done) => match timeout(stall, connection.finish(lingering)).await {
            Ok(Ok(())) => Reply::new(226, done),
            Ok(Err(error)) => failure_reply(&Failure::Connection(error), &session),
            Err(_) => failure_reply(&Failure::Stalled, &session),
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

fn no_connection(error: &io::Error) -> Reply {
    Reply::new(425, format!("Can't open data connection: {}", reason(error)))
}

fn failure_reply(failure: &Failure, session: &Session) -> Reply {
    match failure {
        Failure::Stopped => Reply::new(426, "Transfer aborted"),
        Failure::Aborted => match session.ending().map(|ending| ending.cause) {
            None => Reply::new(426, "Transfer aborted by administrator"),
            Some(EndCause::Kicked | EndCause::Barred | EndCause::Lost(_)) => {
                Reply::new(426, "Transfer aborted: session closed by administrator")
            }
            Some(EndCause::Shutdown) => Reply::new(426, "Transfer aborted: server is shutting down"),
        },
        Failure::Stalled => Reply::new(426, "Transfer aborted: the data connection does not move"),
        Failure::Connection(error) => Reply::new(426, format!("Data connection broken: {}", reason(error))),
        Failure::Short { arrived, announced } => Reply::new(
            426,
            format!("Connection closed at {arrived} of the {announced} bytes that ALLO announced: resume or repeat"),
        ),
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
        () = handle.stalled(stall) => Failure::Stalled,
    }
}
