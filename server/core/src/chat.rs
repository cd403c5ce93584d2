//! Messages between operators and the users of live sessions. Each is stored before it goes anywhere, so a transcript is
//! the same for everybody and stays when the session has ended.
//!
//! Operator to user: the message waits in the session's `Outbox`; its protocol takes it out when it can be shown, and
//! says so with [`Core::messages_delivered`]. User to operator: [`Core::message_from_user`].

mod outbox;
mod pace;

pub use outbox::{Outbox, Outgoing};
pub(crate) use pace::Pace;

use crate::{
    Core,
    kicks::User,
    orders::{self, OrderError},
    permits::Operator,
    random,
    sessions::Session,
    webhooks::about,
};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use wharf_model::{
    audit::AuditEntry,
    chat::{BroadcastReceipt, ChatMessage, ChatSide, ChatState, Conversation, LONGEST_TEXT, SendMode, Transcript},
    ids::{BroadcastId, MessageId, SessionId},
    kicks::SessionFilter,
    live::Topic,
    logs::LineKind,
    people::Permission,
    webhooks::WebhookEvent,
};
use wharf_store::{
    StoreError,
    chat::{self, StoredMessage},
};

/// Messages the list of conversations is made from.
const LISTED_MOST: u32 = 5_000;

/// Why a user's message was not taken. The text is fit for the client.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Nobody is logged in.
    #[error("log in first")]
    Nobody,
    /// There is nothing in it.
    #[error("the message is empty")]
    Empty,
    /// [`LONGEST_TEXT`].
    #[error("the message is longer than {LONGEST_TEXT} characters")]
    TooLong,
    /// Too many in a short time.
    #[error("too many messages, wait a little")]
    TooMany,
    /// The store does not answer.
    #[error("messages cannot be taken at the moment")]
    Unavailable,
}

impl Core {
    /// Takes a message of the session's user to the operators.
    pub async fn message_from_user(&self, session: &Session, text: &[u8]) -> Result<ChatMessage, MessageError> {
        let user = User::of(session).ok_or(MessageError::Nobody)?;
        let text = wharf_vfs::printable(text).trim().to_owned();
        if text.is_empty() {
            return Err(MessageError::Empty);
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(MessageError::TooLong);
        }
        if !self.pace.allows(&format!("account {}", user.account), self.clock.now()) {
            return Err(MessageError::TooMany);
        }
        let stored = StoredMessage { seen: false, ..self.message(session, ChatSide::User, &user.login, &text, None) };
        let message =
            StoredMessage { message: ChatMessage { state: ChatState::Delivered, ..stored.message }, ..stored };
        if let Err(error) = chat::insert(&self.store, std::slice::from_ref(&message)).await {
            tracing::error!(%error, session.id = %session.id, "message not stored");
            return Err(MessageError::Unavailable);
        }
        self.notices.message(message.domain_id, &message.message);
        let at = message.message.at;
        self.events().happened(WebhookEvent::MessageReceived, at, || {
            json!({"session": about(session, at), "message": {"id": message.message.id, "text": message.message.text}})
        });
        Ok(message.message)
    }

    /// Sends a message to the user of a session.
    pub async fn send_message(
        &self,
        operator: &Operator,
        session: SessionId,
        text: &str,
        mode: SendMode,
    ) -> Result<ChatMessage, OrderError> {
        operator.require(Permission::SendMessages)?;
        let text = self.text_to_send(operator, text)?;
        let session = self.session_for(operator, session).ok_or(OrderError::NotFound)?;
        if let Some(why) = closed(&session) {
            return Err(OrderError::invalid("session", why));
        }
        let mut stored = self.message(&session, ChatSide::Operator, &operator.name, &text, None);
        chat::insert(&self.store, std::slice::from_ref(&stored)).await?;
        session.note(LineKind::Operator, &format!("{}: {text}", operator.name));
        if !session.outbox().push(outgoing(&stored, mode)) {
            stored.message.state = ChatState::Undelivered;
            chat::set_state(&self.store, &[stored.message.id], ChatState::Undelivered).await?;
        }
        self.notices.message(stored.domain_id, &stored.message);
        Ok(stored.message)
    }

