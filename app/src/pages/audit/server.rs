//! The server functions of the audit log.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::audit::{AuditFilter, AuditPage, AuditRange, ExportFormat};

/// Entries, newest first.
#[server(name = AuditCall, prefix = "/fn", endpoint = "audit", protocol = Call)]
pub async fn audit(
    /// Which.
    filter: AuditFilter,
    /// Which part of them.
    range: AuditRange,
) -> Result<AuditPage, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewAudit).await?;
    guard::core()?.audit_page(&operator, &filter, range).await.map_err(guard::failed)
}

/// All entries that the filter finds, as the text of a file.
#[server(name = AuditExportCall, prefix = "/fn", endpoint = "audit_export", protocol = Call)]
pub async fn audit_export(
    /// Which.
    filter: AuditFilter,
    /// As what.
    format: ExportFormat,
) -> Result<String, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewAudit).await?;
    let entries = guard::core()?.audit_export(&operator, &filter).await.map_err(guard::failed)?;
    match format {
        ExportFormat::Csv => Ok(wharf_core::audit::csv(&entries)),
        ExportFormat::Json => serde_json::to_string_pretty(&entries).map_err(|error| guard::internal(&error)),
    }
}
