//! The live socket: `GET /live`, frames of `wharf_model::live`.

use super::Panel;
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use wharf_app::guard::{Peer, cookie_secret};
use wharf_core::{
    live::encode,
    permits::{Operator, Via},
};
use wharf_model::{
    ids::{PersonId, SessionId},
    live::{ByeReason, FOLLOWED_MOST, Frame, LogUpdate, TICK_MS, Topic, Wish},
    logs::{LINES_MOST, LogQuery},
    people::Permission,
};
use wharf_web::connections::same_origin;

/// Sockets of one person; more tabs than this get none.
const PER_PERSON: u32 = 32;
/// Nothing a browser sends here is larger.
const MESSAGE_MOST: usize = 64 * 1024;
const PING: Duration = Duration::from_secs(20);
/// A browser that answers no ping for this long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// How long a browser may take to take a frame.
const SEND: Duration = Duration::from_secs(30);
/// How often rights are looked at again, besides the moments when they are known to change.
const RECHECK: Duration = Duration::from_mins(1);

/// How many sockets each person has.
#[derive(Clone, Debug, Default)]
pub(super) struct Sockets(Arc<Mutex<HashMap<PersonId, u32>>>);

#[derive(Debug)]
struct Place {
    sockets: Sockets,
    person: PersonId,
}

impl Sockets {
    fn take(&self, person: PersonId) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(person).or_default();
        if *count >= PER_PERSON {
            return None;
        }
        *count += 1;
        Some(Place { sockets: self.clone(), person })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sockets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.person);
            }
        }
    }
}

