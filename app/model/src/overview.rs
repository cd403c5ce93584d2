//! What an operator has, and what of it wants looking after.

use crate::ids::{AccountId, DomainId};
use serde::{Deserialize, Serialize};

/// Matters that are named at most.
pub const MATTERS_MOST: usize = 20;

/// What an operator has, counted. What is not the operator's to see is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Resellers.
    pub resellers: Option<u32>,
    /// Customers.
    pub customers: Option<u32>,
    /// Domains.
    pub domains: u32,
    /// Accounts.
    pub accounts: u32,
    /// Bytes in files of these accounts, as last counted.
    pub used_bytes: u64,
    /// Signed-in browsers.
    pub panel_sessions: u32,
    /// Bans in force.
    pub bans: u32,
    /// What wants looking after, the most pressing first, [`MATTERS_MOST`] at most.
    pub matters: Vec<Matter>,
    /// How many there are of these in all.
    pub matters_total: u32,
}

/// Something that wants looking after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "matter", rename_all = "snake_case")]
pub enum Matter {
    /// An account that has nearly filled its storage.
    NearlyFull {
        /// Which.
        account: AccountId,
        /// `login@domain`
        name: String,
        /// Bytes it has.
        used: u64,
        /// Bytes it may have.
        quota: u64,
    },
    /// An account whose time is over soon.
    ExpiresSoon {
        /// Which.
        account: AccountId,
        /// `login@domain`
        name: String,
        /// When.
        at: i64,
    },
    /// A domain whose accounts cannot log in.
    DomainDisabled {
        /// Which.
        domain: DomainId,
        /// Its name.
        name: String,
    },
}
