//! Transfer accounts of domains.

use crate::{
    Secret, Store, StoreError,
    audit::containing,
    columns::{Columns, all, found},
    domains::Domain,
};
use sqlx::{AnyConnection, Row, any::AnyRow, query};
use wharf_model::{
    accounts::{Limits, Permissions, SshAuth},
    ids::{AccountId, DomainId},
    sessions::UserType,
};

/// An account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: AccountId,
    /// Of which domain.
    pub domain_id: DomainId,
    /// Login, unique in the domain, with case.
    pub login: String,
    /// What kind of user.
    pub user_type: UserType,
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
    /// Hex SHA-256 of the client certificates it may log in with; empty if it needs none.
    pub client_certificates: Vec<String>,
    /// What it has to show to log in over SSH.
    pub ssh_auth: SshAuth,
    /// Secret of its one-time codes, in base32; `None` if it needs none.
    pub totp_secret: Option<Secret>,
    /// Home, relative to the domain's root.
    pub home: String,
    /// What it may do with files.
    pub permissions: Permissions,
    /// How much it may do.
    pub limits: Limits,
    /// Whether it may log in.
    pub enabled: bool,
    /// When it ends to be allowed in; `None` is never.
    pub expires_at: Option<i64>,
    /// Bytes in files below the home, as last counted.
    pub used_bytes: u64,
    /// When it was added.
    pub created_at: i64,
    /// When it last logged in.
    pub last_login_at: Option<i64>,
}

/// An account and its domain: what a login needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountWithDomain {
    /// The account.
    pub account: Account,
    /// Its domain.
    pub domain: Domain,
}

impl AccountWithDomain {
    /// `login@domain`
    pub fn name(&self) -> String {
        format!("{}@{}", self.account.login, self.domain.name)
    }
}

/// What a list shows of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    /// Which account.
    pub id: AccountId,
    /// Login, unique in the domain, with case.
    pub login: String,
    /// Of which domain.
    pub domain_id: DomainId,
    /// The domain's name.
    pub domain_name: String,
    /// What kind of user.
    pub user_type: UserType,
    /// Whether it may log in.
    pub enabled: bool,
    /// When it ends to be allowed in; `None` is never.
    pub expires_at: Option<i64>,
    /// When it last logged in.
    pub last_login_at: Option<i64>,
    /// How many SSH keys it has.
    pub ssh_keys: u32,
}

/// What to change of an account. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct AccountUpdate {
    /// What kind of user.
    pub user_type: Option<UserType>,
    /// Argon2id in PHC string format.
    pub password_hash: Option<Secret>,
    /// Home, relative to the domain's root.
    pub home: Option<String>,
    /// What it may do with files.
    pub permissions: Option<Permissions>,
    /// How much it may do.
    pub limits: Option<Limits>,
    /// Whether it may log in.
    pub enabled: Option<bool>,
    /// When it ends to be allowed in; the inner `None` is never.
    pub expires_at: Option<Option<i64>>,
    /// What it has to show to log in over SSH.
    pub ssh_auth: Option<SshAuth>,
}

