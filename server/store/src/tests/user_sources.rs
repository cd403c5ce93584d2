//! Users whom a domain does not know itself.

use super::{NOW, account_id, domain, domain_id};
use crate::{
    Secret, Store, StoreError,
    accounts::{self, NewAccount},
    domains,
    together::{self, Step},
    user_sources::{self, StoredSource},
};
use wharf_model::{
    accounts::{Limits, Permissions},
    sessions::UserType,
    user_sources::{PamSource, UserSource},
};

fn stored(revision: &str) -> StoredSource {
    let source = UserSource::Pam(PamSource { service: "wharf".to_owned() });
    StoredSource { source, permissions: Permissions::READ_ONLY, revision: revision.into() }
}

fn account(n: u128, domain: u128, login: &str, user_type: UserType) -> NewAccount {
    NewAccount {
        id: account_id(n),
        domain_id: domain_id(domain),
        login: login.to_owned(),
        user_type,
        password_hash: "old".into(),
        client_certificates: Vec::new(),
        home: login.to_owned(),
        permissions: Permissions::ALL,
        limits: Limits::default(),
        expires_at: None,
        created_at: NOW,
    }
}

async fn set(store: &Store, stored: Option<StoredSource>, revision: &str) -> Result<(), StoreError> {
    together::commit(store, &[Step::SetUserSource(domain_id(1), stored, revision.into())]).await
}

async fn with_domain() -> Store {
    let store = Store::in_memory().await.unwrap();
    for (n, name) in [(1, "a.example"), (2, "b.example")] {
        domains::insert(&store, &domain(n, name, None)).await.unwrap();
    }
    store
}

#[tokio::test]
async fn a_source_is_kept_changed_and_taken_away() {
    let store = with_domain().await;
    assert_eq!(user_sources::of(&store, domain_id(1)).await.unwrap(), None);
    for revision in ["one", "two"] {
        set(&store, Some(stored(revision)), revision).await.unwrap();
        assert_eq!(user_sources::of(&store, domain_id(1)).await.unwrap(), Some(stored(revision)));
    }
    assert_eq!(user_sources::of(&store, domain_id(2)).await.unwrap(), None);
    set(&store, None, "three").await.unwrap();
    assert_eq!(user_sources::of(&store, domain_id(1)).await.unwrap(), None);
    let unknown = Step::SetUserSource(domain_id(9), Some(stored("x")), "x".into());
    assert!(matches!(together::commit(&store, &[unknown]).await, Err(StoreError::Reference)));
}

#[tokio::test]
async fn a_change_reaches_those_who_came_from_the_source_and_nobody_else() {
    let store = with_domain().await;
    for new in [
        account(1, 1, "guest", UserType::NotRegistered),
        account(2, 1, "own", UserType::WebUser),
        account(3, 2, "guest", UserType::NotRegistered),
    ] {
        accounts::insert(&store, &new).await.unwrap();
    }
    set(&store, Some(stored("new")), "new").await.unwrap();
    for (n, hash, permissions) in
        [(1, "new", Permissions::READ_ONLY), (2, "old", Permissions::ALL), (3, "old", Permissions::ALL)]
    {
        let account = accounts::by_id(&store, account_id(n)).await.unwrap().unwrap().account;
        assert_eq!((account.password_hash, account.permissions), (Secret::from(hash), permissions), "{n}");
    }
    set(&store, None, "off").await.unwrap();
    let account = accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account;
    assert_eq!((&*account.password_hash, account.permissions), ("off", Permissions::READ_ONLY));
}

#[tokio::test]
async fn who_comes_from_elsewhere_does_not_make_a_bare_login_ambiguous() {
    let store = with_domain().await;
    for new in [
        account(1, 1, "ann", UserType::WebUser),
        account(2, 2, "ann", UserType::NotRegistered),
        account(3, 2, "anonymous", UserType::Anonymous),
    ] {
        accounts::insert(&store, &new).await.unwrap();
    }
    let ids = async |login: &str, domain: Option<&str>| -> Vec<_> {
        let found = accounts::find_for_login(&store, login, domain).await.unwrap();
        found.into_iter().map(|found| found.account.id).collect()
    };
    assert_eq!(ids("ann", None).await, [account_id(1)]);
    assert_eq!(ids("ann", Some("b.example")).await, [account_id(2)]);
    assert!(ids("anonymous", None).await.is_empty());
    let anonymous = accounts::anonymous(&store, "anonymous").await.unwrap();
    assert_eq!(anonymous.len(), 1);
    accounts::set_enabled(&store, account_id(3), false).await.unwrap();
    assert!(accounts::anonymous(&store, "anonymous").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_login_is_known_however_it_is_capitalised() {
    let store = with_domain().await;
    accounts::insert(&store, &account(1, 1, "Ann", UserType::WebUser)).await.unwrap();
    for (login, known) in [("ann", true), ("ANN", true), ("bob", false)] {
        assert_eq!(user_sources::knows(&store, domain_id(1), login).await.unwrap(), known, "{login}");
    }
    assert!(!user_sources::knows(&store, domain_id(2), "ann").await.unwrap());
    assert_eq!(user_sources::count(&store, domain_id(1)).await.unwrap(), 0);
}
