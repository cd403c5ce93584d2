//! Transfer accounts: who logs in over FTP and the like, and what they get.

use crate::{
    Core, gate, hex,
    passwords::Overloaded,
    random,
    sessions::{Refusal, SessionHandle},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak, atomic::Ordering},
};
use wharf_model::{
    accounts::Limits,
    accounts::Permissions,
    bans::Reach,
    ids::{AccountId, BanId, DomainId},
    live::Topic,
    logs::LineKind,
    sessions::UserType,
};
use wharf_store::{
    Secret, StoreError,
    accounts::{self, Account, AccountWithDomain, NewAccount},
    domains,
};
use wharf_vfs::{Bucket, Chain, FileError, Files, Jail, Ledger, printable, quota};

/// An interrupted upload can be resumed for this long; then its part is removed.
const PART_KEPT_MS: i64 = 7 * DAY_MS;
/// A home is cleared of old parts at most this often; it takes a walk through all of it.
const SWEEP_EVERY_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Who is logged in to a session, as of the login.
pub struct Identity {
    /// Which account.
    pub account_id: AccountId,
    /// Its login within the domain.
    pub login: String,
    /// Which domain.
    pub domain_id: DomainId,
    /// The domain's name.
    pub domain_name: String,
    /// What kind of user.
    pub user_type: UserType,
    /// How much it may do.
    pub limits: Limits,
    /// Sessions the whole domain may have.
    pub domain_sessions: Option<u32>,
    /// Whether nothing may go in clear.
    pub require_tls: bool,
    /// The account's files; checks the account's permissions.
    pub files: Files,
    /// Speed limits towards the client.
    pub download: Chain,
    /// Speed limits from the client.
    pub upload: Chain,
    /// What all sessions of the account share; kept alive by them.
    shared: Arc<Shared>,
}

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
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Unknown name, wrong password, disabled, expired, no good certificate, in clear where that is not allowed: one
    /// answer for all, so that nobody learns which names exist.
    #[error("login incorrect")]
    Incorrect,
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

/// What all sessions of an account have in common. Made at the first login, dropped with the last session.
#[derive(Debug)]
struct Shared {
    jail: Arc<Jail>,
    ledger: Arc<Ledger>,
    download: Arc<Bucket>,
    upload: Arc<Bucket>,
}

/// The accounts that have sessions.
#[derive(Debug)]
pub struct Accounts {
    open: Mutex<HashMap<AccountId, Weak<Shared>>>,
    /// When the homes were last cleared of old parts.
    swept: Mutex<HashMap<AccountId, i64>>,
    server_download: Arc<Bucket>,
    server_upload: Arc<Bucket>,
}

impl Accounts {
    /// Nobody is logged in yet. The rates, in bytes per second, are for the whole server.
    pub fn new(download_rate: Option<u64>, upload_rate: Option<u64>) -> Self {
        Self {
            open: Mutex::default(),
            swept: Mutex::default(),
            server_download: Arc::new(Bucket::new(download_rate)),
            server_upload: Arc::new(Bucket::new(upload_rate)),
        }
    }

    fn sweep_is_due(&self, id: AccountId, now: i64) -> bool {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = swept.get(&id).is_none_or(|last| now - last >= SWEEP_EVERY_MS);
        if due {
            swept.insert(id, now);
        }
        due
    }

    fn find(&self, id: AccountId) -> Option<Arc<Shared>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&id)?.upgrade()
    }

    /// Keeps `shared` unless somebody else was quicker; the winner is returned.
    fn keep(&self, id: AccountId, shared: Arc<Shared>) -> Arc<Shared> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = open.get(&id).and_then(Weak::upgrade) {
            return earlier;
        }
        open.retain(|_, shared| shared.strong_count() > 0);
        open.insert(id, Arc::downgrade(&shared));
        shared
    }
}

impl Core {
    /// Logs a client in to `session`.
    pub async fn log_in(&self, session: &SessionHandle, login: &Login<'_>) -> Result<Arc<Identity>, LoginError> {
        let ip = session.ip();
        self.check_lockout(ip)?;
        let rights = self.rights.load(Ordering::Acquire);
        let found = self.find_account(login.name, login.domain).await?;
        // Where the password may not come in clear it is not looked at: the answer says nothing about it, nor whether
        // there is such an account.
        let found = found.filter(|found| login.secure || !found.domain.tls.required);
        let stored = found.as_ref().map(|found| &*found.account.password_hash);
        let matches = self.passwords.verify(stored, login.password, self.clock.now()).await?;
        let now = self.clock.now();
        let good =
            |found: &AccountWithDomain| matches && usable(found, now) && certified(&found.account, login.certificate);
        let Some(found) = found.filter(good) else {
            let name = printable(login.name.as_bytes());
            tracing::info!(session.id = %session.id, client.ip = %ip, login = %name, "login failed");
            session.note(LineKind::Event, &format!("login failed: {name}"));
            self.login_failed(ip);
            return Err(LoginError::Incorrect);
        };
        self.lockout.succeeded(ip);
        let identity = self.identify(found).await?;
        let reaches = [Reach::Domain(identity.domain_id), Reach::Account(identity.account_id)];
        self.gate.check(&reaches, ip, now)?;
        session.sign_in(identity.clone())?;
        if let Err(error) = self.still_welcome(session, &identity, rights).await {
            session.sign_out();
            return Err(error);
        }
        if let Err(error) = accounts::touch_login(&self.store, identity.account_id, now).await {
            tracing::warn!(%error, "time of login not stored");
        }
        Ok(identity)
    }

