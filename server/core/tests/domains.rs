//! Domains as operators manage them, and what is deleted and comes back.

use crate::{House, PASSWORD, administrator, login, operator, owner_of};
use std::sync::Arc;
use wharf_core::{
    logins::LoginError,
    orders::OrderError,
    permits::{Operator, Scope},
    sessions::{EndCause, Loss},
};
use wharf_model::{
    accounts::{AccountSearch, Limits},
    bans::{BanOrder, Reach},
    deletions::{DeletionKind, KEPT_DAYS},
    domains::{DomainChange, DomainDraft, DomainSearch},
    ids::{AccountId, DeletionId, DomainId},
    people::Role,
};

const KEPT_MS: i64 = KEPT_DAYS * 24 * 60 * 60 * 1_000;

fn reseller_of(domain: DomainId) -> Operator {
    operator(Role::Reseller, Scope::Domains(Arc::new([domain].into())))
}

fn draft(house: &House, name: &str) -> DomainDraft {
    let root = house.directory.path().join("roots").join(name);
    DomainDraft { name: name.to_owned(), root: root.to_str().unwrap().to_owned(), ..DomainDraft::default() }
}

fn switched(enabled: bool) -> DomainChange {
    DomainChange { enabled: Some(enabled), ..DomainChange::default() }
}

async fn account(house: &House, name: &str) -> AccountId {
    house.core.account_called(name).await.unwrap().unwrap().account.id
}

async fn attempt(house: &House, name: &str) -> Result<(), LoginError> {
    let session = house.connect("192.0.2.77");
    house.core.log_in(&session, &login(name, PASSWORD)).await.map(drop)
}

/// Names of the domains that `operator` sees.
async fn domains(house: &House, operator: &Operator) -> Vec<String> {
    let page = house.core.domains(operator, &DomainSearch::default()).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|row| row.name).collect()
}

/// Logins of the accounts that `operator` sees.
async fn logins(house: &House, operator: &Operator) -> Vec<String> {
    let page = house.core.accounts(operator, &AccountSearch::default()).await.unwrap();
    page.items.into_iter().map(|row| row.login).collect()
}

#[track_caller]
fn field<T: std::fmt::Debug>(answer: Result<T, OrderError>) -> &'static str {
    match answer.unwrap_err() {
        OrderError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_domain_is_made_with_its_directory_and_its_owner() {
    let house = House::new().await;
    let wanted =
        DomainDraft { owner: Some("ACME".to_owned()), session_limit: Some(3), ..draft(&house, "New.Example.") };
    let made = house.core.create_domain(&administrator(), &wanted).await.unwrap();
    assert_eq!((&*made.name, made.owner.as_deref(), made.session_limit), ("new.example", Some("acme"), Some(3)));
    assert!(made.root.as_deref().is_some_and(|root| std::path::Path::new(root).is_dir()));
    let audit = house.audit().await;
    assert_eq!((&*audit[0].action, &*audit[0].target), ("domain.add", "new.example"));
    // Whoever sees one domain does not learn where the server keeps its files.
    assert_eq!(house.core.domain(&owner_of(made.id), made.id).await.unwrap().root, None);
    let found = DomainSearch { search: "ACME".to_owned(), ..DomainSearch::default() };
    let found = house.core.domains(&administrator(), &found).await.unwrap();
    let rows: Vec<_> = found.items.iter().map(|row| (&*row.name, row.accounts)).collect();
    assert_eq!(rows, [("acme.example", 1), ("new.example", 0)]);
}

#[tokio::test]
async fn a_domain_that_cannot_be_is_refused_with_its_field() {
    let house = House::new().await;
    house.core.add_person("eyes", "Eyes", Role::Auditor, None, PASSWORD).await.unwrap();
    let good = draft(&house, "new.example");
    let root = |root: &str| DomainDraft { root: root.to_owned(), ..good.clone() };
    let owner = |owner: &str| DomainDraft { owner: Some(owner.to_owned()), ..good.clone() };
    let file = house.directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (expected, wanted) in [
        ("name", DomainDraft { name: "a b".to_owned(), ..good.clone() }),
        ("name", DomainDraft { name: "acme.example".to_owned(), ..good.clone() }),
        ("root", root("")),
        ("root", root("srv/acme")),
        ("root", root("/")),
        ("root", root("/srv/../etc")),
        ("root", root("/srv/a\nb")),
        ("root", root(file.to_str().unwrap())),
        ("owner", owner("nobody")),
        ("owner", owner("eyes")),
        ("session_limit", DomainDraft { session_limit: Some(0), ..good.clone() }),
    ] {
        // A plain file is a directory for nobody.
        let wanted = if wanted.root.ends_with("/file") { root(&format!("{}/below", wanted.root)) } else { wanted };
        assert_eq!(field(house.core.create_domain(&administrator(), &wanted).await), expected, "{wanted:?}");
    }
    assert_eq!(domains(&house, &administrator()).await, ["acme.example"]);
}

#[tokio::test]
async fn a_disabled_domain_loses_all_its_sessions_and_lets_nobody_in() {
    let house = House::new().await;
    house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let bystander = house.log_in("192.0.2.1", "bob").await;
    let reseller = reseller_of(house.domain);
    let changed = house.core.change_domain(&reseller, house.domain, &switched(false)).await.unwrap();
    assert_eq!((changed.ended, changed.domain.enabled), (1, false));
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Disabled));
    assert!(bystander.ending().is_none());
    assert!(matches!(attempt(&house, "ann").await, Err(LoginError::Incorrect)));
    house.core.change_domain(&reseller, house.domain, &switched(true)).await.unwrap();
    attempt(&house, "ann").await.unwrap();
    let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).take(2).collect();
    assert_eq!(actions, ["domain.enable", "domain.disable"]);
}

