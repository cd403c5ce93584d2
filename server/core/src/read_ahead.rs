//! A socket that is read in large pieces. TLS asks for 4 KiB at a time; this asks the kernel for sixteen times as much,
//! into a pooled buffer that is given back as soon as it is empty.

use rustix::net::{RecvFlags, recv};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use wharf_vfs::Buffer;

const AHEAD: usize = Buffer::MEDIUM;

/// See the module.
#[derive(Debug)]
pub struct ReadAhead {
    socket: TcpStream,
    buffer: Option<Buffer>,
    /// Bytes of the buffer that were handed out.
    taken: usize,
}

impl ReadAhead {
    /// Around a socket that nobody has read from.
    pub fn new(socket: TcpStream) -> Self {
        Self { socket, buffer: None, taken: 0 }
    }

    /// The socket.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    fn hand_out(&mut self, into: &mut [u8]) -> usize {
        let Some(buffer) = &self.buffer else { return 0 };
        let rest = &buffer[self.taken..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.taken += n;
        if self.taken == buffer.len() {
            self.buffer = None;
            self.taken = 0;
        }
        n
    }
}

/// Reads what is there, without the runtime: for a thread of its own.
impl io::Read for ReadAhead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.buffer.is_none() {
            let mut buffer = Buffer::up_to(AHEAD);
            let n = receive(&self.socket, buffer.space())?;
            buffer.advance(n);
            self.buffer = (n > 0).then_some(buffer);
        }
        Ok(self.hand_out(into))
    }
}

impl AsyncRead for ReadAhead {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.buffer.is_none() {
            let mut buffer = Buffer::up_to(AHEAD);
            let mut space = ReadBuf::new(buffer.space());
            ready!(Pin::new(&mut this.socket).poll_read(cx, &mut space))?;
            let n = space.filled().len();
            buffer.advance(n);
            this.buffer = (n > 0).then_some(buffer);
        }
        let n = this.hand_out(into.initialize_unfilled());
        into.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ReadAhead {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

/// Receives what is there, past the runtime, which does not mind: it only believes to know what is readable.
pub fn receive(socket: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
    let (n, _) = rustix::io::retry_on_intr(|| recv(socket, &mut *into, RecvFlags::DONTWAIT))?;
    Ok(n)
}
