//! Signed-in browsers. A session that is over stays for a while, as the history of sign-ins.

use crate::{
    Store, StoreError,
    columns::{Columns, all},
    passkeys::{self, Use},
    people::{Person, suspended},
};
use sqlx::{AnyConnection, any::AnyRow, query, query_scalar};
use wharf_model::{
    ids::{PanelSessionId, PasskeyId, PersonId},
    panel_sessions::SessionEnd,
    people::Role,
};

/// A signed-in browser as stored. The token's hash stays in the store: nobody needs it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelSession {
    /// Which session.
    pub id: PanelSessionId,
    /// Who signed in.
    pub person_id: PersonId,
    /// Who signed in as that person, where somebody else did.
    pub actor: Option<Actor>,
    /// The passkey that was shown; `None` where the password was.
    pub passkey_id: Option<PasskeyId>,
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
    /// When and why it was over.
    pub ended: Option<(i64, SessionEnd)>,
}

/// Who signed in as somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Which person.
    pub id: PersonId,
    /// Its login.
    pub login: String,
    /// What it is.
    pub role: Role,
    /// The session it did so from, if that is still known.
    pub session: Option<PanelSessionId>,
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
    /// Who does so in the name of that person, and from which session.
    pub actor: Option<(PersonId, PanelSessionId)>,
    /// Now; it counts as the first activity.
    pub created_at: i64,
    /// When it ends however active it is.
    pub expires_at: i64,
    /// Address of the browser.
    pub ip: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// What somebody has shown to sign in. It has to be good still when the sign-in is kept.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The password with this hash.
    Password(&'a str),
    /// A passkey.
    Passkey(&'a Use),
}

/// How many sessions a login may have, and what to do beyond.
#[derive(Clone, Copy, Debug)]
pub struct Cap {
    /// Sessions at once; `None` is no limit.
    pub most: Option<u32>,
    /// Sessions that were idle for as long as this do not count.
    pub idle_ms: i64,
    /// Whether the oldest make room.
    pub replace: bool,
}

/// The end of a session.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// Now.
    pub at: i64,
    /// Why.
    pub why: SessionEnd,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select panel_session.id as id, panel_session.person_id as person_id, ",
            "panel_session.actor_id as actor_id, panel_session.actor_session_id as actor_session_id, ",
            "panel_session.passkey_id as passkey_id, ",
            "panel_session.created_at as created_at, panel_session.last_active_at as last_active_at, ",
            "panel_session.expires_at as expires_at, panel_session.ip as ip, panel_session.user_agent as user_agent, ",
            "panel_session.ended_at as ended_at, panel_session.ended_why as ended_why, ",
            "actor.login as actor_login, actor.role as actor_role, ",
            "person.login as person_login, person.display_name as person_display_name, ",
            "person.role as person_role, person.parent_id as person_parent_id, ",
            "person.account_id as person_account_id, person.domain_id as person_domain_id, ",
            "person.password_hash as person_password_hash, person.totp_secret as person_totp_secret, ",
            "person.enabled as person_enabled, person.created_at as person_created_at, ",
            "person.last_login_at as person_last_login_at ",
            "from panel_session join person on person.id = panel_session.person_id ",
            "left join person actor on actor.id = panel_session.actor_id ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<PanelSessionWithPerson, StoreError> {
    let columns = Columns::of(row, "panel_session");
    let actor = match columns.parse_option("actor_id")? {
        Some(id) => Some(Actor {
            id,
            login: columns.get("actor_login")?,
            role: columns.role("actor_role")?,
            session: columns.parse_option("actor_session_id")?,
        }),
        None => None,
    };
    let why = columns.get::<Option<String>>("ended_why")?.and_then(|word| SessionEnd::from_word(&word));
    let session = PanelSession {
        id: columns.parse("id")?,
        person_id: columns.parse("person_id")?,
        actor,
        passkey_id: columns.parse_option("passkey_id")?,
        created_at: columns.get("created_at")?,
        last_active_at: columns.get("last_active_at")?,
        expires_at: columns.get("expires_at")?,
        ip: columns.get("ip")?,
        user_agent: columns.get("user_agent")?,
        ended: columns.get::<Option<i64>>("ended_at")?.map(|at| (at, why.unwrap_or(SessionEnd::Removed))),
    };
    Ok(PanelSessionWithPerson { session, person: Person::read(Columns::joined(row, "person", "person_"))? })
}

