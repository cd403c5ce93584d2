//! Accounts as operators manage them: who may, what ends sessions, what the audit log says.

use crate::{House, PASSWORD, account as order, administrator, download, login, operator, owner_of};
use wharf_core::{
    logins::LoginError,
    orders::OrderError,
    permits::{Operator, Scope},
    sessions::{EndCause, Loss, SessionHandle},
};
use wharf_model::{
    accounts::{AccountChange, AccountDraft, AccountSearch, AccountState, Limits, Permissions, SshAuth, StateFilter},
    ids::AccountId,
    people::Role,
    sessions::UserType,
};

const NEW: &str = "another horse";
const HOUR: i64 = 60 * 60 * 1_000;

fn draft(login: &str) -> AccountDraft {
    AccountDraft {
        domain: "acme.example".to_owned(),
        login: login.to_owned(),
        password: PASSWORD.to_owned(),
        home: String::new(),
        user_type: UserType::WebUser,
        permissions: Permissions::ALL,
        limits: Limits::default(),
        expires_at: None,
    }
}

fn switched(enabled: bool) -> AccountChange {
    AccountChange { enabled: Some(enabled), ..AccountChange::default() }
}

fn password(password: &str) -> AccountChange {
    AccountChange { password: Some(password.to_owned()), ..AccountChange::default() }
}

async fn ann(house: &House) -> AccountId {
    house.core.account_called("ann@acme.example").await.unwrap().unwrap().account.id
}

/// Changes ann. How many sessions were told to end.
async fn change(house: &House, change: &AccountChange) -> u32 {
    house.core.change_account(&owner_of(house.domain), ann(house).await, change).await.unwrap().ended
}

fn loss(session: &SessionHandle) -> Option<Loss> {
    session.ending().map(|ending| match ending.cause {
        EndCause::Lost(loss) => loss,
        other => panic!("{other:?}"),
    })
}

async fn attempt(house: &House, password: &str) -> Result<(), LoginError> {
    let session = house.connect("192.0.2.77");
    house.core.log_in(&session, &login("ann@acme.example", password)).await.map(drop)
}

/// Which field is wrong.
#[track_caller]
fn field<T: std::fmt::Debug>(answer: Result<T, OrderError>) -> &'static str {
    match answer.unwrap_err() {
        OrderError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_account_logs_in_and_its_password_is_written_nowhere() {
    let house = House::new().await;
    let limits = Limits { sessions: Some(2), ..Limits::default() };
    let wanted = AccountDraft {
        home: "/web/bob".to_owned(),
        permissions: Permissions::READ_ONLY,
        limits,
        user_type: UserType::SubAccount,
        ..draft(" bob ")
    };
    let made = house.core.create_account(&owner_of(house.domain), &wanted).await.unwrap();
    assert_eq!((&*made.row.login, &*made.row.domain, &*made.home), ("bob", "acme.example", "/web/bob"));
    assert_eq!((made.row.user_type, made.permissions, made.limits), (wanted.user_type, wanted.permissions, limits));
    assert!(house.directory.path().join("web/bob").is_dir());
    let session = house.log_in("192.0.2.1", "bob").await;
    assert_eq!(house.core.account(&administrator(), made.row.id).await.unwrap().row.sessions, 1);
    drop(session);
    let audit = house.audit().await;
    assert_eq!((&*audit[0].action, &*audit[0].target), ("account.add", "bob@acme.example"));
    assert_eq!(audit[0].after.as_ref().unwrap()["limits"]["sessions"], 2);
    assert!(!format!("{audit:?}").contains(PASSWORD));
}

#[tokio::test]
async fn an_account_that_cannot_be_is_refused_with_its_field() {
    let house = House::new().await;
    let customer = owner_of(house.domain);
    house.add_domain("other.example").await;
    let limits = |limits| AccountDraft { limits, ..draft("bob") };
    let none = Limits::default();
    let cases = [
        ("domain", AccountDraft { domain: "nowhere.example".to_owned(), ..draft("bob") }),
        ("domain", AccountDraft { domain: "other.example".to_owned(), ..draft("bob") }),
        ("login", draft("")),
        ("login", draft("b@b")),
        ("login", draft("ann")),
        ("password", AccountDraft { password: "short".to_owned(), ..draft("bob") }),
        ("password", AccountDraft { password: "Bob-the-builder".to_owned(), ..draft("bob-the-builder") }),
        ("type", AccountDraft { user_type: UserType::Anonymous, ..draft("bob") }),
        ("home", AccountDraft { home: "a\0b".to_owned(), ..draft("bob") }),
        ("sessions", limits(Limits { sessions: Some(0), ..none })),
        ("sessions_per_ip", limits(Limits { sessions_per_ip: Some(0), ..none })),
        ("download_rate", limits(Limits { download_rate: Some(0), ..none })),
        ("upload_rate", limits(Limits { upload_rate: Some(0), ..none })),
        ("idle_seconds", limits(Limits { idle_seconds: Some(9), ..none })),
    ];
    for (expected, wanted) in cases {
        assert_eq!(field(house.core.create_account(&customer, &wanted).await), expected, "{wanted:?}");
    }
    assert!(!house.directory.path().join("bob").exists());
    assert!(house.audit().await.iter().all(|entry| entry.action != "account.add"));
}

#[tokio::test]
async fn a_home_leads_out_of_no_domain() {
    let house = House::new().await;
    let wanted = AccountDraft { home: "../../wharf-up".to_owned(), ..draft("bob") };
    house.core.create_account(&administrator(), &wanted).await.unwrap();
    assert!(house.directory.path().join("wharf-up").is_dir());
    assert!(!house.directory.path().parent().unwrap().join("wharf-up").exists());
}

#[tokio::test]
async fn a_disabled_account_loses_its_sessions_and_logs_in_no_more_until_it_is_enabled() {
    let house = House::new().await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    let sessions = [house.log_in("192.0.2.1", "ann").await, house.log_in("192.0.2.2", "ann").await];
    let bystander = house.log_in("192.0.2.1", "bob").await;
    let moving = download(&sessions[0], 1_000);
    assert_eq!(change(&house, &switched(false)).await, 2);
    for session in &sessions {
        assert_eq!(loss(session), Some(Loss::Disabled));
        session.killed().await;
        let lines = house.core.session_log(&administrator(), session.id, &wharf_model::logs::LogQuery::default()).await;
        assert!(format!("{lines:?}").contains("test ended the session: account disabled"), "{lines:?}");
    }
    assert!(moving.is_aborted());
    assert_eq!(loss(&bystander), None);
    assert!(matches!(attempt(&house, PASSWORD).await, Err(LoginError::Incorrect)));
    assert_eq!(change(&house, &switched(false)).await, 0, "it is so already");
    assert_eq!(change(&house, &switched(true)).await, 0);
    attempt(&house, PASSWORD).await.unwrap();
    let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).take(2).collect();
    assert_eq!(actions, ["account.enable", "account.disable"]);
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_the_old_one_is_worth_nothing() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let refused = house.core.change_account(&administrator(), ann(&house).await, &password("ann")).await;
    assert_eq!(field(refused), "password");
    assert_eq!(loss(&session), None);
    assert_eq!(change(&house, &password(NEW)).await, 1);
    assert_eq!(loss(&session), Some(Loss::Password));
    assert!(matches!(attempt(&house, PASSWORD).await, Err(LoginError::Incorrect)));
    attempt(&house, NEW).await.unwrap();
    let audit = house.audit().await;
    assert_eq!(audit[0].action, "account.password");
    let text = format!("{audit:?}");
    assert!(!text.contains(NEW) && !text.contains("argon2"), "{text}");
}

