//! One connection of a client: what it is, what it does, and the way to end it.

use super::{Connection, Ending, Registry};
use crate::{
    accounts::Identity,
    chat::Outbox,
    clock::Clock,
    events::Events,
    kicks::User,
    live::Feed,
    logs::{Block, Ended, Logs, Ring},
    permits::Owner,
    random,
    transfers::{Begin, Transfer, TransferHandle},
    webhooks::about,
};
use serde_json::json;
use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use wharf_model::{
    ids::{DomainId, SessionId, TransferId},
    logs::{EndedSession, LineKind, LogLine},
    sessions::{Direction, Protocol},
    webhooks::WebhookEvent,
};

pub(super) const LOGGING_IN: &str = "logging in";
/// And before the first command after it.
pub(super) const LOGGED_IN: &str = "logged in";

/// One connection of a client: what it is, what it does, and the way to end it.
#[derive(Debug)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// What it speaks.
    pub protocol: Protocol,
    /// The client's address and port.
    pub peer: SocketAddr,
    /// The address of ours that it reached.
    pub local: SocketAddr,
    /// When it was accepted.
    pub connected: i64,
    pub(super) node: Arc<str>,
    clock: Clock,
    feed: Arc<Feed>,
    pub(super) secure: AtomicBool,
    pub(super) last_active: AtomicI64,
    pub(super) bytes_in: AtomicU64,
    pub(super) bytes_out: AtomicU64,
    /// Commands under way that a stop waits for.
    occupied: AtomicU32,
    facts: Mutex<Facts>,
    /// The newest lines of the log. No other lock is taken while it is held.
    log: Mutex<Ring>,
    logs: Arc<Logs>,
    events: Arc<Events>,
    outbox: Outbox,
    /// Why the connection ended, as its protocol saw it.
    farewell: OnceLock<&'static str>,
    /// Cancelled once, by whoever ends the session; the protocol's task and its transfers wait for it.
    kill: CancellationToken,
    pub(super) ending: OnceLock<Ending>,
    /// Set when the connection is gone, so that a late change does not bring the row back.
    pub(crate) left: AtomicBool,
    /// Whether the session waits in the feed already.
    pub(crate) pending: AtomicBool,
}

#[derive(Debug)]
pub(super) struct Facts {
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) logon: i64,
    pub(super) status: Cow<'static, str>,
    pub(super) cwd: Option<String>,
    pub(super) client: Option<String>,
    pub(super) encryption: Option<String>,
    pub(super) transfers: Vec<Arc<Transfer>>,
}

impl Session {
    pub(super) fn new(connection: Connection, now: i64, registry: &Registry) -> Self {
        Self {
            id: SessionId(random::id(&registry.clock)),
            protocol: connection.protocol,
            peer: SocketAddr::new(connection.peer.ip().to_canonical(), connection.peer.port()),
            local: SocketAddr::new(connection.local.ip().to_canonical(), connection.local.port()),
            connected: now,
            node: registry.node.clone(),
            clock: registry.clock.clone(),
            feed: registry.feed.clone(),
            secure: AtomicBool::new(connection.secure),
            last_active: AtomicI64::new(now),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            occupied: AtomicU32::new(0),
            facts: Mutex::new(Facts {
                identity: None,
                logon: now,
                status: Cow::Borrowed(LOGGING_IN),
                cwd: None,
                client: None,
                encryption: None,
                transfers: Vec::new(),
            }),
            log: Mutex::default(),
            logs: registry.logs().clone(),
            events: registry.events.clone(),
            outbox: Outbox::default(),
            farewell: OnceLock::new(),
            kill: CancellationToken::new(),
            ending: OnceLock::new(),
            left: AtomicBool::new(false),
            pending: AtomicBool::new(false),
        }
    }

    /// The client's address; an IPv4 address mapped into IPv6 is given as IPv4.
    pub fn ip(&self) -> IpAddr {
        self.peer.ip()
    }

