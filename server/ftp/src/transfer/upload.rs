//! From the client to a file.
//!
//! An upload begins as a task: it reads into pooled buffers, and the blocking pool writes one to the disk while the next
//! one fills. As long as the client keeps large buffers full it gets a thread of its own instead, which reads and
//! writes in turn: handing each buffer to another thread costs more than what it saves. A slow or limited upload never
//! occupies a thread.

use super::{Failure, ascii::FromNetworkLines};
use crate::data::{DataConnection, Taken};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::{io::AsyncReadExt, sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;
use wharf_core::transfers::TransferHandle;
use wharf_vfs::{Buffer, Chain, Pace, WriteHandle};

/// Uploads that have a thread of their own at most; the others go on as tasks.
static THREADS: Semaphore = Semaphore::const_new(64);
/// A client that sends nothing for this long loses its thread.
const QUIET: Duration = Duration::from_millis(20);
/// So many bytes are written while more arrive, instead of waiting until the buffer is full.
const WORTH_WRITING: usize = 64 << 10;

/// An upload under way.
pub(super) struct Upload {
    pub(super) connection: DataConnection,
    pub(super) file: WriteHandle,
    pub(super) handle: Arc<TransferHandle>,
    pub(super) limit: Chain,
    pub(super) stop: CancellationToken,
    pub(super) ascii: bool,
    /// The last bytes, still to be written.
    pub(super) rest: Option<Buffer>,
}

/// Why a buffer is not the last one.
type End = Result<(), Failure>;

impl Upload {
    /// Receives everything, until `cut` says why not. The upload comes back with how it ended, to be committed or kept.
    pub(super) async fn run(mut self, cut: impl Future<Output = Failure>) -> (Self, End) {
        let mut cut = pin!(cut);
        loop {
            let mut end = self.as_task(cut.as_mut()).await;
            if end.is_none() {
                (self, end) = self.on_thread().await;
            }
            if let Some(end) = end {
                return (self, end);
            }
        }
    }

    /// Whether as many bytes arrived as the client announced. Where not, those that did are kept.
    pub(super) async fn expect(&mut self, announced: u64) -> End {
        let last = self.rest.as_ref().map_or(0, |rest| rest.len() as u64);
        let arrived = self.file.offset() + last;
        if arrived >= announced {
            return Ok(());
        }
        if let Some(rest) = self.rest.take() {
            self.file.write(rest).await?;
        }
        Err(Failure::Short { arrived, announced })
    }

    /// Until the end, or until the client has proved quick enough for a thread.
    async fn as_task(&mut self, mut cut: Pin<&mut impl Future<Output = Failure>>) -> Option<End> {
        let mut lines = FromNetworkLines::default();
        let mut pace = Pace::new();
        let mut size = pace.size();
        let mut source =
            Source { connection: &mut self.connection, limit: &self.limit, handle: &self.handle, waited: false };
        let (mut full, mut end) = source.fill(size, cut.as_mut()).await;
        loop {
            if self.ascii {
                full = lines.convert(&full, end.is_some());
            }
            if let Some(Ok(())) = end {
                self.rest = Some(full);
                return end;
            }
            let quick = size >= Buffer::MEDIUM && full.free() == 0 && pace.is_quick(source.waited);
            let plain = !self.ascii && source.connection.suits_thread();
            if end.is_some() || (quick && plain && self.limit.unlimited() && THREADS.available_permits() > 0) {
                // What arrived is kept also when the transfer was cut: the client can go on from there.
                if let Err(error) = self.file.write(full).await {
                    return Some(Err(error.into()));
                }
                return end;
            }
            size = pace.next(full.len() == full.capacity() && full.capacity() == size, source.waited);
            if let Err(error) = self.file.write_behind(full).await {
                return Some(Err(error.into()));
            }
            (full, end) = source.fill(size, cut.as_mut()).await;
        }
    }

    /// Until the end, or until the client is slow again.
    async fn on_thread(self) -> (Self, Option<End>) {
        let Ok(permit) = THREADS.try_acquire() else { return (self, None) };
        let thread = tokio::task::spawn_blocking(move || {
            let mut upload = self;
            let end = upload.pour();
            drop(permit);
            (upload, end)
        });
        match thread.await {
            Ok(back) => back,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going down, and everything with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    fn pour(&mut self) -> Option<End> {
        let mut buffer = Buffer::up_to(Buffer::LARGE);
        let end = self.pour_through(&mut buffer);
        match self.file.write_blocking(&buffer) {
            Ok(()) => end,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Leaves in the buffer what is not written yet.
    fn pour_through(&mut self, buffer: &mut Buffer) -> Option<End> {
        let (mut since, mut moved) = (Instant::now(), 0);
        while self.limit.unlimited() {
            if self.handle.is_aborted() {
                return Some(Err(Failure::Aborted));
            }
            if self.stop.is_cancelled() {
                return Some(Err(Failure::Stopped));
            }
            let before = buffer.len();
            let taken = self.connection.take_now(buffer);
            self.handle.add(buffer.len() - before);
            moved += buffer.len() - before;
            match taken {
                Ok(Taken::End) => return Some(Ok(())),
                Ok(Taken::All | Taken::Full) if buffer.len() >= WORTH_WRITING => {
                    if let Err(error) = self.file.write_blocking(buffer) {
                        buffer.clear();
                        return Some(Err(error.into()));
                    }
                    buffer.clear();
                }
                Ok(_) => match self.connection.wait(QUIET) {
                    Ok(true) if since.elapsed() < Pace::SLOW => {}
                    Ok(true) if moved >= Buffer::LARGE => (since, moved) = (Instant::now(), 0),
                    Ok(_) => return None,
                    Err(error) => return Some(Err(error.into())),
                },
                Err(error) => return Some(Err(error.into())),
            }
        }
        None
    }
}

/// Where the bytes come from while the upload is a task.
struct Source<'a> {
    connection: &'a mut DataConnection,
    limit: &'a Chain,
    handle: &'a TransferHandle,
    /// Whether the last buffer had to wait for the client.
    waited: bool,
}

impl Source<'_> {
    /// A buffer of what comes, full unless the transfer is at its end; then the second value tells how it ended.
    async fn fill(&mut self, size: usize, mut cut: Pin<&mut impl Future<Output = Failure>>) -> (Buffer, Option<End>) {
        let mut buffer = Buffer::up_to(self.limit.piece(size));
        self.waited = false;
        while buffer.free() > 0 {
            let step = async {
                let mut read = pin!(self.connection.read(buffer.space()));
                let n = poll_fn(|cx| {
                    let n = read.as_mut().poll(cx);
                    self.waited |= n.is_pending();
                    n
                })
                .await?;
                buffer.advance(n);
                self.handle.add(n);
                self.limit.acquire(n).await;
                Ok(n)
            };
            let read = tokio::select! {
                biased;
                failure = cut.as_mut() => Err(failure),
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
