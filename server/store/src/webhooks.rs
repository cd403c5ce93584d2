//! Webhooks, and the events on their way to them.

use crate::{
    Secret, Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, Row, any::AnyRow, query, query_scalar};
use wharf_model::{
    ids::{DeliveryId, WebhookId},
    webhooks::{Attempt, Delivery, DeliveryState, Webhook, WebhookEvent},
};

/// A webhook to add.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Which one.
    pub id: WebhookId,
    /// Where events go.
    pub url: String,
    /// What it is told; empty: everything.
    pub events: Vec<WebhookEvent>,
    /// Base64 of the key that signatures are made with.
    pub secret: Secret,
    /// Who makes it.
    pub by: String,
    /// Now.
    pub created: i64,
}

/// A delivery to add.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Which one.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// What happened.
    pub event: WebhookEvent,
    /// What is sent.
    pub body: String,
    /// Now.
    pub created: i64,
}

/// A delivery whose time has come.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// Which one.
    pub id: DeliveryId,
    /// What is sent.
    pub body: String,
    /// When the event happened.
    pub created: i64,
    /// How often it was tried.
    pub attempts: u32,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The webhook has it.
    Delivered,
    /// To be tried again at this time.
    Again(i64),
    /// Not to be tried again.
    GivenUp,
}

fn state_word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::GivenUp => "given_up",
    }
}

/// The last attempt, from the columns that both tables have.
fn last(columns: Columns<'_>) -> Result<Option<Attempt>, StoreError> {
    let at: Option<i64> = columns.get("last_at")?;
    let (status, error) = (columns.number_option("last_status")?, columns.get("last_error")?);
    Ok(at.map(|at| Attempt { at, status, error }))
}

fn read(row: &AnyRow) -> Result<Webhook, StoreError> {
    let columns = Columns::of(row, "webhook");
    let events: String = columns.get("events")?;
    Ok(Webhook {
        id: columns.parse("id")?,
        url: columns.get("url")?,
        events: serde_json::from_str(&events).map_err(|error| columns.corrupt("events", error))?,
        enabled: columns.flag("enabled")?,
        by: columns.get("created_by")?,
        created: columns.get("created_at")?,
        failing_since: columns.get("failing_since")?,
        waiting: columns.number("waiting")?,
        dropped: columns.number("dropped")?,
        last: last(columns)?,
    })
}