    /// Looks again if somebody lost a right while the login was on its way: a ban, or the end of the account, has not
    /// found this session.
    async fn still_welcome(&self, session: &SessionHandle, identity: &Identity, rights: u64) -> Result<(), LoginError> {
        self.gate.check(&session.reaches(), session.ip(), self.clock.now())?;
        if self.rights.load(Ordering::Acquire) == rights {
            return Ok(());
        }
        let found = accounts::by_id(&self.store, identity.account_id).await.map_err(unavailable)?;
        match found {
            Some(found) if usable(&found, self.clock.now()) => Ok(()),
            _ => Err(LoginError::Incorrect),
        }
    }

    /// Whether an address has to wait after too many failed logins.
    pub(crate) fn check_lockout(&self, ip: IpAddr) -> Result<(), Refusal> {
        match self.lockout.turn_away(ip, self.clock.now()) {
            Some(wait) => Err(Refusal::LockedOut { minutes: gate::minutes(wait) }),
            None => Ok(()),
        }
    }

    /// A login failed, over whatever protocol or in the panel.
    pub(crate) fn login_failed(&self, ip: IpAddr) {
        if self.lockout.failed(ip, self.clock.now(), BanId(random::id(&self.clock))) {
            tracing::info!(client.ip = %ip, "address locked after too many failed logins");
            self.notices.changed(Topic::Bans);
        }
    }

