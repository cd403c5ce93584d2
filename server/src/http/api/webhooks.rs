//! Webhooks.

use super::{Bearer, Page, Problem, id, read};
use crate::http::Panel;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wharf_model::{
    people::Permission,
    webhooks::{Delivery, NewWebhook, Webhook},
};

pub(super) fn router() -> Router<Panel> {
    Router::new()
        .route("/webhooks", get(webhooks).post(add))
        .route("/webhooks/{id}", delete(remove).put(change))
        .route("/webhooks/{id}/test", post(test))
        .route("/webhooks/{id}/deliveries", get(deliveries))
}

async fn webhooks(State(panel): State<Panel>, Bearer(operator): Bearer) -> Result<Json<Page<Webhook>>, Problem> {
    Ok(Json(whole(panel.core.webhooks(&operator).await?)))
}

async fn add(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    body: Bytes,
) -> Result<(StatusCode, Json<NewWebhook>), Problem> {
    operator.require(Permission::ManageWebhooks)?;
    Ok((StatusCode::CREATED, Json(panel.core.add_webhook(&operator, &read(&body)?).await?)))
}

async fn remove(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(webhook): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::ManageWebhooks)?;
    panel.core.remove_webhook(&operator, id(&webhook)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What of a webhook can be changed. Another address would be another webhook: it must not get the events of this one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    enabled: bool,
}

async fn change(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(webhook): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    operator.require(Permission::ManageWebhooks)?;
    let change: WebhookChange = read(&body)?;
    panel.core.enable_webhook(&operator, id(&webhook)?, change.enabled).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(webhook): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    operator.require(Permission::ManageWebhooks)?;
    let delivery = panel.core.test_webhook(&operator, id(&webhook)?).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"delivery": delivery}))))
}

async fn deliveries(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    Path(webhook): Path<String>,
) -> Result<Json<Page<Delivery>>, Problem> {
    operator.require(Permission::ManageWebhooks)?;
    Ok(Json(whole(panel.core.webhook_deliveries(&operator, id(&webhook)?).await?)))
}

fn whole<T>(items: Vec<T>) -> Page<T> {
    Page { total: items.len(), items }
}
