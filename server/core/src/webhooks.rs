//! Webhooks: making them, what they are told, what has become of it.
//!
//! An event goes from [`Events`] into the store, once for each webhook that wants it, and stays there until the webhook
//! has taken it or it was tried too often. The binary does the talking: it asks [`Core::due_deliveries`] and reports to
//! [`Core::delivery_attempted`].

mod addresses;
mod signature;

use crate::{Core, clock::iso, events::Occurrence, orders::OrderError, permits::Operator, random};
use http::{Uri, uri::Scheme};
use serde_json::{Value, json};
use std::{collections::HashMap, net::IpAddr, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wharf_model::{
    addresses::AddressRange,
    audit::AuditEntry,
    ids::{DeliveryId, WebhookId},
    live::Topic,
    people::Permission,
    webhooks::{Attempt, Delivery, LONGEST_URL, NewWebhook, Webhook, WebhookEvent, WebhookOrder},
};
use wharf_store::{
    Secret, StoreError,
    together::{self, Step},
    webhooks::{self, DueDelivery, NewDelivery, Outcome},
};

/// Webhooks at most; each has a task of its own.
const MOST: usize = 50;
/// A delivery is tried this often at most.
const ATTEMPTS_MOST: u32 = 12;
/// A delivery is tried for this long at most.
const AGE_MOST_MS: i64 = 3 * 24 * 60 * 60_000;
/// A webhook that has taken nothing for this long is switched off.
const SILENCE_MOST_MS: i64 = 3 * 24 * 60 * 60_000;
/// The longest wait between two attempts.
const LONGEST_WAIT_MS: i64 = 6 * 60 * 60_000;
/// Deliveries that are over, kept for people to see.
const KEPT: u32 = 50;
/// What is kept of an error.
const LONGEST_ERROR: usize = 300;

/// What an operator decides once about webhooks.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookPolicy {
    /// Addresses that are not the internet and yet may be told.
    pub allowed: Vec<AddressRange>,
    /// How long one attempt may take.
    pub patience: Duration,
    /// The wait after the first failed attempt; each further one is three times as long.
    pub first_wait: Duration,
    /// Events that wait for one webhook at most.
    pub most_waiting: u64,
}

impl Default for WebhookPolicy {
    fn default() -> Self {
        let ten = Duration::from_secs(10);
        Self { allowed: Vec::new(), patience: ten, first_wait: ten, most_waiting: 10_000 }
    }
}

/// What is known of webhooks besides what is stored.
#[derive(Debug)]
pub(crate) struct Webhooks {
    policy: WebhookPolicy,
    /// Moves when there is something new to deliver, or a webhook came or went.
    news: watch::Sender<()>,
}

impl Webhooks {
    pub(crate) fn new(policy: WebhookPolicy) -> Self {
        Self { policy, news: watch::Sender::new(()) }
    }
}

