//! The language and the time zone that people want the panel in.

use crate::{
    Store, StoreError,
    columns::{Columns, found},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{
    ids::{PanelSessionId, PersonId},
    languages::Preferences,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select person.language as language, person.time_zone as time_zone from panel_session ",
            "join person on person.id = coalesce(panel_session.actor_id, panel_session.person_id) ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Preferences, StoreError> {
    let columns = Columns::of(row, "person");
    Ok(Preferences { language: columns.get("language")?, time_zone: columns.get("time_zone")? })
}

/// Those of who sits at a session that is not over, which is not the person whose session it is where somebody acts as
/// that person.
pub async fn of_token(store: &Store, token_hash: &str, now: i64) -> Result<Option<Preferences>, StoreError> {
    let row = query(select!(
        "where panel_session.token_hash = $1 and panel_session.expires_at > $2 and panel_session.ended_at is null"
    ))
    .bind(token_hash)
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Those of who sits at this session.
pub async fn of_session(store: &Store, id: PanelSessionId) -> Result<Option<Preferences>, StoreError> {
    let row = query(select!("where panel_session.id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// `NotFound` if the person is gone.
pub(crate) async fn set(
    connection: &mut AnyConnection,
    id: PersonId,
    preferences: &Preferences,
) -> Result<(), StoreError> {
    let done = query("update person set language = $2, time_zone = $3 where id = $1 and deletion_id is null")
        .bind(id.to_string())
        .bind(preferences.language.as_deref())
        .bind(preferences.time_zone.as_deref())
        .execute(connection)
        .await?;
    found(done.rows_affected())
}