/// `GET /live`
pub(super) async fn upgrade(
    State(panel): State<Panel>,
    axum::Extension(Peer(peer)): axum::Extension<Peer>,
    uri: Uri,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    // Browsers send the cookie with a socket of any page, so the page's origin has to be ours.
    if !same_origin(&uri, &headers) {
        return (StatusCode::FORBIDDEN, "the origin is not this panel").into_response();
    }
    let Some(secret) = cookie_secret(&headers).map(str::to_owned) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let operator = match panel.core.panel_operator(&secret, peer.ip(), false).await {
        Ok(Some(operator)) => operator,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => {
            tracing::error!(%error, "panel session cannot be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let Via::Panel(_, person) = operator.via else { return StatusCode::UNAUTHORIZED.into_response() };
    let Some(place) = panel.sockets.take(person) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many live pages are open").into_response();
    };
    socket.max_message_size(MESSAGE_MOST).on_upgrade(move |socket| async move {
        Viewer { panel, operator, secret, ip: peer.ip(), socket, followed: HashMap::new() }.serve().await;
        drop(place);
    })
}

struct Viewer {
    panel: Panel,
    operator: Operator,
    secret: String,
    ip: IpAddr,
    socket: WebSocket,
    /// Logs the viewer follows, and the number of the first line it has not got.
    followed: HashMap<SessionId, u64>,
}

/// The socket is at its end; there is nothing left to say.
struct Gone;

impl Viewer {
    async fn serve(mut self) {
        let reason = self.watch().await;
        if let Ok(reason) = reason {
            let _ = self.send(encode(&Frame::Bye { reason }).as_ref()).await;
            let _ = timeout(SEND, self.socket.send(Message::Close(None))).await;
        }
    }

    async fn watch(&mut self) -> Result<ByeReason, Gone> {
        let core = self.panel.core.clone();
        let stop = self.panel.stop.clone();
        let mut sign_ins = core.sign_in_news();
        let mut ticks = core.sessions.feed().subscribe();
        let mut notices = core.notices.subscribe();
        self.send_snapshot().await?;
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut log = interval(Duration::from_millis(TICK_MS));
        log.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                tick = ticks.recv() => match tick {
                    Ok(tick) => {
                        let frame = core.sessions.frame(&tick, &self.operator.scope);
                        self.send(&frame).await?;
                    }
                    Err(RecvError::Lagged(_)) => self.send_snapshot().await?,
                    Err(RecvError::Closed) => return Ok(ByeReason::Shutdown),
                },
                notice = notices.recv() => match notice {
                    Ok(notice) if notice.is_for(&self.operator.scope) => self.send(&notice.frame).await?,
                    Ok(_) | Err(RecvError::Closed) => {}
                    Err(RecvError::Lagged(_)) => self.send_all_changed().await?,
                },
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(message)) => {
                        heard = Instant::now();
                        self.hear(&message);
                    }
                },
                _ = log.tick(), if !self.followed.is_empty() => self.send_logs().await?,
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE {
                        return Err(Gone);
                    }
                    self.deliver(Message::Ping(Vec::new().into())).await?;
                },
                Ok(()) = sign_ins.changed() => {
                    if !self.still_welcome().await? {
                        return Ok(ByeReason::SignedOut);
                    }
                },
                _ = recheck.tick() => {
                    if !self.still_welcome().await? {
                        return Ok(ByeReason::SignedOut);
                    }
                },
                () = stop.cancelled() => return Ok(ByeReason::Shutdown),
            }
        }
    }

    /// Does what the browser asks for. What is not understood comes from another version and is left alone.
    fn hear(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        match serde_json::from_str(text) {
            Ok(Wish::Follow { session, from }) => {
                let may = self.operator.require(Permission::ViewLogs).is_ok();
                if may && (self.followed.len() < FOLLOWED_MOST || self.followed.contains_key(&session)) {
                    self.followed.insert(session, from);
                }
            }
            Ok(Wish::Unfollow { session }) => {
                self.followed.remove(&session);
            }
            Err(_) => {}
        }
    }

    /// Sends new lines of the logs that the viewer follows. The last page of a log says when the session ended.
    async fn send_logs(&mut self) -> Result<(), Gone> {
        let core = self.panel.core.clone();
        for (session, from) in self.followed.clone() {
            let page = match core.log_news(&self.operator, session, from) {
                Some(page) if page.next == from => continue,
                Some(page) => {
                    self.followed.insert(session, page.next);
                    page
                }
                None => {
                    self.followed.remove(&session);
                    let query = LogQuery { from: Some(from), limit: LINES_MOST, ..LogQuery::default() };
                    let Ok(page) = core.session_log(&self.operator, session, &query).await else { continue };
                    page
                }
            };
            self.send(encode(&Frame::Log(LogUpdate { session, page })).as_ref()).await?;
        }
        Ok(())
    }

    async fn send_all_changed(&mut self) -> Result<(), Gone> {
        for topic in Topic::ALL {
            self.send(encode(&Frame::Changed(topic)).as_ref()).await?;
        }
        Ok(())
    }

    /// Asks the store again. What the operator may see is taken over as it is now; where it is something else, the
    /// picture begins anew.
    async fn still_welcome(&mut self) -> Result<bool, Gone> {
        match self.panel.core.panel_operator(&self.secret, self.ip, false).await {
            Ok(Some(operator)) => {
                let other_scope = operator.scope != self.operator.scope;
                self.operator = operator;
                if other_scope {
                    let core = &self.panel.core;
                    self.followed.retain(|session, from| core.log_news(&self.operator, *session, *from).is_some());
                    self.send_snapshot().await?;
                    self.send_all_changed().await?;
                }
                Ok(true)
            }
            Ok(None) => Ok(false),
            // Nothing says that it is over: the browser comes again, and is asked again.
            Err(error) => {
                tracing::error!(%error, "panel session cannot be read");
                Err(Gone)
            }
        }
    }

    async fn send_snapshot(&mut self) -> Result<(), Gone> {
        let core = &self.panel.core;
        let snapshot = core.sessions.snapshot(&self.operator.scope, core.clock.now());
        self.send(encode(&Frame::Snapshot(snapshot)).as_ref()).await
    }

    async fn send(&mut self, frame: &str) -> Result<(), Gone> {
        self.deliver(Message::text(frame)).await
    }

    async fn deliver(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }
}
