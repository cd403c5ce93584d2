//! Sessions over HTTP. No connection holds them, so they are held here: those of the file client from sign-in to
//! sign-out under the secret in a cookie, those of WebDAV clients under what they show with each request.
//!
//! * `links`: visitors, who come by a share link; `tickets`: operators and mailbox owners, who come from the panel

mod links;
mod tickets;

use crate::{
    Core,
    accounts::Identity,
    chat::MessageError,
    logins::{Login, LoginError},
    panel_sessions::{browser, digest},
    random,
    sessions::{Connection, Refusal, Session, SessionHandle},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::{IpAddr, SocketAddr},
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tickets::Ticket;
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use wharf_model::{
    chat::ChatMessage,
    ids::{AccountId, SessionId},
    sessions::Protocol,
};
use wharf_vfs::{Files, printable};

pub use links::Through;

/// Name of the cookie of the file client. The prefix makes browsers refuse it from any other host, path or without TLS.
pub const COOKIE: &str = "__Host-wharf-files";

/// Without a request for this long a session ends, where the account's limits say nothing else: people read and think,
/// programs come back by themselves.
const IDLE_BROWSER: Duration = Duration::from_mins(30);
const IDLE_CLIENT: Duration = Duration::from_mins(10);
/// For how long a browser is told why its session has ended, and how many browsers are.
const TOLD_MS: i64 = 60 * 60 * 1000;
const TOLD_MOST: usize = 10_000;
/// Messages that are kept for the pages of a session.
const MESSAGES_MOST: usize = 200;
/// A client's name for itself is cut here.
const CLIENT_MOST: usize = 120;

/// Who asks over HTTP, and how.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The client.
    pub peer: SocketAddr,
    /// The address of ours that it reached.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The domain the client came for, by SNI or Host; the name of the server is no domain and does no harm.
    pub host: Option<&'a str>,
    /// What the client calls itself (User-Agent).
    pub user_agent: &'a str,
}

/// What somebody shows to sign in.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// `login` or `login@domain`.
    pub name: &'a str,
    /// The password in clear.
    pub password: &'a str,
    /// A one-time code: `None` where there is no place for one, empty where there is and none was asked for yet.
    pub code: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whose uploads are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uploader {
    /// Those of an account.
    Account(AccountId),
    /// Of who came by a share link.
    Visitor(SessionId),
}

/// One session over HTTP. While somebody holds it, it is in the lists; requests hold it for as long as they last.
#[derive(Debug)]
pub struct HttpSession {
    handle: SessionHandle,
    identity: Arc<Identity>,
    /// The operator who acts as the account.
    actor: Option<String>,
    /// When it ends, whatever is done in it, and what its browser is told then.
    until: Option<(i64, &'static str)>,
    /// What was said, for pages that are opened later.
    said: Mutex<VecDeque<ChatMessage>>,
    /// Moves when something was said.
    news: watch::Sender<u64>,
    /// Ends the task that waits for the session's end.
    _gone: DropGuard,
}

impl HttpSession {
    /// Who is signed in.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The account's files.
    pub fn files(&self) -> &Files {
        &self.identity.files
    }

    /// The operator who acts as the account.
    pub fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// Whose uploads its are: those of an account go on in any of its sessions, those of a visitor in no other.
    pub fn uploader(&self) -> Uploader {
        match &self.identity.link {
            Some(_) => Uploader::Visitor(self.handle.id),
            None => Uploader::Account(self.identity.account_id),
        }
    }

    /// Moves when there is something new to read.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// What was said, oldest first.
    pub fn said(&self) -> Vec<ChatMessage> {
        self.messages().iter().cloned().collect()
    }

    fn say(&self, messages: impl IntoIterator<Item = ChatMessage>) {
        let mut said = self.messages();
        said.extend(messages);
        let surplus = said.len().saturating_sub(MESSAGES_MOST);
        said.drain(..surplus);
        drop(said);
        self.news.send_modify(|news| *news += 1);
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<ChatMessage>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for HttpSession {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        self.handle.session()
    }
}

/// The sessions over HTTP that there are.
#[derive(Debug)]
pub(crate) struct HttpSessions {
    held: Mutex<Held>,
    /// Makes what is kept of passwords worth nothing outside of this process.
    salt: [u8; 32],
}

impl Default for HttpSessions {
    fn default() -> Self {
        Self { held: Mutex::default(), salt: random::bytes() }
    }
}

#[derive(Debug, Default)]
struct Held {
    /// By the digest of the cookie's secret.
    browsers: HashMap<String, Arc<HttpSession>>,
    /// By what a client shows. The first of several requests at once signs in, the others wait for it.
    clients: HashMap<Shown, Arc<OnceCell<Arc<HttpSession>>>>,
    /// Why sessions of browsers have ended, and when.
    over: HashMap<String, (i64, String)>,
    /// By the digest of their secret.
    tickets: HashMap<String, Ticket>,
}

/// What a client without cookies shows with each request: digest of host, name and password, address, what it calls
/// itself.
type Shown = ([u8; 32], IpAddr, String);

#[derive(Clone, Debug)]
enum Key {
    Browser(String),
    Client(Shown),
}

impl HttpSessions {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<(Key, Arc<HttpSession>)> {
        let held = self.held();
        let browsers = held.browsers.iter().map(|(key, session)| (Key::Browser(key.clone()), session.clone()));
        let clients =
            held.clients.iter().filter_map(|(key, cell)| Some((Key::Client(key.clone()), cell.get()?.clone())));
        browsers.chain(clients).collect()
    }

