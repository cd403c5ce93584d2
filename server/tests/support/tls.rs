//! The client's side of TLS: what it trusts, what it shows, what it remembers.

use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{path::Path, sync::Arc};

/// TLS that trusts one certificate. Connections that share it resume each other's sessions, as data connections do with
/// that of their control connection.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
}

impl Tls {
    pub(crate) fn trusting(certificate: &Path) -> Self {
        Self::new(certificate, &[&TLS12, &TLS13])
    }

    pub(crate) fn tls12(certificate: &Path) -> Self {
        Self::new(certificate, &[&TLS12])
    }

    fn new(certificate: &Path, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { config: Arc::new(config) }
    }

    /// The same, remembering nothing.
    pub(crate) fn forgetful(self) -> Self {
        let mut config = (*self.config).clone();
        config.resumption = Resumption::disabled();
        Self { config: Arc::new(config) }
    }
}
