use crate::{House, download};
use std::sync::Arc;
use wharf_core::{live::Tick, permits::Scope, sessions::Caps};
use wharf_model::{
    accounts::Limits,
    ids::SessionId,
    kicks::SessionFilter,
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

#[tokio::test]
async fn of_five_thousand_sessions_only_what_changes_is_sent_and_the_totals_are_right() {
    const SESSIONS: u32 = 5_000;
    const OF_ANN: u32 = 50;
    let house = House::with(Caps { per_ip: 0, unauthenticated_per_ip: 0, ..Caps::default() }, Limits::default()).await;
    let registry = &house.core.sessions;
    let mut viewers = [registry.feed().subscribe(), registry.feed().subscribe()];
    let mut sessions = Vec::new();
    for number in 0..SESSIONS {
        let ip = format!("192.0.2.{}", number % 200 + 1);
        sessions.push(if number < OF_ANN { house.log_in(&ip, "ann").await } else { house.connect(&ip) });
    }
    let first = delta(&house, &registry.publish(house.clock.now(), false).unwrap(), &Scope::All);
    assert_eq!((first.upserts.len(), first.stats.online), (SESSIONS as usize, SESSIONS));

    // Three sessions do something: three rows, not five thousand, in one frame that all viewers share.
    let transfers = [download(&sessions[7], 1_000), download(&sessions[8], 1_000)];
    sessions[9].command("CWD", true);
    house.clock.advance(1_000);
    let tick = registry.publish(house.clock.now(), false).unwrap();
    let changed = delta(&house, &tick, &Scope::All);
    let expected = [7, 8, 9].map(|number: usize| sessions[number].id);
    assert_eq!(ids(&changed), (expected.to_vec(), vec![], vec![]));
    assert!(Arc::ptr_eq(&registry.frame(&tick, &Scope::All), &registry.frame(&tick, &Scope::All)));
    for viewer in &mut viewers {
        viewer.recv().await.unwrap();
        assert!(Arc::ptr_eq(&viewer.recv().await.unwrap(), &tick), "one tick for everybody");
    }
    transfers.iter().zip([3_000, 1_000]).for_each(|(transfer, bytes)| transfer.add(bytes));
    house.clock.advance(1_000);
    let moved = delta(&house, &registry.publish(house.clock.now(), false).unwrap(), &Scope::All);
    assert_eq!((moved.upserts.len(), moved.progress.len()), (0, 2));
    let stats = registry.stats(&Scope::All);
    assert_eq!((stats.online, stats.downloads, stats.uploads, stats.limit), (SESSIONS, 2, 0, Caps::default().server));
    let speeds: u64 = moved.progress.iter().filter_map(|progress| progress.speed).sum();
    assert_eq!(stats.download_rate, speeds, "the total is the sum of the rows");
    assert_eq!(registry.stats(&only(house.domain)).online, OF_ANN);

    // All go at once, and nobody is left behind.
    let receipt = house.core.kick_all(&crate::administrator(), &SessionFilter::default(), "", "").await.unwrap();
    assert_eq!(receipt.ended.len(), SESSIONS as usize);
    assert!(sessions.iter().all(|session| session.ending().is_some()));
    drop((transfers, sessions));
    let gone = delta(&house, &registry.publish(house.clock.now(), false).unwrap(), &Scope::All);
    assert_eq!((gone.gone.len(), gone.stats.online), (SESSIONS as usize, 0));
    assert_eq!(house.audit().await.len(), 1, "one order, one entry");
}
