//! From accepted sockets to HTTP requests that know who they come from.

use anyhow::Context;
use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use wharf_app::guard::Peer;

/// Connections at once; more wait in the backlog.
const MOST: usize = 2_000;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(20);
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long running requests get when the server stops.
const DRAIN: Duration = Duration::from_secs(3);

/// Serves `router` until `stop`, then lets running requests finish.
pub(crate) async fn serve(
    socket: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let acceptor = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(MOST));
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
                    tracing::warn!(%error, "panel connection not accepted");
                    sleep(EXHAUSTED).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            serve_one(stream, peer, acceptor, router, watcher).await;
            drop(place);
        });
    }
    drop(socket);
    if let Some(graceful) = Arc::into_inner(graceful) {
        let _ = timeout(DRAIN, graceful.shutdown()).await;
    }
    Ok(())
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let _ = stream.set_nodelay(true);
    let peer = Peer(SocketAddr::new(peer.ip().to_canonical(), peer.port()));
    match acceptor {
        None => speak_http(stream, peer, router, watcher).await,
        Some(acceptor) => match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => speak_http(stream, peer, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(client.ip = %peer.0.ip(), %error, "panel TLS handshake failed"),
            Err(_) => tracing::debug!(client.ip = %peer.0.ip(), "panel TLS handshake timed out"),
        },
    }
}

async fn speak_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(client.ip = %peer.0.ip(), %error, "panel connection ended");
    }
}
