//! Everything about one session, beside the table. The row's own signals keep it live; what is not in the row (its
//! transfers, its encryption) is asked for once a second.

use super::{
    ending::Kind,
    log::LogView,
    row::{Arrow, Bar, Middle, Protocol, Status, TypeMark, fact},
    server::{Detail, session_detail},
    state::{Page, Tab, use_page},
};
use crate::{
    components::{
        erase::Erase,
        icons::{Glyph, Icon},
        menu::focus_within,
        plot::SpeedPlot,
        time::Time,
    },
    error::PanelError,
    format,
    live::LiveRow,
    pages::messages::{chat::Chat, inbox::use_inbox},
    tr,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::components::A;
use std::{collections::VecDeque, time::Duration};
use wharf_model::{
    ids::{SessionId, TransferId},
    people::Permission,
    sessions::{Direction, Progress, SessionRow, TransferRow},
};

/// Seconds of the speed graph.
const GRAPH: usize = 120;

/// The drawer, while a session is looked at.
#[component]
pub fn Drawer() -> impl IntoView {
    let page = use_page();
    move || page.drawer.get().map(|row| view! { <Body row /> })
}

#[component]
fn Body(row: LiveRow) -> impl IntoView {
    let page = use_page();
    let id = row.id;
    let live_row = StoredValue::new(row.clone());
    let facts: RwSignal<SessionRow> = row.facts.clone().into();
    let moving: RwSignal<Progress> = row.moving.clone().into();
    let ended: RwSignal<bool> = row.ended.clone().into();
    let detail: RwSignal<Option<Detail>> = RwSignal::new(None);
    let speeds = RwSignal::new(VecDeque::from([moving.read_untracked().speed.unwrap_or(0)]));
    let close_button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(button) = close_button.get() {
            let _ = button.focus();
        }
    });
    follow(id, detail, ended);
    Effect::new(move || {
        page.clock.now();
        if !ended.get_untracked() {
            speeds.update(|speeds| {
                speeds.push_back(moving.read_untracked().speed.unwrap_or(0));
                let surplus = speeds.len().saturating_sub(GRAPH);
                speeds.drain(..surplus);
            });
        }
    });
    let colour = Signal::derive(move || match facts.read().direction {
        Some(Direction::Upload) => "up",
        _ => "down",
    });
    let moving_file = Signal::derive(move || facts.read().direction.is_some());
    let several =
        Signal::derive(move || detail.with(|detail| detail.as_ref().is_some_and(|it| it.transfers.len() > 1)));
    view! {
        <aside class="drawer" aria-labelledby="drawer-title" data-testid="drawer">
            <div class="drawer-head">
                <h2 id="drawer-title">
                    {fact(facts, |row| Some(row.login.as_deref().unwrap_or(tr!("Not logged in yet"))))}
                    <small>{fact(facts, |row| row.domain.as_deref())}</small>
                </h2>
                <button
                    node_ref=close_button
                    class="icon-button"
                    type="button"
                    aria-label=tr!("Close")
                    data-testid="drawer-close"
                    on:click=move |_| page.close_drawer()
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
            <div class="drawer-live" aria-live="polite">
                {move || ended.get().then(|| view! { <p class="banner note" data-testid="drawer-ended">{tr!("This session has ended.")}</p> })}
            </div>
            <Tabs id chat=facts.read_untracked().protocol.can_chat() />
            {move || match page.tab.get() {
                Tab::Details => view! {
                    <div class="drawer-tab" role="tabpanel" aria-label=tr!("Details")>
                        <Facts facts moving detail />
                        <section>
                            <h3>{tr!("Speed")}</h3>
                            <SpeedPlot speeds width=GRAPH class=colour />
                        </section>
                        <Transfers page session=id detail ended />
                    </div>
                }
                .erase(),
                Tab::Log => view! {
                    <div class="drawer-tab" role="tabpanel" aria-label=tr!("Log")>
                        <LogView id />
                        <A href=format!("/sessions/{id}/log")>{tr!("As a page")}</A>
                    </div>
                }
                .erase(),
                Tab::Chat => view! {
                    <div class="drawer-tab" role="tabpanel" aria-label=tr!("Chat")>
                        <Chat session=id />
                    </div>
                }
                .erase(),
            }}
            <Buttons page live_row ended moving_file several />
        </aside>
    }
    .erase()
}

