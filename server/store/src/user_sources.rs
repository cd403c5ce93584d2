//! Users whom a domain does not know itself: who is asked about them.

use crate::{
    Secret, Store, StoreError,
    columns::{Columns, all},
};
use sqlx::{AnyConnection, query, query_scalar};
use wharf_model::{accounts::Permissions, ids::DomainId, user_sources::UserSource};

/// The source of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSource {
    /// Who is asked.
    pub source: UserSource,
    /// What those who come from there may do with files.
    pub permissions: Permissions,
    /// What their accounts have in place of the hash of a password.
    pub revision: Secret,
}

/// The source of a domain, if it has one.
pub async fn of(store: &Store, domain: DomainId) -> Result<Option<StoredSource>, StoreError> {
    let row = query("select source, permissions, revision from user_source where domain_id = $1")
        .bind(domain.to_string())
        .fetch_optional(store.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let columns = Columns::of(&row, "user_source");
    let source: String = columns.get("source")?;
    let permissions: String = columns.get("permissions")?;
    Ok(Some(StoredSource {
        source: serde_json::from_str(&source).map_err(|error| columns.corrupt("source", error))?,
        permissions: serde_json::from_str(&permissions).map_err(|error| columns.corrupt("permissions", error))?,
        revision: Secret(columns.get("revision")?),
    }))
}

/// Gives the domain a source, or none. The accounts that came from the one before get the new revision, and the rights
/// of the new one.
pub(crate) async fn set(
    connection: &mut AnyConnection,
    domain: DomainId,
    stored: Option<&StoredSource>,
    revision: &Secret,
) -> Result<(), StoreError> {
    let domain = domain.to_string();
    query("delete from user_source where domain_id = $1").bind(&*domain).execute(&mut *connection).await?;
    let unwritable = |error| StoreError::Corrupt(format!("user_source cannot be written: {error}"));
    let mut permissions = None;
    if let Some(stored) = stored {
        let source = serde_json::to_string(&stored.source).map_err(unwritable)?;
        let rights = serde_json::to_string(&stored.permissions).map_err(unwritable)?;
        query("insert into user_source (domain_id, source, permissions, revision) values ($1, $2, $3, $4)")
            .bind(&*domain)
            .bind(source)
            .bind(&*rights)
            .bind(&**revision)
            .execute(&mut *connection)
            .await?;
        permissions = Some(rights);
    }
    query(
        "update account set password_hash = $2, permissions = coalesce($3, permissions) \
         where domain_id = $1 and user_type = 'not_registered'",
    )
    .bind(&*domain)
    .bind(&**revision)
    .bind(permissions)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the domain has, or lately had, an account of that login, however it is capitalised: many sources take `Ann` and
/// `ann` for one.
pub async fn knows(store: &Store, domain: DomainId, login: &str) -> Result<bool, StoreError> {
    let count: i64 = query_scalar("select count(*) from account where domain_id = $1 and lower(login) = lower($2)")
        .bind(domain.to_string())
        .bind(login)
        .fetch_one(store.pool())
        .await?;
    Ok(count > 0)
}

/// How many users of a domain have come from elsewhere.
pub async fn count(store: &Store, domain: DomainId) -> Result<u32, StoreError> {
    let count: i64 = query_scalar(
        "select count(*) from account where domain_id = $1 and user_type = 'not_registered' and deletion_id is null",
    )
    .bind(domain.to_string())
    .fetch_one(store.pool())
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Homes of a domain, also of deleted accounts, that are not what they would be for their logins.
pub async fn chosen_homes(store: &Store, domain: DomainId) -> Result<Vec<String>, StoreError> {
    let rows = query("select home from account where domain_id = $1 and home <> login")
        .bind(domain.to_string())
        .fetch_all(store.pool())
        .await?;
    all(&rows, |row| Columns::of(row, "account").get("home"))
}
