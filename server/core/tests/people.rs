use crate::{House, PASSWORD};
use wharf_core::{
    people::{IDLE_MS, LIFE_MS, SignInError},
    permits::Scope,
};
use wharf_model::people::Role;
use wharf_store::people;

const IP: &str = "192.0.2.1";

async fn sign_in(house: &House, login: &str, password: &str) -> Result<String, SignInError> {
    house.core.sign_in(login, password, IP.parse().unwrap(), "Browser\u{7} 1.0").await
}

async fn who(house: &House, secret: &str, active: bool) -> Option<String> {
    let operator = house.core.panel_operator(secret, IP.parse().unwrap(), active).await.unwrap();
    operator.map(|operator| operator.name)
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let house = House::new().await;
    let secret = sign_in(&house, "ACME", PASSWORD).await.unwrap();
    let operator = house.core.panel_operator(&secret, IP.parse().unwrap(), true).await.unwrap().unwrap();
    assert_eq!((operator.name.as_str(), operator.role), ("acme", Role::Customer));
    assert_eq!(operator.scope, Scope::Domains(std::sync::Arc::new([house.domain].into())));
    let mut revocations = house.core.revocations();
    house.core.sign_out(&operator).await.unwrap();
    assert!(revocations.has_changed().unwrap());
    revocations.borrow_and_update();
    assert_eq!(who(&house, &secret, true).await, None);
}

#[tokio::test]
async fn wrong_password_unknown_name_and_disabled_person_look_alike() {
    let house = House::new().await;
    for (login, password) in [("acme", "wrong"), ("nobody", PASSWORD)] {
        assert!(matches!(sign_in(&house, login, password).await, Err(SignInError::Incorrect)));
    }
    people::set_enabled(&house.core.store, house.owner, false).await.unwrap();
    house.core.lockout.succeeded(IP.parse().unwrap(), "acme");
    assert!(matches!(sign_in(&house, "acme", PASSWORD).await, Err(SignInError::Incorrect)));
}

#[tokio::test]
async fn only_activity_keeps_a_panel_session() {
    let house = House::new().await;
    let secret = sign_in(&house, "acme", PASSWORD).await.unwrap();
    house.clock.advance(IDLE_MS - 1);
    assert!(who(&house, &secret, true).await.is_some(), "somebody clicked");
    house.clock.advance(IDLE_MS - 1);
    assert!(who(&house, &secret, false).await.is_some(), "a page refreshed itself");
    house.clock.advance(2);
    assert_eq!(who(&house, &secret, false).await, None);
}

#[tokio::test]
async fn a_panel_session_ends_at_the_end_of_its_life() {
    let house = House::new().await;
    let secret = sign_in(&house, "acme", PASSWORD).await.unwrap();
    let mut left = LIFE_MS;
    while left > 0 {
        assert!(who(&house, &secret, true).await.is_some());
        house.clock.advance(IDLE_MS / 2);
        left -= IDLE_MS / 2;
    }
    assert_eq!(who(&house, &secret, true).await, None);
}

#[tokio::test]
async fn disabling_a_person_ends_what_is_signed_in() {
    let house = House::new().await;
    let secret = sign_in(&house, "acme", PASSWORD).await.unwrap();
    people::set_enabled(&house.core.store, house.owner, false).await.unwrap();
    assert_eq!(who(&house, &secret, true).await, None);
}

#[tokio::test]
async fn a_token_speaks_for_its_role_until_it_is_unknown() {
    let house = House::new().await;
    let secret = house.core.add_token("ci", Role::Auditor).await.unwrap();
    let operator = house.core.token_operator(&secret, IP.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((operator.name.as_str(), operator.role), ("token ci", Role::Auditor));
    assert!(house.core.token_operator("wharf_0", IP.parse().unwrap()).await.unwrap().is_none());
}
