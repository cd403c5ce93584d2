//! What the server tells by itself: messages of operators, and that the session is over.

use super::{
    place,
    server::signing::whoami,
    state::{Client, use_client},
};
use crate::{
    components::{
        storage::{keep, kept},
        toast::Action,
    },
    live::line::{Line, wait_ms},
    tr,
};
use leptos::{ev, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::time::Duration;
use web_sys::Event;
use wharf_model::{
    chat::{ChatMessage, ChatSide},
    files::{FileNews, Visitor},
};

/// The socket of one page.
#[derive(Clone, Copy)]
struct Socket {
    client: Client,
    /// Only the browser ever puts one in, which is bound to its thread.
    line: StoredValue<Option<SendWrapper<Line>>>,
    /// Tries since the line last brought something.
    tries: StoredValue<u32>,
    /// Whether the line stands, as far as known.
    stands: RwSignal<bool>,
}

/// Whether the page hears of what happens; shared by context.
#[derive(Clone, Copy)]
struct Stands(RwSignal<bool>);

/// Opens the socket when the page is awake, and again whenever it is lost.
pub fn connect(client: Client) {
    let socket =
        Socket { client, line: StoredValue::new(None), tries: StoredValue::new(0), stands: RwSignal::new(true) };
    provide_context(Stands(socket.stands));
    Effect::new(move || {
        socket.open();
        let back = window_event_listener(ev::online, move |_: Event| socket.open());
        on_cleanup(move || {
            back.remove();
            socket.line.try_set_value(None);
        });
    });
}

impl Socket {
    fn open(self) {
        let line = Line::open(&place::at("/live"), move |text| self.heard(&text), move || self.lost());
        self.line.try_set_value(line.map(SendWrapper::new));
    }

    fn heard(self, text: &str) {
        self.tries.set_value(0);
        self.stands.set(true);
        match serde_json::from_str(text) {
            Ok(FileNews::Messages { messages }) => self.client.told(messages),
            Ok(FileNews::Ended { why }) => self.over(why),
            // A newer server knows more kinds of news than this page.
            Err(_) => {}
        }
    }

    fn lost(self) {
        if self.client.ended.try_get_untracked() != Some(None) {
            return;
        }
        // Not from within one of its own callbacks, which would free the code that runs.
        let old = self.line.try_update_value(Option::take);
        set_timeout(move || drop(old), Duration::ZERO);
        let tries = self.tries.try_update_value(|tries| {
            *tries += 1;
            *tries
        });
        let wait = wait_ms(tries.unwrap_or(1), js_sys::Math::random());
        // The first break heals before anybody has read about it.
        if tries > Some(1) {
            self.stands.set(false);
        }
        set_timeout(
            move || {
                if self.line.try_with_value(Option::is_none) == Some(true) {
                    self.open();
                }
            },
            Duration::from_millis(wait.unsigned_abs()),
        );
        // A refused socket gives no reason, so ask whether the session is still good.
        spawn_local(async move {
            if let Ok(Visitor::Unknown(why) | Visitor::Invited { farewell: why, .. }) = whoami().await {
                self.over(why);
            }
        });
    }

    fn over(self, why: Option<String>) {
        match why {
            Some(why) => drop(self.client.ended.try_set(Some(why))),
            None => self.client.lost(),
        }
    }
}

/// Where the browser remembers the last message that was read, so that a page that is opened again tells only new ones.
const READ: &str = "wharf-files-read";

impl Client {
    /// All that was said, with something new in it perhaps.
    fn told(self, messages: Vec<ChatMessage>) {
        let read = kept(READ).and_then(|id| id.parse().ok());
        let known = self.messages.with_untracked(|known| known.last().map(|last| last.id)).max(read);
        let fresh = messages.iter().filter(|message| message.side == ChatSide::Operator && Some(message.id) > known);
        let fresh: Vec<_> = fresh.cloned().collect();
        self.messages.set(messages);
        if self.chatting.get_untracked() {
            self.read();
            return;
        }
        self.unread.update(|unread| *unread += fresh.len());
        for ChatMessage { who, text, .. } in fresh {
            let run = Callback::new(move |()| self.chatting.set(true));
            self.toasts.offer(format!("{who}: {text}"), Action { name: tr!("Answer"), run });
        }
    }

    /// Somebody has read what was said so far.
    pub fn read(self) {
        self.unread.set(0);
        if let Some(last) = self.messages.with_untracked(|messages| messages.last().map(|last| last.id)) {
            keep(READ, &last.to_string());
        }
    }
}

/// A small hint while the page does not hear of what happens.
#[component]
pub fn Hint() -> impl IntoView {
    let client = use_client();
    let stands = use_context::<Stands>();
    let broken = move || stands.is_some_and(|Stands(stands)| !stands.get()) && client.ended.read().is_none();
    move || {
        broken().then(|| {
            view! {
                <p class="banner warn files-hint" role="status" data-testid="disconnected">
                    {tr!("Connection lost. Trying again…")}
                </p>
            }
        })
    }
}
