//! The server functions about what was deleted.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{deletions::DeletionRow, ids::DeletionId};

/// What was deleted and can be brought back, newest first.
#[server(name = DeletionsCall, prefix = "/fn", endpoint = "deletions", protocol = Call)]
pub async fn deletions(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<DeletionRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.deletions(&operator).await.map_err(guard::failed)
}

/// Brings back what was deleted.
#[server(name = RestoreCall, prefix = "/fn", endpoint = "restore", protocol = Call)]
pub async fn restore(
    /// Which deletion.
    id: DeletionId,
) -> Result<DeletionRow, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.restore(&operator, id).await.map_err(guard::failed)
}

/// Removes for good what was deleted.
#[server(name = PurgeCall, prefix = "/fn", endpoint = "purge", protocol = Call)]
pub async fn purge(
    /// Which deletion.
    id: DeletionId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::PurgeDeleted).await?;
    guard::core()?.purge(&operator, id).await.map_err(guard::failed)
}
