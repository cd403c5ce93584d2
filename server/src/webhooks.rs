//! Tells webhooks what has happened: a task for each, so that one that is slow holds up nobody but itself.
//!
//! * `post`: one request

mod post;

pub(crate) use post::Poster;

use futures::{StreamExt as _, stream::FuturesUnordered};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use wharf_core::Core;
use wharf_model::ids::{DeliveryId, WebhookId};
use wharf_store::{StoreError, webhooks::DueDelivery};

/// Requests to one webhook at once.
const AT_ONCE: usize = 8;
/// The wait after the store did not answer.
const WHEN_IN_TROUBLE: Duration = Duration::from_secs(5);
/// The longest wait for a delivery that is due later; nothing depends on it but how soon a changed clock is noticed.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Stores events and delivers them, until `stop`; what has happened by then is stored.
pub(crate) async fn run(core: Arc<Core>, stop: CancellationToken) {
    let delivery = async {
        tokio::select! {
            () = deliver(&core) => {},
            () = stop.cancelled() => {},
        }
    };
    tokio::join!(core.keep_events(&stop), delivery);
}

/// Keeps a task for each webhook that is switched on.
async fn deliver(core: &Arc<Core>) {
    let poster = Arc::new(Poster::new(core.clone()));
    let mut news = core.webhook_news();
    let mut couriers = JoinSet::new();
    let mut running = HashMap::new();
    loop {
        news.mark_unchanged();
        match core.enabled_webhooks().await {
            Ok(wanted) => {
                running.retain(|id, courier: &mut AbortHandle| {
                    let stays = wanted.contains_key(id);
                    if !stays {
                        courier.abort();
                    }
                    stays
                });
                for (id, url) in wanted {
                    running.entry(id).or_insert_with(|| couriers.spawn(courier(poster.clone(), id, url)));
                }
            }
            Err(error) => tracing::error!(%error, "webhooks cannot be read"),
        }
        while couriers.try_join_next().is_some() {}
        if news.changed().await.is_err() {
            return;
        }
    }
}

/// Delivers to one webhook: no delivery waits for another, as long as not too many are under way.
async fn courier(poster: Arc<Poster>, id: WebhookId, url: String) {
    let core = poster.core();
    let mut news = core.webhook_news();
    let mut under_way = FuturesUnordered::new();
    let mut taken = HashSet::new();
    loop {
        news.mark_unchanged();
        let mut wait = LONGEST_WAIT;
        if taken.len() < AT_ONCE {
            // Those under way are among the due ones.
            match core.due_deliveries(id, 2 * AT_ONCE).await {
                Ok((due, next)) => {
                    for delivery in due {
                        if taken.len() < AT_ONCE && taken.insert(delivery.id) {
                            under_way.push(attempt(&poster, id, &url, delivery));
                        }
                    }
                    if let Some(next) = next {
                        let ms = next.saturating_sub(core.clock.now()).max(0).unsigned_abs();
                        wait = wait.min(Duration::from_millis(ms));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, webhook = %id, "deliveries cannot be read");
                    wait = WHEN_IN_TROUBLE;
                }
            }
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            Some((delivery, result)) = under_way.next() => {
                if let Err(error) = result {
                    tracing::error!(%error, webhook = %id, "what became of a delivery is not stored");
                    // Without a wait the same delivery would be sent again at once.
                    tokio::time::sleep(WHEN_IN_TROUBLE).await;
                }
                taken.remove(&delivery);
            }
            () = tokio::time::sleep(wait) => {},
        }
    }
}

/// Which delivery it was, and whether what became of it is stored.
async fn attempt(
    poster: &Poster,
    webhook: WebhookId,
    url: &str,
    delivery: DueDelivery,
) -> (DeliveryId, Result<(), StoreError>) {
    let report = async {
        let answer = poster.post(webhook, url, delivery.id, &delivery.body).await?;
        if let Err((_, error)) = &answer {
            tracing::info!(%webhook, delivery = %delivery.id, attempt = delivery.attempts + 1, error, "webhook not reached");
        }
        poster.core().delivery_attempted(webhook, &delivery, answer).await
    };
    let result = report.await;
    (delivery.id, result)
}
