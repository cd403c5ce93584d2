//! What viewers see change: collects changes of sessions and publishes them, at most every 200 ms, encoded once for all
//! viewers with full sight.
//!
//! A viewer subscribes first and takes a [`Registry::snapshot`] then; ticks it receives from before the snapshot only
//! repeat what the snapshot has. Whoever lags behind takes a new snapshot and goes on.

use crate::{
    clock::Clock,
    permits::{Owner, Scope},
    sessions::{Registry, Session},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::broadcast, time::MissedTickBehavior};
use wharf_model::{
    ids::SessionId,
    live::{Delta, Frame, HEARTBEAT_MS, SAMPLE_MS, SAMPLES, Sample, Snapshot, TICK_MS},
    sessions::{Progress, SessionRow},
};

/// Ticks a viewer may be behind before it gets a snapshot instead: about three seconds.
const BACKLOG: usize = 16;

/// Collects what changed since the last tick.
#[derive(Debug)]
pub struct Feed {
    pending: Mutex<Pending>,
    /// Sessions with a running transfer: the only ones whose numbers move by themselves.
    active: Mutex<HashMap<SessionId, Arc<Session>>>,
    history: Mutex<VecDeque<Sample>>,
    revision: AtomicU64,
    ticks: broadcast::Sender<Arc<Tick>>,
}

#[derive(Debug, Default)]
struct Pending {
    changed: Vec<SessionId>,
    gone: Vec<(Owner, SessionId)>,
}

