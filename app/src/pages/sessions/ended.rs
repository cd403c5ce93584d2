//! Sessions that are over: who it was, why it ended, and the way to its log.

use super::server::logs::recently_ended;
use crate::{
    clock::use_clock,
    components::{erase::Erase, time::Time},
    format,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use wharf_model::logs::EndedSession;

/// So many at most.
const MOST: u32 = 200;

const ASK_EVERY_MS: i64 = 3_000;

/// In place of the table of live sessions.
#[component]
pub fn EndedTable() -> impl IntoView {
    let sessions = RwSignal::<Option<Result<Vec<EndedSession>, String>>>::new(None);
    let ask = move |active: bool| {
        spawn_local(async move {
            let answer = recently_ended(MOST, active).await.map_err(|error| error.text());
            if sessions.try_with_untracked(|before| before.as_ref() != Some(&answer)) == Some(true) {
                sessions.set(Some(answer));
            }
        });
    };
    let clock = use_clock();
    let turn = Memo::new(move |_| clock.now() / ASK_EVERY_MS);
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        turn.get();
        if again.is_none() || !document().hidden() {
            ask(again.is_none());
        }
    });
    let body = move || {
        sessions.with(|sessions| match sessions {
            None => view! { <p class="empty muted">"Loading…"</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error">{error.clone()}</p> }.erase(),
            Some(Ok(sessions)) if sessions.is_empty() => {
                view! { <p class="empty muted" data-testid="ended-none">"No session has ended lately."</p> }.erase()
            }
            Some(Ok(sessions)) => view! { <Table sessions=sessions.clone() /> }.erase(),
        })
    };
    view! {
        <div class="table-scroll" data-testid="ended">
            {body}
        </div>
    }
    .erase()
}

#[component]
fn Table(sessions: Vec<EndedSession>) -> impl IntoView {
    view! {
        <table class="list">
            <caption class="hidden">"Sessions that ended, newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Ended"</th>
                    <th scope="col">"Login"</th>
                    <th scope="col">"Domain"</th>
                    <th scope="col">"Protocol"</th>
                    <th scope="col">"IP address"</th>
                    <th scope="col" class="number">"Lasted"</th>
                    <th scope="col" class="number">"In"</th>
                    <th scope="col" class="number">"Out"</th>
                    <th scope="col">"Why"</th>
                    <th scope="col">
                        <span class="hidden">"Log"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{sessions.into_iter().map(|session| view! { <Row session /> }).collect_view()}</tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(session: EndedSession) -> impl IntoView {
    let EndedSession { row, connected, ended, why } = session;
    let dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    view! {
        <tr data-testid="ended-row">
            <td data-label="Ended">
                <Time at=ended />
            </td>
            <td data-label="Login">
                <b>{dash(row.login)}</b>
            </td>
            <td data-label="Domain">{dash(row.domain)}</td>
            <td data-label="Protocol">{row.protocol.label(row.secure)}</td>
            <td data-label="IP address" class="mono">{row.ip}</td>
            <td data-label="Lasted" class="number">{format::duration(ended - connected)}</td>
            <td data-label="In" class="number">{format::size(row.bytes_in)}</td>
            <td data-label="Out" class="number">{format::size(row.bytes_out)}</td>
            <td data-label="Why" class="wide">{why}</td>
            <td>
                <A href=format!("/sessions/{}/log", row.id) attr:data-testid="ended-log">"Log"</A>
            </td>
        </tr>
    }
    .erase()
}