#[tokio::test]
async fn other_rights_and_another_home_end_sessions_and_hold_for_the_next_login() {
    let house = House::new().await;
    let first = house.log_in("192.0.2.1", "ann").await;
    let rights = AccountChange { permissions: Some(Permissions::READ_ONLY), ..AccountChange::default() };
    assert_eq!(change(&house, &rights).await, 1);
    assert_eq!(loss(&first), Some(Loss::Changed));
    // The first session is still there: it has been told, and its goodbye is on its way.
    let second = house.log_in("192.0.2.1", "ann").await;
    let home = AccountChange { home: Some("elsewhere".to_owned()), ..AccountChange::default() };
    assert_eq!(change(&house, &home).await, 1);
    assert_eq!((loss(&first), loss(&second)), (Some(Loss::Changed), Some(Loss::Changed)));
    let third = house.log_in("192.0.2.1", "ann").await;
    let files = &third.identity().unwrap().files;
    let directory = wharf_vfs::VPath::root().resolve(b"new").unwrap();
    assert!(files.mkdir(&directory).await.is_err(), "read only");
    std::fs::create_dir(house.directory.path().join("elsewhere/there")).unwrap();
    let there = wharf_vfs::VPath::root().resolve(b"there").unwrap();
    assert!(files.stat(&there).await.is_ok(), "the new home");
}

#[tokio::test]
async fn other_limits_end_nothing_and_hold_at_once() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    assert_eq!(session.identity().unwrap().quota().1, None);
    let limits = Limits { quota_bytes: Some(500), sessions: Some(1), ..Limits::default() };
    assert_eq!(change(&house, &AccountChange { limits: Some(limits), ..AccountChange::default() }).await, 0);
    assert_eq!(session.identity().unwrap().quota().1, Some(500));
    assert!(matches!(attempt(&house, PASSWORD).await, Err(LoginError::Refused(_))));
    let ssh = AccountChange { ssh_auth: Some(SshAuth::Key), ..AccountChange::default() };
    assert_eq!(change(&house, &ssh).await, 0);
    let audit = house.audit().await;
    assert_eq!(audit[0].action, "account.change");
    assert_eq!(
        (&audit[0].before.as_ref().unwrap()["ssh_auth"], &audit[0].after.as_ref().unwrap()["ssh_auth"]),
        (&"any".into(), &"key".into())
    );
    assert_eq!(audit[1].after.as_ref().unwrap()["limits"]["quota_bytes"], 500);
    assert_eq!(loss(&session), None);
}

