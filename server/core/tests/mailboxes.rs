//! Mailbox owners: one password, own sessions and nothing else, and gone with what they belong to.

use crate::{
    House, PASSWORD, administrator, login,
    people::{hosting, id_of, signed_in},
    ssh_keys::KEY,
};
use wharf_core::{
    orders::OrderError,
    panel_sessions::{SignIn, SignInError},
    permits::{Operator, Scope},
    sessions::{EndCause, Loss},
};
use wharf_model::{
    accounts::{AccountChange, AccountDraft, AccountSearch, Limits, Permissions},
    domains::DomainChange,
    ids::AccountId,
    kicks::KickOrder,
    limits::LimitsOf,
    logs::LogQuery,
    panel_sessions::SessionEnd,
    people::{PersonSearch, PersonUpdate, Role},
    sessions::UserType,
    ssh_keys::SshKeyOrder,
};
use wharf_store::domains;

const ADDRESS: &str = "info@north.example";
const NEW: &str = "another horse";
const HOUR: i64 = 60 * 60 * 1_000;

fn draft(login: &str) -> AccountDraft {
    AccountDraft {
        domain: "north.example".to_owned(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
        home: String::new(),
        user_type: UserType::MailboxOwner,
        permissions: Permissions::ALL,
        limits: Limits { quota_bytes: Some(1_000), ..Limits::default() },
        expires_at: None,
    }
}

/// Two resellers with a customer each, and a mailbox in the domain of the northern one.
async fn with_mailbox() -> (House, AccountId) {
    let house = hosting().await;
    let (_, customer) = signed_in(&house, "north-customer").await;
    let made = house.core.create_account(&customer, &draft("info")).await.unwrap();
    (house, made.row.id)
}

async fn sign_in(house: &House, password: &str) -> Result<String, SignInError> {
    let ip = "192.0.2.1".parse().unwrap();
    let asked = SignIn { login: ADDRESS, password, code: "", replace: false, ip, user_agent: "" };
    house.core.lockout.succeeded(ip, "panel info@north.example");
    house.core.sign_in(asked).await
}

async fn is_in(house: &House, secret: &str) -> bool {
    house.core.panel_operator(secret, "192.0.2.1".parse().unwrap(), false).await.unwrap().is_some()
}

async fn change(house: &House, id: AccountId, change: AccountChange) {
    house.core.change_account(&administrator(), id, &change).await.unwrap();
}

fn list(house: &House, operator: &Operator) -> usize {
    house.core.sessions.list(&operator.scope).len()
}

#[tokio::test]
async fn a_mailbox_owner_sees_and_ends_own_sessions_and_no_others() {
    let (house, id) = with_mailbox().await;
    let (_, owner) = signed_in(&house, ADDRESS).await;
    assert_eq!((owner.role, &owner.scope), (Role::MailboxOwner, &Scope::Account(id)));
    let other = house.log_in("192.0.2.9", "web@north.example").await;
    let stranger = house.connect("192.0.2.9");
    assert_eq!(list(&house, &owner), 0);
    let own = house.log_in("192.0.2.9", ADDRESS).await;
    let seen: Vec<_> = house.core.sessions.list(&owner.scope).iter().map(|session| session.id).collect();
    assert_eq!(seen, [own.id]);
    assert_eq!(house.core.sessions.stats(&owner.scope).online, 1);
    assert_eq!(house.core.session_detail(&owner, own.id).unwrap().same_ip, 0, "others of the address are not told of");
    for foreign in [other.id, stranger.id] {
        assert!(house.core.session_for(&owner, foreign).is_none());
        let log = house.core.session_log(&owner, foreign, &LogQuery::default()).await;
        assert!(matches!(log, Err(OrderError::NotFound)));
    }
    let snapshot = house.core.sessions.snapshot(&owner.scope, house.clock.now());
    assert_eq!((snapshot.rows.len(), snapshot.history.len()), (1, 0));
    let order = KickOrder { same_ip: true, ..KickOrder::default() };
    house.core.kick(&owner, &[own.id, other.id], &order).await.unwrap();
    assert!(own.ending().is_some() && other.ending().is_none() && stranger.ending().is_none());
    drop(own);
    let ended: Vec<_> = house.core.recently_ended(&owner, 10).unwrap();
    assert_eq!(ended.len(), 1);
    drop(other);
    assert_eq!(house.core.recently_ended(&owner, 10).unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_the_customers_is_not_the_mailbox_owners() {
    let (house, id) = with_mailbox().await;
    let (_, owner) = signed_in(&house, ADDRESS).await;
    assert_eq!(house.core.own_account(&owner).await.unwrap().effective_limits.quota_bytes, Some(1_000));
    assert!(matches!(house.core.account(&owner, id).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(house.core.people(&owner, &PersonSearch::default()).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(house.core.bans(&owner), Err(OrderError::Forbidden(_))));
    assert!(matches!(house.core.holdings(&owner).await, Err(OrderError::Forbidden(_))));
    let token = house.core.create_own_token(&owner, "mine", false, PASSWORD).await;
    assert!(matches!(token, Err(OrderError::Forbidden(_))));
    assert_eq!(house.core.panel_sessions(&owner).await.unwrap().len(), 1);
    // Of panel sessions the customer sees the mailbox owner's, and the south does not.
    let (_, customer) = signed_in(&house, "north-customer").await;
    let (_, south) = signed_in(&house, "south").await;
    let logins = |rows: Vec<wharf_model::panel_sessions::PanelSessionRow>| {
        rows.into_iter().filter(|row| row.role == Role::MailboxOwner).count()
    };
    assert_eq!(logins(house.core.panel_sessions(&customer).await.unwrap()), 1);
    assert_eq!(logins(house.core.panel_sessions(&south).await.unwrap()), 0);
    let person = id_of(&house, ADDRESS).await;
    assert!(matches!(house.core.person(&south, person).await, Err(OrderError::NotFound)));
    assert!(matches!(house.core.delete_person(&administrator(), person).await, Err(OrderError::Invalid { .. })));
    let limits = house.core.set_limits(&administrator(), LimitsOf::Person(person), Limits::default()).await;
    assert!(matches!(limits, Err(OrderError::Invalid { .. })));
    let update = PersonUpdate { role: Some(Role::Administrator), ..PersonUpdate::default() };
    assert!(matches!(
        house.core.change_person(&administrator(), person, &update).await,
        Err(OrderError::Invalid { .. })
    ));
}

#[tokio::test]
async fn there_is_one_password_and_another_ends_everything() {
    let (house, id) = with_mailbox().await;
    let secret = sign_in(&house, PASSWORD).await.unwrap();
    let session = house.log_in("192.0.2.9", ADDRESS).await;
    change(&house, id, AccountChange { password: Some(NEW.to_owned()), ..AccountChange::default() }).await;
    assert!(!is_in(&house, &secret).await);
    assert_eq!(house.core.why_over(&secret).await.unwrap(), Some(SessionEnd::Password));
    assert!(matches!(session.ending().unwrap().cause, EndCause::Lost(Loss::Password)));
    assert!(matches!(sign_in(&house, PASSWORD).await, Err(SignInError::Incorrect)));
    let secret = sign_in(&house, NEW).await.unwrap();
    let owner = house.core.panel_operator(&secret, "192.0.2.1".parse().unwrap(), true).await.unwrap().unwrap();
    // The other way round.
    let session = house.connect("192.0.2.9");
    house.core.log_in(&session, &login(ADDRESS, NEW)).await.unwrap();
    house.core.change_own_password(&owner, NEW, PASSWORD).await.unwrap();
    assert!(session.ending().is_some());
    assert!(is_in(&house, &secret).await, "who changed it stays");
    house.log_in("192.0.2.9", ADDRESS).await;
    let person = id_of(&house, ADDRESS).await;
    let update = PersonUpdate { password: Some(NEW.to_owned()), ..PersonUpdate::default() };
    house.core.change_person(&administrator(), person, &update).await.unwrap();
    assert!(!is_in(&house, &secret).await);
    let session = house.connect("192.0.2.9");
    house.core.log_in(&session, &login(ADDRESS, NEW)).await.unwrap();
}

#[tokio::test]
async fn a_mailbox_owner_goes_and_comes_with_what_is_above() {
    let (house, id) = with_mailbox().await;
    let admin = administrator();
    let domain = domains::by_name(&house.core.store, "north.example").await.unwrap().unwrap().id;
    let secret = sign_in(&house, PASSWORD).await.unwrap();
    let assert_in = async |wanted: bool, what: &str| {
        assert_eq!(is_in(&house, &secret).await, wanted, "{what}");
        assert_eq!(sign_in(&house, PASSWORD).await.is_ok(), wanted, "{what}");
    };
    for enabled in [false, true] {
        change(&house, id, AccountChange { enabled: Some(enabled), ..AccountChange::default() }).await;
        assert_in(enabled, "the account").await;
    }
    let session = house.log_in("192.0.2.9", ADDRESS).await;
    let mut news = house.core.sign_in_news();
    news.mark_unchanged();
    let order = KickOrder { disable_account: true, ..KickOrder::default() };
    house.core.kick(&admin, &[session.id], &order).await.unwrap();
    assert!(news.has_changed().unwrap(), "the live page asks whether it may stay");
    assert_in(false, "kicked").await;
    change(&house, id, AccountChange { enabled: Some(true), ..AccountChange::default() }).await;
    for enabled in [false, true] {
        let switched = DomainChange { enabled: Some(enabled), ..DomainChange::default() };
        house.core.change_domain(&admin, domain, &switched).await.unwrap();
        assert_in(enabled, "the domain").await;
    }
    for person in ["north-customer", "north"] {
        for enabled in [false, true] {
            let update = PersonUpdate { enabled: Some(enabled), ..PersonUpdate::default() };
            house.core.change_person(&admin, id_of(&house, person).await, &update).await.unwrap();
            assert_in(enabled, person).await;
        }
    }
    let deleted = house.core.delete_accounts(&admin, &[id]).await.unwrap();
    assert_in(false, "deleted").await;
    let search = PersonSearch { role: Some(Role::MailboxOwner), ..PersonSearch::default() };
    assert_eq!(house.core.people(&admin, &search).await.unwrap().total, 0);
    house.core.restore(&admin, deleted.deletions[0]).await.unwrap();
    assert_in(true, "restored").await;
    let expires_at = Some(Some(house.clock.now() + HOUR / 4));
    change(&house, id, AccountChange { expires_at, ..AccountChange::default() }).await;
    assert_in(true, "not yet").await;
    house.clock.advance(HOUR / 4);
    assert_in(false, "expired").await;
}

#[tokio::test]
async fn an_address_is_lower_case_and_belongs_to_one_person() {
    let (house, id) = with_mailbox().await;
    let admin = administrator();
    let refused = |login| {
        let (house, admin) = (&house, &admin);
        async move { house.core.create_account(admin, &draft(login)).await }
    };
    assert!(matches!(refused("Info").await, Err(OrderError::Invalid { field: "login", .. })));
    assert!(matches!(refused("in fo").await, Err(OrderError::Invalid { field: "login", .. })));
    house.core.add_person("taken@north.example", "", Role::Customer, None, PASSWORD).await.unwrap();
    assert!(matches!(refused("taken").await, Err(OrderError::Invalid { field: "login", .. })));
    let kind = |user_type| AccountChange { user_type: Some(user_type), ..AccountChange::default() };
    let changed = house.core.change_account(&admin, id, &kind(UserType::WebUser)).await;
    assert!(matches!(changed, Err(OrderError::Invalid { field: "type", .. })));
    let web = house.core.account_called("web@north.example").await.unwrap().unwrap().account.id;
    let changed = house.core.change_account(&admin, web, &kind(UserType::MailboxOwner)).await;
    assert!(matches!(changed, Err(OrderError::Invalid { field: "type", .. })));
}

#[tokio::test]
async fn the_keys_of_a_mailbox_are_its_owners_business() {
    let (house, id) = with_mailbox().await;
    let (_, owner) = signed_in(&house, ADDRESS).await;
    let order = SshKeyOrder { public_key: KEY.to_owned(), comment: "laptop".to_owned() };
    let key = house.core.add_ssh_key(&owner, id, &order).await.unwrap();
    assert_eq!(house.core.ssh_keys(&owner, id).await.unwrap(), std::slice::from_ref(&key));
    house.core.remove_ssh_key(&owner, id, key.id).await.unwrap();
    let search = AccountSearch { search: "web@north".to_owned(), ..AccountSearch::default() };
    let web = house.core.accounts(&administrator(), &search).await.unwrap().items[0].id;
    assert!(matches!(house.core.ssh_keys(&owner, web).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(house.core.add_ssh_key(&owner, web, &order).await, Err(OrderError::Forbidden(_))));
    assert!(matches!(house.core.remove_ssh_key(&owner, web, key.id).await, Err(OrderError::Forbidden(_))));
}
