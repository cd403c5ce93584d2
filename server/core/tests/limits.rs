//! Limits along the chain: which hold, who sets them, when they take effect.

use crate::{
    House, administrator,
    people::{hosting, id_of, signed_in},
};
use wharf_core::{orders::OrderError, permits::Operator};
use wharf_model::{
    accounts::{AccountChange, AccountDetail, Limits},
    domains::DomainChange,
    ids::DomainId,
    limits::{Level, LimitsFound, LimitsOf},
    people::PersonUpdate,
};
use wharf_store::{accounts, domains};

fn quota(quota_bytes: u64) -> Limits {
    Limits { quota_bytes: Some(quota_bytes), ..Limits::default() }
}

fn sessions(sessions: u32) -> Limits {
    Limits { sessions: Some(sessions), ..Limits::default() }
}

async fn domain_of(house: &House, name: &str) -> DomainId {
    domains::by_name(&house.core.store, name).await.unwrap().unwrap().id
}

async fn set(house: &House, operator: &Operator, of: LimitsOf, limits: Limits) -> LimitsFound {
    house.core.set_limits(operator, of, limits).await.unwrap()
}

async fn account(house: &House, operator: &Operator, name: &str) -> AccountDetail {
    let id = house.core.account_called(name).await.unwrap().unwrap().account.id;
    house.core.account(operator, id).await.unwrap()
}

#[tokio::test]
async fn the_strictest_of_the_chain_holds_and_says_where_it_is_set() {
    let house = hosting().await;
    let admin = administrator();
    let (reseller, customer) = (id_of(&house, "north").await, id_of(&house, "north-customer").await);
    let domain = domain_of(&house, "north.example").await;
    set(&house, &admin, LimitsOf::Server, quota(900)).await;
    set(&house, &admin, LimitsOf::Person(reseller), sessions(5)).await;
    set(&house, &admin, LimitsOf::Person(customer), quota(700)).await;
    let found = set(&house, &admin, LimitsOf::Domain(domain), Limits { idle_seconds: Some(60), ..quota(800) }).await;
    let levels: Vec<_> = found.above.iter().map(|level| (level.level, level.name.as_deref())).collect();
    let expected = [(Level::Server, None), (Level::Reseller, Some("north")), (Level::Customer, Some("north-customer"))];
    assert_eq!(levels, expected);
    let web = account(&house, &admin, "web@north.example").await;
    let effective = Limits { sessions: Some(5), idle_seconds: Some(60), ..quota(700) };
    assert_eq!((web.limits, web.effective_limits), (Limits::default(), effective));
    assert_eq!(web.inherited.last().map(|level| level.level), Some(Level::Domain));
    // Those of the north are none of the south's.
    let south = account(&house, &admin, "web@south.example").await;
    assert_eq!(south.effective_limits, quota(900));
    assert_eq!(house.log_in("192.0.2.9", "web@north.example").await.identity().unwrap().limits, effective);
}

#[tokio::test]
async fn an_account_cannot_have_more_than_what_is_above_it() {
    let house = hosting().await;
    let domain = domain_of(&house, "north.example").await;
    set(&house, &administrator(), LimitsOf::Domain(domain), quota(500)).await;
    let web = account(&house, &administrator(), "web@north.example").await;
    for (own, effective) in [(10_000, 500), (100, 100)] {
        let change = AccountChange { limits: Some(quota(own)), ..AccountChange::default() };
        let (_, customer) = signed_in(&house, "north-customer").await;
        let changed = house.core.change_account(&customer, web.row.id, &change).await.unwrap().account;
        assert_eq!((changed.limits, changed.effective_limits), (quota(own), quota(effective)));
    }
}

#[tokio::test]
async fn storage_holds_at_once_for_sessions_that_run() {
    let house = hosting().await;
    let (admin, domain) = (administrator(), domain_of(&house, "north.example").await);
    let session = house.log_in("192.0.2.9", "web@north.example").await;
    let most = || session.identity().unwrap().quota().1;
    assert_eq!(most(), None);
    set(&house, &admin, LimitsOf::Server, quota(900)).await;
    assert_eq!(most(), Some(900));
    set(&house, &admin, LimitsOf::Domain(domain), quota(500)).await;
    assert_eq!(most(), Some(500));
    let south = id_of(&house, "south").await;
    set(&house, &admin, LimitsOf::Person(south), quota(300)).await;
    assert_eq!(most(), Some(500), "the south's are not the north's");
    // The customer goes over to the south, then the domain to nobody.
    let customer = id_of(&house, "north-customer").await;
    let moved = PersonUpdate { reseller: Some("south".to_owned()), ..PersonUpdate::default() };
    house.core.change_person(&admin, customer, &moved).await.unwrap();
    assert_eq!(most(), Some(300));
    let given = DomainChange { owner: Some(None), ..DomainChange::default() };
    house.core.change_domain(&admin, domain, &given).await.unwrap();
    assert_eq!(most(), Some(500));
    set(&house, &admin, LimitsOf::Domain(domain), Limits::default()).await;
    assert_eq!(most(), Some(900));
}

