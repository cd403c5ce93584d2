//! Live sessions of all protocols: one registry, a guard for each connection, exact caps.
//!
//! A listener calls [`Registry::join`] for each accepted connection and holds the [`SessionHandle`] as long as the
//! connection lives; dropping it takes the session out. Everybody else reaches the session through
//! [`Registry::get`] as an `Arc<Session>`, which may outlive the connection but can no longer touch it.
//!
//! Locks are std mutexes, held for a few instructions and never across an await: `Registry::book` (who is there and
//! how many), `Session::facts` (what one session is doing), `Feed::pending` (what viewers have not seen). They are
//! taken in this order: book, facts, pending.

use crate::{
    accounts::Identity,
    clock::Clock,
    live::Feed,
    permits::Scope,
    random,
    transfers::{Begin, Transfer, TransferHandle},
};
use std::{
    borrow::Cow,
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use wharf_model::{
    ids::{AccountId, DomainId, SessionId, TransferId},
    live::Stats,
    sessions::{Direction, Progress, Protocol, SessionDetail, SessionRow, SessionState, UserType},
};

/// How many sessions there may be. Zero is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// On the whole server.
    pub server: u32,
    /// From one address.
    pub per_ip: u32,
    /// From one address and not logged in yet.
    pub unauthenticated_per_ip: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { server: 10_000, per_ip: 1_000, unauthenticated_per_ip: 100 }
    }
}

/// Why a session may not begin or log in. The text is fit for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The server is about to stop.
    #[error("the server is shutting down, try again later")]
    Draining,
    /// [`Caps::server`].
    #[error("too many sessions on this server, try again later")]
    ServerFull,
    /// [`Caps::per_ip`] or [`Caps::unauthenticated_per_ip`].
    #[error("too many sessions from your address")]
    AddressFull,
    /// The domain's own limit.
    #[error("too many sessions of this domain, try again later")]
    DomainFull,
    /// The account's own limit.
    #[error("too many sessions of this account")]
    AccountFull,
    /// The account's limit for one address.
    #[error("too many sessions of this account from your address")]
    AccountAddressFull,
    /// Too many failed logins.
    #[error("too many failed logins from your address, try again in {minutes} min")]
    LockedOut {
        /// Minutes left, rounded up.
        minutes: i64,
    },
}

/// A connection as the listener accepted it.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// What it speaks.
    pub protocol: Protocol,
    /// Whether it is encrypted from the start.
    pub secure: bool,
    /// The client.
    pub peer: SocketAddr,
    /// The address of ours that it reached.
    pub local: SocketAddr,
}

/// Why a session is ended from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What happened.
    pub cause: EndCause,
    /// A text for the user, printable, possibly of several lines; empty for the standard one.
    pub message: String,
}

/// What ends a session from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// An operator pressed Kick.
    Kicked,
    /// The server stops.
    Shutdown,
}

impl Ending {
    /// The standard text for the user.
    pub fn text(&self) -> &'static str {
        match self.cause {
            EndCause::Kicked => "Session closed by administrator",
            EndCause::Shutdown => "Server is shutting down, try again later",
        }
    }
}

/// Who is connected. One for the whole process.
#[derive(Debug)]
pub struct Registry {
    node: Arc<str>,
    clock: Clock,
    feed: Arc<Feed>,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    caps: Caps,
    draining: bool,
    peak: usize,
    sessions: HashMap<SessionId, Arc<Session>>,
    by_ip: HashMap<IpAddr, u32>,
    unauthenticated_by_ip: HashMap<IpAddr, u32>,
    by_domain: HashMap<DomainId, u32>,
    by_account: HashMap<AccountId, u32>,
    by_account_ip: HashMap<(AccountId, IpAddr), u32>,
}

impl Registry {
    /// Nobody is connected yet.
    pub fn new(node: &str, caps: Caps, clock: Clock) -> Self {
        let feed = Arc::new(Feed::new());
        Self { node: node.into(), clock, feed, book: Mutex::new(Book { caps, ..Book::default() }) }
    }