    /// Forgets a session. `why` is for the browser, which may still ask with its cookie.
    fn forget(&self, key: &Key, why: Option<(i64, String)>) {
        let mut held = self.held();
        // Dropped after the lock: its end takes others.
        let _browser;
        let _client;
        match key {
            Key::Browser(secret) => {
                _browser = held.browsers.remove(secret);
                if let Some(why) = why.filter(|_| held.over.len() < TOLD_MOST) {
                    held.over.insert(secret.clone(), why);
                }
            }
            Key::Client(shown) => _client = held.clients.remove(shown),
        }
        drop(held);
    }
}

impl Core {
    /// Signs a browser in to the file client. The secret is for its cookie.
    pub async fn http_sign_in(
        self: &Arc<Self>,
        caller: Caller<'_>,
        credentials: Credentials<'_>,
    ) -> Result<(String, Arc<HttpSession>), LoginError> {
        let secret = random::secret();
        let key = digest(&secret);
        let client = browser(caller.user_agent);
        let session = self.http_log_in(Protocol::Http, caller, client, credentials, Key::Browser(key.clone())).await?;
        self.http_keep(key, &session);
        Ok((secret, session))
    }

    fn http_keep(&self, key: String, session: &Arc<HttpSession>) {
        self.http_sessions.held().browsers.insert(key.clone(), session.clone());
        // It may have been told to end before it was found there.
        self.forget_ended(&Key::Browser(key), session);
    }

    /// The session of a client that shows name and password with each request (RFC 7617). The first one signs in.
    pub async fn http_client(
        self: &Arc<Self>,
        caller: Caller<'_>,
        name: &str,
        password: &str,
    ) -> Result<Arc<HttpSession>, LoginError> {
        let shows = [caller.host.unwrap_or_default(), name, password];
        let credentials = Credentials { name, password, code: None };
        let log_in = async |client, key| self.http_log_in(Protocol::WebDav, caller, client, credentials, key).await;
        self.http_returning(caller, shows, log_in).await
    }

