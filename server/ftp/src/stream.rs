//! The control connection, in clear or under TLS.

use std::{io, net::IpAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a TLS handshake may take.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may leave a reply unread.
const WRITE: Duration = Duration::from_secs(30);
/// How long the closing of a TLS layer may take.
const CLOSE: Duration = Duration::from_secs(2);

/// The control connection.
#[derive(Debug)]
pub(crate) enum ControlStream {
    /// In clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the two, or lost there.
    Closed,
}

impl ControlStream {
    /// Some bytes; 0 at the end. May be dropped and called again without loss.
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
            Self::Closed => Ok(0),
        }
    }

    /// Sends all of `bytes`, or fails if the client does not take them.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(WRITE, async {
            match self {
                Self::Plain(stream) => stream.write_all(bytes).await,
                Self::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Self::Closed => Err(io::ErrorKind::NotConnected.into()),
            }
        })
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Says goodbye to the transport: `close_notify`, then FIN.
    pub(crate) async fn close(&mut self) {
        let _ = timeout(CLOSE, async {
            match self {
                Self::Plain(stream) => stream.shutdown().await,
                Self::Tls(stream) => stream.shutdown().await,
                Self::Closed => Ok(()),
            }
        })
        .await;
    }

    /// Puts TLS around the connection (RFC 4217 section 4).
    pub(crate) async fn secure(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        let Self::Plain(stream) = std::mem::replace(self, Self::Closed) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let stream = timeout(HANDSHAKE, acceptor.accept(stream)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        *self = Self::Tls(Box::new(stream));
        Ok(())
    }

    /// Takes TLS off again (RFC 4217 section 6): both sides send `close_notify`, the connection stays.
    pub(crate) async fn clear(&mut self) -> io::Result<()> {
        let Self::Tls(stream) = std::mem::replace(self, Self::Closed) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        *self = Self::Plain(timeout(HANDSHAKE, remove_tls(*stream)).await.map_err(|_| io::ErrorKind::TimedOut)??);
        Ok(())
    }

    /// TLS version and cipher suite, where there is TLS.
    pub(crate) fn encryption(&self) -> Option<String> {
        let Self::Tls(stream) = self else { return None };
        let (_, tls) = stream.get_ref();
        let version = match tls.protocol_version()? {
            rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3",
            rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
            _ => "TLS",
        };
        Some(format!("{version} {:?}", tls.negotiated_cipher_suite()?.suite()))
    }

    /// The address of this machine that the connection came to. The client may have reached another one, of a proxy.
    pub(crate) fn local_ip(&self) -> io::Result<IpAddr> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
            Self::Closed => return Err(io::ErrorKind::NotConnected.into()),
        };
        Ok(stream.local_addr()?.ip().to_canonical())
    }

    /// Whether there is TLS.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// The client's certificate (DER), if it has shown one.
    pub(crate) fn client_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Tls(stream) => stream.get_ref().1.peer_certificates()?.first().map(|certificate| &**certificate),
            _ => None,
        }
    }

    /// The name the client asked for in the handshake.
    pub(crate) fn server_name(&self) -> Option<&str> {
        match self {
            Self::Tls(stream) => stream.get_ref().1.server_name(),
            _ => None,
        }
    }
}

/// tokio-rustls closes the socket together with TLS, so the last records are exchanged by hand. The client's are read
/// one by one: what follows its `close_notify` is clear text and must stay in the socket. Some clients, curl among them,
/// send no `close_notify` of their own and go on in clear at once.
async fn remove_tls(stream: TlsStream<TcpStream>) -> io::Result<TcpStream> {
    const RECORD_HEADER: usize = 5;
    /// Types of TLS records (RFC 8446 section 5.1); no command begins with such a byte.
    const RECORDS: std::ops::RangeInclusive<u8> = 20..=24;
    let (mut stream, mut tls) = stream.into_inner();
    tls.send_close_notify();
    let mut out = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut out)?;
    }
    stream.write_all(&out).await?;
    while !tls.process_new_packets().map_err(io::Error::other)?.peer_has_closed() {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 || !RECORDS.contains(&first[0]) {
            break;
        }
        let mut record = vec![0; RECORD_HEADER];
        stream.read_exact(&mut record).await?;
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(RECORD_HEADER + length, 0);
        stream.read_exact(&mut record[RECORD_HEADER..]).await?;
        let mut rest = record.as_slice();
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
        }
    }
    Ok(stream)
}