    /// Takes a new connection in, or says why not. Checking and taking happen under one lock, so a burst cannot pass
    /// a cap.
    pub fn join(self: &Arc<Self>, connection: Connection) -> Result<SessionHandle, Refusal> {
        let ip = connection.peer.ip().to_canonical();
        let now = self.clock.now();
        let mut book = self.book();
        if book.draining {
            return Err(Refusal::Draining);
        }
        if full(book.sessions.len(), book.caps.server) {
            return Err(Refusal::ServerFull);
        }
        let unauthenticated = count(&book.unauthenticated_by_ip, &ip);
        if full(count(&book.by_ip, &ip), book.caps.per_ip) || full(unauthenticated, book.caps.unauthenticated_per_ip) {
            return Err(Refusal::AddressFull);
        }
        let session = Arc::new(Session::new(connection, now, self));
        *book.by_ip.entry(ip).or_default() += 1;
        *book.unauthenticated_by_ip.entry(ip).or_default() += 1;
        book.sessions.insert(session.id, session.clone());
        book.peak = book.peak.max(book.sessions.len());
        drop(book);
        session.touch();
        Ok(SessionHandle { session, registry: self.clone() })
    }

    /// The session, while it lives.
    pub fn get(&self, id: SessionId) -> Option<Arc<Session>> {
        self.book().sessions.get(&id).cloned()
    }

    /// All sessions in `scope`, oldest first.
    pub fn list(&self, scope: &Scope) -> Vec<Arc<Session>> {
        let mut sessions: Vec<_> = self.book().sessions.values().cloned().collect();
        sessions.retain(|session| scope.includes(session.domain()));
        sessions.sort_unstable_by_key(|session| session.id);
        sessions
    }

    /// Totals over the sessions in `scope`.
    pub fn stats(&self, scope: &Scope) -> Stats {
        let mut stats = Stats::default();
        {
            let book = self.book();
            stats.limit = book.caps.server;
            let online = match scope {
                Scope::All => {
                    stats.peak = small(book.peak);
                    book.sessions.len()
                }
                Scope::Domains(domains) => domains.iter().map(|domain| count(&book.by_domain, domain)).sum(),
            };
            stats.online = small(online);
        }
        let now = self.clock.now();
        for session in self.feed.active() {
            if scope.includes(session.domain()) {
                session.add_to(&mut stats, now);
            }
        }
        stats
    }

    /// Sessions from `ip` in `scope`.
    pub fn count_from(&self, ip: IpAddr, scope: &Scope) -> u32 {
        match scope {
            Scope::All => small(count(&self.book().by_ip, &ip)),
            Scope::Domains(_) => small(self.list(scope).iter().filter(|session| session.ip() == ip).count()),
        }
    }

    /// Changes the caps for sessions to come.
    pub fn set_caps(&self, caps: Caps) {
        self.book().caps = caps;
    }

