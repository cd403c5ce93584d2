//! What waits, what runs, and what may begin.

use super::{
    End,
    answer::{Context, Done, Outcome, Refusal, status},
    data::{self, Batch},
    directories::{self, Directory},
    handles::{Editing, Handles, Open, Reading},
    moving::{Moving, Watch},
    operations,
    output::Output,
    reads::{Read, Reads},
};
use crate::{
    packet::{Handle, MOST_DATA, Misunderstood, Packet, Request, reply},
    transport::{Backlog, Held},
};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use russh::ChannelId;
use std::{collections::VecDeque, pin::Pin, sync::Arc};
use tokio::time::Instant;
use wharf_core::transfers::TransferHandle;
use wharf_vfs::VPath;

/// Reads of files open for reading only that run at once.
const READS: usize = 16;
/// Bytes of answers that may wait before no more data is read for the client.
const DATA_AHEAD: usize = 2 << 20;
/// Bytes of answers that may wait before only writes and closes go on, which need no room to answer.
const ANSWERS_AHEAD: usize = 4 << 20;
/// Bytes of answers with which a client that takes none is sent away.
const ANSWERS_MOST: usize = 32 << 20;
/// Requests that may wait, reads not counted.
const REQUESTS_MOST: usize = 64 * 1024;
/// Bytes of requests that may wait, writes not counted: those hold the connection back instead.
const REQUEST_BYTES_MOST: usize = 8 << 20;

/// A client asks for more than it takes, by far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests at once")]
pub(super) struct Full;

/// A request that waits for its turn.
struct Waiting {
    id: u32,
    length: usize,
    request: Request,
    /// Of a write: holds the connection back until it is on the disk.
    held: Option<Held>,
}

/// Something that ran beside the conversation.
pub(super) enum Event {
    /// A read of a file open for reading only, of so many bytes.
    Read { id: u32, length: usize, result: Result<Bytes, Refusal> },
    /// What is done in its order.
    Ordered(Ordered),
}

/// What is done in its order.
pub(super) enum Ordered {
    Request {
        id: u32,
        outcome: Outcome,
    },
    /// A directory comes back.
    Listed {
        id: u32,
        handle: Handle,
        directory: Box<Directory>,
        outcome: Outcome,
    },
    /// A read of a file that is written too.
    Data {
        id: u32,
        result: Result<Bytes, Refusal>,
    },
    Written(Vec<(u32, Result<(), Refusal>)>),
}

/// What runs beside the conversation.
pub(super) type Running = Pin<Box<dyn Future<Output = Event> + Send>>;

/// The state of one conversation.
pub(super) struct Engine {
    context: Arc<Context>,
    backlog: Arc<Backlog>,
    output: Output,
    handles: Handles,
    /// INIT was answered.
    greeted: bool,
    reads: Reads,
    /// Reads that run, and the bytes they may become.
    reading: (usize, usize),
    ordered: VecDeque<Waiting>,
    /// Bytes of those, writes not counted.
    waiting_bytes: usize,
    /// One of them runs.
    busy: bool,
    running: FuturesUnordered<Running>,
    watches: FuturesUnordered<Watch>,
}

impl Engine {
    pub(super) fn new(
        context: Arc<Context>,
        handle: russh::server::Handle,
        channel: ChannelId,
        backlog: Arc<Backlog>,
    ) -> Self {
        Self {
            context,
            backlog,
            output: Output::new(handle, channel),
            handles: Handles::default(),
            greeted: false,
            reads: Reads::default(),
            reading: (0, 0),
            ordered: VecDeque::new(),
            waiting_bytes: 0,
            busy: false,
            running: FuturesUnordered::new(),
            watches: FuturesUnordered::new(),
        }
    }

    /// Takes a packet of the client: never waits.
    pub(super) fn take(&mut self, packet: Packet) -> Result<(), End> {
        let Packet { id, length, request } = packet;
        if self.output.bytes() > ANSWERS_MOST {
            return Err(Full.into());
        }
        match request {
            Ok(Request::Init { .. }) if !self.greeted => {
                self.greeted = true;
                self.output.write(reply::version);
            }
            _ if !self.greeted => return Err(End::OutOfPlace),
            Ok(Request::Init { .. }) => return Err(End::OutOfPlace),
            Err(misunderstood) => self.refuse(id, &misunderstood.into()),
            Ok(request) => self.enqueue(Waiting { id, length, request, held: None })?,
        }
        Ok(())
    }

    fn enqueue(&mut self, mut waiting: Waiting) -> Result<(), Full> {
        match waiting.request {
            Request::Read { handle, offset, length } => {
                if let Some(Open::Reading(file)) = self.handles.get(handle) {
                    let read = Read { id: waiting.id, file: file.clone(), offset, length };
                    return self.reads.push(read).ok_or(Full);
                }
                self.waiting_bytes += waiting.length;
            }
            Request::Write { .. } => waiting.held = Some(self.backlog.hold(waiting.length)),
            _ => self.waiting_bytes += waiting.length,
        }
        if self.ordered.len() >= REQUESTS_MOST || self.waiting_bytes > REQUEST_BYTES_MOST {
            return Err(Full);
        }
        self.ordered.push_back(waiting);
        Ok(())
    }

