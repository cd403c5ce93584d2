//! The audit log: what operators did.

use crate::ids::AuditId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something somebody did or tried to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Which entry.
    pub id: AuditId,
    /// When.
    pub at: i64,
    /// Who: login, token name or `system`.
    pub actor: String,
    /// From where; `None` when nobody was connected.
    pub actor_ip: Option<String>,
    /// What, dotted: `session.kick`.
    pub action: String,
    /// To whom or what.
    pub target: String,
    /// Why, as the operator wrote it; may be empty.
    pub reason: String,
    /// How it was before, where something was changed or removed.
    pub before: Option<Value>,
    /// How it is after, where something was changed or made.
    pub after: Option<Value>,
    /// Whatever else belongs to the action; never a secret.
    pub detail: Value,
    /// What came of it: `ok`, or why not.
    pub result: String,
}

/// Which entries. Whatever is set has to hold; texts are found anywhere and however they are capitalised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditFilter {
    /// Who.
    pub actor: String,
    /// What; the beginning of a dotted name is enough.
    pub action: String,
    /// In target, reason, details or address.
    pub text: String,
    /// From this time on.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
}

/// Which part of the entries that a filter finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditRange {
    /// Entries older than this one; without it the newest.
    pub before: Option<AuditId>,
    /// So many at most, up to 1,000.
    pub limit: u32,
}

impl Default for AuditRange {
    fn default() -> Self {
        Self { before: None, limit: 100 }
    }
}

/// Entries, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// How many the filter finds in all.
    pub total: u64,
}

/// How a list is written to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180, with cells that no spreadsheet takes for a formula.
    #[default]
    Csv,
    /// An array of objects.
    Json,
}
