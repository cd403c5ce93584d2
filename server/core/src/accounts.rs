//! Transfer accounts: making them, and what they get when they have logged in.
//!
//! * `anonymous`: the account that stands for anonymous users
//! * `mailboxes`: accounts whose owners sign in to the panel
//! * `managing`: lists, new accounts and changes, on an operator's order

mod anonymous;
mod mailboxes;
mod managing;

use crate::{
    Core, hex,
    logins::{LoginError, unavailable},
    passwords::Overloaded,
    permits::Owner,
    random,
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use wharf_model::{
    accounts::{Limits, Permissions},
    anonymous::INCOMING,
    ids::{AccountId, DomainId, LinkId},
    sessions::UserType,
};
use wharf_store::{
    Secret, StoreError,
    accounts::{self, Account, AccountWithDomain, NewAccount},
    domains,
    together::{self, Step},
};
use wharf_vfs::{Bucket, Chain, FileError, Files, Jail, Ledger, quota};

/// An interrupted upload can be resumed for this long; then its part is removed.
const PART_KEPT_MS: i64 = 7 * DAY_MS;
/// A home is cleared of old parts at most this often; it takes a walk through all of it.
const SWEEP_EVERY_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Who is logged in to a session, as of the login.
#[derive(Clone)]
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
    /// The share link that a visitor came by. The account is its owner then.
    pub link: Option<Visit>,
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

/// What a visitor came by.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Which link.
    pub id: LinkId,
    /// What it leads to, as people call it.
    pub name: String,
}

/// What all sessions of an account have in common. Made at the first login, dropped with the last session.
#[derive(Debug)]
struct Shared {
    place: Place,
    jail: Arc<Jail>,
    ledger: Arc<Ledger>,
    download: Arc<Bucket>,
    upload: Arc<Bucket>,
}

/// Where a home is: the domain's root, and the path below it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    root: String,
    home: String,
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

    /// Bytes of the account's files, if it has sessions, which know it better than the store.
    pub(crate) fn used(&self, id: AccountId) -> Option<u64> {
        Some(self.find(id)?.ledger.used())
    }

    /// Puts limits in force for the sessions that an account has, also for transfers under way.
    pub(crate) fn limit(&self, id: AccountId, limits: &Limits) {
        if let Some(shared) = self.find(id) {
            shared.limit(limits);
        }
    }

    /// Keeps `shared` unless somebody else was quicker; the winner is returned.
    fn keep(&self, id: AccountId, shared: Arc<Shared>) -> Arc<Shared> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = open.get(&id).and_then(Weak::upgrade).filter(|earlier| earlier.place == shared.place) {
            return earlier;
        }
        open.retain(|_, shared| shared.strong_count() > 0);
        open.insert(id, Arc::downgrade(&shared));
        shared
    }
}

impl Core {
    /// What a session of the account works with.
    pub(crate) async fn identify(&self, found: AccountWithDomain) -> Result<Arc<Identity>, LoginError> {
        let limits = self.effective_limits(&found).await.map_err(unavailable)?;
        let AccountWithDomain { account, domain } = found;
        let place = Place { root: domain.root.clone(), home: account.home.clone() };
        // Sessions in another home are those from before it was moved, on their way out.
        let shared = match self.accounts.find(account.id).filter(|shared| shared.place == place) {
            Some(shared) => shared,
            None => self.accounts.keep(account.id, self.open_shared(&account, &limits, place).await?),
        };
        // Limits may have changed since the other sessions logged in; they are the account's, so all feel it.
        shared.limit(&limits);
        let owner = account.id.to_string();
        let files = Files::new(shared.jail.clone(), account.permissions, &owner, shared.ledger.clone());
        Ok(Arc::new(Identity {
            files: match account.user_type {
                UserType::Anonymous => files.with_incoming(INCOMING).map_err(|_| LoginError::NoHome)?,
                _ => files,
            },
            download: Chain::new(vec![shared.download.clone(), self.accounts.server_download.clone()]),
            upload: Chain::new(vec![shared.upload.clone(), self.accounts.server_upload.clone()]),
            account_id: account.id,
            login: account.login,
            domain_id: domain.id,
            domain_name: domain.name,
            user_type: account.user_type,
            link: None,
            limits,
            domain_sessions: domain.session_limit,
            require_tls: domain.tls.required,
            shared,
        }))
    }

