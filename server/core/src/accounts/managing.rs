//! Accounts as operators manage them: lists, new ones, changes.

use super::{anonymous, check_login};
use crate::{
    Core,
    accounts::Identity,
    limits,
    orders::{self, OrderError},
    passwords::check_policy,
    permits::{Operator, Scope},
    random,
    sessions::Loss,
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use wharf_model::{
    accounts::{
        ACCOUNT_TYPES, ACCOUNTS_MOST, AccountChange, AccountChanged, AccountDetail, AccountDraft, AccountPage,
        AccountRow, AccountSearch, AccountState, AccountsChanged,
    },
    audit::AuditEntry,
    ids::AccountId,
    live::Topic,
    panel_sessions::SessionEnd,
    people::Permission,
    sessions::UserType,
};
use wharf_store::{
    Secret, StoreError,
    accounts::{self, Account, AccountUpdate, AccountWithDomain, ListedAccount, NewAccount},
    domains, people, ssh_keys,
    together::{self, Step},
};
use wharf_vfs::Jail;

/// The longest home, in bytes.
pub(super) const HOME_MOST: usize = 1_000;

impl Core {
    /// Accounts in sight, by domain and login.
    pub async fn accounts(&self, operator: &Operator, search: &AccountSearch) -> Result<AccountPage, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        if search.limit > ACCOUNTS_MOST {
            return Err(OrderError::invalid("limit", format!("limit is at most {ACCOUNTS_MOST}")));
        }
        let now = self.clock.now();
        let mut listed = accounts::listed(&self.store, search.search.trim()).await?;
        listed.retain(|account| {
            let state = AccountState::of(account.enabled, account.expires_at, now);
            operator.scope.includes(Some(account.domain_id)) && search.state.finds(state)
        });
        let total = listed.len() as u64;
        let page = listed.into_iter().skip(search.offset as usize).take(search.limit as usize);
        Ok(AccountPage { items: page.map(|account| self.shown_account(account)).collect(), total })
    }

    /// One account.
    pub async fn account(&self, operator: &Operator, id: AccountId) -> Result<AccountDetail, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        let found = self.account_for(operator, id).await?;
        Ok(self.detailed(operator, found).await?)
    }

    /// The account, if it is the operator's to see.
    /// An account for who has `permission` and sees it, and for mailbox owners their own: its keys and files are theirs.
    pub(crate) async fn own_account_or(
        &self,
        permission: Permission,
        operator: &Operator,
        id: AccountId,
    ) -> Result<AccountWithDomain, OrderError> {
        if operator.scope == Scope::Account(id) {
            return accounts::by_id(&self.store, id).await?.ok_or(OrderError::NotFound);
        }
        operator.require(permission)?;
        self.account_for(operator, id).await
    }

    pub(crate) async fn account_for(
        &self,
        operator: &Operator,
        id: AccountId,
    ) -> Result<AccountWithDomain, OrderError> {
        let found = accounts::by_id(&self.store, id).await?;
        found.filter(|found| operator.scope.includes(Some(found.domain.id))).ok_or(OrderError::NotFound)
    }

    pub(super) async fn detailed(
        &self,
        operator: &Operator,
        found: AccountWithDomain,
    ) -> Result<AccountDetail, StoreError> {
        let inherited = self.levels_above(operator, &found).await?;
        let own = found.account.limits;
        let AccountWithDomain { account, domain } = found;
        let keys = ssh_keys::list(&self.store, account.id).await?.len();
        let row = self.shown_account(ListedAccount {
            id: account.id,
            login: account.login,
            domain_id: domain.id,
            domain_name: domain.name,
            user_type: account.user_type,
            enabled: account.enabled,
            expires_at: account.expires_at,
            last_login_at: account.last_login_at,
            ssh_keys: u32::try_from(keys).unwrap_or(u32::MAX),
        });
        Ok(AccountDetail {
            row,
            domain_id: domain.id,
            domain_enabled: domain.enabled,
            home: account.home,
            permissions: account.permissions,
            limits: own,
            effective_limits: inherited.iter().fold(own, |all, level| all.strictest(level.limits)),
            inherited,
            used_bytes: self.accounts.used(account.id).unwrap_or(account.used_bytes),
            ssh_auth: account.ssh_auth,
            one_time_codes: account.totp_secret.is_some(),
            client_certificates: u32::try_from(account.client_certificates.len()).unwrap_or(u32::MAX),
            created_at: account.created_at,
        })
    }

    fn shown_account(&self, account: ListedAccount) -> AccountRow {
        let ListedAccount { id, login, domain_name, user_type, enabled, expires_at, last_login_at, ssh_keys, .. } =
            account;
        AccountRow {
            id,
            login,
            domain: domain_name,
            user_type,
            enabled,
            state: AccountState::of(enabled, expires_at, self.clock.now()),
            expires_at,
            last_login_at,
            sessions: self.sessions.count_of(id),
            ssh_keys,
        }
    }

    /// Makes an account and its home.
    pub async fn create_account(&self, operator: &Operator, draft: &AccountDraft) -> Result<AccountDetail, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        let domain = domains::by_name(&self.store, draft.domain.trim()).await?;
        let domain = domain.filter(|domain| operator.scope.includes(Some(domain.id)));
        let domain = domain.ok_or_else(|| OrderError::invalid("domain", "there is no such domain"))?;
        let login = draft.login.trim();
        check_login(login).map_err(|why| OrderError::invalid("login", why))?;
        check_policy(login, &draft.password).map_err(|why| OrderError::invalid("password", why))?;
        check_type(draft.user_type)?;
        limits::check(&draft.limits)?;
        anonymous::check_rights(draft.permissions)?;
        let home = match draft.home.trim() {
            "" => login,
            home => home,
        };
        let hash = self.passwords.hash(&draft.password).await?;
        // Before the lock: a disk may take long, and nothing else should wait for it.
        self.make_home(&domain.root, home).await?;
        // The domain may have been deleted or moved meanwhile, and must not be from here on.
        let _changing = self.gate.changing.lock().await;
        match domains::by_id(&self.store, domain.id).await? {
            None => return Err(OrderError::invalid("domain", "there is no such domain")),
            Some(now) if now.root != domain.root => return Err(OrderError::Busy),
            Some(_) => {}
        }
        let account = NewAccount {
            id: AccountId(random::id(&self.clock)),
            domain_id: domain.id,
            login: login.to_owned(),
            user_type: draft.user_type,
            password_hash: Secret::from(hash),
            client_certificates: Vec::new(),
            home: home.to_owned(),
            permissions: draft.permissions,
            limits: draft.limits,
            expires_at: draft.expires_at,
            created_at: self.clock.now(),
        };
        let id = account.id;
        let mailbox = self.mailbox_owner(&account, &domain.name).map_err(|why| OrderError::invalid("login", why))?;
        let after = json!({
            "type": account.user_type, "home": account.home, "permissions": account.permissions,
            "limits": account.limits, "expires_at": account.expires_at,
        });
        let name = format!("{login}@{}", domain.name);
        let entry = AuditEntry { after: Some(after), ..self.deed(operator, "account.add", name) };
        let mut steps = vec![Step::AddAccount(Box::new(account)), Step::Audit(entry)];
        steps.extend(mailbox.map(Step::AddPerson));
        match together::commit(&self.store, &steps).await {
            Err(StoreError::Taken("person.login")) => {
                return Err(OrderError::invalid("login", "somebody signs in to the panel with this address already"));
            }
            Err(StoreError::Taken(_)) => {
                return Err(OrderError::invalid("login", "the domain has, or lately had, an account of that login"));
            }
            Err(StoreError::Reference) => return Err(OrderError::invalid("domain", "there is no such domain")),
            done => done?,
        }
        self.notices.changed(Topic::Accounts);
        self.notices.changed(Topic::Domains);
        self.notices.changed(Topic::People);
        self.account(operator, id).await
    }

    /// Changes an account. Sessions end that were given what it has no longer: a password, rights, a home, being allowed
    /// in. Quota and speeds change for sessions that run, other limits for logins to come.
    pub async fn change_account(
        &self,
        operator: &Operator,
        id: AccountId,
        change: &AccountChange,
    ) -> Result<AccountChanged, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        // Before the lock: it takes a while, and the login of an account never changes.
        let AccountWithDomain { account, domain } = self.account_for(operator, id).await?;
        anonymous::check_change(&account, change)?;
        let password_hash = match &change.password {
            Some(password) => {
                check_policy(&account.login, password).map_err(|why| OrderError::invalid("password", why))?;
                Some(Secret::from(self.passwords.hash(password).await?))
            }
            None => None,
        };
        if let Some(home) = news(&account, change, None)?.home {
            self.make_home(&domain.root, &home).await?;
        }
        let _changing = self.gate.changing.lock().await;
        let found = self.account_for(operator, id).await?;
        if found.domain.root != domain.root {
            return Err(OrderError::Busy);
        }
        let update = news(&found.account, change, password_hash)?;
        let (before, after) = told(&found.account, &update);
        if after.is_empty() {
            return Ok(AccountChanged { account: self.detailed(operator, found).await?, ended: 0 });
        }
        let entry = AuditEntry {
            before: Some(before.into()),
            after: Some(after.into()),
            ..self.deed(operator, action(&update), found.name())
        };
        let loss = loss(&update, self.clock.now());
        let relimited = update.limits.is_some();
        let password = update.password_hash.is_some();
        let mut steps = vec![Step::ChangeAccount(id, Box::new(update)), Step::Audit(entry)];
        if password && let Some(person) = people::of_account(&self.store, id).await? {
            steps.push(self.end_panel_sessions(person, None, SessionEnd::Password));
        }
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        if relimited {
            self.account_limits_changed(&self.account_for(operator, id).await?).await?;
        }
        let hit = |identity: &Identity| identity.account_id == id;
        let ended = loss.map_or(0, |loss| self.end_lost(Some(operator), loss, hit));
        self.notices.changed(Topic::Accounts);
        Ok(AccountChanged { account: self.account(operator, id).await?, ended })
    }

    /// Lets accounts log in, or not and ends their sessions. Those that are not there are left out.
    pub async fn enable_accounts(
        &self,
        operator: &Operator,
        ids: &[AccountId],
        enabled: bool,
    ) -> Result<AccountsChanged, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        if ids.len() > ACCOUNTS_MOST as usize {
            return Err(OrderError::invalid("ids", format!("at most {ACCOUNTS_MOST} at once")));
        }
        let change = AccountChange { enabled: Some(enabled), ..AccountChange::default() };
        let mut done = AccountsChanged::default();
        for id in ids {
            match self.change_account(operator, *id, &change).await {
                Ok(changed) => {
                    done.accounts += 1;
                    done.ended += changed.ended;
                }
                Err(OrderError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    pub(super) async fn make_home(&self, root: &str, home: &str) -> Result<(), OrderError> {
        if home.len() > HOME_MOST || home.contains(char::is_control) {
            let why = format!("a home is a path of at most {HOME_MOST} bytes without control characters");
            return Err(OrderError::invalid("home", why));
        }
        let opened = Jail::open(&PathBuf::from(root), home, true).await;
        opened.map_err(|error| OrderError::invalid("home", format!("the home cannot be made: {error}")))?;
        Ok(())
    }
}

/// What a change comes down to: only what is not so already.
fn news(account: &Account, change: &AccountChange, password_hash: Option<Secret>) -> Result<AccountUpdate, OrderError> {
    if let Some(user_type) = change.user_type.filter(|user_type| *user_type != account.user_type) {
        if [user_type, account.user_type].contains(&UserType::MailboxOwner) {
            return Err(OrderError::invalid("type", "a mailbox stays one, and nothing else becomes one"));
        }
        check_type(user_type)?;
    }
    if let Some(limits) = change.limits.filter(|limits| *limits != account.limits) {
        limits::check(&limits)?;
    }
    let home = change.home.as_deref().map(str::trim);
    if home == Some("") {
        return Err(OrderError::invalid("home", "a home is a path below the root of the domain; / is the root itself"));
    }
    Ok(AccountUpdate {
        user_type: change.user_type.filter(|new| *new != account.user_type),
        password_hash,
        home: home.filter(|new| *new != account.home).map(str::to_owned),
        permissions: change.permissions.filter(|new| *new != account.permissions),
        limits: change.limits.filter(|new| *new != account.limits),
        enabled: change.enabled.filter(|new| *new != account.enabled),
        expires_at: change.expires_at.filter(|new| *new != account.expires_at),
        ssh_auth: change.ssh_auth.filter(|new| *new != account.ssh_auth),
    })
}

/// What the audit log says of an update: how it was and how it is. Of passwords only that there is another.
fn told(account: &Account, update: &AccountUpdate) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (Map::new(), Map::new());
    let mut note = |name: &str, old: Value, new: Option<Value>| {
        if let Some(new) = new {
            before.insert(name.to_owned(), old);
            after.insert(name.to_owned(), new);
        }
    };
    note("enabled", json!(account.enabled), update.enabled.map(|new| json!(new)));
    note("password", json!("old"), update.password_hash.as_ref().map(|_| json!("new")));
    note("type", json!(account.user_type), update.user_type.map(|new| json!(new)));
    note("home", json!(account.home), update.home.as_ref().map(|new| json!(new)));
    note("permissions", json!(account.permissions), update.permissions.map(|new| json!(new)));
    note("limits", json!(account.limits), update.limits.map(|new| json!(new)));
    note("expires_at", json!(account.expires_at), update.expires_at.map(|new| json!(new)));
    note("ssh_auth", json!(account.ssh_auth), update.ssh_auth.map(|new| json!(new)));
    (before, after)
}

/// What the audit log calls it.
fn action(update: &AccountUpdate) -> &'static str {
    let other = update.user_type.is_some()
        || update.home.is_some()
        || update.permissions.is_some()
        || update.limits.is_some()
        || update.expires_at.is_some()
        || update.ssh_auth.is_some();
    match (update.enabled, &update.password_hash) {
        (Some(true), None) if !other => "account.enable",
        (Some(false), None) if !other => "account.disable",
        (None, Some(_)) if !other => "account.password",
        _ => "account.change",
    }
}

/// What sessions that run lose by an update.
fn loss(update: &AccountUpdate, now: i64) -> Option<Loss> {
    if update.enabled == Some(false) {
        Some(Loss::Disabled)
    } else if update.expires_at.flatten().is_some_and(|at| at <= now) {
        Some(Loss::Expired)
    } else if update.password_hash.is_some() {
        Some(Loss::Password)
    } else if update.permissions.is_some() || update.home.is_some() {
        Some(Loss::Changed)
    } else {
        None
    }
}

fn check_type(user_type: UserType) -> Result<(), OrderError> {
    if ACCOUNT_TYPES.contains(&user_type) {
        return Ok(());
    }
    Err(OrderError::invalid(
        "type",
        "an account is for a web_user, a website_administrator, a sub_account or a mailbox_owner",
    ))
}
