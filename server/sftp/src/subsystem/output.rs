//! Answers on their way to the client.

use bytes::{Bytes, BytesMut};
use russh::{ChannelId, server::Handle};
use std::{collections::VecDeque, pin::Pin};
use tokio::time::Instant;

/// Small answers are sent together up to about so many bytes.
const TOGETHER: usize = 64 * 1024;

/// Answers that were not handed to SSH yet.
pub(super) struct Output {
    handle: Handle,
    channel: ChannelId,
    ready: VecDeque<Bytes>,
    /// Small answers, behind all that is ready.
    small: BytesMut,
    /// Of both, and of what is being sent.
    bytes: usize,
    sending: Option<Sending>,
    /// When the client last took something, or was first given something to take.
    since: Instant,
    /// Nobody is there any more to send to.
    closed: bool,
}

struct Sending {
    bytes: usize,
    done: Pin<Box<dyn Future<Output = bool> + Send>>,
}

impl Output {
    pub(super) fn new(handle: Handle, channel: ChannelId) -> Self {
        Self {
            handle,
            channel,
            ready: VecDeque::new(),
            small: BytesMut::new(),
            bytes: 0,
            sending: None,
            since: Instant::now(),
            closed: false,
        }
    }

    /// Adds a small answer.
    pub(super) fn write(&mut self, answer: impl FnOnce(&mut BytesMut)) {
        let before = self.small.len();
        answer(&mut self.small);
        self.bytes += self.small.len() - before;
        if self.small.len() >= TOGETHER {
            self.gather();
        }
    }

    /// Adds an answer without copying it.
    pub(super) fn push(&mut self, answer: Bytes) {
        self.gather();
        self.bytes += answer.len();
        self.ready.push_back(answer);
    }

    fn gather(&mut self) {
        if !self.small.is_empty() {
            self.ready.push_back(self.small.split().freeze());
        }
    }

    /// Bytes that wait for the client.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Since when the client has taken nothing.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Whether something is being sent.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Nothing can be sent any more.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.ready.clear();
        self.small.clear();
        (self.bytes, self.sending) = (0, None);
    }

    /// Begins to send, if there is something to send.
    pub(super) fn start(&mut self) {
        if self.closed {
            self.close();
        }
        if self.sending.is_some() {
            return;
        }
        if self.ready.is_empty() {
            self.gather();
        }
        let Some(next) = self.ready.pop_front() else { return };
        let (handle, channel, bytes) = (self.handle.clone(), self.channel, next.len());
        self.since = Instant::now();
        self.sending = Some(Sending { bytes, done: Box::pin(async move { handle.data(channel, next).await.is_ok() }) });
    }

    /// Waits until something was sent. Never, if nothing is being sent. Cancelled, the sending goes on with the next call.
    pub(super) async fn sent(&mut self) {
        let Some(sending) = &mut self.sending else { return std::future::pending().await };
        let sent = (&mut sending.done).await;
        self.bytes -= sending.bytes;
        self.sending = None;
        self.since = Instant::now();
        if !sent {
            self.close();
        }
    }
}
