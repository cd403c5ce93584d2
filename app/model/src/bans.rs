//! Bans: addresses that are turned away for a while.

use crate::{
    addresses::AddressRange,
    ids::{AccountId, BanId, DomainId},
};
use serde::{Deserialize, Serialize};

/// The longest ban, in minutes: a year. What lasts longer is a rule.
pub const LONGEST_BAN: u32 = 525_600;
/// The ban a form offers, in minutes.
pub const USUAL_BAN: u32 = 30;

/// What a ban or a list of rules holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The whole server; it holds from the first byte of a connection on.
    #[default]
    Server,
    /// Logins to one domain.
    Domain(DomainId),
    /// Logins to one account.
    Account(AccountId),
}

impl Reach {
    /// The kind of reach.
    pub fn level(self) -> Level {
        match self {
            Self::Server => Level::Server,
            Self::Domain(_) => Level::Domain,
            Self::Account(_) => Level::Account,
        }
    }
}

/// The kinds of [`Reach`], where the domain or account follows from what it is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// [`Reach::Server`].
    Server,
    /// [`Reach::Domain`].
    Domain,
    /// [`Reach::Account`].
    Account,
}

/// A reach with its name, for lists to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedReach {
    /// What.
    pub reach: Reach,
    /// `Server`, the domain's name, or `login@domain`.
    pub name: String,
}

/// Where a ban comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BanOrigin {
    /// An operator ended a session and banned its address.
    Kick,
    /// Too many failed logins. It turns away new logins and leaves sessions alone.
    Throttle,
    /// An operator wrote it down.
    Hand,
}

/// An address, or several, that may not come in until a certain time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ban {
    /// Which ban.
    pub id: BanId,
    /// Who may not come in.
    pub address: AddressRange,
    /// Where.
    pub reach: Reach,
    /// Name of [`Ban::reach`], as in [`NamedReach`].
    pub reach_name: String,
    /// Where it comes from.
    pub origin: BanOrigin,
    /// Why, as the operator wrote it; may be empty.
    pub reason: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// How often it turned somebody away.
    pub hits: u64,
    /// When it last did.
    pub last_hit: Option<i64>,
}

/// A ban to be made by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BanOrder {
    /// Who may not come in.
    pub address: AddressRange,
    /// For how long, 1 to [`LONGEST_BAN`].
    #[serde(default = "usual_ban")]
    pub minutes: u32,
    /// Where.
    #[serde(default)]
    pub reach: Reach,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Do it even if it turns the operator's own address away.
    #[serde(default)]
    pub confirm_own_address: bool,
}

pub(crate) fn usual_ban() -> u32 {
    USUAL_BAN
}
