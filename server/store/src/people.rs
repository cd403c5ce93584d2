//! Who signs in to the panel, and which domains are theirs.

use crate::{
    Secret, Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{any::AnyRow, query, query_scalar};
use wharf_model::{
    ids::{DomainId, PersonId},
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
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
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
    /// Argon2id in PHC string format.
    pub password_hash: Secret,
    /// Now.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, login, display_name, role, parent_id, password_hash, enabled, created_at, last_login_at ",
            "from person ",
            $rest
        )
    };
}

impl Person {
    pub(crate) fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        let role: String = columns.get("role")?;
        Ok(Self {
            id: columns.parse("id")?,
            login: columns.get("login")?,
            display_name: columns.get("display_name")?,
            role: Role::from_word(&role).ok_or_else(|| columns.corrupt("role", "unknown role"))?,
            parent_id: columns.parse_option("parent_id")?,
            password_hash: Secret(columns.get("password_hash")?),
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
    query(
        "insert into person (id, login, display_name, role, parent_id, password_hash, enabled, created_at) \
         values ($1, $2, $3, $4, $5, $6, 1, $7)",
    )
    .bind(person.id.to_string())
    .bind(person.login.to_lowercase())
    .bind(&*person.display_name)
    .bind(person.role.word())
    .bind(person.parent_id.map(|id| id.to_string()))
    .bind(&*person.password_hash)
    .bind(person.created_at)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The person with that id.
pub async fn by_id(store: &Store, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = query(select!("where id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// The person with that login, however it is capitalised.
pub async fn by_login(store: &Store, login: &str) -> Result<Option<Person>, StoreError> {
    let row = query(select!("where login = $1")).bind(login.to_lowercase()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// How many administrators there are, disabled ones included; none on the first start.
pub async fn count_administrators(store: &Store) -> Result<u64, StoreError> {
    let count: i64 =
        query_scalar("select count(*) from person where role = 'administrator'").fetch_one(store.pool()).await?;
    Ok(count.unsigned_abs())
}

/// Everybody, by login.
pub async fn list(store: &Store) -> Result<Vec<Person>, StoreError> {
    all(&query(select!("order by login")).fetch_all(store.pool()).await?, read)
}

/// Changes the password.
pub async fn set_password_hash(store: &Store, id: PersonId, password_hash: &str) -> Result<(), StoreError> {
    let done = query("update person set password_hash = $2 where id = $1")
        .bind(id.to_string())
        .bind(password_hash)
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Lets the person sign in, or not. Panel sessions stay rows; [`crate::panel_sessions::by_token_hash`] refuses them.
pub async fn set_enabled(store: &Store, id: PersonId, enabled: bool) -> Result<(), StoreError> {
    let done = query("update person set enabled = $2 where id = $1")
        .bind(id.to_string())
        .bind(i64::from(enabled))
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Notes a sign-in.
pub async fn touch_login(store: &Store, id: PersonId, now: i64) -> Result<(), StoreError> {
    let done = query("update person set last_login_at = $2 where id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// The domains that are a person's, by name: a customer's own, a reseller's own and those of own customers.
///
/// Empty for administrators and auditors: they see everything and need no list, so ask about the role first.
pub async fn domains_in_scope(store: &Store, person: PersonId, role: Role) -> Result<Vec<DomainId>, StoreError> {
    let statement = match role {
        Role::Administrator | Role::Auditor => return Ok(Vec::new()),
        Role::Reseller => {
            "select domain.id as id from domain join person on person.id = domain.owner_id \
             where person.id = $1 or person.parent_id = $1 order by domain.name"
        }
        Role::Customer => "select id from domain where owner_id = $1 order by name",
    };
    let rows = query(statement).bind(person.to_string()).fetch_all(store.pool()).await?;
    all(&rows, |row| Columns::of(row, "domain").parse("id"))
}
