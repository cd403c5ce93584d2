//! Anonymous FTP of a domain. An account of its own stands for all who come without a name, so caps, speeds, quota, bans and
//! kicks know it like any other; here is what is different about it, and about those of users from elsewhere.

use super::managing::HOME_MOST;
use crate::{
    Core,
    accounts::Identity,
    limits,
    orders::{self, OrderError},
    permits::Operator,
    random,
    sessions::Loss,
};
use serde_json::{Value, json};
use wharf_model::{
    accounts::{AccountChange, Permissions},
    anonymous::{ANONYMOUS_LOGINS, Anonymous, AnonymousAccess, AnonymousChanged, AnonymousShown, INCOMING},
    audit::AuditEntry,
    ids::{AccountId, DomainId},
    live::Topic,
    people::Permission,
    sessions::UserType,
};
use wharf_store::{
    Secret, StoreError,
    accounts::{self, Account, AccountUpdate, NewAccount},
    domains::Domain,
    together::{self, Step},
};
use wharf_vfs::VPath;

/// The login of the account that stands for anonymous users.
const LOGIN: &str = ANONYMOUS_LOGINS[0];

impl Core {
    /// What anonymous users may do in a domain.
    pub async fn anonymous(&self, operator: &Operator, id: DomainId) -> Result<AnonymousShown, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        let domain = self.domain_for(operator, id).await?;
        let account = self.anonymous_account(&domain).await?;
        Ok(AnonymousShown {
            settings: account.as_ref().map(settings).unwrap_or_default(),
            account_id: account.as_ref().map(|account| account.id),
            sessions: account.map_or(0, |account| self.sessions.count_of(account.id)),
        })
    }

    /// Says what anonymous users may do in a domain, where, and how much. Their sessions end when they may do something
    /// else or see another folder; limits are as for other accounts.
    pub async fn set_anonymous(
        &self,
        operator: &Operator,
        id: DomainId,
        wanted: &Anonymous,
    ) -> Result<AnonymousChanged, OrderError> {
        operator.require(Permission::ManageDomains)?;
        let domain = self.domain_for(operator, id).await?;
        limits::check(&wanted.limits)?;
        let folder = check_folder(wanted.folder.trim())?;
        if wanted.access != AnonymousAccess::Off {
            let folder = if wanted.access == AnonymousAccess::Incoming {
                format!("{folder}/{INCOMING}")
            } else {
                folder.clone()
            };
            let made = self.make_home(&domain.root, &folder).await;
            made.map_err(|error| match error {
                OrderError::Invalid { message, .. } => OrderError::invalid("folder", message),
                other => other,
            })?;
        }
        let _changing = self.gate.changing.lock().await;
        let now = self.domain_for(operator, id).await?;
        if now.root != domain.root {
            return Err(OrderError::Busy);
        }
        let account = self.anonymous_account(&domain).await?;
        let old = account.as_ref().map(settings).unwrap_or_default();
        let new = Anonymous { access: wanted.access, folder, limits: wanted.limits };
        if old == new {
            return Ok(AnonymousChanged { anonymous: self.anonymous(operator, id).await?, ended: 0 });
        }
        let entry = AuditEntry {
            before: Some(told(&old)),
            after: Some(told(&new)),
            ..self.deed(operator, "domain.anonymous", &*domain.name)
        };
        let step = match &account {
            Some(account) => Step::ChangeAccount(account.id, Box::new(update(account, &new))),
            // There would be nothing to keep the rest in.
            None if new.access == AnonymousAccess::Off => {
                return Err(OrderError::invalid("access", "folder and limits are for read-only and incoming"));
            }
            None => Step::AddAccount(Box::new(self.new_anonymous_account(&domain, &new))),
        };
        match together::commit(&self.store, &[step, Step::Audit(entry)]).await {
            Err(StoreError::Taken(_)) => {
                let why = format!("the domain has, or lately had, an account of its own called {LOGIN}");
                return Err(OrderError::invalid("access", why));
            }
            done => done.map_err(orders::gone)?,
        }
        let mut ended = 0;
        if let Some(account) = account {
            self.account_limits_changed(&self.account_for(operator, account.id).await?).await?;
            let loss = match (new.access, (old.access, &old.folder) == (new.access, &new.folder)) {
                (_, true) => None,
                (AnonymousAccess::Off, false) => Some(Loss::Disabled),
                (_, false) => Some(Loss::Changed),
            };
            let hit = |identity: &Identity| identity.account_id == account.id;
            ended = loss.map_or(0, |loss| self.end_lost(Some(operator), loss, hit));
        }
        self.notices.changed(Topic::Domains);
        self.notices.changed(Topic::Accounts);
        Ok(AnonymousChanged { anonymous: self.anonymous(operator, id).await?, ended })
    }

    async fn anonymous_account(&self, domain: &Domain) -> Result<Option<Account>, StoreError> {
        let found = accounts::find_for_login(&self.store, LOGIN, Some(&domain.name)).await?;
        let mut accounts = found.into_iter().map(|found| found.account);
        Ok(accounts.find(|account| account.user_type == UserType::Anonymous))
    }

    fn new_anonymous_account(&self, domain: &Domain, settings: &Anonymous) -> NewAccount {
        NewAccount {
            id: AccountId(random::id(&self.clock)),
            domain_id: domain.id,
            login: LOGIN.to_owned(),
            user_type: UserType::Anonymous,
            // No hash of any password is like this.
            password_hash: Secret::from("!anonymous"),
            client_certificates: Vec::new(),
            home: settings.folder.clone(),
            permissions: settings.access.permissions(),
            limits: settings.limits,
            expires_at: None,
            created_at: self.clock.now(),
        }
    }
}

