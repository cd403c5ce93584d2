//! Who is connected: joining, signing in, leaving.

use super::{
    Caps, Connection, EndCause, Ending, Session,
    book::{Book, count, full, release, small},
    session::{LOGGED_IN, LOGGING_IN},
};
use crate::{
    accounts::Identity, clock::Clock, events::Events, live::Feed, logs::Logs, permits::Scope, webhooks::about,
};
use serde_json::json;
use std::{
    borrow::Cow,
    net::IpAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};
use wharf_model::{
    ids::{AccountId, DomainId, SessionId},
    live::Stats,
    logs::LineKind,
    webhooks::WebhookEvent,
};

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
    /// The address, or one of the network, is banned.
    #[error("your address is banned, try again in {minutes} min")]
    Banned {
        /// Minutes left, rounded up.
        minutes: i64,
    },
    /// The IP rules do not let the address in.
    #[error("your address is not allowed here")]
    NotAllowed,
    /// Too many failed logins.
    #[error("too many failed logins from your address, try again in {minutes} min")]
    LockedOut {
        /// Minutes left, rounded up.
        minutes: i64,
    },
}

/// Who is connected. One for the whole process.
#[derive(Debug)]
pub struct Registry {
    pub(super) node: Arc<str>,
    pub(super) clock: Clock,
    pub(super) feed: Arc<Feed>,
    book: Mutex<Book>,
    logs: Arc<Logs>,
    pub(super) events: Arc<Events>,
}

impl Registry {
    /// Nobody is connected yet.
    pub fn new(node: &str, caps: Caps, clock: Clock, logs: Logs) -> Self {
        let feed = Arc::new(Feed::new());
        let logs = Arc::new(logs);
        let events = Arc::new(Events::default());
        Self { node: node.into(), clock, feed, logs, events, book: Mutex::new(Book { caps, ..Book::default() }) }
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
        session.note(LineKind::Event, &format!("connected from {} to {}", session.peer, session.local));
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
        sessions.retain(|session| scope.sees(session.owner()));
        sessions.sort_unstable_by_key(|session| session.id);
        sessions
    }

    /// How many sessions an account has.
    pub fn count_of(&self, account: AccountId) -> u32 {
        small(count(&self.book().by_account, &account))
    }

    /// How many sessions the accounts of a domain have.
    pub fn count_of_domain(&self, domain: DomainId) -> u32 {
        small(count(&self.book().by_domain, &domain))
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
                Scope::Account(account) => count(&book.by_account, account),
                Scope::Domains(domains) => domains.iter().map(|domain| count(&book.by_domain, domain)).sum(),
            };
            stats.online = small(online);
        }
        let now = self.clock.now();
        for session in self.feed.active() {
            if scope.sees(session.owner()) {
                session.add_to(&mut stats, now);
            }
        }
        stats
    }

    /// Sessions from `ip` in `scope`.
    pub fn count_from(&self, ip: IpAddr, scope: &Scope) -> u32 {
        match scope {
            Scope::All => small(count(&self.book().by_ip, &ip)),
            Scope::Domains(_) | Scope::Account(_) => {
                small(self.list(scope).iter().filter(|session| session.ip() == ip).count())
            }
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
            for session in sessions.iter().filter(|session| !(patient && session.is_occupied())) {
                session.end(Ending { cause: EndCause::Shutdown, message: String::new(), by: None });
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// Logs of sessions that have ended, and old lines of those that live.
    pub fn logs(&self) -> &Arc<Logs> {
        &self.logs
    }

    /// What happens, for webhooks.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
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
        facts.status = Cow::Borrowed(LOGGED_IN);
        let name = format!("logged in as {}@{}", identity.login, identity.domain_name);
        facts.identity = Some(identity);
        drop((facts, book));
        session.note(LineKind::Event, &name);
        self.events.happened(WebhookEvent::SessionOpened, now, || json!({"session": about(session, now)}));
        Ok(())
    }

    fn sign_out(&self, session: &Session) {
        self.closed(session, "logged out");
        let mut book = self.book();
        let mut facts = session.facts();
        let identity = facts.identity.take();
        self.feed.hidden(session.id, identity.as_deref().map(Identity::owner).unwrap_or_default());
        facts.cwd = None;
        facts.status = Cow::Borrowed(LOGGING_IN);
        book.vacate(session.ip(), identity.as_deref());
        book.occupy(session.ip(), None);
        drop((facts, book));
        session.note(LineKind::Event, "logged out");
        session.close_log(identity.map(|identity| identity.domain_id));
    }

    fn leave(&self, session: &Arc<Session>) {
        session.put_away(self.clock.now());
        self.closed(session, &session.why());
        let mut book = self.book();
        let identity = session.facts().identity.clone();
        book.sessions.remove(&session.id);
        book.vacate(session.ip(), identity.as_deref());
        release(&mut book.by_ip, session.ip());
        drop(book);
        session.left.store(true, Ordering::Release);
        self.feed.gone(session);
    }

    /// Tells webhooks that whoever was logged in is no more.
    fn closed(&self, session: &Session, why: &str) {
        if session.identity().is_none() {
            return;
        }
        let now = self.clock.now();
        self.events.happened(WebhookEvent::SessionClosed, now, || {
            let row = session.row(now);
            json!({
                "session": about(session, now), "why": why, "bytes_in": row.bytes_in, "bytes_out": row.bytes_out,
                "duration_ms": now - row.logon_time,
            })
        });
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
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
