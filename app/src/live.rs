//! The live picture of the server: one signal pair per session, fed by the frames of `GET /live`.
//!
//! The server renders with [`Live::seed`]; the browser seeds the same rows while it hydrates and opens the socket in
//! an effect. A frame touches the signals of the rows it names and nothing else; [`Live::take_dirty`] tells the table
//! when sorting again is worth while. What is no picture of sessions, log lines and messages for example, goes to who
//! asked for it with [`Live::hear`].

pub(crate) mod line;
pub mod news;
mod socket;

use crate::clock::Clock;
use leptos::prelude::*;
use std::collections::{HashMap, VecDeque};
use wharf_model::{
    ids::SessionId,
    live::{ByeReason, Delta, Frame, SAMPLES, Sample, Snapshot, Stats},
    sessions::{Progress, SessionRow},
};

/// How the page is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveState {
    /// The first connection is being made.
    #[default]
    Connecting,
    /// Frames come in.
    Live,
    /// The line is gone; another try comes at this time of the browser's clock.
    Disconnected {
        /// When.
        retry_at: i64,
    },
    /// The line is gone and another try is on its way.
    Reconnecting,
    /// The server ended the panel session.
    SignedOut,
}

/// The signals of one session. A copy stays readable after the session has ended.
#[derive(Clone, Debug)]
pub struct LiveRow {
    /// Which session.
    pub id: SessionId,
    /// Tells rows apart that had the same id one after another.
    pub serial: u32,
    /// The whole row. Notifies when something other than the moving numbers changes; those are up to date in it all
    /// the same, for whoever reads it untracked.
    pub facts: ArcRwSignal<SessionRow>,
    /// The moving numbers.
    pub moving: ArcRwSignal<Progress>,
    /// The session is over.
    pub ended: ArcRwSignal<bool>,
}

impl PartialEq for LiveRow {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

impl LiveRow {
    fn new(row: SessionRow, serial: u32) -> Self {
        Self {
            id: row.id,
            serial,
            moving: ArcRwSignal::new(moving(&row)),
            facts: ArcRwSignal::new(row),
            ended: ArcRwSignal::new(false),
        }
    }

    fn set(&self, row: SessionRow) {
        let numbers = moving(&row);
        if *self.moving.read_untracked() != numbers {
            self.moving.set(numbers);
        }
        self.facts.set(row);
    }

    fn advance(&self, progress: Progress) {
        self.facts.update_untracked(|row| progress.apply_to(row));
        self.moving.set(progress);
    }

    /// The row as it is now, without following it.
    pub fn now(&self) -> SessionRow {
        self.facts.get_untracked()
    }
}

fn moving(row: &SessionRow) -> Progress {
    Progress {
        id: row.id,
        state: row.state,
        speed: row.speed,
        progress: row.progress,
        done: row.done,
        bytes_in: row.bytes_in,
        bytes_out: row.bytes_out,
        last_active: row.last_active,
    }
}

/// What changed since somebody last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dirty {
    /// Nothing.
    #[default]
    Nothing,
    /// Speeds, bytes, idle times.
    Numbers,
    /// Sessions came, went or changed.
    Rows,
}

/// A change held back while the picture is paused.
#[derive(Clone, Debug)]
enum Held {
    Row(Box<SessionRow>),
    Numbers(Progress),
    Gone,
}

/// The live picture, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    clock: Clock,
    rows: StoredValue<HashMap<SessionId, LiveRow>>,
    serial: StoredValue<u32>,
    revision: StoredValue<u64>,
    dirty: StoredValue<Dirty>,
    held: StoredValue<HashMap<SessionId, Held>>,
    /// Whether all sessions in scope are here; the server renders with the first few only.
    pub complete: RwSignal<bool>,
    /// How the page is connected.
    pub state: RwSignal<LiveState>,
    /// Whether changes of rows are held back.
    pub paused: RwSignal<bool>,
    /// How many sessions changed since the pause.
    pub waiting: RwSignal<u64>,
    /// Totals.
    pub stats: RwSignal<Stats>,
    /// Throughput, oldest first.
    pub history: RwSignal<VecDeque<Sample>>,
    /// When the last frame came, server time.
    pub updated: RwSignal<i64>,
    /// How often the page has been connected. Who shows something that frames only add to asks for it again then.
    pub connections: RwSignal<u32>,
    news: news::News,
    socket: socket::Socket,
}

