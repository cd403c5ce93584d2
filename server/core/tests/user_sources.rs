//! Users whom a domain does not know itself, and anonymous ones.

use crate::{House, PASSWORD, account, administrator, connection, login, operator, owner_of};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, Principal};
use wharf_core::{
    logins::{Login, LoginError},
    orders::OrderError,
    permits::Scope,
    sessions::{Caps, Connection, EndCause, Ending, Loss, Refusal, SessionHandle},
    ssh_logins::{Proof, SshLogin, Step},
    user_sources::{Asker, Sources},
};
use wharf_model::{
    accounts::{AccountChange, Limits, Permissions, SshAuth},
    anonymous::{Anonymous, AnonymousAccess},
    domains::DomainChange,
    ids::AccountId,
    people::Role,
    sessions::{Protocol, UserType},
    ssh_keys::SshKeyOrder,
    user_sources::{OutsideUsers, PamSource, RestSource, SourceKind, SourceTest, UserSource, Verdict},
};

const ADDRESS: &str = "192.0.2.1";

/// Logins that sources were asked about; tests use logins of their own.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A source that does what its name says.
#[derive(Debug)]
struct Told(String);

#[async_trait]
impl Authenticator for Told {
    async fn authenticate(&self, login: &str, shown: &Credentials) -> Result<Principal, AuthenticationError> {
        ASKED.lock().unwrap().push(login.to_owned());
        match &*self.0 {
            "hanging" => std::future::pending().await,
            "down" => Err(AuthenticationError::new("nobody there")),
            _ if shown.password.as_deref() == Some(PASSWORD) => Ok(Principal { username: login.to_owned() }),
            _ => Err(AuthenticationError::BadPassword),
        }
    }
}

pub(crate) fn sources() -> Sources {
    let open: fn(&UserSource, &str) -> Result<Asker, String> = |source, _| match source {
        UserSource::Pam(pam) => Ok(Box::new(Told(pam.service.clone()))),
        UserSource::Rest(_) => Ok(Box::new(Told("rest".to_owned()))),
    };
    let check: fn(&UserSource) -> Result<(), String> = |source| match source {
        UserSource::Pam(pam) if pam.service == "missing" => Err("there is no such service".to_owned()),
        _ => Ok(()),
    };
    Sources { open, check, ..Sources::default() }
}

fn pam(service: &str) -> OutsideUsers {
    let source = UserSource::Pam(PamSource { service: service.to_owned() });
    OutsideUsers { source: Some(source), permissions: Permissions::ALL }
}

fn asked(login: &str) -> usize {
    ASKED.lock().unwrap().iter().filter(|asked| *asked == login).count()
}

async fn set(house: &House, users: &OutsideUsers) -> u32 {
    house.core.set_outside_users(&administrator(), house.domain, users).await.unwrap().ended
}

async fn house(service: &str) -> House {
    let house = House::new().await;
    set(&house, &pam(service)).await;
    house
}

async fn attempt(house: &House, name: &str, password: &str) -> Result<SessionHandle, LoginError> {
    let session = house.connect(ADDRESS);
    house.core.log_in(&session, &login(name, password)).await?;
    Ok(session)
}

async fn account_id(house: &House, name: &str) -> Option<AccountId> {
    house.core.account_called(name).await.unwrap().map(|found| found.account.id)
}

async fn change(house: &House, id: AccountId, change: AccountChange) -> Result<(), OrderError> {
    house.core.change_account(&administrator(), id, &change).await.map(drop)
}

