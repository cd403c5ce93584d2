//! A lean FTP client with blocking sockets. Downloads are thrown away by the kernel, uploads come from the page cache or
//! are encrypted before the clock starts: what is measured is the server.

mod data;
mod tls;

use data::DataStream;
pub(crate) use data::{Download, Payload, Upload};
pub(crate) use tls::{Suite, Tls};

use anyhow::{Context, Result, bail, ensure};
use rustls::{ClientConnection, StreamOwned};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Nothing takes this long but a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// A control connection.
#[derive(Debug)]
pub(crate) struct Session {
    stream: Stream,
    /// What came after the last reply.
    pending: Vec<u8>,
    /// Protects the data connections, after [`Session::secure`].
    tls: Option<Tls>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Who logs in.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) password: String,
    /// Where the files are, seen from the first directory.
    pub(crate) folder: Option<String>,
}

impl Session {
    /// Connects and reads the greeting.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let mut session = Self { stream: Stream::Plain(open(address)?), pending: Vec::new(), tls: None };
        session.expect(220)?;
        Ok(session)
    }

    /// Puts TLS around this connection and those of its data (RFC 4217), after a `pause` between AUTH and handshake.
    pub(crate) fn secure(&mut self, tls: &Tls, pause: Duration) -> Result<()> {
        self.command("AUTH TLS", 234)?;
        crate::race::pause(pause);
        let Stream::Plain(stream) = &self.stream else { bail!("TLS is on already") };
        let stream = stream.try_clone()?;
        let mut secured = StreamOwned::new(tls.connection()?, stream);
        while secured.conn.is_handshaking() {
            secured.conn.complete_io(&mut secured.sock).context("the TLS handshake failed")?;
        }
        self.stream = Stream::Tls(Box::new(secured));
        self.tls = Some(tls.clone());
        self.command("PBSZ 0", 200)?;
        self.command("PROT P", 200)?;
        Ok(())
    }

    /// USER, PASS, and what a client says before it moves files.
    pub(crate) fn log_in(&mut self, login: &Login) -> Result<()> {
        self.authenticate(login)?;
        self.command("TYPE I", 200)?;
        if let Some(folder) = &login.folder {
            self.command(&format!("CWD {folder}"), 250)?;
        }
        Ok(())
    }

    /// USER and PASS.
    pub(crate) fn authenticate(&mut self, login: &Login) -> Result<()> {
        self.command(&format!("USER {}", login.name), 331)?;
        self.command(&format!("PASS {}", login.password), 230)?;
        Ok(())
    }

    /// Says goodbye and waits for the answer.
    pub(crate) fn quit(mut self) -> Result<()> {
        self.command("QUIT", 221)?;
        Ok(())
    }

    /// Sends a command and reads its reply, which has to have this code.
    pub(crate) fn command(&mut self, line: &str, code: u16) -> Result<String> {
        self.send(line)?;
        self.expect(code).with_context(|| line.split(' ').next().unwrap_or_default().to_owned())
    }

    fn send(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\r\n");
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(line.as_bytes())?,
            Stream::Tls(stream) => {
                stream.write_all(line.as_bytes())?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    fn expect(&mut self, code: u16) -> Result<String> {
        let reply = self.reply()?;
        ensure!(reply.starts_with(&code.to_string()), "expected {code}, got {}", reply.trim_end());
        Ok(reply)
    }

    /// The last line of the next reply.
    fn reply(&mut self) -> Result<String> {
        loop {
            let line = self.line()?;
            let bytes = line.as_bytes();
            if bytes.len() > 3 && bytes[..3].iter().all(u8::is_ascii_digit) && bytes[3] == b' ' {
                return Ok(line);
            }
        }
    }

    fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line = self.pending.drain(..=end).collect::<Vec<_>>();
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            let mut buffer = [0; 1024];
            let n = match &mut self.stream {
                Stream::Plain(stream) => stream.read(&mut buffer)?,
                Stream::Tls(stream) => stream.read(&mut buffer)?,
            };
            ensure!(n > 0, "the server closed the control connection");
            self.pending.extend(&buffer[..n]);
        }
    }

    /// Sends `line` and opens its data connection. Some servers send the first reply before the handshake of TLS, some
    /// after it.
    fn open_data(&mut self, line: &str) -> Result<DataStream> {
        let reply = self.command("PASV", 227)?;
        let socket = open(passive_address(&reply).with_context(|| format!("not understood: {reply}"))?)?;
        self.send(line)?;
        let stream = DataStream::new(socket, self.tls.as_ref())?;
        let reply = self.reply()?;
        ensure!(reply.starts_with('1'), "{line}: {}", reply.trim_end());
        Ok(stream)
    }

    /// The cipher suite of the control connection.
    pub(crate) fn suite(&self) -> Option<String> {
        let Stream::Tls(stream) = &self.stream else { return None };
        stream.conn.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()))
    }
}

fn open(address: SocketAddr) -> Result<TcpStream> {
    let stream =
        TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// `227 ... (h1,h2,h3,h4,p1,p2)`
fn passive_address(reply: &str) -> Option<SocketAddr> {
    let inside = reply.split_once('(')?.1.split_once(')')?.0;
    let bytes: Vec<u8> = inside.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let [a, b, c, d, high, low] = bytes[..] else { return None };
    Some(SocketAddr::new([a, b, c, d].into(), u16::from_be_bytes([high, low])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passive_replies() {
        let reply = "227 Entering Passive Mode (127,0,0,1,195,80).\r\n";
        assert_eq!(passive_address(reply), Some("127.0.0.1:50000".parse().unwrap()));
        assert_eq!(passive_address("227 no"), None);
    }
}
