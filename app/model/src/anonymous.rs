//! Anonymous FTP of a domain: users whom nobody knows.

use crate::{
    accounts::{Limits, Permissions},
    ids::AccountId,
};
use serde::{Deserialize, Serialize};

/// The logins that mean it. The account behind both has the first.
pub const ANONYMOUS_LOGINS: [&str; 2] = ["anonymous", "ftp"];
/// Where anonymous users may put files, below their folder.
pub const INCOMING: &str = "incoming";

/// What anonymous users may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AnonymousAccess {
    /// They are not let in.
    #[default]
    #[serde(rename = "off")]
    Off,
    /// Look and download.
    #[serde(rename = "read-only")]
    ReadOnly,
    /// The same, and put new files into `incoming`, where nobody of them sees anything.
    #[serde(rename = "incoming")]
    Incoming,
}

impl AnonymousAccess {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Off, Self::ReadOnly, Self::Incoming];

    /// As it is written on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::ReadOnly => "read-only",
            Self::Incoming => "incoming",
        }
    }

    /// From [`AnonymousAccess::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.word() == word)
    }

    /// The rights of the account that stands for it.
    pub fn permissions(self) -> Permissions {
        Permissions { incoming: self == Self::Incoming, ..Permissions::READ_ONLY }
    }

    /// From what the account is.
    pub fn of(enabled: bool, permissions: Permissions) -> Self {
        match (enabled, permissions.incoming) {
            (false, _) => Self::Off,
            (true, false) => Self::ReadOnly,
            (true, true) => Self::Incoming,
        }
    }
}

/// Anonymous FTP of a domain, as it is and as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Anonymous {
    /// What they may do.
    pub access: AnonymousAccess,
    /// Directory below the domain's root that they see.
    pub folder: String,
    /// How much all of them together may do.
    pub limits: Limits,
}

impl Default for Anonymous {
    fn default() -> Self {
        Self { access: AnonymousAccess::Off, folder: ANONYMOUS_LOGINS[0].to_owned(), limits: Limits::default() }
    }
}

/// Anonymous FTP of a domain, for who looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnonymousShown {
    /// How it is set.
    #[serde(flatten)]
    pub settings: Anonymous,
    /// The account that stands for it, once there is one.
    pub account_id: Option<AccountId>,
    /// Sessions that it has now.
    pub sessions: u32,
}

/// Anonymous FTP after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnonymousChanged {
    /// As it is now.
    pub anonymous: AnonymousShown,
    /// Sessions that were told to end.
    pub ended: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anonymous_users_may_do_is_read_back_from_their_account() {
        for access in AnonymousAccess::ALL {
            let enabled = access != AnonymousAccess::Off;
            assert_eq!(AnonymousAccess::of(enabled, access.permissions()), access);
            assert_eq!(AnonymousAccess::from_word(access.word()), Some(access));
            assert_eq!(serde_json::to_value(access).unwrap(), access.word());
            assert!(!access.permissions().write, "nobody replaces or deletes");
        }
    }
}