#[track_caller]
fn incorrect(outcome: Result<SessionHandle, LoginError>) {
    match outcome {
        Err(LoginError::Incorrect) => {}
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn field<T: std::fmt::Debug>(answer: Result<T, OrderError>) -> &'static str {
    match answer.unwrap_err() {
        OrderError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

fn over_ssh() -> Connection {
    Connection { protocol: Protocol::Sftp, secure: true, ..connection(ADDRESS) }
}

#[tokio::test]
async fn whom_the_source_knows_gets_a_home_and_an_account_of_its_type() {
    let house = house("yes").await;
    let session = attempt(&house, "guest@acme.example", PASSWORD).await.unwrap();
    let identity = session.identity().unwrap();
    assert_eq!((identity.user_type, &*identity.login), (UserType::NotRegistered, "guest"));
    assert_eq!(session.row(0).user_type, UserType::NotRegistered);
    assert!(house.directory.path().join("guest").is_dir());
    let id = account_id(&house, "guest@acme.example").await.unwrap();
    let detail = house.core.account(&administrator(), id).await.unwrap();
    assert_eq!((detail.row.user_type, &*detail.home), (UserType::NotRegistered, "guest"));
    assert_eq!((&*house.audit().await[0].action, &*house.audit().await[0].actor), ("account.add", "system"));
    // The second time it is the same one.
    let again = attempt(&house, "guest@acme.example", PASSWORD).await.unwrap();
    assert_eq!(again.identity().unwrap().account_id, id);
    let shown = house.core.outside_users(&administrator(), house.domain).await.unwrap();
    assert_eq!((shown.kind, shown.accounts), (SourceKind::Pam, 1));
}

#[tokio::test]
async fn a_login_needs_its_domain_from_name_or_client() {
    let house = house("yes").await;
    incorrect(attempt(&house, "bare", PASSWORD).await);
    assert_eq!(asked("bare"), 0);
    let session = house.connect(ADDRESS);
    let named = Login { domain: Some("ACME.example."), ..login("bare", PASSWORD) };
    house.core.log_in(&session, &named).await.unwrap();
    // Also when it has been here.
    incorrect(attempt(&house, "bare", PASSWORD).await);
    incorrect(attempt(&house, "bare@elsewhere.example", PASSWORD).await);
    assert_eq!(asked("bare"), 1);
}

#[tokio::test]
async fn own_accounts_are_never_asked_about() {
    let house = house("yes").await;
    for login in ["off", "deleted", "expired"] {
        house.add_account("acme.example", login, Limits::default()).await;
    }
    let id = async |login: &str| account_id(&house, &format!("{login}@acme.example")).await.unwrap();
    change(&house, id("off").await, AccountChange { enabled: Some(false), ..AccountChange::default() }).await.unwrap();
    let over = AccountChange { expires_at: Some(Some(1)), ..AccountChange::default() };
    change(&house, id("expired").await, over).await.unwrap();
    house.core.delete_accounts(&administrator(), &[id("deleted").await]).await.unwrap();
    for login in ["ann", "Ann", "off", "deleted", "DELETED", "expired"] {
        let password = if login == "ann" { "wrong password" } else { PASSWORD };
        let session = house.connect(&format!("192.0.2.{}", 10 + login.len() + usize::from(login.as_bytes()[0])));
        let name = format!("{login}@acme.example");
        let outcome = house.core.log_in(&session, &crate::login(&name, password)).await;
        assert!(matches!(outcome, Err(LoginError::Incorrect)), "{login}: {outcome:?}");
        assert_eq!(asked(login), 0, "{login}");
    }
    attempt(&house, "ann@acme.example", PASSWORD).await.unwrap();
    assert_eq!(asked("ann"), 0);
}

#[tokio::test]
async fn logins_that_could_be_no_account_are_not_asked_about() {
    let house = house("yes").await;
    for login in ["..", ".hidden", "a/b", "a\0b", "a b", "", "x@y", "anonymous", "ftp"] {
        house.clock.advance(130_000);
        incorrect(attempt(&house, &format!("{login}@acme.example"), PASSWORD).await);
        assert_eq!(asked(login), 0, "{login:?}");
    }
    for password in ["", "a\0b", &"x".repeat(2_000)] {
        house.clock.advance(130_000);
        incorrect(attempt(&house, "unlikely@acme.example", password).await);
    }
    assert_eq!(asked("unlikely"), 0);
}

#[tokio::test]
async fn a_wrong_password_counts_and_a_source_in_trouble_does_not() {
    let down = house("down").await;
    for _ in 0..5 {
        incorrect(attempt(&down, "unlucky@acme.example", PASSWORD).await);
    }
    assert_eq!(asked("unlucky"), 5);
    let house = house("yes").await;
    for _ in 0..3 {
        incorrect(attempt(&house, "guesser@acme.example", "wrong password").await);
    }
    let locked = house.core.admit(connection(ADDRESS));
    assert!(matches!(locked, Err(Refusal::LockedOut { .. })), "{locked:?}");
}

#[tokio::test]
async fn a_source_that_hangs_holds_up_no_login_of_our_own() {
    let house = Arc::new(house("hanging").await);
    let waiting: Vec<_> = (0..16)
        .map(|number| {
            let house = house.clone();
            tokio::spawn(async move { attempt(&house, &format!("hung{number}@acme.example"), PASSWORD).await.err() })
        })
        .collect();
    while ASKED.lock().unwrap().iter().filter(|login| login.starts_with("hung")).count() < waiting.len() {
        tokio::task::yield_now().await;
    }
    attempt(&house, "ann@acme.example", PASSWORD).await.unwrap();
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    // Nor does it hold up whoever ends the sessions that wait.
    for session in house.core.sessions.list(&Scope::All).iter().filter(|session| session.identity().is_none()) {
        session.end(Ending { cause: EndCause::Kicked, message: String::new(), by: None });
    }
    for outcome in waiting {
        assert!(matches!(outcome.await.unwrap(), Some(LoginError::Incorrect)));
    }
}

#[tokio::test]
async fn an_account_from_elsewhere_can_be_disabled_and_limited_like_any_other() {
    let house = house("yes").await;
    let session = attempt(&house, "capped@acme.example", PASSWORD).await.unwrap();
    let id = session.identity().unwrap().account_id;
    let limits = Limits { sessions: Some(1), ..Limits::default() };
    change(&house, id, AccountChange { limits: Some(limits), ..AccountChange::default() }).await.unwrap();
    let refused = attempt(&house, "capped@acme.example", PASSWORD).await;
    assert!(matches!(refused, Err(LoginError::Refused(Refusal::AccountFull))), "{refused:?}");
    change(&house, id, AccountChange { enabled: Some(false), ..AccountChange::default() }).await.unwrap();
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Disabled));
    let before = asked("capped");
    incorrect(attempt(&house, "capped@acme.example", PASSWORD).await);
    assert_eq!(asked("capped"), before, "who is disabled is not asked about");
}

#[tokio::test]
async fn an_account_from_elsewhere_has_nothing_here_to_log_in_with() {
    let house = house("yes").await;
    drop(attempt(&house, "keyless@acme.example", PASSWORD).await.unwrap());
    let id = account_id(&house, "keyless@acme.example").await.unwrap();
    let admin = administrator();
    let password = AccountChange { password: Some("another password".to_owned()), ..AccountChange::default() };
    assert_eq!(field(change(&house, id, password).await), "password");
    let own = AccountChange { user_type: Some(UserType::WebUser), ..AccountChange::default() };
    assert_eq!(field(change(&house, id, own).await), "type");
    let keys = AccountChange { ssh_auth: Some(SshAuth::Key), ..AccountChange::default() };
    assert_eq!(field(change(&house, id, keys).await), "ssh_auth");
    let incoming = Permissions { incoming: true, ..Permissions::ALL };
    let incoming = AccountChange { permissions: Some(incoming), ..AccountChange::default() };
    assert_eq!(field(change(&house, id, incoming).await), "permissions");
    let key = SshKeyOrder {
        public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti".to_owned(),
        ..SshKeyOrder::default()
    };
    assert_eq!(field(house.core.add_ssh_key(&admin, id, &key).await), "public_key");
    assert_eq!(field(house.core.set_codes(&admin, id, true).await), "login");
    set(&house, &OutsideUsers { source: None, permissions: Permissions::ALL }).await;
    incorrect(attempt(&house, "keyless@acme.example", PASSWORD).await);
}

#[tokio::test]
async fn another_source_ends_the_sessions_that_came_through_the_one_before() {
    let house = house("yes").await;
    let own = house.log_in(ADDRESS, "ann").await;
    let session = attempt(&house, "moved@acme.example", PASSWORD).await.unwrap();
    assert_eq!(set(&house, &pam("yes")).await, 0, "nothing has changed");
    let fewer = OutsideUsers { permissions: Permissions::READ_ONLY, ..pam("yes") };
    assert_eq!(set(&house, &fewer).await, 1);
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Changed));
    let session = attempt(&house, "moved@acme.example", PASSWORD).await.unwrap();
    assert_eq!(session.identity().unwrap().files.permissions(), Permissions::READ_ONLY);
    assert_eq!(set(&house, &OutsideUsers { source: None, permissions: Permissions::ALL }).await, 1);
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Disabled));
    assert!(own.ending().is_none());
    let audit = house.audit().await;
    assert_eq!((&*audit[0].action, audit[0].after.as_ref().unwrap()["source"].is_null()), ("domain.users", true));
}

