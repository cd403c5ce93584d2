use crate::{House, PASSWORD, administrator, connection, login, operator, owner_of};
use serde_json::json;
use wharf_core::{
    logins::LoginError,
    orders::OrderError,
    permits::{Forbidden, Scope},
    sessions::{EndCause, Refusal},
};
use wharf_model::{
    accounts::Limits,
    bans::{Level, Reach},
    kicks::{Effect, KickAction, KickOrder, SessionFilter},
    people::Role,
};

fn order(message: &str) -> KickOrder {
    KickOrder { message: message.into(), ..KickOrder::default() }
}

#[tokio::test]
async fn the_receipt_says_which_sessions_were_there() {
    let house = House::new().await;
    let one = house.log_in("192.0.2.1", "ann").await;
    let two = house.connect("192.0.2.2");
    let gone = two.id;
    drop(two);
    let receipt = house.core.kick(&administrator(), &[one.id, gone], &order("")).await.unwrap();
    assert_eq!((receipt.ended, receipt.gone), (vec![one.id], vec![gone]));
    one.killed().await;
}

#[tokio::test]
async fn a_foreign_session_is_as_unknown_as_none() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let before_login = house.connect("192.0.2.2");
    let stranger = owner_of(other);
    let receipt = house.core.kick(&stranger, &[session.id, before_login.id], &order("")).await.unwrap();
    assert!(receipt.ended.is_empty());
    assert!(session.ending().is_none() && before_login.ending().is_none());
    assert_eq!(house.core.abort(&stranger, session.id, None).await, Ok(None));
    assert!(house.core.session_detail(&stranger, session.id).is_none());
    assert!(house.core.session_detail(&owner_of(house.domain), session.id).is_some());
}

#[tokio::test]
async fn a_read_only_administrator_ends_nothing() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let auditor = operator(Role::Auditor, Scope::All);
    let refused = house.core.kick(&auditor, &[session.id], &order("")).await;
    assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    assert_eq!(house.core.abort(&auditor, session.id, None).await, Err(Forbidden));
    assert!(session.ending().is_none());
}

#[tokio::test]
async fn a_kick_is_written_down_and_its_text_cannot_carry_control_characters() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.core.kick(&administrator(), &[session.id], &order("be gone\r\n230 Logged in\u{202e}")).await.unwrap();
    let message = &session.ending().unwrap().message;
    assert!(!message.contains(['\r', '\u{202e}']), "{message:?}");
    let entries = house.audit().await;
    assert_eq!(
        (entries[0].action.as_str(), entries[0].target.as_str()),
        ("session.kick", session.id.to_string().as_str())
    );
    assert_eq!(entries[0].detail["sessions"][0]["login"], "ann");
}

fn ban() -> KickOrder {
    KickOrder { action: KickAction::Ban, minutes: 10, reason: "spam".into(), ..KickOrder::default() }
}

fn block() -> KickOrder {
    KickOrder { action: KickAction::Block, ..KickOrder::default() }
}

fn disable() -> KickOrder {
    KickOrder { disable_account: true, ..KickOrder::default() }
}

#[tokio::test]
async fn a_ban_ends_every_session_it_matches_and_holds_until_it_expires() {
    let house = House::new().await;
    let chosen = house.log_in("192.0.2.1", "ann").await;
    let same_address = house.connect("192.0.2.1");
    let other = house.log_in("192.0.2.2", "ann").await;
    let receipt = house.core.kick(&administrator(), &[chosen.id], &ban()).await.unwrap();
    assert_eq!((receipt.ended, receipt.further), (vec![chosen.id], vec![same_address.id]));
    assert!(other.ending().is_none(), "blocking one must not lock out another");
    let banned = Refusal::Banned { minutes: 11 };
    assert_eq!(house.core.admit(connection("192.0.2.1")).unwrap_err(), banned);
    assert_eq!(house.core.admit(connection("::ffff:192.0.2.1")).unwrap_err(), banned, "IPv4 in IPv6 is IPv4");
    house.connect("192.0.2.3");
    let bans = house.core.bans(&administrator()).unwrap();
    assert_eq!((bans.len(), bans[0].hits, &*bans[0].reason, &*bans[0].by), (1, 2, "spam", "test"));
    house.clock.advance(600_000);
    house.connect("192.0.2.1");
    assert!(house.core.bans(&administrator()).unwrap().is_empty());
}

#[tokio::test]
async fn bans_rules_and_hits_survive_a_restart() {
    let house = House::new().await;
    let one = house.log_in("192.0.2.1", "ann").await;
    let two = house.log_in("192.0.2.2", "ann").await;
    house.core.kick(&administrator(), &[one.id], &ban()).await.unwrap();
    house.core.kick(&administrator(), &[two.id], &block()).await.unwrap();
    house.core.admit(connection("192.0.2.2")).unwrap_err();
    house.core.tidy_gate().await.unwrap();
    let again = house.restarted().await;
    assert_eq!(again.admit(connection("192.0.2.1")).unwrap_err(), Refusal::Banned { minutes: 11 });
    assert_eq!(again.admit(connection("192.0.2.2")).unwrap_err(), Refusal::NotAllowed);
    again.admit(connection("192.0.2.3")).unwrap();
    assert_eq!(again.rules(&administrator()).unwrap()[0].rules[0].hits, 2);
}

