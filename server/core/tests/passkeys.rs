//! Passkeys: made in the profile, shown at the sign-in, and refused wherever something is not as it must be.

use crate::{House, PASSWORD, administrator, authenticator::Authenticator};
use std::net::IpAddr;
use totp_rs::{Builder, Secret};
use wharf_core::{
    Core,
    orders::OrderError,
    panel_sessions::{SignIn, SignInError},
    passkeys::PasskeySignIn,
    permits::Operator,
};
use wharf_model::{
    ids::{PasskeyId, PersonId},
    panel_sessions::SessionEnd,
    panel_settings::{AccessMode, PanelSettings},
    passkeys::{PASSKEYS_MOST, PasskeyRow},
    people::{PersonUpdate, Role},
};
use wharf_store::people;

/// What browsers call the panel.
const HOST: &str = "panel.example:8443";
const IP: &str = "192.0.2.1";
/// How long a ceremony may take.
const LIFE_MS: i64 = 300_000;

fn ip() -> IpAddr {
    IP.parse().unwrap()
}

async fn signed_in(core: &Core, login: &str) -> Operator {
    let shown = SignIn { login, password: PASSWORD, code: "", replace: false, ip: ip(), user_agent: "" };
    let secret = core.sign_in(shown).await.unwrap();
    core.panel_operator(&secret, ip(), true).await.unwrap().unwrap()
}

/// Adds what a device makes.
async fn add(core: &Core, me: &Operator, device: &mut Authenticator, name: &str) -> Result<PasskeyRow, OrderError> {
    let asked = core.begin_passkey(me, HOST, name, PASSWORD).await?;
    core.add_passkey(me, &asked.ceremony, &device.make(&asked.options)).await
}

/// A house whose owner, `acme`, has added a passkey.
async fn with_passkey() -> (House, Operator, Authenticator, PasskeyRow) {
    let house = House::new().await;
    let me = signed_in(&house.core, "acme").await;
    let mut device = Authenticator::at(HOST);
    let row = add(&house.core, &me, &mut device, "phone").await.unwrap();
    (house, me, device, row)
}

async fn answer(core: &Core, ceremony: &str, answer: &str) -> Result<String, SignInError> {
    let asked = PasskeySignIn { ceremony, answer, replace: false, ip: ip(), user_agent: "Firefox/140" };
    core.sign_in_with_passkey(asked).await
}

async fn sign_in_at(core: &Core, host: &str, device: &mut Authenticator) -> Result<String, SignInError> {
    let asked = core.begin_passkey_sign_in(host, ip())?;
    answer(core, &asked.ceremony, &device.show(&asked.options)).await
}

async fn sign_in(core: &Core, device: &mut Authenticator) -> Result<String, SignInError> {
    sign_in_at(core, HOST, device).await
}

/// Makes a device lie, or tell the truth again.
type Turn = fn(&mut Authenticator);

async fn update(house: &House, id: PersonId, update: PersonUpdate) {
    house.core.change_person(&administrator(), id, &update).await.unwrap();
}

fn assert_wrong(answer: &Result<String, SignInError>, why: &str) {
    assert!(matches!(answer, Err(SignInError::WrongPasskey)), "{why}: {answer:?}");
}

fn assert_invalid<T: std::fmt::Debug>(answer: &Result<T, OrderError>, expected: &str) {
    assert!(matches!(answer, Err(OrderError::Invalid { field, .. }) if *field == expected), "{answer:?}");
}

