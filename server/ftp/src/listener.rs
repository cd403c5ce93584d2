//! Accepting control connections: whose they are, admission, and one task for each.

use crate::{
    Ftp, control,
    proxy::{self, Endpoints},
};
use socket2::{SockRef, TcpKeepalive};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use wharf_core::sessions::Connection;
use wharf_model::sessions::Protocol;

/// How long to wait when the process has no file descriptor left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// A peer that vanished without a word is noticed after about two minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// How long a client that is turned away may take to read why.
const REFUSE: Duration = Duration::from_secs(5);

/// An open port that nobody is served on yet.
#[derive(Debug)]
pub struct Listener {
    ftp: Arc<Ftp>,
    socket: TcpListener,
    implicit: bool,
}

impl Listener {
    /// On an open port. With `implicit`, TLS begins with the connection (the old port 990 way).
    pub fn new(ftp: Arc<Ftp>, socket: TcpListener, implicit: bool) -> Self {
        Self { ftp, socket, implicit }
    }

    /// The address it listens on, with the real port where port 0 was asked for.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves clients until `stop`. Sessions that run then go on.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.receive(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    sleep(EXHAUSTED).await;
                }
            }
        }
    }

    /// Takes a connection in; one that a proxy passes on once the proxy has said for whom.
    fn receive(&self, mut stream: TcpStream, peer: SocketAddr) {
        // A peer that is gone again has no address any more; there is nobody to talk to.
        let Ok(local) = stream.local_addr() else { return };
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        let (ftp, implicit) = (self.ftp.clone(), self.implicit);
        let own = Endpoints { peer, local };
        if !proxy::is_one(&ftp.settings.proxies, peer.ip()) {
            return admit(ftp, stream, own, implicit);
        }
        tokio::spawn(async move {
            match proxy::read(&mut stream).await {
                Ok(ends) => admit(ftp, stream, ends.unwrap_or(own), implicit),
                Err(error) => tracing::warn!(proxy.ip = %peer.ip(), %error, "connection from a proxy refused"),
            }
        });
    }
}

fn admit(ftp: Arc<Ftp>, stream: TcpStream, Endpoints { peer, local }: Endpoints, implicit: bool) {
    match ftp.core.admit(Connection { protocol: Protocol::Ftp, secure: implicit, peer, local }) {
        Ok(session) => {
            tokio::spawn(control::serve(ftp, session, stream, implicit));
        }
        Err(refusal) => {
            tracing::info!(client.ip = %peer.ip(), reason = %refusal, "connection refused");
            // Before an implicit handshake there is no way to say why.
            if !implicit {
                tokio::spawn(refuse(stream, refusal.to_string()));
            }
        }
    }
}

async fn refuse(mut stream: TcpStream, reason: String) {
    let line = crate::reply::Reply::new(421, format!("Closing control connection: {reason}")).encode();
    let _ = timeout(REFUSE, async {
        stream.write_all(&line).await?;
        stream.shutdown().await
    })
    .await;
}
