//! The connection under SSH: cut at once when it has to end, and read in large pieces, or not at all while too much
//! waits for the disk.

use crate::hello::Hello;
use bytes::{Buf, BytesMut};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_util::{
    io::poll_read_buf,
    sync::{CancellationToken, WaitForCancellationFutureOwned},
};

/// How much is read at once by a connection that has little to say, and by one that fills it every time.
const READ: std::ops::RangeInclusive<usize> = 8 * 1024..=128 * 1024;
/// Bytes that may wait for the disk before reading pauses.
const BACKLOG_MOST: usize = 8 * 1024 * 1024;

/// Bytes of a connection that were received and wait for the disk. SSH itself cannot hold a client back: its window
/// opens as bytes arrive, so the connection is not read. That is safe because the disk does not wait for the client.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: AtomicUsize,
    reader: Mutex<Option<Waker>>,
}

impl Backlog {
    /// Counts `bytes` until the guard is dropped.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Held {
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Held { backlog: self.clone(), bytes }
    }

    fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        if self.has_room() {
            return Poll::Ready(());
        }
        *self.reader() = Some(cx.waker().clone());
        // What was released in between has found nobody to wake.
        if self.has_room() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn has_room(&self) -> bool {
        self.bytes.load(Ordering::Acquire) <= BACKLOG_MOST
    }

    fn reader(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that wait for the disk; released when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    backlog: Arc<Backlog>,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.backlog.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        if self.backlog.has_room()
            && let Some(reader) = self.backlog.reader().take()
        {
            reader.wake();
        }
    }
}

/// The connection under SSH.
pub(crate) struct Transport {
    stream: TcpStream,
    /// Read and not taken yet.
    buffer: BytesMut,
    /// How much is read at once.
    size: usize,
    backlog: Arc<Backlog>,
    cut: CancellationToken,
    is_cut: Pin<Box<WaitForCancellationFutureOwned>>,
    hello: Hello,
}

impl Transport {
    /// Ends with `cut`, whatever waits on it.
    pub(crate) fn new(stream: TcpStream, backlog: Arc<Backlog>, cut: CancellationToken, hello: Hello) -> Self {
        let is_cut = Box::pin(cut.clone().cancelled_owned());
        Self { stream, buffer: BytesMut::new(), size: *READ.start(), backlog, cut, is_cut, hello }
    }

    /// Reading and writing belong to one task, so one waker is enough.
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> bool {
        self.cut.is_cancelled() || self.is_cut.as_mut().poll(cx).is_ready()
    }

    /// Reads what there is. The next reading is larger if this one was full, and smaller if it was nearly empty, so that
    /// an idle connection has no large buffer.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.buffer.capacity() > 2 * self.size {
            self.buffer = BytesMut::new();
        }
        self.buffer.reserve(self.size);
        let read = ready!(poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.buffer))?;
        if read >= self.size {
            self.size = (self.size * 2).min(*READ.end());
        } else if read < self.size / 8 {
            self.size = (self.size / 2).max(*READ.start());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.poll_cut(cx) {
            return Poll::Ready(Ok(()));
        }
        if this.buffer.is_empty() {
            ready!(this.backlog.poll_room(cx));
            ready!(this.fill(cx))?;
            this.hello.listen(&this.buffer);
        }
        let taken = this.buffer.len().min(into.remaining());
        into.put_slice(&this.buffer[..taken]);
        this.buffer.advance(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.poll_cut(cx) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
