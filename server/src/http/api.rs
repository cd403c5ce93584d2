//! REST under `/api/v1`: bearer tokens, JSON, errors as problem documents (RFC 9457).
//!
//! * [`sessions`]: the list, ending them, their logs and messages
//! * [`bans`]: bans and IP rules
//! * [`accounts`]: transfer accounts and their SSH keys
//! * [`people`]: who signs in to the panel, and who is signed in
//! * [`domains`]: hosted domains
//! * [`limits`]: what holds for every account of the server, a person, a domain
//! * [`deletions`]: what was deleted and can be brought back
//! * [`audit`]: what operators did
//! * [`webhooks`]: addresses that are told what happens

mod accounts;
mod audit;
mod bans;
mod deletions;
mod domains;
mod limits;
mod people;
mod sessions;
mod webhooks;

use super::Panel;
use axum::{
    Router,
    extract::{FromRequestParts, Query, rejection::QueryRejection},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use wharf_app::guard::Peer;
use wharf_core::{
    orders::OrderError,
    permits::{Forbidden, Operator},
};
use wharf_model::ids::SessionId;

/// The description of this interface, for people and for generators of clients.
const OPENAPI: &str = include_str!("openapi.json");
/// Rows of one answer at most.
const PAGE_MOST: u32 = 10_000;

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/openapi.json", get(openapi))
        .merge(sessions::router())
        .merge(bans::router())
        .merge(accounts::router())
        .merge(people::router())
        .merge(domains::router())
        .merge(limits::router())
        .merge(deletions::router())
        .merge(audit::router())
        .merge(webhooks::router())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is no such resource"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the resource does not know this method")
        })
}

/// An error as the client sees it.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    fn no_session() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such session")
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let status = match &error {
            OrderError::Forbidden(_) => StatusCode::FORBIDDEN,
            OrderError::NotFound => StatusCode::NOT_FOUND,
            OrderError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            OrderError::OwnAddress => StatusCode::CONFLICT,
            OrderError::Busy => StatusCode::TOO_MANY_REQUESTS,
            OrderError::Store(cause) => {
                tracing::error!(error = %cause, "order not carried out");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<Forbidden> for Problem {
    fn from(forbidden: Forbidden) -> Self {
        Self::new(StatusCode::FORBIDDEN, forbidden.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response =
            (self.status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Whoever holds the bearer token of the request.
struct Bearer(Operator);

impl FromRequestParts<Panel> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Problem> {
        let refused = || Problem::new(StatusCode::UNAUTHORIZED, "a bearer token is needed");
        let secret = bearer(&parts.headers).ok_or_else(refused)?;
        let peer = parts.extensions.get::<Peer>().ok_or_else(refused)?;
        match panel.core.token_operator(secret, peer.0.ip()).await {
            Ok(Some(operator)) => Ok(Self(operator)),
            Ok(None) => Err(refused()),
            Err(error) => {
                tracing::error!(%error, "tokens cannot be read");
                Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer"))
            }
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// A list and how many there are beyond the page.
#[derive(Debug, Serialize)]
struct Page<T> {
    items: Vec<T>,
    total: usize,
}

/// Which part of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Paging {
    limit: u32,
    offset: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: 1_000, offset: 0 }
    }
}

impl Paging {
    fn cut<T>(&self, items: Vec<T>) -> Page<T> {
        let total = items.len();
        let most = self.limit.min(PAGE_MOST) as usize;
        Page { items: items.into_iter().skip(self.offset as usize).take(most).collect(), total }
    }
}

/// The parameters of an address, or what is wrong with them.
fn parameters<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let Query(parameters) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    Ok(parameters)
}

async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], OPENAPI)
}

/// A text that is no id names no session.
fn session_id(text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| Problem::no_session())
}

/// A text that is no id names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| nothing())
}

fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such thing")
}

/// An empty body is an order with nothing but defaults.
fn parse<T: Default + for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { read(body) }
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    // serde would also take the members from an array, in the order they are written here.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the body is a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}
