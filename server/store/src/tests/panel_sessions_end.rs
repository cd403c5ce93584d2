//! Panel sessions: found while they last, remembered when they are over.

use super::{NOW, panel_session, person, person_id, session_id, store};
use crate::{
    Store, StoreError,
    panel_sessions::{self, Cap, Ending, NewPanelSession, Proof},
    people,
    together::{self, Step},
};
use wharf_model::{ids::PanelSessionId, panel_sessions::SessionEnd, people::Role};

/// What the people of these tests show.
const HASH: Proof<'_> = Proof::Password("$argon2id$");
const ANY: Cap = Cap { most: None, idle_ms: 500, replace: false };

async fn people_and_sessions() -> Store {
    let store = store().await;
    people::insert(&store, &person(1, "admin", Role::Administrator, None)).await.unwrap();
    people::insert(&store, &person(2, "other", Role::Auditor, None)).await.unwrap();
    store
}

async fn listed(store: &Store, now: i64) -> Vec<PanelSessionId> {
    panel_sessions::list(store, now).await.unwrap().into_iter().map(|found| found.session.id).collect()
}

fn ending(why: SessionEnd) -> Ending {
    Ending { at: NOW + 3, why }
}

#[tokio::test]
async fn a_session_is_found_while_it_is_valid() {
    let store = people_and_sessions().await;
    assert!(panel_sessions::sign_in(&store, &panel_session(1, 1, NOW), HASH, ANY).await.unwrap());

    let found = panel_sessions::by_token_hash(&store, "hash 1", NOW).await.unwrap().unwrap();
    assert_eq!((found.session.id, found.session.last_active_at), (session_id(1), NOW));
    assert_eq!(found.session.user_agent, "Firefox'; drop table person; --");
    assert_eq!(found.person, people::by_id(&store, person_id(1)).await.unwrap().unwrap());
    assert_eq!(found.person.last_login_at, Some(NOW));

    panel_sessions::touch(&store, session_id(1), NOW + 10).await.unwrap();
    panel_sessions::touch(&store, session_id(1), NOW + 5).await.unwrap();
    let found = panel_sessions::by_token_hash(&store, "hash 1", NOW + 999).await.unwrap().unwrap();
    assert_eq!(found.session.last_active_at, NOW + 10);

    assert_eq!(panel_sessions::by_token_hash(&store, "hash 1", NOW + 1000).await.unwrap(), None);
    assert_eq!(panel_sessions::by_token_hash(&store, "hash 2", NOW).await.unwrap(), None);
    people::set_enabled(&store, person_id(1), false).await.unwrap();
    assert_eq!(panel_sessions::by_token_hash(&store, "hash 1", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_with_its_reseller_disabled() {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    panel_sessions::sign_in_as(&store, &panel_session(1, 2, NOW)).await.unwrap();
    assert!(panel_sessions::by_token_hash(&store, "hash 1", NOW).await.unwrap().is_some());
    people::set_enabled(&store, person_id(1), false).await.unwrap();
    assert_eq!(panel_sessions::by_token_hash(&store, "hash 1", NOW).await.unwrap(), None);
    assert!(people::is_suspended(&store, person_id(2), NOW).await.unwrap());
}

#[tokio::test]
async fn what_is_over_is_remembered_with_its_cause() {
    let store = people_and_sessions().await;
    for (n, at) in [(1, NOW + 1), (2, NOW + 2), (3, NOW + 3)] {
        panel_sessions::sign_in_as(&store, &panel_session(n, 1, at)).await.unwrap();
    }
    panel_sessions::sign_in_as(&store, &panel_session(4, 2, NOW)).await.unwrap();
    assert!(panel_sessions::end(&store, session_id(1), ending(SessionEnd::Removed)).await.unwrap());
    assert!(!panel_sessions::end(&store, session_id(1), ending(SessionEnd::SignedOut)).await.unwrap(), "once");
    assert_eq!(panel_sessions::ending_of(&store, "hash 1").await.unwrap(), Some(SessionEnd::Removed));
    assert_eq!(panel_sessions::ending_of(&store, "hash 2").await.unwrap(), None);
    assert_eq!(panel_sessions::ending_of(&store, "unknown").await.unwrap(), None);

    let steps = [Step::EndPanelSessions(person_id(1), Some(session_id(3)), ending(SessionEnd::Password))];
    together::commit(&store, &steps).await.unwrap();
    assert_eq!(listed(&store, NOW).await, [session_id(4), session_id(3)]);
    let history = panel_sessions::history(&store, person_id(1), 2).await.unwrap();
    let ended: Vec<_> = history.into_iter().map(|found| (found.session.id, found.session.ended)).collect();
    assert_eq!(ended, [(session_id(3), None), (session_id(2), Some((NOW + 3, SessionEnd::Password)))]);

    panel_sessions::forget(&store, NOW + 4).await.unwrap();
    assert_eq!(panel_sessions::history(&store, person_id(1), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn overdue_sessions_end_once() {
    let store = people_and_sessions().await;
    panel_sessions::sign_in_as(&store, &panel_session(1, 1, NOW)).await.unwrap();
    panel_sessions::sign_in_as(&store, &panel_session(2, 1, NOW + 700)).await.unwrap();
    assert_eq!(panel_sessions::end_overdue(&store, NOW + 999, 1_000, 5_000).await.unwrap(), 0);
    assert_eq!(panel_sessions::end_overdue(&store, NOW + 999, 500, 5_000).await.unwrap(), 1);
    assert_eq!(panel_sessions::end_overdue(&store, NOW + 999, 500, 5_000).await.unwrap(), 0);
    assert_eq!(panel_sessions::ending_of(&store, "hash 1").await.unwrap(), Some(SessionEnd::Idle));
    assert_eq!(panel_sessions::end_overdue(&store, NOW + 1_700, 5_000, 5_000).await.unwrap(), 1);
    assert_eq!(panel_sessions::ending_of(&store, "hash 2").await.unwrap(), Some(SessionEnd::Expired));
}

#[tokio::test]
async fn a_sign_in_on_its_way_does_not_survive_a_new_password() {
    let store = people_and_sessions().await;
    people::set_password_hash(&store, person_id(1), "$new$").await.unwrap();
    let late = panel_sessions::sign_in(&store, &panel_session(1, 1, NOW), HASH, ANY).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    people::set_enabled(&store, person_id(2), false).await.unwrap();
    let late = panel_sessions::sign_in(&store, &panel_session(2, 2, NOW), HASH, ANY).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    assert_eq!(listed(&store, NOW).await, []);
}

#[tokio::test]
async fn a_shorter_life_ends_sessions_that_run() {
    let store = people_and_sessions().await;
    panel_sessions::sign_in_as(&store, &panel_session(1, 1, NOW)).await.unwrap();
    assert_eq!(panel_sessions::end_overdue(&store, NOW + 100, 5_000, 100).await.unwrap(), 1);
    assert_eq!(panel_sessions::ending_of(&store, "hash 1").await.unwrap(), Some(SessionEnd::Expired));
}

#[tokio::test]
async fn a_reseller_acts_for_own_customers_alone() {
    let store = store().await;
    for (n, login) in [(1, "north"), (2, "south")] {
        people::insert(&store, &person(n, login, Role::Reseller, None)).await.unwrap();
    }
    people::insert(&store, &person(3, "customer", Role::Customer, Some(1))).await.unwrap();
    panel_sessions::sign_in_as(&store, &panel_session(1, 1, NOW)).await.unwrap();
    let acting = NewPanelSession { actor: Some((person_id(1), session_id(1))), ..panel_session(2, 3, NOW) };
    panel_sessions::sign_in_as(&store, &acting).await.unwrap();
    assert!(panel_sessions::by_token_hash(&store, "hash 2", NOW).await.unwrap().is_some());
    let moved = people::PersonChange { parent_id: Some(Some(person_id(2))), ..people::PersonChange::default() };
    together::commit(&store, &[Step::ChangePerson(person_id(3), moved)]).await.unwrap();
    assert_eq!(panel_sessions::by_token_hash(&store, "hash 2", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_login_has_no_more_sessions_than_it_may() {
    let store = people_and_sessions().await;
    let cap = |replace| Cap { most: Some(2), idle_ms: 500, replace };
    for (n, at) in [(1, NOW + 1), (2, NOW + 2)] {
        assert!(panel_sessions::sign_in(&store, &panel_session(n, 1, at), HASH, cap(false)).await.unwrap());
    }
    assert!(!panel_sessions::sign_in(&store, &panel_session(3, 1, NOW + 5), HASH, cap(false)).await.unwrap());
    assert!(
        panel_sessions::sign_in(&store, &panel_session(4, 2, NOW + 5), HASH, cap(false)).await.unwrap(),
        "another login"
    );
    assert!(panel_sessions::sign_in(&store, &panel_session(3, 1, NOW + 5), HASH, cap(true)).await.unwrap());
    assert_eq!(panel_sessions::ending_of(&store, "hash 1").await.unwrap(), Some(SessionEnd::Replaced), "the oldest");
    assert_eq!(listed(&store, NOW).await, [session_id(2), session_id(3), session_id(4)]);
    // Those that were idle for too long are about to end and do not count.
    assert!(panel_sessions::sign_in(&store, &panel_session(5, 1, NOW + 504), HASH, cap(false)).await.unwrap());
}

#[tokio::test]
async fn who_acts_as_somebody_ends_with_the_session_it_was_begun_from() {
    let store = people_and_sessions().await;
    panel_sessions::sign_in_as(&store, &panel_session(1, 1, NOW)).await.unwrap();
    let acting = NewPanelSession { actor: Some((person_id(1), session_id(1))), ..panel_session(2, 2, NOW) };
    panel_sessions::sign_in_as(&store, &acting).await.unwrap();
    let found = panel_sessions::by_token_hash(&store, "hash 2", NOW).await.unwrap().unwrap();
    let actor = found.session.actor.unwrap();
    assert_eq!((found.person.login.as_str(), actor.login.as_str()), ("other", "admin"));
    panel_sessions::touch(&store, session_id(2), NOW + 9).await.unwrap();
    let own = panel_sessions::by_id(&store, session_id(1)).await.unwrap().unwrap();
    assert_eq!(own.session.last_active_at, NOW + 9, "the own session does not go idle meanwhile");
    panel_sessions::end(&store, session_id(1), ending(SessionEnd::SignedOut)).await.unwrap();
    assert_eq!(listed(&store, NOW).await, []);
}
