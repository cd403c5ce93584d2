//! Messages between operators and the users of live sessions.

use crate::{
    ids::{BroadcastId, MessageId, SessionId},
    sessions::Protocol,
};
use serde::{Deserialize, Serialize};

/// The longest message, in characters.
pub const LONGEST_TEXT: usize = 500;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Which message.
    pub id: MessageId,
    /// Of which session.
    pub session: SessionId,
    /// When it was sent.
    pub at: i64,
    /// Which way.
    pub side: ChatSide,
    /// Who: the operator's name, or the user's login.
    pub who: String,
    /// What. Data, never markup.
    pub text: String,
    /// How far it came.
    pub state: ChatState,
    /// It went to more than this session.
    pub broadcast: bool,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatSide {
    /// From the user.
    User,
    /// From an operator.
    Operator,
}

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatState {
    /// It waits for the next reply to the client.
    Queued,
    /// It went to the client, or came from it.
    Delivered,
    /// The session ended before it could be sent.
    Undelivered,
}

/// How a message goes to the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendMode {
    /// With the next reply. Every client stays in step.
    #[default]
    NextReply,
    /// At once, as a reply nobody asked for. A client that does not expect it may take it for the answer to its next
    /// command.
    Now,
}

/// A session with messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which session.
    pub session: SessionId,
    /// Whose, when the last message was sent.
    pub login: Option<String>,
    /// Of which domain.
    pub domain: Option<String>,
    /// From where.
    pub ip: String,
    /// Whether the session still lives.
    pub live: bool,
    /// Messages of the user that no operator has seen.
    pub unread: u32,
    /// All messages.
    pub messages: u32,
    /// The last one.
    pub last: ChatMessage,
}

/// All messages of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// Why nothing can be sent; `None` where it can.
    pub closed: Option<String>,
}

/// What became of a message to many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroadcastReceipt {
    /// Which broadcast; ask again under it.
    pub id: BroadcastId,
    /// Sessions that have it.
    pub delivered: u32,
    /// Sessions that get it with their next reply.
    pub queued: u32,
    /// Sessions that ended before.
    pub undelivered: u32,
    /// Sessions that cannot be shown a text.
    pub not_possible: u32,
}

impl Protocol {
    /// Whether a text can be shown to the user in the middle of a session.
    pub fn can_chat(self) -> bool {
        matches!(self, Self::Ftp | Self::Http)
    }

    /// Whether a text can be shown to the user when the session is ended.
    pub fn can_say_goodbye(self) -> bool {
        matches!(self, Self::Ftp | Self::Sftp | Self::Http)
    }
}