/// What of the session is shown. The arrow keys go from one to the next.
#[component]
fn Tabs(id: SessionId, chat: bool) -> impl IntoView {
    let page = use_page();
    let inbox = use_inbox();
    let unread = Memo::new(move |_| inbox.of(id));
    let mut tabs = vec![(Tab::Details, tr!("Details"), "tab-details")];
    if page.may(Permission::ViewLogs) {
        tabs.push((Tab::Log, tr!("Log"), "tab-log"));
    }
    if chat && page.may(Permission::ViewMessages) {
        tabs.push((Tab::Chat, tr!("Chat"), "tab-chat"));
    }
    let all: Vec<_> = tabs.iter().map(|(tab, ..)| *tab).collect();
    let list = NodeRef::<html::Div>::new();
    let turn = move |event: ev::KeyboardEvent| {
        let steps = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => all.len() - 1,
            _ => return,
        };
        event.prevent_default();
        let here = all.iter().position(|tab| *tab == page.tab.get_untracked()).unwrap_or(0);
        if let Some(tab) = all.get((here + steps) % all.len()) {
            page.tab.set(*tab);
        }
        request_animation_frame(move || {
            if let Some(list) = list.try_get_untracked().flatten() {
                focus_within(&list, "[aria-selected=true]");
            }
        });
    };
    let tab = move |(tab, name, testid): (Tab, &'static str, &'static str)| {
        let chosen = move || page.tab.get() == tab;
        view! {
            <button
                class="tab"
                type="button"
                role="tab"
                data-testid=testid
                aria-selected=move || chosen().to_string()
                tabindex=move || if chosen() { "0" } else { "-1" }
                on:click=move |_| page.tab.set(tab)
            >
                {name}
                {move || (tab == Tab::Chat && unread.get() > 0).then(|| view! { <span class="badge">{unread}</span> })}
            </button>
        }
    };
    view! {
        <div node_ref=list class="tabs" role="tablist" aria-label=tr!("Session") on:keydown=turn>
            {tabs.into_iter().map(tab).collect_view()}
        </div>
    }
    .erase()
}

/// Asks for the detail, at once and then each second until the session or the drawer ends.
fn follow(id: SessionId, detail: RwSignal<Option<Detail>>, ended: RwSignal<bool>) {
    let ask = move |active: bool| {
        spawn_local(async move {
            match session_detail(id, active).await {
                Ok(answer) => {
                    let _ = detail.try_set(Some(answer));
                }
                Err(PanelError::NotFound) => {
                    let _ = ended.try_set(true);
                }
                // The banner of the connection says it already.
                Err(_) => {}
            }
        });
    };
    Effect::new(move || {
        ask(true);
        let asking = set_interval_with_handle(
            move || {
                if ended.try_get_untracked() == Some(false) && !document().hidden() {
                    ask(false);
                }
            },
            Duration::from_secs(1),
        );
        on_cleanup(move || {
            if let Ok(asking) = asking {
                asking.clear();
            }
        });
    });
}

