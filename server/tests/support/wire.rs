//! An FTP client that shows every byte: for what curl and its like hide, repair or never do.

use super::{PATIENCE, server::PASSWORD, tls::Tls};
use rustls::{ClientConnection, HandshakeKind, StreamOwned, pki_types::CertificateDer};
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Shutdown, SocketAddr, TcpStream},
    path::Path,
};

/// A reply: its code, and its lines as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
}

/// A connection in clear or under TLS; control and data connections are both.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
        Self::Plain(with_timeouts(stream))
    }

    fn secure(self, tls: &Tls) -> Self {
        self.try_secure(tls).expect("the TLS handshake succeeds")
    }

    fn try_secure(self, tls: &Tls) -> io::Result<Self> {
        let Self::Plain(stream) = self else { panic!("TLS is on already") };
        let name = tls.server_name(stream.peer_addr().unwrap().ip());
        let connection = ClientConnection::new(tls.config.clone(), name).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Whether the TLS session is an earlier one.
    pub(crate) fn is_resumed(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.conn.handshake_kind() == Some(HandshakeKind::Resumed))
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// The server's certificate.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        let Self::Tls(stream) = self else { panic!("there is no TLS") };
        stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
    }

    /// Ends the sending side as a client does that has sent everything.
    pub(crate) fn finish(self) {
        self.try_finish().unwrap();
    }

    /// The same, where the other side may be gone.
    pub(crate) fn try_finish(mut self) -> io::Result<()> {
        if let Self::Tls(stream) = &mut self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(Shutdown::Write)
    }
}