#[tokio::test]
async fn a_ban_of_the_domain_leaves_other_domains_alone() {
    let house = House::new().await;
    house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let ann = house.log_in("192.0.2.1", "ann").await;
    let bob = house.log_in("192.0.2.1", "bob").await;
    let owner = owner_of(house.domain);
    let server = KickOrder { scope: Some(Level::Server), ..ban() };
    let refused = house.core.kick(&owner, &[ann.id], &server).await;
    assert!(matches!(refused, Err(OrderError::Invalid { field: "scope", .. })), "{refused:?}");
    let receipt = house.core.kick(&owner, &[ann.id, bob.id], &ban()).await.unwrap();
    assert_eq!((receipt.ended, receipt.gone), (vec![ann.id], vec![bob.id]));
    assert!(bob.ending().is_none());
    let session = house.connect("192.0.2.1");
    let refused = house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap_err();
    assert!(matches!(refused, LoginError::Refused(Refusal::Banned { .. })), "{refused:?}");
    house.core.log_in(&session, &login("bob", PASSWORD)).await.unwrap();
    assert_eq!(house.core.bans(&owner).unwrap()[0].reach, Reach::Domain(house.domain));
}

#[tokio::test]
async fn a_block_comes_before_a_rule_that_allows_more() {
    let house = House::new().await;
    house.import("allow 192.0.2.0/24\nallow 192.0.2.200").await;
    let session = house.connect("192.0.2.1");
    let receipt = house.core.kick(&administrator(), &[session.id], &block()).await.unwrap();
    let [Effect::Rule { id, .. }] = receipt.effects[..] else { panic!("{receipt:?}") };
    assert_eq!(house.core.admit(connection("192.0.2.1")).unwrap_err(), Refusal::NotAllowed);
    house.connect("192.0.2.2");
    let rules = &house.core.rules(&administrator()).unwrap()[0].rules;
    assert_eq!((rules.len(), rules[0].id, rules[0].position), (3, id, 0));
    let undone = house.core.undo(&administrator(), &receipt.effects).await.unwrap();
    assert_eq!((undone.undone, undone.gone), (1, 0));
    house.connect("192.0.2.1");
    let undone = house.core.undo(&administrator(), &receipt.effects).await.unwrap();
    assert_eq!((undone.undone, undone.gone), (0, 1));
}

#[tokio::test]
async fn a_disabled_account_loses_all_sessions_and_logs_in_no_more() {
    let house = House::new().await;
    let chosen = house.log_in("192.0.2.1", "ann").await;
    let elsewhere = house.log_in("192.0.2.2", "ann").await;
    let receipt = house.core.kick(&administrator(), &[chosen.id], &disable()).await.unwrap();
    assert_eq!((receipt.ended, receipt.further), (vec![chosen.id], vec![elsewhere.id]));
    let session = house.connect("192.0.2.1");
    let refused = house.core.log_in(&session, &login("ann", PASSWORD)).await;
    assert!(matches!(refused, Err(LoginError::Incorrect)), "as with a wrong password: {refused:?}");
    house.core.undo(&administrator(), &receipt.effects).await.unwrap();
    house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap();
    let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["account.enable", "session.kick"]);
}

#[tokio::test]
async fn what_an_order_leaves_behind_is_done_for_a_session_that_has_just_ended() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let elsewhere = house.log_in("192.0.2.2", "ann").await;
    let gone = session.id;
    drop(session);
    let order = KickOrder { disable_account: true, ..ban() };
    assert_eq!(house.core.kick_preview(&administrator(), &[gone], &order).unwrap().gone, 1);
    let receipt = house.core.kick(&administrator(), &[gone], &order).await.unwrap();
    assert_eq!((receipt.ended.len(), receipt.gone, receipt.further), (0, vec![gone], vec![elsewhere.id]));
    assert_eq!(receipt.effects.len(), 2);
    house.core.admit(connection("192.0.2.1")).unwrap_err();
}

#[tokio::test]
async fn nobody_is_banned_by_mistake() {
    let house = House::new().await;
    house.core.set_never_banned(vec!["198.51.100.0/24".parse().unwrap()]);
    let proxy = house.connect("198.51.100.7");
    let receipt = house.core.kick(&administrator(), &[proxy.id], &ban()).await.unwrap();
    assert_eq!(receipt.refused[0].why, "198.51.100.7 is on the never-ban list");
    assert!(proxy.ending().is_none() && receipt.effects.is_empty());
    let session = house.connect("203.0.113.1");
    let wide = KickOrder { address: Some("198.51.0.0/16".parse().unwrap()), ..ban() };
    house.core.kick(&administrator(), &[session.id], &wide).await.unwrap();
    assert!(proxy.ending().is_none(), "a wider ban spares what is never banned");
    house.connect("198.51.100.8");
    house.core.admit(connection("198.51.101.1")).unwrap_err();

    let own = house.connect("192.0.2.200");
    let preview = house.core.kick_preview(&administrator(), &[own.id], &ban()).unwrap();
    assert!(preview.own_address);
    let asked = house.core.kick(&administrator(), &[own.id], &ban()).await;
    assert!(matches!(asked, Err(OrderError::OwnAddress)) && own.ending().is_none());
    let sure = KickOrder { confirm_own_address: true, ..ban() };
    house.core.kick(&administrator(), &[own.id], &sure).await.unwrap();
    assert!(own.ending().is_some());
}

