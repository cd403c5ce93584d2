//! The sessions of the same account, and ending one of them.

use crate::{
    components::{dialog::Dialog, erase::Erase, time::Time},
    error::PanelError,
    files::{
        server::sessions::{end_own_session, own_sessions},
        state::{Ask, Client, use_client},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{files::OwnSession, ids::SessionId};

/// The dialog.
#[component]
pub fn Sessions() -> impl IntoView {
    let client = use_client();
    let open = Signal::derive(move || client.asking.with(|ask| *ask == Some(Ask::Sessions)));
    let close = Callback::new(move |()| client.asking.set(None));
    view! {
        <Dialog open on_close=close labelled_by="sessions-title" testid="sessions-dialog">
            <h2 id="sessions-title">{tr!("Your sessions")}</h2>
            <All client />
            <div class="dialog-buttons">
                <button class="button" type="button" data-testid="sessions-close" on:click=move |_| close.run(())>
                    {tr!("Close")}
                </button>
            </div>
        </Dialog>
    }
    .erase()
}

#[component]
fn All(client: Client) -> impl IntoView {
    let sessions = RwSignal::new(Vec::new());
    let ask = move || {
        spawn_local(async move {
            match own_sessions().await {
                Ok(all) => drop(sessions.try_set(all)),
                Err(error) => client.failed(&error),
            }
        });
    };
    ask();
    let end = Callback::new(move |id: SessionId| {
        spawn_local(async move {
            match end_own_session(id).await {
                // It has ended by itself.
                Ok(()) | Err(PanelError::NotFound) => {
                    sessions.try_update(|all: &mut Vec<OwnSession>| all.retain(|session| session.id != id));
                }
                Err(error) => client.failed(&error),
            }
        });
    });
    let here = client.user().session;
    view! {
        <ul class="own-sessions">
            <For each=move || sessions.get() key=|session| session.id let:session>
                <One session here end />
            </For>
        </ul>
    }
    .erase()
}

#[component]
fn One(session: OwnSession, here: SessionId, end: Callback<SessionId>) -> impl IntoView {
    let OwnSession { id, protocol, ip, client, since, folder } = session;
    let facts = [Some(ip), client, folder].into_iter().flatten().filter(|fact| !fact.is_empty());
    let button = if id == here {
        view! { <span class="muted">{tr!("this one")}</span> }.erase()
    } else {
        view! {
            <button class="button danger" type="button" data-testid="session-end" on:click=move |_| end.run(id)>
                {tr!("a session" => "End")}
            </button>
        }
        .erase()
    };
    view! {
        <li data-testid="own-session">
            <span>
                <b>{protocol}</b>
                " · "
                {tr!("since")}
                " "
                <Time at=since full=true />
            </span>
            <span class="muted">{facts.collect::<Vec<_>>().join(" · ")}</span>
            {button}
        </li>
    }
    .erase()
}
