//! Hosted domains, as operators manage them.

use crate::{accounts::present, ids::DomainId};
use serde::{Deserialize, Serialize};

/// Rows of one page of [`DomainPage`] at most.
pub const DOMAINS_MOST: u32 = 1_000;

/// A domain, in a list and alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainRow {
    /// Which one.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Login of its owner; `None` if it is the house's.
    pub owner: Option<String>,
    /// Directory on the server that all homes lie in; `None` where the asker sees only part of the server.
    pub root: Option<String>,
    /// Whether its accounts may log in.
    pub enabled: bool,
    /// Sessions its accounts may have at once; `None` is no limit.
    pub session_limit: Option<u32>,
    /// Whether its accounts may log in and move files under TLS only.
    pub require_tls: bool,
    /// When it was added.
    pub created_at: i64,
    /// Accounts it has.
    pub accounts: u32,
    /// Sessions its accounts have now.
    pub sessions: u32,
}

/// Which domains, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DomainSearch {
    /// Part of the name or of the owner's login, whatever its case; empty for all.
    pub search: String,
    /// Rows to leave out.
    pub offset: u32,
    /// Rows at most, up to [`DOMAINS_MOST`].
    pub limit: u32,
}

impl Default for DomainSearch {
    fn default() -> Self {
        Self { search: String::new(), offset: 0, limit: 100 }
    }
}

/// Domains by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainPage {
    /// This part.
    pub items: Vec<DomainRow>,
    /// How many there are in all.
    pub total: u64,
}

/// A domain to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainDraft {
    /// Its DNS name.
    pub name: String,
    /// Absolute path of a directory on the server; it is made where it is missing.
    pub root: String,
    /// Login of a reseller or customer; without it the domain is the house's.
    #[serde(default)]
    pub owner: Option<String>,
    /// Sessions its accounts may have at once.
    #[serde(default)]
    pub session_limit: Option<u32>,
    /// Whether its accounts may log in and move files under TLS only.
    #[serde(default)]
    pub require_tls: bool,
}

/// What to change of a domain. What is not there stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DomainChange {
    /// Whether its accounts may log in. Switched off, all their sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Sessions its accounts may have at once; null for no limit. For logins to come.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub session_limit: Option<Option<u32>>,
    /// Whether its accounts may log in and move files under TLS only. Switched on, all their sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_tls: Option<bool>,
    /// Login of the owner; null gives the domain to the house.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub owner: Option<Option<String>>,
    /// Absolute path of the directory all homes lie in. Files stay where they are; all sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// A domain after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainChanged {
    /// As it is now.
    pub domain: DomainRow,
    /// Sessions that were told to end.
    pub ended: u32,
}
