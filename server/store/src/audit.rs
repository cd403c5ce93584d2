//! Who did what. Entries are only ever added.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
};
use sqlx::{any::AnyRow, query};
use wharf_model::ids::AuditId;

/// Something somebody did or tried to do.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Which entry; entries are listed by it, so it has to be a `UUIDv7` made at `at`.
    pub id: AuditId,
    /// When.
    pub at: i64,
    /// Who: login, token name or `system`.
    pub actor: String,
    /// From where; `None` when nobody was connected.
    pub actor_ip: Option<String>,
    /// What, dotted: `session.kick`.
    pub action: String,
    /// To whom or what.
    pub target: String,
    /// Whatever belongs to the action; never a secret.
    pub detail: serde_json::Value,
    /// What came of it.
    pub result: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select id, at, actor, actor_ip, action, target, detail, result from audit ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    let columns = Columns::of(row, "audit");
    let detail: String = columns.get("detail")?;
    Ok(AuditEntry {
        id: columns.parse("id")?,
        at: columns.get("at")?,
        actor: columns.get("actor")?,
        actor_ip: columns.get("actor_ip")?,
        action: columns.get("action")?,
        target: columns.get("target")?,
        detail: serde_json::from_str(&detail).map_err(|error| columns.corrupt("detail", error))?,
        result: columns.get("result")?,
    })
}

/// Adds an entry.
pub async fn append(store: &Store, entry: &AuditEntry) -> Result<(), StoreError> {
    query(
        "insert into audit (id, at, actor, actor_ip, action, target, detail, result) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.id.to_string())
    .bind(entry.at)
    .bind(&*entry.actor)
    .bind(entry.actor_ip.as_deref())
    .bind(&*entry.action)
    .bind(&*entry.target)
    .bind(entry.detail.to_string())
    .bind(&*entry.result)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The newest entries, newest first: `limit` of them, older than `before` where it is given.
pub async fn list(store: &Store, limit: u32, before: Option<AuditId>) -> Result<Vec<AuditEntry>, StoreError> {
    let rows = match before {
        Some(before) => {
            query(select!("where id < $1 order by id desc limit $2"))
                .bind(before.to_string())
                .bind(i64::from(limit))
                .fetch_all(store.pool())
                .await?
        }
        None => query(select!("order by id desc limit $1")).bind(i64::from(limit)).fetch_all(store.pool()).await?,
    };
    all(&rows, read)
}
