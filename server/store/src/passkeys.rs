//! Passkeys of people.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::ids::{PasskeyId, PersonId};

/// A passkey as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Which one.
    pub id: PasskeyId,
    /// Whose.
    pub person_id: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// The address of the panel that it is good at.
    pub origin: String,
    /// What authenticators call it, in base64url.
    pub credential_id: String,
    /// Its public key and what else is known of it, JSON.
    pub credential: String,
    /// When it was added.
    pub created_at: i64,
    /// When somebody last signed in with it.
    pub last_used_at: Option<i64>,
}

/// A sign-in with a passkey.
#[derive(Clone, Debug)]
pub struct Use {
    /// Which passkey.
    pub id: PasskeyId,
    /// Its credential as it was looked at.
    pub before: String,
    /// Its credential with the counter of this use.
    pub after: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, person_id, name, origin, credential_id, credential, created_at, last_used_at from passkey ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Passkey, StoreError> {
    let columns = Columns::of(row, "passkey");
    Ok(Passkey {
        id: columns.parse("id")?,
        person_id: columns.parse("person_id")?,
        name: columns.get("name")?,
        origin: columns.get("origin")?,
        credential_id: columns.get("credential_id")?,
        credential: columns.get("credential")?,
        created_at: columns.get("created_at")?,
        last_used_at: columns.get("last_used_at")?,
    })
}

/// A passkey that was never used. `Taken("passkey.credential_id")` if somebody has it already.
pub(crate) async fn insert(connection: &mut AnyConnection, passkey: &Passkey) -> Result<(), StoreError> {
    query(
        "insert into passkey (id, person_id, name, origin, credential_id, credential, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(passkey.id.to_string())
    .bind(passkey.person_id.to_string())
    .bind(&*passkey.name)
    .bind(&*passkey.origin)
    .bind(&*passkey.credential_id)
    .bind(&*passkey.credential)
    .bind(passkey.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The passkey that authenticators call so, in base64url.
pub async fn by_credential_id(store: &Store, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
    let row = query(select!("where credential_id = $1")).bind(credential_id).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// The passkeys of a person, oldest first.
pub async fn list(store: &Store, person: PersonId) -> Result<Vec<Passkey>, StoreError> {
    let rows =
        query(select!("where person_id = $1 order by id")).bind(person.to_string()).fetch_all(store.pool()).await?;
    all(&rows, read)
}

/// Another name.
pub(crate) async fn rename(connection: &mut AnyConnection, id: PasskeyId, name: &str) -> Result<(), StoreError> {
    let done =
        query("update passkey set name = $2 where id = $1").bind(id.to_string()).bind(name).execute(connection).await?;
    found(done.rows_affected())
}

/// Removes one passkey of a person, or all there are.
pub(crate) async fn delete(
    connection: &mut AnyConnection,
    person: PersonId,
    which: Option<PasskeyId>,
) -> Result<(), StoreError> {
    let done = query("delete from passkey where person_id = $1 and id = coalesce($2, id)")
        .bind(person.to_string())
        .bind(which.map(|id| id.to_string()))
        .execute(connection)
        .await?;
    if which.is_some() { found(done.rows_affected()) } else { Ok(()) }
}

/// Notes a sign-in. `NotFound` if the passkey is gone, or was used meanwhile by who has the same counter.
pub(crate) async fn take(connection: &mut AnyConnection, shown: &Use, now: i64) -> Result<(), StoreError> {
    let done = query("update passkey set credential = $3, last_used_at = $4 where id = $1 and credential = $2")
        .bind(shown.id.to_string())
        .bind(&*shown.before)
        .bind(&*shown.after)
        .bind(now)
        .execute(connection)
        .await?;
    found(done.rows_affected())
}
