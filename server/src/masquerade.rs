//! The address outside, where `ftp.masquerade` is the name of a host: asked for again and again, because it changes
//! where the provider assigns it.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::lookup_host,
    sync::Notify,
    time::{sleep, timeout},
};
use wharf_ftp::Ftp;

/// How long an answer is good.
const REFRESH: Duration = Duration::from_mins(5);
/// How soon it is asked again after none came.
const RETRY: Duration = Duration::from_secs(30);
/// How long the name server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for the address of `host` and sets it. False if there was none, and the one before stays.
pub(crate) async fn refresh(ftp: &Ftp, host: &str) -> bool {
    match resolve(host).await {
        Ok(address) => {
            tracing::debug!(host, %address, "address outside");
            ftp.masquerade.set(address);
            true
        }
        Err(error) => {
            tracing::warn!(host, error, "ftp.masquerade: no address of this host, PASV goes on with what it had");
            false
        }
    }
}

/// Does so for ever, and at once when somebody rings.
pub(crate) async fn keep(ftp: Arc<Ftp>, host: String, bell: Arc<Notify>) {
    let mut good = true;
    loop {
        tokio::select! {
            () = sleep(if good { REFRESH } else { RETRY }) => {},
            () = bell.notified() => {},
        }
        good = refresh(&ftp, &host).await;
    }
}

async fn resolve(host: &str) -> Result<Ipv4Addr, String> {
    let found =
        timeout(PATIENCE, lookup_host((host, 0))).await.map_err(|_| "the name server does not answer".to_owned())?;
    let mut found = found.map_err(|error| error.to_string())?;
    let address = found.find_map(|address| match address.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    address.ok_or_else(|| "it has no IPv4 address".to_owned())
}
