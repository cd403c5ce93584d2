//! The server functions of limits.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    accounts::Limits,
    limits::{LimitsFound, LimitsOf},
};

/// What is set at a place, and above it.
#[server(name = LimitsCall, prefix = "/fn", endpoint = "limits", protocol = Call)]
pub async fn limits(
    /// Which place.
    of: LimitsOf,
    /// Somebody clicked.
    active: bool,
) -> Result<LimitsFound, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.limits(&operator, of).await.map_err(guard::failed)
}

/// Sets all that is set at a place.
#[server(name = SetLimitsCall, prefix = "/fn", endpoint = "set_limits", protocol = Call)]
pub async fn set_limits(
    /// Which place.
    of: LimitsOf,
    /// What shall hold there.
    limits: Limits,
) -> Result<LimitsFound, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageDomains).await?;
    guard::core()?.set_limits(&operator, of, limits).await.map_err(guard::failed)
}