#[tokio::test]
async fn the_time_of_an_account_is_over_also_for_its_sessions() {
    let house = House::new().await;
    let at = house.clock.now() + HOUR;
    let expiry = |at| AccountChange { expires_at: Some(at), ..AccountChange::default() };
    assert_eq!(change(&house, &expiry(Some(at))).await, 0);
    let session = house.log_in("192.0.2.1", "ann").await;
    house.clock.advance(HOUR - 1);
    house.core.end_expired().await.unwrap();
    assert_eq!(loss(&session), None);
    house.clock.advance(1);
    house.core.end_expired().await.unwrap();
    assert_eq!(loss(&session), Some(Loss::Expired));
    assert!(matches!(attempt(&house, PASSWORD).await, Err(LoginError::Incorrect)));
    assert_eq!(change(&house, &expiry(None)).await, 0);
    let session = house.log_in("192.0.2.1", "ann").await;
    assert_eq!(change(&house, &expiry(Some(at))).await, 1, "a time that is over already");
    assert_eq!(loss(&session), Some(Loss::Expired));
}

#[tokio::test]
async fn the_list_is_searched_by_state() {
    let house = House::new().await;
    house.add_account("acme.example", "off", Limits::default()).await;
    let mut old = order("acme.example", "old", Limits::default());
    old.expires_at = Some(house.clock.now());
    house.core.add_account(&old).await.unwrap();
    let off = house.core.account_called("off").await.unwrap().unwrap().account.id;
    house.core.change_account(&administrator(), off, &switched(false)).await.unwrap();
    for (state, expected) in [
        (
            StateFilter::All,
            vec![("ann", AccountState::Enabled), ("off", AccountState::Disabled), ("old", AccountState::Expired)],
        ),
        (StateFilter::Enabled, vec![("ann", AccountState::Enabled)]),
        (StateFilter::Disabled, vec![("off", AccountState::Disabled)]),
        (StateFilter::Expired, vec![("old", AccountState::Expired)]),
    ] {
        let search = AccountSearch { state, ..AccountSearch::default() };
        let page = house.core.accounts(&administrator(), &search).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|row| (&*row.login, row.state)).collect();
        assert_eq!((found, page.total), (expected.clone(), expected.len() as u64));
    }
}

#[tokio::test]
async fn codes_are_asked_for_and_no_more_and_their_secret_is_written_nowhere() {
    let house = House::new().await;
    let (id, customer) = (ann(&house).await, owner_of(house.domain));
    let uri = house.core.set_codes(&customer, id, true).await.unwrap().unwrap();
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert!(house.core.account(&customer, id).await.unwrap().one_time_codes);
    assert!(matches!(attempt(&house, PASSWORD).await, Err(LoginError::Incorrect)));
    assert_eq!(house.core.set_codes(&customer, id, false).await.unwrap(), None);
    attempt(&house, PASSWORD).await.unwrap();
    let audit = house.audit().await;
    assert_eq!([&*audit[0].action, &*audit[1].action], ["account.codes"; 2]);
    assert!(!format!("{audit:?}").contains(&secret));
}

/// Everything that can be asked of an account, by `operator`.
async fn every_order(house: &House, operator: &Operator, id: AccountId) -> Vec<OrderError> {
    let core = &house.core;
    vec![
        core.change_account(operator, id, &switched(false)).await.unwrap_err(),
        core.set_codes(operator, id, true).await.unwrap_err(),
        core.preview_account_deletion(operator, &[id]).await.unwrap_err(),
        core.delete_accounts(operator, &[id]).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn foreign_accounts_are_not_there_and_auditors_only_look() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let id = ann(&house).await;
    let stranger = owner_of(other);
    for id in [id, AccountId(uuid::Uuid::nil())] {
        assert!(matches!(house.core.account(&stranger, id).await, Err(OrderError::NotFound)));
        for error in every_order(&house, &stranger, id).await {
            assert!(matches!(error, OrderError::NotFound), "{error:?}");
        }
    }
    let auditor = operator(Role::Auditor, Scope::All);
    house.core.account(&auditor, id).await.unwrap();
    for error in every_order(&house, &auditor, id).await {
        assert!(matches!(error, OrderError::Forbidden(_)), "{error:?}");
    }
    assert!(matches!(house.core.create_account(&auditor, &draft("bob")).await, Err(OrderError::Forbidden(_))));
    assert_eq!(loss(&session), None);
    attempt(&house, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_login_that_overtakes_a_new_password_is_not_let_in_with_the_old_one() {
    let house = House::new().await;
    change(&house, &password("the old horse 0")).await;
    for round in 0..10 {
        let (old, new) = (format!("the old horse {round}"), password(&format!("the old horse {}", round + 1)));
        let session = house.connect(&format!("192.0.2.{round}"));
        let name = login("ann", &old);
        let (_, _) = tokio::join!(house.core.log_in(&session, &name), change(&house, &new));
        assert!(session.identity().is_none() || loss(&session) == Some(Loss::Password), "round {round}");
    }
}