async fn insert(
    connection: &mut AnyConnection,
    session: &NewPanelSession,
    passkey: Option<PasskeyId>,
) -> Result<(), StoreError> {
    query(
        "insert into panel_session (id, token_hash, person_id, actor_id, actor_session_id, created_at, \
         last_active_at, expires_at, ip, user_agent, passkey_id) values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
    )
    .bind(session.id.to_string())
    .bind(&*session.token_hash)
    .bind(session.person_id.to_string())
    .bind(session.actor.map(|(id, _)| id.to_string()))
    .bind(session.actor.map(|(_, session)| session.to_string()))
    .bind(session.created_at)
    .bind(session.expires_at)
    .bind(&*session.ip)
    .bind(&*session.user_agent)
    .bind(passkey.map(|id| id.to_string()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a sign-in and notes it on the person, unless the login has as many sessions as it may: false then. Exact
/// however many sign in at once. `Reference` or `NotFound` if the person is gone.
///
/// `NotFound` also if what was shown is not good any more, or the person may not sign in.
pub async fn sign_in(store: &Store, session: &NewPanelSession, proof: Proof<'_>, cap: Cap) -> Result<bool, StoreError> {
    let (person, now) = (session.person_id.to_string(), session.created_at);
    let (password_hash, passkey) = match proof {
        Proof::Password(hash) => (Some(hash), None),
        Proof::Passkey(shown) => (None, Some(shown)),
    };
    let mut transaction = store.pool().begin().await?;
    // The person's row is what sign-ins of one login wait for each other at.
    let noted = query(
        "update person set last_login_at = $2 \
         where id = $1 and enabled = 1 and deletion_id is null and password_hash = coalesce($3, password_hash)",
    )
    .bind(&*person)
    .bind(now)
    .bind(password_hash)
    .execute(&mut *transaction)
    .await?;
    crate::columns::found(noted.rows_affected())?;
    if let Some(shown) = passkey {
        passkeys::take(&mut transaction, shown, now).await?;
    }
    if let Some(most) = cap.most {
        let running = running(&mut transaction, session.person_id, now, cap).await?;
        let surplus = (running.len() + 1).saturating_sub(most.max(1) as usize);
        if surplus > 0 && !cap.replace {
            return Ok(false);
        }
        let ending = Ending { at: now, why: SessionEnd::Replaced };
        for id in running.into_iter().take(surplus) {
            end_one(&mut transaction, &id, ending).await?;
        }
    }
    insert(&mut transaction, session, passkey.map(|shown| shown.id)).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The sessions that count, oldest first.
async fn running(
    connection: &mut AnyConnection,
    person: PersonId,
    now: i64,
    cap: Cap,
) -> Result<Vec<String>, StoreError> {
    Ok(query_scalar(
        "select id from panel_session where person_id = $1 and actor_id is null and ended_at is null \
         and expires_at > $2 and last_active_at > $3 order by created_at, id",
    )
    .bind(person.to_string())
    .bind(now)
    .bind(now.saturating_sub(cap.idle_ms))
    .fetch_all(connection)
    .await?)
}

/// Whether a sign-in would be refused now because the login has as many sessions as it may.
pub async fn is_full(store: &Store, person: PersonId, now: i64, cap: Cap) -> Result<bool, StoreError> {
    let Some(most) = cap.most.filter(|_| !cap.replace) else { return Ok(false) };
    let running = running(&mut *store.pool().acquire().await?, person, now, cap).await?;
    Ok(running.len() >= most.max(1) as usize)
}

/// Keeps the sign-in of somebody in the name of another person.
pub async fn sign_in_as(store: &Store, session: &NewPanelSession) -> Result<(), StoreError> {
    insert(&mut *store.pool().acquire().await?, session, None).await
}

/// The session of a token and its person, if the session is not over at `now` and everybody in it is enabled. Idle
/// time is not looked at here: the caller knows how long is too long.
pub async fn by_token_hash(
    store: &Store,
    token_hash: &str,
    now: i64,
) -> Result<Option<PanelSessionWithPerson>, StoreError> {
    let row = query(concat!(
        select!(
            "where panel_session.token_hash = $1 and panel_session.expires_at > $2 and panel_session.ended_at is null \
             and person.enabled = 1 and person.deletion_id is null \
             and (actor.id is null or (actor.enabled = 1 and actor.deletion_id is null \
             and (actor.role = 'administrator' or person.parent_id = actor.id))) and not "
        ),
        suspended!()
    ))
    .bind(token_hash)
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Why the session of a token is over, if it is one that is.
pub async fn ending_of(store: &Store, token_hash: &str) -> Result<Option<SessionEnd>, StoreError> {
    let word: Option<Option<String>> =
        query_scalar("select ended_why from panel_session where token_hash = $1 and ended_at is not null")
            .bind(token_hash)
            .fetch_optional(store.pool())
            .await?;
    Ok(word.flatten().and_then(|word| SessionEnd::from_word(&word)))
}

/// The session with that id and its person, also when it is over.
pub async fn by_id(store: &Store, id: PanelSessionId) -> Result<Option<PanelSessionWithPerson>, StoreError> {
    let row = query(select!("where panel_session.id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// Notes activity, on the session it was begun from as well. Nothing happens to one that is gone or was active later
/// already: requests overtake each other.
pub async fn touch(store: &Store, id: PanelSessionId, now: i64) -> Result<(), StoreError> {
    query(
        "update panel_session set last_active_at = $2 where last_active_at < $2 and ended_at is null \
         and (id = $1 or id = (select begun.actor_session_id from panel_session begun where begun.id = $1))",
    )
    .bind(id.to_string())
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(())
}

async fn end_one(connection: &mut AnyConnection, id: &str, ending: Ending) -> Result<bool, StoreError> {
    let done = query(
        "update panel_session set ended_at = $2, ended_why = $3 \
         where (id = $1 or actor_session_id = $1) and ended_at is null",
    )
    .bind(id)
    .bind(ending.at)
    .bind(ending.why.word())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a session and those that were begun from it; says whether there was one to end.
pub async fn end(store: &Store, id: PanelSessionId, ending: Ending) -> Result<bool, StoreError> {
    end_one(&mut *store.pool().acquire().await?, &id.to_string(), ending).await
}

/// Ends all sessions of a person, and those where it acts for others, `except` one.
pub(crate) async fn end_of(
    connection: &mut AnyConnection,
    person: PersonId,
    except: Option<PanelSessionId>,
    ending: Ending,
) -> Result<(), StoreError> {
    query(
        "update panel_session set ended_at = $2, ended_why = $3 \
         where (person_id = $1 or actor_id = $1) and ended_at is null and id <> $4",
    )
    .bind(person.to_string())
    .bind(ending.at)
    .bind(ending.why.word())
    .bind(except.map(|id| id.to_string()).unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the sessions of a person that were signed in with a passkey, one or any, and those that were begun from them,
/// `except` one.
pub(crate) async fn end_of_passkeys(
    connection: &mut AnyConnection,
    person: PersonId,
    passkey: Option<PasskeyId>,
    except: Option<PanelSessionId>,
    ending: Ending,
) -> Result<(), StoreError> {
    query(
        "update panel_session set ended_at = $2, ended_why = $3 where ended_at is null \
         and coalesce(actor_session_id, id) in (select shown.id from panel_session shown where shown.person_id = $1 \
         and shown.passkey_id is not null and shown.passkey_id = coalesce($4, shown.passkey_id) and shown.id <> $5)",
    )
    .bind(person.to_string())
    .bind(ending.at)
    .bind(ending.why.word())
    .bind(passkey.map(|id| id.to_string()))
    .bind(except.map(|id| id.to_string()).unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the sessions that expired, have lasted for `life_ms`, or were idle for `idle_ms`; says how many.
pub async fn end_overdue(store: &Store, now: i64, idle_ms: i64, life_ms: i64) -> Result<u64, StoreError> {
    let done = query(
        "update panel_session set ended_at = $1, \
         ended_why = case when expires_at <= $1 or created_at <= $5 then $3 else $4 end \
         where ended_at is null and (expires_at <= $1 or created_at <= $5 or last_active_at <= $2)",
    )
    .bind(now)
    .bind(now.saturating_sub(idle_ms))
    .bind(SessionEnd::Expired.word())
    .bind(SessionEnd::Idle.word())
    .bind(now.saturating_sub(life_ms))
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

/// Forgets the sessions that were over before a time.
pub async fn forget(store: &Store, before: i64) -> Result<(), StoreError> {
    query("delete from panel_session where ended_at < $1").bind(before).execute(store.pool()).await?;
    Ok(())
}

/// All sessions that are not over at `now`, oldest first.
pub async fn list(store: &Store, now: i64) -> Result<Vec<PanelSessionWithPerson>, StoreError> {
    let rows = query(select!(
        "where panel_session.ended_at is null and panel_session.expires_at > $1 \
         order by panel_session.created_at, panel_session.id"
    ))
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

/// The sign-ins of a person, newest first, whether or not they are over.
pub async fn history(store: &Store, person: PersonId, most: u32) -> Result<Vec<PanelSessionWithPerson>, StoreError> {
    let rows = query(select!(
        "where panel_session.person_id = $1 order by panel_session.created_at desc, panel_session.id desc limit $2"
    ))
    .bind(person.to_string())
    .bind(i64::from(most))
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}
