//! Messages that wait for a session to show them.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, futures::Notified};
use wharf_model::{chat::ChatMessage, ids::DomainId};

/// Messages that may wait in one session.
const MOST: usize = 20;

/// A message on its way to a user.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The message.
    pub message: ChatMessage,
    /// Whose the session was when it was written.
    pub domain: Option<DomainId>,
    /// It shall not wait for the next reply.
    pub now: bool,
}

impl Outgoing {
    /// As the user reads it.
    pub fn line(&self) -> String {
        format!("[{}] {}", self.message.who, self.message.text)
    }
}

/// What waits. Takes no memory while nothing does.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    /// Somebody wants a message to go out without waiting for a reply.
    urgent: Notify,
    /// There is a message, urgent or not.
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Outgoing>,
    /// The session is over.
    closed: bool,
}

impl Outbox {
    /// False if the session is over or too much waits already.
    pub(crate) fn push(&self, outgoing: Outgoing) -> bool {
        let urgent = outgoing.now;
        let mut waiting = self.lock();
        if waiting.closed || waiting.messages.len() >= MOST {
            return false;
        }
        waiting.messages.push_back(outgoing);
        drop(waiting);
        if urgent {
            self.urgent.notify_one();
        }
        self.arrived.notify_waiters();
        true
    }

    /// Everything that waits, in order; the caller shows it.
    pub fn take(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.lock().messages).into()
    }

    /// Resolves when a message is not to wait any longer.
    pub async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Resolves at the next message. Whoever wants to miss none enables it (`Notified::enable`), then takes what waits.
    pub fn arrived(&self) -> Notified<'_> {
        self.arrived.notified()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lock().messages.len() >= MOST
    }

    pub(crate) fn close(&self) -> Vec<Outgoing> {
        let mut waiting = self.lock();
        waiting.closed = true;
        std::mem::take(&mut waiting.messages).into()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
