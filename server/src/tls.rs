//! The certificate: made at first start, or read from where the configuration says, and exchanged while the server
//! runs.

use crate::config::{Config, host_name};
use anyhow::Context;
use rcgen::{CertifiedKey as SelfSigned, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

/// The certificate that new connections get. All listeners share it.
#[derive(Debug)]
pub(crate) struct Certificates(RwLock<Arc<CertifiedKey>>);

impl Certificates {
    /// Reads the certificate, and makes a self-signed one first where none is configured and none is there.
    pub(crate) fn load(config: &Config) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self(RwLock::new(read(config)?))))
    }

    /// Reads the certificate again. After an error the old one stays.
    pub(crate) fn reload(&self, config: &Config) -> anyhow::Result<()> {
        let fresh = read(config)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// TLS 1.2 and 1.3 with this certificate, for the application protocols `alpn`.
    pub(crate) fn server_config(self: &Arc<Self>, alpn: &[&[u8]]) -> anyhow::Result<Arc<ServerConfig>> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()
            .context("cannot set up TLS")?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(config: &Config) -> anyhow::Result<Arc<CertifiedKey>> {
    let (certificate, key) = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ => self_signed(&config.data_dir)?,
    };
    let named = |key: &str, path: &Path| format!("configuration key {key}: cannot use {}", path.display());
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| named("tls.certificate", &certificate))?;
    anyhow::ensure!(!chain.is_empty(), "{}: there is no certificate in it", named("tls.certificate", &certificate));
    let private = PrivateKeyDer::from_pem_file(&key).with_context(|| named("tls.key", &key))?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider())
        .with_context(|| format!("{}: it does not fit the certificate", named("tls.key", &key)))?;
    Ok(Arc::new(pair))
}

/// The self-signed certificate in the data directory, made if it is missing.
fn self_signed(data_dir: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    let certificate = data_dir.join("certificate.pem");
    let key = data_dir.join("certificate-key.pem");
    if !certificate.exists() || !key.exists() {
        let names = vec!["localhost".to_owned(), host_name(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let SelfSigned { cert, signing_key } =
            generate_simple_self_signed(names).context("cannot make a certificate")?;
        write_private(&key, &signing_key.serialize_pem())?;
        fs::write(&certificate, cert.pem()).with_context(|| format!("cannot write {}", certificate.display()))?;
    }
    Ok((certificate, key))
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
