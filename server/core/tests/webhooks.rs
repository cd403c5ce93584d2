//! What becomes of events on their way to webhooks.

use crate::{House, administrator, download};
use wharf_core::{Core, Settings, logs::Logs, orders::OrderError, webhooks::WebhookPolicy};
use wharf_model::{
    ids::WebhookId,
    webhooks::{DeliveryState, Webhook, WebhookEvent, WebhookOrder},
};
use wharf_store::webhooks::DueDelivery;

const HOUR_MS: i64 = 60 * 60_000;

async fn add(house: &House, events: &[WebhookEvent]) -> WebhookId {
    let order = WebhookOrder { url: "https://example.com/".to_owned(), events: events.to_vec() };
    house.core.add_webhook(&administrator(), &order).await.unwrap().webhook.id
}

async fn shown(house: &House, id: WebhookId) -> Webhook {
    let all = house.core.webhooks(&administrator()).await.unwrap();
    all.into_iter().find(|webhook| webhook.id == id).unwrap()
}

async fn due(house: &House, id: WebhookId) -> Vec<DueDelivery> {
    house.core.store_events().await.unwrap();
    house.core.due_deliveries(id, 100_000).await.unwrap().0
}

async fn fail(house: &House, id: WebhookId, delivery: &DueDelivery) {
    house.core.delivery_attempted(id, delivery, Err((Some(500), "500".to_owned()))).await.unwrap();
}

#[tokio::test]
async fn a_delivery_is_tried_at_growing_distances_and_given_up() {
    let house = House::new().await;
    let id = add(&house, &[WebhookEvent::SessionOpened]).await;
    let _session = house.log_in("192.0.2.1", "ann").await;
    let mut waits = Vec::new();
    while let [delivery] = &due(&house, id).await[..] {
        fail(&house, id, delivery).await;
        let (_, next) = house.core.due_deliveries(id, 1).await.unwrap();
        let Some(next) = next else { break };
        let wait = next - house.clock.now();
        house.clock.advance(wait);
        waits.push(wait);
        // Somebody else's success keeps the webhook from being switched off.
        house.core.test_webhook(&administrator(), id).await.unwrap();
        let test = due(&house, id).await.into_iter().find(|other| other.attempts == 0).unwrap();
        house.core.delivery_attempted(id, &test, Ok(204)).await.unwrap();
    }
    assert_eq!(waits.len(), 11, "twelve attempts: {waits:?}");
    for (wait, least) in waits.iter().zip([10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600, 21_600, 21_600]) {
        let least = least * 1_000;
        assert!((least..=least + least / 10).contains(wait), "{waits:?}");
    }
    let deliveries = house.core.webhook_deliveries(&administrator(), id).await.unwrap();
    let opened = deliveries.iter().find(|delivery| delivery.event == WebhookEvent::SessionOpened).unwrap();
    assert_eq!((opened.state, opened.attempts), (DeliveryState::GivenUp, 12));
    assert!(shown(&house, id).await.enabled);
}

#[tokio::test]
async fn a_webhook_that_takes_nothing_for_three_days_is_switched_off() {
    let house = House::new().await;
    let id = add(&house, &[]).await;
    let _session = house.log_in("192.0.2.1", "ann").await;
    fail(&house, id, &due(&house, id).await[0]).await;
    house.clock.advance(72 * HOUR_MS);
    fail(&house, id, &due(&house, id).await[0]).await;
    assert!(shown(&house, id).await.enabled, "not yet longer than three days");
    house.core.test_webhook(&administrator(), id).await.unwrap();
    house.clock.advance(1);
    fail(&house, id, &due(&house, id).await[0]).await;
    assert!(!shown(&house, id).await.enabled);
    assert_eq!(house.audit().await[0].action, "webhook.switched_off");
    house.core.enable_webhook(&administrator(), id, true).await.unwrap();
    house.core.test_webhook(&administrator(), id).await.unwrap();
    fail(&house, id, due(&house, id).await.last().unwrap()).await;
    assert!(shown(&house, id).await.enabled, "failures of before count no more");
}

#[tokio::test]
async fn what_waits_is_bounded_and_what_is_dropped_is_counted() {
    let mut house = House::new().await;
    let webhooks = WebhookPolicy { most_waiting: 100, ..WebhookPolicy::default() };
    let settings = Settings { webhooks, ..Settings::default() };
    house.core = Core::new(house.core.store.clone(), house.clock.clone(), &settings, Logs::default());
    let id = add(&house, &[WebhookEvent::TransferDone]).await;
    let session = house.log_in("192.0.2.1", "ann").await;
    for _ in 0..107 {
        drop(download(&session, 1));
    }
    assert_eq!(due(&house, id).await.len(), 100);
    drop(download(&session, 1));
    let waiting = due(&house, id).await;
    assert_eq!(waiting.len(), 100);
    let webhook = shown(&house, id).await;
    assert_eq!((webhook.waiting, webhook.dropped), (100, 8));
    let error = house.core.test_webhook(&administrator(), id).await.unwrap_err();
    assert!(matches!(error, OrderError::Busy));
    // What is over is kept for people to see, but not for ever.
    for delivery in &waiting[..60] {
        house.core.delivery_attempted(id, delivery, Ok(200)).await.unwrap();
    }
    house.core.tidy_webhooks().await.unwrap();
    assert_eq!(shown(&house, id).await.waiting, 40);
    let newest = house.core.webhook_deliveries(&administrator(), id).await.unwrap();
    assert_eq!(newest.len(), 50);
}

#[tokio::test]
async fn what_nobody_is_told_is_not_kept() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let id = add(&house, &[WebhookEvent::MessageReceived]).await;
    drop(download(&session, 1));
    assert!(due(&house, id).await.is_empty(), "another event");
    house.core.message_from_user(&session, b"hello").await.unwrap();
    assert_eq!(due(&house, id).await.len(), 1);
    house.core.enable_webhook(&administrator(), id, false).await.unwrap();
    house.core.message_from_user(&session, b"hello").await.unwrap();
    assert_eq!(due(&house, id).await.len(), 1, "switched off");
}
