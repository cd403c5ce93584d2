//! Chat with users of live sessions, and messages to many.
//!
//! * [`server`]: the functions it calls
//! * [`inbox`]: what is unread
//! * [`chat`]: one conversation, here and in the drawer of the sessions page
//! * [`broadcast`]: a message to many

pub mod broadcast;
pub mod chat;
pub mod inbox;
pub mod server;

use crate::{
    components::{erase::Erase, form::when_settled, frame::use_account, time::Time},
    live::use_live,
    tr,
};
use broadcast::BroadcastDialog;
use chat::{Chat, DeleteConversation};
use inbox::use_inbox;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map},
};
use server::conversations;
use wharf_model::{
    chat::{ChatSide, Conversation},
    ids::SessionId,
    live::Frame,
    people::Permission,
};

type Conversations = RwSignal<Option<Result<Vec<Conversation>, String>>>;

/// The page: conversations on the left, the open one on the right.
#[component]
pub fn Messages() -> impl IntoView {
    let params = use_params_map();
    let open = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<SessionId>().ok()));
    let list: Conversations = RwSignal::new(None);
    let search = RwSignal::new(String::new());
    let live = use_live();
    let ask = move |active: bool| {
        let search = search.get_untracked();
        spawn_local(async move {
            let answer = conversations(search, active).await.map_err(|error| error.text());
            let _ = list.try_set(Some(answer));
        });
    };
    when_settled(
        Callback::new(move |()| {
            search.track();
            live.connections.track();
        }),
        Callback::new(move |()| ask(true)),
    );
    Effect::new(move || {
        live.hear(Callback::new(move |frame| {
            if !matches!(frame, Frame::Log(_)) {
                ask(false);
            }
        }));
    });
    let broadcasting = RwSignal::new(false);
    let may_send = use_account().is_some_and(|account| account.may(Permission::SendMessages));
    view! {
        <Title text=tr!("Messages") />
        <div class="page messages" class:reading=move || open.get().is_some()>
            <div class="page-head">
                <h1>{tr!("Messages")}</h1>
                <span class="space"></span>
                {may_send
                    .then(|| {
                        view! {
                            <button class="button" type="button" data-testid="broadcast" on:click=move |_| broadcasting.set(true)>
                                {tr!("Broadcast…")}
                            </button>
                        }
                    })}
            </div>
            <div class="card messages-card">
                <div class="conversations">
                    <input
                        class="filter"
                        type="search"
                        aria-label=tr!("Search messages")
                        placeholder=tr!("Search: text, login, domain, IP…")
                        autocomplete="off"
                        data-testid="messages-search"
                        prop:value=search
                        on:input:target=move |event| search.set(event.target().value())
                    />
                    <List list />
                </div>
                {move || match open.get() {
                    Some(session) => view! { <Opened session list /> }.erase(),
                    None => view! { <p class="empty muted conversation">{tr!("Choose a conversation.")}</p> }.erase(),
                }}
            </div>
        </div>
        <BroadcastDialog open=broadcasting />
    }
    .erase()
}

#[component]
fn List(list: Conversations) -> impl IntoView {
    move || {
        list.with(|list| match list {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error">{error.clone()}</p> }.erase(),
            Some(Ok(list)) if list.is_empty() => view! {
                <div class="empty" data-testid="messages-none">
                    <h2>{tr!("No messages")}</h2>
                    <p class="muted">{tr!("Users of FTP sessions write with SITE MSG; you write from a session's drawer.")}</p>
                </div>
            }
            .erase(),
            Some(Ok(list)) => {
                let entries = list.iter().map(|one| view! { <Entry one=one.clone() /> }).collect_view();
                view! { <ul>{entries}</ul> }.erase()
            }
        })
    }
}

#[component]
fn Entry(one: Conversation) -> impl IntoView {
    let inbox = use_inbox();
    let session = one.session;
    let who = one.login.unwrap_or_else(|| tr!("not logged in").to_owned());
    let place = one.domain.map_or_else(|| one.ip.clone(), |domain| format!("{domain} · {}", one.ip));
    let unread = Memo::new(move |_| inbox.of(session));
    let own = (one.last.side == ChatSide::Operator).then(|| format!("{}: ", one.last.who));
    view! {
        <li>
            <A href=format!("/messages/{session}") attr:class="conversation-entry" attr:data-testid="conversation">
                <span class="conversation-who">
                    <b>{who}</b>
                    {(!one.live).then(|| view! { <small class="muted">{tr!("ended")}</small> })}
                    {move || {
                        let unread = unread.get();
                        (unread > 0).then(|| view! { <span class="badge">{unread} <span class="hidden">{tr!(" unread")}</span></span> })
                    }}
                    <span class="space"></span>
                    <small class="muted">
                        <Time at=one.last.at />
                    </small>
                </span>
                <small class="muted">{place}</small>
                <span class="conversation-last">{own} {one.last.text}</span>
            </A>
        </li>
    }
    .erase()
}

#[component]
fn Opened(session: SessionId, list: Conversations) -> impl IntoView {
    let navigate = use_navigate();
    let gone = Callback::new(move |()| navigate("/messages", NavigateOptions::default()));
    let who = move || {
        list.with(|list| {
            let one = list.as_ref()?.as_ref().ok()?.iter().find(|one| one.session == session)?;
            let login = one.login.as_deref().unwrap_or(tr!("not logged in"));
            Some(format!("{login} · {}", one.ip))
        })
    };
    view! {
        <div class="conversation">
            <div class="conversation-head">
                <A href="/messages" attr:class="button quiet back">{tr!("Back")}</A>
                <h2>{who}</h2>
                <span class="space"></span>
                <A href=format!("/sessions/{session}/log") attr:class="button">{tr!("Log")}</A>
                <DeleteConversation session gone />
            </div>
            <Chat session />
        </div>
    }
    .erase()
}
