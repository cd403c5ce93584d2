//! Panel sessions: signed-in browsers.

use crate::{ids::PanelSessionId, people::Role};
use serde::{Deserialize, Serialize};

/// Why a panel session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person signed out.
    SignedOut,
    /// Nothing was done for too long.
    Idle,
    /// It had lasted as long as a session may.
    Expired,
    /// Somebody removed it.
    Removed,
    /// The person signed in elsewhere.
    Replaced,
    /// The person's password was changed.
    Password,
    /// The passkey that was shown at the sign-in was removed.
    Passkey,
    /// The person may not sign in any more, or has another role.
    Rights,
}

impl SessionEnd {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::SignedOut,
        Self::Idle,
        Self::Expired,
        Self::Removed,
        Self::Replaced,
        Self::Password,
        Self::Passkey,
        Self::Rights,
    ];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Rights => "rights",
        }
    }

    /// Reads [`SessionEnd::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.word() == word)
    }
}

/// A signed-in browser, or one that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelSessionRow {
    /// Which session.
    pub id: PanelSessionId,
    /// What the person is.
    #[serde(rename = "type")]
    pub role: Role,
    /// Who is signed in.
    pub login: String,
    /// Who really sits there, where somebody signed in as the person.
    pub actor: Option<String>,
    /// Whether a passkey was shown, instead of the password.
    pub passkey: bool,
    /// Address the sign-in came from.
    pub ip: String,
    /// The browser and its system, as far as they say.
    pub browser: String,
    /// Everything the browser says about itself.
    pub user_agent: String,
    /// When the person signed in.
    pub logon_time: i64,
    /// When the person last did something.
    pub last_active: i64,
    /// When it is over however active it is.
    pub expires: i64,
    /// Whether it is the very session of who asks.
    pub yours: bool,
    /// When and why it was over; `None` while it lasts.
    pub ended: Option<(i64, SessionEnd)>,
}

impl PanelSessionRow {
    /// Milliseconds without activity.
    pub fn idle_ms(&self, now: i64) -> i64 {
        (now - self.last_active).max(0)
    }
}

/// What became of an order to remove sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalReceipt {
    /// Sessions that were ended.
    pub removed: u32,
    /// Sessions that were over already.
    pub gone: u32,
    /// The own session, which signing out ends.
    pub own: u32,
}

/// How long the session of who asks still lasts if nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeLeft {
    /// Until it is idle for too long, in milliseconds.
    pub idle_ms: i64,
    /// Until it is over in any case, in milliseconds.
    pub life_ms: i64,
    /// How long it may be idle, in milliseconds.
    pub idle_limit_ms: i64,
}
