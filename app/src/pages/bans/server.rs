//! The server functions of the page of bans and IP rules.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    addresses::AddressRange,
    bans::{Ban, BanOrder, NamedReach, Reach},
    ids::{BanId, RuleId},
    rules::{Change, ImportReceipt, RuleChange, RuleList, RuleOrder, Verdict},
};

/// Bans in force, newest first.
#[server(name = BansCall, prefix = "/fn", endpoint = "bans", protocol = Call)]
pub async fn bans(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<Ban>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewBans).map_err(guard::forbidden)?;
    Err(guard::not_yet())
}

/// Bans an address and ends the sessions it matches.
#[server(name = BanCall, prefix = "/fn", endpoint = "ban", protocol = Call)]
pub async fn ban(
    /// Whom, and for how long.
    order: BanOrder,
) -> Result<Change, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = order;
    Err(guard::not_yet())
}

/// Ends bans. How many of them there still were.
#[server(name = UnbanCall, prefix = "/fn", endpoint = "unban", protocol = Call)]
pub async fn unban(
    /// Which.
    ids: Vec<BanId>,
) -> Result<u32, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = ids;
    Err(guard::not_yet())
}

/// What the operator can make bans and rules for: the server, if allowed, domains by name, and accounts that
/// `search` finds.
#[server(name = ReachesCall, prefix = "/fn", endpoint = "reaches", protocol = Call)]
pub async fn reaches(
    /// Part of `login@domain`; empty for no accounts.
    search: String,
) -> Result<Vec<NamedReach>, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ViewBans).await?;
    let _ = search;
    Err(guard::not_yet())
}

/// All lists of rules in sight that are not empty, and the server's own.
#[server(name = RulesCall, prefix = "/fn", endpoint = "rules", protocol = Call)]
pub async fn rules(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<RuleList>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewBans).map_err(guard::forbidden)?;
    Err(guard::not_yet())
}

/// Adds a rule and ends the sessions that may not be there any more.
#[server(name = AddRuleCall, prefix = "/fn", endpoint = "add_rule", protocol = Call)]
pub async fn add_rule(
    /// Which rule.
    order: RuleOrder,
) -> Result<Change, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = order;
    Err(guard::not_yet())
}

/// Changes a rule.
#[server(name = ChangeRuleCall, prefix = "/fn", endpoint = "change_rule", protocol = Call)]
pub async fn change_rule(
    /// Which.
    id: RuleId,
    /// How it is to read.
    change: RuleChange,
) -> Result<Change, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = (id, change);
    Err(guard::not_yet())
}

/// Moves a rule within its list.
#[server(name = MoveRuleCall, prefix = "/fn", endpoint = "move_rule", protocol = Call)]
pub async fn move_rule(
    /// Which.
    id: RuleId,
    /// Its new place, the first is 0.
    position: u32,
    /// Do it even if it turns the operator's own address away.
    confirm_own_address: bool,
) -> Result<Change, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = (id, position, confirm_own_address);
    Err(guard::not_yet())
}

/// Removes rules.
#[server(name = RemoveRulesCall, prefix = "/fn", endpoint = "remove_rules", protocol = Call)]
pub async fn remove_rules(
    /// Which.
    ids: Vec<RuleId>,
    /// Do it even if it turns the operator's own address away.
    confirm_own_address: bool,
) -> Result<Change, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = (ids, confirm_own_address);
    Err(guard::not_yet())
}

/// What would happen to an address: bans and rules of the server, and of the reach with everything around it.
#[server(name = TestAddressCall, prefix = "/fn", endpoint = "test_address", protocol = Call)]
pub async fn test_address(
    /// For whom it would log in.
    reach: Reach,
    /// From where.
    address: AddressRange,
) -> Result<Verdict, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ViewBans).await?;
    let _ = (reach, address);
    Err(guard::not_yet())
}

/// Adds rules written as text, one a line: `deny 203.0.113.0/24 # comment`. All of them or, if a line is wrong, none.
#[server(name = ImportRulesCall, prefix = "/fn", endpoint = "import_rules", protocol = Call)]
pub async fn import_rules(
    /// Which list.
    reach: Reach,
    /// The lines.
    text: String,
    /// In place of what the list has, instead of behind it.
    replace: bool,
    /// Do it even if it turns the operator's own address away.
    confirm_own_address: bool,
) -> Result<ImportReceipt, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ManageBans).await?;
    let _ = (reach, text, replace, confirm_own_address);
    Err(guard::not_yet())
}

/// A list as [`import_rules`] reads it.
#[server(name = ExportRulesCall, prefix = "/fn", endpoint = "export_rules", protocol = Call)]
pub async fn export_rules(
    /// Which list.
    reach: Reach,
) -> Result<String, PanelError> {
    use crate::guard;
    guard::require(wharf_model::people::Permission::ViewBans).await?;
    let _ = reach;
    Err(guard::not_yet())
}
