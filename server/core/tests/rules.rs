use crate::{House, PASSWORD, administrator, connection, login, operator, owner_of};
use wharf_core::{logins::LoginError, orders::OrderError, permits::Scope, sessions::Refusal};
use wharf_model::{
    accounts::Limits,
    bans::{BanOrder, BanOrigin, Reach},
    kicks::Effect,
    people::Role,
    rules::{RuleAction, RuleChange, RuleOrder},
};

fn rule(action: RuleAction, address: &str, reach: Reach) -> RuleOrder {
    RuleOrder {
        action,
        address: address.parse().unwrap(),
        reach,
        comment: String::new(),
        position: None,
        confirm_own_address: false,
    }
}

fn by_hand(address: &str, reach: Reach) -> BanOrder {
    BanOrder { address: address.parse().unwrap(), minutes: 5, reach, reason: "scan".into(), confirm_own_address: false }
}

fn admits(house: &House, ip: &str) -> bool {
    house.core.admit(connection(ip)).is_ok()
}

#[tokio::test]
async fn the_first_rule_that_names_an_address_decides() {
    let house = House::new().await;
    house
        .import("deny 192.0.2.7\ndeny 198.51.100.0/24 # scanners\n\n# nothing\ndeny 10.1.*.*\ndeny 2001:db8::/64")
        .await;
    for (ip, admitted) in [
        ("192.0.2.7", false),
        ("192.0.2.8", true),
        ("198.51.100.99", false),
        ("10.1.200.3", false),
        ("10.2.0.1", true),
        ("2001:db8::99", false),
        ("2001:db8:0:1::1", true),
    ] {
        assert_eq!(admits(&house, ip), admitted, "{ip}");
    }
    let allow = RuleOrder { position: Some(0), ..rule(RuleAction::Allow, "0.0.0.0/0", Reach::Server) };
    house.core.add_rule(&administrator(), &allow).await.unwrap();
    assert!(admits(&house, "192.0.2.7"));
    assert!(!admits(&house, "2001:db8:0:1::1"), "a list that allows somebody refuses everyone else");
    let list = house.core.rules(&administrator()).unwrap().remove(0);
    assert!(list.meaning.contains("everyone else is refused"), "{}", list.meaning);
    let exported = house.core.export_rules(&administrator(), Reach::Server).await.unwrap();
    assert!(exported.starts_with("allow 0.0.0.0/0\ndeny 192.0.2.7\ndeny 198.51.100.0/24 # scanners\n"), "{exported}");
}

#[tokio::test]
async fn a_change_of_rules_ends_whoever_may_not_be_there_any_more() {
    let house = House::new().await;
    let office = house.connect("192.0.2.201");
    let stranger = house.connect("203.0.113.1");
    let change =
        house.core.add_rule(&administrator(), &rule(RuleAction::Allow, "192.0.2.0/24", Reach::Server)).await.unwrap();
    assert_eq!(change.ended, 1);
    assert!(office.ending().is_none() && stranger.ending().is_some());
}

#[tokio::test]
async fn a_rule_against_the_own_address_asks_again() {
    let house = House::new().await;
    let admin = administrator();
    let others = rule(RuleAction::Allow, "203.0.113.0/24", Reach::Server);
    assert!(matches!(house.core.add_rule(&admin, &others).await, Err(OrderError::OwnAddress)));
    assert!(matches!(
        house.core.ban(&admin, &by_hand("192.0.2.0/24", Reach::Server)).await,
        Err(OrderError::OwnAddress)
    ));
    let sure = RuleOrder { confirm_own_address: true, ..others };
    house.core.add_rule(&admin, &sure).await.unwrap();
    // It is refused already, so there is nothing left to ask.
    house.core.add_rule(&admin, &rule(RuleAction::Deny, "192.0.2.200", Reach::Server)).await.unwrap();
}

#[tokio::test]
async fn rules_are_changed_moved_and_removed_and_keep_their_order_over_a_restart() {
    let house = House::new().await;
    let admin = administrator();
    house.import("deny 10.0.0.1\ndeny 10.0.0.2\ndeny 10.0.0.3").await;
    let ids: Vec<_> = house.core.rules(&admin).unwrap()[0].rules.iter().map(|rule| rule.id).collect();
    house.core.move_rule(&admin, ids[2], 0, false).await.unwrap();
    let change = RuleChange {
        action: RuleAction::Deny,
        address: "10.0.0.9".parse().unwrap(),
        comment: "moved".into(),
        confirm_own_address: false,
    };
    house.core.change_rule(&admin, ids[0], &change).await.unwrap();
    house.core.remove_rules(&admin, &[ids[1], ids[1]], false).await.unwrap();
    let middle = RuleOrder { position: Some(1), ..rule(RuleAction::Deny, "10.0.0.5", Reach::Server) };
    house.core.add_rule(&admin, &middle).await.unwrap();
    let written = house.core.export_rules(&admin, Reach::Server).await.unwrap();
    assert_eq!(written, "deny 10.0.0.3\ndeny 10.0.0.5\ndeny 10.0.0.9 # moved\n");
    let again = house.restarted().await;
    assert_eq!(again.export_rules(&admin, Reach::Server).await.unwrap(), written);
    assert!(admits(&house, "10.0.0.2") && !admits(&house, "10.0.0.9"));
}

