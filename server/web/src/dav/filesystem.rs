//! An account's files as dav-server wants them.

use super::properties::Properties;
use crate::{
    connections::Arrival,
    transfer::{Cut, Moving, Sink},
};
use axum::http::StatusCode;
use bytes::{Buf, Bytes};
use dav_server::{
    davpath::DavPath,
    fs::{
        DavDirEntry, DavFile, DavFileSystem, DavMetaData, DavProp, FsError, FsFuture, FsResult, FsStream, OpenOptions,
        ReadDirMeta,
    },
};
use futures::{FutureExt, StreamExt, stream};
use std::{
    fmt,
    io::SeekFrom,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use wharf_core::{http_sessions::HttpSession, transfers::Begin};
use wharf_model::sessions::Direction;
use wharf_vfs::{FileError, FileKind, Stat, VPath, WriteMode};

/// The files of a session, for one request.
#[derive(Clone)]
pub(super) struct DavFiles {
    session: Arc<HttpSession>,
    arrival: Arrival,
    stall: Duration,
}

impl DavFiles {
    pub(super) fn new(session: Arc<HttpSession>, arrival: Arrival, stall: Duration) -> Self {
        Self { session, arrival, stall }
    }

    async fn properties(&self, path: &VPath) -> FsResult<Properties> {
        Ok(Properties::read(&self.session.files().properties(path).await.map_err(failed)?))
    }

    async fn begin(&self, path: &VPath, options: OpenOptions) -> FsResult<Box<dyn DavFile>> {
        if options.read || options.append {
            // Downloads do not come through here, and parts of files are not sent.
            return Err(FsError::NotImplemented);
        }
        let files = self.session.files();
        if !options.truncate {
            // A lock on a name that nothing has yet makes an empty file (RFC 4918 section 7.3).
            let stat = files.open_write(path, WriteMode::CreateNew).await.map_err(failed)?;
            let stat = stat.commit(None).await.map_err(failed)?;
            return Ok(Box::new(Upload { sink: None, size: None, stat: Some(stat) }));
        }
        if let Some(size) = options.size
            && files.available().await.map_err(failed)? < size
        {
            return Err(FsError::InsufficientStorage);
        }
        let mode = if options.create_new { WriteMode::CreateNew } else { WriteMode::Replace };
        let file = files.open_write(path, mode).await.map_err(failed)?;
        let (direction, secure) = (Direction::Upload, self.arrival.secure);
        let begin = Begin { path: path.to_string(), direction, offset: 0, total: options.size, secure };
        let moving = Moving::over(self.session.clone(), begin, &self.arrival, self.stall);
        Ok(Box::new(Upload { sink: Some(Sink::new(file, moving)), size: options.size, stat: None }))
    }
}

/// The path that a request means.
fn vpath(path: &DavPath) -> FsResult<VPath> {
    VPath::root().resolve(path.as_bytes()).map_err(failed)
}

impl DavFileSystem for DavFiles {
    fn open<'a>(&'a self, path: &'a DavPath, options: OpenOptions) -> FsFuture<'a, Box<dyn DavFile>> {
        async move { self.begin(&vpath(path)?, options).await }.boxed()
    }

    fn read_dir<'a>(&'a self, path: &'a DavPath, meta: ReadDirMeta) -> FsFuture<'a, FsStream<Box<dyn DavDirEntry>>> {
        async move {
            let path = vpath(path)?;
            self.session.set_cwd(path.to_string());
            // What is deleted or copied with a folder is the link and never what it leads to.
            let listing = match meta {
                ReadDirMeta::Data => self.session.files().list(&path).await,
                ReadDirMeta::DataSymlink | ReadDirMeta::None => self.session.files().list_links(&path).await,
            };
            let listing = listing.map_err(failed)?;
            let batches = stream::try_unfold(listing, |mut listing| async move {
                let batch = listing.next_batch().await.map_err(failed)?;
                Ok(batch.map(|batch| (batch, listing)))
            });
            let entries = batches.flat_map(|batch| match batch {
                Ok(batch) => {
                    stream::iter(batch).map(|entry| Ok(Box::new(entry_of(entry)) as Box<dyn DavDirEntry>)).boxed()
                }
                Err(error) => stream::iter([Err(error)]).boxed(),
            });
            Ok(entries.boxed() as FsStream<Box<dyn DavDirEntry>>)
        }
        .boxed()
    }

    fn metadata<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, Box<dyn DavMetaData>> {
        async move {
            let stat = self.session.files().stat(&vpath(path)?).await.map_err(failed)?;
            // An upload under way is no file to anybody but the one who resumes it, and nobody does here.
            if stat.part { Err(FsError::NotFound) } else { Ok(Box::new(Meta(stat)) as Box<dyn DavMetaData>) }
        }
        .boxed()
    }

    fn symlink_metadata<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, Box<dyn DavMetaData>> {
        async move {
            let stat = self.session.files().stat_link(&vpath(path)?).await.map_err(failed)?;
            if stat.part { Err(FsError::NotFound) } else { Ok(Box::new(Meta(stat)) as Box<dyn DavMetaData>) }
        }
        .boxed()
    }

    fn create_dir<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        async move { self.session.files().mkdir(&vpath(path)?).await.map_err(failed) }.boxed()
    }

    fn remove_dir<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        async move { self.session.files().rmdir(&vpath(path)?).await.map_err(failed) }.boxed()
    }

    fn remove_file<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        async move { self.session.files().unlink(&vpath(path)?).await.map_err(failed) }.boxed()
    }

    fn rename<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move { self.session.files().rename(&vpath(from)?, &vpath(to)?).await.map_err(failed) }.boxed()
    }

    fn copy<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move { self.session.files().copy(&vpath(from)?, &vpath(to)?).await.map_err(failed) }.boxed()
    }

    fn set_modified<'a>(&'a self, path: &'a DavPath, time: SystemTime) -> FsFuture<'a, ()> {
        async move {
            let since = time.duration_since(UNIX_EPOCH).map_err(|_| FsError::Forbidden)?;
            let ms = i64::try_from(since.as_millis()).map_err(|_| FsError::Forbidden)?;
            self.session.files().set_modified(&vpath(path)?, ms).await.map_err(failed)
        }
        .boxed()
    }

    fn have_props<'a>(&'a self, _path: &'a DavPath) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        async { true }.boxed()
    }

    fn patch_props<'a>(
        &'a self,
        path: &'a DavPath,
        changes: Vec<(bool, DavProp)>,
    ) -> FsFuture<'a, Vec<(StatusCode, DavProp)>> {
        async move {
            let (files, path) = (self.session.files(), vpath(path)?);
            let mut properties = self.properties(&path).await?;
            let mut outcome = Vec::new();
            for (set, prop) in changes {
                if set {
                    properties.set(&prop)?;
                } else {
                    properties.remove(&prop);
                }
                outcome.push((StatusCode::OK, DavProp { xml: None, ..prop }));
            }
            files.set_properties(&path, properties.written()?).await.map_err(failed)?;
            Ok(outcome)
        }
        .boxed()
    }

    fn get_props<'a>(&'a self, path: &'a DavPath, do_content: bool) -> FsFuture<'a, Vec<DavProp>> {
        async move { Ok(self.properties(&vpath(path)?).await?.all(do_content)) }.boxed()
    }

    fn get_prop<'a>(&'a self, path: &'a DavPath, prop: DavProp) -> FsFuture<'a, Vec<u8>> {
        async move { self.properties(&vpath(path)?).await?.find(&prop).ok_or(FsError::NotFound) }.boxed()
    }

    fn get_quota(&self) -> FsFuture<'_, (u64, Option<u64>)> {
        async move {
            let ledger = self.session.files().ledger();
            let left = self.session.files().available().await.map_err(failed)?;
            Ok((ledger.used(), Some(ledger.used().saturating_add(left))))
        }
        .boxed()
    }
}

