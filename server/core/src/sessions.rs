//! Live sessions of all protocols: one registry, a guard for each connection, exact caps.
//!
//! A listener calls [`Registry::join`] for each accepted connection and holds the [`SessionHandle`] as long as the
//! connection lives; dropping it takes the session out. Everybody else reaches the session through
//! [`Registry::get`] as an `Arc<Session>`, which may outlive the connection but can no longer touch it.
//!
//! Locks are std mutexes, held for a few instructions and never across an await: `Registry::book` (who is there and
//! how many), `Session::facts` (what one session is doing), `Feed::pending` (what viewers have not seen). They are
//! taken in this order: book, facts, pending.
//!
//! * `registry`: joining, signing in, leaving, draining; `book`: how many there are
//! * `session`: one connection and the way to end it; `rows`: how it is shown

mod book;
mod registry;
mod rows;
mod session;

pub use book::Caps;
pub use registry::{Refusal, Registry, SessionHandle};
pub use session::{Occupied, Session};

use std::net::SocketAddr;
use wharf_model::sessions::Protocol;

/// A connection as the listener accepted it.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// What it speaks.
    pub protocol: Protocol,
    /// Whether it is encrypted from the start.
    pub secure: bool,
    /// The client.
    pub peer: SocketAddr,
    /// The address of ours that it reached.
    pub local: SocketAddr,
}

/// Why a session is ended from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What happened.
    pub cause: EndCause,
    /// A text for the user, printable, possibly of several lines; empty for the standard one.
    pub message: String,
    /// The operator behind it.
    pub by: Option<String>,
}

/// What ends a session from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// An operator pressed Kick.
    Kicked,
    /// A ban or rule does not let it in any more.
    Barred,
    /// Whoever is logged in lost something the login was given.
    Lost(Loss),
    /// The server stops.
    Shutdown,
}

/// What an account can lose, so that its sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It, or its domain, was switched off.
    Disabled,
    /// It, or what it belongs to, was deleted.
    Deleted,
    /// Its time is over.
    Expired,
    /// It has another password.
    Password,
    /// It has other rights, or another home.
    Changed,
    /// The share link that its session came by.
    Link,
}

impl Loss {
    /// What happened to the account, for logs.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Disabled => "account disabled",
            Self::Deleted => "account deleted",
            Self::Expired => "account expired",
            Self::Password => "password changed",
            Self::Changed => "account changed",
            Self::Link => "share link revoked",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Disabled => "Account disabled",
            Self::Deleted => "Account deleted",
            Self::Expired => "Account expired",
            Self::Password => "Password changed, log in again",
            Self::Changed => "Account changed, log in again",
            Self::Link => "The link does not work any more",
        }
    }
}

impl Ending {
    /// The standard text for the user.
    pub fn text(&self) -> &'static str {
        match self.cause {
            EndCause::Kicked | EndCause::Barred => "Session closed by administrator",
            EndCause::Lost(loss) => loss.text(),
            EndCause::Shutdown => "Server is shutting down, try again later",
        }
    }

    /// What lists of ended sessions say.
    pub(crate) fn why(&self) -> String {
        let by = self.by.as_deref().unwrap_or("administrator");
        match self.cause {
            EndCause::Kicked => format!("ended by {by}"),
            EndCause::Barred => format!("address barred by {by}"),
            EndCause::Lost(loss) => match &self.by {
                Some(by) => format!("{} by {by}", loss.told()),
                None => loss.told().to_owned(),
            },
            EndCause::Shutdown => "server stopped".to_owned(),
        }
    }
}