#[tokio::test]
async fn an_import_with_a_wrong_line_changes_nothing() {
    let house = House::new().await;
    let receipt = house.import("deny 10.0.0.1\nforbid 10.0.0.2\ndeny example.org\ndeny").await;
    assert_eq!((receipt.added, receipt.wrong.iter().map(|wrong| wrong.line).collect::<Vec<_>>()), (0, vec![2, 3, 4]));
    assert!(admits(&house, "10.0.0.1"));
}

#[tokio::test]
async fn an_owner_rules_the_own_domain_and_nothing_else() {
    let house = House::new().await;
    let owner = owner_of(house.domain);
    let domain = Reach::Domain(house.domain);
    let server = house.core.add_rule(&owner, &rule(RuleAction::Deny, "10.0.0.1", Reach::Server)).await;
    assert!(matches!(server, Err(OrderError::Forbidden(_))), "{server:?}");
    let other = Reach::Domain(house.add_domain("other.example").await);
    let foreign = house.core.ban(&owner, &by_hand("10.0.0.1", other)).await;
    assert!(matches!(foreign, Err(OrderError::NotFound)), "{foreign:?}");
    house.core.add_rule(&owner, &rule(RuleAction::Deny, "203.0.113.7", domain)).await.unwrap();
    let session = house.connect("203.0.113.7");
    let refused = house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap_err();
    assert!(matches!(refused, LoginError::Refused(Refusal::NotAllowed)), "{refused:?}");

    house.import("deny 10.0.0.1").await;
    let change = house.core.ban(&administrator(), &by_hand("10.0.0.2", Reach::Server)).await.unwrap();
    let [Effect::Ban { id, .. }] = change.effects[..] else { panic!("{change:?}") };
    assert_eq!(house.core.unban(&owner, &[id]).await.unwrap(), 0);
    let lists = house.core.rules(&owner).unwrap();
    assert_eq!((lists.len(), &*lists[0].name), (1, "acme.example"));
    assert!(house.core.bans(&owner).unwrap().is_empty());
    let foreign = house.core.rules(&administrator()).unwrap()[0].rules[0].id;
    assert_eq!(house.core.remove_rules(&owner, &[foreign], true).await.unwrap().ended, 0);
    assert!(!admits(&house, "10.0.0.1"));
    let reaches: Vec<_> = house.core.reaches(&owner, "an").await.unwrap().into_iter().map(|reach| reach.name).collect();
    assert_eq!(reaches, ["acme.example", "ann@acme.example"]);
    let auditor = operator(Role::Auditor, Scope::All);
    assert!(matches!(house.core.unban(&auditor, &[id]).await, Err(OrderError::Forbidden(_))));
    assert_eq!(house.core.bans(&auditor).unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_can_be_tested() {
    let house = House::new().await;
    house.add_account("acme.example", "bob", Limits::default()).await;
    house.import("deny 10.0.0.1").await;
    house.core.ban(&administrator(), &by_hand("10.0.0.2", Reach::Domain(house.domain))).await.unwrap();
    let test = async |reach, address: &str| {
        house.core.test_address(&administrator(), reach, address.parse().unwrap()).await.unwrap()
    };
    let denied = test(Reach::Server, "10.0.0.1").await;
    assert!(!denied.admitted && denied.rule.is_some(), "{denied:?}");
    assert!(test(Reach::Server, "10.0.0.2").await.admitted);
    let banned = test(Reach::Domain(house.domain), "10.0.0.2").await;
    assert_eq!((banned.admitted, &*banned.why), (false, "10.0.0.2 is banned (acme.example) for 6 min."));
}

#[tokio::test]
async fn an_address_that_fails_to_log_in_is_shown_as_banned_and_can_be_let_in_again() {
    let house = House::new().await;
    let session = house.connect("192.0.2.1");
    for _ in 0..3 {
        house.core.log_in(&session, &login("ann", "wrong")).await.unwrap_err();
    }
    assert!(!admits(&house, "192.0.2.1"));
    let ban = house.core.bans(&administrator()).unwrap().remove(0);
    assert_eq!((ban.origin, ban.address.to_string(), ban.hits), (BanOrigin::Throttle, "192.0.2.1".to_owned(), 1));
    assert!(session.ending().is_none(), "whoever is in stays in");
    assert!(house.core.bans(&owner_of(house.domain)).unwrap().is_empty());
    assert_eq!(house.core.unban(&administrator(), &[ban.id]).await.unwrap(), 1);
    assert!(admits(&house, "192.0.2.1"));
}

#[tokio::test]
async fn thousands_of_bans_are_looked_through_at_once() {
    let house = House::new().await;
    let rules: Vec<_> = (0..5_000).map(|n| format!("deny 10.{}.{}.0/24", n / 256, n % 256)).collect();
    assert_eq!(house.import(&rules.join("\n")).await.added, 5_000);
    assert!(!admits(&house, "10.19.135.9"));
    assert!(admits(&house, "10.19.136.9"));
}
