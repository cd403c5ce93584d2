//! Hosted domains.

use super::{Bearer, Page, Problem, id, parameters, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{get, post},
};
use wharf_model::{
    anonymous::{AnonymousChanged, AnonymousShown},
    deletions::DeletionReceipt,
    domains::{DomainChanged, DomainRow, DomainSearch},
    people::Permission,
    user_sources::{OutsideUsersChanged, OutsideUsersShown, SourceAnswer},
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/domains", get(domains).post(add))
        .route("/domains/{id}", get(domain).patch(change).delete(remove))
        .route("/domains/{id}/users", get(users).put(set_users))
        .route("/domains/{id}/users/test", post(test_source))
        .route("/domains/{id}/anonymous", get(anonymous).put(set_anonymous))
}

async fn domains(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    search: Result<Query<DomainSearch>, QueryRejection>,
) -> Result<Json<Page<DomainRow>>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    let page = panel.core.domains(&operator, &parameters(search)?).await?;
    Ok(Json(Page { items: page.items, total: usize::try_from(page.total).unwrap_or(usize::MAX) }))
}

async fn add(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<DomainRow>), Problem> {
    operator.require(Permission::CreateDomains)?;
    Ok((StatusCode::CREATED, Json(panel.core.create_domain(&operator, &read(&body)?).await?)))
}

async fn domain(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
) -> Result<Json<DomainRow>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.domain(&operator, id(&domain)?).await?))
}

async fn change(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
    body: Bytes,
) -> Result<Json<DomainChanged>, Problem> {
    operator.require(Permission::ManageDomains)?;
    Ok(Json(panel.core.change_domain(&operator, id(&domain)?, &read(&body)?).await?))
}

async fn remove(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
) -> Result<Json<DeletionReceipt>, Problem> {
    operator.require(Permission::CreateDomains)?;
    Ok(Json(panel.core.delete_domain(&operator, id(&domain)?).await?))
}

async fn users(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
) -> Result<Json<OutsideUsersShown>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.outside_users(&operator, id(&domain)?).await?))
}

async fn set_users(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
    body: Bytes,
) -> Result<Json<OutsideUsersChanged>, Problem> {
    operator.require(Permission::CreateDomains)?;
    Ok(Json(panel.core.set_outside_users(&operator, id(&domain)?, &read(&body)?).await?))
}

async fn test_source(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
    body: Bytes,
) -> Result<Json<SourceAnswer>, Problem> {
    operator.require(Permission::CreateDomains)?;
    Ok(Json(panel.core.test_source(&operator, id(&domain)?, &read(&body)?).await?))
}

async fn anonymous(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
) -> Result<Json<AnonymousShown>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.anonymous(&operator, id(&domain)?).await?))
}

async fn set_anonymous(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
    body: Bytes,
) -> Result<Json<AnonymousChanged>, Problem> {
    operator.require(Permission::ManageDomains)?;
    Ok(Json(panel.core.set_anonymous(&operator, id(&domain)?, &read(&body)?).await?))
}
