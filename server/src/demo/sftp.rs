//! A small SFTP client: version 3 (draft-ietf-secsh-filexfer-02), one request at a time, as much as the demo needs.

use super::client::open;
use anyhow::{Context, bail, ensure};
use russh::{
    Channel, ChannelMsg, Disconnect,
    client::{self, Config, Handle, Msg},
    keys::PublicKeyOrCertificate,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// An answer that takes longer is an error; slow accounts wait for their turn.
const ANSWER: Duration = Duration::from_mins(1);
const PIECE: u32 = 128 * 1024;

const INIT: u8 = 1;
const VERSION: u8 = 2;
const OPEN: u8 = 3;
const CLOSE: u8 = 4;
const READ: u8 = 5;
const WRITE: u8 = 6;
const OPENDIR: u8 = 11;
const READDIR: u8 = 12;
const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const DATA: u8 = 103;
const NAME: u8 = 104;

const FOR_READING: u32 = 0x01;
/// Write, create, truncate.
const FOR_WRITING: u32 = 0x02 | 0x08 | 0x10;
const NO_ATTRIBUTES: [u8; 4] = [0; 4];
const OK: u32 = 0;
const END_OF_FILE: u32 = 1;

pub(super) struct Client {
    handle: Handle<OurServer>,
    channel: Channel<Msg>,
    received: Vec<u8>,
    serial: u32,
}

impl Client {
    pub(super) async fn log_in(from: SocketAddr, to: SocketAddr, login: &str, password: &str) -> anyhow::Result<Self> {
        let stream = open(from, to).await?;
        let mut handle = client::connect_stream(Arc::new(Config::default()), stream, OurServer).await?;
        ensure!(handle.authenticate_password(login, password).await?.success(), "the login failed");
        let channel = handle.channel_open_session().await?;
        channel.request_subsystem(true, "sftp").await?;
        let mut client = Self { handle, channel, received: Vec::new(), serial: 0 };
        client.send(INIT, &3_u32.to_be_bytes()).await?;
        let (kind, _) = client.packet().await?;
        ensure!(kind == VERSION, "the server does not speak SFTP");
        Ok(client)
    }

    pub(super) async fn list(&mut self, directory: &str) -> anyhow::Result<()> {
        let handle = self.handle_of(OPENDIR, text(directory)).await?;
        while let (NAME, _) = self.ask(READDIR, &handle).await? {}
        self.close(handle).await
    }

    pub(super) async fn download(&mut self, path: &str) -> anyhow::Result<()> {
        let body = [text(path), FOR_READING.to_be_bytes().to_vec(), NO_ATTRIBUTES.to_vec()].concat();
        let handle = self.handle_of(OPEN, body).await?;
        let mut offset = 0_u64;
        loop {
            let body = [&*handle, &offset.to_be_bytes(), &PIECE.to_be_bytes()].concat();
            match self.ask(READ, &body).await? {
                (DATA, data) => offset += data.len().saturating_sub(4) as u64,
                (STATUS, status) if code(&status) == END_OF_FILE => break,
                (_, status) => bail!("read: status {}", code(&status)),
            }
        }
        self.close(handle).await
    }

    pub(super) async fn upload(&mut self, path: &str, size: u64) -> anyhow::Result<()> {
        let body = [text(path), FOR_WRITING.to_be_bytes().to_vec(), NO_ATTRIBUTES.to_vec()].concat();
        let handle = self.handle_of(OPEN, body).await?;
        let piece = vec![0; PIECE as usize];
        let mut offset = 0_u64;
        while offset < size {
            let body = [&*handle, &offset.to_be_bytes(), &PIECE.to_be_bytes(), &piece].concat();
            let (_, status) = self.ask(WRITE, &body).await?;
            ensure!(code(&status) == OK, "write: status {}", code(&status));
            offset += u64::from(PIECE);
        }
        self.close(handle).await
    }

    pub(super) async fn quit(self) -> anyhow::Result<()> {
        Ok(self.handle.disconnect(Disconnect::ByApplication, "", "").await?)
    }

    /// The handle that a request is answered with, as requests want it: with its length before it.
    async fn handle_of(&mut self, kind: u8, body: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        match self.ask(kind, &body).await? {
            (HANDLE, handle) => Ok(handle),
            (_, status) => bail!("open: status {}", code(&status)),
        }
    }

    async fn close(&mut self, handle: Vec<u8>) -> anyhow::Result<()> {
        let (_, status) = self.ask(CLOSE, &handle).await?;
        ensure!(code(&status) == OK, "close: status {}", code(&status));
        Ok(())
    }

    /// Kind and body of the answer.
    async fn ask(&mut self, kind: u8, body: &[u8]) -> anyhow::Result<(u8, Vec<u8>)> {
        self.serial += 1;
        let id = self.serial.to_be_bytes();
        self.send(kind, &[&id, body].concat()).await?;
        let (kind, answer) = self.packet().await?;
        ensure!(answer.starts_with(&id), "an answer to something else");
        Ok((kind, answer[4..].to_vec()))
    }

    async fn send(&mut self, kind: u8, body: &[u8]) -> anyhow::Result<()> {
        let length = u32::try_from(body.len() + 1)?.to_be_bytes();
        self.channel.data_bytes([&length[..], &[kind], body].concat()).await.context("the connection is gone")
    }

    async fn packet(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        loop {
            if let Some((length, rest)) = self.received.split_first_chunk()
                && let Some(packet) = rest.get(..u32::from_be_bytes(*length) as usize)
            {
                let (kind, body) = packet.split_first().context("an empty packet")?;
                let found = (*kind, body.to_vec());
                let read = 4 + packet.len();
                self.received.drain(..read);
                return Ok(found);
            }
            match timeout(ANSWER, self.channel.wait()).await.context("no answer")?.context("connection closed")? {
                ChannelMsg::Data { data } => self.received.extend_from_slice(&data),
                ChannelMsg::Eof | ChannelMsg::Close => bail!("connection closed"),
                _ => {}
            }
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(0).to_be_bytes();
    [&length[..], text.as_bytes()].concat()
}

fn code(status: &[u8]) -> u32 {
    status.first_chunk().map_or(u32::MAX, |code| u32::from_be_bytes(*code))
}

/// It is in this very process, so any key is its key.
struct OurServer;

impl client::Handler for OurServer {
    type Error = anyhow::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> anyhow::Result<bool> {
        Ok(true)
    }
}
