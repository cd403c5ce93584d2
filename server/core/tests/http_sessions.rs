use crate::{House, PASSWORD, administrator, operator, owner_of};
use std::sync::Arc;
use wharf_core::{
    http_sessions::{Caller, Credentials, HttpSession},
    logins::LoginError,
    orders::OrderError,
    permits::Scope,
};
use wharf_model::{
    accounts::{AccountSearch, Limits},
    chat::SendMode,
    ids::AccountId,
    kicks::KickOrder,
    people::Role,
    sessions::Protocol,
};

const MINUTE: i64 = 60 * 1000;

fn from(ip: &str) -> Caller<'static> {
    Caller {
        peer: format!("{ip}:40000").parse().unwrap(),
        local: "127.0.0.1:8444".parse().unwrap(),
        secure: true,
        host: None,
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }
}

fn shown<'a>(name: &'a str, password: &'a str) -> Credentials<'a> {
    Credentials { name, password, code: Some("") }
}

async fn sign_in(house: &House, name: &str) -> Result<(String, Arc<HttpSession>), LoginError> {
    house.core.http_sign_in(from("192.0.2.1"), shown(name, PASSWORD)).await
}

fn count(house: &House) -> usize {
    house.core.sessions.list(&Scope::All).len()
}

async fn id_of(house: &House, login: &str) -> AccountId {
    let search = AccountSearch { search: login.to_owned(), ..AccountSearch::default() };
    house.core.accounts(&administrator(), &search).await.unwrap().items[0].id
}

fn is_in(house: &House, secret: &str) -> bool {
    house.core.http_session(secret, "192.0.2.1".parse().unwrap()).is_some()
}

#[tokio::test]
async fn a_browser_is_in_from_sign_in_to_sign_out() {
    let house = House::new().await;
    let (secret, session) = sign_in(&house, "ann").await.unwrap();
    assert_eq!((session.protocol, session.row(0).client.as_deref()), (Protocol::Http, Some("Firefox 140 on Linux")));
    drop(session);
    assert!(is_in(&house, &secret) && count(&house) == 1);
    assert!(!is_in(&house, "another secret"));
    house.core.http_sign_out(&secret);
    assert!(!is_in(&house, &secret));
    assert_eq!((count(&house), house.core.http_farewell(&secret)), (0, None));
}

#[tokio::test]
async fn who_is_idle_for_too_long_is_out_and_learns_why() {
    let house = House::new().await;
    let limits = Limits { idle_seconds: Some(120), ..Limits::default() };
    house.add_account("acme.example", "short", limits).await;
    let (long, _) = sign_in(&house, "ann").await.unwrap();
    let (short, _) = sign_in(&house, "short").await.unwrap();
    house.clock.advance(2 * MINUTE);
    house.core.tidy_http_sessions();
    assert!(is_in(&house, &long) && !is_in(&house, &short));
    assert_eq!(house.core.http_farewell(&short).unwrap(), "You were signed out after 2 min without a request.");
    house.clock.advance(20 * MINUTE);
    house.core.http_session(&long, "192.0.2.1".parse().unwrap()).unwrap().command("GET", true);
    house.clock.advance(20 * MINUTE);
    house.core.tidy_http_sessions();
    assert!(is_in(&house, &long), "a request is activity");
    house.clock.advance(40 * MINUTE);
    house.core.tidy_http_sessions();
    assert_eq!(count(&house), 0);
    house.clock.advance(60 * MINUTE);
    house.core.tidy_http_sessions();
    assert_eq!(house.core.http_farewell(&short), None, "it is not told for ever");
}

#[tokio::test]
async fn a_kicked_browser_is_told_what_the_operator_said() {
    let house = House::new().await;
    let (secret, session) = sign_in(&house, "ann").await.unwrap();
    let id = session.id;
    drop(session);
    let order = KickOrder { message: "Back at nine".into(), ..KickOrder::default() };
    house.core.kick(&administrator(), &[id], &order).await.unwrap();
    assert!(!is_in(&house, &secret));
    while count(&house) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.core.http_farewell(&secret).unwrap(), "Back at nine");
}

