use crate::{House, administrator, operator, owner_of};
use wharf_core::permits::{Forbidden, Scope};
use wharf_model::{kicks::KickOrder, people::Role};
use wharf_store::audit;

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
    assert_eq!(house.core.abort(&stranger, session.id).await, Ok(None));
    assert!(house.core.session_detail(&stranger, session.id).is_none());
    assert!(house.core.session_detail(&owner_of(house.domain), session.id).is_some());
}

#[tokio::test]
async fn a_read_only_administrator_ends_nothing() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let auditor = operator(Role::Auditor, Scope::All);
    assert_eq!(house.core.kick(&auditor, &[session.id], &order("")).await, Err(Forbidden));
    assert_eq!(house.core.abort(&auditor, session.id).await, Err(Forbidden));
    assert!(session.ending().is_none());
}

#[tokio::test]
async fn a_kick_is_written_down_and_its_text_cannot_carry_control_characters() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.core.kick(&administrator(), &[session.id], &order("be gone\r\n230 Logged in\u{202e}")).await.unwrap();
    let message = &session.ending().unwrap().message;
    assert!(!message.contains(['\r', '\u{202e}']), "{message:?}");
    let entries = audit::list(&house.core.store, 10, None).await.unwrap();
    assert_eq!(
        (entries[0].action.as_str(), entries[0].target.as_str()),
        ("session.kick", session.id.to_string().as_str())
    );
    assert_eq!(entries[0].detail["sessions"][0]["login"], "ann");
}
