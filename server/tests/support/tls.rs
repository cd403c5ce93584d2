//! The client's side of TLS: what it trusts, what it shows, what it remembers.

use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// TLS that trusts what is in one file. Connections that share it resume each other's sessions, as data connections do with
/// that of their control connection.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    name: Option<String>,
}

impl Tls {
    pub(crate) fn trusting(certificate: &Path) -> Self {
        Self::new(certificate, &[&TLS12, &TLS13], None)
    }

    pub(crate) fn tls12(certificate: &Path) -> Self {
        Self::new(certificate, &[&TLS12], None)
    }

    /// Shows a certificate of its own, where the server asks for one: a file with it, and a file with its key.
    pub(crate) fn showing(certificate: &Path, own: &(PathBuf, PathBuf)) -> Self {
        Self::new(certificate, &[&TLS12, &TLS13], Some(own))
    }

    pub(crate) fn showing12(certificate: &Path, own: &(PathBuf, PathBuf)) -> Self {
        Self::new(certificate, &[&TLS12], Some(own))
    }

    fn new(
        certificate: &Path,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&(PathBuf, PathBuf)>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(certificate).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match own {
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
                config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
            }
            None => config.with_no_client_auth(),
        };
        Self { config: Arc::new(config), name: None }
    }

    /// The same, asking for this name (SNI).
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The same, remembering nothing.
    pub(crate) fn forgetful(self) -> Self {
        let mut config = (*self.config).clone();
        config.resumption = Resumption::disabled();
        Self { config: Arc::new(config), ..self }
    }

    /// Whom it expects at `ip`.
    pub(crate) fn server_name(&self, ip: IpAddr) -> ServerName<'static> {
        match &self.name {
            Some(name) => ServerName::try_from(name.clone()).unwrap(),
            None => ip.into(),
        }
    }
}
