use crate::{House, PASSWORD, administrator, login, operator, owner_of};
use wharf_core::{chat::MessageError, orders::OrderError, permits::Scope, sessions::SessionHandle};
use wharf_model::{
    chat::{ChatSide, ChatState, LONGEST_TEXT, SendMode, Transcript},
    kicks::SessionFilter,
    people::Role,
};

async fn transcript(house: &House, session: &SessionHandle) -> Transcript {
    house.core.transcript(&administrator(), session.id, true).await.unwrap()
}

/// The states in the store, which follow in a moment.
async fn until_state(house: &House, session: &SessionHandle, state: ChatState) {
    while transcript(house, session).await.messages.iter().any(|message| message.state != state) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_message_waits_for_the_protocol_and_then_counts_as_delivered() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    let sent =
        house.core.send_message(&administrator(), session.id, " hi\r\n230 ok ", SendMode::NextReply).await.unwrap();
    assert_eq!((&*sent.text, sent.state), ("hi\u{fffd}\u{fffd}230 ok", ChatState::Queued));
    let waiting = session.outbox().take();
    assert_eq!(waiting[0].line(), "[test] hi\u{fffd}\u{fffd}230 ok");
    house.core.messages_delivered(waiting);
    until_state(&house, &session, ChatState::Delivered).await;
}

#[tokio::test]
async fn what_was_not_sent_before_the_end_was_not_delivered() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.core.send_message(&administrator(), session.id, "one", SendMode::NextReply).await.unwrap();
    house.core.give_up_messages(&session);
    until_state(&house, &session, ChatState::Undelivered).await;
    let late = house.core.send_message(&administrator(), session.id, "two", SendMode::NextReply).await.unwrap();
    assert_eq!(late.state, ChatState::Undelivered);
}

#[tokio::test]
async fn the_user_is_heard_by_every_operator_who_may_see_the_session() {
    let house = House::new().await;
    let other = house.add_domain("other.example").await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.core.message_from_user(&session, b"<script>alert(1)</script>\x1b[0m").await.unwrap();
    house.core.send_message(&owner_of(house.domain), session.id, "yes?", SendMode::NextReply).await.unwrap();
    assert_eq!(house.core.unread_messages(&administrator()).await.unwrap(), 1);
    assert_eq!(house.core.unread_messages(&owner_of(other)).await.unwrap(), 0);
    assert!(house.core.conversations(&owner_of(other), "").await.unwrap().is_empty());
    let seen = transcript(&house, &session).await;
    let lines: Vec<_> = seen.messages.iter().map(|message| (message.side, &*message.who, &*message.text)).collect();
    assert_eq!(
        lines,
        [(ChatSide::User, "ann", "<script>alert(1)</script>\u{fffd}[0m"), (ChatSide::Operator, "test", "yes?")]
    );
    assert_eq!(house.core.unread_messages(&owner_of(house.domain)).await.unwrap(), 0, "read is read for all");
    let conversation = house.core.conversations(&administrator(), "SCRIPT").await.unwrap().remove(0);
    assert_eq!((conversation.messages, conversation.unread, conversation.live), (2, 0, true));
    assert!(house.core.conversations(&administrator(), "nothing").await.unwrap().is_empty());
}

#[tokio::test]
async fn messages_are_limited_in_number_and_length() {
    let house = House::new().await;
    let session = house.connect("192.0.2.1");
    assert!(matches!(house.core.message_from_user(&session, b"hi").await, Err(MessageError::Nobody)));
    house.core.log_in(&session, &login("ann", PASSWORD)).await.unwrap();
    assert!(matches!(house.core.message_from_user(&session, b" ").await, Err(MessageError::Empty)));
    let long = "x".repeat(LONGEST_TEXT + 1);
    assert!(matches!(house.core.message_from_user(&session, long.as_bytes()).await, Err(MessageError::TooLong)));
    let mut taken = 0;
    while house.core.message_from_user(&session, b"hi").await.is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 10);
    house.clock.advance(2_000);
    house.core.message_from_user(&session, b"hi").await.unwrap();
    let long = house.core.send_message(&administrator(), session.id, &long, SendMode::Now).await;
    assert!(matches!(long, Err(OrderError::Invalid { field: "text", .. })), "{long:?}");
}

#[tokio::test]
async fn a_broadcast_reaches_those_in_sight_who_can_be_shown_a_text() {
    let house = House::new().await;
    let one = house.log_in("192.0.2.1", "ann").await;
    let two = house.log_in("192.0.2.2", "ann").await;
    let _nobody = house.connect("192.0.2.3");
    let all = SessionFilter::default();
    let receipt = house.core.broadcast(&administrator(), &all, "maintenance", SendMode::NextReply).await.unwrap();
    assert_eq!((receipt.queued, receipt.delivered, receipt.not_possible), (2, 0, 1));
    house.core.messages_delivered(one.outbox().take());
    house.core.give_up_messages(&two);
    until_state(&house, &one, ChatState::Delivered).await;
    until_state(&house, &two, ChatState::Undelivered).await;
    let state = house.core.broadcast_state(&administrator(), receipt.id).await.unwrap();
    assert_eq!((state.queued, state.delivered, state.undelivered), (0, 1, 1));
    let elsewhere = owner_of(house.add_domain("other.example").await);
    let foreign = house.core.broadcast_state(&elsewhere, receipt.id).await;
    assert!(matches!(foreign, Err(OrderError::NotFound)), "what went to others is not told");
    assert_eq!(house.audit().await[0].action, "broadcast.send");
}

#[tokio::test]
async fn messages_outlive_the_session_and_an_administrator_deletes_them() {
    let house = House::new().await;
    let session = house.log_in("192.0.2.1", "ann").await;
    house.core.message_from_user(&session, b"hello").await.unwrap();
    house.core.send_message(&administrator(), session.id, "wait", SendMode::NextReply).await.unwrap();
    let id = session.id;
    drop(session);
    let again = house.restarted().await;
    let kept = again.transcript(&owner_of(house.domain), id, false).await.unwrap();
    assert_eq!((kept.messages.len(), kept.closed.as_deref()), (2, Some("The session has ended.")));
    assert_eq!(kept.messages[1].state, ChatState::Undelivered, "what waited at a crash was not delivered");
    let refused = again.delete_messages(&owner_of(house.domain), id, None).await;
    assert!(matches!(refused, Err(OrderError::Forbidden(_))), "{refused:?}");
    assert_eq!(again.delete_messages(&administrator(), id, Some(&[kept.messages[0].id])).await.unwrap(), 1);
    assert_eq!(again.delete_messages(&administrator(), id, None).await.unwrap(), 1);
    assert!(again.conversations(&administrator(), "").await.unwrap().is_empty());
    let auditor = operator(Role::Auditor, Scope::All);
    assert!(matches!(again.send_message(&auditor, id, "hi", SendMode::NextReply).await, Err(OrderError::Forbidden(_))));
}
