//! Transfer accounts: what they may do and how much.

use crate::{
    ids::{AccountId, DomainId},
    limits::LimitLevel,
    sessions::UserType,
};
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Put new files into the directory `incoming`, where nothing can be seen. For anonymous users alone.
    #[serde(default)]
    pub incoming: bool,
}

impl Permissions {
    /// Everything that an account can do.
    pub const ALL: Self = Self {
        read: true,
        write: true,
        append: true,
        delete: true,
        rename: true,
        list: true,
        make_directories: true,
        incoming: false,
    };
    /// Look and download.
    pub const READ_ONLY: Self = Self {
        read: true,
        write: false,
        append: false,
        delete: false,
        rename: false,
        list: true,
        make_directories: false,
        incoming: false,
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
    /// What kind of user.
    #[serde(rename = "type")]
    pub user_type: UserType,
    /// Whether it was not switched off.
    pub enabled: bool,
    /// Whether it may log in.
    pub state: AccountState,
    /// When it ends to be allowed in; `None` is never.
    pub expires_at: Option<i64>,
    /// When it last logged in.
    pub last_login_at: Option<i64>,
    /// Sessions it has now.
    pub sessions: u32,
    /// How many SSH keys it has.
    pub ssh_keys: u32,
}

/// Whether an account may log in. That of its domain is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It may.
    Enabled,
    /// Somebody switched it off.
    Disabled,
    /// Its time is over.
    Expired,
}

impl AccountState {
    /// That of an account at `now`.
    pub fn of(enabled: bool, expires_at: Option<i64>, now: i64) -> Self {
        match (enabled, expires_at) {
            (false, _) => Self::Disabled,
            (true, Some(at)) if at <= now => Self::Expired,
            (true, _) => Self::Enabled,
        }
    }

    /// What lists call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Expired => "Expired",
        }
    }
}

/// The accounts of which states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// All.
    #[default]
    All,
    /// Those that may log in.
    Enabled,
    /// Those that were switched off.
    Disabled,
    /// Those whose time is over.
    Expired,
}

impl StateFilter {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::All, Self::Enabled, Self::Disabled, Self::Expired];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }

    /// Reads [`StateFilter::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.word() == word)
    }

    /// Whether it finds accounts of that state.
    pub fn finds(self, state: AccountState) -> bool {
        match self {
            Self::All => true,
            Self::Enabled => state == AccountState::Enabled,
            Self::Disabled => state == AccountState::Disabled,
            Self::Expired => state == AccountState::Expired,
        }
    }
}

/// Everything about an account that its manager may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub row: AccountRow,
    /// Its domain.
    pub domain_id: DomainId,
    /// Whether accounts of its domain may log in.
    pub domain_enabled: bool,
    /// Home, below the domain's root.
    pub home: String,
    /// What it may do with files.
    pub permissions: Permissions,
    /// What is set for it.
    pub limits: Limits,
    /// What is set above it, from the server to the domain.
    pub inherited: Vec<LimitLevel>,
    /// How much it may do: the strictest of all these.
    pub effective_limits: Limits,
    /// Bytes in files below the home, as last counted.
    pub used_bytes: u64,
    /// What it has to show to log in over SSH.
    pub ssh_auth: SshAuth,
    /// Whether it needs one-time codes.
    pub one_time_codes: bool,
    /// How many client certificates it may log in with; with one or more it needs one.
    pub client_certificates: u32,
    /// When it was added.
    pub created_at: i64,
}

/// The kinds of users an account can be made for.
pub const ACCOUNT_TYPES: [UserType; 4] =
    [UserType::WebUser, UserType::WebsiteAdministrator, UserType::SubAccount, UserType::MailboxOwner];
/// The shortest password of an account, in characters.
pub const PASSWORD_LEAST: usize = 8;
/// The longest one.
pub const PASSWORD_MOST: usize = 200;

/// An account to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDraft {
    /// Name of its domain.
    pub domain: String,
    /// Login within the domain.
    pub login: String,
    /// Password in clear.
    pub password: String,
    /// Directory below the domain's root; the login if it is empty.
    #[serde(default)]
    pub home: String,
    /// What kind of user: one of [`ACCOUNT_TYPES`].
    #[serde(default = "web_user", rename = "type")]
    pub user_type: UserType,
    /// What it may do with files.
    #[serde(default)]
    pub permissions: Permissions,
    /// How much it may do.
    #[serde(default)]
    pub limits: Limits,
    /// When it ends to be allowed in.
    #[serde(default)]
    pub expires_at: Option<i64>,
}

fn web_user() -> UserType {
    UserType::WebUser
}

/// Says nothing of the password.
impl std::fmt::Debug for AccountDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountDraft").field("domain", &self.domain).field("login", &self.login).finish_non_exhaustive()
    }
}

/// What to change of an account. What is not there stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountChange {
    /// Whether it may log in. Switched off, its sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// A new password, in clear. Its sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Directory below the domain's root. Files stay where they are; sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// What kind of user: one of [`ACCOUNT_TYPES`].
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub user_type: Option<UserType>,
    /// What it may do with files. Its sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// How much it may do, all of it: what is not there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// When it ends to be allowed in; null is never.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<i64>>,
    /// What it has to show to log in over SSH, from the next login on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_auth: Option<SshAuth>,
}

/// Says nothing of the password.
impl std::fmt::Debug for AccountChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountChange").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// An account after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    /// As it is now.
    pub account: AccountDetail,
    /// Sessions that were told to end.
    pub ended: u32,
}

/// Accounts after a change of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsChanged {
    /// Accounts that are there.
    pub accounts: u32,
    /// Sessions that were told to end.
    pub ended: u32,
}

/// What is there is there, also null: without this null would be as good as nothing.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Which accounts, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSearch {
    /// Part of `login@domain`, whatever its case; empty for all.
    pub search: String,
    /// Of which states.
    pub state: StateFilter,
    /// Rows to leave out.
    pub offset: u32,
    /// Rows at most, up to [`ACCOUNTS_MOST`].
    pub limit: u32,
}

impl Default for AccountSearch {
    fn default() -> Self {
        Self { search: String::new(), state: StateFilter::All, offset: 0, limit: 100 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_stays_and_null_takes_away() {
        let read = |text| serde_json::from_str::<AccountChange>(text).unwrap();
        assert_eq!(read("{}"), AccountChange::default());
        assert_eq!(read(r#"{"expires_at":null}"#).expires_at, Some(None));
        assert_eq!(read(r#"{"expires_at":5}"#).expires_at, Some(Some(5)));
        for change in [r#"{"expires_at":null}"#, "{}", r#"{"expires_at":5}"#] {
            assert_eq!(serde_json::to_string(&read(change)).unwrap(), change);
        }
    }

    #[test]
    fn orders_say_nothing_of_passwords() {
        let change = AccountChange { password: Some("hush-hush".to_owned()), ..AccountChange::default() };
        assert!(!format!("{change:?}").contains("hush"));
        let draft = r#"{"domain":"acme.example","login":"ann","password":"hush-hush"}"#;
        let draft: AccountDraft = serde_json::from_str(draft).unwrap();
        assert!(!format!("{draft:?}").contains("hush"));
    }

    #[test]
    fn an_account_whose_time_is_over_is_expired_unless_it_is_switched_off() {
        assert_eq!(AccountState::of(true, None, 5), AccountState::Enabled);
        assert_eq!(AccountState::of(true, Some(6), 5), AccountState::Enabled);
        assert_eq!(AccountState::of(true, Some(5), 5), AccountState::Expired);
        assert_eq!(AccountState::of(false, Some(5), 5), AccountState::Disabled);
    }
}
