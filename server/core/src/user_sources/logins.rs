//! Logins of users whom a domain does not know itself, and of anonymous ones. Our own accounts come first: a login that
//! the domain knows, or lately knew, is never asked about elsewhere.

use super::{Answer, Question};
use crate::{
    Core,
    accounts::{Identity, check_login},
    logins::{LoginError, Rights, unavailable, usable},
    random,
    sessions::SessionHandle,
};
use serde_json::json;
use std::sync::Arc;
use wharf_model::{
    accounts::Limits,
    anonymous::ANONYMOUS_LOGINS,
    audit::AuditEntry,
    ids::AccountId,
    live::Topic,
    logs::LineKind,
    sessions::{Protocol, UserType},
};
use wharf_store::{
    StoreError,
    accounts::{self, AccountWithDomain, NewAccount},
    domains::{self, Domain},
    people,
    together::{self, Step},
    user_sources::{self, StoredSource},
};
use wharf_vfs::{VPath, printable};

/// Users of one domain that come from elsewhere, at most: a source that says yes to everything must not fill the disk.
const MOST: u32 = 100_000;
/// What is kept of the address that anonymous users give for a password.
const LONGEST_ADDRESS: usize = 100;

/// Somebody whom our own accounts do not include.
pub(crate) enum Guest {
    /// Whoever it is.
    Anonymous(Box<AccountWithDomain>),
    /// Somebody a source may know.
    Outside(Box<Stranger>),
}

/// Somebody a source may know.
pub(crate) struct Stranger {
    domain: Domain,
    login: String,
    stored: StoredSource,
    /// Whether the password came encrypted.
    secure: bool,
    /// From an earlier login.
    account: Option<AccountWithDomain>,
}

impl Core {
    /// Who wants to log in as `name`, if it is nobody of ours and this might be let in all the same. `found` is what our
    /// accounts say of the name, and `domain` what the client came for.
    pub(crate) async fn guest(
        &self,
        session: &SessionHandle,
        name: &str,
        domain: Option<&str>,
        found: Option<&AccountWithDomain>,
        secure: bool,
    ) -> Result<Option<Guest>, LoginError> {
        if found.is_some_and(|found| found.account.user_type.is_own()) {
            return Ok(None);
        }
        let (login, named) = match name.rsplit_once('@') {
            Some((login, domain)) => (login, Some(domain)),
            None => (name, domain),
        };
        let hosted = match named {
            Some(named) => self.hosted(named).await.map_err(unavailable)?,
            None => None,
        };
        if ANONYMOUS_LOGINS.contains(&login) {
            // A name after the @ is that of a domain or of nothing; the name of the server is no domain and does no harm.
            let meant = hosted.is_some() || !name.contains('@');
            let ftp = session.protocol == Protocol::Ftp;
            return if meant && ftp { self.nobody(hosted.as_ref(), secure).await } else { Ok(None) };
        }
        let Some(domain) = hosted.filter(|domain| domain.enabled && (secure || !domain.tls.required)) else {
            return Ok(None);
        };
        let may_be_asked_about = match found {
            Some(found) => found.account.user_type == UserType::NotRegistered && usable(found, self.clock.now()),
            None => {
                check_login(login).is_ok()
                    && !user_sources::knows(&self.store, domain.id, login).await.map_err(unavailable)?
            }
        };
        if !may_be_asked_about || self.has_suspended_owner(&domain).await? {
            return Ok(None);
        }
        let stored = user_sources::of(&self.store, domain.id).await.map_err(unavailable)?;
        let (login, account) = (login.to_owned(), found.cloned());
        Ok(stored.map(|stored| Guest::Outside(Box::new(Stranger { domain, login, stored, secure, account }))))
    }

    /// The account that stands for anonymous users: of that domain, or of the only one that lets them in.
    async fn nobody(&self, domain: Option<&Domain>, secure: bool) -> Result<Option<Guest>, LoginError> {
        let mut open = accounts::anonymous(&self.store, ANONYMOUS_LOGINS[0]).await.map_err(unavailable)?;
        open.retain(|found| domain.is_none_or(|domain| domain.id == found.domain.id));
        let only = if open.len() == 1 { open.pop() } else { None };
        let now = self.clock.now();
        let only = only.filter(|found| usable(found, now) && (secure || !found.domain.tls.required));
        Ok(only.map(Box::new).map(Guest::Anonymous))
    }

    async fn has_suspended_owner(&self, domain: &Domain) -> Result<bool, LoginError> {
        match domain.owner_id {
            Some(owner) => people::is_suspended(&self.store, owner, self.clock.now()).await.map_err(unavailable),
            None => Ok(false),
        }
    }

