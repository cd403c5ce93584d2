//! Operators who come in to the file client as an account, and mailbox owners from the panel to their own files: with a
//! ticket that is good once, and soon.

use super::{Caller, HttpSession, Key};
use crate::{
    Core,
    logins::{LoginError, unavailable, usable},
    orders::OrderError,
    panel_sessions::{browser, digest},
    permits::{Operator, Scope},
    random,
    sessions::Connection,
};
use serde_json::json;
use std::sync::Arc;
use wharf_model::{audit::AuditEntry, ids::AccountId, people::Permission, sessions::Protocol};
use wharf_store::accounts;

/// From the click in the panel to the first request of the new page.
const GOOD_MS: i64 = 60 * 1000;
/// How long one may act as somebody else.
const ACTING_MS: i64 = 60 * 60 * 1000;
/// What the browser is told then.
const OVER: &str = "The time to act as somebody else is over.";
/// Tickets that wait at once.
const MOST: usize = 10_000;

/// Who may come in, as whom.
#[derive(Debug)]
pub(super) struct Ticket {
    account: AccountId,
    /// The operator, where it is not the account's own.
    actor: Option<String>,
    until: i64,
}

impl Ticket {
    pub(super) fn is_good(&self, now: i64) -> bool {
        now < self.until
    }
}

impl Core {
    /// Lets the operator's browser in to the file client as an account in sight, for an hour: the secret is for
    /// [`Core::http_enter`], within a minute. Mailbox owners come in as themselves, and stay.
    pub async fn http_ticket(&self, operator: &Operator, id: AccountId) -> Result<String, OrderError> {
        let own = operator.scope == Scope::Account(id);
        let found = self.own_account_or(Permission::ManageAccounts, operator, id).await?;
        if !found.account.user_type.is_own() {
            return Err(OrderError::invalid("id", "anonymous users and users from elsewhere have no file client"));
        }
        if !usable(&found, self.clock.now()) {
            return Err(OrderError::invalid("id", "who is disabled cannot be signed in as"));
        }
        let secret = random::secret();
        let actor = (!own).then(|| operator.name.clone());
        let ticket = Ticket { account: id, actor, until: self.clock.now() + GOOD_MS };
        {
            let mut held = self.http_sessions.held();
            let now = self.clock.now();
            held.tickets.retain(|_, ticket| ticket.is_good(now));
            if held.tickets.len() >= MOST {
                return Err(OrderError::Busy);
            }
            held.tickets.insert(digest(&secret), ticket);
        }
        if !own {
            let entry = AuditEntry { detail: json!({}), ..self.deed(operator, "account.sign_in_as", found.name()) };
            self.write_down(entry).await;
        }
        Ok(secret)
    }

    /// Signs a browser in with a ticket. It is good once.
    pub async fn http_enter(
        self: &Arc<Self>,
        caller: Caller<'_>,
        ticket: &str,
    ) -> Result<(String, Arc<HttpSession>), LoginError> {
        let now = self.clock.now();
        let ticket = self.http_sessions.held().tickets.remove(&digest(ticket));
        let ticket = ticket.filter(|ticket| ticket.is_good(now)).ok_or(LoginError::Incorrect)?;
        let Caller { peer, local, secure, .. } = caller;
        let handle = self.admit(Connection { protocol: Protocol::Http, secure, peer, local })?;
        let client = browser(caller.user_agent);
        handle.set_client(match &ticket.actor {
            Some(actor) => format!("{client}, {actor}"),
            None => client,
        });
        let rights = self.begin_login(&handle)?;
        let found = accounts::by_id(&self.store, ticket.account).await.map_err(unavailable)?;
        let found = found.filter(|found| usable(found, now)).ok_or(LoginError::Incorrect)?;
        let identity = self.let_in(&handle, found, rights).await?;
        let secret = random::secret();
        let key = digest(&secret);
        let until = ticket.actor.is_some().then_some((now + ACTING_MS, OVER));
        let session = self.http_begin(handle, identity, ticket.actor, until, Key::Browser(key.clone()));
        self.http_keep(key, &session);
        Ok((secret, session))
    }
}