    async fn open_shared(&self, account: &Account, limits: &Limits, place: Place) -> Result<Arc<Shared>, LoginError> {
        let root = PathBuf::from(&place.root);
        let jail = Jail::open(&root, &account.home, true).await.map_err(|error| {
            tracing::error!(%error, account = %account.id, root = %root.display(), home = account.home, "home cannot be opened");
            LoginError::NoHome
        })?;
        let jail = Arc::new(jail);
        let ledger = Arc::new(Ledger::new(limits.quota_bytes, account.used_bytes));
        self.look_after(account, limits.quota_bytes.is_some(), jail.clone(), ledger.clone());
        Ok(Arc::new(Shared {
            place,
            jail,
            ledger,
            download: Arc::new(Bucket::new(limits.download_rate)),
            upload: Arc::new(Bucket::new(limits.upload_rate)),
        }))
    }

    /// Clears the home of old parts, once a day, and counts what is on disk: files come and go without us too. Both run
    /// beside the login that caused them.
    fn look_after(&self, account: &Account, has_quota: bool, jail: Arc<Jail>, ledger: Arc<Ledger>) {
        let now = self.clock.now();
        let sweep = self.accounts.sweep_is_due(account.id, now);
        let (id, store) = (account.id, self.store.clone());
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

impl Shared {
    fn limit(&self, limits: &Limits) {
        self.ledger.set_limit(limits.quota_bytes);
        self.download.set_rate(limits.download_rate);
        self.upload.set_rate(limits.upload_rate);
    }
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
    /// The account that `name` means: `login@domain`, or a login that one domain has. An ambiguous login is as good as
    /// an unknown one; nobody learns how many there are.
    pub async fn account_called(&self, name: &str) -> Result<Option<AccountWithDomain>, StoreError> {
        let (login, domain) = match name.rsplit_once('@') {
            Some((login, domain)) => (login, Some(domain)),
            None => (name, None),
        };
        let mut found = accounts::find_for_login(&self.store, login, domain).await?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// Creates a transfer account and its home directory.
    pub async fn add_account(&self, order: &AccountOrder<'_>) -> Result<AccountId, CreateError> {
        check_login(order.login).map_err(CreateError::Invalid)?;
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
        let mailbox = self.mailbox_owner(&account, &domain.name).map_err(CreateError::Invalid)?;
        let mut steps = vec![Step::AddAccount(Box::new(account))];
        steps.extend(mailbox.map(Step::AddPerson));
        together::commit(&self.store, &steps).await?;
        Ok(id)
    }
}

/// Whether a login can be one; otherwise what is wrong with it.
pub(crate) fn check_login(login: &str) -> Result<(), &'static str> {
    let unfit = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '@' | '/' | '\\' | ':');
    if login.is_empty() || login.len() > 128 || login.contains(unfit) || login.starts_with('.') {
        return Err("a login has 1 to 128 bytes, no spaces, none of @ / \\ : and does not begin with a dot");
    }
    Ok(())
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
    /// Whose its sessions are.
    pub(crate) fn owner(&self) -> Owner {
        Owner { domain: Some(self.domain_id), account: Some(self.account_id) }
    }

    /// What is left of it for a visitor: the link's part of the files, and none of the account's sessions.
    pub(crate) fn visited(&self, files: Files, link: Visit) -> Self {
        let limits = Limits { sessions: None, sessions_per_ip: None, ..self.limits };
        Self { user_type: UserType::ShareLink, link: Some(link), files, limits, ..self.clone() }
    }

    /// Bytes of the account's files, and how many there may be.
    pub fn quota(&self) -> (u64, Option<u64>) {
        (self.shared.ledger.used(), self.shared.ledger.limit())
    }
}
