//! What happens, for webhooks: noted in memory where it happens, stored within moments by
//! [`Core::keep_events`](crate::Core::keep_events).

use serde_json::Value;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::Notify;
use wharf_model::webhooks::WebhookEvent;

/// Events that wait to be stored. The store takes thousands at once, so only a store that does not answer gets here.
const MOST: usize = 20_000;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    pub(crate) event: WebhookEvent,
    pub(crate) at: i64,
    pub(crate) data: Value,
}

/// What happened and is not stored yet.
#[derive(Debug, Default)]
pub struct Events {
    /// A bit for each event that some webhook is told, so that the others cost nothing.
    wanted: AtomicU32,
    waiting: Mutex<Vec<Occurrence>>,
    arrived: Notify,
}

fn bit(event: WebhookEvent) -> u32 {
    1 << event as u32
}

impl Events {
    /// Notes that something happened, if anybody is to be told of it.
    pub(crate) fn happened(&self, event: WebhookEvent, at: i64, data: impl FnOnce() -> Value) {
        if self.wanted.load(Ordering::Relaxed) & bit(event) == 0 {
            return;
        }
        let occurrence = Occurrence { event, at, data: data() };
        let mut waiting = self.waiting();
        if waiting.len() == MOST {
            drop(waiting);
            tracing::error!(event = event.word(), "event lost: the store does not take any");
            return;
        }
        waiting.push(occurrence);
        drop(waiting);
        self.arrived.notify_one();
    }

    /// From now on these are noted.
    pub(crate) fn want(&self, events: impl IntoIterator<Item = WebhookEvent>) {
        self.wanted.store(events.into_iter().map(bit).fold(0, |all, bit| all | bit), Ordering::Relaxed);
    }

    /// Waits until something has happened.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// What has happened since the last call.
    pub(crate) fn take(&self) -> Vec<Occurrence> {
        std::mem::take(&mut *self.waiting())
    }

    /// Gives back what could not be stored.
    pub(crate) fn put_back(&self, mut occurrences: Vec<Occurrence>) {
        let mut waiting = self.waiting();
        occurrences.append(&mut waiting);
        occurrences.truncate(MOST);
        *waiting = occurrences;
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Occurrence>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
