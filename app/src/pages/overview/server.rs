//! The server functions of the overview.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{accounts::AccountDetail, overview::Holdings};

/// What the operator has, and what of it wants looking after.
#[server(name = HoldingsCall, prefix = "/fn", endpoint = "holdings", protocol = Call)]
pub async fn holdings(
    /// Somebody clicked.
    active: bool,
) -> Result<Holdings, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.holdings(&operator).await.map_err(guard::failed)
}

/// The account of a mailbox owner.
#[server(name = OwnAccountCall, prefix = "/fn", endpoint = "own_account", protocol = Call)]
pub async fn own_account(
    /// Somebody clicked.
    active: bool,
) -> Result<AccountDetail, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.own_account(&operator).await.map_err(guard::failed)
}