#[tokio::test]
async fn a_home_that_is_somebody_elses_is_given_to_nobody() {
    let house = house("yes").await;
    let order = wharf_core::accounts::AccountOrder {
        home: Some("./httpdocs/own"),
        ..account("acme.example", "web", Limits::default())
    };
    house.core.add_account(&order).await.unwrap();
    let refused = attempt(&house, "httpdocs@acme.example", PASSWORD).await;
    assert!(matches!(refused, Err(LoginError::NoHome)), "{refused:?}");
    assert!(account_id(&house, "httpdocs@acme.example").await.is_none());
}

#[tokio::test]
async fn where_tls_is_needed_no_password_in_clear_is_passed_on() {
    let house = house("yes").await;
    let tls = DomainChange { require_tls: Some(true), ..DomainChange::default() };
    house.core.change_domain(&administrator(), house.domain, &tls).await.unwrap();
    let anonymous = Anonymous { access: AnonymousAccess::ReadOnly, ..Anonymous::default() };
    house.core.set_anonymous(&administrator(), house.domain, &anonymous).await.unwrap();
    incorrect(attempt(&house, "clear@acme.example", PASSWORD).await);
    incorrect(attempt(&house, "anonymous@acme.example", "me@example.com").await);
    assert_eq!(asked("clear"), 0);
    for name in ["clear@acme.example", "anonymous@acme.example"] {
        let session = house.connect("192.0.2.2");
        house.core.log_in(&session, &Login { secure: true, ..login(name, PASSWORD) }).await.unwrap();
    }
}

