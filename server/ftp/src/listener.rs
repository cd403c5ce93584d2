//! Accepting control connections: admission, and one task for each.

use crate::{Ftp, control};
use socket2::{SockRef, TcpKeepalive};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use wharf_core::sessions::Connection;
use wharf_model::sessions::Protocol;

const BACKLOG: u32 = 1024;
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

/// Opens `address`. With `implicit`, TLS begins with the connection (the old port 990 way). An IPv6 wildcard takes IPv4
/// clients as well.
pub fn bind(ftp: Arc<Ftp>, address: SocketAddr, implicit: bool) -> io::Result<Listener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        SockRef::from(&socket).set_only_v6(false)?;
    }
    socket.bind(address)?;
    Ok(Listener { ftp, socket: socket.listen(BACKLOG)?, implicit })
}

impl Listener {
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
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    sleep(EXHAUSTED).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr) {
        // A peer that is gone again has no address any more; there is nobody to talk to.
        let Ok(local) = stream.local_addr() else { return };
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        let connection = Connection { protocol: Protocol::Ftp, secure: self.implicit, peer, local };
        match self.ftp.core.admit(connection) {
            Ok(session) => {
                tokio::spawn(control::serve(self.ftp.clone(), session, stream, self.implicit));
            }
            Err(refusal) => {
                tracing::info!(client.ip = %peer.ip(), reason = %refusal, "connection refused");
                // Before an implicit handshake there is no way to say why.
                if !self.implicit {
                    tokio::spawn(refuse(stream, refusal.to_string()));
                }
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
