//! Who a request to the file client comes from. The first line of every server function is a call of [`session`] or
//! [`owner`]; signing in and out are the exceptions.

use super::errors::failed;
use crate::{
    error::PanelError,
    guard::{clear_cookie, cookie, core, host, internal, not_found, parts, peer, refuse, set_cookie, text},
};
use axum::http::{StatusCode, header, request::Parts};
use std::{borrow::Cow, net::SocketAddr, sync::Arc};
use wharf_core::{
    Core,
    http_sessions::{COOKIE, Caller, HttpSession, Through},
};
use wharf_model::files::decode;
use wharf_vfs::{FileError, VPath};

/// Where the functions live on the origin of the file client.
pub const PREFIX: &str = "/do/";

/// How the request came in; the server puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The address of ours that the client reached.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The name that it gave in the TLS handshake.
    pub host: Option<String>,
}

/// The session of who is signed in.
pub(super) fn session() -> Result<Arc<HttpSession>, PanelError> {
    let (core, parts) = (core()?, parts()?);
    find(&core, &parts)?.ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, PanelError::SignedOut))
}

/// The session, if anybody is signed in.
pub(super) fn find(core: &Core, parts: &Parts) -> Result<Option<Arc<HttpSession>>, PanelError> {
    let Some(secret) = secret(parts) else { return Ok(None) };
    Ok(core.http_session(secret, peer(parts)?.ip()))
}

/// The session of who is signed in to an account, as opposed to visitors of a share link.
pub(super) fn owner() -> Result<Arc<HttpSession>, PanelError> {
    let session = session()?;
    if session.identity().link.is_some() { Err(not_found()) } else { Ok(session) }
}

/// The share link that the request came by.
pub(super) fn through(parts: &Parts) -> Option<&Through> {
    parts.extensions.get()
}

/// The secret of a signed-in browser.
pub(super) fn secret(parts: &Parts) -> Option<&str> {
    cookie(&parts.headers, &cookie_name(parts))
}

/// Gives the browser the cookie of a session, or takes it.
pub(super) fn keep(parts: &Parts, secret: Option<&str>) -> Result<(), PanelError> {
    let name = cookie_name(parts);
    match secret {
        Some(secret) => set_cookie(&name, secret),
        None => clear_cookie(&name),
    }
}

fn cookie_name(parts: &Parts) -> Cow<'static, str> {
    through(parts).map_or(Cow::Borrowed(COOKIE), |through| Cow::Owned(through.cookie()))
}

/// Who wants to sign in.
pub(super) fn caller(parts: &Parts) -> Result<Caller<'_>, PanelError> {
    let arrived = parts.extensions.get::<Arrived>().ok_or_else(|| internal(&"not known how the request came in"))?;
    Ok(Caller {
        peer: peer(parts)?,
        local: arrived.local,
        secure: arrived.secure,
        host: arrived.host.as_deref().or_else(|| name(host(parts))),
        user_agent: text(parts, header::USER_AGENT),
    })
}

/// The name in a Host header.
fn name(host: &str) -> Option<&str> {
    let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    (!name.is_empty()).then_some(name)
}

/// The path that the browser means.
pub(super) fn path(encoded: &str) -> Result<VPath, PanelError> {
    let bytes = decode(encoded).ok_or_else(|| failed(FileError::NotFound))?;
    VPath::root().resolve(&bytes).map_err(failed)
}