/// The answer that fits.
fn failed(error: FileError) -> FsError {
    match error {
        FileError::NotFound | FileError::NotADirectory => FsError::NotFound,
        FileError::AlreadyExists | FileError::NotEmpty | FileError::IsADirectory => FsError::Exists,
        FileError::QuotaExceeded | FileError::NoSpace => FsError::InsufficientStorage,
        FileError::TooManyLinks => FsError::LoopDetected,
        FileError::NameTooLong => FsError::PathTooLong,
        FileError::Io(cause) => {
            tracing::error!(error = %cause, "file operation failed");
            FsError::GeneralFailure
        }
        FileError::Incomplete => FsError::GeneralFailure,
        FileError::Denied
        | FileError::Forbidden
        | FileError::InvalidName(_)
        | FileError::Busy
        | FileError::BadOffset
        | FileError::Interrupted => FsError::Forbidden,
    }
}

#[derive(Clone, Debug)]
struct Meta(Stat);

impl DavMetaData for Meta {
    fn len(&self) -> u64 {
        self.0.size
    }

    fn modified(&self) -> FsResult<SystemTime> {
        let ms = u64::try_from(self.0.modified_ms).unwrap_or(0);
        Ok(UNIX_EPOCH + Duration::from_millis(ms))
    }

    fn is_dir(&self) -> bool {
        self.0.is_directory()
    }

