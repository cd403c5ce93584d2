//! Files that come.

use super::{End, Message, command::Sink, wire::Wire};
use std::sync::Arc;
use wharf_core::{
    accounts::Identity,
    sessions::Session,
    transfers::{Begin, TransferHandle},
};
use wharf_model::{logs::LineKind, sessions::Direction};
use wharf_vfs::{Buffer, Chain, FileError, VPath, WriteHandle, WriteMode};

/// Directories in directories that may come.
const DEPTH: usize = 256;

/// A directory that is being filled.
struct Level {
    path: VPath,
    modified_ms: Option<i64>,
}

struct Receiver<'a> {
    wire: &'a mut Wire,
    session: &'a Arc<Session>,
    identity: &'a Identity,
    preserve: bool,
    failures: usize,
}

/// Receives everything. How many files were refused, or not received.
pub(super) async fn receive(
    sink: &Sink,
    wire: &mut Wire,
    session: &Arc<Session>,
    identity: &Identity,
) -> Result<usize, End> {
    let files = &identity.files;
    let target = match VPath::root().resolve(&sink.path) {
        Ok(target) => target,
        Err(error) => {
            wire.refuse(&sink.path, &error.to_string()).await?;
            return Ok(1);
        }
    };
    let into = files.enter(&target).await.is_ok();
    if sink.directory && !into {
        wire.refuse(&sink.path, &FileError::NotADirectory.to_string()).await?;
        return Ok(1);
    }
    wire.accept().await?;
    let mut receiver = Receiver { wire, session, identity, preserve: sink.preserve, failures: 0 };
    let mut levels: Vec<Level> = Vec::new();
    let mut times = None;
    while let Some(line) = receiver.wire.line().await? {
        if line.is_empty() {
            continue;
        }
        let message = match Message::parse(&line) {
            Ok(message) => message,
            Err(text) => {
                receiver.refuse(&line, text).await?;
                return Ok(receiver.failures);
            }
        };
        let place = |name: &[u8]| match levels.last() {
            Some(level) => level.path.join(name),
            None if into => target.join(name),
            None => Ok(target.clone()),
        };
        match message {
            Message::Times { modified_ms } => {
                times = Some(modified_ms).filter(|_| sink.preserve);
                receiver.wire.accept().await?;
            }
            Message::File { mode, size, name } => {
                let times = times.take();
                match place(&name) {
                    Ok(path) => receiver.file(&path, mode, size, times).await?,
                    Err(error) => receiver.refuse(&name, &error.to_string()).await?,
                }
            }
            Message::Directory { mode, name } => {
                let modified_ms = times.take();
                let made = match place(&name) {
                    Ok(_) if !sink.recursive || levels.len() >= DEPTH => Err(FileError::Denied),
                    Ok(path) => receiver.directory(&path, mode).await.map(|()| path),
                    Err(error) => Err(error),
                };
                match made {
                    Ok(path) => {
                        levels.push(Level { path, modified_ms });
                        receiver.wire.accept().await?;
                    }
                    Err(error) => {
                        // What would be in it has no place, and the other scp sends it all the same.
                        receiver.refuse(&name, &error.to_string()).await?;
                        return Ok(receiver.failures);
                    }
                }
            }
            Message::End => {
                let Some(level) = levels.pop() else { return Err(End::Said("a directory too many".to_owned())) };
                match level.modified_ms {
                    Some(modified_ms) => match files.set_modified(&level.path, modified_ms).await {
                        Ok(()) => receiver.wire.accept().await?,
                        Err(error) => receiver.refuse(level.path.as_bytes(), &error.to_string()).await?,
                    },
                    None => receiver.wire.accept().await?,
                }
            }
        }
    }
    Ok(receiver.failures)
}

