//! Certificates: the server's, made at first start or read from where the configuration says, and those of domains. All
//! are exchanged while the server runs.

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
    collections::HashMap,
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::SystemTime,
};
use wharf_store::domains::{CertificateFiles, Domain};

/// The certificates that new connections get. All listeners share them.
#[derive(Debug)]
pub(crate) struct Certificates {
    server: RwLock<Arc<CertifiedKey>>,
    /// By name of the domain.
    domains: RwLock<HashMap<String, Installed>>,
}

/// The certificate of a domain, as its files were when they were last looked at.
#[derive(Clone, Debug)]
struct Installed {
    files: CertificateFiles,
    seen: Seen,
    /// None until the files can be used for the first time.
    pair: Option<Arc<CertifiedKey>>,
}

/// Size and time of change of both files; whoever replaces them changes it. None while one cannot be read.
type Seen = Option<[(u64, SystemTime); 2]>;

impl Certificates {
    /// Reads the server's certificate, and makes a self-signed one first where none is configured and none is there.
    pub(crate) fn load(config: &Config) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self { server: RwLock::new(read(config)?), domains: RwLock::default() }))
    }

    /// Reads the server's certificate again. After an error the old one stays.
    pub(crate) fn reload(&self, config: &Config) -> anyhow::Result<()> {
        let fresh = read(config)?;
        *self.server.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Takes over what has changed in the certificates of `domains`. Files that cannot be used are told of, and the
    /// domain keeps what it had.
    pub(crate) fn refresh(&self, domains: Vec<Domain>) {
        let before = self.domains().clone();
        let with_files = domains.into_iter().filter_map(|domain| Some((domain.name, domain.tls.certificate?)));
        let now = with_files.map(|(name, files)| {
            let installed = before.get(&name).cloned();
            let installed = install(&name, files, installed);
            (name, installed)
        });
        let now = now.collect();
        *self.domains.write().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn domains(&self) -> RwLockReadGuard<'_, HashMap<String, Installed>> {
        self.domains.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// TLS 1.2 and 1.3 with these certificates, for the application protocols `alpn`.
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

impl wharf_ftp::Certificates for Certificates {
    fn named(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let own = name.and_then(|name| self.domains().get(name)?.pair.clone());
        own.unwrap_or_else(|| self.server.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(wharf_ftp::Certificates::named(self, hello.server_name()))
    }
}

/// The certificate in `files`, or the one that was there, if the files cannot be used or have not changed.
fn install(domain: &str, files: CertificateFiles, before: Option<Installed>) -> Installed {
    let seen = see(&files);
    let pair = match before {
        Some(before) if before.files == files && before.seen == seen => return before,
        before => before.and_then(|before| before.pair),
    };
    let fresh = read_pair(Path::new(&files.certificate), Path::new(&files.key));
    match fresh {
        Ok(fresh) => {
            tracing::info!(domain, certificate = files.certificate, "certificate of a domain taken over");
            Installed { files, seen, pair: Some(fresh) }
        }
        Err(error) => {
            let error = format!("{error:#}");
            tracing::error!(domain, error, "certificate of a domain cannot be used, it keeps what it had");
            Installed { files, seen, pair }
        }
    }
}

fn see(files: &CertificateFiles) -> Seen {
    let look = |path: &str| {
        let file = fs::metadata(path).ok()?;
        Some((file.len(), file.modified().ok()?))
    };
    Some([look(&files.certificate)?, look(&files.key)?])
}

/// The certificate in two PEM files.
pub(crate) fn read_pair(certificate: &Path, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    with_key(read_chain(certificate)?, key)
}

/// The certificates in a PEM file; at least one.
pub(crate) fn read_chain(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.with_context(|| format!("cannot use {}", file.display()))?;
    anyhow::ensure!(!chain.is_empty(), "cannot use {}: there is no certificate in it", file.display());
    Ok(chain)
}

fn with_key(chain: Vec<CertificateDer<'static>>, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    let cannot = || format!("cannot use {}", key.display());
    let private = PrivateKeyDer::from_pem_file(key).with_context(cannot)?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
    Ok(Arc::new(pair.context("it does not fit the certificate").with_context(cannot)?))
}

fn read(config: &Config) -> anyhow::Result<Arc<CertifiedKey>> {
    let (certificate, key) = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ => self_signed(&config.data_dir)?,
    };
    let chain = read_chain(&certificate).context("configuration key tls.certificate")?;
    with_key(chain, &key).context("configuration key tls.key")
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
