//! Who signs in to the panel, and which domains are theirs.

use crate::{
    Secret, Store, StoreError,
    audit::containing,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query, query_scalar};
use wharf_model::{
    ids::{AccountId, DomainId, PersonId},
    people::Role,
};

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// Login, lower-case.
    pub login: String,
    /// Name for people to read.
    pub display_name: String,
    /// What the person is to the house.
    pub role: Role,
    /// A customer's reseller.
    pub parent_id: Option<PersonId>,
    /// A mailbox owner's account, and its domain.
    pub mailbox: Option<(AccountId, DomainId)>,
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
    /// Secret of the person's one-time codes, in base32; `None` if none are asked for.
    pub totp_secret: Option<Secret>,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// When the person was added.
    pub created_at: i64,
    /// When the person last signed in.
    pub last_login_at: Option<i64>,
}

/// A person to add, who may sign in from then on.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Which person.
    pub id: PersonId,
    /// Login; it is stored lower-case.
    pub login: String,
    /// Name for people to read.
    pub display_name: String,
    /// What the person is to the house.
    pub role: Role,
    /// A customer's reseller.
    pub parent_id: Option<PersonId>,
    /// A mailbox owner's account, and its domain.
    pub mailbox: Option<(AccountId, DomainId)>,
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
    /// Now.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, login, display_name, role, parent_id, account_id, domain_id, password_hash, totp_secret, ",
            "enabled, created_at, last_login_at ",
            "from person ",
            $rest
        )
    };
}

impl Person {
    pub(crate) fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        let mailbox = columns.parse_option("account_id")?.zip(columns.parse_option("domain_id")?);
        Ok(Self {
            id: columns.parse("id")?,
            login: columns.get("login")?,
            display_name: columns.get("display_name")?,
            role: if mailbox.is_some() { Role::MailboxOwner } else { columns.role("role")? },
            parent_id: columns.parse_option("parent_id")?,
            mailbox,
            password_hash: Secret(columns.get("password_hash")?),
            totp_secret: columns.get::<Option<String>>("totp_secret")?.map(Secret),
            enabled: columns.flag("enabled")?,
            created_at: columns.get("created_at")?,
            last_login_at: columns.get("last_login_at")?,
        })
    }
}

fn read(row: &AnyRow) -> Result<Person, StoreError> {
    Person::read(Columns::of(row, "person"))
}

/// Adds a person. `Taken("person.login")` if there is one with that login.
pub async fn insert(store: &Store, person: &NewPerson) -> Result<(), StoreError> {
    add(&mut *store.pool().acquire().await?, person).await
}

pub(crate) async fn add(connection: &mut AnyConnection, person: &NewPerson) -> Result<(), StoreError> {
    query(
        "insert into person (id, login, display_name, role, parent_id, password_hash, enabled, created_at, \
         account_id, domain_id) values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)",
    )
    .bind(person.id.to_string())
    .bind(person.login.to_lowercase())
    .bind(&*person.display_name)
    .bind(if person.mailbox.is_some() { Role::Customer.word() } else { person.role.word() })
    .bind(person.parent_id.map(|id| id.to_string()))
    .bind(&*person.password_hash)
    .bind(person.created_at)
    .bind(person.mailbox.map(|(account, _)| account.to_string()))
    .bind(person.mailbox.map(|(_, domain)| domain.to_string()))
    .execute(connection)
    .await?;
    Ok(())
}

