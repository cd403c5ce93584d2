//! Messages nobody has read yet: how many each session has, and a note when one comes. Shared by context.

use super::server::conversations;
use crate::{
    components::toast::{Action, Toasts, use_toasts},
    live::Live,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::collections::HashMap;
use wharf_model::{
    chat::{ChatMessage, ChatSide},
    ids::{MessageId, SessionId},
    live::{Frame, Topic},
};

/// What is unread.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    unread: RwSignal<HashMap<SessionId, u32>>,
    /// The conversation that is open.
    open: RwSignal<Option<SessionId>>,
    /// The last message a note told of.
    last: StoredValue<Option<MessageId>>,
    go: Callback<SessionId>,
    toasts: Toasts,
}

impl Inbox {
    /// Nothing is known yet. Call it within the router.
    pub fn new() -> Self {
        let navigate = use_navigate();
        Self {
            unread: RwSignal::default(),
            open: RwSignal::new(None),
            last: StoredValue::new(None),
            go: Callback::new(move |session: SessionId| {
                navigate(&format!("/messages/{session}"), NavigateOptions::default());
            }),
            toasts: use_toasts(),
        }
    }

    /// In the browser: keeps up with the server.
    pub fn start(self, live: Live) {
        Effect::new(move || {
            live.connections.track();
            self.ask();
        });
        Effect::new(move || live.hear(Callback::new(move |frame| self.take(frame))));
    }

    fn ask(self) {
        let before = self.last.get_value();
        spawn_local(async move {
            // Without an answer the numbers stay as they are; the banner says that the line is gone.
            let Ok(conversations) = conversations(String::new(), false).await else { return };
            let unread = conversations.into_iter().filter(|one| one.unread > 0).map(|one| (one.session, one.unread));
            // The answer may be older than a message that came meanwhile.
            if self.last.try_get_value() == Some(before) {
                self.unread.set(unread.collect());
            } else if !self.unread.is_disposed() {
                self.ask();
            }
        });
    }

    fn take(self, frame: Frame) {
        match frame {
            Frame::Chat(message) if message.side == ChatSide::User => self.came(&message),
            Frame::Changed(Topic::Conversations) => self.ask(),
            _ => {}
        }
    }

    fn came(self, message: &ChatMessage) {
        if self.last.get_value() == Some(message.id) {
            return;
        }
        self.last.set_value(Some(message.id));
        let session = message.session;
        self.unread.update(|unread| *unread.entry(session).or_default() += 1);
        if self.open.get_untracked() != Some(session) {
            let run = Callback::new(move |()| self.go.run(session));
            self.toasts.offer(format!("{}: {}", message.who, message.text), Action { name: tr!("Open"), run });
        }
    }

    /// How many of all sessions.
    pub fn total(self) -> u32 {
        self.unread.read().values().sum()
    }

    /// How many of one session.
    pub fn of(self, session: SessionId) -> u32 {
        self.unread.with(|unread| unread.get(&session).copied().unwrap_or(0))
    }

    /// The conversation is open until the owner it was called under goes.
    pub fn read(self, session: SessionId) {
        self.open.set(Some(session));
        self.unread.update(|unread| {
            unread.remove(&session);
        });
        on_cleanup(move || {
            self.open.try_set(None);
        });
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

/// The inbox of the page.
pub fn use_inbox() -> Inbox {
    use_context().unwrap_or_default()
}
