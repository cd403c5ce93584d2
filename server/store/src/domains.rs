//! Hosted domains.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{any::AnyRow, query, query_scalar};
use wharf_model::ids::{DomainId, PersonId};

/// A domain as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Which domain.
    pub id: DomainId,
    /// DNS name, lower-case.
    pub name: String,
    /// Whose it is; the house's if nobody's.
    pub owner_id: Option<PersonId>,
    /// Absolute directory all homes lie in.
    pub root: String,
    /// Whether its accounts may log in.
    pub enabled: bool,
    /// Sessions at once over all accounts; `None` is no limit.
    pub session_limit: Option<u32>,
    /// When it was added.
    pub created_at: i64,
}

/// A domain to add, enabled from then on.
#[derive(Clone, Debug)]
pub struct NewDomain {
    /// Which domain.
    pub id: DomainId,
    /// DNS name; it is stored lower-case.
    pub name: String,
    /// Whose it is; the house's if nobody's.
    pub owner_id: Option<PersonId>,
    /// Absolute directory all homes lie in.
    pub root: String,
    /// Sessions at once over all accounts; `None` is no limit.
    pub session_limit: Option<u32>,
    /// Now.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select id, name, owner_id, root, enabled, session_limit, created_at from domain ", $rest)
    };
}

impl Domain {
    pub(crate) fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: columns.parse("id")?,
            name: columns.get("name")?,
            owner_id: columns.parse_option("owner_id")?,
            root: columns.get("root")?,
            enabled: columns.flag("enabled")?,
            session_limit: columns.number_option("session_limit")?,
            created_at: columns.get("created_at")?,
        })
    }
}

fn read(row: &AnyRow) -> Result<Domain, StoreError> {
    Domain::read(Columns::of(row, "domain"))
}

/// Adds a domain. `Taken("domain.name")` if there is one of that name, `Reference` if the owner is gone.
pub async fn insert(store: &Store, domain: &NewDomain) -> Result<(), StoreError> {
    query(
        "insert into domain (id, name, owner_id, root, enabled, session_limit, created_at) \
         values ($1, $2, $3, $4, 1, $5, $6)",
    )
    .bind(domain.id.to_string())
    .bind(domain.name.to_lowercase())
    .bind(domain.owner_id.map(|id| id.to_string()))
    .bind(&*domain.root)
    .bind(domain.session_limit.map(i64::from))
    .bind(domain.created_at)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The domain with that id.
pub async fn by_id(store: &Store, id: DomainId) -> Result<Option<Domain>, StoreError> {
    let row = query(select!("where id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// The domain with that name, however it is capitalised.
pub async fn by_name(store: &Store, name: &str) -> Result<Option<Domain>, StoreError> {
    let row = query(select!("where name = $1")).bind(name.to_lowercase()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// All domains, by name.
pub async fn list(store: &Store) -> Result<Vec<Domain>, StoreError> {
    all(&query(select!("order by name")).fetch_all(store.pool()).await?, read)
}

/// Lets the domain's accounts log in, or not.
pub async fn set_enabled(store: &Store, id: DomainId, enabled: bool) -> Result<(), StoreError> {
    let done = query("update domain set enabled = $2 where id = $1")
        .bind(id.to_string())
        .bind(i64::from(enabled))
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// How many domains there are.
pub async fn count(store: &Store) -> Result<u64, StoreError> {
    let count: i64 = query_scalar("select count(*) from domain").fetch_one(store.pool()).await?;
    Ok(count.unsigned_abs())
}
