//! Bearer tokens of the REST interface.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    ids::{PersonId, TokenId},
    people::Role,
};

/// A token as stored; of the token itself only the hash is kept, and nobody needs that back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which token.
    pub id: TokenId,
    /// What the operator calls it.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Whose it is; the house's where there is none.
    pub owner: Option<TokenOwner>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// When it was revoked; `None` while it works.
    pub revoked_at: Option<i64>,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// Which person.
    pub id: PersonId,
    /// Its login.
    pub login: String,
    /// What it is now.
    pub role: Role,
    /// Whether it may sign in.
    pub enabled: bool,
}

/// A token to add.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Which token.
    pub id: TokenId,
    /// What the operator calls it.
    pub name: String,
    /// Hex SHA-256 of the token.
    pub token_hash: String,
    /// What its bearer may do.
    pub role: Role,
    /// Whose it is; the house's where there is none.
    pub person_id: Option<PersonId>,
    /// Now.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select api_token.id as id, api_token.name as name, api_token.role as role, ",
            "api_token.person_id as person_id, api_token.created_at as created_at, ",
            "api_token.last_used_at as last_used_at, api_token.revoked_at as revoked_at, ",
            "person.login as person_login, person.role as person_role, person.enabled as person_enabled ",
            "from api_token left join person on person.id = api_token.person_id ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Token, StoreError> {
    let columns = Columns::of(row, "api_token");
    let owner = match columns.parse_option("person_id")? {
        Some(id) => Some(TokenOwner {
            id,
            login: columns.get("person_login")?,
            role: columns.role("person_role")?,
            enabled: columns.flag("person_enabled")?,
        }),
        None => None,
    };
    Ok(Token {
        id: columns.parse("id")?,
        name: columns.get("name")?,
        role: columns.role("role")?,
        owner,
        created_at: columns.get("created_at")?,
        last_used_at: columns.get("last_used_at")?,
        revoked_at: columns.get("revoked_at")?,
    })
}

/// Adds a token. `Taken("api_token.name")` if there is one of that name, revoked ones included.
pub async fn insert(store: &Store, token: &NewToken) -> Result<(), StoreError> {
    add(&mut *store.pool().acquire().await?, token).await
}

pub(crate) async fn add(connection: &mut AnyConnection, token: &NewToken) -> Result<(), StoreError> {
    query("insert into api_token (id, name, token_hash, role, person_id, created_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(token.id.to_string())
        .bind(&*token.name)
        .bind(&*token.token_hash)
        .bind(token.role.word())
        .bind(token.person_id.map(|id| id.to_string()))
        .bind(token.created_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// The token with that hash, unless it was revoked.
pub async fn by_hash(store: &Store, token_hash: &str) -> Result<Option<Token>, StoreError> {
    let row = query(select!(
        "where api_token.token_hash = $1 and api_token.revoked_at is null \
         and (person.id is null or person.deletion_id is null)"
    ))
    .bind(token_hash)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes a use. Nothing happens if the token is gone.
pub async fn touch(store: &Store, id: TokenId, now: i64) -> Result<(), StoreError> {
    query("update api_token set last_used_at = $2 where id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Makes a token useless. The first time counts.
pub(crate) async fn revoke(connection: &mut AnyConnection, id: TokenId, now: i64) -> Result<(), StoreError> {
    let done = query("update api_token set revoked_at = coalesce(revoked_at, $2) where id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(connection)
        .await?;
    crate::columns::found(done.rows_affected())
}

/// All tokens, revoked ones included, by name.
pub async fn list(store: &Store) -> Result<Vec<Token>, StoreError> {
    all(&query(select!("order by api_token.name")).fetch_all(store.pool()).await?, read)
}
