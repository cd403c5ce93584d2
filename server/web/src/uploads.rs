//! Uploads that can be resumed: tus 1.0.0 (<https://tus.io/protocols/resumable-upload>), core, creation and termination.
//!
//! What has arrived is the account's kept part, the same as over FTP and SFTP. So an upload that is created again, after a
//! reload or a restart of the server, goes on where the part ends.

use crate::{
    Web, path,
    problem::Problem,
    session::{SignedIn, arrival, note_answer, note_request},
    transfer::{Cut, Moving, Sink},
};
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
        request::Parts,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wharf_core::{
    http_sessions::{HttpSession, Through, Uploader},
    random,
    transfers::Begin,
};
use wharf_model::sessions::Direction;
use wharf_vfs::{FileError, VPath, WriteHandle, WriteMode};

const VERSION: &str = "1.0.0";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");

/// An upload that nobody asks for is forgotten; its part stays and is found by its name.
const FORGOTTEN: Duration = Duration::from_hours(24);
/// Uploads that one account, or visitor, may have begun, and all.
const MOST_OF_ACCOUNT: usize = 2_000;
const MOST: usize = 100_000;
/// How long a request for an upload waits until the one before it, whose client is gone, has let go of it.
const LET_GO: Duration = Duration::from_secs(5);

/// Uploads that were begun.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<HashMap<Uuid, Arc<Upload>>>);

#[derive(Debug)]
struct Upload {
    whose: Uploader,
    path: VPath,
    /// Bytes the file will have.
    length: u64,
    /// Whether nothing may have the name.
    only_new: bool,
    /// The time to give the file.
    modified_ms: Option<i64>,
    state: Mutex<Progress>,
    /// Told when a request has let go.
    let_go: Notify,
}

#[derive(Debug)]
struct Progress {
    used: Instant,
    /// Ends the request that writes to it.
    running: Option<CancellationToken>,
    /// The file is there.
    complete: bool,
}

impl Uploads {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, id: Uuid, upload: Arc<Upload>) -> Result<(), Problem> {
        let mut all = self.all();
        if all.len() >= MOST || all.values().filter(|other| other.whose == upload.whose).count() >= MOST_OF_ACCOUNT {
            let now = Instant::now();
            all.retain(|_, upload| now.duration_since(upload.progress().used) < FORGOTTEN);
        }
        if all.len() >= MOST || all.values().filter(|other| other.whose == upload.whose).count() >= MOST_OF_ACCOUNT {
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many uploads were begun and not ended"));
        }
        all.insert(id, upload);
        Ok(())
    }

    /// The upload, if it is theirs.
    fn find(&self, id: &str, whose: Uploader) -> Result<(Uuid, Arc<Upload>), Problem> {
        let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such upload, create it again");
        let id = Uuid::try_parse(id).map_err(|_| unknown())?;
        let found = self.all().get(&id).filter(|upload| upload.whose == whose).cloned();
        found.map(|upload| (id, upload)).ok_or_else(unknown)
    }

    /// What they upload to `path` already.
    fn to(&self, path: &VPath, whose: Uploader) -> Vec<(Uuid, Arc<Upload>)> {
        let all = self.all();
        let same = all.iter().filter(|(_, upload)| upload.whose == whose && upload.path == *path);
        same.map(|(id, upload)| (*id, upload.clone())).collect()
    }
}

impl Upload {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the request that writes to it and waits until it has. Who asks again has lost that one.
    async fn take_over(&self) -> Result<(), Problem> {
        let wait = async {
            loop {
                let let_go = self.let_go.notified();
                let mut let_go = std::pin::pin!(let_go);
                let_go.as_mut().enable();
                {
                    let mut progress = self.progress();
                    progress.used = Instant::now();
                    match &progress.running {
                        None => return,
                        Some(running) => running.cancel(),
                    }
                }
                let_go.await;
            }
        };
        timeout(LET_GO, wait).await.map_err(|_| Problem::from(FileError::Busy))
    }

    /// Bytes that have arrived.
    async fn offset(&self, session: &HttpSession) -> Result<u64, Problem> {
        if self.progress().complete {
            return Ok(self.length);
        }
        Ok(session.files().kept(&self.path).await?.unwrap_or(0))
    }
}

/// A request that writes to an upload; dropped, it has let go.
struct Running<'a>(&'a Upload);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut progress = self.0.progress();
        progress.running = None;
        progress.used = Instant::now();
        drop(progress);
        self.0.let_go.notify_waiters();
    }
}

/// `/uploads`: what we can do, and a new upload.
pub(crate) async fn collection(
    State(web): State<Arc<Web>>,
    SignedIn(session): SignedIn,
    request: Request,
) -> Result<Response<Body>, Problem> {
    let (parts, _) = request.into_parts();
    note_request(&session, &parts);
    let answer = match parts.method {
        Method::OPTIONS => Ok(able()),
        Method::POST => create(&web, &session, &parts).await,
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "an upload is created with POST")),
    };
    note_answer(&session, answer.as_ref().map_or_else(|problem| problem.status, Response::status));
    answer
}

