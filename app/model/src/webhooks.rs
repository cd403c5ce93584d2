//! Webhooks: addresses that are told what happens.

use crate::ids::{DeliveryId, WebhookId};
use serde::{Deserialize, Serialize};

/// The longest address a webhook can have, in bytes.
pub const LONGEST_URL: usize = 2_000;

/// Something a webhook can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WebhookEvent {
    /// Somebody logged in over a file-transfer protocol.
    #[serde(rename = "session.opened")]
    SessionOpened,
    /// A session that was logged in has ended, or logged out.
    #[serde(rename = "session.closed")]
    SessionClosed,
    /// A login failed, over a file-transfer protocol or in the panel.
    #[serde(rename = "login.failed")]
    LoginFailed,
    /// An operator ended a session.
    #[serde(rename = "session.kicked")]
    SessionKicked,
    /// An address was banned: by an operator for a while or for good, or by the login throttle.
    #[serde(rename = "address.banned")]
    AddressBanned,
    /// A user sent a message to the operators.
    #[serde(rename = "message.received")]
    MessageReceived,
    /// A file has stopped moving, completely there or not.
    #[serde(rename = "transfer.done")]
    TransferDone,
    /// Somebody wants to know whether the webhook works. Every webhook is told.
    #[serde(rename = "webhook.test")]
    Test,
}

impl WebhookEvent {
    /// All that a webhook can be limited to.
    pub const ALL: [Self; 7] = [
        Self::SessionOpened,
        Self::SessionClosed,
        Self::LoginFailed,
        Self::SessionKicked,
        Self::AddressBanned,
        Self::MessageReceived,
        Self::TransferDone,
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::SessionOpened => "session.opened",
            Self::SessionClosed => "session.closed",
            Self::LoginFailed => "login.failed",
            Self::SessionKicked => "session.kicked",
            Self::AddressBanned => "address.banned",
            Self::MessageReceived => "message.received",
            Self::TransferDone => "transfer.done",
            Self::Test => "webhook.test",
        }
    }

    /// Reads [`WebhookEvent::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Test]).find(|event| event.word() == word)
    }
}

/// A webhook to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookOrder {
    /// Where events go: `https://` or `http://`.
    pub url: String,
    /// What it is told; empty: everything, events of later versions included.
    #[serde(default)]
    pub events: Vec<WebhookEvent>,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Which one.
    pub id: WebhookId,
    /// Where events go.
    pub url: String,
    /// What it is told; empty: everything.
    pub events: Vec<WebhookEvent>,
    /// Whether it is told anything. It is switched off when nothing arrived for days.
    pub enabled: bool,
    /// Who made it.
    pub by: String,
    /// When.
    pub created: i64,
    /// Since when every attempt has failed.
    pub failing_since: Option<i64>,
    /// Events that wait for it.
    pub waiting: u64,
    /// Events that it will never be told, because too many waited.
    pub dropped: u64,
    /// How its last attempt went.
    pub last: Option<Attempt>,
}

/// How an attempt to deliver went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: i64,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// What went wrong; `None` when it arrived.
    pub error: Option<String>,
}

/// How far an event has come on its way to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Waiting,
    /// The webhook has it.
    Delivered,
    /// It was tried too often, or for too long.
    GivenUp,
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which one; the header `webhook-id` of every attempt.
    pub id: DeliveryId,
    /// What happened.
    pub event: WebhookEvent,
    /// When.
    pub created: i64,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub due: i64,
    /// How the last attempt went.
    pub last: Option<Attempt>,
}

/// A webhook that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What its signatures are made with. It is not shown again.
    pub secret: String,
}
