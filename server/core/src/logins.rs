//! Logging in over a file-transfer protocol: the same checks in the same order, however a client proves who it is.

use crate::{
    Core,
    accounts::{Identity, Visit, fingerprint},
    bans, gate,
    passwords::Overloaded,
    random,
    sessions::{Refusal, SessionHandle},
};
use serde_json::json;
use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};
use wharf_model::{
    bans::Reach, files::decode, ids::BanId, links::LinkKind, live::Topic, logs::LineKind, sessions::Protocol,
    webhooks::WebhookEvent,
};
use wharf_store::{
    StoreError,
    accounts::{self, Account, AccountWithDomain},
    links::Link,
    people,
};
use wharf_vfs::{VPath, printable};

/// What a client shows to log in.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// `login` or `login@domain`. A bare login is good where only one domain has it or [`Login::domain`] says which.
    pub name: &'a str,
    /// The domain the client came for, by HOST or SNI; the name of the server is no domain and does no harm.
    pub domain: Option<&'a str>,
    /// The password in clear.
    pub password: &'a str,
    /// Whether it came encrypted.
    pub secure: bool,
    /// The client's certificate (DER), whose key the client has been seen to have.
    pub certificate: Option<&'a [u8]>,
    /// A one-time code: `None` where there is no place for one, empty where there is and none was shown yet.
    pub code: Option<&'a str>,
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Unknown name, wrong password, disabled, expired, no good certificate, in clear where that is not allowed: one
    /// answer for all, so that nobody learns which names exist.
    #[error("login incorrect")]
    Incorrect,
    /// The password is right, and a one-time code is still missing.
    #[error("a one-time code is needed")]
    NeedsCode,
    /// A cap or the lockout.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many logins at once.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The account's directory cannot be opened.
    #[error("home directory not available")]
    NoHome,
    /// The store does not answer.
    #[error("login is not possible at the moment, try again later")]
    Unavailable,
}

/// How many times somebody had lost a right when a login began.
#[derive(Clone, Copy)]
pub(crate) struct Rights(u64);

impl Core {
    /// Logs a client in to `session` by its password. An account with one-time codes cannot where there is no place for one.
    pub async fn log_in(&self, session: &SessionHandle, login: &Login<'_>) -> Result<Arc<Identity>, LoginError> {
        let rights = self.begin_login(session)?;
        let found = self.find_account(login.name, login.domain).await?;
        if let Some(guest) = self.guest(session, login.name, login.domain, found.as_ref(), login.secure).await? {
            return self.let_guest_in(session, login.name, login.password, guest, rights).await;
        }
        // Where the password may not come in clear it is not looked at: the answer says nothing about it, nor whether
        // there is such an account.
        let found = found.filter(|found| login.secure || !found.domain.tls.required).filter(is_own);
        let matches = self.password_matches(found.as_ref(), login.password).await?;
        let name = found.as_ref().map(AccountWithDomain::name);
        let now = self.clock.now();
        let good = |found: &AccountWithDomain| {
            matches
                && usable(found, now)
                && certified(&found.account, login.certificate)
                && (found.account.totp_secret.is_none() || login.code.is_some())
        };
        let Some(found) = found.filter(good) else {
            return Err(self.login_incorrect(session, login.name, name.as_deref(), ""));
        };
        if found.account.totp_secret.is_some() {
            match login.code.unwrap_or_default().trim() {
                "" => return Err(LoginError::NeedsCode),
                code if self.take_code(&found.account, code).await? => {}
                _ => return Err(self.login_incorrect(session, login.name, name.as_deref(), ", one-time code")),
            }
        }
        self.let_in(session, found, rights).await
    }

    /// The start of each step of a login.
    pub(crate) fn begin_login(&self, session: &SessionHandle) -> Result<Rights, LoginError> {
        self.check_lockout(session.ip())?;
        Ok(Rights(self.rights.load(Ordering::Acquire)))
    }

