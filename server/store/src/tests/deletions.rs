//! What is deleted is nowhere, keeps its name, comes back whole, and goes for good with all that hangs on it.

use super::*;
use crate::{
    accounts::AccountUpdate,
    deletions::{self, Batch, Deleted, Deletion},
    domains::DomainUpdate,
};
use wharf_model::{deletions::DeletionKind, ids::DeletionId};

fn deletion_id(n: u128) -> DeletionId {
    DeletionId(Uuid::from_u128(n))
}

fn deletion(n: u128, kind: DeletionKind) -> Deletion {
    Deletion {
        id: deletion_id(n),
        at: NOW,
        by: "admin".to_owned(),
        kind,
        name: format!("number {n}"),
        expires_at: NOW + 10 + i64::try_from(n).unwrap(),
    }
}

async fn delete(store: &Store, n: u128, what: Deleted) -> Result<(), StoreError> {
    let kind = match what {
        Deleted::Account(_) => DeletionKind::Account,
        Deleted::Domain(_) => DeletionKind::Domain,
        Deleted::Person(_) => DeletionKind::Person,
    };
    together::commit(store, &[Step::Delete(deletion(n, kind), what)]).await
}

async fn restore(store: &Store, n: u128) -> Result<(), StoreError> {
    together::commit(store, &[Step::Restore(deletion_id(n))]).await
}

async fn purge(store: &Store, n: u128) -> Result<(), StoreError> {
    together::commit(store, &[Step::Purge(deletion_id(n))]).await
}

/// A reseller 1 with customer 2, whose domain 1 has accounts 1 and 2; and domain 2 of the house with account 3.
async fn hosted() -> Store {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    domains::insert(&store, &domain(1, "acme.example", Some(2))).await.unwrap();
    domains::insert(&store, &domain(2, "house.example", None)).await.unwrap();
    for (n, domain, login) in [(1, 1, "ann"), (2, 1, "bob"), (3, 2, "ann")] {
        accounts::insert(&store, &account(n, domain, login)).await.unwrap();
    }
    let key = SshKey {
        id: SshKeyId(Uuid::from_u128(1)),
        account_id: account_id(1),
        fingerprint: "SHA256:x".to_owned(),
        algorithm: "ssh-ed25519".to_owned(),
        public_key: "AAAA".to_owned(),
        comment: String::new(),
        created_at: NOW,
        last_used_at: None,
    };
    together::commit(&store, &[Step::AddSshKey(key)]).await.unwrap();
    store
}

/// Logins of the accounts that anybody can find, in any way there is.
async fn seen(store: &Store) -> Vec<String> {
    let mut ways = Vec::new();
    let name = |login: &str, domain: &str| format!("{login}@{domain}");
    let listed = accounts::listed(store, "").await.unwrap();
    ways.push(listed.iter().map(|account| name(&account.login, &account.domain_name)).collect::<Vec<_>>());
    let found = accounts::search(store, "", |_| true, 10).await.unwrap();
    ways.push(found.iter().map(accounts::AccountWithDomain::name).collect());
    let mut by_login = Vec::new();
    for login in ["ann", "bob"] {
        by_login.extend(accounts::find_for_login(store, login, None).await.unwrap());
    }
    let mut by_login: Vec<_> = by_login.iter().map(accounts::AccountWithDomain::name).collect();
    let (mut by_name, mut by_id, mut by_domain) = (Vec::new(), Vec::new(), Vec::new());
    for (n, login, domain) in [(1, "ann", "acme.example"), (2, "bob", "acme.example"), (3, "ann", "house.example")] {
        let found = accounts::find_for_login(store, login, Some(domain)).await.unwrap();
        by_name.extend(found.iter().map(accounts::AccountWithDomain::name));
        by_id.extend(accounts::by_id(store, account_id(n)).await.unwrap().map(|found| found.name()));
    }
    for (n, domain) in [(1, "acme.example"), (2, "house.example")] {
        let there = accounts::list(store, domain_id(n)).await.unwrap();
        by_domain.extend(there.iter().map(|account| name(&account.login, domain)));
    }
    by_login.sort_by_key(|name| name.split('@').rev().map(str::to_owned).collect::<Vec<_>>());
    ways.extend([by_login, by_name, by_id, by_domain]);
    for way in &ways[1..] {
        assert_eq!(*way, ways[0], "{ways:?}");
    }
    ways.swap_remove(0)
}

