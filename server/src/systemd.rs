//! What a service manager gives and wants: sockets it has opened already (`sd_listen_fds(3)`), and word that the server
//! is ready (`sd_notify(3)`).

use listenfd::ListenFd;
use std::{
    env, io,
    net::TcpListener,
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
};

/// Sockets that were open before the server started, with their names (`FileDescriptorName=`).
pub(crate) struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// From the environment. It is read once; whatever the server starts itself shall not see it.
    pub(crate) fn take() -> Self {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        Self { sockets: ListenFd::from_env(), names: names.split(':').map(str::to_owned).collect() }
    }

    /// All sockets called `name` that nobody has taken yet.
    pub(crate) fn named(&mut self, name: &str) -> io::Result<Vec<TcpListener>> {
        let mut found = Vec::new();
        for (index, own) in self.names.iter().enumerate() {
            if own == name
                && let Some(socket) = self.sockets.take_tcp_listener(index)?
            {
                socket.set_nonblocking(true)?;
                found.push(socket);
            }
        }
        Ok(found)
    }
}

/// Tells the service manager, if there is one that wants to know.
pub(crate) fn notify(state: &str) {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&path, state) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

fn send(path: &std::ffi::OsStr, state: &str) -> io::Result<()> {
    let address = match path.as_encoded_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}