#[tokio::test]
async fn requests_of_one_client_at_once_are_one_session() {
    let house = House::new().await;
    let ask = |agent: &'static str, password: &'static str| {
        let core = house.core.clone();
        async move { core.http_client(Caller { user_agent: agent, ..from("192.0.2.1") }, "ann", password).await }
    };
    let all: Vec<_> = (0..8).map(|_| tokio::spawn(ask("rclone/1", PASSWORD))).collect();
    let mut sessions = Vec::new();
    for one in all {
        sessions.push(one.await.unwrap().unwrap());
    }
    assert!(sessions.iter().all(|session| session.id == sessions[0].id));
    assert_eq!(count(&house), 1);
    ask("davfs2/1", PASSWORD).await.unwrap();
    assert_eq!(count(&house), 2);
    assert!(matches!(ask("rclone/1", "wrong").await, Err(LoginError::Incorrect)));
    assert_eq!(count(&house), 2);
}

#[tokio::test]
async fn messages_wait_for_a_page_and_stay_for_the_next() {
    let house = House::new().await;
    let (_, session) = sign_in(&house, "ann").await.unwrap();
    house.core.send_message(&administrator(), session.id, "hello", SendMode::NextReply).await.unwrap();
    assert_eq!(session.said(), []);
    let news = session.news();
    house.core.http_take_messages(&session);
    assert!(news.has_changed().unwrap());
    house.core.http_message(&session, "hi").await.unwrap();
    let said = session.said();
    let texts: Vec<_> = said.iter().map(|message| (&*message.who, &*message.text)).collect();
    assert_eq!(texts, [("test", "hello"), ("ann", "hi")]);
}

#[tokio::test]
async fn a_ticket_lets_an_operator_in_once_and_for_an_hour() {
    let house = House::new().await;
    let ann = id_of(&house, "ann").await;
    let ticket = house.core.http_ticket(&owner_of(house.domain), ann).await.unwrap();
    let enter = async |ticket: &str| house.core.http_enter(from("192.0.2.1"), ticket).await;
    assert!(matches!(enter("made up").await, Err(LoginError::Incorrect)));
    let (secret, session) = enter(&ticket).await.unwrap();
    assert_eq!((session.actor(), &*session.identity().login), (Some("test"), "ann"));
    assert_eq!(session.row(0).client.as_deref(), Some("Firefox 140 on Linux, test"));
    assert!(matches!(enter(&ticket).await, Err(LoginError::Incorrect)), "good once");
    assert_eq!(house.audit().await[0].action, "account.sign_in_as");
    drop(session);
    for _ in 0..3 {
        house.clock.advance(20 * MINUTE - 1);
        house.core.tidy_http_sessions();
        house.core.http_session(&secret, "192.0.2.1".parse().unwrap()).unwrap().command("GET", true);
    }
    house.clock.advance(MINUTE);
    house.core.tidy_http_sessions();
    assert!(!is_in(&house, &secret), "however much is done");

    let late = house.core.http_ticket(&administrator(), ann).await.unwrap();
    house.clock.advance(MINUTE);
    assert!(matches!(enter(&late).await, Err(LoginError::Incorrect)));
}

#[tokio::test]
async fn tickets_are_for_accounts_in_sight_and_mailbox_owners_have_their_own() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let ann = id_of(&house, "ann").await;
    let foreign = house.core.http_ticket(&owner_of(other), ann).await;
    assert!(matches!(foreign, Err(OrderError::NotFound)), "{foreign:?}");
    let auditor = house.core.http_ticket(&operator(Role::Auditor, Scope::All), ann).await;
    assert!(matches!(auditor, Err(OrderError::Forbidden(_))), "{auditor:?}");
    let own = operator(Role::MailboxOwner, Scope::Account(ann));
    let ticket = house.core.http_ticket(&own, ann).await.unwrap();
    let (_, session) = house.core.http_enter(from("192.0.2.1"), &ticket).await.unwrap();
    assert_eq!(session.actor(), None);
    house.add_account("acme.example", "bob", Limits::default()).await;
    let bob = house.core.http_ticket(&own, id_of(&house, "bob").await).await;
    assert!(matches!(bob, Err(OrderError::Forbidden(_))), "{bob:?}");
}
