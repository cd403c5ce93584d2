//! Changes to people, their codes, and what is set for the server.

use super::{NOW, domain, person, person_id, store};
use crate::{
    domains,
    people::{self, PersonChange},
    settings,
    together::{self, Step},
};
use wharf_model::people::Role;

#[tokio::test]
async fn what_is_not_named_stays_as_it_is() {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    let change = async |change| together::commit(&store, &[Step::ChangePerson(person_id(2), change)]).await.unwrap();
    let before = people::by_id(&store, person_id(2)).await.unwrap().unwrap();
    change(PersonChange::default()).await;
    assert_eq!(people::by_id(&store, person_id(2)).await.unwrap().unwrap(), before);
    change(PersonChange { display_name: Some("New".to_owned()), parent_id: Some(None), ..PersonChange::default() })
        .await;
    let after = people::by_id(&store, person_id(2)).await.unwrap().unwrap();
    assert_eq!((after.display_name.as_str(), after.parent_id), ("New", None));
    assert_eq!((after.role, after.enabled, after.password_hash), (before.role, before.enabled, before.password_hash));
}

#[tokio::test]
async fn a_list_shows_what_belongs_to_people() {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    domains::insert(&store, &domain(1, "a.example", Some(2))).await.unwrap();
    people::set_enabled(&store, person_id(1), false).await.unwrap();
    let listed = people::listed(&store, "").await.unwrap();
    let facts: Vec<_> = listed
        .iter()
        .map(|listed| {
            (
                listed.person.login.as_str(),
                listed.reseller.as_deref(),
                listed.suspended,
                listed.domains,
                listed.customers,
            )
        })
        .collect();
    assert_eq!(facts, [("customer", Some("reseller"), true, 1, 0), ("reseller", None, false, 0, 1)]);
    assert_eq!(people::listed(&store, "CUSTOMER <b").await.unwrap().len(), 1, "names count too");
    assert_eq!(people::listed(&store, "%").await.unwrap(), []);
}

#[tokio::test]
async fn codes_are_good_once() {
    let store = store().await;
    people::insert(&store, &person(1, "a", Role::Customer, None)).await.unwrap();
    let recovery = ["one", "two"].map(str::to_owned).to_vec();
    together::commit(&store, &[Step::SetPersonCodes(person_id(1), Some("JBSWY3DP".into()), recovery)]).await.unwrap();
    assert!(people::by_id(&store, person_id(1)).await.unwrap().unwrap().totp_secret.is_some());
    assert!(people::take_totp_step(&store, person_id(1), 7).await.unwrap());
    assert!(!people::take_totp_step(&store, person_id(1), 7).await.unwrap());
    assert!(!people::take_totp_step(&store, person_id(1), 6).await.unwrap());
    assert!(people::take_recovery_code(&store, person_id(1), "one").await.unwrap());
    assert!(!people::take_recovery_code(&store, person_id(1), "one").await.unwrap());
    assert!(!people::take_recovery_code(&store, person_id(2), "two").await.unwrap(), "somebody else's");
    assert_eq!(people::count_recovery_codes(&store, person_id(1)).await.unwrap(), 1);
    together::commit(&store, &[Step::SetPersonCodes(person_id(1), None, Vec::new())]).await.unwrap();
    assert_eq!(people::count_recovery_codes(&store, person_id(1)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_stronger_hash_does_not_undo_a_new_password() {
    let store = store().await;
    people::insert(&store, &person(1, "a", Role::Customer, None)).await.unwrap();
    let hash = async || people::by_id(&store, person_id(1)).await.unwrap().unwrap().password_hash;
    people::rehash(&store, person_id(1), "$another$", "$stronger$").await.unwrap();
    assert_eq!(&*hash().await, "$argon2id$");
    people::rehash(&store, person_id(1), "$argon2id$", "$stronger$").await.unwrap();
    assert_eq!(&*hash().await, "$stronger$");
}

#[tokio::test]
async fn settings_are_kept_by_name() {
    let store = store().await;
    assert_eq!(settings::get::<i64>(&store, "when").await.unwrap(), None);
    for value in [NOW, NOW + 1] {
        let text = settings::text("when", &value).unwrap();
        together::commit(&store, &[Step::Set("when", text)]).await.unwrap();
        assert_eq!(settings::get(&store, "when").await.unwrap(), Some(value));
    }
    assert!(settings::get::<String>(&store, "when").await.is_err());
}
