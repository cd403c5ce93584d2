//! Transfer accounts, their SSH keys and share links.

use super::{Bearer, Page, Problem, id, parameters, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{delete, get},
};
use wharf_model::{
    accounts::{AccountChanged, AccountDetail, AccountRow, AccountSearch},
    deletions::DeletionReceipt,
    links::LinkRow,
    people::Permission,
    ssh_keys::SshKeyRow,
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/accounts", get(accounts).post(add))
        .route("/accounts/{id}", get(account).patch(change).delete(remove))
        .route("/accounts/{id}/links", get(links))
        .route("/accounts/{id}/links/{link}", delete(revoke_link))
        .route("/accounts/{id}/ssh-keys", get(ssh_keys).post(add_ssh_key))
        .route("/accounts/{id}/ssh-keys/{key}", delete(remove_ssh_key))
}

async fn accounts(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    search: Result<Query<AccountSearch>, QueryRejection>,
) -> Result<Json<Page<AccountRow>>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    let page = panel.core.accounts(&operator, &parameters(search)?).await?;
    Ok(Json(Page { items: page.items, total: usize::try_from(page.total).unwrap_or(usize::MAX) }))
}

async fn add(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<AccountDetail>), Problem> {
    operator.require(Permission::ManageAccounts)?;
    Ok((StatusCode::CREATED, Json(panel.core.create_account(&operator, &read(&body)?).await?)))
}

async fn account(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
) -> Result<Json<AccountDetail>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.account(&operator, id(&account)?).await?))
}

async fn change(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
    body: Bytes,
) -> Result<Json<AccountChanged>, Problem> {
    operator.require(Permission::ManageAccounts)?;
    Ok(Json(panel.core.change_account(&operator, id(&account)?, &read(&body)?).await?))
}

async fn remove(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
) -> Result<Json<DeletionReceipt>, Problem> {
    operator.require(Permission::ManageAccounts)?;
    Ok(Json(panel.core.delete_accounts(&operator, &[id(&account)?]).await?))
}

async fn links(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
) -> Result<Json<Page<LinkRow>>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    let items = panel.core.links(&operator, id(&account)?).await?;
    Ok(Json(Page { total: items.len(), items }))
}

async fn revoke_link(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path((account, link)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::ManageAccounts)?;
    panel.core.revoke_link(&operator, id(&account)?, id(&link)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn ssh_keys(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
) -> Result<Json<Page<SshKeyRow>>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    let items = panel.core.ssh_keys(&operator, id(&account)?).await?;
    Ok(Json(Page { total: items.len(), items }))
}

async fn add_ssh_key(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(account): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<SshKeyRow>), Problem> {
    operator.require(Permission::ManageAccounts)?;
    let added = panel.core.add_ssh_key(&operator, id(&account)?, &read(&body)?).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

async fn remove_ssh_key(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path((account, key)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::ManageAccounts)?;
    panel.core.remove_ssh_key(&operator, id(&account)?, id(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
