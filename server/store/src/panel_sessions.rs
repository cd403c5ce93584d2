//! Signed-in browsers.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
    people::Person,
};
use sqlx::{any::AnyRow, query};
use wharf_model::ids::{PanelSessionId, PersonId};

/// A signed-in browser as stored. The token's hash stays in the store: nobody needs it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelSession {
    /// Which session.
    pub id: PanelSessionId,
    /// Who signed in.
    pub person_id: PersonId,
    /// When.
    pub created_at: i64,
    /// When the person last did something. The caller compares it with the idle time.
    pub last_active_at: i64,
    /// When it ends however active it is.
    pub expires_at: i64,
    /// Address the sign-in came from.
    pub ip: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// A signed-in browser and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelSessionWithPerson {
    /// The session.
    pub session: PanelSession,
    /// The person, as stored now.
    pub person: Person,
}

/// A sign-in.
#[derive(Clone, Debug)]
pub struct NewPanelSession {
    /// Which session.
    pub id: PanelSessionId,
    /// Hex SHA-256 of the cookie's token.
    pub token_hash: String,
    /// Who signs in.
    pub person_id: PersonId,
    /// Now; it counts as the first activity.
    pub created_at: i64,
    /// When it ends however active it is.
    pub expires_at: i64,
    /// Address of the browser.
    pub ip: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select panel_session.id as id, panel_session.person_id as person_id, ",
            "panel_session.created_at as created_at, panel_session.last_active_at as last_active_at, ",
            "panel_session.expires_at as expires_at, panel_session.ip as ip, panel_session.user_agent as user_agent, ",
            "person.login as person_login, person.display_name as person_display_name, person.role as person_role, ",
            "person.parent_id as person_parent_id, person.password_hash as person_password_hash, ",
            "person.enabled as person_enabled, person.created_at as person_created_at, ",
            "person.last_login_at as person_last_login_at ",
            "from panel_session join person on person.id = panel_session.person_id ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<PanelSessionWithPerson, StoreError> {
    let columns = Columns::of(row, "panel_session");
    let session = PanelSession {
        id: columns.parse("id")?,
        person_id: columns.parse("person_id")?,
        created_at: columns.get("created_at")?,
        last_active_at: columns.get("last_active_at")?,
        expires_at: columns.get("expires_at")?,
        ip: columns.get("ip")?,
        user_agent: columns.get("user_agent")?,
    };
    Ok(PanelSessionWithPerson { session, person: Person::read(Columns::joined(row, "person", "person_"))? })
}

/// Keeps a sign-in. `Reference` if the person is gone.
pub async fn insert(store: &Store, session: &NewPanelSession) -> Result<(), StoreError> {
    query(
        "insert into panel_session \
         (id, token_hash, person_id, created_at, last_active_at, expires_at, ip, user_agent) \
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
    )
    .bind(session.id.to_string())
    .bind(&*session.token_hash)
    .bind(session.person_id.to_string())
    .bind(session.created_at)
    .bind(session.expires_at)
    .bind(&*session.ip)
    .bind(&*session.user_agent)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The session of a token and its person, if the session has not expired at `now` and the person is enabled. Idle
/// time is not looked at here: the caller knows how long is too long.
pub async fn by_token_hash(
    store: &Store,
    token_hash: &str,
    now: i64,
) -> Result<Option<PanelSessionWithPerson>, StoreError> {
    let row =
        query(select!("where panel_session.token_hash = $1 and panel_session.expires_at > $2 and person.enabled = 1"))
            .bind(token_hash)
            .bind(now)
            .fetch_optional(store.pool())
            .await?;
    row.as_ref().map(read).transpose()
}

/// Notes activity. Nothing happens if the session is gone or was active later already: requests overtake each other.
pub async fn touch(store: &Store, id: PanelSessionId, now: i64) -> Result<(), StoreError> {
    query("update panel_session set last_active_at = $2 where id = $1 and last_active_at < $2")
        .bind(id.to_string())
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Ends a session; says whether it was there.
pub async fn delete(store: &Store, id: PanelSessionId) -> Result<bool, StoreError> {
    let done = query("delete from panel_session where id = $1").bind(id.to_string()).execute(store.pool()).await?;
    Ok(done.rows_affected() > 0)
}

/// Ends all sessions of a person; says which, so that their sockets can be closed.
pub async fn delete_for_person(store: &Store, person: PersonId) -> Result<Vec<PanelSessionId>, StoreError> {
    let rows = query("delete from panel_session where person_id = $1 returning id")
        .bind(person.to_string())
        .fetch_all(store.pool())
        .await?;
    all(&rows, |row| Columns::of(row, "panel_session").parse("id"))
}

/// Ends the sessions that expired or were idle for `idle_ms`; says which, so that their sockets can be closed.
pub async fn delete_expired(store: &Store, now: i64, idle_ms: i64) -> Result<Vec<PanelSessionId>, StoreError> {
    let rows = query("delete from panel_session where expires_at <= $1 or last_active_at <= $2 returning id")
        .bind(now)
        .bind(now.saturating_sub(idle_ms))
        .fetch_all(store.pool())
        .await?;
    all(&rows, |row| Columns::of(row, "panel_session").parse("id"))
}

/// All sessions that have not expired at `now`, oldest first.
pub async fn list(store: &Store, now: i64) -> Result<Vec<PanelSessionWithPerson>, StoreError> {
    let rows =
        query(select!("where panel_session.expires_at > $1 order by panel_session.created_at, panel_session.id"))
            .bind(now)
            .fetch_all(store.pool())
            .await?;
    all(&rows, read)
}
