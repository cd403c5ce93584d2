//! Several files, or folders with all in them, as one zip that is written while it is sent.

use crate::{
    Web, path,
    problem::Problem,
    session::{SignedIn, arrival, note_answer, note_request},
    transfer::{Moving, streamed},
};
use async_zip::{
    Compression, StringEncoding, ZipDateTime, ZipDateTimeBuilder, ZipEntryBuilder, ZipString,
    base::write::ZipFileWriter,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header, request::Parts},
};
use futures::{StreamExt, io::AsyncWriteExt as _};
use std::{io, sync::Arc};
use time::OffsetDateTime;
use tokio::io::DuplexStream;
use tokio_util::{compat::Compat, io::ReaderStream};
use wharf_core::{http_sessions::HttpSession, transfers::Begin};
use wharf_model::sessions::Direction;
use wharf_vfs::{Buffer, FileKind, Stat, VPath};

/// Files and folders one archive may be asked for; what is in the folders does not count.
const MOST: usize = 1_000;
/// Bytes of the archive that wait for the client.
const PIPE: usize = 256 << 10;

/// `GET /zip?path=…&path=…`
pub(crate) async fn archive(
    State(web): State<Arc<Web>>,
    SignedIn(session): SignedIn,
    parts: Parts,
) -> Result<Response<Body>, Problem> {
    note_request(&session, &parts);
    let answer = begin(&web, &session, &parts).await;
    note_answer(&session, answer.as_ref().map_or_else(|problem| problem.status, Response::status));
    answer
}