#[tokio::test]
async fn a_passkey_signs_in_without_login_password_and_code() {
    let (house, me, mut device, row) = with_passkey().await;
    let core = &house.core;
    assert_eq!((&*row.name, &*row.origin, row.last_used), ("phone", "https://panel.example:8443", None));
    assert_eq!(device.user, house.owner.0.as_bytes());
    let codes = core.begin_own_codes(&me, PASSWORD).await.unwrap();
    let secret = Secret::try_from_base32(&codes.secret).unwrap();
    let now = u64::try_from(house.clock.now() / 1000).unwrap();
    let shown = Builder::new().with_secret(secret).build().unwrap().generate(now).to_string();
    core.confirm_own_codes(&me, PASSWORD, &codes.secret, &shown).await.unwrap();

    house.clock.advance(1_000);
    let secret = sign_in(core, &mut device).await.unwrap();
    let operator = core.panel_operator(&secret, ip(), true).await.unwrap().unwrap();
    assert_eq!(operator.name, "acme");
    let profile = core.profile(&operator).await.unwrap();
    assert_eq!(profile.passkeys, [PasskeyRow { last_used: Some(house.clock.now()), ..row }]);
    let ways: Vec<_> = profile.sign_ins.iter().map(|row| (row.passkey, &*row.browser)).collect();
    assert_eq!(ways, [(true, "Firefox 140"), (false, "Unknown browser")]);
    let deeds: Vec<_> = house.audit().await.into_iter().take(1).map(|entry| (entry.action, entry.detail)).collect();
    assert_eq!(deeds, [("panel.sign_in".to_owned(), serde_json::json!({"passkey": "phone"}))]);
    assert!(sign_in(core, &mut device).await.is_ok(), "and again, with the counter of the first time");
}

#[tokio::test]
async fn adding_one_needs_the_password_a_name_and_the_person_itself() {
    let house = House::new().await;
    let core = &house.core;
    let me = signed_in(core, "acme").await;
    let begin = async |who: &Operator, host: &'static str, name: &'static str, password: &'static str| {
        core.begin_passkey(who, host, name, password).await
    };
    assert_invalid(&begin(&me, HOST, " ", PASSWORD).await, "name");
    assert_invalid(&begin(&me, HOST, "phone", "a guess").await, "password");
    assert_invalid(&begin(&me, "192.0.2.7:8443", "phone", PASSWORD).await, "");
    let acting = wharf_core::permits::Acting { actor: "admin".into(), login: "acme".into() };
    let acting = Operator { acting: Some(acting), ..me.clone() };
    assert_invalid(&begin(&acting, HOST, "phone", PASSWORD).await, "password");
    let nobody = begin(&administrator(), HOST, "phone", PASSWORD).await;
    assert!(matches!(nobody, Err(OrderError::NotFound)), "{nobody:?}");
    let row = add(core, &me, &mut Authenticator::at(HOST), "phone").await.unwrap();
    assert_invalid(&core.rename_passkey(&acting, row.id, "stolen").await, "");
    assert_invalid(&core.remove_passkey(&acting, row.id).await, "");
    assert_eq!(house.audit().await[0].action, "profile.passkey_add");
}

#[tokio::test]
async fn what_was_asked_of_one_session_is_answered_by_that_session_once_and_soon() {
    let house = House::new().await;
    let core = &house.core;
    let (me, elsewhere) = (signed_in(core, "acme").await, signed_in(core, "acme").await);
    let mut device = Authenticator::at(HOST);
    let begin = async || core.begin_passkey(&me, HOST, "phone", PASSWORD).await.unwrap();
    let asked = begin().await;
    let made = device.make(&asked.options);
    assert_invalid(&core.add_passkey(&elsewhere, &asked.ceremony, &made).await, "");
    assert_invalid(&core.add_passkey(&me, &asked.ceremony, &made).await, "");
    let asked = begin().await;
    let made = device.make(&asked.options);
    house.clock.advance(LIFE_MS);
    assert_invalid(&core.add_passkey(&me, &asked.ceremony, &made).await, "");
    let asked = begin().await;
    assert_invalid(&core.add_passkey(&me, &asked.ceremony, "{").await, "");
    let asked = begin().await;
    let made = device.make(&asked.options);
    core.add_passkey(&me, &asked.ceremony, &made).await.unwrap();
    assert_invalid(&core.add_passkey(&me, &asked.ceremony, &made).await, "");
    let for_sign_in = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    assert_invalid(&core.add_passkey(&me, &for_sign_in.ceremony, &made).await, "");
    let asked = begin().await;
    assert!(asked.options.contains("excludeCredentials"), "the device is told what it has: {}", asked.options);
    assert_invalid(&core.add_passkey(&me, &asked.ceremony, &device.make(&asked.options)).await, "");
    assert_eq!(core.profile(&me).await.unwrap().passkeys.len(), 1);
}

