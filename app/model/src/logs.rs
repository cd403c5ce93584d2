//! Session logs: what a session said and did, line by line, also after its end.

use crate::sessions::SessionRow;
use serde::{Deserialize, Serialize};

/// Lines of one answer at most.
pub const LINES_MOST: u32 = 2_000;

/// One line of a session's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Number within the session, from 0, without gaps.
    pub number: u64,
    /// When.
    pub at: i64,
    /// Who or what speaks.
    pub kind: LineKind,
    /// What, on one line, with control characters and secrets replaced. Data, never markup.
    pub text: String,
}

/// Who or what a line of a log comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The client sent it.
    Command,
    /// The server answered it.
    Reply,
    /// It happened: connected, encrypted, logged in, a transfer began or ended, disconnected.
    Event,
    /// An operator did it.
    Operator,
}

/// Part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// In order.
    pub lines: Vec<LogLine>,
    /// Number of the oldest line that is still kept.
    pub first: u64,
    /// Number the next line of the log will have.
    pub next: u64,
    /// When the session ended; `None` while it lives.
    pub ended: Option<i64>,
}

/// Which part of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogQuery {
    /// Lines from this number on; without it the newest.
    pub from: Option<u64>,
    /// Lines before this number, the newest of them.
    pub before: Option<u64>,
    /// Only lines that contain this text, however it is capitalised.
    pub search: String,
    /// So many lines at most, up to [`LINES_MOST`].
    pub limit: u32,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self { from: None, before: None, search: String::new(), limit: 500 }
    }
}

/// A session that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndedSession {
    /// The row as it was last.
    #[serde(flatten)]
    pub row: SessionRow,
    /// When the connection was accepted.
    pub connected: i64,
    /// When it was over.
    pub ended: i64,
    /// Why, in a few words.
    pub why: String,
}
