//! Who did what. Entries are only ever added.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
};
use serde_json::Value;
use sqlx::{AnyConnection, any::AnyRow, query, query_scalar};
use wharf_model::{
    audit::{AuditEntry, AuditFilter, AuditRange},
    ids::AuditId,
};

/// Statements about the entries a filter finds. The search text is compared with everything a reader sees.
macro_rules! found {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " from audit where ($1 = '' or lower(actor) like $1 escape '\\') \
              and ($2 = '' or action like $2 escape '\\') \
              and ($3 = '' or lower(target) like $3 escape '\\' or lower(reason) like $3 escape '\\' \
              or lower(detail) like $3 escape '\\' or actor_ip like $3 escape '\\') \
              and at >= $4 and at < $5 and ($6 = '' or id < $6) and ($7 = '' or actor = $7) ",
            $tail
        )
    };
}

fn read(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    let columns = Columns::of(row, "audit");
    let json = |column: &str| -> Result<Option<Value>, StoreError> {
        let text: Option<String> = columns.get(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| columns.corrupt(column, error))).transpose()
    };
    Ok(AuditEntry {
        id: columns.parse("id")?,
        at: columns.get("at")?,
        actor: columns.get("actor")?,
        actor_ip: columns.get("actor_ip")?,
        action: columns.get("action")?,
        target: columns.get("target")?,
        reason: columns.get("reason")?,
        before: json("before_state")?,
        after: json("after_state")?,
        detail: json("detail")?.unwrap_or_default(),
        result: columns.get("result")?,
    })
}

/// Adds an entry. They are listed by id, so it has to be a `UUIDv7` made at the entry's time.
pub async fn append(store: &Store, entry: &AuditEntry) -> Result<(), StoreError> {
    insert(&mut *store.pool().acquire().await?, entry).await
}

pub(crate) async fn insert(connection: &mut AnyConnection, entry: &AuditEntry) -> Result<(), StoreError> {
    query(
        "insert into audit (id, at, actor, actor_ip, action, target, detail, result, reason, before_state, after_state) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(entry.id.to_string())
    .bind(entry.at)
    .bind(&*entry.actor)
    .bind(entry.actor_ip.as_deref())
    .bind(&*entry.action)
    .bind(&*entry.target)
    .bind(entry.detail.to_string())
    .bind(&*entry.result)
    .bind(&*entry.reason)
    .bind(entry.before.as_ref().map(Value::to_string))
    .bind(entry.after.as_ref().map(Value::to_string))
    .execute(connection)
    .await?;
    Ok(())
}

/// Binds what [`found!`] refers to.
macro_rules! bind {
    ($query:expr, $filter:expr, $before:expr, $only:expr) => {
        $query
            .bind(containing(&$filter.actor))
            .bind(beginning(&$filter.action))
            .bind(containing(&$filter.text))
            .bind($filter.from.unwrap_or(i64::MIN))
            .bind($filter.to.unwrap_or(i64::MAX))
            .bind($before.map(|id: AuditId| id.to_string()).unwrap_or_default())
            .bind($only.unwrap_or_default().to_owned())
    };
}

/// The entries `filter` finds, newest first; of one actor only, where there is one given.
pub async fn list(
    store: &Store,
    filter: &AuditFilter,
    range: AuditRange,
    only: Option<&str>,
) -> Result<Vec<AuditEntry>, StoreError> {
    let statement = query(found!(
        "select id, at, actor, actor_ip, action, target, detail, result, reason, before_state, after_state",
        "order by id desc limit $8"
    ));
    let statement = bind!(statement, filter, range.before, only).bind(i64::from(range.limit));
    all(&statement.fetch_all(store.pool()).await?, read)
}

/// How many entries `filter` finds.
pub async fn count(store: &Store, filter: &AuditFilter, only: Option<&str>) -> Result<u64, StoreError> {
    let statement = query_scalar(found!("select count(*)", ""));
    let count: i64 = bind!(statement, filter, None, only).fetch_one(store.pool()).await?;
    Ok(count.unsigned_abs())
}

/// A pattern for texts that contain `text`; empty for all.
pub(crate) fn containing(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("%{}%", literal(&text.to_lowercase())) }
}

fn beginning(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{}%", literal(text)) }
}

/// The text with what is special in a pattern made ordinary.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
