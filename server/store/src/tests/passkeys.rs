//! Passkeys: kept, used, removed, and the sessions that were signed in with them.

use super::{NOW, panel_session, person, person_id, session_id, store};
use crate::{
    Store, StoreError,
    panel_sessions::{self, Cap, Ending, Proof},
    passkeys::{self, Passkey, Use},
    people,
    together::{self, Step},
};
use uuid::Uuid;
use wharf_model::{
    ids::{PanelSessionId, PasskeyId},
    panel_sessions::SessionEnd,
    people::Role,
};

const ANY: Cap = Cap { most: None, idle_ms: 500, replace: false };

fn id(n: u128) -> PasskeyId {
    PasskeyId(Uuid::from_u128(n))
}

fn passkey(n: u128, owner: u128) -> Passkey {
    Passkey {
        id: id(n),
        person_id: person_id(owner),
        name: format!("key {n}'; drop table passkey; --"),
        origin: "https://panel.example".into(),
        credential_id: format!("credential-{n}"),
        credential: "{\"counter\":0}".into(),
        created_at: NOW,
        last_used_at: None,
    }
}

fn shown(n: u128, before: &str, after: &str) -> Use {
    Use { id: id(n), before: before.into(), after: after.into() }
}

/// Two people; the first has two passkeys.
async fn with_passkeys() -> Store {
    let store = store().await;
    people::insert(&store, &person(1, "one", Role::Customer, None)).await.unwrap();
    people::insert(&store, &person(2, "two", Role::Customer, None)).await.unwrap();
    let steps = [(1, 1), (2, 1), (3, 2)].map(|(n, owner)| Step::AddPasskey(Box::new(passkey(n, owner))));
    together::commit(&store, &steps).await.unwrap();
    store
}

async fn listed(store: &Store) -> Vec<PanelSessionId> {
    panel_sessions::list(store, NOW).await.unwrap().into_iter().map(|found| found.session.id).collect()
}

#[tokio::test]
async fn a_passkey_is_found_by_what_authenticators_call_it_and_belongs_to_one() {
    let store = with_passkeys().await;
    assert_eq!(passkeys::by_credential_id(&store, "credential-2").await.unwrap(), Some(passkey(2, 1)));
    assert_eq!(passkeys::by_credential_id(&store, "credential-9").await.unwrap(), None);
    assert_eq!(passkeys::list(&store, person_id(1)).await.unwrap(), [passkey(1, 1), passkey(2, 1)]);
    let twice = Passkey { id: id(9), ..passkey(1, 2) };
    let answer = together::commit(&store, &[Step::AddPasskey(Box::new(twice))]).await;
    assert!(matches!(answer, Err(StoreError::Taken("passkey.credential_id"))), "{answer:?}");
    assert_eq!(people::listed_one(&store, person_id(1)).await.unwrap().unwrap().passkeys, 2);
}

#[tokio::test]
async fn it_is_renamed_and_removed_alone_or_with_all_others() {
    let store = with_passkeys().await;
    let names = async |owner| {
        let all = passkeys::list(&store, person_id(owner)).await.unwrap();
        all.into_iter().map(|passkey| passkey.name).collect::<Vec<_>>()
    };
    together::commit(&store, &[Step::RenamePasskey(id(1), "phone".into())]).await.unwrap();
    let answer = together::commit(&store, &[Step::RemovePasskeys(person_id(2), Some(id(1)))]).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "somebody else's: {answer:?}");
    together::commit(&store, &[Step::RemovePasskeys(person_id(1), Some(id(2)))]).await.unwrap();
    assert_eq!(names(1).await, ["phone"]);
    together::commit(&store, &[Step::RemovePasskeys(person_id(1), None)]).await.unwrap();
    together::commit(&store, &[Step::RemovePasskeys(person_id(1), None)]).await.unwrap();
    assert_eq!((names(1).await.len(), names(2).await.len()), (0, 1));
}

#[tokio::test]
async fn a_sign_in_takes_the_counter_along_and_one_that_is_behind_does_not_count() {
    let store = with_passkeys().await;
    let sign_in = async |n, used: Use| {
        panel_sessions::sign_in(&store, &panel_session(n, 1, NOW), Proof::Passkey(&used), ANY).await
    };
    assert!(sign_in(1, shown(1, "{\"counter\":0}", "{\"counter\":7}")).await.unwrap());
    let kept = passkeys::by_credential_id(&store, "credential-1").await.unwrap().unwrap();
    assert_eq!((&*kept.credential, kept.last_used_at), ("{\"counter\":7}", Some(NOW)));
    let late = sign_in(2, shown(1, "{\"counter\":0}", "{\"counter\":8}")).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    let gone = sign_in(2, shown(9, "{}", "{}")).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    people::set_enabled(&store, person_id(1), false).await.unwrap();
    let disabled = sign_in(2, shown(1, "{\"counter\":7}", "{\"counter\":8}")).await;
    assert!(matches!(disabled, Err(StoreError::NotFound)), "{disabled:?}");
    let sessions = panel_sessions::history(&store, person_id(1), 9).await.unwrap();
    let sessions: Vec<_> = sessions.iter().map(|found| (found.session.id, found.session.passkey_id)).collect();
    assert_eq!(sessions, [(session_id(1), Some(id(1)))]);
}

#[tokio::test]
async fn the_sessions_of_a_passkey_end_with_those_begun_from_them() {
    let store = with_passkeys().await;
    for (n, key) in [(1, 1), (2, 2), (3, 1)] {
        let used = shown(key, "{\"counter\":0}", "{\"counter\":0}");
        panel_sessions::sign_in(&store, &panel_session(n, 1, NOW), Proof::Passkey(&used), ANY).await.unwrap();
    }
    panel_sessions::sign_in(&store, &panel_session(4, 1, NOW), Proof::Password("$argon2id$"), ANY).await.unwrap();
    let mut acting = panel_session(5, 2, NOW);
    acting.actor = Some((person_id(1), session_id(1)));
    panel_sessions::sign_in_as(&store, &acting).await.unwrap();
    let ending = Ending { at: NOW, why: SessionEnd::Passkey };
    let end = async |passkey, except| {
        together::commit(&store, &[Step::EndPasskeySessions(person_id(1), passkey, except, ending)]).await.unwrap();
        listed(&store).await
    };
    assert_eq!(end(Some(id(9)), None).await.len(), 5);
    assert_eq!(end(Some(id(1)), Some(session_id(3))).await, [2, 3, 4].map(session_id));
    assert_eq!(end(None, None).await, [session_id(4)]);
    assert_eq!(panel_sessions::ending_of(&store, "hash 2").await.unwrap(), Some(SessionEnd::Passkey));
}
