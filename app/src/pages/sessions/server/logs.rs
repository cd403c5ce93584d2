//! Session logs, and sessions that are over.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    ids::SessionId,
    logs::{EndedSession, LogPage, LogQuery},
};

/// Part of a session's log, also after the session has ended.
#[server(name = SessionLogCall, prefix = "/fn", endpoint = "session_log", protocol = Call)]
pub async fn session_log(
    /// Which session.
    id: SessionId,
    /// Which part.
    query: LogQuery,
    /// Somebody clicked.
    active: bool,
) -> Result<LogPage, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewLogs).map_err(guard::forbidden)?;
    guard::core()?.session_log(&operator, id, &query).await.map_err(guard::failed)
}

/// The whole log as text, one line each, for a file.
#[server(name = SessionLogTextCall, prefix = "/fn", endpoint = "session_log_text", protocol = Call)]
pub async fn session_log_text(
    /// Which session.
    id: SessionId,
) -> Result<String, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewLogs).await?;
    guard::core()?.session_log_text(&operator, id).await.map_err(guard::failed)
}

/// Sessions that ended in the last while, newest first.
#[server(name = RecentlyEndedCall, prefix = "/fn", endpoint = "recently_ended", protocol = Call)]
pub async fn recently_ended(
    /// So many at most.
    most: u32,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<EndedSession>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewLogs).map_err(guard::forbidden)?;
    guard::core()?.recently_ended(&operator, most as usize).map_err(guard::failed)
}
