use crate::{House, PASSWORD, administrator, download, login, owner_of};
use wharf_core::{
    Core, Settings,
    logs::{Archive, Logs, Retention},
    orders::OrderError,
    permits::Operator,
};
use wharf_model::{
    accounts::Limits,
    ids::SessionId,
    kicks::KickOrder,
    logs::{LineKind, LogQuery},
};

async fn lines(core: &Core, operator: &Operator, id: SessionId) -> Vec<String> {
    let page = core.session_log(operator, id, &LogQuery::default()).await.unwrap();
    page.lines.into_iter().map(|line| line.text).collect()
}

/// A house that keeps logs on disk.
async fn with_archive() -> House {
    let mut house = House::new().await;
    let retention = Retention { age_ms: 1_000_000, bytes: 1 << 30 };
    let archive = Archive::open(&house.directory.path().join("logs"), retention, house.clock.clone()).unwrap();
    let logs = Logs::new(Some(archive));
    house.core = Core::new(house.core.store.clone(), house.clock.clone(), &Settings::default(), logs);
    house
}

#[tokio::test]
async fn a_log_begins_with_the_connection_and_tells_what_happened() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    session.set_encryption(Some("TLSv1.3 AES".into()));
    house.clock.advance(250);
    session.note(LineKind::Command, "RETR \u{1b}[2Jx");
    let transfer = download(&session, 100);
    transfer.add(60);
    house.clock.advance(40);
    drop(transfer);
    let id = session.id;
    house
        .core
        .kick(&administrator(), &[id], &KickOrder { reason: "spam".into(), ..KickOrder::default() })
        .await
        .unwrap();
    let expected = [
        "connected from 192.0.2.1:40000 to 127.0.0.1:2121",
        "logged in as ann@acme.example",
        "encryption: TLSv1.3 AES",
        "RETR \u{fffd}[2Jx",
        "download of /media/film.mov: 60 of 100 bytes in 40 ms",
        "test ended the session: spam",
    ];
    assert_eq!(lines(&house.core, &administrator(), id).await, expected);
    drop(session);
    let ended = house.core.recently_ended(&owner_of(house.domain), 10).unwrap().remove(0);
    assert_eq!((ended.row.id, ended.ended - ended.connected, &*ended.why), (id, 290, "ended by test"));
    let after = lines(&house.core, &owner_of(house.domain), id).await;
    assert_eq!(after.last().unwrap(), "disconnected: ended by test");
    house.clock.advance(25 * 60 * 60_000);
    assert!(house.core.recently_ended(&administrator(), 10).unwrap().is_empty());
}

#[tokio::test]
async fn old_lines_come_from_disk_and_none_is_missing() {
    let house = with_archive().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    for n in 0..6_000 {
        session.note(LineKind::Command, &format!("NOOP {n}"));
    }
    let id = session.id;
    let query = |from| LogQuery { from: Some(from), limit: 2_000, ..LogQuery::default() };
    let mut numbers = Vec::new();
    while let Some(line) =
        house.core.session_log(&administrator(), id, &query(numbers.len() as u64)).await.unwrap().lines.last()
    {
        numbers.extend(numbers.len() as u64..=line.number);
    }
    assert_eq!(numbers.len(), 6_002);
    let search = LogQuery { search: "noop 1234".into(), ..LogQuery::default() };
    assert_eq!(house.core.session_log(&administrator(), id, &search).await.unwrap().lines.len(), 1);
    drop(session);
    let text = house.core.session_log_text(&administrator(), id).await.unwrap();
    assert_eq!(text.lines().count(), 6_003);
    assert!(text.starts_with("2026-01-01T00:00:00.000Z * connected from "), "{}", &text[..60]);
}

#[tokio::test]
async fn a_log_on_disk_is_for_those_who_may_see_the_domain() {
    let house = with_archive().await;
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let session = house.log_in("192.0.2.1", "ann").await;
    session.sign_out();
    house.core.log_in(&session, &login("bob", PASSWORD)).await.unwrap();
    let id = session.id;
    let bob = lines(&house.core, &owner_of(other), id).await;
    assert_eq!(bob, ["logged in as bob@other.example"], "what was said before belongs to another domain");
    drop(session);
    let all = lines(&house.core, &administrator(), id).await;
    assert_eq!(all.len(), 5, "{all:?}");
    let stranger = house.core.session_log(&owner_of(house.domain), id, &LogQuery::default()).await;
    assert!(matches!(stranger, Err(OrderError::NotFound)), "{stranger:?}");
    let again = Core::new(house.core.store.clone(), house.clock.clone(), &Settings::default(), {
        let retention = Retention { age_ms: 1, bytes: 1 };
        let directory = house.directory.path().join("logs");
        Logs::new(Some(Archive::open(&directory, retention, house.clock.clone()).unwrap()))
    });
    assert_eq!(lines(&again, &owner_of(house.domain), id).await.len(), 3);
    assert_eq!(lines(&again, &administrator(), id).await, all);
}
