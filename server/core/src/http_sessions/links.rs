//! Visitors: who comes by a share link. Each is a session of the type *share link*, with the link's part of its owner's
//! files.

use super::{Caller, HttpSession, Key};
use crate::{
    Core,
    logins::{LoginError, unavailable, usable},
    panel_sessions::{browser, digest},
    random,
    sessions::{Connection, SessionHandle},
};
use std::sync::Arc;
use wharf_model::{
    files::last,
    links::{Offer, PREFIX},
    logs::LineKind,
    sessions::Protocol,
};
use wharf_store::{
    StoreError,
    accounts::{self, AccountWithDomain},
    links::{self, Link},
};
use wharf_vfs::printable;

/// What a visitor is told when the time of the link is over.
const OVER: &str = "The link does not work any more.";

/// The link that a request came by. The server puts it into the request's extensions and takes it out of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through(pub String);

impl Through {
    /// Where the pages of the link are.
    pub fn prefix(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// Name of the cookie of its visitors: each link has its own, beside that of who is signed in.
    pub fn cookie(&self) -> String {
        let digest = digest(&self.0);
        format!("__Host-wharf-link-{}", digest.get(..16).unwrap_or_default())
    }
}

impl Core {
    /// What visitors of a link are told before they come in; nothing where it does not work, whatever the reason.
    pub async fn link_offer(&self, through: &Through) -> Result<Option<Offer>, StoreError> {
        let Some((link, owner)) = self.working_link(&through.0).await? else { return Ok(None) };
        let password = link.password_hash.is_some();
        Ok(Some(Offer {
            kind: link.kind,
            name: (!password).then(|| name(&link)),
            password,
            expires_at: link.expires_at,
            domain: owner.domain.name,
        }))
    }

    /// Lets a browser in by a link. The secret is for its cookie.
    pub async fn http_visit(
        self: &Arc<Self>,
        caller: Caller<'_>,
        through: &Through,
        password: &str,
    ) -> Result<(String, Arc<HttpSession>), LoginError> {
        let secret = random::secret();
        let key = digest(&secret);
        let client = browser(caller.user_agent);
        let session = self.http_come_in(caller, client, through, password, Key::Browser(key.clone())).await?;
        self.http_keep(key, &session);
        Ok((secret, session))
    }

    /// The session of a program that shows a link, and its password, with each request. The first one lets it in.
    pub async fn http_visiting(
        self: &Arc<Self>,
        caller: Caller<'_>,
        through: &Through,
        password: &str,
    ) -> Result<Arc<HttpSession>, LoginError> {
        let log_in = async |client, key| self.http_come_in(caller, client, through, password, key).await;
        self.http_returning(caller, ["link", &through.0, password], log_in).await
    }

    async fn http_come_in(
        self: &Arc<Self>,
        caller: Caller<'_>,
        client: String,
        through: &Through,
        password: &str,
        key: Key,
    ) -> Result<Arc<HttpSession>, LoginError> {
        let Caller { peer, local, secure, .. } = caller;
        let handle = self.admit(Connection { protocol: Protocol::Http, secure, peer, local })?;
        handle.set_client(client);
        let rights = self.begin_login(&handle)?;
        let (link, owner) = self.working_link(&through.0).await.map_err(unavailable)?.ok_or(LoginError::Incorrect)?;
        // Who shows none has not guessed: a browser or a preview that was given the address of a file alone.
        if link.password_hash.is_some() && password.is_empty() {
            return Err(LoginError::Incorrect);
        }
        if let Some(stored) = &link.password_hash
            && !self.passwords.verify(Some(&**stored), password, self.clock.now()).await?
        {
            // Guesses count for the address, as those of any password do.
            return Err(self.login_incorrect(&handle, &format!("share link {}", link.id), None, ""));
        }
        let identity = self.let_visitor_in(&handle, owner, &link, name(&link), rights).await?;
        self.take_use(&handle, &link).await?;
        handle.note(LineKind::Event, &format!("came by a share link to {}", name(&link)));
        let until = link.expires_at.map(|at| (at, OVER));
        Ok(self.http_begin(handle, identity, None, until, key))
    }

    /// Counts the use when everything else is settled. A link that is revoked meanwhile is not found here, or its session is
    /// found by who revokes it.
    async fn take_use(&self, session: &SessionHandle, link: &Link) -> Result<(), LoginError> {
        match links::take_use(&self.store, link.id, self.clock.now()).await.map_err(unavailable) {
            Ok(true) => Ok(()),
            taken => {
                session.sign_out();
                Err(taken.err().unwrap_or(LoginError::Incorrect))
            }
        }
    }

    /// The link with its owner, if it works.
    async fn working_link(&self, secret: &str) -> Result<Option<(Link, AccountWithDomain)>, StoreError> {
        let now = self.clock.now();
        let Some(link) = links::by_secret(&self.store, secret).await? else { return Ok(None) };
        let over = link.expires_at.is_some_and(|at| now >= at)
            || link.uses_most.is_some_and(|most| link.uses >= u64::from(most));
        if over {
            return Ok(None);
        }
        let owner = accounts::by_id(&self.store, link.account_id).await?;
        let Some(owner) = owner.filter(|owner| usable(owner, now)) else { return Ok(None) };
        // Of a customer who is disabled nothing is left for anybody.
        if self.is_suspended(&owner).await.is_ok_and(|suspended| !suspended) {
            Ok(Some((link, owner)))
        } else {
            Ok(None)
        }
    }
}

/// What is shared, as people call it.
fn name(link: &Link) -> String {
    let decoded = wharf_model::files::decode(last(&link.path)).unwrap_or_default();
    printable(&decoded)
}