/// All webhooks, oldest first.
pub async fn list(store: &Store) -> Result<Vec<Webhook>, StoreError> {
    let rows = query(
        "select id, url, events, enabled, created_by, created_at, failing_since, dropped, last_at, last_status, \
         last_error, (select count(*) from webhook_delivery where webhook_id = webhook.id and state = 'waiting') \
         as waiting from webhook order by id",
    )
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

/// The key of a webhook, base64.
pub async fn secret(store: &Store, id: WebhookId) -> Result<Secret, StoreError> {
    let secret: String =
        query_scalar("select secret from webhook where id = $1").bind(id.to_string()).fetch_one(store.pool()).await?;
    Ok(Secret(secret))
}

pub(crate) async fn insert(connection: &mut AnyConnection, webhook: &NewWebhook) -> Result<(), StoreError> {
    let events: Vec<_> = webhook.events.iter().map(|event| event.word()).collect();
    query(
        "insert into webhook (id, url, events, secret, enabled, created_by, created_at) \
         values ($1, $2, $3, $4, 1, $5, $6)",
    )
    .bind(webhook.id.to_string())
    .bind(&*webhook.url)
    .bind(serde_json::Value::from(events).to_string())
    .bind(&*webhook.secret)
    .bind(&*webhook.by)
    .bind(webhook.created)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: WebhookId) -> Result<(), StoreError> {
    found(query("delete from webhook where id = $1").bind(id.to_string()).execute(connection).await?.rows_affected())
}

/// Switched on again it begins anew: failures of before do not count.
pub(crate) async fn enable(connection: &mut AnyConnection, id: WebhookId, enabled: bool) -> Result<(), StoreError> {
    let done = query("update webhook set enabled = $2, failing_since = null where id = $1")
        .bind(id.to_string())
        .bind(i64::from(enabled))
        .execute(connection)
        .await?;
    found(done.rows_affected())
}

/// Adds deliveries, all or none, and counts those that were `dropped` instead. What goes to a webhook that is no more is
/// left out.
pub async fn enqueue(
    store: &Store,
    deliveries: &[NewDelivery],
    dropped: &[(WebhookId, u64)],
) -> Result<(), StoreError> {
    let mut transaction = store.pool().begin().await?;
    for delivery in deliveries {
        query(
            "insert into webhook_delivery (id, webhook_id, event, body, state, created_at, due_at) \
             select $1, id, $3, $4, 'waiting', $5, $5 from webhook where id = $2",
        )
        .bind(delivery.id.to_string())
        .bind(delivery.webhook.to_string())
        .bind(delivery.event.word())
        .bind(&*delivery.body)
        .bind(delivery.created)
        .execute(&mut *transaction)
        .await?;
    }
    for (id, more) in dropped {
        query("update webhook set dropped = dropped + $2 where id = $1")
            .bind(id.to_string())
            .bind(i64::try_from(*more).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Deliveries of one webhook whose time has come at `now`, the longest overdue first.
pub async fn due(store: &Store, webhook: WebhookId, now: i64, most: usize) -> Result<Vec<DueDelivery>, StoreError> {
    let rows = query(
        "select id, body, created_at, attempts from webhook_delivery \
         where webhook_id = $1 and state = 'waiting' and due_at <= $2 order by due_at, id limit $3",
    )
    .bind(webhook.to_string())
    .bind(now)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "webhook_delivery");
        Ok(DueDelivery {
            id: columns.parse("id")?,
            body: columns.get("body")?,
            created: columns.get("created_at")?,
            attempts: columns.number("attempts")?,
        })
    })
}

/// When the next delivery to a webhook becomes due after `now`.
pub async fn next_due(store: &Store, webhook: WebhookId, now: i64) -> Result<Option<i64>, StoreError> {
    let row = query(
        "select due_at from webhook_delivery \
         where webhook_id = $1 and state = 'waiting' and due_at > $2 order by due_at limit 1",
    )
    .bind(webhook.to_string())
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    Ok(row.map(|row| row.try_get("due_at")).transpose()?)
}

/// Notes how an attempt went. True if the webhook has taken nothing since before `failing_before` and was switched off
/// for it now.
pub async fn attempted(
    store: &Store,
    webhook: WebhookId,
    delivery: DeliveryId,
    outcome: Outcome,
    attempt: &Attempt,
    failing_before: i64,
) -> Result<bool, StoreError> {
    let (state, due) = match outcome {
        Outcome::Delivered => (DeliveryState::Delivered, None),
        Outcome::Again(at) => (DeliveryState::Waiting, Some(at)),
        Outcome::GivenUp => (DeliveryState::GivenUp, None),
    };
    let mut transaction = store.pool().begin().await?;
    query(
        "update webhook_delivery set state = $2, attempts = attempts + 1, due_at = coalesce($3, due_at), \
         last_at = $4, last_status = $5, last_error = $6 where id = $1",
    )
    .bind(delivery.to_string())
    .bind(state_word(state))
    .bind(due)
    .bind(attempt.at)
    .bind(attempt.status.map(i64::from))
    .bind(attempt.error.as_deref())
    .execute(&mut *transaction)
    .await?;
    query(
        "update webhook set last_at = $2, last_status = $3, last_error = $4, \
         failing_since = case when $5 = 1 then null else coalesce(failing_since, $2) end where id = $1",
    )
    .bind(webhook.to_string())
    .bind(attempt.at)
    .bind(attempt.status.map(i64::from))
    .bind(attempt.error.as_deref())
    .bind(i64::from(outcome == Outcome::Delivered))
    .execute(&mut *transaction)
    .await?;
    let switched_off = query("update webhook set enabled = 0 where id = $1 and enabled = 1 and failing_since < $2")
        .bind(webhook.to_string())
        .bind(failing_before)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(switched_off.rows_affected() > 0)
}

/// The last deliveries of a webhook, newest first.
pub async fn deliveries(store: &Store, webhook: WebhookId, most: u32) -> Result<Vec<Delivery>, StoreError> {
    let rows = query(
        "select id, event, state, created_at, attempts, due_at, last_at, last_status, last_error \
         from webhook_delivery where webhook_id = $1 order by id desc limit $2",
    )
    .bind(webhook.to_string())
    .bind(i64::from(most))
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "webhook_delivery");
        let (event, state): (String, String) = (columns.get("event")?, columns.get("state")?);
        Ok(Delivery {
            id: columns.parse("id")?,
            event: WebhookEvent::from_word(&event).ok_or_else(|| columns.corrupt("event", "unknown event"))?,
            created: columns.get("created_at")?,
            state: match state.as_str() {
                "waiting" => DeliveryState::Waiting,
                "delivered" => DeliveryState::Delivered,
                _ => DeliveryState::GivenUp,
            },
            attempts: columns.number("attempts")?,
            due: columns.get("due_at")?,
            last: last(columns)?,
        })
    })
}

/// Removes what was delivered or given up, but for the newest `keep`.
pub async fn tidy(store: &Store, webhook: WebhookId, keep: u32) -> Result<(), StoreError> {
    query(
        "delete from webhook_delivery where webhook_id = $1 and state <> 'waiting' and id <= \
         (select id from webhook_delivery where webhook_id = $1 and state <> 'waiting' \
         order by id desc limit 1 offset $2)",
    )
    .bind(webhook.to_string())
    .bind(i64::from(keep))
    .execute(store.pool())
    .await?;
    Ok(())
}
