//! Bytes in both directions.

use super::End;
use crate::transport::{Backlog, Held};
use bytes::{Buf, Bytes};
use russh::{
    Channel, ChannelId, ChannelMsg,
    server::{Handle, Msg},
};
use std::sync::Arc;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// The longest line: a path, and what stands before it.
const LINE: usize = 5 * 1024;

/// The conversation with the other scp.
pub(super) struct Wire {
    channel: ChannelId,
    handle: Handle,
    /// Holds the connection back when too much of it is not taken, so it needs no other bound.
    incoming: UnboundedReceiver<(Bytes, Held)>,
    /// What was received last and is not taken yet.
    piece: Bytes,
    held: Option<Held>,
    /// Takes what the channel brings, whether somebody waits for it or not: acknowledgements of what is sent come the
    /// same way.
    pump: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

impl Wire {
    pub(super) fn new(mut channel: Channel<Msg>, handle: Handle, backlog: Arc<Backlog>) -> Self {
        let (sender, incoming) = unbounded_channel();
        let id = channel.id();
        let pump = tokio::spawn(async move {
            while let Some(message) = channel.wait().await {
                match message {
                    ChannelMsg::Data { data } => {
                        let held = backlog.hold(data.len());
                        if sender.send((data, held)).is_err() {
                            break;
                        }
                    }
                    ChannelMsg::Eof | ChannelMsg::Close => break,
                    _ => {}
                }
            }
        });
        Self { channel: id, handle, incoming, piece: Bytes::new(), held: None, pump }
    }

    /// Some bytes, `most` at most. [`End::Gone`] at their end.
    pub(super) async fn some(&mut self, most: usize) -> Result<Bytes, End> {
        while self.piece.is_empty() {
            // What was received before is on the disk, or soon.
            self.held = None;
            let (piece, held) = self.incoming.recv().await.ok_or(End::Gone)?;
            (self.piece, self.held) = (piece, Some(held));
        }
        Ok(self.piece.split_to(most.min(self.piece.len())))
    }

    async fn byte(&mut self) -> Result<u8, End> {
        Ok(self.some(1).await?.get_u8())
    }

    /// The rest of a line, without its end.
    async fn rest_of_line(&mut self, mut line: Vec<u8>) -> Result<Vec<u8>, End> {
        loop {
            match self.byte().await? {
                b'\n' => return Ok(line),
                _ if line.len() >= LINE => return Err(End::Said("a line that is too long".to_owned())),
                byte => line.push(byte),
            }
        }
    }

    /// The next line; `None` where the other scp is done.
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, End> {
        match self.byte().await {
            Ok(first @ (1 | 2)) => {
                let text = self.rest_of_line(Vec::new()).await?;
                if first == 2 { Err(End::Said(wharf_vfs::printable(&text))) } else { Ok(Some(Vec::new())) }
            }
            Ok(b'\n') => Ok(Some(Vec::new())),
            Ok(first) => self.rest_of_line(vec![first]).await.map(Some),
            Err(End::Gone) => Ok(None),
            Err(end) => Err(end),
        }
    }

    /// What the other scp says of what it got: whether it goes on with it.
    pub(super) async fn answer(&mut self) -> Result<bool, End> {
        match self.byte().await? {
            0 => Ok(true),
            1 => {
                self.rest_of_line(Vec::new()).await?;
                Ok(false)
            }
            _ => {
                let text = self.rest_of_line(Vec::new()).await?;
                Err(End::Said(wharf_vfs::printable(&text)))
            }
        }
    }

    pub(super) async fn send(&mut self, bytes: impl Into<Bytes>) -> Result<(), End> {
        self.handle.data(self.channel, bytes.into()).await.map_err(|_| End::Gone)
    }

    /// All is well so far.
    pub(super) async fn accept(&mut self) -> Result<(), End> {
        self.send(&b"\0"[..]).await
    }

    /// Something is not, but other files may be. The text is one line.
    pub(super) async fn refuse(&mut self, about: &[u8], text: &str) -> Result<(), End> {
        let line = format!("\x01scp: {}: {text}\n", wharf_vfs::printable(about));
        self.send(line.into_bytes()).await
    }
}
