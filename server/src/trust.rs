//! TLS towards other servers: the certificates that this machine trusts, read once.

use anyhow::Context as _;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use std::sync::Arc;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

/// What connects with TLS.
pub(crate) async fn connector() -> anyhow::Result<TlsConnector> {
    static TRUST: OnceCell<Option<Arc<ClientConfig>>> = OnceCell::const_new();
    let read = || async { tokio::task::spawn_blocking(trusting_this_machine).await.ok().flatten() };
    let config = TRUST.get_or_init(read).await.clone();
    Ok(config.context("this machine has no trusted certificates (Debian: ca-certificates)")?.into())
}

fn trusting_this_machine() -> Option<Arc<ClientConfig>> {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "trusted certificates not read");
    }
    let mut roots = RootCertStore::empty();
    let (good, _) = roots.add_parsable_certificates(native.certs);
    if good == 0 {
        return None;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
