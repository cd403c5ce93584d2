//! One file (RFC 9110 sections 13 and 14): conditions, one range, and what browsers may do with it.

use crate::{
    Web,
    connections::Arrival,
    path,
    problem::Problem,
    session::{SignedIn, arrival, note_answer, note_request},
    transfer::{Moving, file_body},
};
use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, Response, StatusCode,
        header::{self, HeaderName},
        request::Parts,
    },
};
use headers::{
    AcceptRanges, ContentLength, ContentRange, ETag, HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch, IfRange,
    IfUnmodifiedSince, LastModified, Range,
};
use std::{
    ops::Bound,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use wharf_core::{http_sessions::HttpSession, transfers::Begin};
use wharf_model::sessions::Direction;
use wharf_vfs::{Stat, VPath};

/// What a file may do when it is looked at instead of saved: nothing. Its scripts do not run and it has no origin.
const SANDBOX: &str = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";
/// The same for readers of PDF, which are parts of browsers and do not start in a sandbox.
const READER: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// `GET /files/…`
pub(crate) async fn file(
    State(web): State<Arc<Web>>,
    SignedIn(session): SignedIn,
    parts: Parts,
) -> Result<Response<Body>, Problem> {
    note_request(&session, &parts);
    let path = path::decode(parts.uri.path().strip_prefix("/files").unwrap_or_default())?;
    let inline = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "inline=1"));
    let answer = serve(&web, &session, &path, &parts, inline).await;
    note_answer(&session, answer.as_ref().map_or_else(|problem| problem.status, Response::status));
    answer
}

/// The answer to a GET or HEAD for a file.
pub(crate) async fn serve(
    web: &Web,
    session: &Arc<HttpSession>,
    path: &VPath,
    parts: &Parts,
    inline: bool,
) -> Result<Response<Body>, Problem> {
    let file = session.files().open_read(path).await?;
    let facts = file.stat().clone();
    let (etag, modified) = (etag(&facts)?, LastModified::from(UNIX_EPOCH + since_1970(&facts)));
    let mut answer = Response::new(Body::empty());
    answer.headers_mut().typed_insert(etag.clone());
    answer.headers_mut().typed_insert(modified);
    answer.headers_mut().typed_insert(AcceptRanges::bytes());
    if let Some(status) = condition(&parts.headers, &etag, &facts) {
        *answer.status_mut() = status;
        return Ok(answer);
    }
    let (start, end) = match range(&parts.headers, &etag, modified, file.size()) {
        Wanted::All => (0, file.size()),
        Wanted::Part(start, end) => {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            if let Ok(range) = ContentRange::bytes(start..end, file.size()) {
                answer.headers_mut().typed_insert(range);
            }
            (start, end)
        }
        Wanted::Nothing => {
            *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            answer.headers_mut().typed_insert(ContentRange::unsatisfied_bytes(file.size()));
            return Ok(answer);
        }
    };
    answer.headers_mut().typed_insert(ContentLength(end - start));
    describe(answer.headers_mut(), path, inline);
    if parts.method != Method::HEAD {
        let Arrival { secure, .. } = *arrival(parts)?;
        let (direction, total) = (Direction::Download, Some(end));
        let begin = Begin { path: path.to_string(), direction, offset: start, total, secure };
        let moving = Moving::begin(web, session.clone(), begin, arrival(parts)?);
        *answer.body_mut() = file_body(file, start, end, moving);
    }
    Ok(answer)
}