    fn is_symlink(&self) -> bool {
        // Those that lead to something here have its facts; the others are nothing to a client.
        matches!(self.0.kind, FileKind::Symlink | FileKind::Other)
    }

    fn etag(&self) -> Option<String> {
        Some(format!("{:x}-{:x}-{:x}", self.0.size, self.0.modified_ms, self.0.inode))
    }
}

struct DirEntry {
    name: Vec<u8>,
    meta: Meta,
}

fn entry_of(entry: wharf_vfs::Entry) -> DirEntry {
    DirEntry { name: entry.name, meta: Meta(entry.stat) }
}

impl DavDirEntry for DirEntry {
    fn name(&self) -> Vec<u8> {
        self.name.clone()
    }

    fn metadata(&self) -> FsFuture<'_, Box<dyn DavMetaData>> {
        async move { Ok(Box::new(self.meta.clone()) as Box<dyn DavMetaData>) }.boxed()
    }
}

/// A PUT under way. Only [`DavFile::flush`] after all of it makes it a file.
struct Upload {
    sink: Option<Sink>,
    /// Bytes that were announced.
    size: Option<u64>,
    /// The file, once it is one.
    stat: Option<Stat>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Upload {
    async fn put(&mut self, bytes: &[u8]) -> FsResult<()> {
        let Some(sink) = &mut self.sink else { return Err(FsError::GeneralFailure) };
        match sink.write(bytes).await {
            Ok(()) => Ok(()),
            Err(cut) => {
                if let Some(sink) = self.sink.take() {
                    sink.give_up(&cut).await;
                }
                Err(because(cut))
            }
        }
    }
}

fn because(cut: Cut) -> FsError {
    match cut {
        Cut::File(error) => failed(error),
        Cut::Stopped | Cut::Client => FsError::Forbidden,
    }
}

impl DavFile for Upload {
    fn metadata(&mut self) -> FsFuture<'_, Box<dyn DavMetaData>> {
        async move {
            let stat = self.stat.clone().ok_or(FsError::NotFound)?;
            Ok(Box::new(Meta(stat)) as Box<dyn DavMetaData>)
        }
        .boxed()
    }

    fn write_buf(&mut self, mut buf: Box<dyn Buf + Send>) -> FsFuture<'_, ()> {
        async move {
            while buf.has_remaining() {
                let chunk = buf.chunk().to_vec();
                self.put(&chunk).await?;
                buf.advance(chunk.len());
            }
            Ok(())
        }
        .boxed()
    }

    fn write_bytes(&mut self, buf: Bytes) -> FsFuture<'_, ()> {
        async move { self.put(&buf).await }.boxed()
    }

    fn read_bytes(&mut self, _count: usize) -> FsFuture<'_, Bytes> {
        async { Err(FsError::NotImplemented) }.boxed()
    }

    fn seek(&mut self, _pos: SeekFrom) -> FsFuture<'_, u64> {
        async { Err(FsError::NotImplemented) }.boxed()
    }

    fn flush(&mut self) -> FsFuture<'_, ()> {
        async move {
            let Some(sink) = self.sink.take() else { return Ok(()) };
            if self.size.is_some_and(|size| size != sink.offset()) {
                sink.give_up(&Cut::Client).await;
                return Err(FsError::GeneralFailure);
            }
            self.stat = Some(sink.finish(None).await.map_err(because)?);
            Ok(())
        }
        .boxed()
    }
}
