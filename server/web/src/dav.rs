//! WebDAV, class 1 and 2 (RFC 4918), below `/dav/`, for who shows name and password with each request (RFC 7617).
//!
//! * `filesystem`: the account's files as dav-server wants them
//! * `properties`: what clients note about files; `locks`: who has locked what

mod filesystem;
mod locks;
mod properties;

pub(crate) use locks::Locks;

use crate::{
    Web, download, path,
    problem::Problem,
    session::{arrival, basic, caller, note_answer, note_request},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, Response, StatusCode,
        header::{CONTENT_RANGE, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::IntoResponse,
};
use dav_server::{DavHandler, DavMethod, DavMethodSet};
use filesystem::DavFiles;
use std::sync::Arc;
use wharf_core::{http_sessions::HttpSession, logins::LoginError};
use wharf_vfs::FileError;

const PREFIX: &str = "/dav";

const METHODS: [DavMethod; 12] = [
    DavMethod::Get,
    DavMethod::Head,
    DavMethod::Put,
    DavMethod::Options,
    DavMethod::PropFind,
    DavMethod::PropPatch,
    DavMethod::MkCol,
    DavMethod::Copy,
    DavMethod::Move,
    DavMethod::Delete,
    DavMethod::Lock,
    DavMethod::Unlock,
];

/// Everything below `/dav`.
pub(crate) async fn serve(State(web): State<Arc<Web>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let session = match sign_in(&web, &parts).await {
        Ok(session) => session,
        Err(problem) => return refuse(problem),
    };
    note_request(&session, &parts);
    let answer = answer(&web, &session, parts, body).await.unwrap_or_else(IntoResponse::into_response);
    note_answer(&session, answer.status());
    answer
}

async fn sign_in(web: &Web, parts: &Parts) -> Result<Arc<HttpSession>, Problem> {
    let caller = caller(parts)?;
    if !caller.secure {
        // The password would be there for everybody to read.
        return Err(Problem::new(StatusCode::FORBIDDEN, "WebDAV needs TLS: use https"));
    }
    let (name, password) = basic(&parts.headers).ok_or_else(Problem::signed_out)?;
    match web.core.http_client(caller, &name, &password).await {
        Ok(session) => Ok(session),
        Err(LoginError::Incorrect | LoginError::NeedsCode) => {
            Err(Problem::new(StatusCode::UNAUTHORIZED, "login incorrect"))
        }
        Err(error) => Err(error.into()),
    }
}

fn refuse(problem: Problem) -> Response<Body> {
    let asks = problem.status == StatusCode::UNAUTHORIZED;
    let mut answer = problem.into_response();
    if asks {
        let challenge = HeaderValue::from_static("Basic realm=\"Wharf\", charset=\"UTF-8\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    answer
}

async fn answer(web: &Web, session: &Arc<HttpSession>, parts: Parts, body: Body) -> Result<Response<Body>, Problem> {
    let path = path::decode(parts.uri.path().strip_prefix(PREFIX).unwrap_or_default())?;
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return download::serve(web, session, &path, &parts, false).await;
    }
    let deep = parts.headers.get("depth").is_none_or(|depth| depth != "0");
    if parts.method.as_str() == "PROPFIND"
        && deep
        && !session.files().permissions().list
        && session.files().stat(&path).await.is_ok_and(|stat| stat.is_directory())
    {
        // Or else the folder would look empty.
        return Err(FileError::Denied.into());
    }
    if parts.headers.contains_key(CONTENT_RANGE) {
        // RFC 9110 section 14.5: or else a part would take the place of the whole.
        return Err(Problem::bad_request("a part of a file cannot be sent"));
    }
    let arrival = arrival(&parts)?.clone();
    let files = DavFiles::new(session.clone(), arrival, web.settings.stall);
    let mut methods = DavMethodSet::none();
    for method in METHODS {
        methods.add(method);
    }
    let handler = DavHandler::builder()
        .filesystem(Box::new(files))
        .locksystem(web.locks.of(session.identity().account_id))
        .principal(session.identity().login.clone())
        .hide_symlinks(true)
        .methods(methods)
        .strip_prefix(PREFIX)
        .build_handler();
    tokio::select! {
        biased;
        // A folder that is being deleted is not deleted any further.
        () = session.killed() => Err(Problem::new(StatusCode::FORBIDDEN, "the session was ended")),
        answer = handler.handle(Request::from_parts(parts, body)) => Ok(answer.map(Body::new)),
    }
}
