//! Who a request comes from. The first line of every server function is a call of [`require`] or [`operator`]:
//! while a page is rendered on the server, functions are called directly and no middleware runs.

use crate::{error::PanelError, files};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::{fmt::Display, net::SocketAddr, sync::Arc};
use wharf_core::{
    Core,
    orders::OrderError,
    permits::{Forbidden, Operator},
};
use wharf_model::people::Permission;

/// Name of the cookie. The prefix makes browsers refuse it from any other host, path or without TLS.
pub const COOKIE: &str = "__Host-wharf";

/// Name of the cookie that keeps the own session of who acts as somebody else.
pub const OWN_COOKIE: &str = "__Host-wharf-own";

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// Where the functions live on the panel's origin.
pub const PREFIX: &str = "/fn/";

/// The other end of the connection; the server puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Where browsers find the file client; the server puts it into the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesAt {
    /// At this origin.
    Origin(String),
    /// On this port of whatever host the panel is on.
    Port(u16),
    /// It is off, or speaks no TLS itself and has no address.
    Nowhere,
}

/// The origin of the file client, if there is one.
pub fn files_origin() -> Result<Option<String>, PanelError> {
    match use_context::<FilesAt>() {
        Some(FilesAt::Origin(origin)) => Ok(Some(origin)),
        Some(FilesAt::Port(port)) => {
            let parts = parts()?;
            let host = host(&parts);
            // An IPv6 address is in brackets.
            let end = host.rfind(':').filter(|colon| !host[*colon..].contains(']')).unwrap_or(host.len());
            Ok(Some(format!("https://{}:{port}", &host[..end])))
        }
        Some(FilesAt::Nowhere) | None => Ok(None),
    }
}

/// The signed-in person. `active`: somebody clicked, as opposed to a page that refreshes itself.
pub async fn operator(active: bool) -> Result<Operator, PanelError> {
    find(active).await?.ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, PanelError::SignedOut))
}

/// The person, if anybody is signed in.
pub async fn find(active: bool) -> Result<Option<Operator>, PanelError> {
    let parts = parts()?;
    let Some(secret) = cookie_secret(&parts.headers) else { return Ok(None) };
    core()?.panel_operator(secret, peer(&parts)?.ip(), active).await.map_err(|error| internal(&error))
}

/// The signed-in person, active, if the role includes `permission`.
pub async fn require(permission: Permission) -> Result<Operator, PanelError> {
    let operator = operator(true).await?;
    operator.require(permission).map_err(forbidden)?;
    Ok(operator)
}

/// What the functions act on.
pub fn core() -> Result<Arc<Core>, PanelError> {
    use_context::<Arc<Core>>().ok_or_else(|| internal(&"no core in the context of the request"))
}

/// Head of the request.
pub fn parts() -> Result<Parts, PanelError> {
    use_context::<Parts>().ok_or_else(|| internal(&"no request in context"))
}

/// Address of the client.
pub fn peer(parts: &Parts) -> Result<SocketAddr, PanelError> {
    let peer = parts.extensions.get::<Peer>();
    peer.map(|peer| peer.0).ok_or_else(|| internal(&"no peer address in the request"))
}

/// What the client calls the panel: name and port. Anybody can write anything there.
pub fn host(parts: &Parts) -> &str {
    parts.uri.authority().map_or_else(|| text(parts, header::HOST), |authority| authority.as_str())
}

/// A header of the request; empty where there is none, or none that is text.
pub fn text(parts: &Parts, name: HeaderName) -> &str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The secret of a signed-in browser.
pub fn cookie_secret(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// What a cookie of the request holds; an empty one is none.
pub fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted && !value.is_empty()).then_some(value))
}

/// Gives the browser a cookie that lasts until it is closed, and no script sees.
pub fn set_cookie(name: &str, value: &str) -> Result<(), PanelError> {
    append_cookie(&format!("{name}={value}; {ATTRIBUTES}"))
}

/// Takes a cookie from the browser.
pub fn clear_cookie(name: &str) -> Result<(), PanelError> {
    append_cookie(&format!("{name}=; {ATTRIBUTES}; Max-Age=0"))
}

fn append_cookie(cookie: &str) -> Result<(), PanelError> {
    let cookie = HeaderValue::from_str(cookie).map_err(|error| internal(&error))?;
    let response = use_context::<ResponseOptions>().ok_or_else(|| internal(&"no response in context"))?;
    response.append_header(header::SET_COOKIE, cookie);
    Ok(())
}

/// The role does not include what was asked for.
pub fn forbidden(_: Forbidden) -> PanelError {
    refuse(StatusCode::FORBIDDEN, PanelError::Forbidden)
}

/// Why the core did not carry out an order.
pub fn failed(error: OrderError) -> PanelError {
    match error {
        OrderError::Forbidden(error) => forbidden(error),
        OrderError::NotFound => not_found(),
        OrderError::Invalid { field, message } => invalid(field, &sentence(&message)),
        OrderError::OwnAddress => refuse(StatusCode::CONFLICT, PanelError::OwnAddress),
        OrderError::Busy => refuse(StatusCode::TOO_MANY_REQUESTS, PanelError::Busy),
        OrderError::Store(error) => internal(&error),
    }
}

fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| format!("{}{}.", first.to_uppercase(), rest.as_str().trim_end_matches('.')))
        .unwrap_or_default()
}

/// There is nothing the asker may see under that name.
pub fn not_found() -> PanelError {
    refuse(StatusCode::NOT_FOUND, PanelError::NotFound)
}

/// The request cannot be used as it is.
pub fn invalid(field: &str, message: &str) -> PanelError {
    refuse(StatusCode::UNPROCESSABLE_ENTITY, PanelError::invalid(field, message))
}

/// Writes the cause to the log and answers with the reference it stands under.
pub fn internal(cause: &dyn Display) -> PanelError {
    let reference = wharf_core::random::secret().chars().take(8).collect::<String>();
    tracing::error!(reference, error = %cause, "panel request failed");
    refuse(StatusCode::INTERNAL_SERVER_ERROR, PanelError::Internal { reference })
}

/// Gives the answer of a function call the status that fits. A page that is being rendered keeps its own.
pub fn refuse(status: StatusCode, error: PanelError) -> PanelError {
    let called = use_context::<Parts>()
        .is_some_and(|parts| [PREFIX, files::guard::PREFIX].iter().any(|prefix| parts.uri.path().starts_with(prefix)));
    if let Some(response) = use_context::<ResponseOptions>().filter(|_| called) {
        response.set_status(status);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(cookies: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_static(cookie));
        }
        cookie_secret(&headers).map(str::to_owned)
    }

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        assert_eq!(secret(&["__Host-wharf=abc"]).as_deref(), Some("abc"));
        assert_eq!(secret(&["a=b; __Host-wharf=abc; c=d"]).as_deref(), Some("abc"));
        assert_eq!(secret(&["a=b", "__Host-wharf=abc"]).as_deref(), Some("abc"));
    }

    #[test]
    fn other_cookies_are_not_it() {
        assert_eq!(secret(&[]), None);
        assert_eq!(secret(&["__Host-wharf="]), None);
        assert_eq!(secret(&["x__Host-wharf=abc"]), None);
        assert_eq!(secret(&["__host-wharf=abc"]), None);
    }
}