#[tokio::test]
async fn what_is_made_elsewhere_or_without_its_owner_is_not_added() {
    let house = House::new().await;
    let me = signed_in(&house.core, "acme").await;
    let lies: [Turn; 4] = [
        |device| device.origin = "https://evil.example".into(),
        |device| device.origin = "https://panel.example:9000".into(),
        |device| device.verifies = false,
        |device| device.touched = false,
    ];
    for lie in lies {
        let mut device = Authenticator::at(HOST);
        lie(&mut device);
        assert_invalid(&add(&house.core, &me, &mut device, "phone").await, "");
    }
    // Another challenge than the one that was asked for.
    let mut device = Authenticator::at(HOST);
    let [asked, other] = [
        house.core.begin_passkey(&me, HOST, "a", PASSWORD).await,
        house.core.begin_passkey(&me, HOST, "b", PASSWORD).await,
    ];
    let made = device.make(&other.unwrap().options);
    assert_invalid(&house.core.add_passkey(&me, &asked.unwrap().ceremony, &made).await, "");
    assert_eq!(house.core.profile(&me).await.unwrap().passkeys, []);
}

#[tokio::test]
async fn nobody_has_more_than_the_limit() {
    let house = House::new().await;
    let me = signed_in(&house.core, "acme").await;
    let mut last = Authenticator::at(HOST);
    let begun = house.core.begin_passkey(&me, HOST, "one too many", PASSWORD).await.unwrap();
    for n in 0..PASSKEYS_MOST {
        add(&house.core, &me, &mut Authenticator::at(HOST), &format!("key {n}")).await.unwrap();
    }
    assert_invalid(&add(&house.core, &me, &mut last, "one more").await, "name");
    assert_invalid(&house.core.add_passkey(&me, &begun.ceremony, &last.make(&begun.options)).await, "name");
}

#[tokio::test]
async fn a_lie_signs_nobody_in() {
    let (house, _, mut device, _) = with_passkey().await;
    let core = &house.core;
    // Failures are what this is about; three lock the address.
    let forget = || house.clock.advance(120_000);
    let lies: [(&str, Turn, Turn); 5] = [
        ("origin", |it| it.origin = "https://evil.example".into(), |it| it.origin = format!("https://{HOST}")),
        ("host", |it| it.host = "evil.example".into(), |it| it.host = "panel.example".into()),
        ("not verified", |it| it.verifies = false, |it| it.verifies = true),
        ("not touched", |it| it.touched = false, |it| it.touched = true),
        ("a counter that goes back", |it| it.counter = 0, |it| it.counter = 100),
    ];
    assert!(sign_in(core, &mut device).await.is_ok());
    for (why, lie, truth) in lies {
        forget();
        lie(&mut device);
        assert_wrong(&sign_in(core, &mut device).await, why);
        truth(&mut device);
    }
    forget();
    // The answer to another question.
    let [asked, other] = [(); 2].map(|()| core.begin_passkey_sign_in(HOST, ip()).unwrap());
    assert_wrong(&answer(core, &asked.ceremony, &device.show(&other.options)).await, "challenge");
    // Signed by somebody else's key.
    let mut stolen: serde_json::Value = serde_json::from_str(&{
        let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
        device.show(&asked.options)
    })
    .unwrap();
    let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    let mut stranger = Authenticator::at(HOST);
    stranger.user.clone_from(&device.user);
    let strange: serde_json::Value = serde_json::from_str(&stranger.show(&asked.options)).unwrap();
    stolen["response"] = strange["response"].clone();
    assert_wrong(&answer(core, &asked.ceremony, &stolen.to_string()).await, "signature");
    forget();
    assert_wrong(&sign_in(core, &mut stranger).await, "unknown");
    let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    assert_wrong(&answer(core, &asked.ceremony, "[]").await, "no answer at all");
    forget();
    assert!(sign_in(core, &mut device).await.is_ok(), "the truth still does");
}

