//! Active panel sessions: who is signed in, and ending it.
//!
//! * [`server`]: the functions it calls
//! * [`settings`]: how long a session lasts, and where administrators may come from
//! * [`warning`]: the countdown before the own session ends

pub mod server;
pub mod settings;
pub mod warning;

use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        frame::use_account,
        icons::{Glyph, Icon},
        time::Time,
        toast::use_toasts,
    },
    format,
    live::news::keep_fresh,
    tr, tr_view, words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::components::A;
use server::{panel_sessions, remove_panel_sessions};
use std::collections::HashSet;
use wharf_model::{
    ids::PanelSessionId,
    live::Topic,
    panel_sessions::{PanelSessionRow, RemovalReceipt},
    people::Permission,
};

/// When somebody last did something changes without news, so the page looks again this often.
const BEAT_MS: i64 = 10_000;

/// What the rows of the page share.
#[derive(Clone, Copy)]
struct State {
    all: RwSignal<Option<Result<Vec<PanelSessionRow>, String>>>,
    chosen: RwSignal<HashSet<PanelSessionId>>,
    asked: RwSignal<Option<Vec<PanelSessionRow>>>,
    ask: Callback<bool>,
}

impl State {
    fn row(self, id: PanelSessionId) -> Option<PanelSessionRow> {
        self.all.with(|all| all.as_ref()?.as_ref().ok()?.iter().find(|row| row.id == id).cloned())
    }

    /// The chosen rows that are still there.
    fn targets(self) -> Vec<PanelSessionRow> {
        self.all.with(|all| {
            let rows = all.as_ref().and_then(|all| all.as_ref().ok()).map(Vec::as_slice).unwrap_or_default();
            self.chosen.with(|chosen| rows.iter().filter(|row| chosen.contains(&row.id)).cloned().collect())
        })
    }
}

/// The page.
#[component]
pub fn PanelSessions() -> impl IntoView {
    let all = RwSignal::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = panel_sessions(active).await.map_err(|error| error.text());
            let _ = all.try_set(Some(answer));
        });
    });
    let state = State { all, chosen: RwSignal::default(), asked: RwSignal::new(None), ask };
    keep_fresh(Topic::PanelSessions, ask);
    let clock = use_clock();
    let beat = Memo::new(move |_| clock.now().div_euclid(BEAT_MS));
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        beat.get();
        if again.is_some() {
            ask.run(false);
        }
    });
    let ids = Memo::new(move |_| {
        all.with(|all| {
            let rows = all.as_ref()?.as_ref().ok()?;
            Some(rows.iter().map(|row| row.id).collect::<Vec<_>>())
        })
    });
    let trouble = Memo::new(move |_| all.with(|all| all.as_ref().and_then(|all| all.as_ref().err().cloned())));
    let body = move || match (ids.with(Option::is_some), trouble.get()) {
        (_, Some(error)) => view! { <p class="empty field-error" role="alert">{error}</p> }.erase(),
        (false, None) => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
        (true, None) => view! { <Table state ids /> }.erase(),
    };
    let count = move || ids.with(|ids| ids.as_ref().map(|ids| tr!("{n} session" | "{n} sessions" % ids.len() as u64)));
    let refresh = move |_| ask.run(true);
    let settings = use_account().is_some_and(|account| account.may(Permission::ViewSettings));
    view! {
        <Title text=tr!("Panel sessions") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Active panel sessions")}</h1>
                <span class="muted" data-testid="panel-sessions-count">
                    {count}
                </span>
                <span class="space"></span>
                {settings
                    .then(|| {
                        view! { <A href="/panel-sessions/settings" attr:class="button" attr:data-testid="panel-settings">{tr!("Settings")}</A> }
                    })}
            </div>
            <section class="card" aria-label=tr!("Active panel sessions")>
                <div class="toolbar">
                    <button class="button" type="button" data-testid="panel-sessions-refresh" on:click=refresh>
                        <Icon glyph=Glyph::Refresh />
                        {tr!("Refresh")}
                    </button>
                    <RemoveButton state />
                    <span class="space"></span>
                    <span class="muted">{tr!("All sessions, including yours.")}</span>
                </div>
                {body}
            </section>
        </div>
        <RemoveDialog state />
    }
    .erase()
}

#[component]
fn RemoveButton(state: State) -> impl IntoView {
    let count = Memo::new(move |_| state.targets().len());
    let name = move || match count.get() {
        0 => tr!("Remove…").to_owned(),
        count => tr!("Remove {}…", count),
    };
    view! {
        <button
            class="button danger"
            type="button"
            data-testid="panel-sessions-remove"
            disabled=move || count.get() == 0
            on:click=move |_| state.asked.set(Some(state.targets()))
        >
            {name}
        </button>
    }
    .erase()
}