    /// The session of a client that shows these `parts` with each request. `log_in` is for the first one.
    async fn http_returning(
        &self,
        caller: Caller<'_>,
        parts: [&str; 3],
        log_in: impl AsyncFnOnce(String, Key) -> Result<Arc<HttpSession>, LoginError>,
    ) -> Result<Arc<HttpSession>, LoginError> {
        let ip = caller.peer.ip().to_canonical();
        let mut hasher = Sha256::new_with_prefix(self.http_sessions.salt);
        for part in parts {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
        let client: String = printable(caller.user_agent.as_bytes()).chars().take(CLIENT_MOST).collect();
        let shown: Shown = (hasher.finalize().into(), ip, client.clone());
        let key = Key::Client(shown.clone());
        let cell = self.http_sessions.held().clients.entry(shown).or_default().clone();
        let session = cell.get_or_try_init(|| log_in(client, key.clone())).await.cloned();
        match session {
            Ok(session) if session.ending().is_some() => {
                self.http_over(&key, &session);
                Err(LoginError::Unavailable)
            }
            Ok(session) => {
                self.http_welcome(&session, ip)?;
                Ok(session)
            }
            Err(error) => {
                self.http_sessions.forget(&key, None);
                Err(error)
            }
        }
    }

    /// The session of a browser by the secret in its cookie. An address that is banned finds none.
    pub fn http_session(&self, secret: &str, ip: IpAddr) -> Option<Arc<HttpSession>> {
        let session = self.http_sessions.held().browsers.get(&digest(secret))?.clone();
        (session.ending().is_none() && self.http_welcome(&session, ip).is_ok()).then_some(session)
    }

    /// Why the session of a browser has ended, if it was ended from outside or for being idle.
    pub fn http_farewell(&self, secret: &str) -> Option<String> {
        let held = self.http_sessions.held();
        let (_, why) = held.over.get(&digest(secret))?;
        Some(why.clone())
    }

    /// Signs a browser out.
    pub fn http_sign_out(&self, secret: &str) {
        let key = digest(secret);
        if let Some(session) = self.http_sessions.held().browsers.get(&key) {
            session.farewell("signed out");
        }
        self.http_sessions.forget(&Key::Browser(key), None);
    }

    /// Ends the sessions that have been idle for too long.
    pub fn tidy_http_sessions(&self) {
        let now = self.clock.now();
        for (key, session) in self.http_sessions.all() {
            let limit = session.identity.limits.idle_seconds;
            let usual = if session.protocol == Protocol::Http { IDLE_BROWSER } else { IDLE_CLIENT };
            let limit = limit.map_or(usual, |seconds| Duration::from_secs(seconds.into()));
            if let Some((_, why)) = session.until.filter(|(until, _)| now >= *until) {
                session.farewell("time is over");
                self.http_sessions.forget(&key, Some((now, why.to_owned())));
            } else if session.idle(now) >= limit {
                session.farewell("idle for too long");
                let minutes = limit.as_secs().div_ceil(60);
                let why = format!("You were signed out after {minutes} min without a request.");
                self.http_sessions.forget(&key, Some((now, why)));
            }
        }
        let mut held = self.http_sessions.held();
        held.over.retain(|_, (at, _)| now - *at < TOLD_MS);
        held.tickets.retain(|_, ticket| ticket.is_good(now));
    }

    /// Takes the messages that wait for the session to its pages, of which at least one is open.
    pub fn http_take_messages(self: &Arc<Self>, session: &HttpSession) {
        let waiting = session.outbox().take();
        if waiting.is_empty() {
            return;
        }
        session.say(waiting.iter().map(|outgoing| outgoing.message.clone()));
        self.messages_delivered(waiting);
    }

    /// Takes a message of the session's user to the operators.
    pub async fn http_message(&self, session: &HttpSession, text: &str) -> Result<(), MessageError> {
        let message = self.message_from_user(session, text.as_bytes()).await?;
        session.say([message]);
        Ok(())
    }

    /// The same door as for any connection, then the same login.
    async fn http_log_in(
        self: &Arc<Self>,
        protocol: Protocol,
        caller: Caller<'_>,
        client: String,
        credentials: Credentials<'_>,
        key: Key,
    ) -> Result<Arc<HttpSession>, LoginError> {
        let Caller { peer, local, secure, host, .. } = caller;
        let handle = self.admit(Connection { protocol, secure, peer, local })?;
        handle.set_client(client);
        let Credentials { name, password, code } = credentials;
        let login = Login { name, domain: host, password, secure, certificate: None, code };
        let identity = self.log_in(&handle, &login).await?;
        Ok(self.http_begin(handle, identity, None, None, key))
    }

    fn http_begin(
        self: &Arc<Self>,
        handle: SessionHandle,
        identity: Arc<Identity>,
        actor: Option<String>,
        until: Option<(i64, &'static str)>,
        key: Key,
    ) -> Arc<HttpSession> {
        let gone = CancellationToken::new();
        self.end_with(handle.session().clone(), key, gone.clone());
        let (said, news) = (Mutex::default(), watch::Sender::new(0));
        Arc::new(HttpSession { handle, identity, actor, until, said, news, _gone: gone.drop_guard() })
    }

    /// Forgets the session as soon as it is told to end. Whoever holds it for a request has to see that as well.
    fn end_with(self: &Arc<Self>, session: Arc<Session>, key: Key, gone: CancellationToken) {
        let core = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = session.killed() => core.http_over(&key, &session),
                () = gone.cancelled() => {}
            }
            core.give_up_messages(&session);
        });
    }

    fn http_over(&self, key: &Key, session: &Session) {
        let why = session.ending().map(|ending| match ending.message.as_str() {
            "" => format!("{}.", ending.text()),
            message => message.to_owned(),
        });
        self.http_sessions.forget(key, why.map(|why| (self.clock.now(), why)));
    }

    fn forget_ended(&self, key: &Key, session: &HttpSession) {
        if session.ending().is_some() {
            self.http_over(key, session);
        }
    }

    /// The address may have changed since the sign-in, and be banned.
    fn http_welcome(&self, session: &HttpSession, ip: IpAddr) -> Result<(), Refusal> {
        self.gate.check(&session.reaches(), ip, self.clock.now())
    }
}