    async fn find_account(&self, name: &str, hint: Option<&str>) -> Result<Option<AccountWithDomain>, LoginError> {
        let (login, domain) = match name.rsplit_once('@') {
            Some((login, domain)) => (login, Some(domain.to_lowercase())),
            // Clients also name the server, which is no domain.
            None => match hint {
                Some(hint) => (name, self.hosted(hint).await.map_err(unavailable)?.map(|domain| domain.name)),
                None => (name, None),
            },
        };
        let mut found = accounts::find_for_login(&self.store, login, domain.as_deref()).await.map_err(unavailable)?;
        // An ambiguous login is as good as an unknown one; nobody learns how many there are.
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    async fn identify(&self, found: AccountWithDomain) -> Result<Arc<Identity>, LoginError> {
        let AccountWithDomain { account, domain } = found;
        let shared = match self.accounts.find(account.id) {
            Some(shared) => shared,
            None => self.accounts.keep(account.id, self.open_shared(&account, &domain.root).await?),
        };
        // Limits may have changed since the other sessions logged in; they are the account's, so all feel it.
        shared.ledger.set_limit(account.limits.quota_bytes);
        shared.download.set_rate(account.limits.download_rate);
        shared.upload.set_rate(account.limits.upload_rate);
        let owner = account.id.to_string();
        Ok(Arc::new(Identity {
            files: Files::new(shared.jail.clone(), account.permissions, &owner, shared.ledger.clone()),
            download: Chain::new(vec![shared.download.clone(), self.accounts.server_download.clone()]),
            upload: Chain::new(vec![shared.upload.clone(), self.accounts.server_upload.clone()]),
            account_id: account.id,
            login: account.login,
            domain_id: domain.id,
            domain_name: domain.name,
            user_type: account.user_type,
            limits: account.limits,
            domain_sessions: domain.session_limit,
            require_tls: domain.tls.required,
            shared,
        }))
    }

    async fn open_shared(&self, account: &Account, root: &str) -> Result<Arc<Shared>, LoginError> {
        let root = PathBuf::from(root);
        let jail = Jail::open(&root, &account.home, true).await.map_err(|error| {
            tracing::error!(%error, account = %account.id, root = %root.display(), home = account.home, "home cannot be opened");
            LoginError::NoHome
        })?;
        let jail = Arc::new(jail);
        let ledger = Arc::new(Ledger::new(account.limits.quota_bytes, account.used_bytes));
        self.look_after(account, jail.clone(), ledger.clone());
        Ok(Arc::new(Shared {
            jail,
            ledger,
            download: Arc::new(Bucket::new(account.limits.download_rate)),
            upload: Arc::new(Bucket::new(account.limits.upload_rate)),
        }))
    }

    /// Clears the home of old parts, once a day, and counts what is on disk: files come and go without us too. Both run
    /// beside the login that caused them.
    fn look_after(&self, account: &Account, jail: Arc<Jail>, ledger: Arc<Ledger>) {
        let now = self.clock.now();
        let sweep = self.accounts.sweep_is_due(account.id, now);
        let (id, store, has_quota) = (account.id, self.store.clone(), account.limits.quota_bytes.is_some());
        tokio::spawn(async move {
            if sweep && let Err(error) = quota::sweep(&jail, &ledger, now - PART_KEPT_MS).await {
                tracing::warn!(%error, account = %id, "old parts not removed");
            }
            if !has_quota {
                return;
            }
            match quota::measure(&jail).await {
                Ok(used) => {
                    ledger.set_used(used);
                    if let Err(error) = accounts::set_used_bytes(&store, id, used).await {
                        tracing::warn!(%error, account = %id, "measured quota not stored");
                    }
                }
                Err(error) => tracing::warn!(%error, account = %id, "home cannot be measured"),
            }
        });
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn unavailable(error: StoreError) -> LoginError {
    tracing::error!(%error, "accounts cannot be read");
    LoginError::Unavailable
}

fn usable(found: &AccountWithDomain, now: i64) -> bool {
    found.domain.enabled && found.account.enabled && found.account.expires_at.is_none_or(|at| now < at)
}

/// Whether the client has shown one of the certificates the account logs in with, if it has any.
fn certified(account: &Account, certificate: Option<&[u8]>) -> bool {
    let wanted = &account.client_certificates;
    wanted.is_empty() || certificate.is_some_and(|certificate| wanted.contains(&fingerprint(certificate)))
}

/// How a certificate (DER) is known: its SHA-256 in hexadecimal digits.
pub fn fingerprint(certificate: &[u8]) -> String {
    hex(&Sha256::digest(certificate))
}

/// Why something could not be created. The text is for whoever ordered it.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A field is not as it must be.
    #[error("{0}")]
    Invalid(&'static str),
    /// There is no such domain.
    #[error("there is no domain {0}")]
    NoDomain(String),
    /// The store refused, or a name is taken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many password hashes at once.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The directory cannot be made.
    #[error("the directory cannot be made: {0}")]
    Directory(#[from] FileError),
}

/// A transfer account to be made.
#[derive(Clone, Debug)]
pub struct AccountOrder<'a> {
    /// Name of its domain.
    pub domain: &'a str,
    /// Login within the domain.
    pub login: &'a str,
    /// Password in clear; only its hash is kept.
    pub password: &'a str,
    /// [Fingerprints](fingerprint) of the client certificates it logs in with; empty if it needs none.
    pub client_certificates: Vec<String>,
    /// Directory below the domain's root; the login if nothing is said.
    pub home: Option<&'a str>,
    /// What kind of user.
    pub user_type: UserType,
    /// What it may do.
    pub permissions: Permissions,
    /// How much it may do.
    pub limits: Limits,
    /// When it stops working.
    pub expires_at: Option<i64>,
}

impl Core {
    /// Creates a transfer account and its home directory.
    pub async fn add_account(&self, order: &AccountOrder<'_>) -> Result<AccountId, CreateError> {
        let unfit = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '@' | '/' | '\\' | ':');
        if order.login.is_empty()
            || order.login.len() > 128
            || order.login.contains(unfit)
            || order.login.starts_with('.')
        {
            return Err(CreateError::Invalid(
                "a login has 1 to 128 bytes, no spaces, none of @ / \\ : and does not begin with a dot",
            ));
        }
        if order.password.is_empty() {
            return Err(CreateError::Invalid("the password is empty"));
        }
        let domain = domains::by_name(&self.store, &order.domain.to_lowercase()).await?;
        let domain = domain.ok_or_else(|| CreateError::NoDomain(order.domain.to_owned()))?;
        let home = order.home.unwrap_or(order.login);
        Jail::open(&PathBuf::from(&domain.root), home, true).await?;
        let id = AccountId(random::id(&self.clock));
        let account = NewAccount {
            id,
            domain_id: domain.id,
            login: order.login.to_owned(),
            user_type: order.user_type,
            password_hash: Secret::from(self.passwords.hash(order.password).await?),
            client_certificates: order.client_certificates.clone(),
            home: home.to_owned(),
            permissions: order.permissions,
            limits: order.limits,
            expires_at: order.expires_at,
            created_at: self.clock.now(),
        };
        accounts::insert(&self.store, &account).await?;
        Ok(id)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("login", &self.login)
            .field("domain", &self.domain_name)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Bytes of the account's files, and how many there may be.
    pub fn quota(&self) -> (u64, Option<u64>) {
        (self.shared.ledger.used(), self.shared.ledger.limit())
    }
}