#[tokio::test]
async fn a_root_that_moves_and_a_need_for_tls_end_sessions_other_changes_do_not() {
    let house = House::new().await;
    let admin = administrator();
    let session = house.log_in("192.0.2.1", "ann").await;
    let limit = DomainChange {
        session_limit: Some(Some(1)),
        owner: Some(None),
        require_tls: Some(false),
        ..DomainChange::default()
    };
    let changed = house.core.change_domain(&admin, house.domain, &limit).await.unwrap();
    assert_eq!((changed.ended, changed.domain.owner, changed.domain.session_limit), (0, None, Some(1)));
    assert!(matches!(attempt(&house, "ann").await, Err(LoginError::Refused(_))));
    let audit = house.audit().await;
    assert_eq!(
        (&audit[0].before.as_ref().unwrap()["owner"], audit[0].after.as_ref().unwrap()["owner"].is_null()),
        (&"acme".into(), true)
    );
    let root = draft(&house, "moved").root;
    std::fs::create_dir_all(format!("{root}/ann/there")).unwrap();
    let change = DomainChange { root: Some(root), session_limit: Some(None), ..DomainChange::default() };
    assert_eq!(house.core.change_domain(&admin, house.domain, &change).await.unwrap().ended, 1);
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Changed));
    let session = house.log_in("192.0.2.1", "ann").await;
    let there = wharf_vfs::VPath::root().resolve(b"there").unwrap();
    assert!(session.identity().unwrap().files.stat(&there).await.is_ok());
    let tls = DomainChange { require_tls: Some(true), ..DomainChange::default() };
    assert_eq!(house.core.change_domain(&admin, house.domain, &tls).await.unwrap().ended, 1);
}

