//! REST under `/api/v1`: bearer tokens, JSON, errors as problem documents (RFC 9457).

use super::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequestParts, Path, Query, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use wharf_app::guard::Peer;
use wharf_core::permits::{Forbidden, Operator};
use wharf_model::{
    ids::SessionId,
    kicks::{KickOrder, Receipt},
    people::Permission,
    sessions::{SessionDetail, SessionRow},
};

/// The description of this interface, for people and for generators of clients.
const OPENAPI: &str = include_str!("openapi.json");
/// Rows of one answer at most.
const PAGE_MOST: u32 = 10_000;

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/sessions", get(list))
        .route("/sessions/{id}", get(detail))
        .route("/sessions/{id}/kick", post(kick))
        .route("/sessions/{id}/abort", post(abort))
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

/// A row with what a reader without a clock of ours cannot know.
#[derive(Debug, Serialize)]
struct Timed<T> {
    #[serde(flatten)]
    row: T,
    idle_seconds: i64,
}

fn timed_row(row: SessionRow, now: i64) -> Timed<SessionRow> {
    Timed { idle_seconds: row.idle_ms(now) / 1000, row }
}

fn timed_detail(detail: SessionDetail, now: i64) -> Timed<SessionDetail> {
    Timed { idle_seconds: detail.row.idle_ms(now) / 1000, row: detail }
}

async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], OPENAPI)
}

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

async fn list(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    paging: Result<Query<Paging>, axum::extract::rejection::QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::ViewSessions)?;
    let Query(paging) = paging.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    if paging.limit > PAGE_MOST {
        return Err(Problem::new(StatusCode::BAD_REQUEST, format!("limit is at most {PAGE_MOST}")));
    }
    let now = panel.core.clock.now();
    let sessions = panel.core.sessions.list(&operator.scope);
    let page = sessions.iter().skip(paging.offset as usize).take(paging.limit as usize);
    let items = page.map(|session| timed_row(session.row(now), now)).collect();
    Ok(Json(Page::<Timed<SessionRow>> { items, total: sessions.len() }))
}

async fn detail(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::ViewSessions)?;
    let detail = panel.core.session_detail(&operator, session_id(&id)?).ok_or_else(Problem::no_session)?;
    Ok(Json(timed_detail(detail, panel.core.clock.now())))
}

/// The whole order as the interface describes it. What this version cannot do yet is refused, never skipped.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KickBody {
    action: String,
    minutes: u32,
    scope: String,
    disable_account: bool,
    same_ip: bool,
    message: String,
}

impl Default for KickBody {
    fn default() -> Self {
        Self {
            action: "disconnect".to_owned(),
            minutes: 30,
            scope: "server".to_owned(),
            disable_account: false,
            same_ip: false,
            message: String::new(),
        }
    }
}

impl KickBody {
    fn order(self) -> Result<KickOrder, Problem> {
        let unsupported =
            |what: &str| Problem::new(StatusCode::NOT_IMPLEMENTED, format!("{what} is not available yet"));
        match self.action.as_str() {
            "disconnect" => {}
            action @ ("ban" | "block") => return Err(unsupported(&format!("action {action}"))),
            _ => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "action is disconnect, ban or block")),
        }
        if !matches!(self.scope.as_str(), "server" | "domain") {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "scope is server or domain"));
        }
        if !(1..=525_600).contains(&self.minutes) {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "minutes is 1 to 525600"));
        }
        if self.disable_account {
            return Err(unsupported("disable_account"));
        }
        if self.same_ip {
            return Err(unsupported("same_ip"));
        }
        Ok(KickOrder { message: self.message, ..KickOrder::default() })
    }
}

async fn kick(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Receipt>, Problem> {
    operator.require(Permission::EndSessions)?;
    let id = session_id(&id)?;
    let order = parse::<KickBody>(&body)?.order()?;
    let receipt = panel.core.kick(&operator, &[id], &order).await?;
    if receipt.ended.is_empty() { Err(Problem::no_session()) } else { Ok(Json(receipt)) }
}

async fn abort(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::AbortTransfers)?;
    let aborted = panel.core.abort(&operator, session_id(&id)?).await?.ok_or_else(Problem::no_session)?;
    Ok(Json(serde_json::json!({ "aborted": aborted })))
}

/// A text that is no id names no session.
fn session_id(text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| Problem::no_session())
}

/// An empty body is an order with nothing but defaults.
fn parse<T: Default + for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    // serde would also take the members from an array, in the order they are written here.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the body is a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}