#[tokio::test]
async fn a_preview_says_what_the_order_does() {
    let house = House::new().await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    let chosen = house.log_in("2001:db8::1", "ann").await;
    house.log_in("2001:db8::2", "bob").await;
    let further = house.log_in("2001:db8::2", "bob").await;
    let elsewhere = house.log_in("192.0.2.9", "ann").await;
    let order = KickOrder { disable_account: true, address: Some("2001:db8::/64".parse().unwrap()), ..ban() };
    drop(further);
    let kept = house.log_in("2001:db8::2", "bob").await;
    let preview = house.core.kick_preview(&administrator(), &[chosen.id], &order).unwrap();
    assert_eq!((preview.chosen, preview.further, preview.accounts_total), (1, 2, 2));
    assert_eq!(preview.accounts, ["ann@acme.example", "bob@acme.example"]);
    assert_eq!(preview.disabled, ["ann@acme.example"]);
    assert_eq!(preview.scopes, [Level::Server, Level::Domain, Level::Account]);
    assert_eq!((preview.message_shown, preview.message_not_shown.len()), (3, 0));
    let narrow = KickOrder { address: None, ..order.clone() };
    let offered = house.core.kick_preview(&administrator(), &[chosen.id], &narrow).unwrap().offered;
    assert_eq!(offered.unwrap().to_string(), "2001:db8::/64");
    let receipt = house.core.kick(&administrator(), &[chosen.id], &order).await.unwrap();
    let mut further = receipt.further;
    further.sort();
    assert_eq!(further, [elsewhere.id, kept.id]);
}

#[tokio::test]
async fn the_message_is_for_the_chosen_user_and_the_same_address_only_on_request() {
    let house = House::new().await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    let ann = house.log_in("192.0.2.1", "ann").await;
    let bob = house.log_in("192.0.2.1", "bob").await;
    let order = KickOrder { message: "Dear Ann\nbye".into(), ..ban() };
    house.core.kick(&administrator(), &[ann.id], &order).await.unwrap();
    assert_eq!(ann.ending().unwrap().message, "Dear Ann\nbye");
    assert_eq!(bob.ending().unwrap().message, "");
    let (one, two) = (house.connect("192.0.2.5"), house.connect("192.0.2.5"));
    let order = KickOrder { message: "closed".into(), same_ip: true, ..KickOrder::default() };
    house.core.kick(&administrator(), &[one.id], &order).await.unwrap();
    assert_eq!(two.ending().unwrap().message, "closed");
}

#[tokio::test]
async fn all_that_a_filter_finds_are_ended_and_nobody_out_of_sight() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    house.add_account("other.example", "bob", Limits::default()).await;
    let ann = house.log_in("192.0.2.1", "ann").await;
    let bob = house.log_in("192.0.2.2", "bob").await;
    let all = SessionFilter::default();
    let receipt = house.core.kick_all(&owner_of(other), &all, "bye", "").await.unwrap();
    assert_eq!(receipt.ended, [bob.id]);
    house.clock.advance(11 * 60_000);
    let carl = house.log_in("192.0.2.3", "ann").await;
    let idle = SessionFilter { idle_minutes: Some(10), domain: Some("ACME.example".into()), ..all.clone() };
    assert_eq!(house.core.kick_all_preview(&administrator(), &idle).unwrap().chosen, 1);
    let receipt = house.core.kick_all(&administrator(), &idle, "", "").await.unwrap();
    assert_eq!(receipt.ended, [ann.id]);
    let anonymous = SessionFilter { anonymous: true, ..all.clone() };
    assert!(house.core.kick_all(&administrator(), &anonymous, "", "").await.unwrap().ended.is_empty());
    drop((ann, bob));
    assert_eq!(house.core.kick_all(&administrator(), &all, "", "").await.unwrap().ended, [carl.id]);
}

#[tokio::test]
async fn the_audit_entry_says_who_did_what_to_whom_and_why() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let order = KickOrder { disable_account: true, ..ban() };
    house.core.kick(&administrator(), &[session.id], &order).await.unwrap();
    let entry = house.audit().await.remove(0);
    assert_eq!((&*entry.actor, entry.actor_ip.as_deref(), &*entry.reason), ("test", Some("192.0.2.200"), "spam"));
    let after = json!({
        "barred": [{"address": "192.0.2.1", "reach": "Server"}],
        "disabled": ["ann@acme.example"],
        "minutes": 10,
    });
    assert_eq!(entry.after, Some(after));
    assert_eq!(session.ending().unwrap().cause, EndCause::Kicked);
}
