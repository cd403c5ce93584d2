//! Limits of persons and domains, which hold for every account below them.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    accounts::Limits,
    ids::{AccountId, DomainId, PersonId},
    people::Role,
};

/// What is set for the accounts of a domain, the server's left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Those of the domain.
    pub domain: Limits,
    /// Its owner.
    pub owner: Option<Holder>,
    /// The owner's reseller.
    pub parent: Option<Holder>,
}

/// A person who has limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which person.
    pub id: PersonId,
    /// Login.
    pub login: String,
    /// Reseller or customer.
    pub role: Role,
    /// Those of the person.
    pub limits: Limits,
}

impl Chain {
    /// The strictest of all of them.
    pub fn strictest(&self) -> Limits {
        let holders = self.owner.iter().chain(&self.parent);
        holders.fold(self.domain, |all, holder| all.strictest(holder.limits))
    }
}

macro_rules! holders {
    ($rest:literal) => {
        concat!(
            "owner.id as owner_id, owner.login as owner_login, owner.role as owner_role, ",
            "owner.limits as owner_limits, parent.id as parent_id, parent.login as parent_login, ",
            "parent.role as parent_role, parent.limits as parent_limits ",
            $rest
        )
    };
}

/// What is set for the accounts of a domain.
pub async fn of_domain(store: &Store, id: DomainId) -> Result<Option<Chain>, StoreError> {
    let row = query(concat!(
        "select domain.limits as domain_limits, ",
        holders!(
            "from domain left join person owner on owner.id = domain.owner_id \
             left join person parent on parent.id = owner.parent_id \
             where domain.id = $1 and domain.deletion_id is null"
        )
    ))
    .bind(id.to_string())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_chain).transpose()
}

/// What is set for the accounts of a person, and for those of the person's reseller.
pub async fn of_person(store: &Store, id: PersonId) -> Result<Option<(Holder, Option<Holder>)>, StoreError> {
    let row = query(concat!(
        "select ",
        holders!(
            "from person owner left join person parent on parent.id = owner.parent_id \
             where owner.id = $1 and owner.deletion_id is null"
        )
    ))
    .bind(id.to_string())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let parent = read_holder(&row, "parent_")?;
    Ok(read_holder(&row, "owner_")?.map(|owner| (owner, parent)))
}

/// An account with the limits that hold for it, the server's left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Which account.
    pub id: AccountId,
    /// Its login.
    pub login: String,
    /// Of which domain.
    pub domain_id: DomainId,
    /// The domain's name.
    pub domain: String,
    /// Whether it may log in.
    pub enabled: bool,
    /// When it ends to be allowed in; `None` is never.
    pub expires_at: Option<i64>,
    /// Bytes in files below the home, as last counted.
    pub used_bytes: u64,
    /// The strictest of the chain.
    pub limits: Limits,
}

/// Every account with the limits that hold for it, the server's left out.
pub async fn of_accounts(store: &Store) -> Result<Vec<Limited>, StoreError> {
    let rows = query(concat!(
        "select account.id as id, account.login as login, account.domain_id as domain_id, domain.name as domain, ",
        "account.enabled as enabled, account.expires_at as expires_at, account.used_bytes as used_bytes, ",
        "account.limits as limits, domain.limits as domain_limits, ",
        holders!(
            "from account join domain on domain.id = account.domain_id \
             left join person owner on owner.id = domain.owner_id \
             left join person parent on parent.id = owner.parent_id \
             where account.deletion_id is null and domain.deletion_id is null"
        )
    ))
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "account");
        Ok(Limited {
            id: columns.parse("id")?,
            login: columns.get("login")?,
            domain_id: columns.parse("domain_id")?,
            domain: columns.get("domain")?,
            enabled: columns.flag("enabled")?,
            expires_at: columns.get("expires_at")?,
            used_bytes: columns.number("used_bytes")?,
            limits: columns.json::<Limits>("limits")?.strictest(read_chain(row)?.strictest()),
        })
    })
}

/// Sets those of a domain.
pub(crate) async fn set_of_domain(
    connection: &mut AnyConnection,
    id: DomainId,
    limits: Limits,
) -> Result<(), StoreError> {
    let done = query("update domain set limits = $2 where id = $1 and deletion_id is null")
        .bind(id.to_string())
        .bind(text(limits)?)
        .execute(connection)
        .await?;
    found(done.rows_affected())
}

/// Sets those of a person.
pub(crate) async fn set_of_person(
    connection: &mut AnyConnection,
    id: PersonId,
    limits: Limits,
) -> Result<(), StoreError> {
    let done = query("update person set limits = $2 where id = $1 and deletion_id is null")
        .bind(id.to_string())
        .bind(text(limits)?)
        .execute(connection)
        .await?;
    found(done.rows_affected())
}

fn text(limits: Limits) -> Result<String, StoreError> {
    serde_json::to_string(&limits).map_err(|error| StoreError::Corrupt(format!("limits cannot be written: {error}")))
}

fn read_chain(row: &AnyRow) -> Result<Chain, StoreError> {
    Ok(Chain {
        domain: Columns::joined(row, "domain", "domain_").json("limits")?,
        owner: read_holder(row, "owner_")?,
        parent: read_holder(row, "parent_")?,
    })
}

fn read_holder(row: &AnyRow, prefix: &'static str) -> Result<Option<Holder>, StoreError> {
    let columns = Columns::joined(row, "person", prefix);
    let Some(id) = columns.parse_option("id")? else { return Ok(None) };
    Ok(Some(Holder { id, login: columns.get("login")?, role: columns.role("role")?, limits: columns.json("limits")? }))
}