/// `/uploads/{id}`
pub(crate) async fn one(
    State(web): State<Arc<Web>>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response<Body>, Problem> {
    let (parts, body) = request.into_parts();
    note_request(&session, &parts);
    let answer = match parts.method {
        Method::OPTIONS => Ok(able()),
        Method::HEAD => tell(&web, &session, &id, &parts.headers).await,
        Method::PATCH => go_on(&web, &session, &id, &parts, body).await,
        Method::DELETE => give_up(&web, &session, &id, &parts.headers).await,
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "an upload takes HEAD, PATCH and DELETE")),
    };
    note_answer(&session, answer.as_ref().map_or_else(|problem| problem.status, Response::status));
    answer
}

fn able() -> Response<Body> {
    let mut answer = reply(StatusCode::NO_CONTENT);
    answer.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
    answer.headers_mut().insert("tus-extension", HeaderValue::from_static("creation,termination"));
    answer
}

async fn create(web: &Web, session: &Arc<HttpSession>, parts: &Parts) -> Result<Response<Body>, Problem> {
    check_version(&parts.headers)?;
    let length = number(&parts.headers, &LENGTH)?;
    let metadata = Metadata::of(&parts.headers)?;
    let whose = session.uploader();
    for (id, earlier) in web.uploads.to(&metadata.path, whose) {
        earlier.take_over().await?;
        web.uploads.all().remove(&id);
    }
    let Place { path, kept, file } = place(session, &metadata, length).await?;
    let upload = Arc::new(Upload {
        whose,
        path,
        length,
        only_new: !metadata.overwrite,
        modified_ms: metadata.modified_ms,
        state: Mutex::new(Progress { used: Instant::now(), running: None, complete: false }),
        let_go: Notify::new(),
    });
    if kept == length {
        file.commit(upload.modified_ms).await?;
        upload.progress().complete = true;
    } else {
        file.suspend().await?;
    }
    let id = random::id(&web.core.clock);
    web.uploads.add(id, upload)?;
    let mut answer = reply(StatusCode::CREATED);
    let prefix = parts.extensions.get::<Through>().map(Through::prefix).unwrap_or_default();
    if let Ok(location) = HeaderValue::from_str(&format!("{prefix}/uploads/{id}")) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer.headers_mut().insert(OFFSET, kept.into());
    Ok(answer)
}

/// Where an upload goes.
struct Place {
    path: VPath,
    /// Bytes that have arrived before.
    kept: u64,
    file: WriteHandle,
}

/// Whether it may begin at all is better said before anything is sent. Who cannot see what is there cannot avoid its names
/// either, so the file gets one that is free.
async fn place(session: &HttpSession, metadata: &Metadata, length: u64) -> Result<Place, Problem> {
    /// Names that are tried.
    const TRIES: u32 = 1_000;
    let files = session.files();
    let sees = files.permissions().list || files.permissions().read;
    let mut path = metadata.path.clone();
    for number in 2..TRIES {
        let kept = files.kept(&path).await?.filter(|kept| *kept <= length && metadata.goes_on).unwrap_or(0);
        if files.available().await? < length - kept {
            return Err(FileError::QuotaExceeded.into());
        }
        match files.open_write(&path, WriteMode::Part { offset: kept, only_new: !metadata.overwrite }).await {
            Err(FileError::AlreadyExists) if !sees && session.identity().link.is_some() => {
                path = path.parent().join(&numbered(metadata.path.name().unwrap_or_default(), number))?;
            }
            file => return Ok(Place { path, kept, file: file? }),
        }
    }
    Err(FileError::AlreadyExists.into())
}

/// `report.pdf` as `report (2).pdf`.
fn numbered(name: &[u8], number: u32) -> Vec<u8> {
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0).unwrap_or(name.len());
    let (stem, extension) = name.split_at(dot);
    [stem, format!(" ({number})").as_bytes(), extension].concat()
}

impl Upload {
    fn mode(&self, offset: u64) -> WriteMode {
        WriteMode::Part { offset, only_new: self.only_new }
    }
}

async fn tell(web: &Web, session: &HttpSession, id: &str, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    check_version(headers)?;
    let (_, upload) = web.uploads.find(id, session.uploader())?;
    upload.take_over().await?;
    let mut answer = reply(StatusCode::OK);
    answer.headers_mut().insert(OFFSET, upload.offset(session).await?.into());
    answer.headers_mut().insert(LENGTH, upload.length.into());
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

async fn go_on(
    web: &Web,
    session: &Arc<HttpSession>,
    id: &str,
    parts: &Parts,
    body: Body,
) -> Result<Response<Body>, Problem> {
    check_version(&parts.headers)?;
    if parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        let wanted = "the body has to be application/offset+octet-stream";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, wanted));
    }
    let offset = number(&parts.headers, &OFFSET)?;
    let (_, upload) = web.uploads.find(id, session.uploader())?;
    upload.take_over().await?;
    let stop = CancellationToken::new();
    if upload.progress().running.replace(stop.clone()).is_some() {
        return Err(FileError::Busy.into());
    }
    let running = Running(&upload);
    if upload.offset(session).await? != offset {
        return Err(FileError::BadOffset.into());
    }
    let arrived = if upload.progress().complete {
        offset
    } else {
        receive(web, session, &upload, offset, parts, body, stop).await?
    };
    drop(running);
    let mut answer = reply(StatusCode::NO_CONTENT);
    answer.headers_mut().insert(OFFSET, arrived.into());
    Ok(answer)
}

