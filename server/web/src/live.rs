//! The live socket of a page of the file client: messages, and the end of its session.

use crate::{Web, connections::same_origin, problem::Problem, session::SignedIn};
use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use wharf_core::http_sessions::HttpSession;

/// Nothing that a page says is longer.
const LONGEST: usize = 4 * 1024;
/// A network that drops silent connections drops none of ours.
const PING: Duration = Duration::from_secs(25);

/// `GET /live`
pub(crate) async fn upgrade(
    State(web): State<Arc<Web>>,
    SignedIn(session): SignedIn,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !same_origin(&uri, &headers) {
        return Problem::new(StatusCode::FORBIDDEN, "the origin is not this file client").into_response();
    }
    upgrade.max_message_size(LONGEST).on_upgrade(move |socket| serve(web, session, socket))
}

async fn serve(web: Arc<Web>, held: Arc<HttpSession>, mut socket: WebSocket) {
    let session = Arc::clone(&**held);
    // Whoever only looks does not keep the session: it may be signed out elsewhere, or idle for too long.
    let weak = Arc::downgrade(&held);
    let mut news = held.news();
    drop(held);
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let Some(held) = weak.upgrade() else { break };
        let mut arrived = pin!(session.outbox().arrived());
        arrived.as_mut().enable();
        web.core.http_take_messages(&held);
        news.mark_unchanged();
        let said = json!({"kind": "messages", "messages": held.said()});
        drop(held);
        if !say(&mut socket, &said).await {
            return;
        }
        loop {
            tokio::select! {
                biased;
                () = session.killed() => {
                    let why = session.ending().map(|ending| match ending.message.as_str() {
                        "" => format!("{}.", ending.text()),
                        message => message.to_owned(),
                    });
                    let _ = say(&mut socket, &json!({"kind": "ended", "why": why})).await;
                    return close(socket, close_code::NORMAL).await;
                }
                () = web.stop.cancelled() => return close(socket, close_code::RESTART).await,
                changed = news.changed() => {
                    // The session is over: signed out, or idle for too long.
                    if changed.is_err() {
                        let _ = say(&mut socket, &json!({"kind": "ended", "why": Value::Null})).await;
                        return close(socket, close_code::NORMAL).await;
                    }
                    break;
                }
                () = &mut arrived => break,
                _ = ping.tick() => {
                    if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return;
                    }
                }
                received = socket.recv() => match received {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}

async fn say(socket: &mut WebSocket, what: &Value) -> bool {
    socket.send(Message::Text(Utf8Bytes::from(what.to_string()))).await.is_ok()
}

async fn close(mut socket: WebSocket, code: u16) {
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static("") }))).await;
}
