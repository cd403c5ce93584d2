//! Accepting connections, the same for every protocol: keeping the port open, and whose a connection is.

use crate::proxy::{self, Endpoints};
use socket2::{SockRef, TcpKeepalive};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use wharf_model::addresses::AddressRange;

/// How long to wait when the process has no file descriptor left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// A peer that vanished without a word is noticed after about two minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// How long a client that is turned away may take to read why.
const REFUSE: Duration = Duration::from_secs(5);

/// Hands each connection to `serve` until `stop`, with those between whom it is. One that comes from one of `proxies`
/// is read first: the proxy says for whom it is. What was served goes on after `stop`.
pub async fn accept(
    socket: TcpListener,
    proxies: Arc<[AddressRange]>,
    stop: CancellationToken,
    serve: impl Fn(TcpStream, Endpoints) + Clone + Send + 'static,
) {
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => receive(stream, peer, &proxies, &serve),
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                sleep(EXHAUSTED).await;
            }
        }
    }
}

fn receive(
    mut stream: TcpStream,
    peer: SocketAddr,
    proxies: &[AddressRange],
    serve: &(impl Fn(TcpStream, Endpoints) + Clone + Send + 'static),
) {
    // A peer that is gone again has no address any more; there is nobody to talk to.
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
    let own = Endpoints { peer, local };
    if !proxy::is_one(proxies, peer.ip()) {
        return serve(stream, own);
    }
    let serve = serve.clone();
    tokio::spawn(async move {
        match proxy::read(&mut stream).await {
            Ok(ends) => serve(stream, ends.unwrap_or(own)),
            Err(error) => tracing::warn!(proxy.ip = %peer.ip(), %error, "connection from a proxy refused"),
        }
    });
}

/// Tells a client that may not come in why, and closes.
pub async fn turn_away(mut stream: TcpStream, why: Vec<u8>) {
    // Whoever does not want to hear it is gone as well.
    let _ = timeout(REFUSE, async {
        stream.write_all(&why).await?;
        stream.shutdown().await
    })
    .await;
}
