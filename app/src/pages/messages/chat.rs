//! The conversation with the user of one session: what was said, how far it came, and the line to answer on.

use super::{
    inbox::use_inbox,
    server::{delete_messages, send_message, transcript},
};
use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{Check, DialogButtons, Form, FormError},
        frame::use_account,
        toast::use_toasts,
    },
    error::PanelError,
    format,
    live::use_live,
    tr,
};
use leptos::{html, prelude::*, task::spawn_local};
use wharf_model::{
    chat::{ChatMessage, ChatSide, ChatState, LONGEST_TEXT, SendMode},
    ids::{MessageId, SessionId},
    live::{Frame, Topic},
    people::Permission,
};

#[derive(Clone, Copy)]
struct Talk {
    session: SessionId,
    messages: RwSignal<Vec<ChatMessage>>,
    /// Why nothing can be sent.
    closed: RwSignal<Option<String>>,
    loaded: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    /// Something came that nobody may have seen yet.
    fresh: RwSignal<bool>,
    scroller: NodeRef<html::Div>,
}

impl Talk {
    fn new(session: SessionId) -> Self {
        Self {
            session,
            messages: RwSignal::default(),
            closed: RwSignal::new(None),
            loaded: RwSignal::new(false),
            error: RwSignal::new(None),
            fresh: RwSignal::new(false),
            scroller: NodeRef::new(),
        }
    }

    /// `active`: somebody reads it, which is noted for all operators.
    fn ask(self, active: bool) {
        spawn_local(async move {
            let answer = transcript(self.session, active).await;
            if self.loaded.is_disposed() {
                return;
            }
            self.loaded.set(true);
            match answer {
                Ok(transcript) => {
                    self.error.set(None);
                    self.closed.set(transcript.closed);
                    if *self.messages.read_untracked() != transcript.messages {
                        self.messages.set(transcript.messages);
                        self.to_end();
                    }
                }
                Err(PanelError::NotFound) => self.closed.set(Some(tr!("This session is no longer there.").to_owned())),
                Err(error) => self.error.set(Some(error.text())),
            }
        });
    }

    fn hear(self, frame: Frame) {
        match frame {
            Frame::Chat(message) if message.session == self.session => {
                if message.side == ChatSide::User {
                    self.fresh.set(true);
                }
                self.put(message);
            }
            Frame::Changed(Topic::Conversations) => self.ask(false),
            _ => {}
        }
    }

    /// A new message, or one whose state changed.
    fn put(self, message: ChatMessage) {
        let mut added = false;
        self.messages.update(|messages| {
            if let Some(known) = messages.iter_mut().find(|known| known.id == message.id) {
                // The answer to sending may come after the news that it arrived.
                if message.state != ChatState::Queued {
                    *known = message;
                }
            } else {
                messages.push(message);
                added = true;
            }
        });
        if added {
            self.to_end();
        }
    }

    /// Somebody is at it.
    fn seen(self) {
        if self.fresh.get_untracked() {
            self.fresh.set(false);
            self.ask(true);
        }
    }

    fn to_end(self) {
        request_animation_frame(move || {
            if let Some(scroller) = self.scroller.try_get_untracked().flatten() {
                scroller.set_scroll_top(scroller.scroll_height());
            }
        });
    }
}

/// The conversation.
#[component]
pub fn Chat(
    /// With the user of which session.
    session: SessionId,
) -> impl IntoView {
    let talk = Talk::new(session);
    let live = use_live();
    let inbox = use_inbox();
    Effect::new(move || {
        live.hear(Callback::new(move |frame| talk.hear(frame)));
        inbox.read(session);
    });
    Effect::new(move |again: Option<()>| {
        live.connections.track();
        talk.ask(again.is_none());
    });
    // The session's end ends the conversation.
    let ended = live.row(session).map(|row| RwSignal::from(row.ended));
    Effect::new(move |again: Option<()>| {
        let over = ended.is_some_and(|ended| ended.get());
        if again.is_some() && over {
            talk.ask(false);
        }
    });
    let said = move || match (talk.error.get(), talk.loaded.get()) {
        (Some(error), _) => Some(error),
        (None, false) => Some(tr!("Loading…").to_owned()),
        (None, true) if talk.messages.read().is_empty() => {
            Some(tr!("Nothing has been said yet. Users write with the command SITE MSG.").to_owned())
        }
        (None, true) => None,
    };
    view! {
        <section
            class="chat"
            aria-label=tr!("Conversation")
            data-testid="chat"
            on:pointermove=move |_| talk.seen()
            on:keydown=move |_| talk.seen()
            on:focusin=move |_| talk.seen()
        >
            <div node_ref=talk.scroller class="chat-lines" tabindex="0" role="log" aria-label=tr!("Messages")>
                {move || said().map(|said| view! { <p class="muted">{said}</p> })}
                <ol>
                    <For each=move || talk.messages.get() key=key let:message>
                        <Line message />
                    </For>
                </ol>
            </div>
            <Answer talk />
        </section>
    }
    .erase()
}