#[component]
fn Facts(facts: RwSignal<SessionRow>, moving: RwSignal<Progress>, detail: RwSignal<Option<Detail>>) -> impl IntoView {
    let page = use_page();
    let known = move |read: fn(&Detail) -> String| move || detail.with(|detail| detail.as_ref().map(read));
    let ago = move |at: i64| format::ago(page.clock.now() - at);
    let ip = move || facts.read().ip.clone();
    let others = Memo::new(move |_| detail.with(|detail| detail.as_ref().map_or(0, |detail| detail.same_ip)));
    let show_others = move |_: ev::MouseEvent| page.query.set(ip());
    view! {
        <dl class="facts">
            <dt>{tr!("Type")}</dt>
            <dd>
                <TypeMark kind=Signal::derive(move || facts.read().user_type) />
            </dd>
            <dt>{tr!("Status")}</dt>
            <dd>
                <Status facts moving />
            </dd>
            <dt>{tr!("Protocol")}</dt>
            <dd class="nowrap">
                <Protocol facts />
            </dd>
            <dt>{tr!("Encryption")}</dt>
            <dd>
                {move || match (facts.read().secure, detail.read().as_ref()) {
                    (false, _) => tr!("none").to_owned(),
                    (true, Some(detail)) => detail.encryption.clone().unwrap_or_else(|| tr!("yes").to_owned()),
                    (true, None) => "…".to_owned(),
                }}
            </dd>
            <dt>{tr!("Client")}</dt>
            <dd>{fact(facts, |row| Some(row.client.as_deref().unwrap_or(tr!("unknown"))))}</dd>
            <dt>{tr!("From")}</dt>
            <dd>
                <span class="mono">{ip} {known(|detail| tr!(" port {}", detail.port))}</span>
                {move || {
                    let others = others.get();
                    (others > 0)
                        .then(|| {
                            view! {
                                <button class="link" type="button" on:click=show_others>
                                    {tr!("{} more from here", format::number(others.into()))}
                                </button>
                            }
                        })
                }}
            </dd>
            <dt>{tr!("Reached")}</dt>
            <dd class="mono">{known(|detail| detail.local.clone())}</dd>
            <dt>{tr!("Connected")}</dt>
            <dd>
                {move || {
                    detail
                        .with(|detail| detail.as_ref().map(|detail| detail.connected))
                        .map(|at| {
                            view! {
                                <Time at full=true />
                                <span class="muted nowrap">" · " {move || ago(at)}</span>
                            }
                        })
                }}
            </dd>
            <dt>{tr!("Logon")}</dt>
            <dd>
                <Time at=Signal::derive(move || facts.read().logon_time) full=true />
                <span class="muted nowrap">" · " {move || ago(facts.read().logon_time)}</span>
            </dd>
            <dt>{tr!("Last active")}</dt>
            <dd>
                <Time at=Signal::derive(move || moving.read().last_active) />
                <span class="muted">" · " {move || ago(moving.read().last_active)}</span>
            </dd>
            <dt>{tr!("Location")}</dt>
            <dd class="mono">{fact(facts, |row| Some(row.cwd.as_deref().unwrap_or("–")))}</dd>
            <dt>{tr!("Moved")}</dt>
            <dd>
                {move || {
                    let moving = moving.read();
                    tr!("{} in · {} out", format::size(moving.bytes_in), format::size(moving.bytes_out))
                }}
            </dd>
            <dt>{tr!("Node")}</dt>
            <dd>{fact(facts, |row| Some(&row.node))}</dd>
            <dt>{tr!("Session")}</dt>
            <dd class="mono small">{move || facts.read().id.to_string()}</dd>
        </dl>
    }
    .erase()
}

#[component]
fn Transfers(page: Page, session: SessionId, detail: RwSignal<Option<Detail>>, ended: RwSignal<bool>) -> impl IntoView {
    let transfers = move || {
        if ended.get() {
            return Vec::new();
        }
        detail.with(|detail| detail.as_ref().map(|detail| detail.transfers.clone()).unwrap_or_default())
    };
    let ids = Memo::new(move |_| transfers().iter().map(|transfer| transfer.id).collect::<Vec<_>>());
    let may_abort = page.may(Permission::AbortTransfers);
    // The button below the facts stops all of them.
    let choice = Memo::new(move |_| may_abort && ids.read().len() > 1);
    let abort = Callback::new(move |transfer| page.abort_one(session, transfer));
    view! {
        <section>
            <h3>{tr!("Transfers")}</h3>
            {move || ids.read().is_empty().then(|| view! { <p class="muted">{tr!("Nothing moves now.")}</p> })}
            <ul class="transfers">
                <For each=move || ids.get() key=|id| *id let:id>
                    <Transfer id detail choice abort />
                </For>
            </ul>
        </section>
    }
    .erase()
}

