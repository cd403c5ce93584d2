//! Accepting control connections: admission, and one task for each.

use crate::{Ftp, control, reply::Reply};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use wharf_core::{listeners, proxy::Endpoints, sessions::Connection};
use wharf_model::sessions::Protocol;

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
        let Self { ftp, socket, implicit } = self;
        let proxies = ftp.settings.proxies.clone();
        listeners::accept(socket, proxies, stop, move |stream, ends| admit(ftp.clone(), stream, ends, implicit)).await;
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
                let reply = Reply::new(421, format!("Closing control connection: {refusal}"));
                tokio::spawn(listeners::turn_away(stream, reply.encode()));
            }
        }
    }
}