impl Live {
    /// Empty and not connected.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            rows: StoredValue::default(),
            serial: StoredValue::default(),
            revision: StoredValue::default(),
            dirty: StoredValue::default(),
            held: StoredValue::default(),
            complete: RwSignal::new(false),
            state: RwSignal::default(),
            paused: RwSignal::new(false),
            waiting: RwSignal::new(0),
            stats: RwSignal::default(),
            history: RwSignal::default(),
            updated: RwSignal::new(0),
            connections: RwSignal::new(0),
            news: news::News::default(),
            socket: socket::Socket::default(),
        }
    }

    /// The picture the page begins with; the same on the server and while hydrating.
    pub fn seed(self, snapshot: Snapshot) {
        self.clock.set(snapshot.now);
        self.show(snapshot);
    }

    /// A picture that was asked for. It is dropped if the frames are ahead of it, which is as good.
    pub fn refresh(self, snapshot: Snapshot) {
        self.clock.set(snapshot.now);
        if snapshot.revision >= self.revision.get_value() || self.state.get_untracked() != LiveState::Live {
            self.show(snapshot);
        } else {
            self.release();
        }
    }

    /// Takes a frame in.
    fn take(self, frame: Frame) {
        match frame {
            Frame::Snapshot(snapshot) => {
                self.clock.set(snapshot.now);
                if self.paused.get_untracked() && !self.rows.with_value(HashMap::is_empty) {
                    self.hold_snapshot(snapshot);
                } else {
                    self.show(snapshot);
                }
            }
            // A tick from before the snapshot, which has it already.
            Frame::Delta(delta) if delta.revision <= self.revision.get_value() => {}
            Frame::Delta(delta) => self.change(delta),
            Frame::Bye { reason: ByeReason::SignedOut } => self.state.set(LiveState::SignedOut),
            Frame::Bye { reason: ByeReason::Shutdown } => {}
            news @ (Frame::Log(_) | Frame::Chat(_) | Frame::Changed(_)) => self.news.tell(&news),
        }
    }

    fn show(self, snapshot: Snapshot) {
        self.held.update_value(HashMap::clear);
        self.waiting.set(0);
        let mut before = self.rows.try_update_value(std::mem::take).unwrap_or_default();
        let complete = snapshot.rows.len() >= snapshot.stats.online as usize;
        let rows = snapshot.rows.into_iter().map(|row| (row.id, self.enter(before.remove(&row.id), row))).collect();
        self.rows.set_value(rows);
        for row in before.into_values() {
            row.ended.set(true);
        }
        self.revision.set_value(snapshot.revision);
        self.stats.set(snapshot.stats);
        self.history.set(snapshot.history.into());
        self.complete.set(complete);
        self.updated.set(snapshot.now);
        self.soil(Dirty::Rows);
    }

    fn change(self, delta: Delta) {
        self.clock.set(delta.now);
        self.revision.set_value(delta.revision);
        if self.stats.get_untracked() != delta.stats {
            self.stats.set(delta.stats);
        }
        if let Some(sample) = delta.sample {
            self.history.update(|history| {
                history.push_back(sample);
                let surplus = history.len().saturating_sub(SAMPLES);
                history.drain(..surplus);
            });
        }
        self.updated.set(delta.now);
        if self.paused.get_untracked() {
            self.hold(delta);
        } else {
            self.apply(&delta.gone, delta.upserts, delta.progress);
        }
    }

    /// Rows that left go first: `upserts` may bring one of them back.
    fn apply(self, gone: &[SessionId], upserts: Vec<SessionRow>, progress: Vec<Progress>) {
        if !gone.is_empty() || !upserts.is_empty() {
            self.soil(Dirty::Rows);
        } else if !progress.is_empty() {
            self.soil(Dirty::Numbers);
        }
        let mut left = HashMap::new();
        self.rows.update_value(|rows| left.extend(gone.iter().filter_map(|id| rows.remove_entry(id))));
        for row in upserts {
            let id = row.id;
            let known = left.remove(&id).or_else(|| self.row(id));
            let live = self.enter(known, row);
            self.rows.update_value(|rows| {
                rows.insert(id, live);
            });
        }
        for numbers in progress {
            if let Some(row) = self.row(numbers.id) {
                row.advance(numbers);
            }
        }
        for row in left.into_values() {
            row.ended.set(true);
        }
    }

    fn enter(self, known: Option<LiveRow>, row: SessionRow) -> LiveRow {
        if let Some(live) = known {
            if *live.facts.read_untracked() != row {
                live.set(row);
            }
            return live;
        }
        let serial = self.serial.try_update_value(|serial| {
            *serial += 1;
            *serial
        });
        LiveRow::new(row, serial.unwrap_or_default())
    }

    /// The session's signals, while it lives.
    pub fn row(self, id: SessionId) -> Option<LiveRow> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    /// Reads all rows, untracked.
    pub fn with_rows<T>(self, read: impl FnOnce(&HashMap<SessionId, LiveRow>) -> T) -> T {
        self.rows.with_value(read)
    }

    /// What changed since the last call.
    pub fn take_dirty(self) -> Dirty {
        self.dirty.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Puts back what [`Live::take_dirty`] took and nobody used.
    pub fn soil(self, dirty: Dirty) {
        self.dirty.update_value(|before| *before = dirty.max(*before));
    }

    /// Holds changes of rows back, or lets them through again.
    pub fn pause(self, paused: bool) {
        self.paused.set(paused);
        if !paused {
            self.release();
        }
    }

    fn hold(self, delta: Delta) {
        self.held.update_value(|held| {
            for id in delta.gone {
                held.insert(id, Held::Gone);
            }
            for row in delta.upserts {
                held.insert(row.id, Held::Row(Box::new(row)));
            }
            for numbers in delta.progress {
                match held.get_mut(&numbers.id) {
                    Some(Held::Row(row)) => numbers.apply_to(row),
                    Some(Held::Gone) => {}
                    _ => {
                        held.insert(numbers.id, Held::Numbers(numbers));
                    }
                }
            }
        });
        self.waiting.set(self.held.with_value(HashMap::len) as u64);
    }

    /// A snapshot that comes during a pause, after a reconnect for example, is held back like any other change.
    fn hold_snapshot(self, snapshot: Snapshot) {
        let mut missing: Vec<SessionId> = self.rows.with_value(|rows| rows.keys().copied().collect());
        let present: std::collections::HashSet<_> = snapshot.rows.iter().map(|row| row.id).collect();
        missing.retain(|id| !present.contains(id));
        self.revision.set_value(snapshot.revision);
        self.stats.set(snapshot.stats);
        self.history.set(snapshot.history.into());
        self.updated.set(snapshot.now);
        let changed = snapshot.rows.into_iter().filter(|row| self.row(row.id).is_none_or(|live| live.now() != *row));
        self.held.update_value(HashMap::clear);
        self.hold(Delta { upserts: changed.collect(), gone: missing, ..Delta::default() });
        self.complete.set(true);
    }

    fn release(self) {
        let held = self.held.try_update_value(std::mem::take).unwrap_or_default();
        self.waiting.set(0);
        let (mut gone, mut upserts, mut progress) = (Vec::new(), Vec::new(), Vec::new());
        for (id, change) in held {
            match change {
                Held::Row(row) => upserts.push(*row),
                Held::Numbers(numbers) => progress.push(numbers),
                Held::Gone => gone.push(id),
            }
        }
        self.apply(&gone, upserts, progress);
    }

    /// Connects, and connects again whenever the line breaks. Call it once, in the browser.
    pub fn connect(self) {
        self.socket.open(self);
    }

    /// Does not wait for the next try.
    pub fn retry(self) {
        if matches!(self.state.get_untracked(), LiveState::Disconnected { .. }) {
            self.socket.open(self);
        }
    }

    /// Hands log lines, messages and changes to `listener` until the owner it was called under goes.
    pub fn hear(self, listener: Callback<Frame>) {
        self.news.hear(listener);
    }

    /// Asks for the lines of a session's log from number `next` on, as they come, until the owner it was called under
    /// goes. After a break of the line it goes on with what `next` is then.
    pub fn follow_log(self, session: SessionId, next: RwSignal<u64>) {
        self.news.follow(self.socket, session, next);
    }

    /// The line stands: whatever is followed has to be asked for on it.
    fn connected(self) {
        self.news.follow_again(self.socket);
        self.connections.update(|connections| *connections += 1);
    }

    /// Closes the socket for good.
    pub fn close(self) {
        self.socket.close();
    }
}

/// The live picture of the page. Outside of a signed-in page it is empty.
pub fn use_live() -> Live {
    use_context().unwrap_or_else(|| Live::new(crate::clock::use_clock()))
}

#[cfg(test)]
mod tests;
