//! Bearer tokens of people.

use crate::{House, PASSWORD, administrator};
use wharf_core::{
    orders::OrderError,
    panel_sessions::SignIn,
    permits::{Operator, Scope},
};
use wharf_model::people::{PersonUpdate, Role};
use wharf_store::people;

const IP: &str = "192.0.2.1";

async fn signed_in(house: &House, login: &str) -> Operator {
    let ip = IP.parse().unwrap();
    let shown = SignIn { login, password: PASSWORD, code: "", replace: false, ip, user_agent: "" };
    let secret = house.core.sign_in(shown).await.unwrap();
    house.core.panel_operator(&secret, ip, true).await.unwrap().unwrap()
}

async fn bearer(house: &House, secret: &str) -> Option<Operator> {
    house.core.token_operator(secret, IP.parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_token_has_the_rights_of_who_made_it() {
    let house = House::new().await;
    let me = signed_in(&house, "acme").await;
    let made = house.core.create_own_token(&me, "ci", true, PASSWORD).await.unwrap();
    let operator = bearer(&house, &made.secret).await.unwrap();
    assert_eq!((operator.role, &*operator.name), (Role::Customer, "acme (token ci)"));
    assert_eq!(operator.scope, Scope::Domains(std::sync::Arc::new([house.domain].into())));
    for bad in ["ci", " "] {
        let answer = house.core.create_own_token(&me, bad, false, PASSWORD).await;
        assert!(matches!(answer, Err(OrderError::Invalid { field: "name", .. })), "{answer:?}");
    }
    let answer = house.core.create_own_token(&me, "more", false, "a guess").await;
    assert!(matches!(answer, Err(OrderError::Invalid { field: "password", .. })), "{answer:?}");
    let answer = house.core.create_own_token(&operator, "more", false, PASSWORD).await;
    assert!(matches!(answer, Err(OrderError::NotFound)), "a token makes no tokens");
}

#[tokio::test]
async fn a_token_stops_with_its_person_and_when_it_is_revoked() {
    let house = House::new().await;
    let me = signed_in(&house, "acme").await;
    let made = house.core.create_own_token(&me, "ci", false, PASSWORD).await.unwrap();
    let set = async |enabled| {
        let update = PersonUpdate { enabled: Some(enabled), ..PersonUpdate::default() };
        house.core.change_person(&administrator(), house.owner, &update).await.unwrap();
    };
    set(false).await;
    assert!(bearer(&house, &made.secret).await.is_none());
    set(true).await;
    assert!(bearer(&house, &made.secret).await.is_some());
    house.core.revoke_token(&me, made.id).await.unwrap();
    assert!(bearer(&house, &made.secret).await.is_none());
    assert!(matches!(house.core.revoke_token(&me, made.id).await, Err(OrderError::NotFound)));
    assert_eq!(house.audit().await[0].action, "token.revoke");
}

#[tokio::test]
async fn tokens_of_others_are_not_there() {
    let house = House::new().await;
    house.core.add_person("other", "Other", Role::Customer, None, PASSWORD).await.unwrap();
    house.core.add_token("house", Role::Administrator).await.unwrap();
    let (me, other) = (signed_in(&house, "acme").await, signed_in(&house, "other").await);
    let made = house.core.create_own_token(&me, "ci", false, PASSWORD).await.unwrap();
    assert_eq!(house.core.tokens(&other).await.unwrap(), []);
    assert!(matches!(house.core.revoke_token(&other, made.id).await, Err(OrderError::NotFound)));
    let all = house.core.tokens(&administrator()).await.unwrap();
    let names: Vec<_> = all.iter().map(|token| (&*token.name, token.person.as_deref())).collect();
    assert_eq!(names, [("ci", Some("acme")), ("house", None)]);
    let auditor = Operator { role: Role::Auditor, ..administrator() };
    assert!(matches!(house.core.revoke_token(&auditor, made.id).await, Err(OrderError::Forbidden(_))));
}

#[tokio::test]
async fn a_token_that_changes_nothing_revokes_nothing_but_itself() {
    let house = House::new().await;
    house.core.add_person("boss", "Boss", Role::Administrator, None, PASSWORD).await.unwrap();
    let boss = signed_in(&house, "boss").await;
    let full = house.core.create_own_token(&boss, "full", false, PASSWORD).await.unwrap();
    let made = house.core.create_own_token(&boss, "read-only", true, PASSWORD).await.unwrap();
    let read_only = bearer(&house, &made.secret).await.unwrap();
    assert!(matches!(house.core.revoke_token(&read_only, full.id).await, Err(OrderError::Forbidden(_))));
    house.core.revoke_token(&read_only, made.id).await.unwrap();
    assert!(bearer(&house, &made.secret).await.is_none());
}

#[tokio::test]
async fn a_demoted_administrator_has_no_administrators_token() {
    let house = House::new().await;
    house.core.add_person("boss", "Boss", Role::Administrator, None, PASSWORD).await.unwrap();
    house.core.add_person("second", "Second", Role::Administrator, None, PASSWORD).await.unwrap();
    let boss = signed_in(&house, "boss").await;
    let full = house.core.create_own_token(&boss, "full", false, PASSWORD).await.unwrap();
    let read_only = house.core.create_own_token(&boss, "read-only", true, PASSWORD).await.unwrap();
    assert_eq!(bearer(&house, &read_only.secret).await.unwrap().role, Role::Auditor);
    let id = people::by_login(&house.core.store, "boss").await.unwrap().unwrap().id;
    let update = PersonUpdate { role: Some(Role::Auditor), ..PersonUpdate::default() };
    house.core.change_person(&administrator(), id, &update).await.unwrap();
    assert!(bearer(&house, &full.secret).await.is_none());
    assert_eq!(bearer(&house, &read_only.secret).await.unwrap().role, Role::Auditor);
}
