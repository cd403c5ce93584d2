//! People who sign in to the panel, their sessions and tokens, and how the panel is set up.

use super::{Bearer, Page, Problem, id, parameters, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{delete, get},
};
use serde::Serialize;
use wharf_model::{
    deletions::DeletionReceipt,
    panel_sessions::PanelSessionRow,
    panel_settings::PanelSettings,
    people::{Permission, PersonReceipt, PersonRow, PersonSearch},
    tokens::TokenRow,
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/panel-sessions", get(sessions))
        .route("/panel-sessions/{id}", delete(remove_session))
        .route("/panel-settings", get(settings).put(set_settings))
        .route("/people", get(people).post(add))
        .route("/people/{id}", get(one).patch(change).delete(remove))
        .route("/tokens", get(tokens))
        .route("/tokens/{id}", delete(revoke_token))
}

/// A row with what a reader without a clock of ours cannot know.
#[derive(Debug, Serialize)]
struct Timed {
    #[serde(flatten)]
    row: PanelSessionRow,
    idle_seconds: i64,
}

async fn sessions(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<Page<Timed>>, Problem> {
    let now = panel.core.clock.now();
    let timed = |row: PanelSessionRow| Timed { idle_seconds: row.idle_ms(now) / 1000, row };
    let items: Vec<_> = panel.core.panel_sessions(&operator).await?.into_iter().map(timed).collect();
    Ok(Json(Page { total: items.len(), items }))
}

async fn remove_session(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(session): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::EndPanelSessions)?;
    let receipt = panel.core.remove_panel_sessions(&operator, &[id(&session)?]).await?;
    if receipt.removed == 0 {
        return Err(super::nothing());
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn settings(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<PanelSettings>, Problem> {
    Ok(Json(panel.core.panel_settings(&operator)?))
}

async fn set_settings(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<Json<PanelSettings>, Problem> {
    operator.require(Permission::ManageSettings)?;
    let wanted: PanelSettings = read(&body)?;
    panel.core.set_panel_settings(&operator, wanted.clone()).await?;
    Ok(Json(wanted))
}

async fn people(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    search: Result<Query<PersonSearch>, QueryRejection>,
) -> Result<Json<Page<PersonRow>>, Problem> {
    let found = panel.core.people(&operator, &parameters(search)?).await?;
    let total = usize::try_from(found.total).unwrap_or(usize::MAX);
    Ok(Json(Page { items: found.items, total }))
}

async fn add(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<PersonRow>), Problem> {
    operator.require(Permission::ManagePeople)?;
    Ok((StatusCode::CREATED, Json(panel.core.create_person(&operator, &read(&body)?).await?)))
}

async fn one(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(person): Path<String>,
) -> Result<Json<PersonRow>, Problem> {
    operator.require(Permission::ViewPeople)?;
    Ok(Json(panel.core.person(&operator, id(&person)?).await?))
}

async fn change(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Json<PersonReceipt>, Problem> {
    operator.require(Permission::ManagePeople)?;
    Ok(Json(panel.core.change_person(&operator, id(&person)?, &read(&body)?).await?))
}

async fn remove(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(person): Path<String>,
) -> Result<Json<DeletionReceipt>, Problem> {
    operator.require(Permission::ManagePeople)?;
    Ok(Json(panel.core.delete_person(&operator, id(&person)?).await?))
}

async fn tokens(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<Page<TokenRow>>, Problem> {
    let items = panel.core.tokens(&operator).await?;
    Ok(Json(Page { total: items.len(), items }))
}

async fn revoke_token(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    panel.core.revoke_token(&operator, id(&token)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