/// A message whose state changes is built anew.
fn key(message: &ChatMessage) -> (MessageId, ChatState) {
    (message.id, message.state)
}

#[component]
fn Line(message: ChatMessage) -> impl IntoView {
    let clock = use_clock();
    let (class, state) = match (message.side, message.state) {
        (ChatSide::User, _) => ("message", None),
        (ChatSide::Operator, ChatState::Queued) => ("message own queued", Some(tr!("queued for the next reply"))),
        (ChatSide::Operator, ChatState::Delivered) => ("message own", Some(tr!("delivered"))),
        (ChatSide::Operator, ChatState::Undelivered) => {
            ("message own failed", Some(tr!("undelivered: the session ended before")))
        }
    };
    let ChatMessage { at, who, text, broadcast, .. } = message;
    view! {
        <li class=class data-testid="chat-message">
            <p class="message-text">{text}</p>
            <p class="message-facts">
                <time datetime=format::iso(at) title=clock.date_time(at)>{clock.time(at)}</time>
                " · " {who} {broadcast.then(|| tr!(" · to many"))}
                {state.map(|state| view! { " · " <span data-testid="chat-state">{state}</span> })}
            </p>
        </li>
    }
    .erase()
}

#[component]
fn Answer(talk: Talk) -> impl IntoView {
    let may = use_account().is_some_and(|account| account.may(Permission::SendMessages));
    let text = RwSignal::new(String::new());
    let now = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    let send = Callback::new(move |()| {
        let message = text.get_untracked();
        if message.trim().is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let mode = if now.get_untracked() { SendMode::Now } else { SendMode::NextReply };
        spawn_local(async move {
            let answer = send_message(talk.session, message, mode).await;
            if busy.is_disposed() {
                return;
            }
            busy.set(false);
            match answer {
                Ok(message) => {
                    text.set(String::new());
                    talk.put(message);
                }
                Err(failure) => error.set(Some(failure.text())),
            }
        });
    });
    let closed = Memo::new(move |_| talk.closed.get());
    move || {
        if !may {
            return ().erase();
        }
        if let Some(why) = closed.get() {
            return view! { <p class="chat-closed muted" data-testid="chat-closed">{why}</p> }.erase();
        }
        view! {
            <Form submit=send class="chat-answer">
                <div class="chat-line">
                    <input
                        class="input"
                        type="text"
                        aria-label=tr!("Message")
                        placeholder=move || if now.get() { tr!("Goes out at once") } else { tr!("Goes out with the next reply") }
                        maxlength=LONGEST_TEXT.to_string()
                        autocomplete="off"
                        data-testid="chat-text"
                        prop:value=text
                        on:input:target=move |event| text.set(event.target().value())
                    />
                    <button class="button primary" type="submit" data-testid="chat-send" disabled=busy>
                        {tr!("Send")}
                    </button>
                </div>
                <FormError error />
                <Check value=now testid="chat-now">
                    {tr!("Send now")}
                </Check>
                {move || {
                    now.get()
                        .then(|| {
                            view! {
                                <p class="muted" data-testid="chat-risk">
                                    {tr!("A reply nobody asked for: some clients take it for the answer to their next command and stumble.")}
                                </p>
                            }
                        })
                }}
            </Form>
        }
        .erase()
    }
}

/// A button that deletes a conversation, for who may; it asks first.
#[component]
pub fn DeleteConversation(
    /// Of which session.
    session: SessionId,
    /// It is gone.
    gone: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let asked = RwSignal::new(false);
    let close = Callback::new(move |()| asked.set(false));
    let submit = Callback::new(move |()| {
        asked.set(false);
        spawn_local(async move {
            match delete_messages(session, None).await {
                Ok(count) => {
                    toasts.tell(tr!("{} deleted.", tr!("{n} message" | "{n} messages" % count)));
                    gone.try_run(());
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
    let may = use_account().is_some_and(|account| account.may(Permission::DeleteMessages));
    may.then(|| {
        view! {
            <button class="button" type="button" data-testid="chat-delete" on:click=move |_| asked.set(true)>
                {tr!("Delete…")}
            </button>
            <Dialog open=asked on_close=close labelled_by="delete-title" testid="delete-dialog">
                <h2 id="delete-title">{tr!("Delete this conversation?")}</h2>
                <p>{tr!("Its messages are removed for all operators and cannot be brought back.")}</p>
                <Form submit>
                    <DialogButtons close yes=tr!("Delete") disabled=false danger=true testid="delete-confirm" />
                </Form>
            </Dialog>
        }
    })
}
