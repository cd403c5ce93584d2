//! Data connections: passive (RFC 959 PASV, RFC 2428 EPSV) and active ones (PORT, EPRT), TLS on both.

pub(crate) mod addresses;
mod ports;

pub use self::ports::PassivePorts;
use self::ports::{PassivePort, socket_for};

use crate::{
    deflate::{Deflater, Inflater},
    tls::DataTls,
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    io::{self, Read},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::server::TlsStream;
use wharf_core::{
    proxy,
    read_ahead::{self, ReadAhead},
};
use wharf_model::addresses::AddressRange;
use wharf_vfs::Buffer;

/// How long the other side may take to open a data connection.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a finished data connection is kept for the client to close it.
const LINGER: Duration = Duration::from_secs(5);

/// How the next data connection comes about.
#[derive(Debug)]
pub(crate) enum Plan {
    /// The client connects to us.
    Passive(PassivePort),
    /// We connect to the client.
    Active(SocketAddr),
}

/// Who may be at the other end, and how the connection is protected.
pub(crate) struct Terms {
    /// Address of the control connection's client; nobody else is let in.
    pub(crate) peer: IpAddr,
    /// The address of this machine that the control connection came to; active connections come from it.
    pub(crate) local: IpAddr,
    /// Who passes connections on and says for whom.
    pub(crate) proxies: Arc<[AddressRange]>,
    /// TLS (PROT P).
    pub(crate) tls: Option<DataTls>,
}

impl Plan {
    /// Opens the connection.
    pub(crate) async fn connect(self, terms: Terms) -> io::Result<DataConnection> {
        let stream = timeout(CONNECT, async {
            match self {
                Self::Passive(port) => accept_from(&port.listener, &terms).await,
                Self::Active(address) => {
                    let socket = socket_for(address)?;
                    socket.bind(SocketAddr::new(terms.local, 0))?;
                    socket.connect(address).await
                }
            }
        });
        let stream = stream.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let Some(tls) = terms.tls else { return Ok(DataConnection::Plain(stream)) };
        Ok(DataConnection::Tls(Box::new(tls.accept(ReadAhead::new(stream)).await?)))
    }
}

/// Whoever else connects is shut out without ending the wait for the right one.
async fn accept_from(listener: &TcpListener, terms: &Terms) -> io::Result<TcpStream> {
    loop {
        let (mut stream, address) = listener.accept().await?;
        let ip = if proxy::is_one(&terms.proxies, address.ip()) {
            match proxy::read(&mut stream).await {
                Ok(ends) => ends.map_or(address, |ends| ends.peer).ip(),
                Err(error) => {
                    tracing::warn!(proxy.ip = %address.ip(), %error, "data connection from a proxy refused");
                    continue;
                }
            }
        } else {
            address.ip()
        };
        if ip.to_canonical() == terms.peer {
            return Ok(stream);
        }
        tracing::warn!(stranger.ip = %ip, client.ip = %terms.peer, "data connection from another address refused");
    }
}

/// An open data connection.
pub(crate) enum DataConnection {
    /// In clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<ReadAhead>>),
    /// To the client, compressed (MODE Z).
    Deflating(Box<Deflater<DataConnection>>),
    /// From the client, compressed (MODE Z).
    Inflating(Box<Inflater<DataConnection>>),
}

impl DataConnection {
    /// Sends everything that was written, which is all there is.
    pub(crate) async fn complete(&mut self) -> io::Result<()> {
        if let Self::Deflating(deflater) = self {
            deflater.end().await?;
        }
        self.flush().await
    }

    /// Ends a connection whose data is complete: `close_notify` where there is TLS, then FIN.
    pub(crate) async fn finish(mut self, lingering: Arc<Semaphore>) -> io::Result<()> {
        self.shutdown().await?;
        // Closing a socket that holds unread bytes would reset it and could take the tail of the file along, so the
        // client's own goodbye is read first. A client that closes nothing must not fill the process with connections.
        let Ok(place) = lingering.try_acquire_owned() else { return Ok(()) };
        let mut connection = self.into_inner();
        tokio::spawn(async move {
            let _place = place;
            let mut rest = [0; 512];
            let _ = timeout(LINGER, async { while connection.read(&mut rest).await.is_ok_and(|n| n > 0) {} }).await;
        });
        Ok(())
    }

    /// The connection without its compression.
    fn into_inner(self) -> Self {
        match self {
            Self::Deflating(deflater) => deflater.connection,
            Self::Inflating(inflater) => inflater.connection,
            plain => plain,
        }
    }

    /// Ends a connection whose data is not complete, so that the client cannot take it for a whole file: RST, and no
    /// `close_notify`.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(self.socket()).set_linger(Some(Duration::ZERO));
    }

    /// Whether a thread may read from it with [`take_now`](Self::take_now).
    pub(crate) fn suits_thread(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Tls(_))
    }

    /// Takes what has arrived, as far as it has room, without waiting and without the runtime: for a thread of its own.
    pub(crate) fn take_now(&mut self, buffer: &mut Buffer) -> io::Result<Taken> {
        while buffer.free() > 0 {
            match self.read_now(buffer.space()) {
                Ok(0) => return Ok(Taken::End),
                Ok(n) => buffer.advance(n),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Taken::All),
                Err(error) => return Err(error),
            }
        }
        Ok(Taken::Full)
    }

    fn read_now(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let stream = match self {
            Self::Plain(stream) => return read_ahead::receive(stream, into),
            Self::Tls(stream) => stream,
            Self::Deflating(_) | Self::Inflating(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        let (socket, tls) = stream.get_mut();
        loop {
            match tls.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            tls.read_tls(socket)?;
            tls.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Blocks this thread until something has arrived. False if nothing has after `limit`.
    pub(crate) fn wait(&self, limit: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(self.socket(), PollFlags::IN)], Some(&limit)) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(true),
            Err(errno) => Err(errno.into()),
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0.socket(),
            Self::Deflating(deflater) => deflater.connection.socket(),
            Self::Inflating(inflater) => inflater.connection.socket(),
        }
    }
}