    /// Begins everything that can begin.
    pub(super) fn start(&mut self) {
        while self.may_read() {
            let Some(read) = self.reads.pop() else { break };
            self.start_read(read);
        }
        while !self.busy
            && let Some(next) = self.ordered.front()
            && (self.output.bytes() <= ANSWERS_AHEAD || needs_no_room(&next.request))
            && let Some(next) = self.ordered.pop_front()
        {
            self.start_ordered(next);
        }
        self.output.start();
    }

    fn may_read(&self) -> bool {
        let (count, bytes) = self.reading;
        // Under a limit the answers come in the order of the questions, not all of them late.
        let most = if self.context.identity.download.unlimited() { READS } else { 1 };
        count < most && self.output.bytes() + bytes < DATA_AHEAD
    }

    fn start_read(&mut self, read: Read) {
        let Read { id, file, offset, length } = read;
        match self.begin(&file.down, &file.path, offset) {
            Ok(transfer) => {
                let bytes = (length as usize).min(MOST_DATA);
                self.reading = (self.reading.0 + 1, self.reading.1 + bytes);
                let limit = self.context.identity.download.clone();
                self.running.push(Box::pin(async move {
                    let result = data::read(id, &file.file, offset, length, &transfer, &limit).await;
                    Event::Read { id, length: bytes, result }
                }));
            }
            Err(refusal) => self.refuse(id, &refusal),
        }
    }

    fn start_ordered(&mut self, next: Waiting) {
        let Waiting { id, length, request, held } = next;
        if held.is_none() {
            self.waiting_bytes -= length;
        }
        match request {
            Request::Write { handle, offset, data } => {
                let mut batch = Batch::default();
                batch.add(id, offset, data, held);
                self.start_write(handle, batch);
            }
            Request::Read { handle, offset, length } => self.start_ordered_read(id, handle, offset, length),
            Request::Readdir { handle } => self.start_readdir(id, handle),
            Request::Close { handle } => self.start_close(id, handle),
            request => match operations::begin(&self.context, &self.handles, request) {
                Ok(work) => self.run(async move { Ordered::Request { id, outcome: work.await } }),
                Err(refusal) => self.refuse(id, &refusal),
            },
        }
    }

    /// With all writes to the same file that come next.
    fn start_write(&mut self, handle: Handle, mut batch: Batch) {
        let context = self.context.clone();
        let most = context.identity.upload.piece(Batch::MOST);
        while batch.bytes() < most
            && let Some(Waiting { request: Request::Write { handle: next, .. }, .. }) = self.ordered.front()
            && *next == handle
            && let Some(Waiting { id, held, request: Request::Write { offset, data, .. }, .. }) =
                self.ordered.pop_front()
        {
            batch.add(id, offset, data, held);
        }
        let file = match self.editing(handle) {
            Ok(file) => file,
            Err(refusal) => return self.written(batch.refused(&refusal)),
        };
        match self.begin(&file.up, &file.path, batch.offset()) {
            Ok(transfer) => {
                self.run(async move { Ordered::Written(data::write(&context, &file.file, batch, &transfer).await) });
            }
            Err(refusal) => self.written(batch.refused(&refusal)),
        }
    }

    fn editing(&self, handle: Handle) -> Result<Arc<Editing>, Refusal> {
        match self.handles.get(handle) {
            Some(Open::Editing(file)) => Ok(file.clone()),
            Some(Open::Reading(_)) => Err(Refusal::new(reply::Code::PermissionDenied, "It is open for reading only")),
            Some(Open::Directory(_)) | None => Err(Refusal::no_handle()),
        }
    }

    fn start_ordered_read(&mut self, id: u32, handle: Handle, offset: u64, length: u32) {
        if let Some(Open::Reading(file)) = self.handles.get(handle) {
            let file: Arc<Reading> = file.clone();
            return self.start_read(Read { id, file, offset, length });
        }
        let begun = self.editing(handle).and_then(|file| {
            if file.file.reader().is_none() {
                return Err(Refusal::new(reply::Code::PermissionDenied, "It is open for writing only"));
            }
            let transfer = self.begin(&file.down, &file.path, offset)?;
            Ok((file, transfer))
        });
        let (file, transfer) = match begun {
            Ok(begun) => begun,
            Err(refusal) => return self.refuse(id, &refusal),
        };
        let limit = self.context.identity.download.clone();
        self.run(async move {
            let result = match file.file.reader() {
                Some(reader) => data::read(id, reader, offset, length, &transfer, &limit).await,
                None => Err(Refusal::no_handle()),
            };
            Ordered::Data { id, result }
        });
    }