/// What the file is, for a browser that saves it, or shows it without letting it do anything.
fn describe(headers: &mut HeaderMap, path: &VPath, inline: bool) {
    let name = path.name().unwrap_or(b"download");
    let shown = if inline { harmless(name) } else { None };
    let kind = if shown.is_some() { "inline" } else { "attachment" };
    let (policy, kind_of_content) = match shown {
        Some("application/pdf") => (READER, "application/pdf"),
        Some(content) => (SANDBOX, content),
        None => (SANDBOX, "application/octet-stream"),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of_content));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(value) = HeaderValue::from_str(&path::disposition(kind, name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

/// The type under which a browser may show a file, by its name: pictures, sound, video, PDF, and all kinds of text as
/// plain text, pages and scripts among them.
fn harmless(name: &[u8]) -> Option<&'static str> {
    const SHOWN: [&str; 22] = [
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp",
        "image/x-icon",
        "image/svg+xml",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
        "audio/webm",
        "audio/aac",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "video/quicktime",
        "application/pdf",
        "audio/x-wav",
        "audio/x-m4a",
    ];
    let guessed = mime_guess::from_path(String::from_utf8_lossy(name).as_ref()).first()?;
    let essence = guessed.essence_str();
    if let Some(shown) = SHOWN.iter().find(|shown| **shown == essence) {
        return Some(shown);
    }
    let textual = guessed.type_() == "text"
        || ["json", "xml", "yaml", "toml", "javascript", "x-sh", "sql"].iter().any(|kind| guessed.subtype() == *kind);
    textual.then_some("text/plain; charset=utf-8")
}

fn since_1970(stat: &Stat) -> Duration {
    Duration::from_millis(u64::try_from(stat.modified_ms).unwrap_or(0))
}

/// Another size, time or file makes another one.
fn etag(stat: &Stat) -> Result<ETag, Problem> {
    let tag = format!("\"{:x}-{:x}-{:x}\"", stat.size, stat.modified_ms, stat.inode);
    tag.parse().map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be named"))
}

/// Why the file is not sent (RFC 9110 section 13.2.2), if it is not.
fn condition(headers: &HeaderMap, etag: &ETag, stat: &Stat) -> Option<StatusCode> {
    let modified = UNIX_EPOCH + since_1970(stat);
    if let Some(wanted) = headers.typed_get::<IfMatch>() {
        if !wanted.precondition_passes(etag) {
            return Some(StatusCode::PRECONDITION_FAILED);
        }
    } else if headers.typed_get::<IfUnmodifiedSince>().is_some_and(|since| !since.precondition_passes(modified)) {
        return Some(StatusCode::PRECONDITION_FAILED);
    }
    if let Some(known) = headers.typed_get::<IfNoneMatch>() {
        return (!known.precondition_passes(etag)).then_some(StatusCode::NOT_MODIFIED);
    }
    let since = headers.typed_get::<IfModifiedSince>()?;
    (!since.is_modified(modified)).then_some(StatusCode::NOT_MODIFIED)
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(u64, u64),
    Nothing,
}

/// Which bytes are wanted. Several ranges at once get the whole file, which is allowed and cannot be misused to ask for
/// the same bytes many times.
fn range(headers: &HeaderMap, etag: &ETag, modified: LastModified, size: u64) -> Wanted {
    let Some(range) = headers.typed_get::<Range>() else { return Wanted::All };
    if headers.typed_get::<IfRange>().is_some_and(|known| known.is_modified(Some(etag), Some(&modified))) {
        return Wanted::All;
    }
    if headers.get(header::RANGE).is_some_and(|value| value.as_bytes().contains(&b',')) {
        return Wanted::All;
    }
    let Some((start, end)) = range.satisfiable_ranges(size).next() else { return Wanted::Nothing };
    let start = match start {
        Bound::Included(start) => start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match end {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => end,
        Bound::Unbounded => size,
    };
    let end = end.min(size);
    if start < end { Wanted::Part(start, end) } else { Wanted::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range_header: &str, size: u64) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_str(range_header).unwrap());
        let etag = "\"1\"".parse().unwrap();
        range(&headers, &etag, LastModified::from(UNIX_EPOCH), size)
    }

    #[test]
    fn one_range_is_served_and_many_are_not() {
        assert_eq!(wanted("bytes=0-0", 10), Wanted::Part(0, 1));
        assert_eq!(wanted("bytes=3-", 10), Wanted::Part(3, 10));
        assert_eq!(wanted("bytes=-4", 10), Wanted::Part(6, 10));
        assert_eq!(wanted("bytes=5-1000", 10), Wanted::Part(5, 10));
        assert_eq!(wanted("bytes=10-", 10), Wanted::Nothing);
        assert_eq!(wanted("bytes=0-0", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=0-1,3-4", 10), Wanted::All);
        assert_eq!(wanted("lines=1-2", 10), Wanted::All);
    }

    #[test]
    fn pages_and_scripts_are_shown_as_text_and_programs_are_not_shown() {
        assert_eq!(harmless(b"a.html"), Some("text/plain; charset=utf-8"));
        assert_eq!(harmless(b"a.js"), Some("text/plain; charset=utf-8"));
        assert_eq!(harmless(b"a.svg"), Some("image/svg+xml"));
        assert_eq!(harmless(b"a.PNG"), Some("image/png"));
        assert_eq!(harmless(b"a.exe"), None);
        assert_eq!(harmless(b"a"), None);
    }
}