/// What [`DataConnection::take_now`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The buffer is full.
    Full,
    /// There is nothing more at the moment.
    All,
    /// The client has sent everything.
    End,
}

impl AsyncRead for DataConnection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Deflating(deflater) => Pin::new(&mut deflater.connection).poll_read(cx, buffer),
            Self::Inflating(inflater) => Pin::new(inflater).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for DataConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Deflating(deflater) => Pin::new(deflater).poll_write(cx, bytes),
            Self::Inflating(inflater) => Pin::new(&mut inflater.connection).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Deflating(deflater) => Pin::new(deflater).poll_flush(cx),
            Self::Inflating(inflater) => Pin::new(&mut inflater.connection).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Deflating(deflater) => Pin::new(deflater).poll_shutdown(cx),
            Self::Inflating(inflater) => Pin::new(&mut inflater.connection).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpSocket;

    #[tokio::test]
    async fn a_stranger_is_shut_out_and_the_client_still_gets_in() {
        let ports = PassivePorts::new(39_010..=39_019);
        let port =
            ports.open("0.0.0.0".parse().unwrap(), "00000000-0000-0000-0000-000000000001".parse().unwrap()).unwrap();
        let number = port.address().port();
        let terms = Terms {
            peer: "127.0.0.2".parse().unwrap(),
            local: "127.0.0.1".parse().unwrap(),
            proxies: Arc::default(),
            tls: None,
        };
        let waiting = tokio::spawn(async move { Plan::Passive(port).connect(terms).await });
        let from = |ip: &'static str| async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::new(ip.parse().unwrap(), 0)).unwrap();
            socket.connect(SocketAddr::new("127.0.0.1".parse().unwrap(), number)).await.unwrap()
        };
        let mut stranger = from("127.0.0.3").await;
        assert_eq!(stranger.read(&mut [0; 8]).await.unwrap(), 0, "closed without a byte");
        let _client = from("127.0.0.2").await;
        assert!(waiting.await.unwrap().is_ok());
    }
}
