//! Messages to the operators, and the other sessions of the account.

use crate::{call::Call, error::PanelError};
#[cfg(feature = "ssr")]
use crate::{
    files::{errors, guard},
    guard as request, later,
};
use leptos::prelude::*;
use wharf_model::{files::OwnSession, ids::SessionId};

/// Writes to the operators.
#[server(name = AnswerCall, prefix = "/do", endpoint = "answer", protocol = Call)]
pub async fn answer(
    /// What.
    text: String,
) -> Result<(), PanelError> {
    let session = guard::session()?;
    request::core()?.http_message(&session, &text).await.map_err(|error| errors::not_taken(&error))
}

/// The sessions of the same account, this one among them.
#[allow(clippy::unused_async, reason = "server functions are async, also those that wait for nothing")]
#[server(name = OwnSessionsCall, prefix = "/do", endpoint = "own_sessions", protocol = Call)]
pub async fn own_sessions() -> Result<Vec<OwnSession>, PanelError> {
    use wharf_core::permits::Scope;
    let session = guard::owner()?;
    let core = request::core()?;
    let now = core.clock.now();
    let all = core.sessions.list(&Scope::Account(session.identity().account_id));
    let own = |row: wharf_model::sessions::SessionRow| OwnSession {
        id: row.id,
        protocol: row.protocol.label(row.secure).to_owned(),
        ip: row.ip,
        client: row.client,
        since: row.logon_time,
        folder: row.cwd,
    };
    Ok(all.iter().map(|session| own(session.row(now))).collect())
}

/// Ends another session of the same account.
#[allow(clippy::unused_async, reason = "server functions are async, also those that wait for nothing")]
#[server(name = EndOwnSessionCall, prefix = "/do", endpoint = "end_own_session", protocol = Call)]
pub async fn end_own_session(
    /// Which.
    id: SessionId,
) -> Result<(), PanelError> {
    use wharf_core::sessions::{EndCause, Ending};
    let session = guard::owner()?;
    let own = session.identity().account_id;
    let other = request::core()?.sessions.get(id);
    let other = other.filter(|other| other.identity().is_some_and(|identity| identity.account_id == own));
    other.ok_or_else(request::not_found)?.end(Ending {
        cause: EndCause::Kicked,
        message: later!("You ended this session from another one.").to_owned(),
        by: Some(session.identity().login.clone()),
    });
    Ok(())
}