/// An account to add, enabled from then on.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Which account.
    pub id: AccountId,
    /// Of which domain.
    pub domain_id: DomainId,
    /// Login, unique in the domain, with case.
    pub login: String,
    /// What kind of user.
    pub user_type: UserType,
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
    /// Hex SHA-256 of the client certificates it may log in with; empty if it needs none.
    pub client_certificates: Vec<String>,
    /// Home, relative to the domain's root.
    pub home: String,
    /// What it may do with files.
    pub permissions: Permissions,
    /// How much it may do.
    pub limits: Limits,
    /// When it ends to be allowed in; `None` is never.
    pub expires_at: Option<i64>,
    /// Now.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select account.id as id, account.domain_id as domain_id, account.login as login, ",
            "account.user_type as user_type, account.password_hash as password_hash, ",
            "account.client_certificates as client_certificates, account.ssh_auth as ssh_auth, ",
            "account.totp_secret as totp_secret, account.home as home, ",
            "account.permissions as permissions, account.limits as limits, account.enabled as enabled, ",
            "account.expires_at as expires_at, account.used_bytes as used_bytes, account.created_at as created_at, ",
            "account.last_login_at as last_login_at, ",
            "domain.name as domain_name, domain.owner_id as domain_owner_id, domain.root as domain_root, ",
            "domain.enabled as domain_enabled, domain.session_limit as domain_session_limit, ",
            "domain.certificate_file as domain_certificate_file, ",
            "domain.certificate_key_file as domain_certificate_key_file, domain.require_tls as domain_require_tls, ",
            "domain.created_at as domain_created_at ",
            "from account join domain on domain.id = account.domain_id ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Account, StoreError> {
    let columns = Columns::of(row, "account");
    let ssh_auth: String = columns.get("ssh_auth")?;
    Ok(Account {
        id: columns.parse("id")?,
        domain_id: columns.parse("domain_id")?,
        login: columns.get("login")?,
        user_type: read_type(columns)?,
        password_hash: Secret(columns.get("password_hash")?),
        client_certificates: columns.json("client_certificates")?,
        ssh_auth: SshAuth::from_word(&ssh_auth).ok_or_else(|| columns.corrupt("ssh_auth", "unknown word"))?,
        totp_secret: columns.get::<Option<String>>("totp_secret")?.map(Secret),
        home: columns.get("home")?,
        permissions: columns.json("permissions")?,
        limits: columns.json("limits")?,
        enabled: columns.flag("enabled")?,
        expires_at: columns.get("expires_at")?,
        used_bytes: columns.number("used_bytes")?,
        created_at: columns.get("created_at")?,
        last_login_at: columns.get("last_login_at")?,
    })
}

fn read_type(columns: Columns<'_>) -> Result<UserType, StoreError> {
    let user_type = serde_json::Value::String(columns.get("user_type")?);
    serde_json::from_value(user_type).map_err(|error| columns.corrupt("user_type", error))
}

fn read_with_domain(row: &AnyRow) -> Result<AccountWithDomain, StoreError> {
    Ok(AccountWithDomain { account: read(row)?, domain: Domain::read(Columns::joined(row, "domain", "domain_"))? })
}

/// The word serde has for it, without the quotes of JSON.
fn word(user_type: UserType) -> Result<String, StoreError> {
    match serde_json::to_value(user_type) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Corrupt(format!("account.user_type cannot be written: {other:?}"))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("account cannot be written: {error}"))
}

/// Adds an account. `Taken("account.login")` if the domain has one with that login, also a deleted one; `Reference` if
/// there is no such domain.
pub async fn insert(store: &Store, account: &NewAccount) -> Result<(), StoreError> {
    add(&mut *store.pool().acquire().await?, account).await
}