#[tokio::test]
async fn the_number_of_sessions_is_for_logins_to_come() {
    let house = hosting().await;
    let domain = domain_of(&house, "north.example").await;
    let first = house.log_in("192.0.2.9", "web@north.example").await;
    set(&house, &administrator(), LimitsOf::Domain(domain), sessions(1)).await;
    assert!(first.ending().is_none());
    let second = house.connect("192.0.2.9");
    let refused = house.core.log_in(&second, &crate::login("web@north.example", crate::PASSWORD)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn who_is_above_sets_them_and_stays_unnamed_to_who_is_below() {
    let house = hosting().await;
    let (reseller, customer) = (id_of(&house, "north").await, id_of(&house, "north-customer").await);
    let domain = domain_of(&house, "north.example").await;
    let (_, north) = signed_in(&house, "north").await;
    let (_, below) = signed_in(&house, "north-customer").await;
    let (_, south) = signed_in(&house, "south").await;
    set(&house, &north, LimitsOf::Person(customer), quota(5)).await;
    set(&house, &north, LimitsOf::Domain(domain), quota(4)).await;
    let refused = |of, operator| house.core.set_limits(operator, of, quota(1));
    assert!(matches!(refused(LimitsOf::Person(reseller), &north).await, Err(OrderError::Invalid { .. })), "own");
    assert!(matches!(refused(LimitsOf::Server, &north).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(refused(LimitsOf::Domain(domain), &below).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(refused(LimitsOf::Person(customer), &below).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(refused(LimitsOf::Domain(domain), &south).await, Err(OrderError::NotFound)));
    assert!(matches!(refused(LimitsOf::Person(customer), &south).await, Err(OrderError::NotFound)));
    assert!(matches!(house.core.limits(&south, LimitsOf::Domain(domain)).await, Err(OrderError::NotFound)));
    assert!(matches!(house.core.limits(&below, LimitsOf::Server).await, Err(OrderError::NotFound)));
    let names = |found: LimitsFound| found.above.into_iter().map(|level| level.name).collect::<Vec<_>>();
    let seen = house.core.limits(&below, LimitsOf::Domain(domain)).await.unwrap();
    assert_eq!(names(seen), [None, None, Some("north-customer".to_owned())]);
    let seen = house.core.limits(&north, LimitsOf::Domain(domain)).await.unwrap();
    assert_eq!(names(seen), [None, Some("north".to_owned()), Some("north-customer".to_owned())]);
}

#[tokio::test]
async fn they_are_checked_written_down_and_there_after_a_restart() {
    let house = hosting().await;
    let admin = administrator();
    for wrong in [sessions(0), Limits { idle_seconds: Some(9), ..Limits::default() }] {
        let refused = house.core.set_limits(&admin, LimitsOf::Server, wrong).await;
        assert!(matches!(refused, Err(OrderError::Invalid { .. })));
    }
    let auditor = id_of(&house, "admin").await;
    assert!(matches!(house.core.limits(&admin, LimitsOf::Person(auditor)).await, Err(OrderError::Invalid { .. })));
    set(&house, &admin, LimitsOf::Server, quota(900)).await;
    set(&house, &admin, LimitsOf::Server, quota(900)).await;
    let written = house.audit().await;
    let written: Vec<_> = written.iter().filter(|entry| entry.action == "limits.change").collect();
    assert_eq!(written.len(), 1, "what changes nothing is no change");
    assert_eq!(written[0].target, "server");
    assert_eq!(written[0].after.as_ref().unwrap()["quota_bytes"], 900);
    let again = house.restarted().await;
    again.load_settings().await.unwrap();
    assert_eq!(again.limits(&admin, LimitsOf::Server).await.unwrap().own, quota(900));
    let found = accounts::find_for_login(&house.core.store, "web", Some("south.example")).await.unwrap();
    assert_eq!(again.account(&admin, found[0].account.id).await.unwrap().effective_limits, quota(900));
}
