//! Data connections that cost the client next to nothing.

use super::{Session, Tls};
use anyhow::{Context, Result, ensure};
use rustix::{
    fs::sendfile,
    io::Errno,
    net::{RecvFlags, recv},
};
use rustls::ClientConnection;
use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    path::Path,
    time::Instant,
};

/// What one system call may move.
const PIECE: usize = 1 << 20;

/// A data connection, and its TLS if there is any.
#[derive(Debug)]
pub(super) struct DataStream {
    socket: TcpStream,
    tls: Option<ClientConnection>,
    /// What the handshake read, which may be more than the handshake.
    received: u64,
}

impl DataStream {
    pub(super) fn new(mut socket: TcpStream, tls: Option<&Tls>) -> Result<Self> {
        let Some(tls) = tls else { return Ok(Self { socket, tls: None, received: 0 }) };
        let mut tls = tls.connection()?;
        let mut received = 0;
        while tls.is_handshaking() {
            received +=
                tls.complete_io(&mut socket).context("the TLS handshake of the data connection failed")?.0 as u64;
        }
        // The client's own end of the handshake.
        while tls.wants_write() {
            tls.write_tls(&mut socket)?;
        }
        Ok(Self { socket, tls: Some(tls), received })
    }
}

/// The beginning of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload<'a> {
    pub(crate) file: &'a Path,
    pub(crate) size: u64,
}

/// An accepted RETR.
#[derive(Debug)]
pub(crate) struct Download<'a> {
    session: &'a mut Session,
    stream: DataStream,
    buffer: Vec<u8>,
}

impl<'a> Download<'a> {
    /// Asks for a file.
    pub(crate) fn begin(session: &'a mut Session, name: &str) -> Result<Self> {
        let stream = session.open_data(&format!("RETR {name}"))?;
        // The kernel does not fill it, so it stays a promise of memory.
        Ok(Self { session, stream, buffer: vec![0; PIECE] })
    }

    /// Has the kernel throw `size` bytes and what is around them away; nothing is copied or decrypted. When the server
    /// had confirmed them.
    pub(crate) fn discard(mut self, size: u64) -> Result<Instant> {
        while self.stream.received < size {
            ensure!(self.step().context("the data connection failed")? > 0, "only {} bytes came", self.stream.received);
        }
        // vsftpd waits for the client's goodbye before it closes.
        if let Some(tls) = &mut self.stream.tls {
            tls.send_close_notify();
            while tls.wants_write() {
                tls.write_tls(&mut self.stream.socket)?;
            }
        }
        while self.step().is_ok_and(|received| received > 0) {}
        drop(self.stream.socket);
        self.session.expect(226)?;
        Ok(Instant::now())
    }

    fn step(&mut self) -> Result<usize, Errno> {
        let (_, received) = recv(&self.stream.socket, self.buffer.as_mut_slice(), RecvFlags::TRUNC)?;
        self.stream.received += received as u64;
        Ok(received)
    }
}

/// An accepted STOR whose data connection is open.
#[derive(Debug)]
pub(crate) struct Upload<'a> {
    session: &'a mut Session,
    socket: TcpStream,
    payload: Payload<'a>,
    /// What goes over the wire, where there is TLS.
    encrypted: Option<Vec<u8>>,
}

impl<'a> Upload<'a> {
    /// Announces a file, and encrypts it if the session is protected.
    pub(crate) fn begin(session: &'a mut Session, name: &str, payload: Payload<'a>) -> Result<Self> {
        let mut stream = session.open_data(&format!("STOR {name}"))?;
        let encrypted = stream.tls.as_mut().map(|tls| encrypt(tls, payload)).transpose()?;
        Ok(Self { session, socket: stream.socket, payload, encrypted })
    }

    /// Sends the file and waits for the server to have it; when that was.
    pub(crate) fn send(mut self) -> Result<Instant> {
        if let Some(encrypted) = &self.encrypted {
            self.socket.write_all(encrypted).context("the data connection failed")?;
        } else {
            let file = File::open(self.payload.file)?;
            let mut offset = 0;
            while offset < self.payload.size {
                let rest = usize::try_from(self.payload.size - offset).unwrap_or(PIECE);
                let sent = sendfile(&self.socket, &file, Some(&mut offset), rest.min(PIECE));
                ensure!(sent.context("the data connection failed")? > 0, "the payload is too short");
            }
        }
        self.socket.shutdown(Shutdown::Write)?;
        // TLS tickets that nobody reads would turn the end of the connection into a reset.
        while self.socket.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
        self.session.expect(226)?;
        Ok(Instant::now())
    }
}

/// The payload as it goes over the wire, with the goodbye.
fn encrypt(connection: &mut ClientConnection, payload: Payload) -> Result<Vec<u8>> {
    let mut file = File::open(payload.file)?;
    let mut wire = Vec::with_capacity(usize::try_from(payload.size + payload.size / 256)? + PIECE);
    let mut buffer = vec![0; PIECE];
    let mut rest = payload.size;
    connection.set_buffer_limit(None);
    while rest > 0 {
        let n = usize::try_from(rest).unwrap_or(PIECE).min(PIECE);
        file.read_exact(&mut buffer[..n])?;
        connection.writer().write_all(&buffer[..n])?;
        rest -= n as u64;
        while connection.wants_write() {
            connection.write_tls(&mut wire)?;
        }
    }
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(&mut wire)?;
    }
    Ok(wire)
}