/// Takes the body in, as far as it comes.
async fn receive(
    web: &Web,
    session: &Arc<HttpSession>,
    upload: &Upload,
    offset: u64,
    parts: &Parts,
    body: Body,
    stop: CancellationToken,
) -> Result<u64, Problem> {
    let arrival = arrival(parts)?;
    let file = session.files().open_write(&upload.path, upload.mode(offset)).await?;
    let (path, direction, total) = (upload.path.to_string(), Direction::Upload, Some(upload.length));
    let begin = Begin { path, direction, offset, total, secure: arrival.secure };
    let mut sink = Sink::new(file, Moving::begin(web, session.clone(), begin, arrival));
    let taken = tokio::select! {
        biased;
        () = stop.cancelled() => Err(Cut::Client),
        taken = sink.take(body.into_data_stream(), web.settings.stall, Some(upload.length)) => taken,
    };
    let arrived = sink.offset();
    match taken {
        Ok(()) if arrived == upload.length => {
            sink.finish(upload.modified_ms).await?;
            upload.progress().complete = true;
            Ok(arrived)
        }
        Ok(()) => Ok(sink.give_up(&Cut::Client).await),
        Err(cut) => {
            sink.give_up(&cut).await;
            Err(cut.into())
        }
    }
}

async fn give_up(web: &Web, session: &HttpSession, id: &str, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    check_version(headers)?;
    let (id, upload) = web.uploads.find(id, session.uploader())?;
    upload.take_over().await?;
    let offset = upload.offset(session).await?;
    if !upload.progress().complete && offset > 0 {
        session.files().open_write(&upload.path, WriteMode::Part { offset, only_new: false }).await?.abort().await?;
    }
    web.uploads.all().remove(&id);
    Ok(reply(StatusCode::NO_CONTENT))
}

/// What `Upload-Metadata` says.
#[derive(Debug, PartialEq, Eq)]
struct Metadata {
    path: VPath,
    overwrite: bool,
    goes_on: bool,
    modified_ms: Option<i64>,
}

impl Metadata {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = headers.get(METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut pairs = HashMap::new();
        for pair in text.split(',') {
            let mut words = pair.split_whitespace();
            let Some(key) = words.next() else { continue };
            let value = BASE64_STANDARD.decode(words.next().unwrap_or_default());
            let value = value.ok().and_then(|value| String::from_utf8(value).ok());
            let value = value.ok_or_else(|| Problem::bad_request("Upload-Metadata is not understood"))?;
            pairs.insert(key, value);
        }
        let path = pairs.get("path").ok_or_else(|| Problem::bad_request("Upload-Metadata has no path"))?;
        let path = path::decode(path)?;
        if path.is_root() {
            return Err(FileError::IsADirectory.into());
        }
        Ok(Self {
            path,
            overwrite: pairs.get("overwrite").is_some_and(|value| value == "1"),
            goes_on: pairs.get("restart").is_none_or(|value| value != "1"),
            modified_ms: pairs.get("modified").and_then(|value| value.parse().ok()),
        })
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, "Tus-Resumable has to be 1.0.0"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    // Beyond this no file system has an offset.
    let value = value.filter(|value: &u64| i64::try_from(*value).is_ok());
    value.ok_or_else(|| Problem::bad_request(format!("{name} has to be a number of bytes")))
}

fn reply(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(text: &str) -> Result<Metadata, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(METADATA, HeaderValue::from_str(text).unwrap());
        Metadata::of(&headers)
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        for (name, wanted) in
            [("report.pdf", "report (2).pdf"), ("a.tar.gz", "a.tar (2).gz"), ("a", "a (2)"), (".env", ".env (2)")]
        {
            assert_eq!(numbered(name.as_bytes(), 2), wanted.as_bytes());
        }
    }

    #[test]
    fn metadata_names_the_file() {
        // "/a%20b" and "1"
        let found = metadata("path L2ElMjBi, overwrite MQ==,empty").unwrap();
        assert_eq!((found.path.as_bytes(), found.overwrite, found.goes_on), (&b"/a b"[..], true, true));
        assert!(metadata("overwrite MQ==").is_err(), "no path");
        assert!(metadata("path !").is_err(), "no base64");
        assert!(metadata("path Lw==").is_err(), "the root");
    }

    #[test]
    fn numbers_are_whole_and_not_too_large() {
        let number = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LENGTH, HeaderValue::from_str(text).unwrap());
            super::number(&headers, &LENGTH).ok()
        };
        assert_eq!(number("5"), Some(5));
        for wrong in ["-1", "1.5", "", "18446744073709551615", "0x10"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