pub(crate) async fn add(connection: &mut AnyConnection, account: &NewAccount) -> Result<(), StoreError> {
    query(
        "insert into account (id, domain_id, login, user_type, password_hash, client_certificates, home, permissions, \
         limits, enabled, expires_at, used_bytes, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, 0, $11)",
    )
    .bind(account.id.to_string())
    .bind(account.domain_id.to_string())
    .bind(&*account.login)
    .bind(word(account.user_type)?)
    .bind(&*account.password_hash)
    .bind(serde_json::to_string(&account.client_certificates).map_err(unwritable)?)
    .bind(&*account.home)
    .bind(serde_json::to_string(&account.permissions).map_err(unwritable)?)
    .bind(serde_json::to_string(&account.limits).map_err(unwritable)?)
    .bind(account.expires_at)
    .bind(account.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes an account that is there.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    id: AccountId,
    change: &AccountUpdate,
) -> Result<(), StoreError> {
    let done = query(
        "update account set user_type = coalesce($2, user_type), password_hash = coalesce($3, password_hash), \
         home = coalesce($4, home), permissions = coalesce($5, permissions), limits = coalesce($6, limits), \
         enabled = coalesce($7, enabled), expires_at = case when $8 = 1 then $9 else expires_at end, \
         ssh_auth = coalesce($10, ssh_auth) where id = $1 and deletion_id is null",
    )
    .bind(id.to_string())
    .bind(change.user_type.map(word).transpose()?)
    .bind(change.password_hash.as_deref())
    .bind(change.home.as_deref())
    .bind(change.permissions.map(|permissions| serde_json::to_string(&permissions)).transpose().map_err(unwritable)?)
    .bind(change.limits.map(|limits| serde_json::to_string(&limits)).transpose().map_err(unwritable)?)
    .bind(change.enabled.map(i64::from))
    .bind(i64::from(change.expires_at.is_some()))
    .bind(change.expires_at.flatten())
    .bind(change.ssh_auth.map(SshAuth::word))
    .execute(&mut *connection)
    .await?;
    found(done.rows_affected())?;
    // A mailbox owner signs in to the panel with the same password.
    if let Some(password_hash) = change.password_hash.as_deref() {
        query("update person set password_hash = $2 where account_id = $1")
            .bind(id.to_string())
            .bind(password_hash)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// The account with that id, and its domain.
pub async fn by_id(store: &Store, id: AccountId) -> Result<Option<AccountWithDomain>, StoreError> {
    let row = query(select!("where account.id = $1 and account.deletion_id is null and domain.deletion_id is null"))
        .bind(id.to_string())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read_with_domain).transpose()
}

/// The accounts a login could mean: with a domain that domain's one or none, without it one of each domain that has
/// such a login, so more than one is ambiguous; there only accounts with passwords of their own count, or whoever some
/// outside source lets in could make the login of somebody else ambiguous. Disabled and expired ones are among them, as are those of disabled
/// domains: the caller refuses them after the password was checked, so that all refusals look alike.
pub async fn find_for_login(
    store: &Store,
    login: &str,
    domain: Option<&str>,
) -> Result<Vec<AccountWithDomain>, StoreError> {
    let rows = match domain {
        Some(domain) => {
            query(select!(
                "where account.login = $1 and domain.name = $2 \
                 and account.deletion_id is null and domain.deletion_id is null"
            ))
            .bind(login)
            .bind(domain.to_lowercase())
            .fetch_all(store.pool())
            .await?
        }
        None => {
            query(select!(
                "where account.login = $1 and account.deletion_id is null and domain.deletion_id is null \
                 and account.user_type not in ('anonymous', 'not_registered') order by domain.name"
            ))
            .bind(login)
            .fetch_all(store.pool())
            .await?
        }
    };
    all(&rows, read_with_domain)
}

/// The accounts of this login that stand for anonymous users and let them in, in all domains.
pub async fn anonymous(store: &Store, login: &str) -> Result<Vec<AccountWithDomain>, StoreError> {
    let rows = query(select!(
        "where account.login = $1 and account.user_type = 'anonymous' and account.enabled = 1 and domain.enabled = 1 \
         and account.deletion_id is null and domain.deletion_id is null"
    ))
    .bind(login)
    .fetch_all(store.pool())
    .await?;
    all(&rows, read_with_domain)
}

/// The accounts of a domain, by login.
pub async fn list(store: &Store, domain: DomainId) -> Result<Vec<Account>, StoreError> {
    let rows = query(select!(
        "where account.domain_id = $1 and account.deletion_id is null and domain.deletion_id is null \
         order by account.login"
    ))
    .bind(domain.to_string())
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

/// The accounts whose time is over at `now`.
pub async fn expired(store: &Store, now: i64) -> Result<Vec<AccountId>, StoreError> {
    let rows = query("select id from account where expires_at <= $1").bind(now).fetch_all(store.pool()).await?;
    all(&rows, |row| Columns::of(row, "account").parse("id"))
}

/// Lets the account log in, or not.
pub async fn set_enabled(store: &Store, id: AccountId, enabled: bool) -> Result<(), StoreError> {
    enable(&mut *store.pool().acquire().await?, id, enabled).await
}

pub(crate) async fn enable(connection: &mut AnyConnection, id: AccountId, enabled: bool) -> Result<(), StoreError> {
    let done = query("update account set enabled = $2 where id = $1")
        .bind(id.to_string())
        .bind(i64::from(enabled))
        .execute(connection)
        .await?;
    found(done.rows_affected())
}

/// The accounts whose `login@domain` contains `search`, of domains that `visible` allows, by name, at most `most`.
pub async fn search(
    store: &Store,
    search: &str,
    visible: impl Fn(DomainId) -> bool,
    most: usize,
) -> Result<Vec<AccountWithDomain>, StoreError> {
    let rows = query(select!(
        "where ($1 = '' or lower(account.login || '@' || domain.name) like $1 escape '\\') \
         and account.deletion_id is null and domain.deletion_id is null \
         order by domain.name, account.login"
    ))
    .bind(containing(search))
    .fetch_all(store.pool())
    .await?;
    let mut found = all(&rows, read_with_domain)?;
    found.retain(|found| visible(found.domain.id));
    found.truncate(most);
    Ok(found)
}

/// The accounts whose `login@domain` contains `search`, by name, for a list.
pub async fn listed(store: &Store, search: &str) -> Result<Vec<ListedAccount>, StoreError> {
    let rows = query(
        "select account.id as id, account.login as login, account.user_type as user_type, \
         account.enabled as enabled, account.expires_at as expires_at, account.last_login_at as last_login_at, \
         domain.id as domain_id, domain.name as domain_name, (select count(*) from ssh_key where ssh_key.account_id = account.id) as ssh_keys \
         from account join domain on domain.id = account.domain_id \
         where ($1 = '' or lower(account.login || '@' || domain.name) like $1 escape '\\') \
         and account.deletion_id is null and domain.deletion_id is null order by domain.name, account.login",
    )
    .bind(containing(search))
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "account");
        Ok(ListedAccount {
            id: columns.parse("id")?,
            login: columns.get("login")?,
            domain_id: columns.parse("domain_id")?,
            domain_name: columns.get("domain_name")?,
            user_type: read_type(columns)?,
            enabled: columns.flag("enabled")?,
            expires_at: columns.get("expires_at")?,
            last_login_at: columns.get("last_login_at")?,
            ssh_keys: columns.number("ssh_keys")?,
        })
    })
}