#[tokio::test]
async fn over_ssh_the_password_is_all_there_is() {
    let house = house("yes").await;
    let anonymous = Anonymous { access: AnonymousAccess::ReadOnly, ..Anonymous::default() };
    house.core.set_anonymous(&administrator(), house.domain, &anonymous).await.unwrap();
    let session = house.core.admit(over_ssh()).unwrap();
    let mut login = SshLogin::default();
    let wrong = house.core.log_in_over_ssh(&session, &mut login, "shell@acme.example", Proof::Password("wrong")).await;
    assert!(matches!(wrong, Err(LoginError::Incorrect)), "{wrong:?}");
    let step = house.core.log_in_over_ssh(&session, &mut login, "shell@acme.example", Proof::Password(PASSWORD)).await;
    let Ok(Step::LoggedIn(identity)) = step else { panic!("{step:?}") };
    assert_eq!(identity.user_type, UserType::NotRegistered);
    let session = house.core.admit(over_ssh()).unwrap();
    let mut login = SshLogin::default();
    let principals = ["anonymous@acme.example".to_owned()];
    for proof in [Proof::Password("x"), Proof::Certificate { fingerprint: "x", principals: &principals }] {
        let step = house.core.log_in_over_ssh(&session, &mut login, "anonymous@acme.example", proof).await;
        assert!(matches!(step, Err(LoginError::Incorrect)), "{step:?}");
    }
}

#[tokio::test]
async fn sources_are_for_who_may_make_domains_and_others_see_the_kind_alone() {
    let house = House::new().await;
    let rest = RestSource { url: "http://127.0.0.1:9/secret-path".to_owned(), ..RestSource::default() };
    let users = OutsideUsers { source: Some(UserSource::Rest(rest.clone())), permissions: Permissions::READ_ONLY };
    set(&house, &users).await;
    let scope = || Scope::Domains(Arc::new([house.domain].into()));
    let test = SourceTest { source: UserSource::Rest(rest), login: "a".to_owned(), password: PASSWORD.to_owned() };
    for who in [owner_of(house.domain), operator(Role::Reseller, scope()), operator(Role::Auditor, Scope::All)] {
        let shown = house.core.outside_users(&who, house.domain).await.unwrap();
        assert_eq!((shown.kind, shown.source, shown.permissions), (SourceKind::Rest, None, Permissions::READ_ONLY));
        let refused = house.core.set_outside_users(&who, house.domain, &users).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
        let refused = house.core.test_source(&who, house.domain, &test).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    }
    let shown = house.core.outside_users(&administrator(), house.domain).await.unwrap();
    assert_eq!(shown.source, users.source);
    assert!(!format!("{:?}", house.audit().await).contains("{password}"), "a body may have a secret in it");
}

