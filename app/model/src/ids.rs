//! Identifiers. Each is a UUIDv7, so it sorts by the time it was made, and is written as text everywhere.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A connection of a file-transfer client, from accept to close.
    SessionId;
    /// One file moving within a session.
    TransferId;
    /// A person who signs in to the panel.
    PersonId;
    /// A signed-in browser.
    PanelSessionId;
    /// A hosted domain.
    DomainId;
    /// A transfer account of a domain.
    AccountId;
    /// A public key of a transfer account.
    SshKeyId;
    /// A share link of a transfer account.
    LinkId;
    /// A bearer token of the REST interface.
    TokenId;
    /// What somebody signs in to the panel with instead of a password.
    PasskeyId;
    /// An entry of the audit log.
    AuditId;
    /// An address that is turned away for a while.
    BanId;
    /// A line of an IP rule list.
    RuleId;
    /// A message between an operator and a user.
    MessageId;
    /// A message to many sessions.
    BroadcastId;
    /// An address that is told what happens.
    WebhookId;
    /// An event on its way to a webhook.
    DeliveryId;
    /// Something that was deleted and can be brought back.
    DeletionId;
}