#[tokio::test]
async fn a_passkey_is_good_where_it_was_made() {
    let (house, _, mut device, _) = with_passkey().await;
    let core = &house.core;
    // A page on another port of the same host gets it from the browser, and then calls the panel as it likes.
    device.origin = "https://panel.example:9000".into();
    assert_wrong(&sign_in_at(core, "panel.example:9000", &mut device).await, "other port");
    assert_wrong(&sign_in(core, &mut device).await, "other port, host of the panel");
    house.clock.advance(120_000);
    device.origin = "https://www.panel.example".into();
    assert_wrong(&sign_in_at(core, "www.panel.example:8443", &mut device).await, "a host below");
    device.origin = format!("https://{HOST}");
    assert!(sign_in(core, &mut device).await.is_ok());
    let unnamed = core.begin_passkey_sign_in("192.0.2.7:8443", ip());
    assert!(matches!(unnamed, Err(SignInError::Unnamed)), "{unnamed:?}");
}

#[tokio::test]
async fn an_answer_is_good_once_and_soon() {
    let (house, _, mut device, _) = with_passkey().await;
    let core = &house.core;
    let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    let shown = device.show(&asked.options);
    assert!(answer(core, &asked.ceremony, &shown).await.is_ok());
    let replayed = answer(core, &asked.ceremony, &shown).await;
    assert!(matches!(replayed, Err(SignInError::Expired)), "{replayed:?}");
    let another = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    assert_wrong(&answer(core, &another.ceremony, &shown).await, "replayed to another question");
    let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    let shown = device.show(&asked.options);
    house.clock.advance(LIFE_MS);
    let late = answer(core, &asked.ceremony, &shown).await;
    assert!(matches!(late, Err(SignInError::Expired)), "{late:?}");
}

#[tokio::test]
async fn who_may_not_sign_in_does_not_with_a_passkey_either() {
    let house = House::new().await;
    let core = &house.core;
    let reseller = core.add_person("reseller", "R", Role::Reseller, None, PASSWORD).await.unwrap();
    let customer = core.add_person("customer", "C", Role::Customer, Some(reseller), PASSWORD).await.unwrap();
    let admin = core.add_person("admin", "A", Role::Administrator, None, PASSWORD).await.unwrap();
    let me = signed_in(core, "customer").await;
    let mut device = Authenticator::at(HOST);
    add(core, &me, &mut device, "phone").await.unwrap();
    let enabled = |enabled| PersonUpdate { enabled: Some(enabled), ..PersonUpdate::default() };
    for (id, why) in [(customer, "disabled"), (reseller, "suspended")] {
        update(&house, id, enabled(false)).await;
        assert_wrong(&sign_in(core, &mut device).await, why);
        update(&house, id, enabled(true)).await;
        assert!(sign_in(core, &mut device).await.is_ok(), "not {why} any more");
    }
    core.delete_person(&administrator(), customer).await.unwrap();
    assert_wrong(&sign_in(core, &mut device).await, "deleted");

    let boss = signed_in(core, "admin").await;
    let mut device = Authenticator::at(HOST);
    add(core, &boss, &mut device, "phone").await.unwrap();
    let networks = vec!["192.0.2.0/24".parse().unwrap()];
    let refused = PanelSettings { access: AccessMode::AllowedExcept, networks, ..PanelSettings::default() };
    core.set_panel_settings(&Operator::at_the_command_line(), refused).await.unwrap();
    assert_wrong(&sign_in(core, &mut device).await, "networks of administrators");
    core.set_panel_settings(&Operator::at_the_command_line(), PanelSettings::default()).await.unwrap();
    assert!(people::by_id(&core.store, admin).await.unwrap().is_some());
}

