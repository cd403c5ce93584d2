//! Sessions that are over: who it was, why it ended, and the way to its log.

use super::server::logs::recently_ended;
use crate::{
    clock::use_clock,
    components::{erase::Erase, time::Time},
    format, tr, words,
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
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error">{error.clone()}</p> }.erase(),
            Some(Ok(sessions)) if sessions.is_empty() => {
                view! { <p class="empty muted" data-testid="ended-none">{tr!("No session has ended lately.")}</p> }
                    .erase()
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
            <caption class="hidden">{tr!("Sessions that ended, newest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Ended")}</th>
                    <th scope="col">{tr!("Login")}</th>
                    <th scope="col">{tr!("Domain")}</th>
                    <th scope="col">{tr!("Protocol")}</th>
                    <th scope="col">{tr!("IP address")}</th>
                    <th scope="col" class="number">{tr!("Lasted")}</th>
                    <th scope="col" class="number">{tr!("In")}</th>
                    <th scope="col" class="number">{tr!("Out")}</th>
                    <th scope="col">{tr!("Why")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Log")}</span>
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
            <td data-label=tr!("Ended")>
                <Time at=ended />
            </td>
            <td data-label=tr!("Login")>
                <b>{dash(row.login)}</b>
            </td>
            <td data-label=tr!("Domain")>{dash(row.domain)}</td>
            <td data-label=tr!("Protocol")>{row.protocol.label(row.secure)}</td>
            <td data-label=tr!("IP address") class="mono">{row.ip}</td>
            <td data-label=tr!("Lasted") class="number">{format::duration(ended - connected)}</td>
            <td data-label=tr!("In") class="number">{format::size(row.bytes_in)}</td>
            <td data-label=tr!("Out") class="number">{format::size(row.bytes_out)}</td>
            <td data-label=tr!("Why") class="wide">{words::told(&why)}</td>
            <td>
                <A href=format!("/sessions/{}/log", row.id) attr:data-testid="ended-log">{tr!("Log")}</A>
            </td>
        </tr>
    }
    .erase()
}
