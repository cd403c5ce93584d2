//! From a file to the client.
//!
//! A file in clear and as it is goes from the page cache to the socket (`sendfile(2)`), after a look whether it is in the
//! page cache. All others are read into buffers first, to be encrypted, converted or compressed.

use super::{Failure, ascii::ToNetworkLines};
use crate::data::DataConnection;
use std::io;
use tokio::{
    io::{AsyncWriteExt, Interest},
    net::TcpStream,
    task::yield_now,
};
use wharf_core::transfers::TransferHandle;
use wharf_vfs::{Buffer, Chain, Pace, ReadHandle};

/// What is looked for in the page cache, and then sent, at once.
const PIECE: usize = 1 << 20;

/// Sends the file from `offset` on.
pub(super) async fn send(
    connection: &mut DataConnection,
    file: &ReadHandle,
    offset: u64,
    ascii: bool,
    limit: &Chain,
    handle: &TransferHandle,
) -> Result<(), Failure> {
    let offset = match connection {
        DataConnection::Plain(socket) if !ascii => match send_pages(socket, file, offset, limit, handle).await? {
            Some(offset) => offset,
            None => return Ok(()),
        },
        _ => offset,
    };
    send_buffers(connection, file, offset, ascii, limit, handle).await
}

/// Where to go on with buffers, if the file system has no way to send pages.
async fn send_pages(
    socket: &TcpStream,
    file: &ReadHandle,
    mut offset: u64,
    limit: &Chain,
    handle: &TransferHandle,
) -> Result<Option<u64>, Failure> {
    loop {
        let piece = limit.piece(PIECE);
        file.load(offset, piece).await?;
        let mut left = piece;
        while left > 0 {
            if !file.can_be_sent() {
                return Ok(Some(offset));
            }
            let sent = match socket.async_io(Interest::WRITABLE, || file.send_to(socket, offset, left)).await {
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(Some(offset)),
                sent => sent?,
            };
            if sent == 0 {
                return Ok(None);
            }
            offset += sent as u64;
            left -= sent;
            handle.add(sent);
            limit.acquire(sent).await;
        }
        // A client that keeps up never makes the socket full, and then nobody would notice that the transfer is to stop.
        yield_now().await;
    }
}

async fn send_buffers(
    connection: &mut DataConnection,
    file: &ReadHandle,
    mut offset: u64,
    ascii: bool,
    limit: &Chain,
    handle: &TransferHandle,
) -> Result<(), Failure> {
    let mut lines = ToNetworkLines::default();
    let mut pace = Pace::new();
    let mut size = pace.size();
    let mut buffer = Buffer::up_to(limit.piece(size));
    loop {
        buffer = file.read_at(offset, buffer).await?;
        if buffer.is_empty() {
            connection.complete().await?;
            return Ok(());
        }
        offset += buffer.len() as u64;
        limit.acquire(buffer.len()).await;
        if ascii {
            connection.write_all(&lines.convert(&buffer)).await?;
            handle.add(buffer.len());
        } else {
            let mut rest: &[u8] = &buffer;
            while !rest.is_empty() {
                let written = connection.write(rest).await?;
                if written == 0 {
                    return Err(Failure::Connection(io::ErrorKind::WriteZero.into()));
                }
                rest = &rest[written..];
                handle.add(written);
            }
        }
        size = pace.next(buffer.len() == buffer.capacity() && buffer.capacity() == size, true);
        let wanted = limit.piece(size);
        if wanted == buffer.capacity() {
            buffer.clear();
        } else {
            buffer = Buffer::up_to(wanted);
        }
    }
}
