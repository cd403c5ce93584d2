//! TLS 1.3 with one cipher suite, so that all servers do the same work.

use anyhow::{Context, Result};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::Ipv4Addr, path::Path, sync::Arc};

/// Which cipher suites the client offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    /// `TLS_AES_256_GCM_SHA384` alone: the first choice of OpenSSL's and of most other clients.
    Aes256,
    /// All that rustls has; the server chooses.
    Any,
}

/// How connections are protected.
#[derive(Clone, Debug)]
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts this certificate and nothing else. Every data connection is a full handshake, for all servers alike.
    pub(crate) fn new(certificate: &Path, suite: Suite) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let mut provider = aws_lc_rs::default_provider();
        let versions = match suite {
            Suite::Aes256 => {
                provider.cipher_suites = vec![aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384];
                &[&rustls::version::TLS13][..]
            }
            Suite::Any => rustls::ALL_VERSIONS,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions)?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Self(config.into()))
    }

    pub(super) fn connection(&self) -> Result<ClientConnection> {
        let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
        ClientConnection::new(self.0.clone(), name).context("cannot begin TLS")
    }
}
