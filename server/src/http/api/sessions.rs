//! Sessions: the list, one of them, ending them, their logs and messages.

use super::{Bearer, PAGE_MOST, Page, Paging, Problem, parameters, parse, session_id};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use wharf_model::{
    chat::{BroadcastReceipt, ChatMessage, SendMode},
    ids::TransferId,
    kicks::{Effect, KickOrder, Receipt, SessionFilter, UndoReceipt},
    logs::{EndedSession, LogLine, LogPage, LogQuery},
    people::Permission,
    sessions::{SessionDetail, SessionRow},
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/sessions", get(list))
        .route("/sessions/ended", get(ended))
        .route("/sessions/kick-all", post(kick_all))
        .route("/sessions/{id}", get(detail))
        .route("/sessions/{id}/kick", post(kick))
        .route("/sessions/{id}/abort", post(abort))
        .route("/sessions/{id}/log", get(log))
        .route("/sessions/{id}/messages", get(transcript).post(send_message).delete(delete_messages))
        .route("/broadcast", post(broadcast))
        .route("/undo", post(undo))
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

async fn list(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::ViewSessions)?;
    let paging = parameters(paging)?;
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

async fn kick(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Receipt>, Problem> {
    operator.require(Permission::EndSessions)?;
    let id = session_id(&id)?;
    let order = parse::<KickOrder>(&body)?;
    let receipt = panel.core.kick(&operator, &[id], &order).await?;
    if let [refused] = &receipt.refused[..] {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &*refused.why));
    }
    let nothing = receipt.ended.is_empty() && receipt.effects.is_empty();
    if nothing { Err(Problem::no_session()) } else { Ok(Json(receipt)) }
}

/// Sessions are found by what they are, not named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KickAll {
    filter: SessionFilter,
    message: String,
    reason: String,
}

async fn kick_all(State(panel): State<Panel>, Bearer(operator): Bearer, body: Bytes) -> Result<Json<Receipt>, Problem> {
    operator.require(Permission::EndSessions)?;
    let KickAll { filter, message, reason } = parse(&body)?;
    Ok(Json(panel.core.kick_all(&operator, &filter, &message, &reason).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Undo {
    effects: Vec<Effect>,
}

async fn undo(State(panel): State<Panel>, Bearer(operator): Bearer, body: Bytes) -> Result<Json<UndoReceipt>, Problem> {
    operator.require(Permission::EndSessions)?;
    let Undo { effects } = parse(&body)?;
    Ok(Json(panel.core.undo(&operator, &effects).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Abort {
    transfer: Option<TransferId>,
}

async fn abort(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::AbortTransfers)?;
    let id = session_id(&id)?;
    let Abort { transfer } = parse(&body)?;
    let aborted = panel.core.abort(&operator, id, transfer).await?.ok_or_else(Problem::no_session)?;
    Ok(Json(serde_json::json!({ "aborted": aborted })))
}

/// Part of a log in the shape of a list.
#[derive(Debug, Serialize)]
struct LogAnswer {
    items: Vec<LogLine>,
    total: u64,
    first: u64,
    ended: Option<i64>,
}

async fn log(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Json<LogAnswer>, Problem> {
    operator.require(Permission::ViewLogs)?;
    let LogPage { lines, first, next, ended } =
        panel.core.session_log(&operator, session_id(&id)?, &parameters(query)?).await?;
    Ok(Json(LogAnswer { items: lines, total: next, first, ended }))
}

async fn ended(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<EndedSession>>, Problem> {
    operator.require(Permission::ViewLogs)?;
    let paging = parameters(paging)?;
    let ended = panel.core.recently_ended(&operator, usize::MAX)?;
    Ok(Json(paging.cut(ended)))
}

async fn transcript(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
) -> Result<Json<Page<ChatMessage>>, Problem> {
    operator.require(Permission::ViewMessages)?;
    let messages = panel.core.transcript(&operator, session_id(&id)?, false).await?.messages;
    Ok(Json(Page { total: messages.len(), items: messages }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewMessage {
    text: String,
    mode: SendMode,
}

async fn send_message(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<ChatMessage>, Problem> {
    operator.require(Permission::SendMessages)?;
    let id = session_id(&id)?;
    let NewMessage { text, mode } = parse(&body)?;
    Ok(Json(panel.core.send_message(&operator, id, &text, mode).await?))
}

async fn delete_messages(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::DeleteMessages)?;
    match panel.core.delete_messages(&operator, session_id(&id)?, None).await? {
        0 => Err(Problem::no_session()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewBroadcast {
    text: String,
    mode: SendMode,
    filter: SessionFilter,
}

async fn broadcast(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<Json<BroadcastReceipt>, Problem> {
    operator.require(Permission::SendMessages)?;
    let NewBroadcast { text, mode, filter } = parse(&body)?;
    Ok(Json(panel.core.broadcast(&operator, &filter, &text, mode).await?))
}