#[tokio::test]
async fn a_source_that_cannot_be_is_refused_with_its_field() {
    let house = House::new().await;
    let url = |url: &str| RestSource { url: url.to_owned(), ..RestSource::default() };
    let body = |body: &str| RestSource { body: body.to_owned(), ..url("https://a.example/") };
    let long = "x".repeat(5_000);
    let rest = [
        ("url", url("")),
        ("url", url("ftp://a.example/")),
        ("url", url("a.example/check")),
        ("url", url("https://ann:secret@a.example/")),
        ("url", url("https://a.example/?p={password}")),
        ("url", url("https://{login}.a.example/")),
        ("url", url(&format!("https://a.example/{long}"))),
        ("body", body("")),
        ("body", body(r#"{"login":"{login}"}"#)),
        ("body", body(r#"{"password":"{password}"}"#)),
        ("body", body(r#"{"login":{login},"password":"{password}"}"#)),
        ("field", RestSource { field: long.clone(), ..url("https://a.example/") }),
    ];
    let rest = rest.map(|(field, rest)| (field, UserSource::Rest(rest)));
    let pam = ["", "../login", "a b", ".x", "missing"];
    let pam = pam.map(|service| ("service", UserSource::Pam(PamSource { service: service.to_owned() })));
    for (expected, source) in rest.into_iter().chain(pam) {
        let told = format!("{source:?}");
        let users = OutsideUsers { source: Some(source.clone()), permissions: Permissions::ALL };
        let answer = house.core.set_outside_users(&administrator(), house.domain, &users).await;
        assert_eq!(field(answer), expected, "{told}");
        let test = SourceTest { source, login: "a".to_owned(), password: "b".to_owned() };
        assert_eq!(field(house.core.test_source(&administrator(), house.domain, &test).await), expected, "{told}");
    }
    let form = RestSource { body: "l={login}&p={password}".to_owned(), ..url("http://127.0.0.1/{domain}?ip={ip}") };
    set(&house, &OutsideUsers { source: Some(UserSource::Rest(form)), permissions: Permissions::ALL }).await;
}

#[tokio::test]
async fn a_test_tells_what_the_source_says_and_makes_no_account() {
    let house = House::new().await;
    for (service, password, verdict) in [
        ("yes", PASSWORD, Verdict::Yes),
        ("yes", "wrong", Verdict::No),
        ("yes", "", Verdict::No),
        ("down", PASSWORD, Verdict::Trouble),
    ] {
        let source = UserSource::Pam(PamSource { service: service.to_owned() });
        let test = SourceTest { source, login: "tried".to_owned(), password: password.to_owned() };
        let answer = house.core.test_source(&administrator(), house.domain, &test).await.unwrap();
        assert_eq!(answer.verdict, verdict);
        assert_eq!(answer.reason.is_empty(), verdict == Verdict::Yes);
    }
    assert!(account_id(&house, "tried@acme.example").await.is_none());
    assert!(!format!("{:?}", house.audit().await).contains(PASSWORD));
}

fn read_only() -> Anonymous {
    Anonymous { access: AnonymousAccess::ReadOnly, ..Anonymous::default() }
}

#[tokio::test]
async fn anonymous_users_come_in_only_where_they_may() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    for name in ["anonymous@acme.example", "ftp@acme.example", "anonymous", "ftp"] {
        house.clock.advance(130_000);
        incorrect(attempt(&house, name, "me@example.com").await);
    }
    house.core.set_anonymous(&administrator(), house.domain, &read_only()).await.unwrap();
    for name in ["anonymous@acme.example", "ftp@acme.example", "anonymous", "ftp"] {
        let session = attempt(&house, name, "me@example.com").await.unwrap();
        let identity = session.identity().unwrap();
        assert_eq!((identity.user_type, &*identity.login), (UserType::Anonymous, "anonymous"));
        let files = &identity.files;
        assert!(files.permissions().read && !files.permissions().write);
    }
    incorrect(attempt(&house, "anonymous@other.example", "x").await);
    incorrect(attempt(&house, "anonymous@unknown.example", "x").await);
    house.core.set_anonymous(&administrator(), other, &read_only()).await.unwrap();
    house.clock.advance(130_000);
    incorrect(attempt(&house, "anonymous", "x").await);
    attempt(&house, "anonymous@other.example", "x").await.unwrap();
}

#[tokio::test]
async fn what_changes_for_anonymous_users_ends_their_sessions() {
    let house = House::with(Caps::default(), Limits::default()).await;
    let admin = administrator();
    let set = async |settings: &Anonymous| house.core.set_anonymous(&admin, house.domain, settings).await.unwrap();
    let limits = Limits { sessions: Some(1), download_rate: Some(1_000), ..Limits::default() };
    set(&Anonymous { limits, ..read_only() }).await;
    let session = attempt(&house, "ftp@acme.example", "x").await.unwrap();
    let full = attempt(&house, "anonymous@acme.example", "x").await;
    assert!(matches!(full, Err(LoginError::Refused(Refusal::AccountFull))), "{full:?}");
    assert_eq!(set(&read_only()).await.ended, 0, "limits end nothing");
    let incoming = Anonymous { access: AnonymousAccess::Incoming, folder: "/pub/./files".to_owned(), ..read_only() };
    let changed = set(&incoming).await;
    assert_eq!((changed.ended, &*changed.anonymous.settings.folder), (1, "pub/files"));
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Changed));
    assert!(house.directory.path().join("pub/files/incoming").is_dir());
    let session = attempt(&house, "anonymous", "x").await.unwrap();
    assert!(session.identity().unwrap().files.permissions().incoming);
    let off = set(&Anonymous { access: AnonymousAccess::Off, ..incoming }).await;
    assert_eq!((off.ended, off.anonymous.settings.access), (1, AnonymousAccess::Off));
    assert_eq!(session.ending().unwrap().cause, EndCause::Lost(Loss::Disabled));
    incorrect(attempt(&house, "anonymous", "x").await);
    let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).take(2).collect();
    assert_eq!(actions, ["domain.anonymous", "domain.anonymous"]);
}

#[tokio::test]
async fn disabling_the_account_behind_anonymous_users_switches_them_off() {
    let house = House::new().await;
    let admin = administrator();
    let shown = house.core.set_anonymous(&admin, house.domain, &read_only()).await.unwrap().anonymous;
    let id = shown.account_id.unwrap();
    change(&house, id, AccountChange { enabled: Some(false), ..AccountChange::default() }).await.unwrap();
    let shown = house.core.anonymous(&admin, house.domain).await.unwrap();
    assert_eq!(shown.settings.access, AnonymousAccess::Off);
    incorrect(attempt(&house, "anonymous", "x").await);
    for (expected, wanted) in [
        ("permissions", AccountChange { permissions: Some(Permissions::ALL), ..AccountChange::default() }),
        ("home", AccountChange { home: Some("/".to_owned()), ..AccountChange::default() }),
        ("password", AccountChange { password: Some(PASSWORD.to_owned()), ..AccountChange::default() }),
    ] {
        assert_eq!(field(change(&house, id, wanted).await), expected);
    }
}

#[tokio::test]
async fn anonymous_settings_that_cannot_be_are_refused_with_their_field() {
    let house = House::new().await;
    let admin = administrator();
    let folder = |folder: &str| Anonymous { folder: folder.to_owned(), ..read_only() };
    let none = Limits { sessions: Some(0), ..Limits::default() };
    for (expected, wanted) in [
        ("folder", folder("")),
        ("folder", folder("/")),
        ("folder", folder("a/..")),
        ("folder", folder("a\0b")),
        ("folder", folder(&"x".repeat(2_000))),
        ("sessions", Anonymous { limits: none, ..read_only() }),
        ("access", Anonymous { access: AnonymousAccess::Off, ..folder("elsewhere") }),
    ] {
        let answer = house.core.set_anonymous(&admin, house.domain, &wanted).await;
        assert_eq!(field(answer), expected, "{wanted:?}");
    }
    house.add_account("acme.example", "ftp", Limits::default()).await;
    house.core.set_anonymous(&admin, house.domain, &read_only()).await.unwrap();
    let own = attempt(&house, "ftp", PASSWORD).await.unwrap();
    assert_eq!(own.identity().unwrap().user_type, UserType::WebUser, "own accounts come first");
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "anonymous", Limits::default()).await;
    assert_eq!(field(house.core.set_anonymous(&admin, other, &read_only()).await), "access");
    for who in [owner_of(house.domain), operator(Role::Auditor, Scope::All)] {
        assert!(house.core.anonymous(&who, house.domain).await.is_ok());
        let refused = house.core.set_anonymous(&who, house.domain, &read_only()).await;
        assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    }
    let foreign = house.core.anonymous(&owner_of(house.domain), other).await;
    assert!(matches!(foreign, Err(OrderError::NotFound)), "{foreign:?}");
}