    /// Lets nobody in any more, ends sessions as soon as nothing moves in them, and the rest after `grace`. Returns
    /// when all are gone, at the latest a few seconds after `grace`.
    pub async fn drain(&self, grace: Duration) {
        const GOODBYE: Duration = Duration::from_secs(5);
        const STEP: Duration = Duration::from_millis(50);
        self.book().draining = true;
        let start = tokio::time::Instant::now();
        while start.elapsed() < grace + GOODBYE {
            let sessions = self.list(&Scope::All);
            if sessions.is_empty() {
                return;
            }
            let patient = start.elapsed() < grace;
            for session in sessions.iter().filter(|session| !(patient && session.is_transferring())) {
                session.end(Ending { cause: EndCause::Shutdown, message: String::new() });
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// Where changes are collected for viewers.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    fn sign_in(&self, session: &Session, identity: Arc<Identity>) -> Result<(), Refusal> {
        let ip = session.ip();
        let now = self.clock.now();
        let limits = identity.limits;
        let mut book = self.book();
        if book.draining {
            return Err(Refusal::Draining);
        }
        if identity.domain_sessions.is_some_and(|cap| count(&book.by_domain, &identity.domain_id) >= cap as usize) {
            return Err(Refusal::DomainFull);
        }
        if limits.sessions.is_some_and(|cap| count(&book.by_account, &identity.account_id) >= cap as usize) {
            return Err(Refusal::AccountFull);
        }
        let place = (identity.account_id, ip);
        if limits.sessions_per_ip.is_some_and(|cap| count(&book.by_account_ip, &place) >= cap as usize) {
            return Err(Refusal::AccountAddressFull);
        }
        let mut facts = session.facts();
        book.vacate(ip, facts.identity.as_deref());
        book.occupy(ip, Some(&identity));
        facts.logon = now;
        facts.cwd = Some("/".to_owned());
        facts.identity = Some(identity);
        Ok(())
    }

    fn sign_out(&self, session: &Session) {
        let mut book = self.book();
        let mut facts = session.facts();
        let identity = facts.identity.take();
        self.feed.hidden(session.id, identity.as_ref().map(|identity| identity.domain_id));
        facts.cwd = None;
        facts.status = Cow::Borrowed(LOGGING_IN);
        book.vacate(session.ip(), identity.as_deref());
        book.occupy(session.ip(), None);
    }

    fn leave(&self, session: &Arc<Session>) {
        let mut book = self.book();
        let identity = session.facts().identity.clone();
        book.sessions.remove(&session.id);
        book.vacate(session.ip(), identity.as_deref());
        release(&mut book.by_ip, session.ip());
        drop(book);
        session.left.store(true, Ordering::Release);
        self.feed.gone(session);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Counts a session from `ip` for its account, or as not logged in.
    fn occupy(&mut self, ip: IpAddr, identity: Option<&Identity>) {
        let Some(identity) = identity else {
            *self.unauthenticated_by_ip.entry(ip).or_default() += 1;
            return;
        };
        *self.by_domain.entry(identity.domain_id).or_default() += 1;
        *self.by_account.entry(identity.account_id).or_default() += 1;
        *self.by_account_ip.entry((identity.account_id, ip)).or_default() += 1;
    }

    /// Undoes [`Book::occupy`].
    fn vacate(&mut self, ip: IpAddr, identity: Option<&Identity>) {
        let Some(identity) = identity else {
            release(&mut self.unauthenticated_by_ip, ip);
            return;
        };
        release(&mut self.by_domain, identity.domain_id);
        release(&mut self.by_account, identity.account_id);
        release(&mut self.by_account_ip, (identity.account_id, ip));
    }
}

fn count<K: Eq + std::hash::Hash>(counts: &HashMap<K, u32>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or(0) as usize
}

fn release<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = counts.entry(key) {
        *entry.get_mut() = entry.get().saturating_sub(1);
        if *entry.get() == 0 {
            entry.remove();
        }
    }
}

fn full(count: usize, cap: u32) -> bool {
    cap != 0 && count >= cap as usize
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

const LOGGING_IN: &str = "logging in";

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
    node: Arc<str>,
    clock: Clock,
    feed: Arc<Feed>,
    secure: AtomicBool,
    last_active: AtomicI64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    facts: Mutex<Facts>,
    /// Cancelled once, by whoever ends the session; the protocol's task and its transfers wait for it.
    kill: CancellationToken,
    ending: OnceLock<Ending>,
    /// Set when the connection is gone, so that a late change does not bring the row back.
    pub(crate) left: AtomicBool,
    /// Whether the session waits in the feed already.
    pub(crate) pending: AtomicBool,
}

#[derive(Debug)]
struct Facts {
    identity: Option<Arc<Identity>>,
    logon: i64,
    status: Cow<'static, str>,
    cwd: Option<String>,
    client: Option<String>,
    encryption: Option<String>,
    transfers: Vec<Arc<Transfer>>,
}

impl Session {
    fn new(connection: Connection, now: i64, registry: &Registry) -> Self {
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
            facts: Mutex::new(Facts {
                identity: None,
                logon: now,
                status: Cow::Borrowed(LOGGING_IN),
                cwd: None,
                client: None,
                encryption: None,
                transfers: Vec::new(),
            }),
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

    /// Who is logged in.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        self.facts().identity.clone()
    }

    /// The domain of who is logged in.
    pub fn domain(&self) -> Option<DomainId> {
        self.facts().identity.as_ref().map(|identity| identity.domain_id)
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
        self.last_active.store(self.clock.now(), Ordering::Relaxed);
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

    /// Whether a file is moving.
    pub fn is_transferring(&self) -> bool {
        !self.facts().transfers.is_empty()
    }

    /// Stops all running transfers; the session goes on. How many there were.
    pub fn abort_transfers(&self) -> usize {
        let transfers = self.facts().transfers.clone();
        for transfer in &transfers {
            transfer.abort();
        }
        transfers.len()
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

    /// The row at `now`.
    pub fn row(&self, now: i64) -> SessionRow {
        let facts = self.facts();
        let identity = facts.identity.as_deref();
        let busiest = facts.busiest();
        SessionRow {
            id: self.id,
            protocol: self.protocol,
            secure: self.secure.load(Ordering::Relaxed),
            user_type: identity.map_or(UserType::None, |identity| identity.user_type),
            state: self.state(&facts, now),
            status: facts.status.clone().into_owned(),
            login: identity.map(|identity| identity.login.clone()),
            domain: identity.map(|identity| identity.domain_name.clone()),
            cwd: facts.cwd.clone(),
            file: busiest.map(|transfer| transfer.file().to_owned()),
            direction: busiest.map(|transfer| transfer.direction),
            speed: facts.speed(),
            progress: busiest.and_then(|transfer| transfer.percent()),
            done: busiest.map(|transfer| transfer.done()),
            total: busiest.and_then(|transfer| transfer.total),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            ip: self.ip().to_string(),
            client: facts.client.clone(),
            logon_time: facts.logon,
            last_active: self.last_active.load(Ordering::Relaxed),
            node: self.node.to_string(),
        }
    }

    /// The moving part of the row.
    pub fn progress(&self, now: i64) -> Progress {
        let facts = self.facts();
        let busiest = facts.busiest();
        Progress {
            id: self.id,
            state: self.state(&facts, now),
            speed: facts.speed(),
            progress: busiest.and_then(|transfer| transfer.percent()),
            done: busiest.map(|transfer| transfer.done()),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            last_active: self.last_active.load(Ordering::Relaxed),
        }
    }

    /// Everything about the session, for an operator who sees `same_ip` further sessions from its address.
    pub fn detail(&self, now: i64, same_ip: u32) -> SessionDetail {
        let row = self.row(now);
        let facts = self.facts();
        SessionDetail {
            row,
            connected: self.connected,
            port: self.peer.port(),
            local: self.local.to_string(),
            encryption: facts.encryption.clone(),
            account_id: facts.identity.as_ref().map(|identity| identity.account_id),
            domain_id: facts.identity.as_ref().map(|identity| identity.domain_id),
            transfers: facts.transfers.iter().map(|transfer| transfer.row()).collect(),
            same_ip,
        }
    }

    fn add_to(&self, stats: &mut Stats, now: i64) {
        let facts = self.facts();
        let moves = |direction| facts.transfers.iter().any(|transfer| transfer.direction == direction);
        stats.downloads += u32::from(moves(Direction::Download));
        stats.uploads += u32::from(moves(Direction::Upload));
        stats.stalled += u32::from(self.state(&facts, now) == SessionState::Stalled);
        for transfer in &facts.transfers {
            match transfer.direction {
                Direction::Download => stats.download_rate += transfer.rate(),
                Direction::Upload => stats.upload_rate += transfer.rate(),
            }
        }
    }

    fn state(&self, facts: &Facts, now: i64) -> SessionState {
        if self.ending.get().is_some() {
            SessionState::Ending
        } else if !facts.transfers.is_empty() {
            let stalled = facts.transfers.iter().all(|transfer| transfer.stalled(now));
            if stalled { SessionState::Stalled } else { SessionState::Transferring }
        } else if facts.identity.is_some() {
            SessionState::Idle
        } else {
            SessionState::Authenticating
        }
    }

    /// Tells viewers that something changed.
    fn touch(&self) {
        self.feed.changed(self.id, &self.pending);
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    /// The transfer the row shows: the quickest, of equals the oldest.
    fn busiest(&self) -> Option<&Arc<Transfer>> {
        self.transfers.iter().rev().max_by_key(|transfer| transfer.rate())
    }

    fn speed(&self) -> Option<u64> {
        (!self.transfers.is_empty()).then(|| self.transfers.iter().map(|transfer| transfer.rate()).sum())
    }
}

/// A protocol's hold on its session. Not `Clone`: when it is dropped, the session has left.
#[derive(Debug)]
pub struct SessionHandle {
    session: Arc<Session>,
    registry: Arc<Registry>,
}

impl SessionHandle {
    /// The session behind the handle, to be shared with the tasks of its transfers.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Makes `identity` the owner of the session, if the caps allow one more.
    pub fn sign_in(&self, identity: Arc<Identity>) -> Result<(), Refusal> {
        self.registry.sign_in(&self.session, identity)?;
        self.session.touch();
        Ok(())
    }

    /// The client gave up its login (REIN); the connection stays.
    pub fn sign_out(&self) {
        self.registry.sign_out(&self.session);
        self.session.touch();
    }
}

impl Deref for SessionHandle {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        self.registry.leave(&self.session);
    }
}
