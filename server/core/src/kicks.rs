//! Ending sessions and transfers on an operator's order.

use crate::{
    Core,
    permits::{Forbidden, Operator},
    sessions::{EndCause, Ending, Session},
};
use serde_json::json;
use std::sync::Arc;
use wharf_model::{
    ids::SessionId,
    kicks::{KickOrder, Receipt},
    people::Permission,
    sessions::SessionDetail,
};

impl Core {
    /// The session, if the operator may see it. A foreign one is as unknown as one that never was.
    pub fn session_for(&self, operator: &Operator, id: SessionId) -> Option<Arc<Session>> {
        self.sessions.get(id).filter(|session| operator.scope.includes(session.domain()))
    }

    /// Everything the operator may know about a session.
    pub fn session_detail(&self, operator: &Operator, id: SessionId) -> Option<SessionDetail> {
        let session = self.session_for(operator, id)?;
        let same_ip = self.sessions.count_from(session.ip(), &operator.scope).saturating_sub(1);
        Some(session.detail(self.clock.now(), same_ip))
    }

    /// Ends sessions. The receipt says which ones were there to be ended.
    pub async fn kick(&self, operator: &Operator, ids: &[SessionId], order: &KickOrder) -> Result<Receipt, Forbidden> {
        operator.require(Permission::EndSessions)?;
        let message = wharf_vfs::printable(order.message.as_bytes());
        let mut receipt = Receipt::default();
        let mut targets = Vec::new();
        for id in ids {
            match self.session_for(operator, *id) {
                Some(session) => {
                    let row = session.row(self.clock.now());
                    session.end(Ending { cause: EndCause::Kicked, message: message.clone() });
                    receipt.ended.push(*id);
                    targets.push(json!({"session": id, "login": row.login, "domain": row.domain, "ip": row.ip}));
                }
                None => receipt.gone.push(*id),
            }
        }
        if !targets.is_empty() {
            let detail = json!({"sessions": targets, "message": message});
            self.audit(&operator.name, Some(operator.ip), "session.kick", &subject(&receipt.ended), detail).await;
        }
        Ok(receipt)
    }

    /// Stops what moves in a session; the session goes on. How many transfers there were, `None` for an unknown
    /// session.
    pub async fn abort(&self, operator: &Operator, id: SessionId) -> Result<Option<usize>, Forbidden> {
        operator.require(Permission::AbortTransfers)?;
        let Some(session) = self.session_for(operator, id) else { return Ok(None) };
        let row = session.row(self.clock.now());
        let stopped = session.abort_transfers();
        if stopped > 0 {
            let detail = json!({"login": row.login, "ip": row.ip, "file": row.file});
            self.audit(&operator.name, Some(operator.ip), "transfer.abort", &id.to_string(), detail).await;
        }
        Ok(Some(stopped))
    }
}

fn subject(ids: &[SessionId]) -> String {
    match ids {
        [one] => one.to_string(),
        many => format!("{} sessions", many.len()),
    }
}