    /// Sends a message to all sessions in sight that the filter finds and that can show one.
    pub async fn broadcast(
        &self,
        operator: &Operator,
        filter: &SessionFilter,
        text: &str,
        mode: SendMode,
    ) -> Result<BroadcastReceipt, OrderError> {
        operator.require(Permission::SendMessages)?;
        let text = self.text_to_send(operator, text)?;
        let id = BroadcastId(random::id(&self.clock));
        let found = self.filtered(operator, filter);
        let sessions: Vec<_> = found.iter().filter_map(|id| self.session_for(operator, *id)).collect();
        let (open, shut): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|session| closed(session).is_none());
        let messages: Vec<_> = open
            .iter()
            .map(|session| self.message(session, ChatSide::Operator, &operator.name, &text, Some(id)))
            .collect();
        chat::insert(&self.store, &messages).await?;
        let mut late = Vec::new();
        for (session, stored) in open.iter().zip(&messages) {
            session.note(LineKind::Operator, &format!("{} to all: {text}", operator.name));
            if !session.outbox().push(outgoing(stored, mode)) {
                late.push(stored.message.id);
            }
        }
        chat::set_state(&self.store, &late, ChatState::Undelivered).await?;
        let queued = open.len() - late.len();
        let detail = json!({"text": text, "queued": queued, "not_possible": shut.len()});
        self.write_down(AuditEntry {
            detail,
            ..self.deed(operator, "broadcast.send", format!("{} sessions", open.len()))
        })
        .await;
        self.notices.changed(Topic::Conversations);
        Ok(BroadcastReceipt {
            id,
            delivered: 0,
            queued: small(queued),
            undelivered: small(late.len()),
            not_possible: small(shut.len()),
        })
    }

    /// How far a broadcast has come by now.
    pub async fn broadcast_state(&self, operator: &Operator, id: BroadcastId) -> Result<BroadcastReceipt, OrderError> {
        operator.require(Permission::SendMessages)?;
        let mut states = chat::states_of(&self.store, id).await?;
        states.retain(|(domain, ..)| operator.scope.includes(*domain));
        if states.is_empty() {
            return Err(OrderError::NotFound);
        }
        let of = |wanted| states.iter().filter(|(_, state, _)| *state == wanted).map(|(.., count)| *count).sum();
        Ok(BroadcastReceipt {
            id,
            delivered: of(ChatState::Delivered),
            queued: of(ChatState::Queued),
            undelivered: of(ChatState::Undelivered),
            not_possible: 0,
        })
    }

    /// Sessions with messages that the operator may see, the latest first.
    pub async fn conversations(&self, operator: &Operator, search: &str) -> Result<Vec<Conversation>, OrderError> {
        operator.require(Permission::ViewMessages)?;
        let mut conversations: Vec<Conversation> = Vec::new();
        let mut places = HashMap::new();
        for stored in chat::newest(&self.store, search, LISTED_MOST).await? {
            if !operator.scope.includes(stored.domain_id) {
                continue;
            }
            let session = stored.message.session;
            let unread = u32::from(!stored.seen);
            let place = *places.entry(session).or_insert_with(|| {
                conversations.push(Conversation {
                    session,
                    login: stored.login,
                    domain: stored.domain,
                    ip: stored.ip,
                    live: self.sessions.get(session).is_some(),
                    unread: 0,
                    messages: 0,
                    last: stored.message,
                });
                conversations.len() - 1
            });
            conversations[place].messages += 1;
            conversations[place].unread += unread;
        }
        Ok(conversations)
    }

    /// How many messages in sight nobody has read.
    pub async fn unread_messages(&self, operator: &Operator) -> Result<u32, OrderError> {
        operator.require(Permission::ViewMessages)?;
        let unread = chat::unread(&self.store).await?;
        Ok(unread.iter().filter(|(domain, _)| operator.scope.includes(*domain)).map(|(_, count)| count).sum())
    }

    /// All messages of a session. `reads`: an operator has them in front of the eyes, so they count as read.
    pub async fn transcript(
        &self,
        operator: &Operator,
        session: SessionId,
        reads: bool,
    ) -> Result<Transcript, OrderError> {
        operator.require(Permission::ViewMessages)?;
        let live = self.session_for(operator, session);
        let mut stored = chat::of_session(&self.store, session).await?;
        stored.retain(|stored| operator.scope.includes(stored.domain_id));
        if stored.is_empty() && live.is_none() && self.sessions.logs().ended(session).is_none() {
            return Err(OrderError::NotFound);
        }
        if reads && stored.iter().any(|stored| !stored.seen) && chat::mark_seen(&self.store, session).await? {
            self.notices.changed(Topic::Conversations);
        }
        let closed = match live {
            Some(session) => closed(&session).map(str::to_owned),
            None => Some("The session has ended.".to_owned()),
        };
        Ok(Transcript { messages: stored.into_iter().map(|stored| stored.message).collect(), closed })
    }

    /// Deletes messages of a session, or all of them. How many there were.
    pub async fn delete_messages(
        &self,
        operator: &Operator,
        session: SessionId,
        ids: Option<&[MessageId]>,
    ) -> Result<u32, OrderError> {
        operator.require(Permission::DeleteMessages)?;
        let deleted = chat::delete(&self.store, session, ids).await?;
        if deleted > 0 {
            let before = Some(json!({"messages": deleted}));
            let entry = self.deed(operator, "message.delete", session.to_string());
            self.write_down(AuditEntry { before, ..entry }).await;
            self.notices.changed(Topic::Conversations);
        }
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }

    /// The client has these messages. Returns at once; the store follows.
    pub fn messages_delivered(self: &Arc<Self>, messages: Vec<Outgoing>) {
        self.messages_are(messages, ChatState::Delivered);
    }

    /// The session is over: whatever waits in it was not delivered.
    pub fn give_up_messages(self: &Arc<Self>, session: &Session) {
        self.messages_are(session.outbox().close(), ChatState::Undelivered);
    }

    fn messages_are(self: &Arc<Self>, messages: Vec<Outgoing>, state: ChatState) {
        if messages.is_empty() {
            return;
        }
        let core = self.clone();
        tokio::spawn(async move {
            let ids: Vec<_> = messages.iter().map(|outgoing| outgoing.message.id).collect();
            if let Err(error) = chat::set_state(&core.store, &ids, state).await {
                tracing::warn!(%error, "state of messages not stored");
            }
            for outgoing in messages {
                core.notices.message(outgoing.domain, &ChatMessage { state, ..outgoing.message });
            }
        });
    }

    /// Whatever waited when the process last ended was not delivered. Once, at the start.
    pub async fn load_chat(&self) -> Result<(), StoreError> {
        chat::give_up_queued(&self.store).await
    }

    fn text_to_send(&self, operator: &Operator, text: &str) -> Result<String, OrderError> {
        let text = orders::text("text", text, LONGEST_TEXT)?;
        if text.is_empty() {
            return Err(OrderError::invalid("text", "the message is empty"));
        }
        if self.pace.allows(&format!("operator {}", operator.name), self.clock.now()) {
            Ok(text)
        } else {
            Err(OrderError::Busy)
        }
    }

    fn message(
        &self,
        session: &Session,
        side: ChatSide,
        who: &str,
        text: &str,
        broadcast: Option<BroadcastId>,
    ) -> StoredMessage {
        let user = User::of(session);
        StoredMessage {
            message: ChatMessage {
                id: MessageId(random::id(&self.clock)),
                session: session.id,
                at: self.clock.now(),
                side,
                who: who.to_owned(),
                text: text.to_owned(),
                state: ChatState::Queued,
                broadcast: broadcast.is_some(),
            },
            domain_id: user.as_ref().map(|user| user.domain),
            login: user.as_ref().map(|user| user.login.clone()),
            domain: user.map(|user| user.domain_name),
            ip: session.ip().to_string(),
            broadcast,
            seen: true,
        }
    }
}

fn outgoing(stored: &StoredMessage, mode: SendMode) -> Outgoing {
    Outgoing { message: stored.message.clone(), domain: stored.domain_id, now: mode == SendMode::Now }
}

/// Why nothing can be sent to the session.
fn closed(session: &Session) -> Option<&'static str> {
    if !session.protocol.can_chat() {
        Some("The protocol of this session cannot show a text.")
    } else if session.ending().is_some() {
        Some("The session is ending.")
    } else if session.identity().is_none() {
        Some("Nobody is logged in to this session.")
    } else if session.outbox().is_full() {
        Some("Too many messages wait for this client already.")
    } else {
        None
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
