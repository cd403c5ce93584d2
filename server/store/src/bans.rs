//! Bans.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    addresses::AddressRange,
    bans::{BanOrigin, Reach},
    ids::{AccountId, BanId, DomainId},
};

/// A ban as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBan {
    /// Which ban.
    pub id: BanId,
    /// Who may not come in.
    pub address: AddressRange,
    /// Where.
    pub reach: StoredReach,
    /// Where it comes from; bans of the login throttle are never stored.
    pub origin: BanOrigin,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// How often it turned somebody away.
    pub hits: u64,
    /// When it last did.
    pub last_hit: Option<i64>,
}

/// What a ban or rule holds for, with what is needed to name it and to decide who may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReach {
    /// What.
    pub reach: Reach,
    /// The domain, also of an account; `None` for the server.
    pub domain: Option<DomainId>,
    /// `Server`, the domain's name, or `login@domain`.
    pub name: String,
}

impl StoredReach {
    /// The whole server.
    pub fn server() -> Self {
        Self { reach: Reach::Server, domain: None, name: "Server".to_owned() }
    }

    /// One domain.
    pub fn domain(id: DomainId, name: &str) -> Self {
        Self { reach: Reach::Domain(id), domain: Some(id), name: name.to_owned() }
    }

    /// One account.
    pub fn account(id: AccountId, login: &str, domain: DomainId, domain_name: &str) -> Self {
        Self { reach: Reach::Account(id), domain: Some(domain), name: format!("{login}@{domain_name}") }
    }

    /// From the columns `domain_id`, `account_id`, `domain_name` and `account_login`.
    pub(crate) fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        let domain: Option<DomainId> = columns.parse_option("domain_id")?;
        let account: Option<AccountId> = columns.parse_option("account_id")?;
        let domain_name: Option<String> = columns.get("domain_name")?;
        let login: Option<String> = columns.get("account_login")?;
        Ok(match (domain, domain_name, account, login) {
            (Some(domain), Some(name), Some(account), Some(login)) => Self::account(account, &login, domain, &name),
            (Some(domain), Some(name), None, _) => Self::domain(domain, &name),
            (None, _, None, _) => Self::server(),
            _ => return Err(columns.corrupt("account_id", "an account without its domain")),
        })
    }

    pub(crate) fn domain_column(&self) -> Option<String> {
        self.domain.map(|id| id.to_string())
    }

    pub(crate) fn account_column(&self) -> Option<String> {
        match self.reach {
            Reach::Account(id) => Some(id.to_string()),
            _ => None,
        }
    }
}

fn read(row: &AnyRow) -> Result<StoredBan, StoreError> {
    let columns = Columns::of(row, "ban");
    let origin: String = columns.get("origin")?;
    Ok(StoredBan {
        id: columns.parse("id")?,
        address: columns.parse("address")?,
        reach: StoredReach::read(columns)?,
        origin: if origin == "kick" { BanOrigin::Kick } else { BanOrigin::Hand },
        reason: columns.get("reason")?,
        by: columns.get("created_by")?,
        created: columns.get("created_at")?,
        expires: columns.get("expires_at")?,
        hits: columns.number("hits")?,
        last_hit: columns.get("last_hit_at")?,
    })
}

/// Bans that are in force after `now`, oldest first.
pub async fn list(store: &Store, now: i64) -> Result<Vec<StoredBan>, StoreError> {
    let rows = query(
        "select ban.id as id, ban.address as address, ban.domain_id as domain_id, ban.account_id as account_id, \
         ban.origin as origin, ban.reason as reason, ban.created_by as created_by, ban.created_at as created_at, \
         ban.expires_at as expires_at, ban.hits as hits, ban.last_hit_at as last_hit_at, \
         domain.name as domain_name, account.login as account_login \
         from ban left join domain on domain.id = ban.domain_id left join account on account.id = ban.account_id \
         where ban.expires_at > $1 order by ban.id",
    )
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

/// Removes bans that ended by `now`.
pub async fn delete_expired(store: &Store, now: i64) -> Result<(), StoreError> {
    query("delete from ban where expires_at <= $1").bind(now).execute(store.pool()).await?;
    Ok(())
}

pub(crate) async fn insert(connection: &mut AnyConnection, ban: &StoredBan) -> Result<(), StoreError> {
    query(
        "insert into ban (id, address, domain_id, account_id, origin, reason, created_by, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(ban.id.to_string())
    .bind(ban.address.to_string())
    .bind(ban.reach.domain_column())
    .bind(ban.reach.account_column())
    .bind(if ban.origin == BanOrigin::Kick { "kick" } else { "hand" })
    .bind(&*ban.reason)
    .bind(&*ban.by)
    .bind(ban.created)
    .bind(ban.expires)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: BanId) -> Result<(), StoreError> {
    query("delete from ban where id = $1").bind(id.to_string()).execute(connection).await?;
    Ok(())
}

pub(crate) async fn set_hits(
    connection: &mut AnyConnection,
    id: BanId,
    hits: u64,
    last_hit: i64,
) -> Result<(), StoreError> {
    query("update ban set hits = $2, last_hit_at = $3 where id = $1")
        .bind(id.to_string())
        .bind(i64::try_from(hits).unwrap_or(i64::MAX))
        .bind(last_hit)
        .execute(connection)
        .await?;
    Ok(())
}