#[component]
fn Table(state: State, ids: Memo<Option<Vec<PanelSessionId>>>) -> impl IntoView {
    view! {
        <table class="list" data-testid="panel-sessions">
            <caption class="hidden">{tr!("Active panel sessions, the latest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">
                        <span class="hidden">{tr!("Select")}</span>
                    </th>
                    <th scope="col">{tr!("Type")}</th>
                    <th scope="col">{tr!("Login")}</th>
                    <th scope="col">{tr!("IP address")}</th>
                    <th scope="col">{tr!("Browser")}</th>
                    <th scope="col">{tr!("Logon time")}</th>
                    <th scope="col" class="number">{tr!("Idle time")}</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || ids.get().unwrap_or_default() key=|id| *id let:id>
                    <Row state id />
                </For>
            </tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(state: State, id: PanelSessionId) -> impl IntoView {
    let clock = use_clock();
    let row = state.all.with_untracked(|all| all.as_ref()?.as_ref().ok()?.iter().find(|row| row.id == id).cloned());
    let last_active = Memo::new(move |before: Option<&i64>| {
        state.row(id).map(|row| row.last_active).or(before.copied()).unwrap_or_default()
    });
    row.map(|row| {
        let choose = move |chosen: bool| {
            state.chosen.update(|all| {
                if chosen {
                    all.insert(id)
                } else {
                    all.remove(&id)
                };
            });
        };
        let check = (!row.yours).then(|| {
            view! {
                <input
                    type="checkbox"
                    data-testid="panel-session-check"
                    aria-label=tr!("Select the session of {} from {}", row.login, row.ip)
                    prop:checked=move || state.chosen.with(|chosen| chosen.contains(&id))
                    on:change:target=move |event| choose(event.target().checked())
                />
            }
        });
        let login = row.login.clone();
        let idle = move || format::duration((clock.now() - last_active.get()).max(0));
        let actor = row.actor.map(|actor| view! { <span class="muted">" · " {tr!("{} signed in as", actor)}</span> });
        let yours = row
            .yours
            .then(|| view! { <span class="tag" data-testid="panel-session-yours">{tr!("this session")}</span> });
        view! {
            <tr data-testid="panel-session" data-login=login>
                <td data-label="">{check}</td>
                <td data-label=tr!("Type")>{words::text(row.role.label())}</td>
                <td data-label=tr!("Login") class="wide">
                    <span>
                        <b>{row.login}</b>
                        " "
                        {yours}
                        {actor}
                    </span>
                </td>
                <td data-label=tr!("IP address") class="mono">{row.ip}</td>
                <td data-label=tr!("Browser")>
                    <span title=row.user_agent>{row.browser}</span>
                </td>
                <td data-label=tr!("Logon time")>
                    <Time at=row.logon_time full=true />
                </td>
                <td data-label=tr!("Idle time") class="number" data-testid="panel-session-idle">
                    {idle}
                </td>
            </tr>
        }
    })
}

/// Asks once more, and says whom it is about.
#[component]
fn RemoveDialog(state: State) -> impl IntoView {
    let toasts = use_toasts();
    let State { chosen, asked, ask, .. } = state;
    let open = Signal::derive(move || asked.with(Option::is_some));
    let close = Callback::new(move |()| asked.set(None));
    let who = move || {
        let rows = asked.get().unwrap_or_default();
        rows.into_iter()
            .map(|row| view! { <li>
                        {tr_view!("{} from {}, {}", view! { <b>{row.login}</b> }, view! { <span class="mono">{row.ip}</span> }, row.browser)}
                    </li> })
            .collect_view()
    };
    let submit = Callback::new(move |()| {
        let ids: Vec<_> = asked.get_untracked().unwrap_or_default().into_iter().map(|row| row.id).collect();
        asked.set(None);
        spawn_local(async move {
            match remove_panel_sessions(ids).await {
                Ok(receipt) => toasts.tell(told(receipt)),
                Err(error) => toasts.fail(error.text()),
            }
            let _ = chosen.try_set(HashSet::new());
            ask.try_run(true);
        });
    });
    view! {
        <Dialog open on_close=close labelled_by="panel-remove-title" testid="panel-remove-dialog">
            <h2 id="panel-remove-title">{tr!("Remove these sessions?")}</h2>
            <ul class="names">{who}</ul>
            <p class="muted">{tr!("They end at once. What was not saved there is lost; everybody may sign in again.")}</p>
            <Form submit>
                <DialogButtons close yes=tr!("OK") disabled=false danger=true testid="panel-remove-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}

fn told(receipt: RemovalReceipt) -> String {
    let RemovalReceipt { removed, gone, own } = receipt;
    let mut parts = vec![tr!("{} removed.", tr!("{n} session" | "{n} sessions" % removed))];
    if gone > 0 {
        parts.push(tr!("{} had ended already.", gone));
    }
    if own > 0 {
        parts.push(tr!("Your own stays; sign out to end it.").to_owned());
    }
    parts.join(" ")
}