    /// The time, in milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Who is logged in.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        self.facts().identity.clone()
    }

    /// The domain of who is logged in.
    pub fn domain(&self) -> Option<DomainId> {
        self.owner().domain
    }

    /// Whose it is.
    pub fn owner(&self) -> Owner {
        self.facts().identity.as_deref().map(Identity::owner).unwrap_or_default()
    }

    /// Notes a command for the status column. `activity` is false for commands that only keep the line open (NOOP):
    /// they do not end an idle time.
    pub fn command(&self, verb: impl Into<Cow<'static, str>>, activity: bool) {
        if activity {
            self.last_active.store(self.clock.now(), Ordering::Relaxed);
        }
        self.facts().status = verb.into();
        self.touch();
    }

    /// How long the client has not asked for anything at `now`, nor moved a byte.
    pub fn idle(&self, now: i64) -> Duration {
        let ms = now.saturating_sub(self.last_active.load(Ordering::Relaxed));
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    /// Notes the current directory, printable.
    pub fn set_cwd(&self, cwd: String) {
        self.facts().cwd = Some(cwd);
        self.touch();
    }

    /// Notes what the client calls itself, printable and not too long.
    pub fn set_client(&self, client: String) {
        self.facts().client = Some(client);
        self.touch();
    }

    /// Notes that the control channel is encrypted from now on, and how; `None` when it is in clear again.
    pub fn set_encryption(&self, encryption: Option<String>) {
        self.secure.store(encryption.is_some(), Ordering::Relaxed);
        self.note(LineKind::Event, &format!("encryption: {}", encryption.as_deref().unwrap_or("none")));
        self.facts().encryption = encryption;
        self.touch();
    }

    /// A file begins to move. The handle is the protocol's; dropping it ends the transfer's row.
    pub fn begin_transfer(self: &Arc<Self>, begin: Begin) -> TransferHandle {
        let now = self.clock.now();
        let id = TransferId(random::id(&self.clock));
        let transfer = Arc::new(Transfer::new(id, begin, now, self.kill.child_token()));
        self.facts().transfers.push(transfer.clone());
        self.last_active.store(now, Ordering::Relaxed);
        self.feed.activate(self);
        self.touch();
        TransferHandle::new(transfer, self.clone())
    }

    pub(crate) fn end_transfer(self: &Arc<Self>, transfer: &Arc<Transfer>) {
        let idle = {
            let mut facts = self.facts();
            facts.transfers.retain(|other| !Arc::ptr_eq(other, transfer));
            facts.transfers.is_empty()
        };
        let now = self.clock.now();
        self.last_active.store(now, Ordering::Relaxed);
        self.note(LineKind::Event, &transfer.summary(now));
        self.events.happened(
            WebhookEvent::TransferDone,
            now,
            || json!({"session": about(self, now), "transfer": transfer.told(now)}),
        );
        if idle {
            self.feed.deactivate(self.id);
        }
        self.touch();
    }

    /// Counts bytes that moved outside a [`TransferHandle`], listings for example.
    pub fn count(&self, direction: Direction, bytes: u64) {
        match direction {
            Direction::Download => self.bytes_out.fetch_add(bytes, Ordering::Relaxed),
            Direction::Upload => self.bytes_in.fetch_add(bytes, Ordering::Relaxed),
        };
    }

    /// The session is at something that a stop waits for, though no byte may move yet: a data connection that is being
    /// opened, a listing. It is over when the guard is dropped.
    pub fn occupy(self: &Arc<Self>) -> Occupied {
        self.occupied.fetch_add(1, Ordering::Relaxed);
        Occupied(self.clone())
    }

    /// Whether a stop should wait for it.
    pub(super) fn is_occupied(&self) -> bool {
        self.occupied.load(Ordering::Relaxed) > 0 || !self.facts().transfers.is_empty()
    }

    /// Stops all running transfers, or `only` one of them; the session goes on. The paths of what was stopped.
    pub fn abort_transfers(&self, only: Option<TransferId>) -> Vec<String> {
        let mut transfers = self.facts().transfers.clone();
        transfers.retain(|transfer| only.is_none_or(|id| transfer.id == id) && !transfer.is_aborted());
        for transfer in &transfers {
            transfer.abort();
        }
        transfers.iter().map(|transfer| transfer.path.clone()).collect()
    }

    /// Tells the session to end. The first cause stays. False if it was ending already.
    pub fn end(self: &Arc<Self>, ending: Ending) -> bool {
        let first = self.ending.set(ending).is_ok();
        self.kill.cancel();
        self.touch();
        first
    }

    /// Resolves when the session is told to end.
    pub async fn killed(&self) {
        self.kill.cancelled().await;
    }

    /// Why the session was told to end, if it was.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// Messages that wait for the protocol to show them.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Notes why the connection ends, in a few words: `client quit`. The first reason stays.
    pub fn farewell(&self, why: &'static str) {
        // A second reason is a consequence of the first.
        let _ = self.farewell.set(why);
    }

    /// Adds a line to the log. Secrets are the caller's to mask; control characters are replaced here.
    pub fn note(&self, kind: LineKind, text: &str) {
        let old = self.log().push(self.clock.now(), kind, text);
        if let Some((first, lines)) = old {
            self.logs.put_away(self.block(self.domain(), first, lines));
        }
    }

    /// Lines in memory from number `from` on.
    pub(crate) fn log_lines(&self, from: u64) -> Vec<LogLine> {
        self.log().from(from)
    }

    /// Number of the oldest line in memory, and of the next one to come.
    pub(crate) fn log_span(&self) -> (u64, u64) {
        self.log().span()
    }

    /// What was said so far belongs to `domain`, and not to whoever logs in next.
    pub(super) fn close_log(&self, domain: Option<DomainId>) {
        let (first, lines) = self.log().take();
        self.logs.put_away(self.block(domain, first, lines));
    }

    /// The session has left, as of `now`: what remains of it.
    pub(super) fn put_away(&self, now: i64) {
        let why = self.why();
        self.note(LineKind::Event, &format!("disconnected: {why}"));
        let user = User::of(self);
        let (first, lines) = self.log().take();
        let block = self.block(user.as_ref().map(|user| user.domain), first, lines);
        let worth_it = user.is_some();
        let session = EndedSession { row: self.row(now), connected: self.connected, ended: now, why };
        self.logs.put_away_session(Ended { session, ip: self.ip(), user, kept: None }, block, worth_it, now);
    }

    /// Why the connection has ended.
    pub(super) fn why(&self) -> String {
        match self.ending() {
            Some(ending) => ending.why(),
            None => (*self.farewell.get().unwrap_or(&"connection lost")).to_owned(),
        }
    }

    fn block(&self, domain: Option<DomainId>, first: u64, lines: Vec<crate::logs::Line>) -> Block {
        Block { session: self.id, domain, first, lines }
    }

    fn log(&self) -> MutexGuard<'_, Ring> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the moved bytes into the speeds; true if any moved. Called by the publisher.
    pub(crate) fn measure(&self, now: i64) -> bool {
        let transfers = self.facts().transfers.clone();
        let mut moved = false;
        for transfer in &transfers {
            moved |= transfer.measure(now);
        }
        if moved {
            self.last_active.store(now, Ordering::Relaxed);
        }
        moved
    }

    /// Tells viewers that something changed.
    pub(super) fn touch(&self) {
        self.feed.changed(self.id, &self.pending);
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Session::occupy`].
#[derive(Debug)]
pub struct Occupied(Arc<Session>);

impl Drop for Occupied {
    fn drop(&mut self) {
        self.0.occupied.fetch_sub(1, Ordering::Relaxed);
    }
}