/// Names of the domains that anybody can find, in any way there is.
async fn seen_domains(store: &Store) -> Vec<String> {
    let all: Vec<_> = domains::list(store).await.unwrap().into_iter().map(|domain| domain.name).collect();
    let listed = domains::listed(store, "").await.unwrap();
    assert_eq!(listed.iter().map(|listed| &listed.domain.name).collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
    assert_eq!(domains::count(store).await.unwrap(), all.len() as u64);
    for (n, name) in [(1, "acme.example"), (2, "house.example")] {
        let there = all.iter().any(|other| other == name);
        assert_eq!(domains::by_id(store, domain_id(n)).await.unwrap().is_some(), there);
        assert_eq!(domains::by_name(store, name).await.unwrap().is_some(), there);
    }
    all
}

const ANN: &str = "ann@acme.example";
const BOB: &str = "bob@acme.example";
const OTHER: &str = "ann@house.example";

#[tokio::test]
async fn a_deleted_account_is_nowhere_keeps_its_login_and_comes_back() {
    let store = hosted().await;
    delete(&store, 1, Deleted::Account(account_id(1))).await.unwrap();
    assert_eq!(seen(&store).await, [BOB, OTHER]);
    assert_eq!(domains::listed(&store, "acme").await.unwrap()[0].accounts, 1);
    let taken = accounts::insert(&store, &account(9, 1, "ann")).await.unwrap_err();
    assert_eq!(taken.field(), Some("account.login"));
    // It is not there to be changed or deleted again.
    let change = AccountUpdate { enabled: Some(false), ..AccountUpdate::default() };
    let changed = together::commit(&store, &[Step::ChangeAccount(account_id(1), Box::new(change))]).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    let again = delete(&store, 2, Deleted::Account(account_id(1))).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    let listed = deletions::list(&store).await.unwrap();
    assert_eq!(listed, [deletion(1, DeletionKind::Account)], "a deletion of nothing is none");
    let batch = deletions::batch(&store, deletion_id(1)).await.unwrap();
    assert_eq!(batch, Batch { accounts: vec![(account_id(1), domain_id(1))], ..Batch::default() });
    restore(&store, 1).await.unwrap();
    assert_eq!(seen(&store).await, [ANN, BOB, OTHER]);
    assert_eq!(ssh_keys::list(&store, account_id(1)).await.unwrap().len(), 1);
    assert!(deletions::list(&store).await.unwrap().is_empty());
    assert!(matches!(restore(&store, 1).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_domain_takes_its_accounts_along_and_brings_back_only_those() {
    let store = hosted().await;
    delete(&store, 1, Deleted::Account(account_id(2))).await.unwrap();
    delete(&store, 2, Deleted::Domain(domain_id(1))).await.unwrap();
    assert_eq!(seen(&store).await, [OTHER]);
    assert_eq!(seen_domains(&store).await, ["house.example"]);
    let taken = domains::insert(&store, &domain(9, "acme.example", None)).await.unwrap_err();
    assert_eq!(taken.field(), Some("domain.name"));
    let change = DomainUpdate { enabled: Some(false), ..DomainUpdate::default() };
    let changed = together::commit(&store, &[Step::ChangeDomain(domain_id(1), change)]).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    restore(&store, 2).await.unwrap();
    assert_eq!(seen(&store).await, [ANN, OTHER], "bob was deleted before, on his own");
    assert_eq!(seen_domains(&store).await, ["acme.example", "house.example"]);
    restore(&store, 1).await.unwrap();
    assert_eq!(seen(&store).await, [ANN, BOB, OTHER]);
}

#[tokio::test]
async fn a_person_takes_customers_domains_and_accounts_along() {
    let store = hosted().await;
    delete(&store, 1, Deleted::Person(person_id(1))).await.unwrap();
    let batch = deletions::batch(&store, deletion_id(1)).await.unwrap();
    let all = Batch {
        people: vec![person_id(1), person_id(2)],
        domains: vec![domain_id(1)],
        accounts: vec![(account_id(1), domain_id(1)), (account_id(2), domain_id(1))],
    };
    assert_eq!(batch, all);
    assert_eq!(seen(&store).await, [OTHER]);
    restore(&store, 1).await.unwrap();
    assert_eq!(seen(&store).await, [ANN, BOB, OTHER]);
    assert_eq!(domains::listed(&store, "CUSTOMER").await.unwrap()[0].owner.as_deref(), Some("customer"));

    delete(&store, 2, Deleted::Person(person_id(2))).await.unwrap();
    delete(&store, 3, Deleted::Person(person_id(1))).await.unwrap();
    // The customer was deleted before; nobody can be left without a reseller.
    purge(&store, 3).await.unwrap();
    assert!(people::by_id(&store, person_id(1)).await.unwrap().is_none());
    assert!(people::by_id(&store, person_id(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_purged_is_gone_with_all_that_hangs_on_it_and_its_name_is_free() {
    let store = hosted().await;
    delete(&store, 1, Deleted::Account(account_id(2))).await.unwrap();
    delete(&store, 2, Deleted::Domain(domain_id(1))).await.unwrap();
    assert_eq!(deletions::due(&store, NOW + 10).await.unwrap(), []);
    assert_eq!(deletions::due(&store, NOW + 11).await.unwrap(), [deletion(1, DeletionKind::Account)]);
    assert_eq!(deletions::due(&store, NOW + 12).await.unwrap().len(), 2);
    purge(&store, 2).await.unwrap();
    assert!(deletions::list(&store).await.unwrap().is_empty(), "that of bob goes with his domain");
    assert!(ssh_keys::list(&store, account_id(1)).await.unwrap().is_empty());
    for again in [purge(&store, 1).await, purge(&store, 2).await, restore(&store, 2).await] {
        assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    }
    domains::insert(&store, &domain(1, "acme.example", Some(2))).await.unwrap();
    accounts::insert(&store, &account(1, 1, "ann")).await.unwrap();
    assert_eq!(seen(&store).await, [ANN, OTHER]);
    assert_eq!(people::by_id(&store, person_id(2)).await.unwrap().unwrap().login, "customer");
}

#[tokio::test]
async fn a_change_touches_what_it_names_and_nothing_else() {
    let store = hosted().await;
    let before = accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account;
    let change = |change| [Step::ChangeAccount(account_id(1), Box::new(change))];
    together::commit(&store, &change(AccountUpdate::default())).await.unwrap();
    assert_eq!(accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account, before);
    let update = AccountUpdate {
        user_type: Some(UserType::SubAccount),
        password_hash: Some("other".into()),
        home: Some("elsewhere".to_owned()),
        permissions: Some(Permissions::ALL),
        limits: Some(Limits::default()),
        enabled: Some(false),
        expires_at: Some(None),
        ssh_auth: Some(SshAuth::Key),
    };
    together::commit(&store, &change(update)).await.unwrap();
    let after = accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account;
    let expected = accounts::Account {
        user_type: UserType::SubAccount,
        password_hash: "other".into(),
        home: "elsewhere".to_owned(),
        permissions: Permissions::ALL,
        limits: Limits::default(),
        enabled: false,
        expires_at: None,
        ssh_auth: SshAuth::Key,
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(accounts::expired(&store, NOW).await.unwrap(), []);
    assert_eq!(accounts::expired(&store, NOW + 1).await.unwrap(), [account_id(2), account_id(3)]);

    let before = domains::by_id(&store, domain_id(1)).await.unwrap().unwrap();
    let change = |update| [Step::ChangeDomain(domain_id(1), update)];
    together::commit(&store, &change(DomainUpdate::default())).await.unwrap();
    assert_eq!(domains::by_id(&store, domain_id(1)).await.unwrap().unwrap(), before);
    let update = DomainUpdate {
        owner_id: Some(None),
        root: Some("/srv/new".to_owned()),
        enabled: Some(false),
        session_limit: Some(None),
        require_tls: Some(false),
    };
    together::commit(&store, &change(update)).await.unwrap();
    let after = domains::by_id(&store, domain_id(1)).await.unwrap().unwrap();
    let tls = DomainTls { required: false, ..before.tls.clone() };
    let expected =
        Domain { owner_id: None, root: "/srv/new".to_owned(), enabled: false, session_limit: None, tls, ..before };
    assert_eq!(after, expected);
    let nobody = DomainUpdate { owner_id: Some(Some(person_id(77))), ..DomainUpdate::default() };
    assert!(matches!(together::commit(&store, &change(nobody)).await, Err(StoreError::Reference)));
}
