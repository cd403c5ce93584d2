use crate::{House, PASSWORD, administrator, connection, download, login};
use std::time::Duration;
use wharf_core::{
    permits::Scope,
    sessions::{Caps, EndCause, Ending, Refusal},
};
use wharf_model::{accounts::Limits, sessions::SessionState};

fn online(house: &House) -> u32 {
    house.core.sessions.stats(&Scope::All).online
}

#[tokio::test]
async fn a_session_lives_as_long_as_its_handle() {
    let house = House::new().await;
    let session = house.connect("192.0.2.1");
    let id = session.id;
    assert_eq!(online(&house), 1);
    assert!(house.core.sessions.get(id).is_some());
    drop(session);
    assert_eq!(online(&house), 0);
    assert!(house.core.sessions.get(id).is_none());
}

#[tokio::test]
async fn caps_of_server_address_and_unauthenticated_are_exact_and_places_come_back() {
    let caps = Caps { server: 3, per_ip: 2, unauthenticated_per_ip: 1 };
    let house = House::with(caps, Limits::default()).await;
    let join = |ip: &str| house.core.admit(connection(ip));
    let first = house.log_in("192.0.2.1", "ann").await;
    let second = join("192.0.2.1").unwrap();
    assert_eq!(join("192.0.2.1").unwrap_err(), Refusal::AddressFull);
    assert_eq!(join("::ffff:192.0.2.1").unwrap_err(), Refusal::AddressFull, "the same address in other clothes");
    let _third = join("192.0.2.2").unwrap();
    assert_eq!(join("192.0.2.3").unwrap_err(), Refusal::ServerFull);
    drop(first);
    assert_eq!(join("192.0.2.1").unwrap_err(), Refusal::AddressFull, "one that has not logged in is there still");
    drop(second);
    join("192.0.2.1").unwrap();
}

#[tokio::test]
async fn caps_of_account_and_account_from_one_address_hold_under_a_burst() {
    let limits = Limits { sessions: Some(5), sessions_per_ip: Some(3), ..Limits::default() };
    let house = House::with(Caps::default(), limits).await;
    let sessions: Vec<_> = (0..20).map(|number| house.connect(&format!("192.0.2.{}", number % 4 + 1))).collect();
    let ann = login("ann", PASSWORD);
    let logins = sessions.iter().map(|session| house.core.log_in(session, &ann));
    let mut results = Vec::new();
    for login in logins {
        results.push(login.await.is_ok());
    }
    assert_eq!(results.iter().filter(|ok| **ok).count(), 5);
    drop(sessions);
    let one_place: Vec<_> = (0..4).map(|_| house.connect("192.0.2.9")).collect();
    let mut refused = 0;
    for session in &one_place {
        refused += u32::from(house.core.log_in(session, &login("ann", PASSWORD)).await.is_err());
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn signing_out_gives_the_account_its_place_back() {
    let house = House::with(Caps::default(), Limits { sessions: Some(1), ..Limits::default() }).await;
    let first = house.log_in("192.0.2.1", "ann").await;
    let second = house.connect("192.0.2.2");
    assert!(house.core.log_in(&second, &login("ann", PASSWORD)).await.is_err());
    first.sign_out();
    assert!(house.core.log_in(&second, &login("ann", PASSWORD)).await.is_ok());
    let row = first.row(house.clock.now());
    assert_eq!((row.login, row.domain, row.state), (None, None, SessionState::Authenticating));
}

#[tokio::test]
async fn noop_does_not_end_an_idle_time() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.clock.advance(5_000);
    session.command("NOOP", false);
    let row = session.row(house.clock.now());
    assert_eq!((row.status.as_str(), row.idle_ms(house.clock.now())), ("NOOP", 5_000));
    session.command("LIST", true);
    assert_eq!(session.row(house.clock.now()).idle_ms(house.clock.now()), 0);
}

#[tokio::test]
async fn a_transfer_is_in_the_row_while_its_handle_lives() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let transfer = download(&session, 1_000);
    transfer.add(250);
    let row = session.row(house.clock.now());
    assert_eq!(row.state, SessionState::Transferring);
    assert_eq!(
        (row.file.as_deref(), row.progress, row.done, row.bytes_out),
        (Some("film.mov"), Some(25.0), Some(250), 250)
    );
    drop(transfer);
    let row = session.row(house.clock.now());
    assert_eq!((row.state, row.file, row.speed, row.bytes_out), (SessionState::Idle, None, None, 250));
}

#[tokio::test]
async fn ending_reaches_transfers_and_the_first_cause_stays() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let transfer = download(&session, 1_000);
    let kicked = Ending { cause: EndCause::Kicked, message: "bye".into(), by: None };
    assert!(session.end(kicked.clone()));
    assert!(!session.end(Ending { cause: EndCause::Shutdown, message: String::new(), by: None }));
    transfer.aborted().await;
    session.killed().await;
    assert_eq!(session.ending(), Some(&kicked));
    assert_eq!(session.row(house.clock.now()).state, SessionState::Ending);
}

#[tokio::test]
async fn aborting_transfers_leaves_the_session() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let transfer = download(&session, 1_000);
    assert_eq!(house.core.abort(&administrator(), session.id, None).await, Ok(Some(1)));
    assert!(transfer.is_aborted());
    assert!(session.ending().is_none());
    drop(transfer);
    assert_eq!(house.core.abort(&administrator(), session.id, None).await, Ok(Some(0)));
}

#[tokio::test]
async fn one_of_several_transfers_is_aborted_alone() {
    let house = House::new().await;
    let (session, other) = (house.log_in("192.0.2.1", "ann").await, house.log_in("192.0.2.2", "ann").await);
    let (first, second) = (download(&session, 1_000), download(&session, 2_000));
    let operator = administrator();
    let transfers = house.core.session_detail(&operator, session.id).unwrap().transfers;
    let id = Some(transfers.iter().find(|transfer| transfer.total == Some(2_000)).unwrap().id);
    assert_eq!(house.core.abort(&operator, other.id, id).await, Ok(Some(0)), "it is not that session's");
    assert_eq!(house.core.abort(&operator, session.id, id).await, Ok(Some(1)));
    assert!(second.is_aborted() && !first.is_aborted());
    assert_eq!(house.core.abort(&operator, session.id, id).await, Ok(Some(0)), "it was stopped already");
    assert_eq!(house.core.abort(&operator, session.id, None).await, Ok(Some(1)), "and the rest");
    assert!(first.is_aborted());
}

#[tokio::test]
async fn draining_ends_idle_sessions_at_once_and_transfers_after_the_grace() {
    let house = House::new().await;
    // From here on nothing waits for the store, whose own timers would run away.
    tokio::time::pause();
    let idle = house.connect("192.0.2.1");
    let busy = house.connect("192.0.2.2");
    let transfer = download(&busy, 1_000);
    let sessions = house.core.sessions.clone();
    let drained = tokio::spawn(async move { sessions.drain(Duration::from_secs(30)).await });
    idle.killed().await;
    assert!(busy.ending().is_none());
    assert_eq!(house.core.admit(connection("192.0.2.3")).unwrap_err(), Refusal::Draining);
    drop(idle);
    busy.killed().await;
    assert!(transfer.is_aborted());
    drop((busy, transfer));
    drained.await.unwrap();
}
