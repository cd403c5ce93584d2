//! From a file to the client.

use super::{Failure, ascii::ToNetworkLines, pace::Pace};
use crate::data::DataConnection;
use std::io;
use tokio::io::AsyncWriteExt;
use wharf_core::transfers::TransferHandle;
use wharf_vfs::{Buffer, Chain, ReadHandle};

pub(super) async fn send(
    connection: &mut DataConnection,
    file: &ReadHandle,
    mut offset: u64,
    ascii: bool,
    limit: &Chain,
    handle: &TransferHandle,
) -> Result<(), Failure> {
    let mut lines = ToNetworkLines::default();
    let mut pace = Pace::new();
    let mut size = pace.size;
    let mut buffer = Buffer::with_capacity(limit.piece(size));
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
        size = pace.next(buffer.len() == buffer.capacity() && buffer.capacity() == size);
        let wanted = limit.piece(size);
        if wanted == buffer.capacity() {
            buffer.clear();
        } else {
            buffer = Buffer::with_capacity(wanted);
        }
    }
}
