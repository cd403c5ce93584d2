//! Ending sessions: what an operator orders, what it would do, what it did.

use crate::{
    addresses::AddressRange,
    bans::{Level, USUAL_BAN},
    ids::{AccountId, BanId, RuleId, SessionId},
};
use serde::{Deserialize, Serialize};

/// The longest message to a user, in characters.
pub const LONGEST_MESSAGE: usize = 1_000;

/// What the operator wants done to sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KickOrder {
    /// What happens besides the disconnect.
    pub action: KickAction,
    /// How long a ban lasts, 1 to [`crate::bans::LONGEST_BAN`].
    pub minutes: u32,
    /// What a ban or block holds for; without it the most the operator may.
    pub scope: Option<Level>,
    /// Whom to ban or block; without it each session's own address.
    pub address: Option<AddressRange>,
    /// Nobody logs in to the sessions' accounts any more, and all their sessions end.
    pub disable_account: bool,
    /// The other sessions from the same addresses end too.
    pub same_ip: bool,
    /// A text shown to the user first, where the protocol can show one.
    pub message: String,
    /// Why, for the ban, the rule and the audit log.
    pub reason: String,
    /// Do it even if it turns the operator's own address away.
    pub confirm_own_address: bool,
}

impl Default for KickOrder {
    fn default() -> Self {
        Self {
            action: KickAction::Disconnect,
            minutes: USUAL_BAN,
            scope: None,
            address: None,
            disable_account: false,
            same_ip: false,
            message: String::new(),
            reason: String::new(),
            confirm_own_address: false,
        }
    }
}

/// What happens besides the disconnect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KickAction {
    /// Nothing; the client may connect again at once.
    #[default]
    Disconnect,
    /// The address is turned away for a while.
    Ban,
    /// The address is refused by a rule, until somebody removes it.
    Block,
}

/// What an order would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KickPreview {
    /// Chosen sessions that are still there.
    pub chosen: u32,
    /// Chosen sessions that have ended already.
    pub gone: u32,
    /// Further sessions that would end.
    pub further: u32,
    /// Accounts of all these sessions, `login@domain`, the first few by name.
    pub accounts: Vec<String>,
    /// How many accounts there are.
    pub accounts_total: u32,
    /// Accounts that would be disabled.
    pub disabled: Vec<String>,
    /// Addresses that would be banned or blocked.
    pub addresses: Vec<AddressRange>,
    /// A wider address that fits better: the /64 of an IPv6 address.
    pub offered: Option<AddressRange>,
    /// What a ban or block can hold for, widest first; empty for none.
    pub scopes: Vec<Level>,
    /// The operator's own address would be turned away; the order has to confirm it.
    pub own_address: bool,
    /// Addresses that are never banned: sessions from there are refused, and stay.
    pub never_banned: Vec<AddressRange>,
    /// Sessions that can be shown a message.
    pub message_shown: u32,
    /// Protocols among the sessions that cannot show one.
    pub message_not_shown: Vec<String>,
}

/// What an order did, session by session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Chosen sessions that were told to end.
    pub ended: Vec<SessionId>,
    /// Further sessions that were told to end: the same address, the same account, whatever a ban matches.
    pub further: Vec<SessionId>,
    /// Chosen sessions that had ended already, or are not the operator's to see. What else the order says was done all
    /// the same where the session is still known.
    pub gone: Vec<SessionId>,
    /// Chosen sessions that were left alone.
    pub refused: Vec<Refused>,
    /// What was done besides, to be undone.
    pub effects: Vec<Effect>,
}

/// A session an order was not carried out for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which session.
    pub id: SessionId,
    /// Why, in a sentence.
    pub why: String,
}

/// Something an order left behind that can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// A ban was made.
    Ban {
        /// Which.
        id: BanId,
        /// Of whom.
        address: AddressRange,
    },
    /// A deny rule was made.
    Rule {
        /// Which.
        id: RuleId,
        /// Against whom.
        address: AddressRange,
    },
    /// An account was disabled.
    Disabled {
        /// Which.
        id: AccountId,
        /// Its login, `login@domain`.
        login: String,
    },
}

/// What undoing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoReceipt {
    /// Effects taken back.
    pub undone: u32,
    /// Effects that were not there any more.
    pub gone: u32,
}

/// Which sessions, when none are chosen one by one. Whatever is set has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionFilter {
    /// Of anonymous users only.
    pub anonymous: bool,
    /// Without activity for so many minutes.
    pub idle_minutes: Option<u32>,
    /// Of this domain, by name.
    pub domain: Option<String>,
    /// From these addresses.
    pub address: Option<AddressRange>,
}
