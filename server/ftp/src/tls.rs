//! TLS of control and data connections (RFC 4217), and what ties a data connection to its control connection.
//!
//! A client that protects data connections resumes the TLS session of its control connection for them, and only
//! whoever holds that session's secrets can. So each ticket has the control connection it was made for sealed into it;
//! the same is done for clients that resume by session id (TLS 1.2 without tickets).

mod client;
mod tie;

use crate::stream::HANDSHAKE;
use client::AnyClient;
use rustls::{
    HandshakeKind, ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert, ServerSessionMemoryCache},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::{fmt, io, sync::Arc, time::Duration};
use tie::{ControlTie, DataTie};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use wharf_core::read_ahead::ReadAhead;
use wharf_model::ids::SessionId;

/// TLS 1.2 sessions of clients without tickets that are kept for resumption.
const CACHED_SESSIONS: usize = 1024;

/// Where certificates come from.
pub trait Certificates: fmt::Debug + Send + Sync {
    /// The certificate of `name`, or that of the server, if there is no name or nobody of that name.
    fn named(&self, name: Option<&str>) -> Arc<CertifiedKey>;
}

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

/// TLS of control and data connections: the same certificates, and one key for tickets.
#[derive(Debug)]
pub struct FtpTls {
    certificates: Arc<dyn Certificates>,
    control: ServerConfig,
    data: ServerConfig,
    policy: DataTlsSession,
}

impl FtpTls {
    /// TLS 1.2 and 1.3, where `policy` has no other wish.
    pub fn new(certificates: Arc<dyn Certificates>, policy: DataTlsSession) -> Result<Self, rustls::Error> {
        let versions = if policy == DataTlsSession::Required { &[&TLS12][..] } else { &[&TLS12, &TLS13] };
        let builder = || {
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(versions)
        };
        let chosen = Chosen::new(&certificates, None);
        let mut control =
            builder()?.with_client_cert_verifier(Arc::new(AnyClient::new())).with_cert_resolver(chosen.clone());
        control.ticketer = aws_lc_rs::Ticketer::new()?;
        control.session_storage = ServerSessionMemoryCache::new(CACHED_SESSIONS);
        let mut data = builder()?.with_no_client_auth().with_cert_resolver(chosen);
        data.ticketer = control.ticketer.clone();
        data.session_storage = control.session_storage.clone();
        // A client that uploads nothing reads nothing: tickets it has not read turn its close into a reset, and the
        // upload into a broken one. It has tickets from the control connection.
        data.send_tls13_tickets = 0;
        Ok(Self { certificates, control, data, policy })
    }

    /// For the control connection of `session`, whose client came for `host`.
    pub(crate) fn control(&self, session: SessionId, host: Option<&str>) -> TlsAcceptor {
        let mut config = self.control.clone();
        config.cert_resolver = Chosen::new(&self.certificates, host);
        ControlTie::apply(&mut config, session);
        Arc::new(config).into()
    }

    /// For a data connection of `session`, whose client came for `host`.
    pub(crate) fn data(&self, session: SessionId, host: Option<&str>) -> DataTls {
        let mut config = self.data.clone();
        config.cert_resolver = Chosen::new(&self.certificates, host);
        let tie = DataTie::apply(&mut config, session, self.policy != DataTlsSession::Off);
        DataTls { config, policy: self.policy, tie }
    }
}

/// Gives the certificate of the name in the handshake (SNI), or else of the one in the HOST command.
#[derive(Debug)]
struct Chosen {
    certificates: Arc<dyn Certificates>,
    host: Option<Box<str>>,
}

impl Chosen {
    fn new(certificates: &Arc<dyn Certificates>, host: Option<&str>) -> Arc<Self> {
        Arc::new(Self { certificates: certificates.clone(), host: host.map(Box::from) })
    }
}

impl ResolvesServerCert for Chosen {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certificates.named(hello.server_name().or(self.host.as_deref())))
    }
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
        let Self { config, policy, tie } = self;
        let accepted = timeout(HANDSHAKE, TlsAcceptor::from(Arc::new(config)).accept(stream));
        let accepted = accepted.await.map_err(|_| io::ErrorKind::TimedOut)??;
        let resumed = accepted.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        let refused = match policy {
            DataTlsSession::Off => false,
            DataTlsSession::On => !resumed && tie.met_stranger(),
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
