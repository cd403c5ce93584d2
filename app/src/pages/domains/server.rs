//! The server functions of the pages of domains.
//!
//! * [`users`]: users from elsewhere, and without a name

pub mod users;

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    deletions::{DeletionPreview, DeletionReceipt},
    domains::{DomainChange, DomainChanged, DomainDraft, DomainPage, DomainRow, DomainSearch},
    ids::DomainId,
};

/// Domains in sight, by name.
#[server(name = DomainsCall, prefix = "/fn", endpoint = "domains", protocol = Call)]
pub async fn domains(
    /// Which.
    search: DomainSearch,
    /// Somebody clicked.
    active: bool,
) -> Result<DomainPage, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.domains(&operator, &search).await.map_err(guard::failed)
}

/// One domain.
#[server(name = DomainCall, prefix = "/fn", endpoint = "domain", protocol = Call)]
pub async fn domain(
    /// Which.
    id: DomainId,
    /// Somebody clicked.
    active: bool,
) -> Result<DomainRow, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.domain(&operator, id).await.map_err(guard::failed)
}

/// Makes a domain, and its root where it is missing.
#[server(name = AddDomainCall, prefix = "/fn", endpoint = "add_domain", protocol = Call)]
pub async fn add_domain(
    /// What it shall be.
    draft: DomainDraft,
) -> Result<DomainRow, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::CreateDomains).await?;
    guard::core()?.create_domain(&operator, &draft).await.map_err(guard::failed)
}

/// Changes a domain.
#[server(name = ChangeDomainCall, prefix = "/fn", endpoint = "change_domain", protocol = Call)]
pub async fn change_domain(
    /// Which.
    id: DomainId,
    /// What changes.
    change: DomainChange,
) -> Result<DomainChanged, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageDomains).await?;
    guard::core()?.change_domain(&operator, id, &change).await.map_err(guard::failed)
}

/// What deleting a domain would take away.
#[server(name = DomainDeletionCall, prefix = "/fn", endpoint = "domain_deletion_preview", protocol = Call)]
pub async fn domain_deletion_preview(
    /// Which.
    id: DomainId,
) -> Result<DeletionPreview, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::CreateDomains).await?;
    guard::core()?.preview_domain_deletion(&operator, id).await.map_err(guard::failed)
}

/// Deletes a domain with its accounts and ends their sessions.
#[server(name = DeleteDomainCall, prefix = "/fn", endpoint = "delete_domain", protocol = Call)]
pub async fn delete_domain(
    /// Which.
    id: DomainId,
) -> Result<DeletionReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::CreateDomains).await?;
    guard::core()?.delete_domain(&operator, id).await.map_err(guard::failed)
}
