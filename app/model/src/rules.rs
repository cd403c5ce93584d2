//! IP rules: ordered lists of who may come in and who may not, for the server, a domain or an account.
//!
//! In each list the first rule that names an address decides. An address that no rule names is let in, unless the list
//! allows somebody: then everyone else is refused. A client has to pass the list of the server, then that of the domain,
//! then that of the account; what one refuses, a later one cannot allow.

use crate::{addresses::AddressRange, bans::Reach, ids::RuleId, kicks::Effect};
use serde::{Deserialize, Serialize};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// Lets in. Everyone whom no rule of the list names is refused then.
    Allow,
    /// Refuses.
    Deny,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which rule.
    pub id: RuleId,
    /// What it does.
    pub action: RuleAction,
    /// To whom.
    pub address: AddressRange,
    /// What the operator noted.
    pub comment: String,
    /// Place in its list, the first is 0.
    pub position: u32,
    /// Who made it.
    pub by: String,
    /// When.
    pub created: i64,
    /// How often it refused somebody.
    pub hits: u64,
    /// When it last did.
    pub last_hit: Option<i64>,
}

/// All rules of one reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleList {
    /// What they hold for.
    pub reach: Reach,
    /// Name of the reach.
    pub name: String,
    /// What the list means, in a sentence.
    pub meaning: String,
    /// In order.
    pub rules: Vec<Rule>,
}

/// A rule to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOrder {
    /// What it does.
    pub action: RuleAction,
    /// To whom.
    pub address: AddressRange,
    /// Which list.
    #[serde(default)]
    pub reach: Reach,
    /// What to note.
    #[serde(default)]
    pub comment: String,
    /// Place in the list; without it the end.
    #[serde(default)]
    pub position: Option<u32>,
    /// Do it even if it turns the operator's own address away.
    #[serde(default)]
    pub confirm_own_address: bool,
}

/// How a rule is to read from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// What it does.
    pub action: RuleAction,
    /// To whom.
    pub address: AddressRange,
    /// What to note.
    #[serde(default)]
    pub comment: String,
    /// Do it even if it turns the operator's own address away.
    #[serde(default)]
    pub confirm_own_address: bool,
}

/// What a change of bans or rules did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What was made, to be undone.
    pub effects: Vec<Effect>,
    /// Live sessions that had to end because of it.
    pub ended: u32,
}

/// What would happen to an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it comes in.
    pub admitted: bool,
    /// Why, in a sentence.
    pub why: String,
    /// The rule that decides, if one does.
    pub rule: Option<RuleId>,
    /// Live sessions from there.
    pub sessions: u32,
}

/// What became of a list of rules written as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportReceipt {
    /// Rules that were added; none if a line is wrong.
    pub added: u32,
    /// Live sessions that had to end because of it.
    pub ended: u32,
    /// Lines that cannot be read, and why.
    pub wrong: Vec<WrongLine>,
}

/// A line of an import that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongLine {
    /// Number, the first is 1.
    pub line: u32,
    /// What is wrong.
    pub why: String,
}
