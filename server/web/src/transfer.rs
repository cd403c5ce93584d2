//! Bodies that move files: counted, at the speed that is allowed, cut when the transfer has to end.

use crate::{Web, connections::Arrival, problem::Problem};
use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::StatusCode,
};
use futures::{Stream, StreamExt, stream};
use std::{io, sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use wharf_core::{
    http_sessions::HttpSession,
    transfers::{Begin, TransferHandle},
};
use wharf_vfs::{Buffer, FileError, Pace, ReadHandle, WriteHandle};

/// How long a transfer that was stopped may take to notice before its connection is cut.
const NOTICE: Duration = Duration::from_millis(500);

/// A transfer under way, and what holds it: dropped, it is over.
pub(crate) struct Moving {
    pub(crate) session: Arc<HttpSession>,
    pub(crate) handle: Arc<TransferHandle>,
    _over: DropGuard,
}

impl Moving {
    /// Begins a transfer of the session. A client that takes nothing in, or sends nothing, keeps our side from being
    /// asked; so somebody else watches, and cuts the connection where nothing else helps.
    pub(crate) fn begin(web: &Web, session: Arc<HttpSession>, begin: Begin, arrival: &Arrival) -> Self {
        Self::over(session, begin, arrival, web.settings.stall)
    }

    /// The same with the time that it may stand still.
    pub(crate) fn over(session: Arc<HttpSession>, begin: Begin, arrival: &Arrival, stall: Duration) -> Self {
        let handle = Arc::new(session.begin_transfer(begin));
        let over = CancellationToken::new();
        let (watched, ended, cut) = (handle.clone(), over.clone(), arrival.cut.clone());
        let kicked = Arc::clone(&**session);
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => return,
                () = watched.aborted() => {}
                () = watched.stalled(stall) => {}
            }
            drop(watched);
            tokio::select! {
                // With the session everything ends that its client does on this connection.
                () = ended.cancelled(), if kicked.ending().is_none() => {}
                () = sleep(NOTICE) => cut.cancel(),
            }
        });
        Self { session, handle, _over: over.drop_guard() }
    }
}

/// Bytes `start` to before `end` of a file. When the transfer is stopped it ends in an error, so that no client takes
/// what came for all there is.
pub(crate) fn file_body(file: ReadHandle, start: u64, end: u64, moving: Moving) -> Body {
    struct State {
        file: ReadHandle,
        at: u64,
        end: u64,
        pace: Pace,
        moving: Moving,
    }
    let state = State { file: file.until(end), at: start, end, pace: Pace::new(), moving };
    let pieces = stream::try_unfold(state, |mut state| async move {
        if state.at >= state.end {
            state.moving.handle.complete();
            return Ok::<_, io::Error>(None);
        }
        let limit = &state.moving.session.identity().download;
        let buffer = Buffer::up_to(limit.piece(state.pace.size()));
        let buffer = tokio::select! {
            biased;
            () = state.moving.handle.aborted() => return Err(io::ErrorKind::ConnectionAborted.into()),
            buffer = async {
                let buffer = state.file.read_at(state.at, buffer).await.map_err(io::Error::other)?;
                limit.acquire(buffer.len()).await;
                Ok::<_, io::Error>(buffer)
            } => buffer?,
        };
        // The file became shorter; the length was promised.
        if buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        state.at += buffer.len() as u64;
        state.moving.handle.add(buffer.len());
        state.pace.next(buffer.free() == 0, true);
        Ok(Some((Bytes::from(buffer), state)))
    });
    Body::from_stream(pieces)
}

/// Takes a body into a file.
pub(crate) struct Sink {
    file: WriteHandle,
    buffer: Buffer,
    pace: Pace,
    moving: Moving,
}

/// How an upload ended that is not complete.
#[derive(Debug)]
pub(crate) enum Cut {
    /// The client left, or sent what is no body.
    Client,
    /// It was stopped here, or did not move.
    Stopped,
    /// It could not be written.
    File(FileError),
}

impl From<Cut> for Problem {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Client => Self::bad_request("the body is incomplete"),
            Cut::Stopped => Self::new(StatusCode::GONE, "the upload was stopped by an administrator"),
            Cut::File(error) => error.into(),
        }
    }
}

impl Sink {
    pub(crate) fn new(file: WriteHandle, moving: Moving) -> Self {
        let pace = Pace::new();
        Self { file, buffer: Buffer::up_to(pace.size()), pace, moving }
    }

    /// Bytes of the file that have arrived.
    pub(crate) fn offset(&self) -> u64 {
        self.file.offset() + self.buffer.len() as u64
    }

    /// Takes all of the body, but not beyond `most` bytes of the file.
    pub(crate) async fn take(&mut self, body: BodyDataStream, stall: Duration, most: Option<u64>) -> Result<(), Cut> {
        let mut body = std::pin::pin!(body);
        loop {
            let next = tokio::select! {
                biased;
                () = self.moving.handle.aborted() => return Err(Cut::Stopped),
                next = timeout(stall, body.next()) => next.map_err(|_| Cut::Stopped)?,
            };
            let Some(bytes) = next.transpose().map_err(|_| Cut::Client)? else { return Ok(()) };
            if most.is_some_and(|most| self.offset() + bytes.len() as u64 > most) {
                return Err(Cut::Client);
            }
            self.write(&bytes).await?;
        }
    }

    /// Takes some bytes. The disk works on one buffer while the next one fills.
    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Cut> {
        let handle = self.moving.handle.clone();
        let session = self.moving.session.clone();
        while !bytes.is_empty() {
            let put = self.buffer.put(bytes);
            bytes = &bytes[put..];
            handle.add(put);
            tokio::select! {
                biased;
                () = handle.aborted() => return Err(Cut::Stopped),
                () = session.identity().upload.acquire(put) => {}
            }
            if self.buffer.free() == 0 {
                let next = Buffer::up_to(self.pace.next(true, true));
                let full = std::mem::replace(&mut self.buffer, next);
                self.file.write_behind(full).await.map_err(Cut::File)?;
            }
        }
        Ok(())
    }

    /// All of the file is there: it takes its name.
    pub(crate) async fn finish(self, modified_ms: Option<i64>) -> Result<wharf_vfs::Stat, Cut> {
        let stat = self.file.finish(self.buffer, modified_ms).await.map_err(Cut::File)?;
        self.moving.handle.complete();
        Ok(stat)
    }

    /// Keeps what arrived; where there is no more room, nothing, for it would hold what the account has not got.
    pub(crate) async fn give_up(mut self, why: &Cut) -> u64 {
        let is_full = |error: &FileError| matches!(error, FileError::QuotaExceeded | FileError::NoSpace);
        let mut full = matches!(why, Cut::File(error) if is_full(error));
        if !full {
            // What is in the buffer has arrived as well.
            full = self.file.write(self.buffer).await.is_err_and(|error| is_full(&error));
        }
        let offset = if full { 0 } else { self.file.offset() };
        let ended = if offset == 0 { self.file.abort().await } else { self.file.suspend().await };
        if let Err(error) = ended {
            tracing::warn!(%error, "interrupted upload not put aside");
            return 0;
        }
        offset
    }
}

/// A stream of results as a body.
pub(crate) fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    Body::from_stream(pieces)
}
