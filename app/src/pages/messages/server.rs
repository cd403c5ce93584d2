//! The server functions of chat and broadcast.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    chat::{BroadcastReceipt, ChatMessage, Conversation, SendMode, Transcript},
    ids::{BroadcastId, MessageId, SessionId},
    kicks::SessionFilter,
};

/// Sessions with messages, the latest first.
#[server(name = ConversationsCall, prefix = "/fn", endpoint = "conversations", protocol = Call)]
pub async fn conversations(
    /// Only those in which a message, the login, the domain or the address contains this; empty for all.
    search: String,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<Conversation>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewMessages).map_err(guard::forbidden)?;
    guard::core()?.conversations(&operator, &search).await.map_err(guard::failed)
}

/// How many messages in sight nobody has read.
#[server(name = UnreadCall, prefix = "/fn", endpoint = "unread", protocol = Call)]
pub async fn unread() -> Result<u32, PanelError> {
    use crate::guard;
    let operator = guard::operator(false).await?;
    operator.require(wharf_model::people::Permission::ViewMessages).map_err(guard::forbidden)?;
    guard::core()?.unread_messages(&operator).await.map_err(guard::failed)
}

/// All messages of a session.
#[server(name = TranscriptCall, prefix = "/fn", endpoint = "transcript", protocol = Call)]
pub async fn transcript(
    /// Which session.
    session: SessionId,
    /// Somebody reads it: from now on its messages are read for all operators.
    active: bool,
) -> Result<Transcript, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewMessages).map_err(guard::forbidden)?;
    guard::core()?.transcript(&operator, session, active).await.map_err(guard::failed)
}

/// Sends a message to the user of a session.
#[server(name = SendMessageCall, prefix = "/fn", endpoint = "send_message", protocol = Call)]
pub async fn send_message(
    /// Which session.
    session: SessionId,
    /// What.
    text: String,
    /// How.
    mode: SendMode,
) -> Result<ChatMessage, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::SendMessages).await?;
    guard::core()?.send_message(&operator, session, &text, mode).await.map_err(guard::failed)
}

/// Deletes messages of a session, or all of them. How many there were.
#[server(name = DeleteMessagesCall, prefix = "/fn", endpoint = "delete_messages", protocol = Call)]
pub async fn delete_messages(
    /// Which session.
    session: SessionId,
    /// Which of its messages; without it all.
    ids: Option<Vec<MessageId>>,
) -> Result<u32, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::DeleteMessages).await?;
    guard::core()?.delete_messages(&operator, session, ids.as_deref()).await.map_err(guard::failed)
}

/// Sends a message to all sessions in sight that the filter finds and that can show one.
#[server(name = BroadcastCall, prefix = "/fn", endpoint = "broadcast", protocol = Call)]
pub async fn broadcast(
    /// Which sessions; the default is all in sight.
    filter: SessionFilter,
    /// What.
    text: String,
    /// How.
    mode: SendMode,
) -> Result<BroadcastReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::SendMessages).await?;
    guard::core()?.broadcast(&operator, &filter, &text, mode).await.map_err(guard::failed)
}

/// How far a broadcast has come by now.
#[server(name = BroadcastStateCall, prefix = "/fn", endpoint = "broadcast_state", protocol = Call)]
pub async fn broadcast_state(
    /// Which.
    id: BroadcastId,
) -> Result<BroadcastReceipt, PanelError> {
    use crate::guard;
    let operator = guard::operator(false).await?;
    operator.require(wharf_model::people::Permission::SendMessages).map_err(guard::forbidden)?;
    guard::core()?.broadcast_state(&operator, id).await.map_err(guard::failed)
}
