//! What was deleted and can be brought back.

use super::{Bearer, Page, Problem, id};
use crate::http::Panel;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use wharf_model::{deletions::DeletionRow, people::Permission};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/deletions", get(deletions))
        .route("/deletions/{id}", delete(purge))
        .route("/deletions/{id}/restore", post(restore))
}

async fn deletions(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<Page<DeletionRow>>, Problem> {
    operator.require(Permission::ViewAccounts)?;
    let items = panel.core.deletions(&operator).await?;
    Ok(Json(Page { total: items.len(), items }))
}

async fn restore(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(deletion): Path<String>,
) -> Result<Json<DeletionRow>, Problem> {
    operator.require(Permission::ManageAccounts)?;
    Ok(Json(panel.core.restore(&operator, id(&deletion)?).await?))
}

async fn purge(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(deletion): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::PurgeDeleted)?;
    panel.core.purge(&operator, id(&deletion)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
