//! What operators set for the whole server: JSON texts by name.

use crate::{Store, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AnyConnection, query, query_scalar};

/// What is set under `name`, if anything is.
pub async fn get<T: DeserializeOwned>(store: &Store, name: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> =
        query_scalar("select value from setting where name = $1").bind(name).fetch_optional(store.pool()).await?;
    let parse = |text: String| serde_json::from_str(&text);
    text.map(parse).transpose().map_err(|error| StoreError::Corrupt(format!("setting {name}: {error}")))
}

/// The text of a value.
pub fn text<T: Serialize>(name: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(format!("setting {name}: {error}")))
}

pub(crate) async fn set(connection: &mut AnyConnection, name: &str, text: &str) -> Result<(), StoreError> {
    query("insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value")
        .bind(name)
        .bind(text)
        .execute(connection)
        .await?;
    Ok(())
}
