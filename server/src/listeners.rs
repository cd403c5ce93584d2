//! The open ports: opened here, or by a service manager, and handed to whoever serves on them.

use crate::{
    config::{Config, Listen, Outside},
    http::{self, Panel, files::FileClient},
    masquerade,
    systemd::Inherited,
    tls::Certificates,
};
use anyhow::Context;
use axum::Router;
use rustix::io::Errno;
use socket2::SockRef;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::spawn_blocking,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wharf_app::guard::FilesAt;
use wharf_core::Core;
use wharf_ftp::{Ftp, FtpTls, Masquerade, PassivePorts};
use wharf_sftp::{Sftp, host_keys};
use wharf_web::connections;

const BACKLOG: u32 = 1024;

/// Open ports that nobody is served on yet. A service manager may open several under one name.
pub(crate) struct Listeners {
    panel: Vec<TcpListener>,
    explicit: Vec<wharf_ftp::Listener>,
    implicit: Vec<wharf_ftp::Listener>,
    sftp: Vec<wharf_sftp::Listener>,
    files: Vec<TcpListener>,
    /// What the FTP listeners share.
    pub(crate) ftp: Arc<Ftp>,
}

impl Listeners {
    /// Opens what `config` wants open.
    pub(crate) async fn open(
        config: &Config,
        core: &Arc<Core>,
        certificates: &Arc<Certificates>,
        mut inherited: Inherited,
    ) -> anyhow::Result<Self> {
        let ftp = Arc::new(Ftp {
            core: core.clone(),
            tls: FtpTls::new(certificates.clone(), config.ftp.data_tls_session).context("cannot set up TLS for FTP")?,
            ports: PassivePorts::new(config.ftp.passive_ports.0.clone()),
            masquerade: Masquerade::default(),
            settings: config.ftp_settings(),
        });
        match &config.ftp.masquerade {
            Some(Outside::Address(address)) => ftp.masquerade.set(*address),
            Some(Outside::Host(host)) => {
                masquerade::refresh(&ftp, host).await;
            }
            None => {}
        }
        let mut open = |key: &str, listen: &Listen| {
            sockets(listen, &mut inherited)
                .with_context(|| format!("configuration key {key}: cannot listen on {listen}"))
        };
        let panel = open("panel.listen", &config.panel.listen)?;
        let explicit = open("ftp.listen", &config.ftp.listen)?.into_iter();
        let implicit = open("ftp.implicit_listen", &config.ftp.implicit_listen)?.into_iter();
        let sftp = open("sftp.listen", &config.sftp.listen)?;
        let files = open("web.listen", &config.web.listen)?;
        Ok(Self {
            panel,
            explicit: explicit.map(|socket| wharf_ftp::Listener::new(ftp.clone(), socket, false)).collect(),
            implicit: implicit.map(|socket| wharf_ftp::Listener::new(ftp.clone(), socket, true)).collect(),
            sftp: serve_sftp(config, core, sftp).await?,
            files,
            ftp,
        })
    }

    /// One line for each listener.
    pub(crate) fn announce(&self, config: &Config) -> anyhow::Result<()> {
        for panel in &self.panel {
            let scheme = if config.panel.tls { "https" } else { "http" };
            println!("panel  {scheme}://{}", reachable(panel.local_addr()?));
        }
        for ftp in &self.explicit {
            println!("ftp    {} (explicit TLS), passive ports {}", ftp.local_addr()?, config.ftp.passive_ports);
        }
        for implicit in &self.implicit {
            println!("ftps   {} (implicit TLS)", implicit.local_addr()?);
        }
        for sftp in &self.sftp {
            println!("sftp   {}", sftp.local_addr()?);
        }
        for files in &self.files {
            let scheme = if config.web.tls { "https" } else { "http" };
            println!("files  {scheme}://{}", reachable(files.local_addr()?));
        }
        Ok(())
    }

    /// Where a client of this machine finds FTP.
    pub(crate) fn ftp_address(&self) -> Option<SocketAddr> {
        self.explicit.first()?.local_addr().ok()
    }

