use crate::{House, download};
use std::sync::Arc;
use wharf_core::{live::Tick, permits::Scope};
use wharf_model::{
    ids::SessionId,
    live::{Delta, Frame, SAMPLES},
    sessions::SessionState,
};

fn only(domain: wharf_model::ids::DomainId) -> Scope {
    Scope::Domains(Arc::new([domain].into()))
}

fn delta(house: &House, tick: &Tick, scope: &Scope) -> Delta {
    match serde_json::from_str(&house.core.sessions.frame(tick, scope)).unwrap() {
        Frame::Delta(delta) => delta,
        other => panic!("{other:?} is no delta"),
    }
}

fn ids(delta: &Delta) -> (Vec<SessionId>, Vec<SessionId>, Vec<SessionId>) {
    (
        delta.upserts.iter().map(|row| row.id).collect(),
        delta.progress.iter().map(|progress| progress.id).collect(),
        delta.gone.clone(),
    )
}

#[tokio::test]
async fn a_tick_says_what_changed_since_the_tick_before() {
    let house = House::new().await;
    let registry = &house.core.sessions;
    let _viewer = registry.feed().subscribe();
    let publish = || registry.publish(house.clock.now(), false);
    assert!(publish().is_none(), "nothing has happened");

    let session = house.log_in("192.0.2.1", "ann").await;
    let id = session.id;
    assert_eq!(ids(&delta(&house, &publish().unwrap(), &Scope::All)), (vec![id], vec![], vec![]));
    assert!(publish().is_none());

    let transfer = download(&session, 10_000);
    house.clock.advance(200);
    assert_eq!(ids(&delta(&house, &publish().unwrap(), &Scope::All)), (vec![id], vec![], vec![]));
    transfer.add(5_000);
    house.clock.advance(200);
    let moved = delta(&house, &publish().unwrap(), &Scope::All);
    assert_eq!(ids(&moved), (vec![], vec![id], vec![]), "only numbers moved");
    assert_eq!((moved.progress[0].progress, moved.stats.downloads), (Some(50.0), 1));

    drop(transfer);
    drop(session);
    assert_eq!(ids(&delta(&house, &publish().unwrap(), &Scope::All)), (vec![], vec![], vec![id]));
    assert!(publish().is_none());
}

#[tokio::test]
async fn viewers_see_their_own_domains_and_nothing_else() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "bob", wharf_model::accounts::Limits::default()).await;
    let registry = &house.core.sessions;
    let _viewer = registry.feed().subscribe();
    let ann = house.log_in("192.0.2.1", "ann").await;
    let bob = house.log_in("192.0.2.2", "bob").await;
    let stranger = house.connect("192.0.2.3");
    let moving = download(&bob, 10);
    let tick = registry.publish(house.clock.now(), true).unwrap();
    assert_eq!(delta(&house, &tick, &Scope::All).upserts.len(), 3);
    let own = delta(&house, &tick, &only(house.domain));
    assert_eq!(ids(&own), (vec![ann.id], vec![], vec![]));
    assert_eq!((own.stats.online, own.stats.downloads), (1, 0), "totals are of the own domain as well");
    let snapshot = registry.snapshot(&only(other), house.clock.now());
    assert_eq!(snapshot.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [bob.id]);
    assert!(snapshot.history.is_empty());
    drop((moving, stranger, bob));
    let tick = registry.publish(house.clock.now(), false).unwrap();
    assert_eq!(delta(&house, &tick, &Scope::All).gone.len(), 2);
    assert!(delta(&house, &tick, &only(house.domain)).gone.is_empty());
    assert_eq!(delta(&house, &tick, &only(other)).gone.len(), 1);
}

#[tokio::test]
async fn who_signs_out_vanishes_for_the_domain_and_stays_for_the_server() {
    let house = House::new().await;
    let registry = &house.core.sessions;
    let _viewer = registry.feed().subscribe();
    let session = house.log_in("192.0.2.1", "ann").await;
    registry.publish(house.clock.now(), false);
    session.sign_out();
    let tick = registry.publish(house.clock.now(), false).unwrap();
    let own = delta(&house, &tick, &only(house.domain));
    assert_eq!(ids(&own), (vec![], vec![], vec![session.id]));
    let all = delta(&house, &tick, &Scope::All);
    assert_eq!(all.upserts[0].login, None);
}

#[tokio::test]
async fn a_transfer_that_stops_moving_is_shown_as_stalled() {
    let house = House::new().await;
    let registry = &house.core.sessions;
    let _viewer = registry.feed().subscribe();
    let session = house.log_in("192.0.2.1", "ann").await;
    let transfer = download(&session, 10_000);
    for _ in 0..5 {
        transfer.add(100);
        house.clock.advance(1_000);
        registry.publish(house.clock.now(), false);
    }
    house.clock.advance(3_000);
    let tick = registry.publish(house.clock.now(), true).unwrap();
    let delta = delta(&house, &tick, &Scope::All);
    assert_eq!(delta.progress[0].state, SessionState::Stalled);
    assert_eq!(delta.stats.stalled, 1);
}

#[tokio::test]
async fn the_history_is_bounded_and_kept_without_viewers() {
    let house = House::new().await;
    let registry = &house.core.sessions;
    for _ in 0..SAMPLES + 5 {
        house.clock.advance(2_000);
        assert!(registry.publish(house.clock.now(), true).is_none(), "nobody watches");
    }
    assert_eq!(registry.snapshot(&Scope::All, house.clock.now()).history.len(), SAMPLES);
}