#[tokio::test]
async fn everybody_changes_of_a_domain_what_is_theirs_to_change() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let limit = DomainChange { session_limit: Some(Some(5)), ..DomainChange::default() };
    let to_the_house = DomainChange { owner: Some(None), ..DomainChange::default() };
    let root = DomainChange { root: Some("/srv/new".to_owned()), ..DomainChange::default() };
    let tls = DomainChange { require_tls: Some(true), ..DomainChange::default() };
    let (customer, reseller) = (owner_of(house.domain), reseller_of(house.domain));
    let auditor = operator(Role::Auditor, Scope::All);
    for who in [&customer, &auditor] {
        house.core.domain(who, house.domain).await.unwrap();
        for change in [&limit, &switched(false)] {
            let refused = house.core.change_domain(who, house.domain, change).await;
            assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
        }
    }
    house.core.change_domain(&reseller, house.domain, &limit).await.unwrap();
    for change in [to_the_house, root, tls] {
        let refused = house.core.change_domain(&reseller, house.domain, &change).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    }
    for who in [&customer, &auditor, &reseller] {
        let refused = house.core.create_domain(who, &draft(&house, "new.example")).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
        let refused = house.core.delete_domain(who, house.domain).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
        let refused = house.core.preview_domain_deletion(who, house.domain).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    }
    for id in [other, DomainId(uuid::Uuid::nil())] {
        assert!(matches!(house.core.domain(&customer, id).await, Err(OrderError::NotFound)));
        assert!(matches!(house.core.change_domain(&reseller, id, &limit).await, Err(OrderError::NotFound)));
    }
    assert_eq!(domains(&house, &customer).await, ["acme.example"]);
    assert_eq!(domains(&house, &auditor).await, ["acme.example", "other.example"]);
}

#[tokio::test]
async fn a_deleted_account_is_nowhere_at_once_and_comes_back() {
    let house = House::new().await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    let (ann, bob) = (account(&house, "ann").await, account(&house, "bob").await);
    let customer = owner_of(house.domain);
    let session = house.log_in("192.0.2.1", "ann").await;
    let preview = house.core.preview_account_deletion(&customer, &[ann, bob]).await.unwrap();
    assert_eq!((preview.accounts, preview.sessions, preview.ssh_keys), (2, 1, 0));
    assert_eq!(preview.names, ["ann@acme.example", "bob@acme.example"]);
    let receipt = house.core.delete_accounts(&customer, &[ann, ann, bob]).await.unwrap();
    assert_eq!((receipt.deletions.len(), receipt.ended), (2, 1));
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Deleted));
    assert!(logins(&house, &administrator()).await.is_empty());
    assert!(matches!(house.core.account(&administrator(), ann).await, Err(OrderError::NotFound)));
    assert!(matches!(house.core.delete_accounts(&administrator(), &[ann]).await, Err(OrderError::NotFound)));
    assert!(matches!(attempt(&house, "ann").await, Err(LoginError::Incorrect)));
    let rows = house.core.deletions(&customer).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.kind, &*row.name, row.accounts)).collect();
    let kind = DeletionKind::Account;
    assert_eq!(told, [(kind, "bob@acme.example", 1), (kind, "ann@acme.example", 1)]);
    for id in receipt.deletions {
        house.core.restore(&customer, id).await.unwrap();
        assert!(matches!(house.core.restore(&customer, id).await, Err(OrderError::NotFound)));
    }
    assert_eq!(logins(&house, &customer).await, ["ann", "bob"]);
    attempt(&house, "ann").await.unwrap();
    let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).take(4).collect();
    assert_eq!(actions, ["account.restore", "account.restore", "account.delete", "account.delete"]);
}

