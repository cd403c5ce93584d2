//! TLS of control and data connections (RFC 4217), and what ties a data connection to its control connection.
//!
//! A client that protects data connections resumes the TLS session of its control connection for them, and only
//! whoever holds that session's secrets can. So each ticket has the control connection it was made for sealed into it;
//! the same is done for clients that resume by session id (TLS 1.2 without tickets).

use crate::{data::ReadAhead, stream::HANDSHAKE};
use rustls::{
    HandshakeKind, ServerConfig,
    crypto::aws_lc_rs,
    server::{ProducesTickets, ResolvesServerCert, ServerSessionMemoryCache, StoresServerSessions},
    version::{TLS12, TLS13},
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use wharf_model::ids::SessionId;

/// TLS 1.2 sessions of clients without tickets that are kept for resumption.
const CACHED_SESSIONS: usize = 1024;
/// Length of the mark that says whose a TLS session is.
const MARK: usize = 16;

/// Whether a data connection has to resume the TLS session of its control connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataTlsSession {
    /// It may resume any TLS session of this server, or none.
    #[default]
    Off,
    /// It may not show the TLS session of another control connection; a new TLS session is good.
    On,
    /// It has to. There is TLS 1.2 only then: under TLS 1.3 many clients can resume a session once.
    Required,
}

/// TLS of control and data connections: one certificate resolver, one key for tickets.
#[derive(Clone, Debug)]
pub struct FtpTls {
    control: ServerConfig,
    data: ServerConfig,
    policy: DataTlsSession,
}

impl FtpTls {
    /// With the certificates that `resolver` gives. TLS 1.2 and 1.3, where `policy` has no other wish.
    pub fn new(resolver: Arc<dyn ResolvesServerCert>, policy: DataTlsSession) -> Result<Self, rustls::Error> {
        let versions = if policy == DataTlsSession::Required { &[&TLS12][..] } else { &[&TLS12, &TLS13] };
        let builder = || {
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(versions)
        };
        let mut control = builder()?.with_no_client_auth().with_cert_resolver(resolver.clone());
        control.ticketer = aws_lc_rs::Ticketer::new()?;
        control.session_storage = ServerSessionMemoryCache::new(CACHED_SESSIONS);
        let mut data = builder()?.with_no_client_auth().with_cert_resolver(resolver);
        // A client that uploads nothing reads nothing: tickets it has not read turn its close into a reset, and the
        // upload into a broken one. It has tickets from the control connection.
        data.send_tls13_tickets = 0;
        Ok(Self { control, data, policy })
    }

    /// For the control connection of `session`.
    pub(crate) fn control(&self, session: SessionId) -> TlsAcceptor {
        let mut config = self.control.clone();
        let tie = Arc::new(ControlTie { mark: mark(session), shared: Shared::of(&config) });
        config.ticketer = tie.clone();
        config.session_storage = tie;
        Arc::new(config).into()
    }

    /// For the data connections of `session`.
    pub(crate) fn data(&self, session: SessionId) -> DataTls {
        let tie = DataTie {
            mark: mark(session),
            shared: Shared::of(&self.control),
            strict: self.policy != DataTlsSession::Off,
            stranger: AtomicBool::new(false),
        };
        DataTls { config: self.data.clone(), policy: self.policy, tie: Arc::new(tie) }
    }
}

fn mark(session: SessionId) -> [u8; MARK] {
    *session.0.as_bytes()
}

/// TLS of one data connection to come.
#[derive(Debug)]
pub(crate) struct DataTls {
    config: ServerConfig,
    policy: DataTlsSession,
    tie: Arc<DataTie>,
}

impl DataTls {
    /// Puts TLS around the connection, and makes sure that the client is the one of the control connection as far as
    /// the policy wants it.
    pub(crate) async fn accept(self, stream: ReadAhead) -> io::Result<TlsStream<ReadAhead>> {
        let Self { mut config, policy, tie } = self;
        config.ticketer = tie.clone();
        config.session_storage = tie.clone();
        let accepted = timeout(HANDSHAKE, TlsAcceptor::from(Arc::new(config)).accept(stream));
        let accepted = accepted.await.map_err(|_| io::ErrorKind::TimedOut)??;
        let resumed = accepted.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        let refused = match policy {
            DataTlsSession::Off => false,
            DataTlsSession::On => !resumed && tie.stranger.load(Ordering::Relaxed),
            DataTlsSession::Required => !resumed,
        };
        if refused {
            // Without a close_notify, and so at once: the client must not take it for an empty file.
            let _ = socket2::SockRef::from(accepted.get_ref().0.socket()).set_linger(Some(Duration::ZERO));
            return Err(io::Error::other("it does not resume the TLS session of the control connection"));
        }
        Ok(accepted)
    }
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
struct ControlTie {
    mark: [u8; MARK],
    shared: Shared,
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
struct DataTie {
    mark: [u8; MARK],
    shared: Shared,
    /// Whether tickets of other control connections are without value.
    strict: bool,
    /// The client showed such a ticket.
    stranger: AtomicBool,
}

impl ProducesTickets for DataTie {
    fn enabled(&self) -> bool {
        self.shared.tickets.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.shared.tickets.lifetime()
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (mark, session) = self.shared.open(ticket)?;
        if self.strict && mark != self.mark {
            self.stranger.store(true, Ordering::Relaxed);
            return None;
        }
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
