//! Transfer accounts: what they may do and how much.

use crate::ids::AccountId;
use serde::{Deserialize, Serialize};

/// Rows of one page of [`AccountPage`] at most.
pub const ACCOUNTS_MOST: u32 = 1_000;

/// What an account may do with files. One check in the file space enforces it for every protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own and is shown as a checkbox of its own")]
pub struct Permissions {
    /// Download files.
    pub read: bool,
    /// Upload files and replace existing ones.
    pub write: bool,
    /// Add to the end of existing files.
    pub append: bool,
    /// Delete files and empty directories.
    pub delete: bool,
    /// Rename and move.
    pub rename: bool,
    /// See names and facts of files.
    pub list: bool,
    /// Make directories.
    pub make_directories: bool,
}

impl Permissions {
    /// Everything.
    pub const ALL: Self =
        Self { read: true, write: true, append: true, delete: true, rename: true, list: true, make_directories: true };
    /// Look and download.
    pub const READ_ONLY: Self = Self {
        read: true,
        write: false,
        append: false,
        delete: false,
        rename: false,
        list: true,
        make_directories: false,
    };
}

impl Default for Permissions {
    fn default() -> Self {
        Self::ALL
    }
}

/// What an account has to show to log in over SSH. One-time codes come on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SshAuth {
    /// A key or the password.
    #[default]
    #[serde(rename = "any")]
    Any,
    /// A key.
    #[serde(rename = "key")]
    Key,
    /// A key, then the password.
    #[serde(rename = "key+password")]
    KeyAndPassword,
}

impl SshAuth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::Key, Self::KeyAndPassword];

    /// As it is written on the command line and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Key => "key",
            Self::KeyAndPassword => "key+password",
        }
    }

    /// From [`SshAuth::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|auth| auth.word() == word)
    }
}

/// How much an account may do. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes in files below the home.
    pub quota_bytes: Option<u64>,
    /// Bytes per second to the client, all sessions of the account together.
    pub download_rate: Option<u64>,
    /// Bytes per second from the client, all sessions of the account together.
    pub upload_rate: Option<u64>,
    /// Sessions at once.
    pub sessions: Option<u32>,
    /// Sessions at once from one address.
    pub sessions_per_ip: Option<u32>,
    /// Seconds without a command after which a session ends.
    pub idle_seconds: Option<u32>,
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Which one.
    pub id: AccountId,
    /// Login within the domain.
    pub login: String,
    /// Name of the domain.
    pub domain: String,
    /// Whether it may log in.
    pub enabled: bool,
    /// Sessions it has now.
    pub sessions: u32,
    /// How many SSH keys it has.
    pub ssh_keys: u32,
}

/// Which accounts, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSearch {
    /// Part of `login@domain`, whatever its case; empty for all.
    pub search: String,
    /// Rows to leave out.
    pub offset: u32,
    /// Rows at most, up to [`ACCOUNTS_MOST`].
    pub limit: u32,
}

impl Default for AccountSearch {
    fn default() -> Self {
        Self { search: String::new(), offset: 0, limit: 100 }
    }
}

/// Accounts by domain and login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// This part.
    pub items: Vec<AccountRow>,
    /// How many there are in all.
    pub total: u64,
}