    /// Lets a guest in, if it may be.
    pub(crate) async fn let_guest_in(
        &self,
        session: &SessionHandle,
        name: &str,
        password: &str,
        guest: Guest,
        rights: Rights,
    ) -> Result<Arc<Identity>, LoginError> {
        match guest {
            Guest::Anonymous(found) => {
                let identity = self.let_in(session, *found, rights).await?;
                let given: String = printable(password.as_bytes()).chars().take(LONGEST_ADDRESS).collect();
                session.note(LineKind::Event, &format!("anonymous, gave as address: {given}"));
                Ok(identity)
            }
            Guest::Outside(stranger) => self.let_stranger_in(session, name, password, *stranger, rights).await,
        }
    }

    async fn let_stranger_in(
        &self,
        session: &SessionHandle,
        name: &str,
        password: &str,
        stranger: Stranger,
        rights: Rights,
    ) -> Result<Arc<Identity>, LoginError> {
        // What every unknown name costs; else the time that a refusal takes would tell more than it has to.
        self.password_matches(None, password).await?;
        let Stranger { domain, login, stored, secure, account } = stranger;
        let question = Question { login: &login, password, ip: session.ip(), secure };
        let answer = tokio::select! {
            answer = self.outside.ask(&domain, &stored.source, question) => answer,
            // Whoever ended the session does not wait either; its protocol says goodbye.
            () = session.killed() => return Err(LoginError::Incorrect),
        };
        match answer {
            Answer::Yes => {
                let found = match account {
                    Some(found) => found,
                    None => self.register(session, domain, &login, &stored).await?,
                };
                self.let_in(session, found, rights).await
            }
            Answer::No => {
                let whole = format!("{login}@{}", domain.name);
                Err(self.login_incorrect(session, name, Some(&whole), "outside user source"))
            }
            Answer::Trouble(why) => {
                let shown = printable(login.as_bytes());
                tracing::warn!(session.id = %session.id, domain = domain.name, login = %shown, why, "a user source gives no answer, the login is refused");
                session.note(LineKind::Event, &format!("login failed: {shown}, the user source gives no answer"));
                // The same as for a wrong password, but nobody is to blame.
                Err(LoginError::Incorrect)
            }
        }
    }

    /// The account of somebody who is here for the first time.
    async fn register(
        &self,
        session: &SessionHandle,
        asked: Domain,
        login: &str,
        stored: &StoredSource,
    ) -> Result<AccountWithDomain, LoginError> {
        let _changing = self.gate.changing.lock().await;
        let domain = domains::by_id(&self.store, asked.id).await.map_err(unavailable)?;
        let now = user_sources::of(&self.store, asked.id).await.map_err(unavailable)?;
        // Whoever was asked may not be the one to ask any more.
        let Some(domain) = domain.filter(|_| now.as_ref() == Some(stored)) else { return Err(LoginError::Incorrect) };
        let whole = format!("{login}@{}", domain.name);
        if user_sources::knows(&self.store, domain.id, login).await.map_err(unavailable)? {
            // Somebody else was quicker: another connection of the same client is welcome.
            let found = accounts::find_for_login(&self.store, login, Some(&domain.name)).await.map_err(unavailable)?;
            let same = |found: &AccountWithDomain| found.account.user_type == UserType::NotRegistered;
            return found.into_iter().find(same).ok_or(LoginError::Incorrect);
        }
        let refuse = |why: &str| {
            tracing::warn!(session.id = %session.id, login = %whole, why, "no account for a user from elsewhere");
            Err(LoginError::NoHome)
        };
        if user_sources::count(&self.store, domain.id).await.map_err(unavailable)? >= MOST {
            return refuse("the domain has too many of them");
        }
        let homes = user_sources::chosen_homes(&self.store, domain.id).await.map_err(unavailable)?;
        if homes.iter().any(|home| begins_with(home, login)) {
            return refuse("another account has its home there");
        }
        let id = AccountId(random::id(&self.clock));
        let account = NewAccount {
            id,
            domain_id: domain.id,
            login: login.to_owned(),
            user_type: UserType::NotRegistered,
            password_hash: stored.revision.clone(),
            client_certificates: Vec::new(),
            home: login.to_owned(),
            permissions: stored.permissions,
            limits: Limits::default(),
            expires_at: None,
            created_at: self.clock.now(),
        };
        let entry = AuditEntry {
            actor_ip: Some(session.ip().to_string()),
            after: Some(json!({"type": account.user_type, "home": account.home, "permissions": account.permissions})),
            ..self.by_itself("account.add", &whole)
        };
        let steps = [Step::AddAccount(Box::new(account)), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(unavailable)?;
        self.notices.changed(Topic::Accounts);
        self.notices.changed(Topic::Domains);
        let found = accounts::by_id(&self.store, id).await.map_err(unavailable)?;
        found.ok_or_else(|| unavailable(StoreError::NotFound))
    }
}

/// Whether a home lies in the directory `first` of the domain, or is it.
fn begins_with(home: &str, first: &str) -> bool {
    let home = VPath::root().resolve(home.as_bytes());
    home.is_ok_and(|home| home.as_bytes().split(|byte| *byte == b'/').nth(1) == Some(first.as_bytes()))
}