/// Changes the password.
pub async fn set_password_hash(store: &Store, id: AccountId, password_hash: &str) -> Result<(), StoreError> {
    let done = query("update account set password_hash = $2 where id = $1")
        .bind(id.to_string())
        .bind(password_hash)
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Changes what the account has to show to log in over SSH.
pub async fn set_ssh_auth(store: &Store, id: AccountId, ssh_auth: SshAuth) -> Result<(), StoreError> {
    let done = query("update account set ssh_auth = $2 where id = $1")
        .bind(id.to_string())
        .bind(ssh_auth.word())
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Changes the secret of the one-time codes; `None` asks for no more codes.
pub async fn set_totp_secret(store: &Store, id: AccountId, secret: Option<&str>) -> Result<(), StoreError> {
    set_totp(&mut *store.pool().acquire().await?, id, secret).await
}

pub(crate) async fn set_totp(
    connection: &mut AnyConnection,
    id: AccountId,
    secret: Option<&str>,
) -> Result<(), StoreError> {
    let done = query("update account set totp_secret = $2, totp_step = 0 where id = $1")
        .bind(id.to_string())
        .bind(secret)
        .execute(connection)
        .await?;
    found(done.rows_affected())
}

/// Takes the one-time code of `step`, a span of 30 seconds. False if it, or a later one, was taken before.
pub async fn take_totp_step(store: &Store, id: AccountId, step: u64) -> Result<bool, StoreError> {
    let done = query("update account set totp_step = $2 where id = $1 and totp_step < $2")
        .bind(id.to_string())
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds to the bytes in use, or takes from them; never below zero. Gives the sum. Exact however many write at once.
pub async fn add_used_bytes(store: &Store, id: AccountId, delta: i64) -> Result<u64, StoreError> {
    let row = query(
        "update account set used_bytes = case when used_bytes + $2 < 0 then 0 else used_bytes + $2 end \
         where id = $1 returning used_bytes",
    )
    .bind(id.to_string())
    .bind(delta)
    .fetch_one(store.pool())
    .await?;
    Ok(row.try_get::<i64, _>("used_bytes")?.unsigned_abs())
}

/// Replaces the bytes in use by a fresh count.
pub async fn set_used_bytes(store: &Store, id: AccountId, used_bytes: u64) -> Result<(), StoreError> {
    let done = query("update account set used_bytes = $2 where id = $1")
        .bind(id.to_string())
        .bind(i64::try_from(used_bytes).unwrap_or(i64::MAX))
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Notes a login.
pub async fn touch_login(store: &Store, id: AccountId, now: i64) -> Result<(), StoreError> {
    let done = query("update account set last_login_at = $2 where id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}
