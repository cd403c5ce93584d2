//! A small FTP client: passive mode, TLS, as much as the demo needs.

use anyhow::{Context, bail, ensure};
use rustls::pki_types::ServerName;
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// A reply that takes longer is an error. Transfers have their own time.
const REPLY: Duration = Duration::from_mins(1);
const PIECE: usize = 16 * 1024;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) struct Client {
    control: BufReader<Box<dyn Stream>>,
    from: IpAddr,
    to: IpAddr,
    connector: Option<TlsConnector>,
}

impl Client {
    pub(super) async fn connect(from: SocketAddr, to: SocketAddr) -> anyhow::Result<Self> {
        let control = BufReader::new(Box::new(open(from, to).await?) as Box<dyn Stream>);
        let mut client = Self { control, from: from.ip(), to: to.ip(), connector: None };
        client.reply(220).await?;
        Ok(client)
    }

    pub(super) async fn secure(&mut self, connector: &TlsConnector) -> anyhow::Result<()> {
        self.ask("AUTH TLS", 234).await?;
        let (nobody, _) = tokio::io::duplex(1);
        let clear = std::mem::replace(&mut self.control, BufReader::new(Box::new(nobody))).into_inner();
        self.control = BufReader::new(wrap(connector, clear).await?);
        self.connector = Some(connector.clone());
        self.ask("PBSZ 0", 200).await?;
        self.ask("PROT P", 200).await?;
        Ok(())
    }

    pub(super) async fn log_in(&mut self, login: &str, password: &str) -> anyhow::Result<()> {
        self.ask(&format!("USER {login}"), 331).await?;
        self.ask(&format!("PASS {password}"), 230).await?;
        self.ask("TYPE I", 200).await?;
        Ok(())
    }

    /// Sends a command and takes any answer that is not an error.
    pub(super) async fn command(&mut self, line: &str) -> anyhow::Result<()> {
        self.send(line).await?;
        let (code, text) = self.read_reply().await?;
        ensure!(code < 400, "{line}: {code} {text}");
        Ok(())
    }

    pub(super) async fn list(&mut self) -> anyhow::Result<()> {
        self.receive("MLSD").await
    }

    pub(super) async fn download(&mut self, name: &str) -> anyhow::Result<()> {
        self.receive(&format!("RETR {name}")).await
    }

    pub(super) async fn upload(&mut self, name: &str, size: u64) -> anyhow::Result<()> {
        self.ask(&format!("ALLO {size}"), 200).await?;
        let mut data = self.open_data(&format!("STOR {name}")).await?;
        let piece = vec![0; PIECE];
        let mut left = usize::try_from(size).context("a size that fits")?;
        while left > 0 {
            let n = left.min(PIECE);
            data.write_all(&piece[..n]).await?;
            left -= n;
        }
        data.shutdown().await?;
        drop(data);
        self.reply(226).await?;
        Ok(())
    }

    pub(super) async fn quit(mut self) -> anyhow::Result<()> {
        self.ask("QUIT", 221).await?;
        Ok(())
    }

    async fn receive(&mut self, line: &str) -> anyhow::Result<()> {
        let mut data = self.open_data(line).await?;
        let mut piece = vec![0; PIECE];
        while data.read(&mut piece).await? > 0 {}
        drop(data);
        self.reply(226).await?;
        Ok(())
    }

    async fn open_data(&mut self, line: &str) -> anyhow::Result<Box<dyn Stream>> {
        let text = self.ask("EPSV", 229).await?;
        let port = text.split('|').nth(3).and_then(|port| port.parse().ok()).context("EPSV names a port")?;
        let data = open(SocketAddr::new(self.from, 0), SocketAddr::new(self.to, port)).await?;
        self.send(line).await?;
        self.reply(150).await?;
        match &self.connector {
            Some(connector) => wrap(connector, Box::new(data)).await,
            None => Ok(Box::new(data)),
        }
    }

    async fn ask(&mut self, line: &str, expected: u16) -> anyhow::Result<String> {
        self.send(line).await?;
        self.reply(expected).await
    }

    async fn send(&mut self, line: &str) -> anyhow::Result<()> {
        self.control.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.control.get_mut().flush().await?;
        Ok(())
    }

    async fn reply(&mut self, expected: u16) -> anyhow::Result<String> {
        let (code, text) = self.read_reply().await?;
        ensure!(code == expected, "{code} {text} instead of {expected}");
        Ok(text)
    }

    async fn read_reply(&mut self) -> anyhow::Result<(u16, String)> {
        loop {
            let mut line = String::new();
            if timeout(REPLY, self.control.read_line(&mut line)).await.context("no reply")?? == 0 {
                bail!("connection closed");
            }
            let code = line.get(..3).and_then(|code| code.parse().ok());
            if let (Some(code), Some(b' ')) = (code, line.as_bytes().get(3)) {
                return Ok((code, line[4..].trim_end().to_owned()));
            }
        }
    }
}

pub(super) async fn open(from: SocketAddr, to: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(from)?;
    // Small, so that what the panel shows is what the client has really taken.
    socket.set_recv_buffer_size(64 * 1024)?;
    Ok(socket.connect(to).await?)
}

pub(super) async fn wrap(connector: &TlsConnector, stream: Box<dyn Stream>) -> anyhow::Result<Box<dyn Stream>> {
    let name = ServerName::try_from("localhost")?;
    Ok(Box::new(connector.connect(name, stream).await?))
}