/// The person with that id.
pub async fn by_id(store: &Store, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = query(select!("where id = $1 and deletion_id is null"))
        .bind(id.to_string())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The person with that login, however it is capitalised.
pub async fn by_login(store: &Store, login: &str) -> Result<Option<Person>, StoreError> {
    // PostgreSQL takes no such text at all.
    if login.contains('\0') {
        return Ok(None);
    }
    let row = query(select!("where login = $1 and deletion_id is null"))
        .bind(login.to_lowercase())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// How many administrators there are, disabled ones included; none on the first start.
pub async fn count_administrators(store: &Store) -> Result<u64, StoreError> {
    let count: i64 = query_scalar("select count(*) from person where role = 'administrator' and deletion_id is null")
        .fetch_one(store.pool())
        .await?;
    Ok(count.unsigned_abs())
}

/// What a list shows of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPerson {
    /// The person.
    pub person: Person,
    /// Login of a customer's reseller.
    pub reseller: Option<String>,
    /// Whether the reseller is disabled.
    pub suspended: bool,
    /// Domains of the person's own.
    pub domains: u32,
    /// Customers of a reseller.
    pub customers: u32,
    /// Passkeys to sign in with.
    pub passkeys: u32,
}

macro_rules! select_listed {
    ($rest:literal) => {
        concat!(
            "select person.id as id, person.login as login, person.display_name as display_name, person.role as role, ",
            "person.parent_id as parent_id, person.account_id as account_id, person.domain_id as domain_id, ",
            "person.password_hash as password_hash, ",
            "person.totp_secret as totp_secret, person.enabled as enabled, person.created_at as created_at, ",
            "person.last_login_at as last_login_at, parent.login as reseller, ",
            "coalesce(1 - parent.enabled, 0) as suspended, ",
            "(select count(*) from domain where domain.owner_id = person.id and domain.deletion_id is null) as domains, ",
            "(select count(*) from person customer ",
            "where customer.parent_id = person.id and customer.deletion_id is null) as customers, ",
            "(select count(*) from passkey where passkey.person_id = person.id) as passkeys ",
            "from person left join person parent on parent.id = person.parent_id ",
            $rest
        )
    };
}

fn read_listed(row: &AnyRow) -> Result<ListedPerson, StoreError> {
    let columns = Columns::of(row, "person");
    Ok(ListedPerson {
        person: Person::read(columns)?,
        reseller: columns.get("reseller")?,
        suspended: columns.flag("suspended")?,
        domains: columns.number("domains")?,
        customers: columns.number("customers")?,
        passkeys: columns.number("passkeys")?,
    })
}

/// Everybody whose login or name contains `search`, by login, for a list.
pub async fn listed(store: &Store, search: &str) -> Result<Vec<ListedPerson>, StoreError> {
    let rows = query(select_listed!(
        "where ($1 = '' or lower(person.login || ' ' || person.display_name) like $1 escape '\\') \
         and person.deletion_id is null \
         and not exists (select 1 from account join domain on domain.id = account.domain_id \
         where account.id = person.account_id \
         and (account.deletion_id is not null or domain.deletion_id is not null)) order by person.login"
    ))
    .bind(containing(search))
    .fetch_all(store.pool())
    .await?;
    all(&rows, read_listed)
}

/// One person, as a list shows it.
pub async fn listed_one(store: &Store, id: PersonId) -> Result<Option<ListedPerson>, StoreError> {
    let row = query(select_listed!("where person.id = $1 and person.deletion_id is null"))
        .bind(id.to_string())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read_listed).transpose()
}

/// Everybody, by login.
pub async fn list(store: &Store) -> Result<Vec<Person>, StoreError> {
    all(&query(select!("where deletion_id is null order by login")).fetch_all(store.pool()).await?, read)
}

/// What can be changed of a person. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// Name for people to read.
    pub display_name: Option<String>,
    /// What the person is to the house.
    pub role: Option<Role>,
    /// A customer's reseller, or none.
    pub parent_id: Option<Option<PersonId>>,
    /// Argon2id in PHC string format.
    pub password_hash: Option<Secret>,
    /// Whether the person may sign in.
    pub enabled: Option<bool>,
}

/// `NotFound` if the person is gone.
pub(crate) async fn change(
    connection: &mut AnyConnection,
    id: PersonId,
    change: &PersonChange,
) -> Result<(), StoreError> {
    let done = query(
        "update person set display_name = coalesce($2, display_name), role = coalesce($3, role), \
         parent_id = case when $4 = 1 then $5 else parent_id end, password_hash = coalesce($6, password_hash), \
         enabled = coalesce($7, enabled) where id = $1 and deletion_id is null",
    )
    .bind(id.to_string())
    .bind(change.display_name.as_deref())
    .bind(change.role.map(Role::word))
    .bind(i64::from(change.parent_id.is_some()))
    .bind(change.parent_id.flatten().map(|id| id.to_string()))
    .bind(change.password_hash.as_deref())
    .bind(change.enabled.map(i64::from))
    .execute(connection)
    .await?;
    found(done.rows_affected())
}

/// Lets the person sign in, or not.
pub async fn set_enabled(store: &Store, id: PersonId, enabled: bool) -> Result<(), StoreError> {
    let wanted = PersonChange { enabled: Some(enabled), ..PersonChange::default() };
    change(&mut *store.pool().acquire().await?, id, &wanted).await
}

/// Changes the password.
pub async fn set_password_hash(store: &Store, id: PersonId, password_hash: &str) -> Result<(), StoreError> {
    let wanted = PersonChange { password_hash: Some(password_hash.into()), ..PersonChange::default() };
    change(&mut *store.pool().acquire().await?, id, &wanted).await
}

