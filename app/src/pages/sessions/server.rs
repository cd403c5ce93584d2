//! The server functions of the sessions page: the list, a session's detail, aborting transfers.
//!
//! * [`kicks`]: ending sessions
//! * [`logs`]: session logs, sessions that are over

pub mod kicks;
pub mod logs;

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wharf_model::{
    ids::{SessionId, TransferId},
    live::Snapshot,
    sessions::{SessionDetail, TransferRow},
};

/// How many rows the server renders; more than fit on a screen. The live socket brings the rest.
pub const FIRST_ROWS: u32 = 60;

/// What the drawer shows of a session beyond its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// When the connection was accepted.
    pub connected: i64,
    /// Port of the client.
    pub port: u16,
    /// Address and port of the server the client reached.
    pub local: String,
    /// TLS version and cipher suite, or SSH algorithms.
    pub encryption: Option<String>,
    /// Running transfers, oldest first.
    pub transfers: Vec<TransferRow>,
    /// Other sessions from the same address that the asker may see.
    pub same_ip: u32,
}

impl From<SessionDetail> for Detail {
    fn from(detail: SessionDetail) -> Self {
        let SessionDetail { connected, port, local, encryption, transfers, same_ip, .. } = detail;
        Self { connected, port, local, encryption, transfers, same_ip }
    }
}

/// What happened to the transfers of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbortReceipt {
    /// Transfers that were stopped.
    pub stopped: u32,
    /// Sessions that had ended already.
    pub gone: u32,
}

/// The sessions in scope, newest logon first, all of them or at most `most`.
#[server(name = SessionsSnapshotCall, prefix = "/fn", endpoint = "sessions_snapshot", protocol = Call)]
pub async fn sessions_snapshot(
    /// Without it all of them.
    most: Option<u32>,
) -> Result<Snapshot, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ViewSessions).await?;
    let core = guard::core()?;
    let mut snapshot = core.sessions.snapshot(&operator.scope, core.clock.now());
    if let Some(most) = most {
        snapshot.rows.sort_by_key(|row| std::cmp::Reverse((row.logon_time, row.id)));
        snapshot.rows.truncate(most as usize);
    }
    Ok(snapshot)
}

/// What is known of one session beyond its row. `active`: a person opened it, as opposed to a drawer that keeps itself fresh.
#[server(name = SessionDetailCall, prefix = "/fn", endpoint = "session_detail", protocol = Call)]
pub async fn session_detail(
    /// Which session.
    id: SessionId,
    /// Somebody clicked.
    active: bool,
) -> Result<Detail, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewSessions).map_err(guard::forbidden)?;
    guard::core()?.session_detail(&operator, id).map(Detail::from).ok_or_else(guard::not_found)
}

/// Stops what moves in sessions; the sessions go on.
#[server(name = AbortTransferCall, prefix = "/fn", endpoint = "abort_transfer", protocol = Call)]
pub async fn abort_transfer(
    /// Whose transfers.
    ids: Vec<SessionId>,
    /// Only this one of them.
    only: Option<TransferId>,
) -> Result<AbortReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::AbortTransfers).await?;
    several(&ids)?;
    let core = guard::core()?;
    let mut receipt = AbortReceipt::default();
    for id in ids {
        match core.abort(&operator, id, only).await.map_err(guard::forbidden)? {
            Some(stopped) => {
                receipt.stopped = receipt.stopped.saturating_add(u32::try_from(stopped).unwrap_or(u32::MAX));
            }
            None => receipt.gone += 1,
        }
    }
    Ok(receipt)
}

/// At least one and not more than anybody can have selected.
#[cfg(feature = "ssr")]
fn several(ids: &[SessionId]) -> Result<(), PanelError> {
    const MOST: usize = 100_000;
    if ids.is_empty() || ids.len() > MOST {
        return Err(crate::guard::invalid("ids", "Select at least one session."));
    }
    Ok(())
}
