//! Marks TLS sessions with the control connection they were made for.

use rustls::{
    ServerConfig,
    server::{ProducesTickets, StoresServerSessions},
};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};
use wharf_model::ids::SessionId;

/// Length of the mark that says whose a TLS session is.
const MARK: usize = 16;

fn mark(session: SessionId) -> [u8; MARK] {
    *session.0.as_bytes()
}

/// The server's ticket key and its cache of TLS sessions.
#[derive(Debug)]
struct Shared {
    tickets: Arc<dyn ProducesTickets>,
    cache: Arc<dyn StoresServerSessions>,
}

impl Shared {
    fn of(config: &ServerConfig) -> Self {
        Self { tickets: config.ticketer.clone(), cache: config.session_storage.clone() }
    }

    /// Whose a ticket is, and the TLS session in it.
    fn open(&self, ticket: &[u8]) -> Option<([u8; MARK], Vec<u8>)> {
        let mut session = self.tickets.decrypt(ticket)?;
        let mark = *session.first_chunk()?;
        session.drain(..MARK);
        Some((mark, session))
    }
}

fn marked(mark: [u8; MARK], bytes: &[u8]) -> Vec<u8> {
    [mark.as_slice(), bytes].concat()
}

/// Marks the TLS sessions that a control connection begins.
#[derive(Debug)]
pub(super) struct ControlTie {
    mark: [u8; MARK],
    shared: Shared,
}

impl ControlTie {
    /// Puts itself before the tickets and the cache of `config`.
    pub(super) fn apply(config: &mut ServerConfig, session: SessionId) {
        let tie = Arc::new(Self { mark: mark(session), shared: Shared::of(config) });
        config.ticketer = tie.clone();
        config.session_storage = tie;
    }
}

impl ProducesTickets for ControlTie {
    fn enabled(&self) -> bool {
        self.shared.tickets.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.shared.tickets.lifetime()
    }

    fn encrypt(&self, session: &[u8]) -> Option<Vec<u8>> {
        self.shared.tickets.encrypt(&marked(self.mark, session))
    }

    /// Also the ticket of an earlier control connection: the client comes back, and gets new ones.
    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        Some(self.shared.open(ticket)?.1)
    }
}

impl StoresServerSessions for ControlTie {
    fn put(&self, id: Vec<u8>, session: Vec<u8>) -> bool {
        self.shared.cache.put(marked(self.mark, &id), session)
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.shared.cache.get(&marked(self.mark, id))
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.shared.cache.take(&marked(self.mark, id))
    }

    fn can_cache(&self) -> bool {
        self.shared.cache.can_cache()
    }
}

/// Knows the TLS sessions of one control connection. It makes none: a connection that is refused must not leave with a
/// ticket that gets it in the next time.
#[derive(Debug)]
pub(super) struct DataTie {
    mark: [u8; MARK],
    shared: Shared,
    /// Whether tickets of other control connections are without value.
    strict: bool,
    /// The client showed such a ticket.
    stranger: AtomicBool,
    /// The ticket that the client may resume with.
    accepted: OnceLock<Vec<u8>>,
}

impl DataTie {
    /// Puts itself before the tickets and the cache of `config`.
    pub(super) fn apply(config: &mut ServerConfig, session: SessionId, strict: bool) -> Arc<Self> {
        let shared = Shared::of(config);
        let (stranger, accepted) = (AtomicBool::new(false), OnceLock::new());
        let tie = Arc::new(Self { mark: mark(session), shared, strict, stranger, accepted });
        config.ticketer = tie.clone();
        config.session_storage = tie.clone();
        tie
    }

    /// Whether the client showed the ticket of another control connection.
    pub(super) fn met_stranger(&self) -> bool {
        self.stranger.load(Ordering::Relaxed)
    }
}

impl ProducesTickets for DataTie {
    fn enabled(&self) -> bool {
        self.shared.tickets.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.shared.tickets.lifetime()
    }

    /// The client's own ticket again. Without one rustls sends an empty ticket (RFC 5077 section 3.3), for which Go's
    /// TLS forgets the good one it has.
    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        self.accepted.get().cloned()
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (mark, session) = self.shared.open(ticket)?;
        if self.strict && mark != self.mark {
            self.stranger.store(true, Ordering::Relaxed);
            return None;
        }
        // There is one ticket in a handshake.
        let _ = self.accepted.set(ticket.to_vec());
        Some(session)
    }
}

impl StoresServerSessions for DataTie {
    fn put(&self, _: Vec<u8>, _: Vec<u8>) -> bool {
        false
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.shared.cache.get(&marked(self.mark, id))
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.shared.cache.take(&marked(self.mark, id))
    }

    fn can_cache(&self) -> bool {
        false
    }
}
