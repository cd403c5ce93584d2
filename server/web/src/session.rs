//! Whose request it is.

use crate::{Web, connections::Arrival, links, problem::Problem};
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, COOKIE, HOST, USER_AGENT},
        request::Parts,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::sync::Arc;
use wharf_core::http_sessions::{self, Caller, HttpSession, Through};
use wharf_model::logs::LineKind;

/// Who is signed in to the file client.
pub(crate) struct SignedIn(pub(crate) Arc<HttpSession>);

impl FromRequestParts<Arc<Web>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Problem> {
        let peer = arrival(parts)?.peer;
        let through = parts.extensions.get::<Through>();
        let secret = match through {
            Some(through) => cookie(&parts.headers, &through.cookie()),
            None => cookie(&parts.headers, http_sessions::COOKIE),
        };
        match (secret, through) {
            (Some(secret), _) => web.core.http_session(secret, peer.ip()).ok_or_else(Problem::signed_out).map(Self),
            // A page that is open has had its cookie.
            (None, Some(through)) if parts.uri.path() != "/live" => Ok(Self(links::visit(web, parts, through).await?)),
            (None, _) => Err(Problem::signed_out()),
        }
    }
}

/// How the request came here.
pub(crate) fn arrival(parts: &Parts) -> Result<&Arrival, Problem> {
    parts.extensions.get::<Arrival>().ok_or_else(Problem::signed_out)
}

/// Who asks.
pub(crate) fn caller(parts: &Parts) -> Result<Caller<'_>, Problem> {
    let arrival = arrival(parts)?;
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let named = parts.uri.host().or_else(|| text(HOST));
    Ok(Caller {
        peer: arrival.peer,
        local: arrival.local,
        secure: arrival.secure,
        host: arrival.server_name.as_deref().or(named).map(without_port),
        user_agent: text(USER_AGENT).unwrap_or_default(),
    })
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() }
}

/// The secret of a signed-in browser.
fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted && !value.is_empty()).then_some(value))
}

/// Name and password of a request (RFC 7617).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Shows the request in the session's row and log.
pub(crate) fn note_request(session: &HttpSession, parts: &Parts) {
    session.command(parts.method.to_string(), true);
    session.note(LineKind::Command, &format!("{} {}", parts.method, parts.uri.path()));
}

/// And what came of it.
pub(crate) fn note_answer(session: &HttpSession, status: axum::http::StatusCode) {
    session.note(LineKind::Reply, &status.to_string());
}
