//! Keys of accounts: who may give and take them, and what is no key.

use crate::{House, administrator, operator, owner_of};
use base64::{Engine, prelude::BASE64_STANDARD};
use wharf_core::{orders::OrderError, permits::Scope};
use wharf_model::{
    accounts::{AccountSearch, Limits},
    ids::{AccountId, SshKeyId},
    people::Role,
    ssh_keys::{KEYS_MOST, SshKeyOrder},
};

/// A public key, and what ssh-keygen calls it.
pub(crate) const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
pub(crate) const FINGERPRINT: &str = "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ";
const PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n";

pub(crate) fn order(public_key: &str) -> SshKeyOrder {
    SshKeyOrder { public_key: public_key.to_owned(), comment: String::new() }
}

/// Some other key.
fn another(number: usize) -> String {
    let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    blob.extend([0; 24]);
    blob.extend(number.to_be_bytes());
    format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
}

async fn account(house: &House, name: &str) -> AccountId {
    house.core.account_called(name).await.unwrap().unwrap().account.id
}

/// Why a key was not taken.
async fn refusal(house: &House, order: &SshKeyOrder) -> String {
    let ann = account(house, "ann").await;
    match house.core.add_ssh_key(&administrator(), ann, order).await.unwrap_err() {
        OrderError::Invalid { message, .. } => message,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn keys_come_and_go_and_both_are_written_down() {
    let house = House::new().await;
    let ann = account(&house, "ann").await;
    let owner = owner_of(house.domain);
    let added = house.core.add_ssh_key(&owner, ann, &order(&format!("{KEY} ann's\u{202e} desk"))).await.unwrap();
    assert_eq!((&*added.fingerprint, &*added.algorithm, added.last_used), (FINGERPRINT, "ssh-ed25519", None));
    assert!(added.comment.contains("desk") && !added.comment.contains('\u{202e}'), "{}", added.comment);
    assert_eq!(house.core.ssh_keys(&owner, ann).await.unwrap(), std::slice::from_ref(&added));
    house.clock.advance(1);
    let own = SshKeyOrder { comment: " phone ".to_owned(), ..order(&format!("{} desk", another(1))) };
    assert_eq!(house.core.add_ssh_key(&owner, ann, &own).await.unwrap().comment, "phone");
    house.clock.advance(1);
    house.core.remove_ssh_key(&owner, ann, added.id).await.unwrap();
    let again = house.core.remove_ssh_key(&owner, ann, added.id).await;
    assert!(matches!(again, Err(OrderError::NotFound)));
    let audit = house.audit().await;
    let deeds: Vec<_> = audit.iter().map(|entry| (&*entry.action, &*entry.target)).take(3).collect();
    let name = "ann@acme.example";
    assert_eq!(deeds, [("ssh_key.remove", name), ("ssh_key.add", name), ("ssh_key.add", name)]);
    assert_eq!(audit[0].before.as_ref().unwrap()["fingerprint"], FINGERPRINT);
    assert_eq!(audit[2].after.as_ref().unwrap()["fingerprint"], FINGERPRINT);
}

#[tokio::test]
async fn only_what_is_a_safe_public_key_is_taken_and_each_once() {
    let house = House::new().await;
    let ann = account(&house, "ann").await;
    assert!(refusal(&house, &order("a secret")).await.contains("not a public key"));
    for text in [PRIVATE, &PRIVATE.repeat(1_000)] {
        assert!(refusal(&house, &order(text)).await.contains("private key"));
        let commented = SshKeyOrder { comment: text.to_owned(), ..order(KEY) };
        assert!(refusal(&house, &commented).await.contains("private key"));
    }
    assert!(refusal(&house, &order(&format!("{KEY} {}", "x".repeat(9_000)))).await.contains("at most"));
    assert!(refusal(&house, &order(&format!("{KEY}\n{}", another(1)))).await.contains("one line"));
    let long = SshKeyOrder { comment: "x".repeat(201), ..order(KEY) };
    assert!(refusal(&house, &long).await.contains("comment"));
    assert_eq!(house.core.ssh_keys(&administrator(), ann).await.unwrap(), []);
    let written = format!("{:?}", house.audit().await);
    assert!(!written.contains("ssh_key") && !written.contains("b3Blbn"), "{written}");

    house.core.add_ssh_key(&administrator(), ann, &order(KEY)).await.unwrap();
    assert!(refusal(&house, &order(&format!("{KEY} again"))).await.contains("already"));
    for number in 1..KEYS_MOST {
        house.core.add_ssh_key(&administrator(), ann, &order(&another(number))).await.unwrap();
    }
    assert!(refusal(&house, &order(&another(KEYS_MOST))).await.contains("100 keys"));
}

#[tokio::test]
async fn an_account_out_of_scope_is_not_there_and_auditors_only_look() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let (ann, bob) = (account(&house, "ann").await, account(&house, "bob").await);
    let key = house.core.add_ssh_key(&administrator(), ann, &order(KEY)).await.unwrap();

    let stranger = owner_of(other);
    for account in [ann, AccountId(uuid::Uuid::nil())] {
        let looked = house.core.ssh_keys(&stranger, account).await;
        let added = house.core.add_ssh_key(&stranger, account, &order(KEY)).await;
        let removed = house.core.remove_ssh_key(&stranger, account, key.id).await;
        assert!(matches!(looked, Err(OrderError::NotFound)), "{looked:?}");
        assert!(matches!(added, Err(OrderError::NotFound)), "{added:?}");
        assert!(matches!(removed, Err(OrderError::NotFound)), "{removed:?}");
        assert!(matches!(house.core.account(&stranger, account).await, Err(OrderError::NotFound)));
    }
    // One's own account is no way to a key of somebody else's.
    let removed = house.core.remove_ssh_key(&stranger, bob, key.id).await;
    assert!(matches!(removed, Err(OrderError::NotFound)));

    let auditor = operator(Role::Auditor, Scope::All);
    assert_eq!(house.core.ssh_keys(&auditor, ann).await.unwrap().len(), 1);
    let added = house.core.add_ssh_key(&auditor, ann, &order(&another(1))).await;
    assert!(matches!(added, Err(OrderError::Forbidden(_))));
    let removed = house.core.remove_ssh_key(&auditor, ann, SshKeyId(uuid::Uuid::nil())).await;
    assert!(matches!(removed, Err(OrderError::Forbidden(_))));
}

#[tokio::test]
async fn accounts_are_listed_by_scope_search_and_page() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let ann = account(&house, "ann").await;
    house.core.add_ssh_key(&administrator(), ann, &order(KEY)).await.unwrap();
    let _session = house.log_in("192.0.2.1", "ann").await;
    let seen = async |operator, search: &str| {
        let search = AccountSearch { search: search.to_owned(), ..AccountSearch::default() };
        let page = house.core.accounts(operator, &search).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items.into_iter().map(|row| (row.login, row.ssh_keys, row.sessions)).collect::<Vec<_>>()
    };
    let (of_ann, of_bob) = (("ann".to_owned(), 1, 1), ("bob".to_owned(), 0, 0));
    let (auditor, owner) = (operator(Role::Auditor, Scope::All), owner_of(other));
    assert_eq!(seen(&auditor, "").await, [of_ann.clone(), of_bob.clone()]);
    assert_eq!(seen(&auditor, "ACME").await, [of_ann]);
    assert_eq!(seen(&owner, "").await, [of_bob]);
    assert!(seen(&owner, "ann").await.is_empty());
    let second = AccountSearch { offset: 1, limit: 1, ..AccountSearch::default() };
    let page = house.core.accounts(&auditor, &second).await.unwrap();
    assert_eq!((page.total, &*page.items[0].login), (2, "bob"));
    let all = AccountSearch { limit: 1_001, ..AccountSearch::default() };
    assert!(matches!(house.core.accounts(&auditor, &all).await, Err(OrderError::Invalid { .. })));
}
