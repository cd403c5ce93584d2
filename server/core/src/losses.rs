//! Ending the sessions of accounts that lost something a login had given them.

use crate::{
    Core,
    accounts::Identity,
    permits::{Operator, Scope},
    sessions::{EndCause, Ending, Loss},
};
use std::{collections::HashSet, sync::atomic::Ordering};
use wharf_model::{live::Topic, logs::LineKind};
use wharf_store::{StoreError, accounts};

impl Core {
    /// Ends the sessions of whoever `is_hit`, on all protocols. The loss is in the store already: a login on its way
    /// looks there again. How many were told to end.
    pub(crate) fn end_lost(&self, by: Option<&Operator>, loss: Loss, is_hit: impl Fn(&Identity) -> bool) -> u32 {
        self.rights.fetch_add(1, Ordering::AcqRel);
        let by = by.map(|operator| operator.name.clone());
        let mut ended = 0;
        for session in self.sessions.list(&Scope::All) {
            if session.ending().is_some() || !session.identity().is_some_and(|identity| is_hit(&identity)) {
                continue;
            }
            match &by {
                Some(by) => session.note(LineKind::Operator, &format!("{by} ended the session: {}", loss.told())),
                None => session.note(LineKind::Event, loss.told()),
            }
            let ending = Ending { cause: EndCause::Lost(loss), message: String::new(), by: by.clone() };
            ended += u32::from(session.end(ending));
        }
        // Mailbox owners are signed in to the panel as well.
        if by.is_some() || ended > 0 {
            self.panel_sessions_changed();
        }
        ended
    }

    /// Ends the sessions of accounts whose time is over. Now and then.
    pub async fn end_expired(&self) -> Result<(), StoreError> {
        let expired: HashSet<_> = accounts::expired(&self.store, self.clock.now()).await?.into_iter().collect();
        let ended = self.end_lost(None, Loss::Expired, |identity| expired.contains(&identity.account_id));
        if ended > 0 {
            self.notices.changed(Topic::Accounts);
        }
        Ok(())
    }
}
