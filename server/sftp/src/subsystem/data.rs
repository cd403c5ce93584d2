//! Reads and writes that run, and the close that makes an upload a file.

use super::{
    answer::{Context, Done, Outcome, Refusal},
    handles::Editing,
    moving::Aborted,
};
use crate::{
    packet::reply::{self, Code},
    transport::Held,
};
use bytes::Bytes;
use wharf_core::transfers::TransferHandle;
use wharf_vfs::{Chain, EditHandle, Piece, ReadHandle};

/// Reads, and makes the answer of it.
pub(super) async fn read(
    id: u32,
    file: &ReadHandle,
    offset: u64,
    length: u32,
    transfer: &TransferHandle,
    limit: &Chain,
) -> Result<Bytes, Refusal> {
    let read = async {
        let buffer = file.read_at(offset, reply::data_buffer(length)).await?;
        let n = reply::data_length(&buffer);
        if n == 0 && length > 0 {
            return Err(Refusal::new(Code::Eof, "End of file"));
        }
        limit.acquire(n).await;
        transfer.add(n);
        Ok(reply::data(id, buffer))
    };
    tokio::select! {
        biased;
        () = transfer.aborted() => Err(Aborted.into()),
        data = read => data,
    }
}

/// Writes to one file that are done in one go.
#[derive(Default)]
pub(super) struct Batch {
    ids: Vec<u32>,
    pieces: Vec<Piece>,
    bytes: usize,
    held: Vec<Held>,
}

impl Batch {
    /// Bytes after which the next write has to wait.
    pub(super) const MOST: usize = 2 << 20;

    pub(super) fn add(&mut self, id: u32, offset: u64, data: Vec<Bytes>, held: Option<Held>) {
        self.bytes += data.iter().map(Bytes::len).sum::<usize>();
        self.ids.push(id);
        self.pieces.push(Piece { offset, data });
        self.held.extend(held);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where it begins.
    pub(super) fn offset(&self) -> u64 {
        self.pieces.first().map_or(0, |piece| piece.offset)
    }

    pub(super) fn refused(self, refusal: &Refusal) -> Vec<(u32, Result<(), Refusal>)> {
        self.ids.into_iter().map(|id| (id, Err(refusal.clone()))).collect()
    }
}

/// Writes, and answers how it went for each.
pub(super) async fn write(
    context: &Context,
    file: &EditHandle,
    batch: Batch,
    transfer: &TransferHandle,
) -> Vec<(u32, Result<(), Refusal>)> {
    let Batch { ids, pieces, bytes, held } = batch;
    let written = async {
        tokio::select! {
            () = context.identity.upload.acquire(bytes) => {}
            () = context.gone.cancelled() => {}
        }
        file.write(pieces).await
    };
    let written = tokio::select! {
        biased;
        () = transfer.aborted() => Err(Refusal::from(Aborted)),
        written = written => written.map_err(Refusal::from),
    };
    drop(held);
    match written {
        Ok(results) => {
            transfer.add(bytes);
            let results = results.into_iter().map(|result| result.map_err(Refusal::from));
            ids.into_iter().zip(results).collect()
        }
        Err(refusal) => ids.into_iter().map(|id| (id, Err(refusal.clone()))).collect(),
    }
}

/// The client is done with a file: what it uploaded gets its name.
pub(super) async fn close(context: &Context, file: &Editing) -> Outcome {
    let result = if file.up.is_aborted() {
        match file.file.suspend().await {
            Ok(()) => Err(Refusal::from(Aborted)),
            Err(error) => Err(error.into()),
        }
    } else {
        file.file.commit().await.map_err(Refusal::from)
    };
    let how = result.as_ref().map_or_else(|refusal| refusal.text.as_str(), |()| "ok");
    context.note(&format!("CLOSE {}", file.path), how);
    result.map(|()| Done::Ok)
}