fn with_timeouts(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Plain(with_timeouts(stream))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A control connection.
pub(crate) struct Wire {
    stream: Stream,
    received: Vec<u8>,
    tls: Option<Tls>,
    protected: bool,
}

impl Wire {
    /// Connects; nothing is read yet.
    pub(crate) fn open(address: SocketAddr) -> Self {
        Stream::open(address).into()
    }

    /// Connects to the implicit listener.
    pub(crate) fn open_securely(address: SocketAddr, certificate: &Path) -> Self {
        Self::open_with(address, Tls::trusting(certificate))
    }

    /// The same, with TLS as wanted.
    pub(crate) fn open_with(address: SocketAddr, tls: Tls) -> Self {
        let stream = Stream::open(address).secure(&tls);
        Self { stream, received: Vec::new(), tls: Some(tls), protected: true }
    }

    pub(crate) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(crate) fn send(&mut self, line: &str) {
        self.send_bytes(format!("{line}\r\n").as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
    }

    /// Whether a line could be sent; a connection that has ended does not always take it.
    pub(crate) fn try_send(&mut self, line: &str) -> bool {
        let sent = self.stream.write_all(format!("{line}\r\n").as_bytes());
        sent.and_then(|()| self.stream.flush()).is_ok()
    }

    /// The next reply, `None` at the end of the connection.
    pub(crate) fn try_reply(&mut self) -> Option<Reply> {
        let mut text = String::new();
        loop {
            let line = self.line()?;
            text.push_str(&line);
            text.push('\n');
            let head = text.get(..4).unwrap_or_default();
            let code = head.get(..3).and_then(|code| code.parse().ok());
            let code = code.unwrap_or_else(|| panic!("this is no reply: {text:?}"));
            if line.starts_with(&format!("{code} ")) {
                return Some(Reply { code, text: text.trim_end_matches('\n').to_owned() });
            }
            assert_eq!(head.as_bytes()[3], b'-', "this is no reply: {text:?}");
        }
    }

    /// The next line without its CRLF.
    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                let line = line.strip_suffix(b"\r\n").expect("lines end in CRLF");
                return Some(String::from_utf8(line.to_vec()).expect("replies are UTF-8"));
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(n) => self.received.extend_from_slice(&chunk[..n]),
                Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => {
                    return None;
                }
                Err(error) => panic!("no reply: {error}; so far {:?}", String::from_utf8_lossy(&self.received)),
            }
        }
    }

    pub(crate) fn reply(&mut self) -> Reply {
        self.try_reply().expect("a reply, not the end of the connection")
    }

    /// The next reply, which has to have this code.
    #[track_caller]
    pub(crate) fn expect_reply(&mut self, code: u16) -> Reply {
        let reply = self.reply();
        assert_eq!(reply.code, code, "{}", reply.text);
        reply
    }

    pub(crate) fn command(&mut self, line: &str) -> Reply {
        self.send(line);
        self.reply()
    }

    /// Sends a command whose reply has to have this code.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str, code: u16) -> Reply {
        let reply = self.command(line);
        assert_eq!(reply.code, code, "{line}: {}", reply.text);
        reply
    }

    /// The connection ends here, without another word.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.try_reply(), None);
    }

    #[track_caller]
    pub(crate) fn log_in(&mut self, login: &str) {
        self.expect(&format!("USER {login}"), 331);
        self.expect(&format!("PASS {PASSWORD}"), 230);
        self.expect("TYPE I", 200);
    }

    /// AUTH TLS, verifying `certificate`.
    pub(crate) fn secure(&mut self, certificate: &Path) {
        self.secure_with(Tls::trusting(certificate));
    }

    /// AUTH TLS, with TLS as wanted.
    #[track_caller]
    pub(crate) fn secure_with(&mut self, tls: Tls) {
        self.expect("AUTH TLS", 234);
        self.handshake(tls);
    }

    /// TLS from here on.
    pub(crate) fn handshake(&mut self, tls: Tls) {
        let plain = self.stream.socket().try_clone().unwrap();
        self.stream = Stream::Plain(plain).secure(&tls);
        self.tls = Some(tls);
    }

    /// TLS on data connections from here on.
    pub(crate) fn protect(&mut self) {
        self.expect("PBSZ 0", 200);
        self.expect("PROT P", 200);
        self.protected = true;
    }

    /// Data connections are made with this from here on, not with what the control connection has.
    pub(crate) fn protect_with(&mut self, tls: Tls) {
        self.tls = Some(tls);
    }

    /// The handshake of a data connection that may fail.
    pub(crate) fn try_secure(&self, data: Stream) -> io::Result<Stream> {
        data.try_secure(self.tls.as_ref().expect("the control connection is under TLS"))
    }

    /// Asks for a passive port.
    pub(crate) fn passive(&mut self) -> SocketAddr {
        let reply = self.expect("EPSV", 229).text;
        let port = reply.split('|').nth(3).unwrap().parse().unwrap();
        SocketAddr::new(self.server_ip(), port)
    }

    pub(crate) fn server_ip(&self) -> IpAddr {
        self.stream.socket().peer_addr().unwrap().ip()
    }

    /// Begins a transfer over a passive connection.
    #[track_caller]
    pub(crate) fn begin(&mut self, line: &str) -> Stream {
        let address = self.passive();
        self.send(line);
        let data = Stream::open(address);
        self.expect_reply(150);
        match &self.tls {
            Some(tls) if self.protected => data.secure(tls),
            _ => data,
        }
    }

    /// What a RETR, LIST or the like sends.
    #[track_caller]
    pub(crate) fn receive(&mut self, line: &str) -> Vec<u8> {
        let mut data = self.begin(line);
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).unwrap();
        drop(data);
        self.expect_reply(226);
        bytes
    }

    /// A STOR or the like of `bytes`. The reply that ends it. A server that does not want all of them may close early.
    #[track_caller]
    pub(crate) fn transmit(&mut self, line: &str, bytes: &[u8]) -> Reply {
        let mut data = self.begin(line);
        let _closed_early = data.write_all(bytes).and_then(|()| data.try_finish());
        self.reply()
    }
}

impl From<Stream> for Wire {
    fn from(stream: Stream) -> Self {
        Self { stream, received: Vec::new(), tls: None, protected: false }
    }
}