    fn start_readdir(&mut self, id: u32, handle: Handle) {
        match self.handles.get_mut(handle) {
            Some(Open::Directory(open)) if open.is_some() => {
                let Some(mut directory) = open.take() else { return };
                self.run(async move {
                    let outcome = directories::read(&mut directory).await;
                    Ordered::Listed { id, handle, directory, outcome }
                });
            }
            _ => self.refuse(id, &Refusal::no_handle()),
        }
    }

    fn start_close(&mut self, id: u32, handle: Handle) {
        match self.handles.remove(handle) {
            Some(Open::Editing(file)) => {
                let context = self.context.clone();
                self.run(async move { Ordered::Request { id, outcome: data::close(&context, &file).await } });
            }
            Some(Open::Reading(_) | Open::Directory(_)) => self.output.write(|out| status(out, id, &Ok(()))),
            None => self.refuse(id, &Refusal::no_handle()),
        }
    }

    fn begin(&mut self, moving: &Arc<Moving>, path: &VPath, offset: u64) -> Result<Arc<TransferHandle>, Refusal> {
        let (transfer, watch) = moving.begin(&self.context.session, path, offset)?;
        self.watches.extend(watch);
        Ok(transfer)
    }

    fn run(&mut self, work: impl Future<Output = Ordered> + Send + 'static) {
        self.busy = true;
        self.running.push(Box::pin(async { Event::Ordered(work.await) }));
    }

    /// Waits until something has happened, and takes it in. Cancelled, nothing is lost.
    pub(super) async fn step(&mut self) {
        tokio::select! {
            Some(event) = self.running.next(), if !self.running.is_empty() => self.finish(event),
            Some(()) = self.watches.next(), if !self.watches.is_empty() => {}
            () = self.output.sent() => {}
        }
    }

    fn finish(&mut self, event: Event) {
        match event {
            Event::Read { id, length, result } => {
                self.reading = (self.reading.0 - 1, self.reading.1 - length);
                self.data(id, result);
            }
            Event::Ordered(done) => {
                self.busy = false;
                match done {
                    Ordered::Request { id, outcome } => self.answer(id, outcome),
                    Ordered::Data { id, result } => self.data(id, result),
                    Ordered::Written(results) => self.written(results),
                    Ordered::Listed { id, handle, directory, outcome } => {
                        if let Some(Open::Directory(open)) = self.handles.get_mut(handle) {
                            *open = Some(directory);
                        }
                        self.answer(id, outcome);
                    }
                }
            }
        }
    }

    fn answer(&mut self, id: u32, outcome: Outcome) {
        match outcome {
            Ok(Done::Ok) => self.output.write(|out| status(out, id, &Ok(()))),
            Ok(Done::Opened(open)) => {
                let handle = self.handles.insert(open);
                self.output.write(|out| reply::handle(out, id, handle));
            }
            Ok(Done::Answer(write)) => self.output.write(|out| write(out, id)),
            Err(refusal) => self.refuse(id, &refusal),
        }
    }

    fn data(&mut self, id: u32, result: Result<Bytes, Refusal>) {
        match result {
            Ok(data) => self.output.push(data),
            Err(refusal) => self.refuse(id, &refusal),
        }
    }

    fn written(&mut self, results: Vec<(u32, Result<(), Refusal>)>) {
        for (id, result) in results {
            self.output.write(|out| status(out, id, &result));
        }
    }

    fn refuse(&mut self, id: u32, refusal: &Refusal) {
        self.output.write(|out| reply::status(out, id, refusal.code, &refusal.text));
    }

    /// Whether everything that was asked is answered.
    pub(super) fn is_idle(&self) -> bool {
        self.reads.is_empty() && self.ordered.is_empty() && self.running.is_empty() && self.output.is_empty()
    }

    /// Whether the client has to take something before it gets more.
    pub(super) fn is_stuck(&self) -> bool {
        self.output.is_sending()
    }

    /// Since when it is so.
    pub(super) fn stalled_since(&self) -> Instant {
        self.output.since()
    }

    /// Nobody waits for answers any more; files are still written and closed.
    pub(super) fn hang_up(&mut self) {
        self.context.gone.cancel();
        self.output.close();
        self.reads.clear();
    }

    /// Puts aside what was not closed.
    pub(super) async fn close(mut self) {
        // Their work ends in the blocking pool, before what follows.
        self.running.clear();
        for open in self.handles.take_all() {
            if let Open::Editing(file) = open
                && let Err(error) = file.file.suspend().await
            {
                tracing::warn!(%error, "interrupted upload not put aside");
            }
        }
    }
}

fn needs_no_room(request: &Request) -> bool {
    matches!(request, Request::Write { .. } | Request::Close { .. })
}

impl From<Misunderstood> for Refusal {
    fn from(misunderstood: Misunderstood) -> Self {
        match misunderstood {
            Misunderstood::Truncated => Self::new(reply::Code::BadMessage, "The request ends too early"),
            Misunderstood::Unknown => Self::new(reply::Code::Unsupported, "There is no such request here"),
        }
    }
}