    /// Whether `password` is that of the account; the same work where there is none.
    pub(crate) async fn password_matches(
        &self,
        found: Option<&AccountWithDomain>,
        password: &str,
    ) -> Result<bool, LoginError> {
        let stored = found.map(|found| &*found.account.password_hash);
        Ok(self.passwords.verify(stored, password, self.clock.now()).await?)
    }

    /// A login failed: writes it down, and counts it for the account that was meant, if there is one of that name. `how`
    /// it was tried is added to the lines.
    pub(crate) fn login_incorrect(
        &self,
        session: &SessionHandle,
        name: &str,
        account: Option<&str>,
        how: &str,
    ) -> LoginError {
        // Others from the address may have failed meanwhile: of a hundred guesses at once only the first ones are answered.
        if let Err(refusal) = self.check_lockout(session.ip()) {
            return refusal.into();
        }
        let shown = printable(name.as_bytes());
        tracing::info!(session.id = %session.id, client.ip = %session.ip(), login = %shown, how, "login failed");
        session.note(LineKind::Event, &format!("login failed: {shown}{}{how}", if how.is_empty() { "" } else { ", " }));
        self.login_failed(session.ip(), name, account.unwrap_or(name), Some(session.protocol));
        LoginError::Incorrect
    }

    /// Everything was proved: makes the account the owner of the session, if it may be.
    pub(crate) async fn let_in(
        &self,
        session: &SessionHandle,
        found: AccountWithDomain,
        rights: Rights,
    ) -> Result<Arc<Identity>, LoginError> {
        let (ip, now) = (session.ip(), self.clock.now());
        self.check_lockout(ip)?;
        if self.is_suspended(&found).await? {
            return Err(self.login_incorrect(session, &found.name(), Some(&found.name()), ""));
        }
        let identity = self.identify(found.clone()).await?;
        // The whole name: an account of the same login in another domain is somebody else.
        self.lockout.succeeded(ip, &found.name());
        self.take_in(session, identity.clone(), &found, rights).await?;
        if let Err(error) = accounts::touch_login(&self.store, identity.account_id, now).await {
            tracing::warn!(%error, "time of login not stored");
        }
        Ok(identity)
    }

    /// The same for who came by a share link of the account, and has proved nothing of it.
    pub(crate) async fn let_visitor_in(
        &self,
        session: &SessionHandle,
        owner: AccountWithDomain,
        link: &Link,
        name: String,
        rights: Rights,
    ) -> Result<Arc<Identity>, LoginError> {
        self.check_lockout(session.ip())?;
        let whole = self.identify(owner.clone()).await?;
        let path = decode(&link.path).and_then(|path| VPath::root().resolve(&path).ok()).ok_or(LoginError::NoHome)?;
        let visitor = session.id.to_string();
        let files = match link.kind {
            LinkKind::Download => whole.files.share(&path, &visitor).await,
            LinkKind::Upload => whole.files.share_to_add(&path, &visitor).await,
        };
        // It is no longer there, or no longer its owner's to give.
        let files = files.map_err(|_| LoginError::Incorrect)?;
        let identity = Arc::new(whole.visited(files, Visit { id: link.id, name }));
        self.take_in(session, identity.clone(), &owner, rights).await?;
        Ok(identity)
    }

    async fn take_in(
        &self,
        session: &SessionHandle,
        identity: Arc<Identity>,
        found: &AccountWithDomain,
        rights: Rights,
    ) -> Result<(), LoginError> {
        let reaches = [Reach::Domain(identity.domain_id), Reach::Account(identity.account_id)];
        self.gate.check(&reaches, session.ip(), self.clock.now())?;
        session.sign_in(identity)?;
        let welcome = self.still_welcome(session, found, rights).await;
        if welcome.is_err() {
            session.sign_out();
        }
        welcome
    }

