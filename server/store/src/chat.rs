//! Messages between operators and users.

use crate::{
    Store, StoreError,
    audit::containing,
    columns::{Columns, all},
};
use sqlx::{any::AnyRow, query};
use wharf_model::{
    chat::{ChatMessage, ChatSide, ChatState},
    ids::{BroadcastId, DomainId, MessageId, SessionId},
};

/// A message, and of whom the session was when it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// The message.
    pub message: ChatMessage,
    /// Domain of the session's user.
    pub domain_id: Option<DomainId>,
    /// Its login.
    pub login: Option<String>,
    /// The domain's name.
    pub domain: Option<String>,
    /// Address of the session.
    pub ip: String,
    /// The broadcast it belongs to.
    pub broadcast: Option<BroadcastId>,
    /// Whether an operator has read it.
    pub seen: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, session_id, domain_id, login, domain, ip, at, side, who, text, state, broadcast_id, seen \
             from chat_message ",
            $rest
        )
    };
}

fn state_word(state: ChatState) -> &'static str {
    match state {
        ChatState::Queued => "queued",
        ChatState::Delivered => "delivered",
        ChatState::Undelivered => "undelivered",
    }
}

fn state(columns: Columns<'_>) -> Result<ChatState, StoreError> {
    let word: String = columns.get("state")?;
    Ok(match word.as_str() {
        "queued" => ChatState::Queued,
        "delivered" => ChatState::Delivered,
        _ => ChatState::Undelivered,
    })
}

fn read(row: &AnyRow) -> Result<StoredMessage, StoreError> {
    let columns = Columns::of(row, "chat_message");
    let side: String = columns.get("side")?;
    let broadcast: Option<BroadcastId> = columns.parse_option("broadcast_id")?;
    Ok(StoredMessage {
        message: ChatMessage {
            id: columns.parse("id")?,
            session: columns.parse("session_id")?,
            at: columns.get("at")?,
            side: if side == "user" { ChatSide::User } else { ChatSide::Operator },
            who: columns.get("who")?,
            text: columns.get("text")?,
            state: state(columns)?,
            broadcast: broadcast.is_some(),
        },
        domain_id: columns.parse_option("domain_id")?,
        login: columns.get("login")?,
        domain: columns.get("domain")?,
        ip: columns.get("ip")?,
        broadcast,
        seen: columns.flag("seen")?,
    })
}

/// Adds messages, all or none.
pub async fn insert(store: &Store, messages: &[StoredMessage]) -> Result<(), StoreError> {
    let mut transaction = store.pool().begin().await?;
    for StoredMessage { message, domain_id, login, domain, ip, broadcast, seen } in messages {
        query(
            "insert into chat_message (id, session_id, domain_id, login, domain, ip, at, side, who, text, state, \
             broadcast_id, seen) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(message.id.to_string())
        .bind(message.session.to_string())
        .bind(domain_id.map(|id| id.to_string()))
        .bind(login.as_deref())
        .bind(domain.as_deref())
        .bind(&**ip)
        .bind(message.at)
        .bind(if message.side == ChatSide::User { "user" } else { "operator" })
        .bind(&*message.who)
        .bind(&*message.text)
        .bind(state_word(message.state))
        .bind(broadcast.map(|id| id.to_string()))
        .bind(i64::from(*seen))
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// Notes how far messages came, all or none.
pub async fn set_state(store: &Store, ids: &[MessageId], state: ChatState) -> Result<(), StoreError> {
    let mut transaction = store.pool().begin().await?;
    for id in ids {
        query("update chat_message set state = $2 where id = $1")
            .bind(id.to_string())
            .bind(state_word(state))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Whatever waited when the process ended was not delivered.
pub async fn give_up_queued(store: &Store) -> Result<(), StoreError> {
    query("update chat_message set state = 'undelivered' where state = 'queued'").execute(store.pool()).await?;
    Ok(())
}

/// Messages of one session, oldest first.
pub async fn of_session(store: &Store, session: SessionId) -> Result<Vec<StoredMessage>, StoreError> {
    let rows =
        query(select!("where session_id = $1 order by id")).bind(session.to_string()).fetch_all(store.pool()).await?;
    all(&rows, read)
}

/// The newest `most` messages of the sessions in which `search` is found, newest first.
pub async fn newest(store: &Store, search: &str, most: u32) -> Result<Vec<StoredMessage>, StoreError> {
    let rows = query(select!(
        "where session_id in (select session_id from chat_message where $1 = '' or lower(text) like $1 escape '\\' \
         or lower(login) like $1 escape '\\' or domain like $1 escape '\\' or ip like $1 escape '\\') \
         order by id desc limit $2"
    ))
    .bind(containing(search))
    .bind(i64::from(most))
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

/// Messages that no operator has read: how many of each domain.
pub async fn unread(store: &Store) -> Result<Vec<(Option<DomainId>, u32)>, StoreError> {
    let rows = query("select domain_id, count(*) as number from chat_message where seen = 0 group by domain_id")
        .fetch_all(store.pool())
        .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "chat_message");
        Ok((columns.parse_option("domain_id")?, columns.number("number")?))
    })
}

/// An operator has read all messages of the session. Whether there was an unread one.
pub async fn mark_seen(store: &Store, session: SessionId) -> Result<bool, StoreError> {
    let done = query("update chat_message set seen = 1 where session_id = $1 and seen = 0")
        .bind(session.to_string())
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// How many messages of a broadcast are in each state, by whose they are.
pub async fn states_of(
    store: &Store,
    broadcast: BroadcastId,
) -> Result<Vec<(Option<DomainId>, ChatState, u32)>, StoreError> {
    let rows = query(
        "select domain_id, state, count(*) as messages from chat_message where broadcast_id = $1 \
         group by domain_id, state",
    )
    .bind(broadcast.to_string())
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "chat_message");
        Ok((columns.parse_option("domain_id")?, state(columns)?, columns.number("messages")?))
    })
}

/// Deletes messages of a session: some, or all. How many there were.
pub async fn delete(store: &Store, session: SessionId, ids: Option<&[MessageId]>) -> Result<u64, StoreError> {
    let mut transaction = store.pool().begin().await?;
    let mut deleted = 0;
    match ids {
        None => {
            let done = query("delete from chat_message where session_id = $1")
                .bind(session.to_string())
                .execute(&mut *transaction)
                .await?;
            deleted += done.rows_affected();
        }
        Some(ids) => {
            for id in ids {
                let done = query("delete from chat_message where session_id = $1 and id = $2")
                    .bind(session.to_string())
                    .bind(id.to_string())
                    .execute(&mut *transaction)
                    .await?;
                deleted += done.rows_affected();
            }
        }
    }
    transaction.commit().await?;
    Ok(deleted)
}