impl Receiver<'_> {
    async fn refuse(&mut self, about: &[u8], text: &str) -> Result<(), End> {
        self.failures += 1;
        self.session.note(LineKind::Reply, &format!("{}: {text}", wharf_vfs::printable(about)));
        self.wire.refuse(about, text).await
    }

    async fn directory(&self, path: &VPath, mode: u32) -> Result<(), FileError> {
        let files = &self.identity.files;
        match files.mkdir_with_mode(path, mode | 0o700).await {
            Err(FileError::AlreadyExists) => files.enter(path).await,
            done => done,
        }
    }

    async fn file(&mut self, path: &VPath, mode: u32, size: u64, modified_ms: Option<i64>) -> Result<(), End> {
        let file = match self.identity.files.open_write(path, WriteMode::Replace).await {
            Ok(file) => file.with_new_mode(mode),
            Err(error) => return self.refuse(path.as_bytes(), &error.to_string()).await,
        };
        self.wire.accept().await?;
        let begin =
            Begin { path: path.to_string(), direction: Direction::Upload, offset: 0, total: Some(size), secure: true };
        let transfer = self.session.begin_transfer(begin);
        let limit = &self.identity.upload;
        let buffer = Buffer::up_to(limit.piece(Buffer::LARGE));
        let mut upload = Upload { file, buffer, left: size, failure: None };
        if let Err(end) = upload.pour(self.wire, limit, &transfer).await {
            // What arrived is worth keeping: who comes back can go on from there.
            upload.write().await;
            give_up(upload.file).await;
            return Err(end);
        }
        // The other scp could not read all of its file, and sent something else for the rest.
        let whole = self.wire.answer().await;
        let ended = match (whole, upload.failure) {
            (Ok(true), None) => upload.file.commit(modified_ms).await.map(drop),
            (Ok(true), Some(error)) => {
                finish_failed(upload.file, &error).await;
                Err(error)
            }
            (Ok(false), _) => {
                give_up(upload.file).await;
                Err(FileError::Incomplete)
            }
            (Err(end), _) => {
                give_up(upload.file).await;
                return Err(end);
            }
        };
        let ended = match ended {
            Ok(()) if self.preserve => self.identity.files.set_mode(path, mode).await,
            ended => ended,
        };
        match ended {
            Ok(()) => self.wire.accept().await,
            Err(error) => self.refuse(path.as_bytes(), &error.to_string()).await,
        }
    }
}

struct Upload {
    file: WriteHandle,
    buffer: Buffer,
    left: u64,
    /// Why nothing is written any more; what comes is taken all the same.
    failure: Option<FileError>,
}

impl Upload {
    async fn pour(&mut self, wire: &mut Wire, limit: &Chain, transfer: &TransferHandle) -> Result<(), End> {
        while self.left > 0 {
            let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.buffer.free());
            let bytes = tokio::select! {
                biased;
                () = transfer.aborted() => return Err(End::Aborted),
                bytes = wire.some(most) => bytes?,
            };
            self.left -= bytes.len() as u64;
            self.buffer.put(&bytes);
            transfer.add(bytes.len());
            limit.acquire(bytes.len()).await;
            if self.buffer.free() == 0 || self.left == 0 {
                self.write().await;
            }
        }
        Ok(())
    }

    async fn write(&mut self) {
        let buffer = std::mem::replace(&mut self.buffer, Buffer::with_capacity(0));
        if self.failure.is_none() {
            match self.file.write(buffer).await {
                Ok(buffer) => self.buffer = buffer,
                Err(error) => self.failure = Some(error),
            }
        }
        if self.failure.is_some() {
            self.buffer = Buffer::with_capacity(Buffer::SMALL);
        }
    }
}

/// Keeps what arrived for a later resume, unless there was no space for it.
async fn finish_failed(file: WriteHandle, error: &FileError) {
    if matches!(error, FileError::QuotaExceeded | FileError::NoSpace) {
        let _ = file.abort().await;
    } else {
        give_up(file).await;
    }
}

async fn give_up(file: WriteHandle) {
    if let Err(error) = file.suspend().await {
        tracing::warn!(%error, "interrupted upload not put aside");
    }
}
