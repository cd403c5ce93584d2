//! Ending sessions.

#[cfg(feature = "ssr")]
use super::several;
use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    ids::SessionId,
    kicks::{Effect, KickOrder, KickPreview, Receipt, SessionFilter, UndoReceipt},
};

/// What an order would do.
#[server(name = KickPreviewCall, prefix = "/fn", endpoint = "kick_preview", protocol = Call)]
pub async fn kick_preview(
    /// Which sessions.
    ids: Vec<SessionId>,
    /// How.
    order: KickOrder,
) -> Result<KickPreview, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::EndSessions).await?;
    several(&ids)?;
    guard::core()?.kick_preview(&operator, &ids, &order).map_err(guard::failed)
}

/// Ends sessions.
#[server(name = KickCall, prefix = "/fn", endpoint = "kick", protocol = Call)]
pub async fn kick(
    /// Which sessions.
    ids: Vec<SessionId>,
    /// How.
    order: KickOrder,
) -> Result<Receipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::EndSessions).await?;
    several(&ids)?;
    guard::core()?.kick(&operator, &ids, &order).await.map_err(guard::failed)
}

/// How many sessions [`kick_all`] would end.
#[server(name = KickAllPreviewCall, prefix = "/fn", endpoint = "kick_all_preview", protocol = Call)]
pub async fn kick_all_preview(
    /// Which sessions; the default is all in sight.
    filter: SessionFilter,
) -> Result<KickPreview, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::EndSessions).await?;
    guard::core()?.kick_all_preview(&operator, &filter).map_err(guard::failed)
}

/// Ends all sessions in sight that the filter finds, as of now. Panel sessions stay.
#[server(name = KickAllCall, prefix = "/fn", endpoint = "kick_all", protocol = Call)]
pub async fn kick_all(
    /// Which sessions; the default is all in sight.
    filter: SessionFilter,
    /// A text shown to the users first, where the protocol can show one.
    message: String,
    /// Why, for the audit log.
    reason: String,
) -> Result<Receipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::EndSessions).await?;
    guard::core()?.kick_all(&operator, &filter, &message, &reason).await.map_err(guard::failed)
}

/// Takes back what a kick or a change of bans and rules left behind. Sessions that ended stay ended.
#[server(name = UndoCall, prefix = "/fn", endpoint = "undo", protocol = Call)]
pub async fn undo(
    /// From a receipt.
    effects: Vec<Effect>,
) -> Result<UndoReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::EndSessions).await?;
    guard::core()?.undo(&operator, &effects).await.map_err(guard::failed)
}
