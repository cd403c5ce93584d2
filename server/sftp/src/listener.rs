//! Accepting connections: admission, and one task for each.

use crate::{Sftp, connection};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use wharf_core::{listeners, proxy::Endpoints, sessions::Connection};
use wharf_model::sessions::Protocol;

/// An open port that nobody is served on yet.
#[derive(Debug)]
pub struct Listener {
    sftp: Arc<Sftp>,
    socket: TcpListener,
}

impl Listener {
    /// On an open port.
    pub fn new(sftp: Arc<Sftp>, socket: TcpListener) -> Self {
        Self { sftp, socket }
    }

    /// The address it listens on, with the real port where port 0 was asked for.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves clients until `stop`. Sessions that run then go on.
    pub async fn run(self, stop: CancellationToken) {
        let Self { sftp, socket } = self;
        let proxies = sftp.settings.proxies.clone();
        listeners::accept(socket, proxies, stop, move |stream, ends| admit(sftp.clone(), stream, ends)).await;
    }
}

fn admit(sftp: Arc<Sftp>, stream: TcpStream, Endpoints { peer, local }: Endpoints) {
    match sftp.core.admit(Connection { protocol: Protocol::Sftp, secure: true, peer, local }) {
        Ok(session) => {
            tokio::spawn(connection::serve(sftp, session, stream));
        }
        Err(refusal) => {
            tracing::info!(client.ip = %peer.ip(), reason = %refusal, "connection refused");
            // Before its identification a server may send other lines (RFC 4253 section 4.2).
            tokio::spawn(listeners::turn_away(stream, format!("Not allowed: {refusal}\r\n").into()));
        }
    }
}
