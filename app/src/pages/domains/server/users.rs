//! Users from elsewhere, and without a name.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    anonymous::{Anonymous, AnonymousChanged, AnonymousShown},
    ids::DomainId,
    user_sources::{OutsideUsers, OutsideUsersChanged, OutsideUsersShown, SourceAnswer, SourceTest},
};

/// Who is asked about users whom a domain does not know itself, and what anonymous users may do there.
#[server(name = DomainUsersCall, prefix = "/fn", endpoint = "domain_users", protocol = Call)]
pub async fn domain_users(
    /// Which.
    id: DomainId,
    /// Somebody clicked.
    active: bool,
) -> Result<(OutsideUsersShown, AnonymousShown), PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    let core = guard::core()?;
    let users = core.outside_users(&operator, id).await.map_err(guard::failed)?;
    Ok((users, core.anonymous(&operator, id).await.map_err(guard::failed)?))
}

/// Gives a domain another source of users, or none.
#[server(name = SetOutsideUsersCall, prefix = "/fn", endpoint = "set_outside_users", protocol = Call)]
pub async fn set_outside_users(
    /// Which.
    id: DomainId,
    /// What it shall be.
    users: OutsideUsers,
) -> Result<OutsideUsersChanged, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::CreateDomains).await?;
    guard::core()?.set_outside_users(&operator, id, &users).await.map_err(guard::failed)
}

/// Asks a source about a login and a password.
#[server(name = TestSourceCall, prefix = "/fn", endpoint = "test_source", protocol = Call)]
pub async fn test_source(
    /// For which domain.
    id: DomainId,
    /// What is asked.
    test: SourceTest,
) -> Result<SourceAnswer, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::CreateDomains).await?;
    guard::core()?.test_source(&operator, id, &test).await.map_err(guard::failed)
}

/// Says what anonymous users may do in a domain.
#[server(name = SetAnonymousCall, prefix = "/fn", endpoint = "set_anonymous", protocol = Call)]
pub async fn set_anonymous(
    /// Which.
    id: DomainId,
    /// What it shall be.
    settings: Anonymous,
) -> Result<AnonymousChanged, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageDomains).await?;
    guard::core()?.set_anonymous(&operator, id, &settings).await.map_err(guard::failed)
}