async fn begin(web: &Web, session: &Arc<HttpSession>, parts: &Parts) -> Result<Response<Body>, Problem> {
    let rights = session.files().permissions();
    if !(rights.read && rights.list) {
        return Err(wharf_vfs::FileError::Denied.into());
    }
    let query = parts.uri.query().unwrap_or_default();
    let named = query.split('&').filter_map(|pair| pair.strip_prefix("path="));
    let mut wanted = Vec::new();
    // In a query `+` may stand for a space, in a path it does not.
    for encoded in named.take(MOST + 1) {
        let path = path::decode(encoded)?;
        let stat = session.files().stat(&path).await?;
        wanted.push((path, stat));
    }
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(Problem::bad_request(format!("the archive needs 1 to {MOST} paths")));
    }
    let name = match wanted.as_slice() {
        [(path, _)] => path.name().unwrap_or(b"files").to_vec(),
        [(path, _), ..] => path.parent().name().unwrap_or(b"files").to_vec(),
        [] => Vec::new(),
    };
    let name = [&name, &b".zip"[..]].concat();
    let arrival = arrival(parts)?;
    let shown = wanted.first().map(|(path, _)| path.parent().join(&name)).transpose()?;
    let path = shown.map(|path| path.to_string()).unwrap_or_default();
    let begin = Begin { path, direction: Direction::Download, offset: 0, total: None, secure: arrival.secure };
    let moving = Moving::begin(web, session.clone(), begin, arrival);

    let (to, from) = tokio::io::duplex(PIPE);
    let writer = tokio::spawn(write(session.clone(), wanted, to));
    let handle = moving.handle.clone();
    let pieces = ReaderStream::with_capacity(from, Buffer::SMALL).map(Some);
    // An archive whose writer failed must not look complete, whatever its bytes say.
    let end = futures::stream::once(async move {
        match writer.await {
            Ok(Ok(())) => {
                moving.handle.complete();
                drop(moving);
                None
            }
            Ok(Err(error)) => Some(Err(error)),
            Err(error) => Some(Err(io::Error::other(error))),
        }
    });
    let limited = session.clone();
    let pieces = pieces.chain(end).filter_map(std::future::ready).then(move |piece| {
        let (handle, session) = (handle.clone(), limited.clone());
        async move {
            let piece = piece?;
            handle.add(piece.len());
            tokio::select! {
                biased;
                () = handle.aborted() => Err(io::ErrorKind::ConnectionAborted.into()),
                () = session.identity().download.acquire(piece.len()) => Ok(piece),
            }
        }
    });
    let mut answer = Response::new(streamed(pieces));
    *answer.status_mut() = StatusCode::OK;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&path::disposition("attachment", &name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

/// Writes the archive. Links, devices and the like are left out; what vanishes meanwhile as well.
async fn write(session: Arc<HttpSession>, wanted: Vec<(VPath, Stat)>, to: DuplexStream) -> io::Result<()> {
    let mut zip = ZipFileWriter::with_tokio(to);
    // Folders that were not looked into yet, with their names in the archive.
    let mut folders = Vec::new();
    for (path, stat) in wanted {
        let name = path.name().unwrap_or_default().to_vec();
        add(&session, &mut zip, &mut folders, path, name, &stat).await?;
    }
    while let Some((folder, name)) = folders.pop() {
        let mut entries = session.files().list_links(&folder).await.map_err(io::Error::other)?;
        while let Some(batch) = entries.next_batch().await.map_err(io::Error::other)? {
            for found in batch {
                let Ok(path) = folder.join(&found.name) else { continue };
                let name = if name.is_empty() { found.name } else { [&name[..], b"/", &found.name].concat() };
                add(&session, &mut zip, &mut folders, path, name, &found.stat).await?;
            }
        }
    }
    zip.close().await.map_err(io::Error::other)?;
    Ok(())
}

type Zip = ZipFileWriter<Compat<DuplexStream>>;

async fn add(
    session: &HttpSession,
    zip: &mut Zip,
    folders: &mut Vec<(VPath, Vec<u8>)>,
    path: VPath,
    name: Vec<u8>,
    stat: &Stat,
) -> io::Result<()> {
    match stat.kind {
        FileKind::Directory => {
            if !name.is_empty() {
                let folder = [&name[..], b"/"].concat();
                zip.write_entry_whole(entry(&folder, stat), &[]).await.map_err(io::Error::other)?;
            }
            folders.push((path, name));
            Ok(())
        }
        FileKind::File => add_file(session, zip, &path, &name).await,
        FileKind::Symlink | FileKind::Other => Ok(()),
    }
}

async fn add_file(session: &HttpSession, zip: &mut Zip, path: &VPath, name: &[u8]) -> io::Result<()> {
    let file = match session.files().open_read(path).await {
        Ok(file) => file,
        Err(wharf_vfs::FileError::NotFound | wharf_vfs::FileError::Forbidden) => return Ok(()),
        Err(error) => return Err(io::Error::other(error)),
    };
    let mut writer = zip.write_entry_stream(entry(name, file.stat())).await.map_err(io::Error::other)?;
    let (mut at, mut buffer) = (0, Buffer::up_to(Buffer::MEDIUM));
    loop {
        buffer.clear();
        buffer = file.read_at(at, buffer).await.map_err(io::Error::other)?;
        if buffer.is_empty() {
            break;
        }
        at += buffer.len() as u64;
        writer.write_all(&buffer).await?;
    }
    writer.close().await.map_err(io::Error::other)
}

/// Stored, not deflated: what is worth an archive is mostly compressed already, and the line is slower than the disk.
fn entry(name: &[u8], stat: &Stat) -> ZipEntryBuilder {
    let (name, encoding) = match String::from_utf8(name.to_vec()) {
        Ok(name) => (name.into_bytes(), StringEncoding::Utf8),
        Err(error) => (error.into_bytes(), StringEncoding::Raw),
    };
    let builder = ZipEntryBuilder::new(ZipString::new(name, encoding), Compression::Stored);
    builder
        .last_modification_date(date(stat.modified_ms))
        .unix_permissions(u16::try_from(stat.mode & 0o777).unwrap_or(0o644))
}

/// MS-DOS knows the years 1980 to 2107.
fn date(ms: i64) -> ZipDateTime {
    let at = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000).clamp(315_532_800, 4_354_819_198));
    let Ok(at) = at else { return ZipDateTime::default() };
    ZipDateTimeBuilder::new()
        .year(at.year())
        .month(u32::from(u8::from(at.month())))
        .day(u32::from(at.day()))
        .hour(u32::from(at.hour()))
        .minute(u32::from(at.minute()))
        .second(u32::from(at.second()))
        .build()
}
