//! Frames of the live socket, JSON text, one frame a message.
//!
//! After the upgrade the server sends one [`Frame::Snapshot`], then a [`Frame::Delta`] at most every
//! [`TICK_MS`]; a delta with nothing in it comes every [`HEARTBEAT_MS`] so that both ends know the line is alive.
//! A viewer that lags gets a fresh snapshot. Revisions only grow.

use crate::{
    chat::ChatMessage,
    ids::SessionId,
    logs::LogPage,
    sessions::{Progress, SessionRow},
};
use serde::{Deserialize, Serialize};

/// The shortest time between two deltas.
pub const TICK_MS: u64 = 200;
/// The longest time between two frames.
pub const HEARTBEAT_MS: u64 = 2_000;
/// The distance of two points of [`Snapshot::history`].
pub const SAMPLE_MS: i64 = 2_000;
/// How many points the history keeps: ten minutes.
pub const SAMPLES: usize = 300;

/// One message of the server: `{"snapshot": {..}}`. The name stands outside, so that a reader knows the shape before it
/// reads the rows; inside, every frame would be read twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// The whole picture; replaces what the viewer had.
    Snapshot(Snapshot),
    /// What changed since the frame before.
    Delta(Delta),
    /// New lines of a log that the viewer follows.
    Log(LogUpdate),
    /// A message came, or its state changed.
    Chat(ChatMessage),
    /// Something else changed that a page may show; ask for it again.
    Changed(Topic),
    /// The last frame: the server closes the socket after it.
    Bye {
        /// Why, and so whether it makes sense to come back.
        reason: ByeReason,
    },
}

/// One message of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Send lines of a session's log from now on, beginning with this number. [`FOLLOWED_MOST`] at once.
    Follow {
        /// Whose log.
        session: SessionId,
        /// The first line that is missing.
        from: u64,
    },
    /// No more of them.
    Unfollow {
        /// Whose log.
        session: SessionId,
    },
}

/// Logs that one viewer can follow.
pub const FOLLOWED_MOST: usize = 4;

/// New lines of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogUpdate {
    /// Whose log.
    pub session: SessionId,
    /// What came, without gaps unless the first number says so.
    pub page: LogPage,
}

/// What a page may show besides sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The list of bans.
    Bans,
    /// A list of rules.
    Rules,
    /// Messages were deleted or read.
    Conversations,
    /// The list of webhooks.
    Webhooks,
    /// Accounts, or their keys.
    Accounts,
    /// Who is signed in to the panel.
    PanelSessions,
    /// How the panel is set up.
    PanelSettings,
    /// People.
    People,
    /// Bearer tokens.
    Tokens,
    /// Domains.
    Domains,
}

impl Topic {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Bans,
        Self::Rules,
        Self::Conversations,
        Self::Webhooks,
        Self::Accounts,
        Self::PanelSessions,
        Self::PanelSettings,
        Self::People,
        Self::Tokens,
        Self::Domains,
    ];
}

/// Everything a viewer may see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// State of the registry the rows show at least.
    pub revision: u64,
    /// The server's clock.
    pub now: i64,
    /// All sessions in scope.
    pub rows: Vec<SessionRow>,
    /// Totals over the rows in scope.
    pub stats: Stats,
    /// Throughput of the past ten minutes, oldest first, [`SAMPLE_MS`] apart.
    pub history: Vec<Sample>,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// State after this frame.
    pub revision: u64,
    /// The server's clock.
    pub now: i64,
    /// New rows and rows with a changed field, whole.
    pub upserts: Vec<SessionRow>,
    /// Rows of which only the moving numbers changed.
    pub progress: Vec<Progress>,
    /// Rows that ended. They go before `upserts` come, which may bring one of them back.
    pub gone: Vec<SessionId>,
    /// Totals over the rows in scope.
    pub stats: Stats,
    /// A new point of the history, once every [`SAMPLE_MS`].
    pub sample: Option<Sample>,
}

/// Totals over the sessions in scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Sessions.
    pub online: u32,
    /// The most sessions at once since the server started.
    pub peak: u32,
    /// The server's session limit.
    pub limit: u32,
    /// Sessions with a running download.
    pub downloads: u32,
    /// Sessions with a running upload.
    pub uploads: u32,
    /// Sessions whose transfer does not move.
    pub stalled: u32,
    /// Bytes per second to clients.
    pub download_rate: u64,
    /// Bytes per second from clients.
    pub upload_rate: u64,
}

/// One point of the throughput history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Bytes per second to clients.
    pub download_rate: u64,
    /// Bytes per second from clients.
    pub upload_rate: u64,
}

/// Why the server closes the live socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeReason {
    /// The panel session ended; sign in again.
    SignedOut,
    /// The server stops; come back later.
    Shutdown,
}