    /// Looks again if somebody lost a right while the login was on its way: a ban, or the end of the account, has not
    /// found this session.
    async fn still_welcome(
        &self,
        session: &SessionHandle,
        before: &AccountWithDomain,
        rights: Rights,
    ) -> Result<(), LoginError> {
        self.gate.check(&session.reaches(), session.ip(), self.clock.now())?;
        if self.rights.load(Ordering::Acquire) == rights.0 {
            return Ok(());
        }
        let found = accounts::by_id(&self.store, before.account.id).await.map_err(unavailable)?;
        let found = found.filter(|found| usable(found, self.clock.now()));
        if let Some(found) = &found
            && self.is_suspended(found).await?
        {
            return Err(LoginError::Incorrect);
        }
        match found {
            Some(found) if found.account.password_hash != before.account.password_hash => Err(LoginError::Incorrect),
            Some(found) if is_as_before(&found, before) => {
                self.accounts.limit(found.account.id, &self.effective_limits(&found).await.map_err(unavailable)?);
                Ok(())
            }
            // It comes back as what it is now.
            Some(_) => Err(LoginError::Unavailable),
            None => Err(LoginError::Incorrect),
        }
    }

    /// Whether the customer the account belongs to, or the customer's reseller, is disabled.
    pub(crate) async fn is_suspended(&self, found: &AccountWithDomain) -> Result<bool, LoginError> {
        match found.domain.owner_id {
            Some(owner) => people::is_suspended(&self.store, owner, self.clock.now()).await.map_err(unavailable),
            None => Ok(false),
        }
    }

    /// Whether an address has to wait after too many failed logins.
    pub(crate) fn check_lockout(&self, ip: IpAddr) -> Result<(), Refusal> {
        match self.lockout.turn_away(ip, self.clock.now()) {
            Some(wait) => Err(Refusal::LockedOut { minutes: gate::minutes(wait) }),
            None => Ok(()),
        }
    }

    /// A login failed, over a protocol or else in the panel: `name` as it was typed, and as whom it counts.
    pub(crate) fn login_failed(&self, ip: IpAddr, name: &str, counted: &str, protocol: Option<Protocol>) {
        let now = self.clock.now();
        self.events().happened(WebhookEvent::LoginFailed, now, || {
            let login = printable(name.as_bytes());
            json!({"login": login, "ip": ip, "protocol": protocol, "panel": protocol.is_none()})
        });
        if let Some(lock) = self.lockout.failed(ip, counted, now, BanId(random::id(&self.clock))) {
            tracing::info!(client.ip = %ip, "address locked after too many failed logins");
            self.notices.changed(Topic::Bans);
            self.address_banned(&bans::throttled(&lock));
        }
    }

    /// The account a client means by `name`, and by the domain that it came for, where it says so.
    pub(crate) async fn find_account(
        &self,
        name: &str,
        domain: Option<&str>,
    ) -> Result<Option<AccountWithDomain>, LoginError> {
        let hosted = match domain {
            // Clients also name the server, which is no domain.
            Some(domain) if !name.contains('@') => self.hosted(domain).await.map_err(unavailable)?,
            _ => None,
        };
        let found = match hosted {
            Some(domain) => self.account_called(&format!("{name}@{}", domain.name)).await,
            None => self.account_called(name).await,
        };
        found.map_err(unavailable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
pub(crate) fn unavailable(error: StoreError) -> LoginError {
    tracing::error!(%error, "accounts cannot be read");
    LoginError::Unavailable
}

pub(crate) fn usable(found: &AccountWithDomain, now: i64) -> bool {
    found.domain.enabled && found.account.enabled && found.account.expires_at.is_none_or(|at| now < at)
}

/// Whether it is here that the account proves who it is.
pub(crate) fn is_own(found: &AccountWithDomain) -> bool {
    found.account.user_type.is_own()
}

/// Whether the account still has the rights and the home that a login has given to a session.
fn is_as_before(found: &AccountWithDomain, before: &AccountWithDomain) -> bool {
    found.account.permissions == before.account.permissions
        && found.account.home == before.account.home
        && found.domain.root == before.domain.root
        && found.domain.tls.required == before.domain.tls.required
}

/// Whether the client has shown one of the certificates the account logs in with, if it has any.
fn certified(account: &Account, certificate: Option<&[u8]>) -> bool {
    let wanted = &account.client_certificates;
    wanted.is_empty() || certificate.is_some_and(|certificate| wanted.contains(&fingerprint(certificate)))
}
