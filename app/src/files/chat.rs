//! The conversation with the operators of the server.

use super::{
    server::sessions::answer,
    state::{Client, use_client},
};
use crate::{
    clock::use_clock,
    components::{
        erase::Erase,
        form::{Form, FormError},
        icons::{Glyph, Icon},
    },
    error::PanelError,
    format, tr,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use wharf_model::chat::{ChatMessage, ChatSide, LONGEST_TEXT};

/// The button that opens it, with how much is unread.
#[component]
pub fn Toggle() -> impl IntoView {
    let client = use_client();
    let turn = move |_| client.chatting.update(|open| *open = !*open);
    view! {
        <button
            class="button"
            type="button"
            aria-expanded=move || client.chatting.get().to_string()
            data-testid="messages"
            on:click=turn
        >
            <Icon glyph=Glyph::Messages />
            <span class="files-wide">{tr!("Messages")}</span>
            {move || {
                let unread = client.unread.get();
                (unread > 0).then(|| view! {
                    <span class="badge" data-testid="unread">
                        {unread.to_string()}
                        <span class="hidden">{tr!(" unread")}</span>
                    </span>
                })
            }}
        </button>
    }
    .erase()
}

/// The conversation beside the list.
#[component]
pub fn Drawer() -> impl IntoView {
    let client = use_client();
    Effect::new(move || {
        if client.chatting.get() {
            client.read();
        }
    });
    move || client.chatting.get().then(|| view! { <Conversation client /> })
}

#[component]
fn Conversation(client: Client) -> impl IntoView {
    let lines = NodeRef::<html::Div>::new();
    Effect::new(move || {
        client.messages.track();
        request_animation_frame(move || {
            if let Some(lines) = lines.try_get_untracked().flatten() {
                lines.set_scroll_top(lines.scroll_height());
            }
        });
    });
    let close = move || client.chatting.set(false);
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let said = move || client.messages.get().into_iter().map(|message| view! { <Line message /> }).collect_view();
    view! {
        <aside class="drawer files-chat" aria-label=tr!("Messages") data-testid="chat" on:keydown=escape>
            <div class="drawer-head">
                <h2>{tr!("Messages")}</h2>
                <button class="icon-button" type="button" aria-label=tr!("Close") data-testid="chat-close" on:click=move |_| close()>
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
            <section class="chat">
                <div node_ref=lines class="chat-lines" tabindex="0" role="log" aria-label=tr!("Messages")>
                    {move || client.messages.read().is_empty().then(|| view! {
                        <p class="muted">{tr!("Nothing has been said yet. What you write here reaches the operators of this server.")}</p>
                    })}
                    <ol>{said}</ol>
                </div>
                <Answer client />
            </section>
        </aside>
    }
    .erase()
}

#[component]
fn Line(message: ChatMessage) -> impl IntoView {
    let clock = use_clock();
    let ChatMessage { at, side, who, text, .. } = message;
    let class = if side == ChatSide::User { "message own" } else { "message" };
    view! {
        <li class=class data-testid="chat-message">
            <p class="message-text">{text}</p>
            <p class="message-facts">
                <time datetime=format::iso(at)>{clock.time(at)}</time>
                " · "
                {who}
            </p>
        </li>
    }
    .erase()
}

#[component]
fn Answer(client: Client) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let (text, busy, error) = (RwSignal::new(String::new()), RwSignal::new(false), RwSignal::new(None));
    Effect::new(move || {
        if let Some(field) = field.get() {
            // An element that is there can be focused; if not, nothing is lost.
            let _ = field.focus();
        }
    });
    let send = Callback::new(move |()| {
        let message = text.get_untracked();
        if message.trim().is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = answer(message).await;
            let _ = busy.try_set(false);
            match answer {
                // The socket brings it back.
                Ok(()) => drop(text.try_set(String::new())),
                Err(PanelError::SignedOut) => client.lost(),
                Err(failure) => drop(error.try_set(Some(failure.text()))),
            }
        });
    });
    view! {
        <Form submit=send class="chat-answer">
            <div class="chat-line">
                <input
                    node_ref=field
                    class="input"
                    type="text"
                    aria-label=tr!("Message")
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
        </Form>
    }
    .erase()
}