fn settings(account: &Account) -> Anonymous {
    Anonymous {
        access: AnonymousAccess::of(account.enabled, account.permissions),
        folder: account.home.clone(),
        limits: account.limits,
    }
}

fn update(account: &Account, new: &Anonymous) -> AccountUpdate {
    let on = new.access != AnonymousAccess::Off;
    AccountUpdate {
        enabled: Some(on).filter(|on| *on != account.enabled),
        home: Some(new.folder.clone()).filter(|home| *home != account.home),
        // Switched off it keeps what it had.
        permissions: on.then(|| new.access.permissions()).filter(|new| *new != account.permissions),
        limits: Some(new.limits).filter(|new| *new != account.limits),
        ..AccountUpdate::default()
    }
}

fn told(settings: &Anonymous) -> Value {
    json!({"access": settings.access, "folder": settings.folder, "limits": settings.limits})
}

/// The folder as it is stored: a path below the root of the domain, and not the root, in which all homes lie.
fn check_folder(folder: &str) -> Result<String, OrderError> {
    let wrong = || {
        let why =
            format!("a path of at most {HOME_MOST} bytes below the directory of the domain, which it cannot be itself");
        OrderError::invalid("folder", why)
    };
    let path = VPath::root().resolve(folder.as_bytes()).map_err(|_| wrong())?;
    let text = std::str::from_utf8(path.as_bytes()).map_err(|_| wrong())?.trim_start_matches('/');
    if text.is_empty() || text.len() + INCOMING.len() >= HOME_MOST { Err(wrong()) } else { Ok(text.to_owned()) }
}

/// Whether an account may change like this. What stands for users without a password here has none to change.
pub(super) fn check_change(account: &Account, change: &AccountChange) -> Result<(), OrderError> {
    if change.permissions.is_some_and(|permissions| permissions.incoming) && account.user_type != UserType::Anonymous {
        return Err(OrderError::invalid("permissions", "incoming is for anonymous users"));
    }
    if account.user_type.is_own() {
        return Ok(());
    }
    let elsewhere = "whoever logs in as it has proved elsewhere who it is";
    if change.password.is_some() {
        return Err(OrderError::invalid("password", format!("the account has no password here: {elsewhere}")));
    }
    if change.ssh_auth.is_some_and(|ssh_auth| ssh_auth != account.ssh_auth) {
        return Err(OrderError::invalid("ssh_auth", format!("the account has no keys here: {elsewhere}")));
    }
    if change.user_type.is_some_and(|user_type| user_type != account.user_type) {
        return Err(OrderError::invalid("type", "the account stays what it is"));
    }
    if account.user_type == UserType::Anonymous {
        let other = |field| Err(OrderError::invalid(field, "it is set on the page of the domain, under Anonymous FTP"));
        if change.permissions.is_some_and(|permissions| permissions != account.permissions) {
            return other("permissions");
        }
        if change.home.as_deref().is_some_and(|home| home.trim() != account.home) {
            return other("home");
        }
    }
    Ok(())
}

/// Whether an account that is made may have these rights.
pub(super) fn check_rights(permissions: Permissions) -> Result<(), OrderError> {
    if permissions.incoming {
        return Err(OrderError::invalid("permissions", "incoming is for anonymous users"));
    }
    Ok(())
}