#[tokio::test]
async fn a_deleted_domain_takes_its_accounts_along_and_brings_them_back() {
    let house = House::new().await;
    let admin = administrator();
    let session = house.log_in("192.0.2.1", "ann").await;
    let before = house.core.account(&admin, account(&house, "ann").await).await.unwrap();
    let preview = house.core.preview_domain_deletion(&admin, house.domain).await.unwrap();
    assert_eq!((preview.accounts, preview.sessions, &*preview.names), (1, 1, &["acme.example".to_owned()][..]));
    let receipt = house.core.delete_domain(&admin, house.domain).await.unwrap();
    assert_eq!(receipt.ended, 1);
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Deleted));
    assert!(domains(&house, &admin).await.is_empty() && logins(&house, &admin).await.is_empty());
    assert!(matches!(attempt(&house, "ann@acme.example").await, Err(LoginError::Incorrect)));
    assert!(house.directory.path().join("ann").is_dir(), "files stay");
    let taken = house.core.create_domain(&admin, &draft(&house, "acme.example")).await;
    assert_eq!(field(taken), "name");
    drop(session);
    let row = house.core.restore(&admin, receipt.deletions[0]).await.unwrap();
    assert_eq!((row.kind, row.domains, row.accounts), (DeletionKind::Domain, 1, 1));
    assert_eq!(domains(&house, &admin).await, ["acme.example"]);
    assert_eq!(house.core.account(&admin, before.row.id).await.unwrap().permissions, before.permissions);
    attempt(&house, "ann@acme.example").await.unwrap();
}

#[tokio::test]
async fn deletions_are_brought_back_and_purged_by_who_may() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let (admin, customer, stranger) = (administrator(), owner_of(house.domain), owner_of(other));
    let auditor = operator(Role::Auditor, Scope::All);
    let ann = account(&house, "ann").await;
    let of_ann = house.core.delete_accounts(&customer, &[ann]).await.unwrap().deletions[0];
    let of_other = house.core.delete_domain(&admin, other).await.unwrap().deletions[0];
    for (who, id) in [(&stranger, of_ann), (&customer, of_other), (&customer, DeletionId(uuid::Uuid::nil()))] {
        assert!(matches!(house.core.restore(who, id).await, Err(OrderError::NotFound)));
    }
    for who in [&auditor, &customer] {
        assert!(matches!(house.core.purge(who, of_ann).await, Err(OrderError::Forbidden(_))));
    }
    assert!(matches!(house.core.restore(&auditor, of_ann).await, Err(OrderError::Forbidden(_))));
    assert_eq!(house.core.deletions(&auditor).await.unwrap().len(), 2);
    assert_eq!(house.core.deletions(&customer).await.unwrap().len(), 1);
    assert!(house.core.deletions(&stranger).await.unwrap().is_empty());

    // With its domain gone, the account has nowhere to come back to.
    house.core.delete_domain(&admin, house.domain).await.unwrap();
    assert!(matches!(house.core.restore(&admin, of_ann).await, Err(OrderError::NotFound)));
    house.core.purge(&admin, of_other).await.unwrap();
    assert!(matches!(house.core.purge(&admin, of_other).await, Err(OrderError::NotFound)));
    house.core.create_domain(&admin, &draft(&house, "other.example")).await.unwrap();
}

#[tokio::test]
async fn what_was_deleted_goes_for_good_after_its_time_with_its_bans() {
    let house = House::new().await;
    let admin = administrator();
    let ann = account(&house, "ann").await;
    let order = BanOrder {
        address: "192.0.2.9".parse().unwrap(),
        minutes: 60 * 24 * 30,
        reach: Reach::Account(ann),
        reason: String::new(),
        confirm_own_address: false,
    };
    house.core.ban(&admin, &order).await.unwrap();
    house.core.delete_accounts(&admin, &[ann]).await.unwrap();
    house.clock.advance(KEPT_MS - 1);
    house.core.tidy_deletions().await.unwrap();
    assert_eq!(house.core.deletions(&admin).await.unwrap().len(), 1);
    house.clock.advance(1);
    house.core.tidy_deletions().await.unwrap();
    assert!(house.core.deletions(&admin).await.unwrap().is_empty());
    assert!(house.core.bans(&admin).unwrap().is_empty());
    let audit = house.audit().await;
    assert_eq!(
        (&*audit[0].actor, &*audit[0].action, &*audit[0].target),
        ("system", "account.purge", "ann@acme.example")
    );
    house.core.tidy_gate().await.unwrap();
    // The login is free, and what comes after it is another account.
    house.add_account("acme.example", "ann", Limits::default()).await;
    assert_ne!(account(&house, "ann").await, ann);
    attempt(&house, "ann").await.unwrap();
}
