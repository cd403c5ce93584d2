//! Signing in to the panel, who is signed in, and people.

use crate::{House, PASSWORD, administrator, domain, login, operator};
use std::{net::IpAddr, sync::Arc};
use totp_rs::{Builder, Secret};
use wharf_core::{
    Core,
    lockout::panel_name,
    logins::LoginError,
    orders::OrderError,
    panel_sessions::{SignIn, SignInError},
    permits::{Operator, Scope},
};
use wharf_model::{
    ids::{PanelSessionId, PersonId},
    languages::Preferences,
    panel_sessions::{PanelSessionRow, SessionEnd},
    panel_settings::{AccessMode, AddressBinding, PanelSettings},
    people::{PersonOrder, PersonSearch, PersonUpdate, Role},
};
use wharf_store::people;

const IP: &str = "192.0.2.1";
const IDLE_MS: i64 = 30 * 60_000;
const LIFE_MS: i64 = 12 * 60 * 60_000;

fn shown<'a>(login: &'a str, password: &'a str) -> SignIn<'a> {
    SignIn { login, password, code: "", replace: false, ip: ip(IP), user_agent: "Browser\u{7} 1.0" }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn sign_in(house: &House, login: &str, password: &str) -> Result<String, SignInError> {
    house.core.sign_in(shown(login, password)).await
}

async fn who(house: &House, secret: &str, active: bool) -> Option<String> {
    let operator = house.core.panel_operator(secret, ip(IP), active).await.unwrap();
    operator.map(|operator| operator.name)
}

/// Signs in and says who that is to the server.
pub(crate) async fn signed_in(house: &House, login: &str) -> (String, Operator) {
    let secret = sign_in(house, login, PASSWORD).await.unwrap();
    let operator = house.core.panel_operator(&secret, ip(IP), true).await.unwrap().unwrap();
    (secret, operator)
}

async fn logins(core: &Core, operator: &Operator) -> Vec<String> {
    core.panel_sessions(operator).await.unwrap().into_iter().map(|row| row.login).collect()
}

async fn session_of(core: &Core, login: &str) -> PanelSessionRow {
    let all = core.panel_sessions(&administrator()).await.unwrap();
    all.into_iter().find(|row| row.login == login).unwrap()
}

/// Two resellers with a customer each, who has a domain; and an administrator.
pub(crate) async fn hosting() -> House {
    let house = House::new().await;
    for reseller in ["north", "south"] {
        let id = house.core.add_person(reseller, reseller, Role::Reseller, None, PASSWORD).await.unwrap();
        let customer = format!("{reseller}-customer");
        let owner = house.core.add_person(&customer, &customer, Role::Customer, Some(id), PASSWORD).await.unwrap();
        let name = format!("{reseller}.example");
        let root = house.directory.path().join(&name);
        std::fs::create_dir(&root).unwrap();
        house.core.add_domain(domain(&name, &root, Some(owner))).await.unwrap();
        house.add_account(&name, "web", wharf_model::accounts::Limits::default()).await;
    }
    house.core.add_person("admin", "Admin", Role::Administrator, None, PASSWORD).await.unwrap();
    house
}

pub(crate) async fn id_of(house: &House, login: &str) -> PersonId {
    people::by_login(&house.core.store, login).await.unwrap().unwrap().id
}

fn order(login: &str, role: Role) -> PersonOrder {
    PersonOrder { login: login.into(), name: String::new(), role, reseller: String::new(), password: PASSWORD.into() }
}

fn field(error: OrderError) -> &'static str {
    match error {
        OrderError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let house = House::new().await;
    let secret = sign_in(&house, "ACME", PASSWORD).await.unwrap();
    let operator = house.core.panel_operator(&secret, IP.parse().unwrap(), true).await.unwrap().unwrap();
    assert_eq!((operator.name.as_str(), operator.role), ("acme", Role::Customer));
    assert_eq!(operator.scope, Scope::Domains(Arc::new([house.domain].into())));
    let news = house.core.sign_in_news();
    house.core.sign_out(&operator).await.unwrap();
    assert!(news.has_changed().unwrap());
    assert_eq!(house.core.why_over(&secret).await.unwrap(), Some(SessionEnd::SignedOut));
    assert_eq!(who(&house, &secret, true).await, None);
}

#[tokio::test]
async fn wrong_password_unknown_name_and_disabled_person_look_alike() {
    let house = House::new().await;
    for (login, password) in [("acme", "wrong"), ("nobody", PASSWORD)] {
        assert!(matches!(sign_in(&house, login, password).await, Err(SignInError::Incorrect)));
    }
    people::set_enabled(&house.core.store, house.owner, false).await.unwrap();
    house.core.lockout.succeeded(IP.parse().unwrap(), &panel_name("acme"));
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

#[tokio::test]
async fn only_who_may_know_of_a_panel_session_sees_and_ends_it() {
    let house = hosting().await;
    let (_, admin) = signed_in(&house, "admin").await;
    let (_, north) = signed_in(&house, "north").await;
    let (_, customer) = signed_in(&house, "north-customer").await;
    let (_, south) = signed_in(&house, "south").await;
    let core = &house.core;
    assert_eq!(logins(core, &admin).await, ["south", "north-customer", "north", "admin"]);
    assert_eq!(logins(core, &north).await, ["north-customer", "north"]);
    assert_eq!(logins(core, &customer).await, ["north-customer"]);
    assert_eq!(logins(core, &operator(Role::Auditor, Scope::All)).await.len(), 4);

    let ids = |row: &PanelSessionRow| [row.id];
    let (of_admin, of_south) = (session_of(core, "admin").await, session_of(core, "south").await);
    for (stranger, row) in [(&north, &of_admin), (&north, &of_south), (&customer, &of_south), (&south, &of_admin)] {
        let receipt = core.remove_panel_sessions(stranger, &ids(row)).await.unwrap();
        assert_eq!((receipt.removed, receipt.gone), (0, 1), "as if it did not exist");
    }
    let unknown = core.remove_panel_sessions(&north, &[PanelSessionId(uuid::Uuid::nil())]).await.unwrap();
    assert_eq!((unknown.removed, unknown.gone), (0, 1));
    let auditor = operator(Role::Auditor, Scope::All);
    assert!(matches!(core.remove_panel_sessions(&auditor, &ids(&of_south)).await, Err(OrderError::Forbidden(_))));
    let receipt = core.remove_panel_sessions(&north, &ids(&session_of(core, "north-customer").await)).await.unwrap();
    assert_eq!(receipt.removed, 1);
    let receipt = core.remove_panel_sessions(&admin, &ids(&of_admin)).await.unwrap();
    assert_eq!((receipt.removed, receipt.own), (0, 1), "the own one stays");
}

#[tokio::test]
async fn a_removed_session_ends_at_once_and_says_why() {
    let house = hosting().await;
    let (secret, _) = signed_in(&house, "north").await;
    let news = house.core.sign_in_news();
    let row = session_of(&house.core, "north").await;
    house.core.remove_panel_sessions(&administrator(), &[row.id]).await.unwrap();
    assert!(news.has_changed().unwrap(), "live sockets look again");
    assert_eq!(who(&house, &secret, true).await, None);
    assert_eq!(house.core.why_over(&secret).await.unwrap(), Some(SessionEnd::Removed));
    let entry = &house.audit().await[0];
    assert_eq!((entry.action.as_str(), entry.target.as_str()), ("panel_session.remove", "north"));
}

#[tokio::test]
async fn a_sign_in_of_somebody_does_not_wake_all_live_pages() {
    let house = hosting().await;
    let news = house.core.sign_in_news();
    sign_in(&house, "north", PASSWORD).await.unwrap();
    let renamed = PersonUpdate { name: Some("North".into()), ..PersonUpdate::default() };
    house.core.change_person(&administrator(), id_of(&house, "north").await, &renamed).await.unwrap();
    assert!(!news.has_changed().unwrap());
    let settings = PanelSettings { sessions_per_login: Some(1), ..PanelSettings::default() };
    house.core.set_panel_settings(&administrator(), settings).await.unwrap();
    let news = house.core.sign_in_news();
    house.core.sign_in(SignIn { replace: true, ..shown("north", PASSWORD) }).await.unwrap();
    assert!(news.has_changed().unwrap(), "the older session has ended");
}

#[tokio::test]
async fn everybody_ends_own_other_sessions() {
    let house = House::new().await;
    let (other, _) = signed_in(&house, "acme").await;
    let (own, me) = signed_in(&house, "acme").await;
    let all: Vec<_> = house.core.panel_sessions(&me).await.unwrap();
    assert_eq!(all.iter().filter(|row| row.yours).count(), 1);
    let ids: Vec<_> = all.iter().map(|row| row.id).collect();
    let receipt = house.core.remove_panel_sessions(&me, &ids).await.unwrap();
    assert_eq!((receipt.removed, receipt.own), (1, 1));
    assert_eq!((who(&house, &other, true).await, who(&house, &own, true).await.is_some()), (None, true));
}

#[tokio::test]
async fn idle_time_is_as_set_and_the_countdown_follows() {
    let house = House::new().await;
    let settings = PanelSettings { idle_minutes: 5, ..PanelSettings::default() };
    house.core.set_panel_settings(&administrator(), settings).await.unwrap();
    let (secret, me) = signed_in(&house, "acme").await;
    house.clock.advance(4 * 60_000);
    let left = house.core.time_left(&me).await.unwrap();
    assert_eq!((left.idle_ms, left.idle_limit_ms, left.life_ms), (60_000, 5 * 60_000, LIFE_MS - 4 * 60_000));
    assert!(who(&house, &secret, true).await.is_some());
    assert_eq!(house.core.time_left(&me).await.unwrap().idle_ms, 5 * 60_000);
    house.clock.advance(5 * 60_000 + 1);
    let news = house.core.sign_in_news();
    house.core.tidy_panel_sessions().await.unwrap();
    assert!(news.has_changed().unwrap(), "live pages close without being asked");
    assert_eq!(house.core.why_over(&secret).await.unwrap(), Some(SessionEnd::Idle));
}

#[tokio::test]
async fn a_session_is_good_from_its_own_address() {
    let house = House::new().await;
    let (secret, _) = signed_in(&house, "acme").await;
    let from = async |text: &str| house.core.panel_operator(&secret, ip(text), true).await.unwrap().is_some();
    assert!(!from("192.0.2.2").await, "a stolen cookie");
    assert!(from(IP).await, "the owner's session goes on");
    let settings = PanelSettings { binding: AddressBinding::Off, ..PanelSettings::default() };
    house.core.set_panel_settings(&administrator(), settings).await.unwrap();
    assert!(from("192.0.2.2").await);
}

#[tokio::test]
async fn of_many_sign_ins_at_once_no_more_succeed_than_may() {
    let house = House::new().await;
    let settings = PanelSettings { sessions_per_login: Some(3), ..PanelSettings::default() };
    house.core.set_panel_settings(&administrator(), settings).await.unwrap();
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let core = house.core.clone();
            tokio::spawn(async move { core.sign_in(shown("acme", PASSWORD)).await.is_ok() })
        })
        .collect();
    let mut succeeded = 0;
    for one in tries {
        succeeded += usize::from(one.await.unwrap());
    }
    assert_eq!((succeeded, house.core.panel_sessions(&administrator()).await.unwrap().len()), (3, 3));
    assert!(matches!(sign_in(&house, "acme", PASSWORD).await, Err(SignInError::Elsewhere)));
    let replacing = SignIn { replace: true, ..shown("acme", PASSWORD) };
    house.core.sign_in(replacing).await.unwrap();
    assert_eq!(house.core.panel_sessions(&administrator()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn administrators_come_from_where_they_may() {
    let house = hosting().await;
    let core = &house.core;
    let (secret, admin) = signed_in(&house, "admin").await;
    let token = core.add_token("ci", Role::Administrator).await.unwrap();
    let settings = |access, networks: &[&str]| PanelSettings {
        access,
        networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
        ..PanelSettings::default()
    };
    for locked_out in [
        settings(AccessMode::DeniedExcept, &[]),
        settings(AccessMode::DeniedExcept, &["10.0.0.0/8"]),
        settings(AccessMode::AllowedExcept, &["192.0.2.*"]),
    ] {
        assert_eq!(field(core.set_panel_settings(&admin, locked_out).await.unwrap_err()), "networks");
    }
    // Somebody else, from another network, shuts this one out.
    core.set_panel_settings(
        &Operator { ip: ip("10.0.0.1"), ..admin },
        settings(AccessMode::DeniedExcept, &["10.*.*.*"]),
    )
    .await
    .unwrap();
    assert_eq!(who(&house, &secret, true).await, None);
    assert!(core.token_operator(&token, ip(IP)).await.unwrap().is_none());
    assert!(core.token_operator(&token, ip("10.9.9.9")).await.unwrap().is_some());
    assert!(matches!(sign_in(&house, "admin", PASSWORD).await, Err(SignInError::Incorrect)));
    assert!(sign_in(&house, "north", PASSWORD).await.is_ok(), "it is about administrators");
    core.reset_panel_access(&Operator::at_the_command_line()).await.unwrap();
    assert!(who(&house, &secret, true).await.is_some());
}

#[tokio::test]
async fn acting_as_somebody_shows_both_names_and_ends_with_the_own_session() {
    let house = hosting().await;
    let core = &house.core;
    let (own, north) = signed_in(&house, "north").await;
    for stranger in ["south", "south-customer", "admin"] {
        let answer = core.sign_in_as(&north, id_of(&house, stranger).await, "").await;
        assert!(matches!(answer, Err(OrderError::NotFound)), "{stranger}");
    }
    let secret = core.sign_in_as(&north, id_of(&house, "north-customer").await, "Firefox/1").await.unwrap();
    let acting = core.panel_operator(&secret, ip(IP), true).await.unwrap().unwrap();
    assert_eq!((acting.name.as_str(), acting.role), ("north as north-customer", Role::Customer));
    assert_eq!(acting.me().acting.as_deref(), Some("north"));
    let row = session_of(core, "north-customer").await;
    assert_eq!(row.actor.as_deref(), Some("north"));
    let again = core.sign_in_as(&acting, id_of(&house, "north").await, "").await;
    assert!(matches!(again, Err(OrderError::Forbidden(_))), "a customer acts for nobody");
    assert_eq!(field(core.change_own_password(&acting, PASSWORD, "another one").await.unwrap_err()), "old");
    core.change_own_name(&acting, "Renamed").await.unwrap();
    assert_eq!(house.audit().await[0].actor, "north as north-customer");
    house.clock.advance(60 * 60_000 + 1);
    assert!(core.panel_operator(&secret, ip(IP), true).await.unwrap().is_none(), "for an hour at most");

    let (_, admin) = signed_in(&house, "admin").await;
    let secret = core.sign_in_as(&admin, id_of(&house, "north").await, "").await.unwrap();
    core.sign_out(&admin).await.unwrap();
    assert_eq!(who(&house, &secret, true).await, None);
    drop(own);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let house = House::new().await;
    let (other, _) = signed_in(&house, "acme").await;
    let (own, me) = signed_in(&house, "acme").await;
    let core = &house.core;
    assert_eq!(field(core.change_own_password(&me, "wrong", "another one").await.unwrap_err()), "old");
    assert_eq!(field(core.change_own_password(&me, PASSWORD, "short").await.unwrap_err()), "new");
    assert_eq!(core.change_own_password(&me, PASSWORD, "another one").await.unwrap(), 1);
    assert_eq!((who(&house, &other, true).await, who(&house, &own, true).await.is_some()), (None, true));
    assert_eq!(core.why_over(&other).await.unwrap(), Some(SessionEnd::Password));
    assert!(matches!(sign_in(&house, "acme", PASSWORD).await, Err(SignInError::Incorrect)));
    assert!(sign_in(&house, "acme", "another one").await.is_ok());
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    let house = House::new().await;
    let core = &house.core;
    let (_, me) = signed_in(&house, "acme").await;
    assert_eq!(field(core.begin_own_codes(&me, "wrong").await.unwrap_err()), "password");
    let codes = core.begin_own_codes(&me, PASSWORD).await.unwrap();
    assert!(codes.qr.starts_with("M0 0h1v1h-1z") && codes.size >= 21, "a QR code begins with a dark corner");
    assert!(sign_in(&house, "acme", PASSWORD).await.is_ok(), "not before a code was seen to work");
    let totp = Builder::new().with_secret(Secret::try_from_base32(&codes.secret).unwrap()).build().unwrap();
    let current = || totp.generate(u64::try_from(house.clock.now() / 1000).unwrap()).to_string();
    assert_eq!(field(core.confirm_own_codes(&me, PASSWORD, &codes.secret, "000000").await.unwrap_err()), "code");
    let recovery = core.confirm_own_codes(&me, PASSWORD, &codes.secret, &current()).await.unwrap();
    assert_eq!(recovery.len(), 10);

    let with = async |text: &str| core.sign_in(SignIn { code: text, ..shown("acme", PASSWORD) }).await;
    assert!(matches!(with("").await, Err(SignInError::CodeNeeded)));
    assert!(matches!(core.sign_in(shown("acme", "wrong")).await, Err(SignInError::Incorrect)), "the password first");
    assert!(matches!(with("000000").await, Err(SignInError::WrongCode)));
    house.clock.advance(30_000);
    assert!(with(&current()).await.is_ok());
    assert!(matches!(with(&current()).await, Err(SignInError::WrongCode)), "a code is good once");
    core.lockout.succeeded(ip(IP), &panel_name("acme"));
    assert!(with(&recovery[3].to_uppercase()).await.is_ok());
    assert!(matches!(with(&recovery[3]).await, Err(SignInError::WrongCode)));
    assert_eq!(core.profile(&me).await.unwrap().recovery_codes, 9);
    core.end_own_codes(&me, PASSWORD).await.unwrap();
    assert!(sign_in(&house, "acme", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn guessing_codes_locks_like_guessing_passwords() {
    let house = House::new().await;
    let core = &house.core;
    let (_, me) = signed_in(&house, "acme").await;
    let codes = core.begin_own_codes(&me, PASSWORD).await.unwrap();
    let totp = Builder::new().with_secret(Secret::try_from_base32(&codes.secret).unwrap()).build().unwrap();
    let now = totp.generate(u64::try_from(house.clock.now() / 1000).unwrap()).to_string();
    core.confirm_own_codes(&me, PASSWORD, &codes.secret, &now).await.unwrap();
    for code in ["000001", "000002", "000003"] {
        let answer = core.sign_in(SignIn { code, ..shown("acme", PASSWORD) }).await;
        assert!(matches!(answer, Err(SignInError::WrongCode)), "{answer:?}");
    }
    let answer = core.sign_in(SignIn { code: &now, ..shown("acme", PASSWORD) }).await;
    assert!(matches!(answer, Err(SignInError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn people_are_seen_and_changed_by_whom_they_belong_to() {
    let house = hosting().await;
    let core = &house.core;
    let (_, north) = signed_in(&house, "north").await;
    let page = core.people(&north, &PersonSearch::default()).await.unwrap();
    let logins: Vec<_> = page.items.iter().map(|row| row.login.as_str()).collect();
    assert_eq!((logins, page.total), (vec!["north", "north-customer"], 2));
    let foreign = id_of(&house, "south-customer").await;
    assert!(matches!(core.person(&north, foreign).await, Err(OrderError::NotFound)));
    assert!(matches!(core.sign_ins_of(&north, foreign).await, Err(OrderError::NotFound)));
    let change = PersonUpdate { name: Some("x".into()), ..PersonUpdate::default() };
    assert!(matches!(core.change_person(&north, foreign, &change).await, Err(OrderError::NotFound)));

    let for_another = PersonOrder { reseller: "south".into(), ..order("new", Role::Customer) };
    let made = core.create_person(&north, &for_another).await.unwrap();
    assert_eq!(made.reseller.as_deref(), Some("north"), "a reseller's customers are its own");
    assert_eq!(field(core.create_person(&north, &order("boss", Role::Administrator)).await.unwrap_err()), "role");
    assert_eq!(
        field(core.create_person(&administrator(), &order("NORTH", Role::Customer)).await.unwrap_err()),
        "login"
    );
    let lost = PersonOrder { reseller: "acme".into(), ..order("lost", Role::Customer) };
    assert_eq!(field(core.create_person(&administrator(), &lost).await.unwrap_err()), "reseller");
    let weak = PersonOrder { password: "short".into(), ..order("weak", Role::Customer) };
    assert_eq!(field(core.create_person(&administrator(), &weak).await.unwrap_err()), "password");
    for bad in ["a b", "nul\0", "semi;colon", "slash/", ""] {
        assert_eq!(
            field(core.create_person(&administrator(), &order(bad, Role::Customer)).await.unwrap_err()),
            "login"
        );
    }
    let (_, customer) = signed_in(&house, "north-customer").await;
    assert!(matches!(core.people(&customer, &PersonSearch::default()).await, Err(OrderError::Forbidden(_))));
}

#[tokio::test]
async fn nobody_locks_oneself_or_everybody_out() {
    let house = hosting().await;
    let core = &house.core;
    let (_, admin) = signed_in(&house, "admin").await;
    let own = id_of(&house, "admin").await;
    let disable = PersonUpdate { enabled: Some(false), ..PersonUpdate::default() };
    let demote = PersonUpdate { role: Some(Role::Auditor), ..PersonUpdate::default() };
    for update in [&disable, &demote] {
        assert!(core.change_person(&admin, own, update).await.is_err(), "oneself");
        assert!(core.change_person(&administrator(), own, update).await.is_err(), "the only one");
    }
    core.create_person(&admin, &order("second", Role::Administrator)).await.unwrap();
    core.change_person(&administrator(), own, &demote).await.unwrap();
    let north = id_of(&house, "north").await;
    let update = PersonUpdate { role: Some(Role::Customer), ..PersonUpdate::default() };
    assert_eq!(field(core.change_person(&administrator(), north, &update).await.unwrap_err()), "role");
}

#[tokio::test]
async fn a_suspended_reseller_takes_all_below_along() {
    let house = hosting().await;
    let core = &house.core;
    let (secret, _) = signed_in(&house, "north-customer").await;
    let session = house.log_in("192.0.2.9", "web@north.example").await;
    let other = house.log_in("192.0.2.9", "web@south.example").await;
    let disable = PersonUpdate { enabled: Some(false), ..PersonUpdate::default() };
    let north = id_of(&house, "north").await;
    let receipt = core.change_person(&administrator(), north, &disable).await.unwrap();
    assert_eq!(receipt.sessions, 1);
    session.killed().await;
    assert!(other.ending().is_none());
    assert_eq!(who(&house, &secret, true).await, None);
    assert!(matches!(sign_in(&house, "north-customer", PASSWORD).await, Err(SignInError::Incorrect)));
    let again = house.connect("192.0.2.10");
    let answer = core.log_in(&again, &login("web@north.example", PASSWORD)).await;
    assert!(matches!(answer, Err(LoginError::Incorrect)), "{:?}", answer.err());
    let enable = PersonUpdate { enabled: Some(true), ..PersonUpdate::default() };
    core.change_person(&administrator(), north, &enable).await.unwrap();
    house.log_in("192.0.2.11", "web@north.example").await;
}

#[tokio::test]
async fn what_an_administrator_changes_ends_what_was_signed_in() {
    let house = hosting().await;
    let core = &house.core;
    let (secret, _) = signed_in(&house, "south").await;
    let update = PersonUpdate { password: Some("a fresh one".into()), ..PersonUpdate::default() };
    let receipt = core.change_person(&administrator(), id_of(&house, "south").await, &update).await.unwrap();
    assert_eq!(receipt.panel_sessions, 1);
    assert_eq!(who(&house, &secret, true).await, None);
    let entry = &house.audit().await[0];
    assert_eq!(entry.action, "person.change");
    assert!(!format!("{entry:?}").contains("fresh"), "no password in the audit log");
}

#[tokio::test]
async fn a_deleted_reseller_ends_all_below_and_comes_back_with_it() {
    let house = hosting().await;
    let core = &house.core;
    let (secret, _) = signed_in(&house, "north-customer").await;
    let (_, south) = signed_in(&house, "south").await;
    let session = house.log_in("192.0.2.9", "web@north.example").await;
    let other = house.log_in("192.0.2.9", "web@south.example").await;
    let north = id_of(&house, "north").await;
    let preview = core.preview_person_deletion(&administrator(), north).await.unwrap();
    assert_eq!((preview.customers, preview.domains, preview.accounts, preview.sessions), (1, 1, 1, 1));
    assert!(matches!(core.delete_person(&south, north).await, Err(OrderError::NotFound)));

    let receipt = core.delete_person(&administrator(), north).await.unwrap();
    assert_eq!(receipt.ended, 1);
    session.killed().await;
    assert!(other.ending().is_none());
    assert_eq!(who(&house, &secret, true).await, None);
    assert_eq!(core.why_over(&secret).await.unwrap(), Some(SessionEnd::Rights));
    for login in ["north", "north-customer"] {
        assert!(matches!(sign_in(&house, login, PASSWORD).await, Err(SignInError::Incorrect)), "{login}");
    }
    let page = core.people(&administrator(), &PersonSearch::default()).await.unwrap();
    assert!(page.items.iter().all(|row| !row.login.contains("north")), "{page:?}");
    let again = house.connect("192.0.2.10");
    assert!(matches!(core.log_in(&again, &login("web@north.example", PASSWORD)).await, Err(LoginError::Incorrect)));
    assert_eq!(
        field(core.create_person(&administrator(), &order("north", Role::Customer)).await.unwrap_err()),
        "login"
    );
    assert_eq!(core.deletions(&south).await.unwrap(), []);

    core.restore(&administrator(), receipt.deletions[0]).await.unwrap();
    assert!(sign_in(&house, "north-customer", PASSWORD).await.is_ok());
    house.log_in("192.0.2.11", "web@north.example").await;
}

#[tokio::test]
async fn a_reseller_deletes_and_restores_own_customers() {
    let house = hosting().await;
    let core = &house.core;
    let (_, north) = signed_in(&house, "north").await;
    let (_, south) = signed_in(&house, "south").await;
    let customer = id_of(&house, "north-customer").await;
    let receipt = core.delete_person(&north, customer).await.unwrap();
    let rows = core.deletions(&north).await.unwrap();
    assert_eq!((rows.len(), rows[0].name.as_str()), (1, "north-customer"));
    assert_eq!(core.deletions(&south).await.unwrap(), []);
    assert!(matches!(core.restore(&south, receipt.deletions[0]).await, Err(OrderError::NotFound)));
    core.restore(&north, receipt.deletions[0]).await.unwrap();
    assert!(core.person(&north, customer).await.is_ok());
}

#[tokio::test]
async fn nobody_deletes_oneself_or_the_last_administrator() {
    let house = hosting().await;
    let core = &house.core;
    let (_, north) = signed_in(&house, "north").await;
    assert!(core.delete_person(&north, id_of(&house, "north").await).await.is_err());
    let admin = id_of(&house, "admin").await;
    assert!(core.delete_person(&administrator(), admin).await.is_err(), "the only one");
    core.create_person(&administrator(), &order("second", Role::Administrator)).await.unwrap();
    let (secret, _) = signed_in(&house, "admin").await;
    core.delete_person(&administrator(), admin).await.unwrap();
    assert_eq!(who(&house, &secret, true).await, None, "deleting an administrator ends its sessions");
}

#[tokio::test]
async fn an_account_does_not_clear_the_failures_of_a_person_or_of_its_like_elsewhere() {
    let house = hosting().await;
    let core = &house.core;
    house.add_account("south.example", "acme", wharf_model::accounts::Limits::default()).await;
    let accomplice = async || {
        let session = house.connect(IP);
        core.log_in(&session, &login("acme@south.example", PASSWORD)).await.is_ok()
    };
    for _ in 0..2 {
        assert!(matches!(sign_in(&house, "acme", "a guess").await, Err(SignInError::Incorrect)));
        assert!(accomplice().await);
    }
    assert!(matches!(sign_in(&house, "acme", "a guess").await, Err(SignInError::Incorrect)));
    assert!(matches!(sign_in(&house, "acme", PASSWORD).await, Err(SignInError::Refused(_))), "three guesses are three");
}

#[tokio::test]
async fn codes_go_with_the_password_alone_and_not_unseen() {
    let house = hosting().await;
    let core = &house.core;
    let (_, north) = signed_in(&house, "north").await;
    let codes = core.begin_own_codes(&north, PASSWORD).await.unwrap();
    let totp = Builder::new().with_secret(Secret::try_from_base32(&codes.secret).unwrap()).build().unwrap();
    let current = totp.generate(u64::try_from(house.clock.now() / 1000).unwrap()).to_string();
    core.confirm_own_codes(&north, PASSWORD, &codes.secret, &current).await.unwrap();
    let seen = core.sign_in(SignIn { code: &current, ..shown("north", PASSWORD) }).await;
    assert!(matches!(seen, Err(SignInError::WrongCode)), "it was seen when the codes were switched on");

    let off = PersonUpdate { codes: Some(false), ..PersonUpdate::default() };
    let id = id_of(&house, "north").await;
    assert_eq!(field(core.change_person(&north, id, &off).await.unwrap_err()), "codes");
    core.change_person(&administrator(), id, &off).await.unwrap();
    let entry = &house.audit().await[0];
    assert_eq!(
        (entry.before.as_ref().unwrap()["codes"].as_bool(), entry.action.as_str()),
        (Some(true), "person.change")
    );
}

#[tokio::test]
async fn a_full_login_does_not_spend_a_current() {
    let house = House::new().await;
    let core = &house.core;
    let (_, me) = signed_in(&house, "acme").await;
    let codes = core.begin_own_codes(&me, PASSWORD).await.unwrap();
    let totp = Builder::new().with_secret(Secret::try_from_base32(&codes.secret).unwrap()).build().unwrap();
    let current = totp.generate(u64::try_from(house.clock.now() / 1000).unwrap()).to_string();
    let recovery = core.confirm_own_codes(&me, PASSWORD, &codes.secret, &current).await.unwrap();
    let settings = PanelSettings { sessions_per_login: Some(1), ..PanelSettings::default() };
    core.set_panel_settings(&administrator(), settings).await.unwrap();
    let asked = SignIn { code: &recovery[0], ..shown("acme", PASSWORD) };
    assert!(matches!(core.sign_in(asked).await, Err(SignInError::Elsewhere)));
    assert!(core.sign_in(SignIn { replace: true, ..asked }).await.is_ok(), "the code is still good");
}

#[tokio::test]
async fn a_customer_who_moves_to_a_suspended_reseller_is_suspended() {
    let house = hosting().await;
    let core = &house.core;
    let disable = PersonUpdate { enabled: Some(false), ..PersonUpdate::default() };
    core.change_person(&administrator(), id_of(&house, "south").await, &disable).await.unwrap();
    let session = house.log_in("192.0.2.9", "web@north.example").await;
    let moved = PersonUpdate { reseller: Some("south".into()), ..PersonUpdate::default() };
    let receipt = core.change_person(&administrator(), id_of(&house, "north-customer").await, &moved).await.unwrap();
    assert_eq!(receipt.sessions, 1);
    session.killed().await;
}

#[tokio::test]
async fn language_and_time_zone_are_the_persons_own() {
    let house = hosting().await;
    let core = &house.core;
    let (own, north) = signed_in(&house, "north").await;
    assert_eq!(core.preferences_of(&own).await.unwrap(), Some(Preferences::default()));
    assert_eq!(core.preferences_of("nobody").await.unwrap(), None);
    let wanted = Preferences { language: Some("de".into()), time_zone: Some("Europe/Berlin".into()) };
    core.set_preferences(&north, wanted.clone()).await.unwrap();
    assert_eq!(house.audit().await[0].action, "profile.language");
    // In every browser of the person, and nobody else's.
    let (other, _) = signed_in(&house, "north").await;
    assert_eq!(core.preferences_of(&other).await.unwrap().as_ref(), Some(&wanted));
    let (secret, _) = signed_in(&house, "south").await;
    assert_eq!(core.preferences_of(&secret).await.unwrap(), Some(Preferences::default()));
    // Who acts as somebody else goes on reading the own language, and leaves that of the other alone.
    let secret = core.sign_in_as(&north, id_of(&house, "north-customer").await, "").await.unwrap();
    let acting = core.panel_operator(&secret, ip(IP), true).await.unwrap().unwrap();
    assert_eq!(core.preferences_of(&secret).await.unwrap().as_ref(), Some(&wanted));
    assert_eq!(core.preferences(&acting).await.unwrap(), wanted);
    let refused = core.set_preferences(&acting, Preferences::default()).await;
    assert_eq!(field(refused.unwrap_err()), "language");
    // With the session the language is gone.
    core.sign_out(&north).await.unwrap();
    assert_eq!(core.preferences_of(&own).await.unwrap(), None);
    assert_eq!(core.preferences_of(&secret).await.unwrap(), None);
}

#[tokio::test]
async fn only_languages_and_zones_that_can_be_are_taken() {
    let house = hosting().await;
    let (_, north) = signed_in(&house, "north").await;
    let wrong = |language: &str, zone: &str| Preferences {
        language: Some(language.into()).filter(|code: &String| !code.is_empty()),
        time_zone: Some(zone.into()).filter(|zone: &String| !zone.is_empty()),
    };
    for (language, zone, expected) in [
        ("xx", "", "language"),
        ("DE", "", "language"),
        ("", "Europe/Berlin'", "time_zone"),
        ("", "\u{4}", "time_zone"),
        ("", &"a".repeat(65), "time_zone"),
    ] {
        let answer = house.core.set_preferences(&north, wrong(language, zone)).await;
        assert_eq!(field(answer.unwrap_err()), expected, "{language:?} {zone:?}");
    }
    house.core.set_preferences(&north, wrong("de", "America/Argentina/Buenos_Aires")).await.unwrap();
    let token = Operator::at_the_command_line();
    assert!(matches!(house.core.set_preferences(&token, Preferences::default()).await, Err(OrderError::NotFound)));
}
