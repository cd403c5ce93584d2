//! From accepted sockets to HTTP requests that know who they come from.

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, Request, Uri,
        header::{HOST, ORIGIN},
        uri::Authority,
    },
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use wharf_core::read_ahead::ReadAhead;
use wharf_model::addresses::AddressRange;

/// Connections at once from one address (IPv6: one /64), so that nobody keeps all others out. Browsers have about six for
/// the whole panel; a proxy in front shares this among all who come through it.
const MOST_PER_ADDRESS: usize = 500;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(20);
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long running requests get when the server stops.
const DRAIN: Duration = Duration::from_secs(3);

/// How a request came here; in its extensions.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The client.
    pub peer: SocketAddr,
    /// The address of ours that it reached.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The name that the client gave in the TLS handshake.
    pub server_name: Option<String>,
    /// Cuts the connection, whatever is under way on it.
    pub cut: CancellationToken,
}

/// Whether a page of this origin asks. Browsers send the cookie with a socket of any page of the site.
pub fn same_origin(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = uri.authority().map(Authority::as_str).or_else(|| text(HOST));
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    matches!((host, origin), (Some(host), Some(origin)) if host.eq_ignore_ascii_case(origin))
}

/// Serves `router` until `stop`, then lets running requests finish. More than `most` connections at once wait in the
/// backlog.
pub async fn serve(
    socket: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    most: usize,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let acceptor = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(most));
    let addresses = Arc::new(Addresses::default());
    let graceful = Arc::new(GracefulShutdown::new());
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.context("the connection limit is closed")?,
            () = stop.cancelled() => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    sleep(EXHAUSTED).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let Some(share) = addresses.take(AddressRange::customer(peer.ip())) else {
            tracing::debug!(client.ip = %peer.ip(), "connection refused: too many from the address");
            continue;
        };
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            serve_one(stream, peer, acceptor, router, watcher).await;
            drop((place, share));
        });
    }
    drop(socket);
    if let Some(graceful) = Arc::into_inner(graceful) {
        let _ = timeout(DRAIN, graceful.shutdown()).await;
    }
    Ok(())
}

/// How many connections each address has.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<AddressRange, usize>>);

/// One connection of an address, until it is dropped.
#[derive(Debug)]
struct Share(Arc<Addresses>, AddressRange);

impl Addresses {
    /// Counts one more, if there may be one more.
    fn take(self: &Arc<Self>, address: AddressRange) -> Option<Share> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= MOST_PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Share(self.clone(), address))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // Without addresses there is nobody at the other end any more.
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let (peer, local, cut) = (canonical(peer), canonical(local), CancellationToken::new());
    let arrival = Arrival { peer, local, secure: acceptor.is_some(), server_name: None, cut };
    match acceptor {
        None => speak_http(stream, arrival, router, watcher).await,
        Some(acceptor) => match timeout(HANDSHAKE, acceptor.accept(ReadAhead::new(stream))).await {
            Ok(Ok(stream)) => {
                let server_name = stream.get_ref().1.server_name().map(str::to_owned);
                speak_http(stream, Arrival { server_name, ..arrival }, router, watcher).await;
            }
            Ok(Err(error)) => tracing::debug!(client.ip = %peer.ip(), %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(client.ip = %peer.ip(), "TLS handshake timed out"),
        },
    }
}

async fn speak_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    arrival: Arrival,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let (ip, cut) = (arrival.peer.ip(), arrival.cut.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(arrival.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(client.ip = %ip, %error, "connection ended");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_others_have_theirs() {
        let addresses = Arc::new(Addresses::default());
        let [one, other] = ["2001:db8::1", "192.0.2.1"].map(|ip| AddressRange::customer(ip.parse().unwrap()));
        let mut shares: Vec<_> = (0..MOST_PER_ADDRESS).map(|_| addresses.take(one).unwrap()).collect();
        let neighbour = AddressRange::customer("2001:db8::2".parse().unwrap());
        assert!(addresses.take(neighbour).is_none(), "the same /64");
        assert!(addresses.take(other).is_some());
        shares.pop();
        assert!(addresses.take(one).is_some());
        shares.clear();
        assert!(addresses.0.lock().unwrap().is_empty());
    }

    #[test]
    fn only_pages_of_the_same_origin_may_open_a_socket() {
        let request = |host: &str, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            same_origin(&Uri::from_static("/live"), &headers)
        };
        assert!(request("panel.example:8443", Some("https://panel.example:8443")));
        assert!(!request("panel.example:8443", Some("https://evil.example")));
        assert!(!request("panel.example:8443", Some("https://panel.example:8444")));
        assert!(!request("panel.example:8443", Some("null")));
        assert!(!request("panel.example:8443", None));
    }
}