    /// Where a client of this machine finds SFTP.
    pub(crate) fn sftp_address(&self) -> Option<SocketAddr> {
        self.sftp.first()?.local_addr().ok()
    }

    /// Where a client of this machine finds WebDAV.
    pub(crate) fn web_address(&self) -> Option<SocketAddr> {
        self.files.first()?.local_addr().ok()
    }

    /// Serves on all of them until `stop`.
    pub(crate) fn start(
        self,
        tasks: &TaskTracker,
        core: &Arc<Core>,
        certificates: &Arc<Certificates>,
        stop: &CancellationToken,
        config: &Config,
    ) -> anyhow::Result<()> {
        let at = match (&config.web.origin, self.web_address()) {
            (_, None) => FilesAt::Nowhere,
            (Some(origin), Some(_)) => FilesAt::Origin(origin.to_string()),
            (None, Some(address)) => FilesAt::Port(address.port()),
        };
        for listener in self.explicit.into_iter().chain(self.implicit) {
            tasks.spawn(listener.run(stop.clone()));
        }
        for listener in self.sftp {
            tasks.spawn(listener.run(stop.clone()));
        }
        for panel in self.panel {
            let tls = config.panel.tls.then(|| certificates.server_config(&[b"h2", b"http/1.1"])).transpose()?;
            let router = Panel::new(core.clone(), at.clone(), stop.clone()).router();
            serve(tasks, panel, tls, router, http::MOST, stop);
        }
        for files in self.files {
            let tls = config.web.tls.then(|| certificates.server_config(&[b"h2", b"http/1.1"])).transpose()?;
            let router = FileClient::new(core.clone(), config.web_settings(), stop.clone()).router();
            serve(tasks, files, tls, router, http::files::MOST, stop);
        }
        Ok(())
    }
}

fn serve(
    tasks: &TaskTracker,
    socket: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    most: usize,
    stop: &CancellationToken,
) {
    let served = connections::serve(socket, tls, router, most, stop.clone());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(error = format!("{error:#}"), "a listener of HTTP ended");
        }
    });
}

/// Without a socket there is nothing to make keys for.
async fn serve_sftp(
    config: &Config,
    core: &Arc<Core>,
    sockets: Vec<TcpListener>,
) -> anyhow::Result<Vec<wharf_sftp::Listener>> {
    // It is read where SFTP is off as well: a list that is wrong shall not wait to be.
    let settings = config.sftp_settings()?;
    if sockets.is_empty() {
        return Ok(Vec::new());
    }
    let directory = config.data_dir.clone();
    let keys =
        spawn_blocking(move || host_keys::load_or_make(&directory)).await?.context("cannot use the host keys")?;
    let sftp = Arc::new(Sftp::new(core.clone(), settings, keys));
    Ok(sockets.into_iter().map(|socket| wharf_sftp::Listener::new(sftp.clone(), socket)).collect())
}

fn sockets(listen: &Listen, inherited: &mut Inherited) -> anyhow::Result<Vec<TcpListener>> {
    match listen {
        Listen::Off => Ok(Vec::new()),
        Listen::At(address) => Ok(vec![bind(*address)?]),
        Listen::Systemd(name) => {
            let found = inherited.named(name)?;
            anyhow::ensure!(!found.is_empty(), "the service manager has given no socket of that name");
            Ok(found.into_iter().map(TcpListener::from_std).collect::<Result<_, _>>()?)
        }
    }
}

/// Opens `address`. An IPv6 wildcard takes IPv4 clients as well, and a machine without IPv6 gets the IPv4 wildcard
/// instead.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    match bind_exactly(address) {
        Err(error) if address.ip() == IpAddr::from(Ipv6Addr::UNSPECIFIED) && lacks_ipv6(&error) => {
            bind_exactly(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        opened => opened,
    }
}

fn bind_exactly(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        SockRef::from(&socket).set_only_v6(false)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn lacks_ipv6(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL].iter().any(|errno| code == Some(errno.raw_os_error()))
}

/// An address a browser on this machine can open.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}
