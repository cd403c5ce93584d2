//! `wharf serve --demo`: people, domains and accounts to look at, and real clients in this process that log in over the
//! loopback network and keep files moving at the speed of people, so that the panel is alive at first sight.
//!
//! * [`client`]: a small FTP client; [`sftp`]: one for SFTP; [`webdav`]: one for WebDAV
//! * [`people`]: who there is, and what is in their homes
//! * this file: what the clients do all day

mod client;
mod people;
mod sftp;
mod webdav;

use crate::config::Config;
use anyhow::Context;
use client::Client;
use people::{Home, Visitor, Way};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::sleep};
use tokio_rustls::TlsConnector;
use wharf_core::{Core, random};

/// What the clients need to log in.
pub(crate) struct Demo {
    /// Password of all demo accounts; another one at each start.
    password: String,
    connector: TlsConnector,
}

/// Puts people, domains, accounts and files in place, and prints how to sign in.
pub(crate) async fn prepare(core: &Core, config: &Config) -> anyhow::Result<Demo> {
    let password = people::prepare(core, &config.data_dir).await.context("cannot set up the demo")?;
    let certificate = config.tls.certificate.clone().unwrap_or_else(|| config.data_dir.join("certificate.pem"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&certificate).context("cannot read the certificate")? {
        roots.add(certificate.context("cannot read the certificate")?).context("cannot trust the certificate")?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("cannot set up TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Demo { password, connector: TlsConnector::from(Arc::new(tls)) })
}

/// Where the clients connect to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doors {
    /// FTP, and FTPS by `AUTH TLS`.
    pub(crate) ftp: Option<SocketAddr>,
    /// SFTP.
    pub(crate) sftp: Option<SocketAddr>,
    /// WebDAV, where it has TLS.
    pub(crate) webdav: Option<SocketAddr>,
}

/// Runs the clients for ever; those whose protocol is off stay at home.
pub(crate) async fn run(demo: Demo, doors: Doors) {
    let demo = Arc::new(demo);
    let mut clients = JoinSet::new();
    for (number, visitor) in (1..).zip(people::VISITORS) {
        let door = match visitor.way {
            Way::Ftp | Way::Ftps => doors.ftp,
            Way::Sftp => doors.sftp,
            Way::WebDav => doors.webdav,
        };
        if let Some(door) = door {
            clients.spawn(live(demo.clone(), door, visitor, number));
        }
    }
    clients.join_all().await;
}

/// One client: comes, works, goes, comes again. Whatever ends a visit, a kick above all, the next one begins later.
async fn live(demo: Arc<Demo>, server: SocketAddr, visitor: &'static Visitor, number: u8) {
    // Each from an address of its own, so that they look like different people.
    let from = SocketAddr::from(([127, 0, 10, number], 0));
    let to = SocketAddr::from(([127, 0, 0, 1], server.port()));
    sleep(Duration::from_millis(u64::from(number) * 150)).await;
    loop {
        let visited = match visitor.way {
            Way::Sftp => visit_by_sftp(&demo, from, to, visitor).await,
            Way::WebDav => visit_by_webdav(&demo, from, to, visitor).await,
            Way::Ftp | Way::Ftps => visit(&demo, from, to, visitor).await,
        };
        if let Err(error) = visited {
            tracing::debug!(login = visitor.login, error = format!("{error:#}"), "demo visit ended");
        }
        pause(4, 15).await;
    }
}

async fn visit(demo: &Demo, from: SocketAddr, to: SocketAddr, visitor: &Visitor) -> anyhow::Result<()> {
    let home = people::home(visitor.login).context("a visitor has a home")?;
    let mut client = Client::connect(from, to).await?;
    if visitor.way == Way::Ftps {
        client.secure(&demo.connector).await?;
    }
    client.log_in(&format!("{}@{}", home.login, home.domain), &demo.password).await?;
    for _ in 0..between(3, 9) {
        pause(1, visitor.thinks).await;
        act(&mut client, home, visitor).await?;
    }
    client.quit().await
}

async fn visit_by_sftp(demo: &Demo, from: SocketAddr, to: SocketAddr, visitor: &Visitor) -> anyhow::Result<()> {
    let home = people::home(visitor.login).context("a visitor has a home")?;
    let login = format!("{}@{}", home.login, home.domain);
    let mut client = sftp::Client::log_in(from, to, &login, &demo.password).await?;
    for _ in 0..between(3, 9) {
        pause(1, visitor.thinks).await;
        let (directory, file, size) = home.files[below(home.files.len())];
        client.list(&format!("/{directory}")).await?;
        pause(1, visitor.thinks).await;
        if visitor.uploads && below(3) > 0 {
            client.upload(&format!("/{directory}/{file}"), size / 8 + 1_000_000).await?;
        } else {
            client.download(&format!("/{directory}/{file}")).await?;
        }
    }
    client.quit().await
}

async fn visit_by_webdav(demo: &Demo, from: SocketAddr, to: SocketAddr, visitor: &Visitor) -> anyhow::Result<()> {
    let home = people::home(visitor.login).context("a visitor has a home")?;
    let login = format!("{}@{}", home.login, home.domain);
    let mut client = webdav::Client::connect(from, to, &demo.connector, &login, &demo.password).await?;
    // Its session stays until it has been idle for long, so it goes on for long.
    loop {
        pause(1, visitor.thinks).await;
        let (directory, file, size) = home.files[below(home.files.len())];
        client.list(&format!("/{directory}/")).await?;
        pause(1, visitor.thinks).await;
        if visitor.uploads && below(3) > 0 {
            client.upload(&format!("/{directory}/{file}"), size / 8 + 1_000_000).await?;
        } else {
            client.download(&format!("/{directory}/{file}")).await?;
        }
    }
}

async fn act(client: &mut Client, home: &Home, visitor: &Visitor) -> anyhow::Result<()> {
    let (directory, file, size) = home.files[below(home.files.len())];
    client.command(&format!("CWD /{directory}")).await?;
    client.list().await?;
    pause(1, visitor.thinks).await;
    if visitor.uploads && below(3) > 0 {
        // Sent to the same few names, so that the demo does not fill the disk.
        client.upload(file, size / 8 + 1_000_000).await
    } else {
        client.download(file).await
    }
}

/// A whole number from `low` to `high`.
fn between(low: u64, high: u64) -> u64 {
    low + u64::from(u32::from_be_bytes(random::bytes())) % (high - low + 1)
}

fn below(count: usize) -> usize {
    u32::from_be_bytes(random::bytes()) as usize % count.max(1)
}

async fn pause(low: u64, high: u64) {
    sleep(Duration::from_millis(between(low * 1000, high * 1000))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visitor_has_a_home_with_files() {
        for visitor in people::VISITORS {
            assert!(people::home(visitor.login).is_some_and(|home| !home.files.is_empty()), "{}", visitor.login);
        }
    }
}
