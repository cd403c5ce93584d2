//! Links by which people without an account get at a file or a folder of one.

use crate::ids::LinkId;
use serde::{Deserialize, Serialize};

/// Links of one account at most.
pub const LINKS_MOST: usize = 500;
/// The longest password of a link, in bytes.
pub const LONGEST_PASSWORD: usize = 200;
/// Below this path of the file client's origin lie the links.
pub const PREFIX: &str = "/s/";

/// What a link is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// To look at a file or a folder, and download.
    #[default]
    Download,
    /// To put files into a folder, which stays out of sight.
    Upload,
}

impl LinkKind {
    /// The word for it in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Upload => "upload",
        }
    }

    /// The kind with that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Download, Self::Upload].into_iter().find(|kind| kind.word() == word)
    }
}

/// A link to be made.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkOrder {
    /// Where it leads: percent-encoded, in the account's home.
    pub path: String,
    /// What for.
    pub kind: LinkKind,
    /// What visitors have to enter; empty for nothing.
    #[serde(default)]
    pub password: String,
    /// When it stops working.
    #[serde(default)]
    pub expires_at: Option<i64>,
    /// How often it may be used.
    #[serde(default)]
    pub uses_most: Option<u32>,
}

/// Says nothing of the password.
impl std::fmt::Debug for LinkOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkOrder").field("path", &self.path).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A link of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Which.
    pub id: LinkId,
    /// Where it leads, as people read it.
    pub path: String,
    /// What for.
    pub kind: LinkKind,
    /// Whether it asks for a password.
    pub password: bool,
    /// When it stops working.
    pub expires_at: Option<i64>,
    /// How often it may be used.
    pub uses_most: Option<u32>,
    /// How often it was.
    pub uses: u64,
    /// When it was made.
    pub created: i64,
    /// When it was last used.
    pub last_used: Option<i64>,
    /// What its address ends in, for its owner alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// The dark squares as a path of SVG.
    pub path: String,
    /// Squares on a side.
    pub size: u32,
}

impl LinkRow {
    /// Whether anybody can still use it at `now`.
    pub fn works(&self, now: i64) -> bool {
        self.expires_at.is_none_or(|at| now < at) && self.uses_most.is_none_or(|most| self.uses < u64::from(most))
    }
}

/// What visitors are told before they come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What for.
    pub kind: LinkKind,
    /// What is shared, unless a password comes first.
    pub name: Option<String>,
    /// Whether a password is asked for.
    pub password: bool,
    /// When the link stops working.
    pub expires_at: Option<i64>,
    /// The domain it comes from.
    pub domain: String,
}
