//! Deleting accounts, domains and people: what it would take away, and how long it can be taken back.

use crate::ids::DeletionId;
use serde::{Deserialize, Serialize};

/// What is deleted can be brought back for so many days.
pub const KEPT_DAYS: i64 = 7;

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionKind {
    /// A transfer account.
    Account,
    /// A domain with its accounts.
    Domain,
    /// A person with customers, domains and accounts.
    Person,
}

impl DeletionKind {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Domain => "domain",
            Self::Person => "person",
        }
    }

    /// Reads [`DeletionKind::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Account, Self::Domain, Self::Person].into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that was deleted and can be brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRow {
    /// Which deletion.
    pub id: DeletionId,
    /// What it was.
    pub kind: DeletionKind,
    /// What it was called.
    pub name: String,
    /// When it was deleted.
    pub at: i64,
    /// By whom.
    pub by: String,
    /// When it is removed for good.
    pub expires_at: i64,
    /// Domains that it took away.
    pub domains: u32,
    /// Accounts that it took away.
    pub accounts: u32,
}

/// What a deletion would take away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionPreview {
    /// What it is about, the first few by name.
    pub names: Vec<String>,
    /// Customers of a reseller.
    pub customers: u32,
    /// Domains of people.
    pub domains: u32,
    /// Accounts.
    pub accounts: u32,
    /// Sessions that would end.
    pub sessions: u32,
    /// SSH keys.
    pub ssh_keys: u32,
    /// Bytes in files as last counted. They stay where they are.
    pub bytes: u64,
}

/// What a deletion did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionReceipt {
    /// The deletions that were made, to be taken back.
    pub deletions: Vec<DeletionId>,
    /// Sessions that were told to end.
    pub ended: u32,
}
