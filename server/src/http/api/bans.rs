//! Bans and IP rules.

use super::{Bearer, Page, Paging, Problem, id, nothing, parameters, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{delete, get},
};
use serde::Deserialize;
use wharf_model::{
    bans::Ban,
    people::Permission,
    rules::{Change, RuleList},
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/bans", get(bans).post(ban))
        .route("/bans/{id}", delete(unban))
        .route("/rules", get(rules).post(add_rule))
        .route("/rules/{id}", delete(remove_rule).put(change_rule))
}

async fn bans(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Ban>>, Problem> {
    operator.require(Permission::ViewBans)?;
    Ok(Json(parameters(paging)?.cut(panel.core.bans(&operator)?)))
}

async fn ban(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<Change>), Problem> {
    operator.require(Permission::ManageBans)?;
    Ok((StatusCode::CREATED, Json(panel.core.ban(&operator, &read(&body)?).await?)))
}

async fn unban(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(ban): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::ManageBans)?;
    match panel.core.unban(&operator, &[id(&ban)?]).await? {
        0 => Err(nothing()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

async fn rules(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<Page<RuleList>>, Problem> {
    operator.require(Permission::ViewBans)?;
    let items = panel.core.rules(&operator)?;
    Ok(Json(Page { total: items.len(), items }))
}

async fn add_rule(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<Change>), Problem> {
    operator.require(Permission::ManageBans)?;
    Ok((StatusCode::CREATED, Json(panel.core.add_rule(&operator, &read(&body)?).await?)))
}

async fn change_rule(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(rule): Path<String>,
    body: Bytes,
) -> Result<Json<Change>, Problem> {
    operator.require(Permission::ManageBans)?;
    let rule = id(&rule)?;
    Ok(Json(panel.core.change_rule(&operator, rule, &read(&body)?).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Removal {
    confirm_own_address: bool,
}

async fn remove_rule(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(rule): Path<String>,
    removal: Result<Query<Removal>, QueryRejection>,
) -> Result<Json<Change>, Problem> {
    operator.require(Permission::ManageBans)?;
    let rule = id(&rule)?;
    let known = panel.core.rules(&operator)?.iter().flat_map(|list| &list.rules).any(|known| known.id == rule);
    if !known {
        return Err(nothing());
    }
    Ok(Json(panel.core.remove_rules(&operator, &[rule], parameters(removal)?.confirm_own_address).await?))
}