/// Replaces the hash of a password by another of the same one, unless the password was changed meanwhile.
pub async fn rehash(store: &Store, id: PersonId, old: &str, new: &str) -> Result<(), StoreError> {
    query("update person set password_hash = $3 where id = $1 and password_hash = $2")
        .bind(id.to_string())
        .bind(old)
        .bind(new)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Changes the secret of the one-time codes (`None` asks for no more codes) and the hashes of the recovery codes.
pub(crate) async fn set_codes(
    connection: &mut AnyConnection,
    id: PersonId,
    secret: Option<&str>,
    recovery: &[String],
) -> Result<(), StoreError> {
    let done = query("update person set totp_secret = $2, totp_step = 0 where id = $1")
        .bind(id.to_string())
        .bind(secret)
        .execute(&mut *connection)
        .await?;
    found(done.rows_affected())?;
    query("delete from recovery_code where person_id = $1").bind(id.to_string()).execute(&mut *connection).await?;
    for hash in recovery {
        query("insert into recovery_code (hash, person_id) values ($1, $2)")
            .bind(hash)
            .bind(id.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Takes the one-time code of `step`, a span of 30 seconds. False if it, or a later one, was taken before.
pub async fn take_totp_step(store: &Store, id: PersonId, step: u64) -> Result<bool, StoreError> {
    let done = query("update person set totp_step = $2 where id = $1 and totp_step < $2")
        .bind(id.to_string())
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a recovery code, which is good once. False if there is no such code.
pub async fn take_recovery_code(store: &Store, id: PersonId, hash: &str) -> Result<bool, StoreError> {
    let done = query("delete from recovery_code where hash = $1 and person_id = $2")
        .bind(hash)
        .bind(id.to_string())
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many recovery codes are left.
pub async fn count_recovery_codes(store: &Store, id: PersonId) -> Result<u32, StoreError> {
    let count: i64 = query_scalar("select count(*) from recovery_code where person_id = $1")
        .bind(id.to_string())
        .fetch_one(store.pool())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether who is above a person may not sign in, at `$2`: a customer's reseller; for a mailbox owner its account and all
/// above that. Nothing of the person's works then.
macro_rules! suspended {
    () => {
        "(exists (select 1 from person parent where parent.id = person.parent_id \
         and (parent.enabled = 0 or parent.deletion_id is not null)) \
         or exists (select 1 from account mailbox join domain on domain.id = mailbox.domain_id \
         left join person owner on owner.id = domain.owner_id left join person above on above.id = owner.parent_id \
         where mailbox.id = person.account_id and (mailbox.enabled = 0 or mailbox.deletion_id is not null \
         or mailbox.expires_at <= $2 or domain.enabled = 0 or domain.deletion_id is not null or owner.enabled = 0 \
         or owner.deletion_id is not null or above.enabled = 0 or above.deletion_id is not null)))"
    };
}
pub(crate) use suspended;

/// Whether a person, or who is above it, may not sign in at `now`: nothing of theirs works then.
pub async fn is_suspended(store: &Store, id: PersonId, now: i64) -> Result<bool, StoreError> {
    let count: i64 = query_scalar(concat!(
        "select count(*) from person where person.id = $1 \
         and (person.enabled = 0 or person.deletion_id is not null or ",
        suspended!(),
        ")"
    ))
    .bind(id.to_string())
    .bind(now)
    .fetch_one(store.pool())
    .await?;
    Ok(count > 0)
}

/// Who signs in with the address of an account.
pub async fn of_account(store: &Store, account: AccountId) -> Result<Option<PersonId>, StoreError> {
    let row = query("select id from person where account_id = $1")
        .bind(account.to_string())
        .fetch_optional(store.pool())
        .await?;
    row.map(|row| Columns::of(&row, "person").parse("id")).transpose()
}

/// The customers of a reseller.
pub async fn customers_of(store: &Store, reseller: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let rows = query("select id from person where parent_id = $1 and deletion_id is null order by id")
        .bind(reseller.to_string())
        .fetch_all(store.pool())
        .await?;
    all(&rows, |row| Columns::of(row, "person").parse("id"))
}

/// A customer's reseller, also that of a customer who was deleted.
pub async fn parent_of(store: &Store, id: PersonId) -> Result<Option<PersonId>, StoreError> {
    let row =
        query("select parent_id from person where id = $1").bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.map_or(Ok(None), |row| Columns::of(&row, "person").parse_option("parent_id"))
}

/// The domains that are a person's, by name: a customer's own, a reseller's own and those of own customers.
///
/// Empty for administrators and auditors, who see everything and need no list, and for mailbox owners, who see no domain
/// at all, so ask about the role first.
pub async fn domains_in_scope(store: &Store, person: PersonId, role: Role) -> Result<Vec<DomainId>, StoreError> {
    let statement = match role {
        Role::Administrator | Role::Auditor | Role::MailboxOwner => return Ok(Vec::new()),
        Role::Reseller => {
            "select domain.id as id from domain join person on person.id = domain.owner_id \
             where person.id = $1 or person.parent_id = $1 order by domain.name"
        }
        Role::Customer => "select id from domain where owner_id = $1 order by name",
    };
    let rows = query(statement).bind(person.to_string()).fetch_all(store.pool()).await?;
    all(&rows, |row| Columns::of(row, "domain").parse("id"))
}