impl Core {
    /// All webhooks.
    pub async fn webhooks(&self, operator: &Operator) -> Result<Vec<Webhook>, OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        Ok(webhooks::list(&self.store).await?)
    }

    /// Makes a webhook. Its secret is in the answer and nowhere else.
    pub async fn add_webhook(&self, operator: &Operator, order: &WebhookOrder) -> Result<NewWebhook, OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        self.check_url(&order.url)?;
        if order.events.contains(&WebhookEvent::Test) {
            return Err(OrderError::invalid("events", "every webhook gets webhook.test"));
        }
        if webhooks::list(&self.store).await?.len() >= MOST {
            return Err(OrderError::invalid("url", format!("there are {MOST} webhooks already")));
        }
        let mut events = order.events.clone();
        events.sort_unstable();
        events.dedup();
        let key = signature::new_key();
        let webhook = webhooks::NewWebhook {
            id: WebhookId(random::id(&self.clock)),
            url: order.url.clone(),
            events: events.clone(),
            secret: Secret::from(key.clone()),
            by: operator.name.clone(),
            created: self.clock.now(),
        };
        let entry = AuditEntry {
            after: Some(json!({"url": webhook.url, "events": events})),
            ..self.deed(operator, "webhook.add", webhook.id.to_string())
        };
        together::commit(&self.store, &[Step::AddWebhook(webhook.clone()), Step::Audit(entry)]).await?;
        self.webhooks_changed().await?;
        let webhooks::NewWebhook { id, url, events, by, created, .. } = webhook;
        let (failing_since, waiting, dropped, last) = (None, 0, 0, None);
        let webhook = Webhook { id, url, events, enabled: true, by, created, failing_since, waiting, dropped, last };
        Ok(NewWebhook { webhook, secret: signature::secret(&key) })
    }

    /// Removes a webhook and everything that waits for it.
    pub async fn remove_webhook(&self, operator: &Operator, id: WebhookId) -> Result<(), OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        let webhook = self.webhook(id).await?;
        let entry = AuditEntry {
            before: Some(json!({"url": webhook.url, "events": webhook.events, "waiting": webhook.waiting})),
            ..self.deed(operator, "webhook.remove", id.to_string())
        };
        together::commit(&self.store, &[Step::RemoveWebhook(id), Step::Audit(entry)]).await?;
        Ok(self.webhooks_changed().await?)
    }

    /// Switches a webhook on or off. What waits for it goes on waiting.
    pub async fn enable_webhook(&self, operator: &Operator, id: WebhookId, enabled: bool) -> Result<(), OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        let webhook = self.webhook(id).await?;
        let entry = AuditEntry {
            before: Some(json!({"enabled": webhook.enabled})),
            after: Some(json!({"enabled": enabled})),
            ..self.deed(operator, "webhook.change", id.to_string())
        };
        together::commit(&self.store, &[Step::EnableWebhook(id, enabled), Step::Audit(entry)]).await?;
        Ok(self.webhooks_changed().await?)
    }

    /// Puts a test event on its way to a webhook. Its delivery tells what came of it.
    pub async fn test_webhook(&self, operator: &Operator, id: WebhookId) -> Result<DeliveryId, OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        let webhook = self.webhook(id).await?;
        if !webhook.enabled {
            return Err(OrderError::invalid("id", "the webhook is switched off"));
        }
        if webhook.waiting >= self.webhooks.policy.most_waiting {
            return Err(OrderError::Busy);
        }
        let test = self.test_delivery(id, &operator.name);
        let delivery = test.id;
        webhooks::enqueue(&self.store, &[test], &[]).await?;
        self.webhooks.news.send_replace(());
        Ok(delivery)
    }

    /// The last deliveries of a webhook, newest first.
    pub async fn webhook_deliveries(&self, operator: &Operator, id: WebhookId) -> Result<Vec<Delivery>, OrderError> {
        operator.require(Permission::ManageWebhooks)?;
        self.webhook(id).await?;
        Ok(webhooks::deliveries(&self.store, id, KEPT).await?)
    }

    async fn webhook(&self, id: WebhookId) -> Result<Webhook, OrderError> {
        let found = webhooks::list(&self.store).await?.into_iter().find(|webhook| webhook.id == id);
        found.ok_or(OrderError::NotFound)
    }

    /// What is wrong with an address as far as can be said without looking names up; that happens at each attempt.
    fn check_url(&self, url: &str) -> Result<(), OrderError> {
        let invalid = |message: &str| Err(OrderError::invalid("url", message));
        let Ok(uri) = url.parse::<Uri>() else { return invalid("this is not an address of the web") };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return invalid("the address has to begin with https:// or http://");
        };
        if *scheme != Scheme::HTTPS && *scheme != Scheme::HTTP {
            return invalid("the address has to begin with https:// or http://");
        }
        if url.len() > LONGEST_URL {
            return invalid("the address is too long");
        }
        if authority.as_str().contains('@') {
            return invalid("the address must have no user name or password in it; signatures say who sends");
        }
        let host = authority.host().trim_matches(['[', ']']);
        match host.parse() {
            Ok(ip) if !self.may_be_told(ip) => {
                invalid("this address is not on the internet; the configuration key webhooks.allowed could allow it")
            }
            _ => Ok(()),
        }
    }

    /// Whether a webhook may go to `ip`.
    pub fn may_be_told(&self, ip: IpAddr) -> bool {
        addresses::is_open(ip, &self.webhooks.policy.allowed)
    }

    /// How long one attempt may take.
    pub fn webhook_patience(&self) -> Duration {
        self.webhooks.policy.patience
    }

    /// Takes over which webhooks there are: at the start, after a change, and now and then, because the command line
    /// changes them too.
    pub async fn webhooks_changed(&self) -> Result<(), StoreError> {
        let all = webhooks::list(&self.store).await?;
        let enabled = all.iter().filter(|webhook| webhook.enabled);
        self.events().want(enabled.flat_map(|webhook| {
            if webhook.events.is_empty() { WebhookEvent::ALL.to_vec() } else { webhook.events.clone() }
        }));
        self.webhooks.news.send_replace(());
        self.notices.changed(Topic::Webhooks);
        Ok(())
    }

    /// Forgets deliveries that are long over, and takes over what the command line has changed.
    pub async fn tidy_webhooks(&self) -> Result<(), StoreError> {
        for webhook in webhooks::list(&self.store).await? {
            webhooks::tidy(&self.store, webhook.id, KEPT).await?;
        }
        self.webhooks_changed().await
    }

    /// Moves when there may be something to deliver, or other webhooks.
    pub fn webhook_news(&self) -> watch::Receiver<()> {
        self.webhooks.news.subscribe()
    }

    /// Webhooks that are switched on, with their addresses.
    pub async fn enabled_webhooks(&self) -> Result<HashMap<WebhookId, String>, StoreError> {
        let all = webhooks::list(&self.store).await?;
        Ok(all.into_iter().filter(|webhook| webhook.enabled).map(|webhook| (webhook.id, webhook.url)).collect())
    }

    /// Stores events as they happen, until `stop`.
    pub async fn keep_events(&self, stop: &CancellationToken) {
        const WHEN_IN_TROUBLE: Duration = Duration::from_secs(1);
        loop {
            tokio::select! {
                () = self.events().arrived() => {},
                () = stop.cancelled() => {},
            }
            while let Err(error) = self.store_events().await {
                tracing::error!(%error, "events for webhooks not stored, trying again");
                tokio::time::sleep(WHEN_IN_TROUBLE).await;
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }

    /// Stores what has happened so far, once for each webhook that is told of it.
    pub async fn store_events(&self) -> Result<(), StoreError> {
        let occurrences = self.events().take();
        if occurrences.is_empty() {
            return Ok(());
        }
        let stored = self.enqueue(&occurrences).await;
        if stored.is_err() {
            self.events().put_back(occurrences);
        }
        stored
    }

    async fn enqueue(&self, occurrences: &[Occurrence]) -> Result<(), StoreError> {
        let (mut deliveries, mut dropped) = (Vec::new(), Vec::new());
        for webhook in webhooks::list(&self.store).await?.iter().filter(|webhook| webhook.enabled) {
            let wanted =
                |occurrence: &&Occurrence| webhook.events.is_empty() || webhook.events.contains(&occurrence.event);
            let wanted: Vec<_> = occurrences.iter().filter(wanted).collect();
            let room = usize::try_from(self.webhooks.policy.most_waiting.saturating_sub(webhook.waiting))
                .unwrap_or(usize::MAX);
            let (taken, left) = wanted.split_at(wanted.len().min(room));
            deliveries.extend(taken.iter().map(|occurrence| self.delivery(webhook.id, occurrence)));
            if !left.is_empty() {
                tracing::warn!(webhook = %webhook.id, events = left.len(), "events dropped: too many wait");
                dropped.push((webhook.id, left.len() as u64));
            }
        }
        webhooks::enqueue(&self.store, &deliveries, &dropped).await?;
        self.webhooks.news.send_replace(());
        Ok(())
    }

    fn delivery(&self, webhook: WebhookId, occurrence: &Occurrence) -> NewDelivery {
        let Occurrence { event, at, data } = occurrence;
        let body = json!({"type": event, "timestamp": iso(*at), "data": data}).to_string();
        NewDelivery { id: DeliveryId(random::id(&self.clock)), webhook, event: *event, body, created: *at }
    }

    /// A test event. The command line sends it itself.
    pub fn test_delivery(&self, webhook: WebhookId, by: &str) -> NewDelivery {
        let data = json!({"webhook": webhook, "by": by});
        self.delivery(webhook, &Occurrence { event: WebhookEvent::Test, at: self.clock.now(), data })
    }

    /// Deliveries to a webhook whose time has come, and when the next one becomes due.
    pub async fn due_deliveries(
        &self,
        webhook: WebhookId,
        most: usize,
    ) -> Result<(Vec<DueDelivery>, Option<i64>), StoreError> {
        let now = self.clock.now();
        let due = webhooks::due(&self.store, webhook, now, most).await?;
        Ok((due, webhooks::next_due(&self.store, webhook, now).await?))
    }

    /// The headers that tell who sends `body`, as of now.
    pub async fn signed_headers(
        &self,
        webhook: WebhookId,
        delivery: DeliveryId,
        body: &str,
    ) -> Result<[(&'static str, String); 3], StoreError> {
        let key = webhooks::secret(&self.store, webhook).await?;
        let seconds = self.clock.now() / 1000;
        let signature = signature::sign(&key, delivery, seconds, body)
            .ok_or_else(|| StoreError::Corrupt("webhook.secret: not base64".to_owned()))?;
        Ok([
            ("webhook-id", delivery.to_string()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ])
    }

    /// Notes how an attempt went, which decides whether there is another one and whether the webhook stays on.
    pub async fn delivery_attempted(
        &self,
        webhook: WebhookId,
        delivery: &DueDelivery,
        result: Result<u16, (Option<u16>, String)>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (outcome, status, error) = match result {
            Ok(status) => (Outcome::Delivered, Some(status), None),
            Err((status, error)) => (self.again(delivery, now), status, Some(error)),
        };
        let error = error.map(|error| wharf_vfs::printable(error.as_bytes()).chars().take(LONGEST_ERROR).collect());
        let gone = status == Some(410);
        let attempt = Attempt { at: now, status, error };
        // 410 says that nobody will ever listen there again.
        let failing_before = if gone { i64::MAX } else { now - SILENCE_MOST_MS };
        let switched_off =
            webhooks::attempted(&self.store, webhook, delivery.id, outcome, &attempt, failing_before).await?;
        if switched_off {
            let why = if gone { "it answered 410" } else { "it has taken nothing for three days" };
            tracing::warn!(%webhook, why, "webhook switched off");
            let detail = json!({"why": why});
            self.audit("system", None, "webhook.switched_off", &webhook.to_string(), detail).await;
            self.webhooks_changed().await?;
        }
        Ok(())
    }

    fn again(&self, delivery: &DueDelivery, now: i64) -> Outcome {
        if delivery.attempts + 1 >= ATTEMPTS_MOST || now - delivery.created > AGE_MOST_MS {
            return Outcome::GivenUp;
        }
        let first = i64::try_from(self.webhooks.policy.first_wait.as_millis()).unwrap_or(LONGEST_WAIT_MS);
        let wait = first.saturating_mul(3_i64.saturating_pow(delivery.attempts)).min(LONGEST_WAIT_MS);
        // Up to a tenth more, so that what failed together does not come back together.
        let [random] = random::bytes();
        Outcome::Again(now + wait + wait * i64::from(random) / 2560)
    }
}

/// What every event about a session says of it.
pub(crate) fn about(session: &crate::sessions::Session, now: i64) -> Value {
    let row = session.row(now);
    json!({
        "id": row.id, "protocol": row.protocol, "secure": row.secure, "login": row.login, "domain": row.domain,
        "ip": row.ip, "client": row.client, "node": row.node,
    })
}