#[tokio::test]
async fn wrong_passkeys_lock_the_address_and_caps_hold() {
    let (house, _, mut device, _) = with_passkey().await;
    let core = &house.core;
    let one = PanelSettings { sessions_per_login: Some(1), ..PanelSettings::default() };
    core.set_panel_settings(&Operator::at_the_command_line(), one).await.unwrap();
    let full = sign_in(core, &mut device).await;
    assert!(matches!(full, Err(SignInError::Elsewhere)), "{full:?}");
    let asked = core.begin_passkey_sign_in(HOST, ip()).unwrap();
    let shown = device.show(&asked.options);
    let replacing =
        PasskeySignIn { ceremony: &asked.ceremony, answer: &shown, replace: true, ip: ip(), user_agent: "" };
    assert!(core.sign_in_with_passkey(replacing).await.is_ok());

    let mut stranger = Authenticator::at(HOST);
    stranger.user.clone_from(&device.user);
    for _ in 0..3 {
        assert_wrong(&sign_in(core, &mut stranger).await, "unknown");
    }
    let locked = sign_in(core, &mut device).await;
    assert!(matches!(locked, Err(SignInError::Refused(_))), "{locked:?}");
}

#[tokio::test]
async fn a_removed_passkey_is_worth_nothing_and_its_other_sessions_end() {
    let (house, me, mut device, row) = with_passkey().await;
    let core = &house.core;
    let [here, there] =
        [sign_in(core, &mut device).await, sign_in(core, &mut device).await].map(|secret| secret.unwrap());
    let operator = core.panel_operator(&here, ip(), true).await.unwrap().unwrap();
    core.rename_passkey(&operator, row.id, "old phone").await.unwrap();
    assert_eq!(core.profile(&me).await.unwrap().passkeys[0].name, "old phone");
    core.remove_passkey(&operator, row.id).await.unwrap();
    assert_eq!(house.audit().await[0].action, "profile.passkey_remove");
    assert!(core.panel_operator(&here, ip(), true).await.unwrap().is_some(), "who removes it stays");
    assert!(core.panel_operator(&there, ip(), true).await.unwrap().is_none());
    assert_eq!(core.why_over(&there).await.unwrap(), Some(SessionEnd::Passkey));
    assert!(core.profile(&me).await.is_ok(), "the session of a password goes on");
    assert_wrong(&sign_in(core, &mut device).await, "removed");
    let again = core.remove_passkey(&operator, row.id).await;
    assert!(matches!(again, Err(OrderError::NotFound)), "{again:?}");
}

#[tokio::test]
async fn passkeys_of_others_are_not_there() {
    let (house, _, _, row) = with_passkey().await;
    house.core.add_person("other", "Other", Role::Customer, None, PASSWORD).await.unwrap();
    let other = signed_in(&house.core, "other").await;
    let unknown = PasskeyId(uuid::Uuid::nil());
    for id in [row.id, unknown] {
        let answer = house.core.rename_passkey(&other, id, "mine").await;
        assert!(matches!(answer, Err(OrderError::NotFound)), "{answer:?}");
        let answer = house.core.remove_passkey(&other, id).await;
        assert!(matches!(answer, Err(OrderError::NotFound)), "{answer:?}");
    }
    assert_eq!(house.core.profile(&other).await.unwrap().passkeys, []);
}

#[tokio::test]
async fn an_administrator_sees_how_many_there_are_and_removes_them_all() {
    let (house, me, mut device, _) = with_passkey().await;
    let core = &house.core;
    add(core, &me, &mut Authenticator::at(HOST), "second").await.unwrap();
    let secret = sign_in(core, &mut device).await.unwrap();
    assert_eq!(core.person(&administrator(), house.owner).await.unwrap().passkeys, 2);
    let lost = PersonUpdate { passkeys: Some(false), ..PersonUpdate::default() };
    let receipt = core.change_person(&administrator(), house.owner, &lost).await.unwrap();
    assert_eq!((receipt.person.passkeys, receipt.panel_sessions), (0, 1));
    assert!(core.panel_operator(&secret, ip(), true).await.unwrap().is_none());
    assert!(core.profile(&me).await.is_ok(), "the session of a password goes on");
    assert_wrong(&sign_in(core, &mut device).await, "removed");
    let entry = house.audit().await.into_iter().find(|entry| entry.action == "person.change").unwrap();
    assert_eq!(entry.after, Some(serde_json::json!({"passkeys": 0})));
    let boss = core.add_person("boss", "Boss", Role::Administrator, None, PASSWORD).await.unwrap();
    let own = core.change_person(&signed_in(core, "boss").await, boss, &lost).await;
    assert_invalid(&own, "passkeys");
}
