//! Public keys of transfer accounts.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::ids::{AccountId, SshKeyId};

/// A public key as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    /// Which key.
    pub id: SshKeyId,
    /// Whose.
    pub account_id: AccountId,
    /// `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub fingerprint: String,
    /// Its algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// The key in base64, as in `authorized_keys`.
    pub public_key: String,
    /// Whatever its owner calls it.
    pub comment: String,
    /// When it was added.
    pub created_at: i64,
    /// When somebody last logged in with it.
    pub last_used_at: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, account_id, fingerprint, algorithm, public_key, comment, created_at, last_used_at ",
            "from ssh_key ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<SshKey, StoreError> {
    let columns = Columns::of(row, "ssh_key");
    Ok(SshKey {
        id: columns.parse("id")?,
        account_id: columns.parse("account_id")?,
        fingerprint: columns.get("fingerprint")?,
        algorithm: columns.get("algorithm")?,
        public_key: columns.get("public_key")?,
        comment: columns.get("comment")?,
        created_at: columns.get("created_at")?,
        last_used_at: columns.get("last_used_at")?,
    })
}

/// A key that was never used. `Taken("ssh_key.fingerprint")` if the account has it, `Reference` if there is no such
/// account.
pub(crate) async fn insert(connection: &mut AnyConnection, key: &SshKey) -> Result<(), StoreError> {
    query(
        "insert into ssh_key (id, account_id, fingerprint, algorithm, public_key, comment, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.id.to_string())
    .bind(key.account_id.to_string())
    .bind(&*key.fingerprint)
    .bind(&*key.algorithm)
    .bind(&*key.public_key)
    .bind(&*key.comment)
    .bind(key.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The key of that account with that fingerprint.
pub async fn find(store: &Store, account: AccountId, fingerprint: &str) -> Result<Option<SshKey>, StoreError> {
    let row = query(select!("where account_id = $1 and fingerprint = $2"))
        .bind(account.to_string())
        .bind(fingerprint)
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The keys of an account, oldest first.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<SshKey>, StoreError> {
    let rows =
        query(select!("where account_id = $1 order by id")).bind(account.to_string()).fetch_all(store.pool()).await?;
    all(&rows, read)
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: SshKeyId) -> Result<(), StoreError> {
    found(query("delete from ssh_key where id = $1").bind(id.to_string()).execute(connection).await?.rows_affected())
}

/// Notes a login with a key. Nothing happens if it is gone.
pub async fn touch(store: &Store, account: AccountId, fingerprint: &str, now: i64) -> Result<(), StoreError> {
    query("update ssh_key set last_used_at = $3 where account_id = $1 and fingerprint = $2")
        .bind(account.to_string())
        .bind(fingerprint)
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}