/// One publication.
#[derive(Debug)]
pub struct Tick {
    delta: Delta,
    /// Whose each of `delta.upserts`, `.progress` and `.gone` is, for viewers with narrower sight.
    owners: [Vec<Owner>; 3],
    /// The delta as the frame for viewers who see everything.
    frame: Arc<str>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self {
            pending: Mutex::default(),
            active: Mutex::default(),
            history: Mutex::default(),
            revision: AtomicU64::new(0),
            ticks: broadcast::channel(BACKLOG).0,
        }
    }

    /// Ticks from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Tick>> {
        self.ticks.subscribe()
    }

    /// A field of the session's row changed. `pending` is the session's mark that it waits here already.
    pub(crate) fn changed(&self, id: SessionId, pending: &AtomicBool) {
        if !pending.swap(true, Ordering::AcqRel) {
            self.pending().changed.push(id);
        }
    }

    /// The session has left.
    pub(crate) fn gone(&self, session: &Session) {
        self.deactivate(session.id);
        self.hidden(session.id, session.owner());
    }

    /// The session is no longer `owner`'s. Viewers who still see it get its row again.
    pub(crate) fn hidden(&self, id: SessionId, owner: Owner) {
        self.pending().gone.push((owner, id));
    }

    pub(crate) fn activate(&self, session: &Arc<Session>) {
        lock(&self.active).insert(session.id, session.clone());
    }

    pub(crate) fn deactivate(&self, id: SessionId) {
        lock(&self.active).remove(&id);
    }

    pub(crate) fn active(&self) -> Vec<Arc<Session>> {
        lock(&self.active).values().cloned().collect()
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        lock(&self.pending)
    }

    fn sample(&self, sample: Sample) {
        let mut history = lock(&self.history);
        if history.len() >= SAMPLES {
            history.pop_front();
        }
        history.push_back(sample);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    /// Everything in `scope`, as the first frame of a viewer.
    pub fn snapshot(&self, scope: &Scope, now: i64) -> Snapshot {
        let feed = self.feed();
        let revision = feed.revision.load(Ordering::Acquire);
        let rows = self.list(scope).iter().map(|session| session.row(now)).collect();
        // The throughput of the whole server is nobody's business but the administrators'.
        let history = match scope {
            Scope::All => lock(&feed.history).iter().copied().collect(),
            Scope::Domains(_) | Scope::Account(_) => Vec::new(),
        };
        Snapshot { revision, now, rows, stats: self.stats(scope), history }
    }

    /// Publishes what changed since the last call. With `beat` it publishes even if nothing did, and adds a point to
    /// the history.
    pub fn publish(&self, now: i64, beat: bool) -> Option<Arc<Tick>> {
        let feed = self.feed();
        let Pending { changed, gone } = std::mem::take(&mut *feed.pending());
        let mut delta = Delta { now, ..Delta::default() };
        let mut owners: [Vec<Owner>; 3] = Default::default();
        for session in changed.into_iter().filter_map(|id| self.get(id)) {
            // Before the row is read: what changes from here on is news again.
            session.pending.store(false, Ordering::Release);
            if session.left.load(Ordering::Acquire) {
                continue;
            }
            session.measure(now);
            owners[0].push(session.owner());
            delta.upserts.push(session.row(now));
        }
        let written: std::collections::HashSet<_> = delta.upserts.iter().map(|row| row.id).collect();
        for session in feed.active() {
            let moved = session.measure(now);
            if (moved || beat) && !written.contains(&session.id) {
                owners[1].push(session.owner());
                delta.progress.push(session.progress(now));
            }
        }
        (owners[2], delta.gone) = gone.into_iter().unzip();
        if !beat && delta.upserts.is_empty() && delta.progress.is_empty() && delta.gone.is_empty() {
            return None;
        }
        delta.stats = self.stats(&Scope::All);
        if beat {
            let sample = Sample { download_rate: delta.stats.download_rate, upload_rate: delta.stats.upload_rate };
            feed.sample(sample);
            delta.sample = Some(sample);
        }
        delta.revision = feed.revision.fetch_add(1, Ordering::AcqRel) + 1;
        // Nobody watches: spare the encoding.
        if feed.ticks.receiver_count() == 0 {
            return None;
        }
        let frame = encode(&Frame::Delta(delta.clone()));
        let tick = Arc::new(Tick { delta, owners, frame });
        // An error only says that the last viewer has just left.
        let _ = feed.ticks.send(tick.clone());
        Some(tick)
    }

    /// The delta of `tick` as a viewer with `scope` may see it, encoded.
    pub fn frame(&self, tick: &Tick, scope: &Scope) -> Arc<str> {
        if *scope == Scope::All {
            return tick.frame.clone();
        }
        let [upserts, progress, gone] = &tick.owners;
        let stats = self.stats(scope);
        encode(&Frame::Delta(Delta {
            revision: tick.delta.revision,
            now: tick.delta.now,
            upserts: in_scope::<SessionRow>(&tick.delta.upserts, upserts, scope),
            progress: in_scope::<Progress>(&tick.delta.progress, progress, scope),
            gone: in_scope::<SessionId>(&tick.delta.gone, gone, scope),
            stats,
            sample: tick
                .delta
                .sample
                .map(|_| Sample { download_rate: stats.download_rate, upload_rate: stats.upload_rate }),
        }))
    }
}

fn in_scope<T: Clone>(items: &[T], owners: &[Owner], scope: &Scope) -> Vec<T> {
    items.iter().zip(owners).filter(|(_, owner)| scope.sees(**owner)).map(|(item, _)| item.clone()).collect()
}

/// A frame as the text that goes over the socket.
pub fn encode(frame: &Frame) -> Arc<str> {
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Publishes for ever: every 200 ms what changed, and a heartbeat every two seconds.
pub async fn run(registry: Arc<Registry>, clock: Clock) {
    const _: () = assert!(HEARTBEAT_MS == SAMPLE_MS as u64, "a heartbeat carries a sample");
    let mut interval = tokio::time::interval(Duration::from_millis(TICK_MS));
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut next_beat = tokio::time::Instant::now();
    loop {
        let at = interval.tick().await;
        let beat = at >= next_beat;
        if beat {
            next_beat = at + Duration::from_millis(HEARTBEAT_MS);
        }
        registry.publish(clock.now(), beat);
    }
}
