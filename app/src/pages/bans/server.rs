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
    guard::core()?.bans(&operator).map_err(guard::failed)
}

/// Bans an address and ends the sessions it matches.
#[server(name = BanCall, prefix = "/fn", endpoint = "ban", protocol = Call)]
pub async fn ban(
    /// Whom, and for how long.
    order: BanOrder,
) -> Result<Change, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.ban(&operator, &order).await.map_err(guard::failed)
}

/// Ends bans. How many of them there still were.
#[server(name = UnbanCall, prefix = "/fn", endpoint = "unban", protocol = Call)]
pub async fn unban(
    /// Which.
    ids: Vec<BanId>,
) -> Result<u32, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.unban(&operator, &ids).await.map_err(guard::failed)
}

/// What the operator can make bans and rules for: the server, if allowed, domains by name, and accounts that
/// `search` finds.
#[server(name = ReachesCall, prefix = "/fn", endpoint = "reaches", protocol = Call)]
pub async fn reaches(
    /// Part of `login@domain`; empty for no accounts.
    search: String,
) -> Result<Vec<NamedReach>, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewBans).await?;
    guard::core()?.reaches(&operator, &search).await.map_err(guard::failed)
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
    guard::core()?.rules(&operator).map_err(guard::failed)
}

/// Adds a rule and ends the sessions that may not be there any more.
#[server(name = AddRuleCall, prefix = "/fn", endpoint = "add_rule", protocol = Call)]
pub async fn add_rule(
    /// Which rule.
    order: RuleOrder,
) -> Result<Change, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.add_rule(&operator, &order).await.map_err(guard::failed)
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
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.change_rule(&operator, id, &change).await.map_err(guard::failed)
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
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.move_rule(&operator, id, position, confirm_own_address).await.map_err(guard::failed)
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
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    guard::core()?.remove_rules(&operator, &ids, confirm_own_address).await.map_err(guard::failed)
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
    let operator = guard::require(wharf_model::people::Permission::ViewBans).await?;
    guard::core()?.test_address(&operator, reach, address).await.map_err(guard::failed)
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
    let operator = guard::require(wharf_model::people::Permission::ManageBans).await?;
    let core = guard::core()?;
    core.import_rules(&operator, reach, &text, replace, confirm_own_address).await.map_err(guard::failed)
}

/// A list as [`import_rules`] reads it.
#[server(name = ExportRulesCall, prefix = "/fn", endpoint = "export_rules", protocol = Call)]
pub async fn export_rules(
    /// Which list.
    reach: Reach,
) -> Result<String, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewBans).await?;
    guard::core()?.export_rules(&operator, reach).await.map_err(guard::failed)
}
