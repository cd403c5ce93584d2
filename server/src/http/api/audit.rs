//! What operators did.

use super::{Bearer, Page, Problem, parameters};
use crate::http::Panel;
use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use wharf_model::{
    audit::{AuditFilter, AuditRange},
    ids::AuditId,
    people::Permission,
};

pub(super) fn router() -> Router<Panel> {
    Router::new().route("/audit", get(audit)).route("/audit.csv", get(csv))
}

/// A filter and a range in one row of parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Search {
    actor: String,
    action: String,
    text: String,
    from: Option<i64>,
    to: Option<i64>,
    before: Option<AuditId>,
    limit: Option<u32>,
}

impl Search {
    fn split(self) -> (AuditFilter, AuditRange) {
        let Self { actor, action, text, from, to, before, limit } = self;
        let limit = limit.unwrap_or_else(|| AuditRange::default().limit);
        (AuditFilter { actor, action, text, from, to }, AuditRange { before, limit })
    }
}

async fn audit(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    operator.require(Permission::ViewAudit)?;
    let (filter, range) = parameters(search)?.split();
    let page = panel.core.audit_page(&operator, &filter, range).await?;
    Ok(Json(Page { items: page.items, total: usize::try_from(page.total).unwrap_or(usize::MAX) }))
}

async fn csv(
    State(panel): State<Panel>,
    Bearer(operator): Bearer,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Problem> {
    operator.require(Permission::ViewAudit)?;
    let (filter, _) = parameters(search)?.split();
    let entries = panel.core.audit_export(&operator, &filter).await?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], wharf_core::audit::csv(&entries)).into_response())
}
