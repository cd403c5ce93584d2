//! From the client to a file.

use super::{Failure, ascii::FromNetworkLines, pace::Pace};
use crate::data::DataConnection;
use std::pin::Pin;
use tokio::io::AsyncReadExt;
use wharf_core::transfers::TransferHandle;
use wharf_vfs::{Buffer, Chain, WriteHandle};

/// Where an upload comes from.
pub(super) struct Source<'a, C> {
    pub(super) connection: &'a mut DataConnection,
    pub(super) limit: &'a Chain,
    pub(super) handle: &'a TransferHandle,
    pub(super) cut: Pin<&'a mut C>,
}

pub(super) async fn receive<C>(source: &mut Source<'_, C>, file: &mut WriteHandle, ascii: bool) -> Result<(), Failure>
where
    C: Future<Output = Failure>,
{
    let mut lines = FromNetworkLines::default();
    let mut pace = Pace::new();
    let mut size = pace.size;
    let (mut full, mut end) = source.fill(size).await;
    loop {
        if ascii {
            full = lines.convert(&full, end.is_some());
        }
        if let Some(end) = end {
            // What arrived is kept also when the transfer was cut: the client can go on from there.
            if !full.is_empty() {
                file.write(full).await?;
            }
            return end;
        }
        size = pace.next(full.len() == full.capacity() && full.capacity() == size);
        // The disk works on one buffer while the network fills the other.
        let (written, filled) = tokio::join!(file.write(full), source.fill(size));
        written?;
        (full, end) = filled;
    }
}

impl<C: Future<Output = Failure>> Source<'_, C> {
    /// A buffer of what comes, full unless the transfer is at its end; then the second value tells how it ended.
    async fn fill(&mut self, size: usize) -> (Buffer, Option<Result<(), Failure>>) {
        let mut buffer = Buffer::with_capacity(self.limit.piece(size));
        while buffer.free() > 0 {
            let step = async {
                let n = self.connection.read(buffer.space()).await?;
                buffer.advance(n);
                self.handle.add(n);
                self.limit.acquire(n).await;
                Ok(n)
            };
            let read = tokio::select! {
                biased;
                failure = &mut self.cut => Err(failure),
                read = step => read.map_err(Failure::Connection),
            };
            match read {
                Ok(0) => return (buffer, Some(Ok(()))),
                Ok(_) => {}
                Err(failure) => return (buffer, Some(Err(failure))),
            }
        }
        (buffer, None)
    }
}
