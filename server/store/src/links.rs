//! Share links of accounts.

use crate::{
    Secret, Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    ids::{AccountId, LinkId},
    links::LinkKind,
};

/// A link as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub id: LinkId,
    /// Whose files it leads to.
    pub account_id: AccountId,
    /// What its address ends in.
    pub secret: Secret,
    /// What it leads to: percent-encoded, in the account's home.
    pub path: String,
    /// What for.
    pub kind: LinkKind,
    /// Hash of its password, if it has one.
    pub password_hash: Option<Secret>,
    /// When it stops working.
    pub expires_at: Option<i64>,
    /// How often it may be used.
    pub uses_most: Option<u32>,
    /// How often it was.
    pub uses: u64,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used.
    pub last_used_at: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, account_id, secret, path, kind, password_hash, expires_at, uses_most, uses, created_at, ",
            "last_used_at from share_link ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Link, StoreError> {
    let columns = Columns::of(row, "share_link");
    let kind: String = columns.get("kind")?;
    Ok(Link {
        id: columns.parse("id")?,
        account_id: columns.parse("account_id")?,
        secret: Secret(columns.get("secret")?),
        path: columns.get("path")?,
        kind: LinkKind::from_word(&kind).ok_or_else(|| columns.corrupt("kind", "unknown word"))?,
        password_hash: columns.get::<Option<String>>("password_hash")?.map(Secret),
        expires_at: columns.get("expires_at")?,
        uses_most: columns.number_option("uses_most")?,
        uses: columns.number("uses")?,
        created_at: columns.get("created_at")?,
        last_used_at: columns.get("last_used_at")?,
    })
}

/// A link that was never used. `Reference` if there is no such account.
pub(crate) async fn insert(connection: &mut AnyConnection, link: &Link) -> Result<(), StoreError> {
    query(
        "insert into share_link (id, account_id, secret, path, kind, password_hash, expires_at, uses_most, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(link.id.to_string())
    .bind(link.account_id.to_string())
    .bind(&*link.secret)
    .bind(&*link.path)
    .bind(link.kind.word())
    .bind(link.password_hash.as_deref())
    .bind(link.expires_at)
    .bind(link.uses_most.map(i64::from))
    .bind(link.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: LinkId) -> Result<(), StoreError> {
    found(query("delete from share_link where id = $1").bind(id.to_string()).execute(connection).await?.rows_affected())
}

/// The links of an account, newest first.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<Link>, StoreError> {
    let rows = query(select!("where account_id = $1 order by id desc"))
        .bind(account.to_string())
        .fetch_all(store.pool())
        .await?;
    all(&rows, read)
}

/// The link whose address ends in `secret`.
pub async fn by_secret(store: &Store, secret: &str) -> Result<Option<Link>, StoreError> {
    let row = query(select!("where secret = $1")).bind(secret).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// Counts one more use, unless the link is gone, its time is over, or it was used as often as it may be: then `false`.
pub async fn take_use(store: &Store, id: LinkId, now: i64) -> Result<bool, StoreError> {
    let done = query(
        "update share_link set uses = uses + 1, last_used_at = $2 where id = $1 \
         and (uses_most is null or uses < uses_most) and (expires_at is null or expires_at > $2)",
    )
    .bind(id.to_string())
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}
