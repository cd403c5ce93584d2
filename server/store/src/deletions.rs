//! What was deleted and can be brought back for a while: accounts, domains, people, each with all that belongs to it.
//!
//! A deleted row stays, with the id of its deletion, and keeps its name from being taken. No other module shows it.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    deletions::DeletionKind,
    ids::{AccountId, DeletionId, DomainId, PersonId},
};

/// Something that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Which deletion.
    pub id: DeletionId,
    /// When it happened.
    pub at: i64,
    /// Login or token name of who did it.
    pub by: String,
    /// What it was.
    pub kind: DeletionKind,
    /// What it was called.
    pub name: String,
    /// When it is removed for good.
    pub expires_at: i64,
}

/// What is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// An account.
    Account(AccountId),
    /// A domain with its accounts.
    Domain(DomainId),
    /// A person with customers, their domains, and accounts.
    Person(PersonId),
}

/// Rows that one deletion took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// People.
    pub people: Vec<PersonId>,
    /// Domains.
    pub domains: Vec<DomainId>,
    /// Accounts, each with its domain.
    pub accounts: Vec<(AccountId, DomainId)>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select id, at, deleted_by, kind, name, expires_at from deletion ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<Deletion, StoreError> {
    let columns = Columns::of(row, "deletion");
    let kind: String = columns.get("kind")?;
    Ok(Deletion {
        id: columns.parse("id")?,
        at: columns.get("at")?,
        by: columns.get("deleted_by")?,
        kind: DeletionKind::from_word(&kind).ok_or_else(|| columns.corrupt("kind", "unknown word"))?,
        name: columns.get("name")?,
        expires_at: columns.get("expires_at")?,
    })
}

/// Takes `what` away with all that belongs to it and is still there. [`StoreError::NotFound`] if it is gone already.
pub(crate) async fn mark(connection: &mut AnyConnection, deletion: &Deletion, what: Deleted) -> Result<(), StoreError> {
    query("insert into deletion (id, at, deleted_by, kind, name, expires_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(deletion.id.to_string())
        .bind(deletion.at)
        .bind(&*deletion.by)
        .bind(deletion.kind.word())
        .bind(&*deletion.name)
        .bind(deletion.expires_at)
        .execute(&mut *connection)
        .await?;
    let (first, id, rest): (_, _, &[_]) = match what {
        Deleted::Account(id) => {
            ("update account set deletion_id = $1 where id = $2 and deletion_id is null", id.to_string(), &[])
        }
        Deleted::Domain(id) => (
            "update domain set deletion_id = $1 where id = $2 and deletion_id is null",
            id.to_string(),
            &[ACCOUNTS_TOO],
        ),
        Deleted::Person(id) => (
            "update person set deletion_id = $1 where id = $2 and deletion_id is null",
            id.to_string(),
            &[CUSTOMERS_TOO, DOMAINS_TOO, ACCOUNTS_TOO],
        ),
    };
    let deletion = deletion.id.to_string();
    found(query(first).bind(&*deletion).bind(id).execute(&mut *connection).await?.rows_affected())?;
    for statement in rest {
        query(*statement).bind(&*deletion).execute(&mut *connection).await?;
    }
    Ok(())
}

const CUSTOMERS_TOO: &str = "update person set deletion_id = $1 where deletion_id is null \
     and parent_id in (select id from person where deletion_id = $1)";
const DOMAINS_TOO: &str = "update domain set deletion_id = $1 where deletion_id is null \
     and owner_id in (select id from person where deletion_id = $1)";
const ACCOUNTS_TOO: &str = "update account set deletion_id = $1 where deletion_id is null \
     and domain_id in (select id from domain where deletion_id = $1)";

/// Brings back all that a deletion took away.
pub(crate) async fn restore(connection: &mut AnyConnection, id: DeletionId) -> Result<(), StoreError> {
    for statement in [
        "update account set deletion_id = null where deletion_id = $1",
        "update domain set deletion_id = null where deletion_id = $1",
        "update person set deletion_id = null where deletion_id = $1",
    ] {
        query(statement).bind(id.to_string()).execute(&mut *connection).await?;
    }
    found(query("delete from deletion where id = $1").bind(id.to_string()).execute(connection).await?.rows_affected())
}

/// Removes for good all that a deletion took away, and what was deleted from among it before.
pub(crate) async fn purge(connection: &mut AnyConnection, id: DeletionId) -> Result<(), StoreError> {
    let there = query(select!("where id = $1")).bind(id.to_string()).fetch_optional(&mut *connection).await?;
    found(u64::from(there.is_some()))?;
    for statement in [
        "delete from account where deletion_id = $1",
        "delete from domain where deletion_id = $1",
        // What went with customers that were deleted before.
        "delete from domain where deletion_id is not null and owner_id in \
         (select id from person where deletion_id is not null \
         and parent_id in (select id from person where deletion_id = $1))",
        // Customers first: a person cannot go while others refer to it. One that came back alone keeps its reseller
        // here, and the whole from being purged.
        "delete from person where deletion_id is not null \
         and parent_id in (select id from person where deletion_id = $1)",
        "delete from person where deletion_id = $1",
    ] {
        query(statement).bind(id.to_string()).execute(&mut *connection).await?;
    }
    // Those of accounts that went with their domain, too.
    query(
        "delete from deletion where not exists (select 1 from account where account.deletion_id = deletion.id) \
         and not exists (select 1 from domain where domain.deletion_id = deletion.id) \
         and not exists (select 1 from person where person.deletion_id = deletion.id)",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// All deletions that can be taken back, newest first.
pub async fn list(store: &Store) -> Result<Vec<Deletion>, StoreError> {
    all(&query(select!("order by id desc")).fetch_all(store.pool()).await?, read)
}

/// The deletion with that id.
pub async fn by_id(store: &Store, id: DeletionId) -> Result<Option<Deletion>, StoreError> {
    let row = query(select!("where id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// What a deletion took away.
pub async fn batch(store: &Store, id: DeletionId) -> Result<Batch, StoreError> {
    let id = id.to_string();
    let people = query("select id from person where deletion_id = $1 order by id").bind(&*id).fetch_all(store.pool());
    let people = people.await?;
    let domains = query("select id from domain where deletion_id = $1 order by id").bind(&*id).fetch_all(store.pool());
    let domains = domains.await?;
    let accounts = query("select id, domain_id from account where deletion_id = $1 order by id");
    let accounts = accounts.bind(&*id).fetch_all(store.pool()).await?;
    Ok(Batch {
        people: all(&people, |row| Columns::of(row, "person").parse("id"))?,
        domains: all(&domains, |row| Columns::of(row, "domain").parse("id"))?,
        accounts: all(&accounts, |row| {
            let columns = Columns::of(row, "account");
            Ok((columns.parse("id")?, columns.parse("domain_id")?))
        })?,
    })
}

/// The deletions whose time is over at `now`, oldest first.
pub async fn due(store: &Store, now: i64) -> Result<Vec<Deletion>, StoreError> {
    let rows = query(select!("where expires_at <= $1 order by id")).bind(now).fetch_all(store.pool()).await?;
    all(&rows, read)
}