#[component]
fn Transfer(
    id: TransferId,
    detail: RwSignal<Option<Detail>>,
    choice: Memo<bool>,
    abort: Callback<TransferId>,
) -> impl IntoView {
    let row = Memo::new(move |before: Option<&Option<TransferRow>>| {
        let now = detail.with(|detail| {
            detail.as_ref().and_then(|detail| detail.transfers.iter().find(|transfer| transfer.id == id)).cloned()
        });
        // Between its end and its leaving the list it shows what it last was.
        now.or_else(|| before.cloned().flatten())
    });
    let share = Signal::derive(move || {
        row.with(|row| {
            let row = row.as_ref()?;
            let total = row.total.filter(|total| *total > 0)?;
            #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
            let share = (format::approximate(row.done) / format::approximate(total) * 100.0) as f32;
            Some(share)
        })
    });
    let text = Signal::derive(move || share.get().map(format::percent).unwrap_or_default());
    let moved = move || row.with(|row| row.as_ref().map(moved));
    row.get_untracked().map(|first| {
        let name = tr!("Abort {}", first.path);
        let button = move || {
            choice.get().then(|| {
                view! {
                    <button
                        class="button"
                        type="button"
                        data-testid="transfer-abort"
                        aria-label=name.clone()
                        on:click=move |_| abort.run(id)
                    >
                        {tr!("Abort")}
                    </button>
                }
            })
        };
        view! {
            <li data-testid="transfer">
                <span class="transfer-path" title=first.path.clone()>
                    <Arrow direction=first.direction />
                    <Middle text=first.path.clone() />
                </span>
                <span class="transfer-bar">
                    <Bar direction=first.direction share text />
                    {button}
                </span>
                <span class="muted">{moved} {(!first.secure).then(|| tr!(" · data not encrypted"))}</span>
            </li>
        }
    })
}

/// `38.2 of 93.1 MB · 3.1 MB/s · 18 s left`.
fn moved(row: &TransferRow) -> String {
    let mut parts = vec![match row.total {
        Some(total) => tr!("{} of {}", format::size(row.done), format::size(total)),
        None => tr!("{} so far", format::size(row.done)),
    }];
    parts.push(format::rate(row.speed));
    if row.offset > 0 {
        parts.push(tr!("resumed at {}", format::size(row.offset)));
    }
    let left = row.total.map(|total| total.saturating_sub(row.done));
    if let Some(ms) = left.and_then(|left| format::remaining_ms(left, row.speed)) {
        parts.push(tr!("{} left", format::span(ms)));
    }
    parts.join(" · ")
}

#[component]
fn Buttons(
    page: Page,
    live_row: StoredValue<LiveRow>,
    ended: RwSignal<bool>,
    moving_file: Signal<bool>,
    several: Signal<bool>,
) -> impl IntoView {
    let ask = move |kind| page.ask(kind, vec![live_row.with_value(LiveRow::now)]);
    view! {
        <div class="drawer-buttons">
            {page
                .may(Permission::AbortTransfers)
                .then(|| {
                    view! {
                        <button
                            class="button"
                            type="button"
                            data-testid="drawer-abort"
                            disabled=move || ended.get() || !moving_file.get()
                            on:click=move |_| ask(Kind::Abort)
                        >
                            {move || if several.get() { tr!("Abort transfers") } else { tr!("Abort transfer") }}
                        </button>
                    }
                })}
            {page
                .may(Permission::EndSessions)
                .then(|| {
                    view! {
                        <button
                            class="button danger"
                            type="button"
                            data-testid="drawer-kick"
                            disabled=ended
                            on:click=move |_| ask(Kind::Kick)
                        >
                            {tr!("Kick…")}
                        </button>
                    }
                })}
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_says_what_is_left() {
        let row = TransferRow {
            id: TransferId(uuid::Uuid::nil()),
            path: "/in/a".to_owned(),
            direction: Direction::Upload,
            done: 38_200_000,
            offset: 0,
            total: Some(93_100_000),
            speed: 3_100_000,
            started: 0,
            secure: true,
        };
        assert_eq!(moved(&row), "38.2 MB of 93.1 MB · 3.1 MB/s · 17 s left");
        let unknown = TransferRow { total: None, offset: 1_000, speed: 0, ..row };
        assert_eq!(moved(&unknown), "38.2 MB so far · 0 B/s · resumed at 1.0 kB");
    }
}
