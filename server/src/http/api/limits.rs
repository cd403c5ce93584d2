//! What holds for every account of the server, of a person, of a domain.

use super::{Bearer, Problem, id, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    routing::get,
};
use wharf_model::{
    limits::{LimitsFound, LimitsOf},
    people::Permission,
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/limits", get(of_server).put(set_of_server))
        .route("/people/{id}/limits", get(of_person).put(set_of_person))
        .route("/domains/{id}/limits", get(of_domain).put(set_of_domain))
}

async fn of_server(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.limits(&operator, LimitsOf::Server).await?))
}

async fn set_of_server(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ManageSettings)?;
    Ok(Json(panel.core.set_limits(&operator, LimitsOf::Server, read(&body)?).await?))
}

async fn of_person(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(person): Path<String>,
) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ViewPeople)?;
    Ok(Json(panel.core.limits(&operator, LimitsOf::Person(id(&person)?)).await?))
}

async fn set_of_person(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ManagePeople)?;
    Ok(Json(panel.core.set_limits(&operator, LimitsOf::Person(id(&person)?), read(&body)?).await?))
}

async fn of_domain(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    Ok(Json(panel.core.limits(&operator, LimitsOf::Domain(id(&domain)?)).await?))
}

async fn set_of_domain(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(domain): Path<String>,
    body: Bytes,
) -> Result<Json<LimitsFound>, Problem> {
    operator.require(Permission::ManageDomains)?;
    Ok(Json(panel.core.set_limits(&operator, LimitsOf::Domain(id(&domain)?), read(&body)?).await?))
}
