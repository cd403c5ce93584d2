//! What stands above the table: buttons, filter, chips, columns, what is selected, that it is paused.

use super::{
    columns::Column,
    ending::Kind,
    order::Chip,
    state::{Page, Tab, use_page},
};
use crate::{
    components::{
        erase::Erase,
        icons::{Glyph, Icon},
        menu::Menu,
    },
    format,
    live::LiveState,
    tr, words,
};
use leptos::prelude::*;
use wharf_model::{people::Permission, sessions::Protocol};

/// Pause and Refresh.
#[component]
pub fn HeadButtons() -> impl IntoView {
    let page = use_page();
    let paused = page.live.paused;
    view! {
        <span class="space"></span>
        <button
            class="button"
            type="button"
            data-testid="sessions-pause"
            class:on=paused
            on:click=move |_| page.live.pause(!paused.get_untracked())
        >
            {move || {
                if paused.get() {
                    view! {
                        <Icon glyph=Glyph::Resume />
                        <span>{tr!("Resume")}</span>
                    }
                        .erase()
                } else {
                    view! {
                        <Icon glyph=Glyph::Pause />
                        <span>{tr!("Pause")}</span>
                    }
                        .erase()
                }
            }}
        </button>
        <button
            class="button"
            type="button"
            data-testid="sessions-refresh"
            class:busy=page.refreshing
            on:click=move |_| page.refresh()
        >
            <Icon glyph=Glyph::Refresh />
            <span>{tr!("Refresh")}</span>
        </button>
        {head_button(page, Permission::SendMessages, "button", "broadcast", tr!("Broadcast…"), page.broadcasting)}
        {head_button(page, Permission::EndSessions, "button danger", "kick-all", tr!("Kick all…"), page.kicking_all)}
    }
    .erase()
}

/// A button that opens a dialog; nothing for who may not do what it does.
fn head_button(
    page: Page,
    permission: Permission,
    class: &'static str,
    testid: &'static str,
    name: &'static str,
    open: RwSignal<bool>,
) -> Option<impl IntoView> {
    page.may(permission).then(|| {
        view! {
            <button class=class type="button" data-testid=testid on:click=move |_| open.set(true)>
                {name}
            </button>
        }
    })
}

/// Says that the table stands still, and how much it is behind.
#[component]
pub fn PausedBanner() -> impl IntoView {
    let page = use_page();
    let live = page.live;
    let changes = move || match live.waiting.get() {
        0 => tr!("The table is paused; nothing has changed since.").to_owned(),
        many => tr!("The table is paused; {n} session has changed since."
            | "The table is paused; {n} sessions have changed since." % many),
    };
    move || {
        live.paused.get().then(|| {
            view! {
                <div class="banner note" data-testid="paused-banner">
                    <span>{changes}</span>
                    <button class="button" type="button" on:click=move |_| live.pause(false)>
                        {tr!("Resume")}
                    </button>
                </div>
            }
        })
    }
}

/// Filter, chips, columns.
#[component]
pub fn Toolbar() -> impl IntoView {
    let page = use_page();
    view! {
        <div class="toolbar" role="search" aria-label=tr!("Filter")>
            <input
                node_ref=page.filter_box
                class="filter"
                type="search"
                aria-label=tr!("Filter sessions")
                aria-keyshortcuts="/"
                placeholder=tr!("Filter: login, IP, path, file…")
                autocomplete="off"
                spellcheck="false"
                data-testid="sessions-filter"
                prop:value=page.query
                on:input:target=move |event| page.query.set(event.target().value())
            />
            <div class="chips" role="group" aria-label=tr!("Quick filters")>
                <Chips />
            </div>
            <span class="space"></span>
            <SortControl />
            <ColumnsMenu />
        </div>
    }
    .erase()
}

#[component]
fn Chips() -> impl IntoView {
    let page = use_page();
    let protocol = move |protocol: Protocol, testid: &'static str| {
        // Who has only FTP never reads about the others; but a chip in use stays.
        let used =
            Memo::new(move |_| page.counts.get().of(protocol) > 0 || page.chip.get() == Chip::Protocol(protocol));
        let count = move || Some(page.counts.get().of(protocol));
        move || {
            used.get()
                .then(|| view! { <ChipButton chip=Chip::Protocol(protocol) name=family(protocol) testid count /> })
        }
    };
    view! {
        <ChipButton chip=Chip::All name=tr!("All") testid="chip-all" count=|| None />
        {protocol(Protocol::Ftp, "chip-ftp")}
        {protocol(Protocol::Sftp, "chip-sftp")}
        {protocol(Protocol::Http, "chip-http")}
        {protocol(Protocol::WebDav, "chip-webdav")}
        <ChipButton
            chip=Chip::Transferring
            name=tr!("Transferring")
            testid="chip-transferring"
            count=move || Some(page.counts.get().transferring)
        />
        <ChipButton chip=Chip::Idle name=tr!("Idle > 10 min") testid="chip-idle" count=move || Some(page.counts.get().idle) />
        {page
            .may(Permission::ViewLogs)
            .then(|| {
                view! {
                    <button
                        class="chip"
                        type="button"
                        data-testid="chip-ended"
                        aria-pressed=move || page.over.get().to_string()
                        on:click=move |_| page.over.update(|over| *over = !*over)
                    >
                        {tr!("Recently ended")}
                    </button>
                }
            })}
    }
    .erase()
}

fn family(protocol: Protocol) -> &'static str {
    protocol.label(false)
}

#[component]
fn ChipButton(
    chip: Chip,
    name: &'static str,
    testid: &'static str,
    count: impl Fn() -> Option<u32> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let page = use_page();
    // The first page has not all rows yet and could only miscount.
    let count = Memo::new(move |_| if page.live.complete.get() { count() } else { None });
    view! {
        <button
            class="chip"
            type="button"
            data-testid=testid
            aria-pressed=move || (page.chip.get() == chip && !page.over.get()).to_string()
            on:click=move |_| {
                page.chip.update(|now| *now = if *now == chip { Chip::All } else { chip });
                page.over.set(false);
            }
        >
            {name}
            {move || count.get().map(|count| view! { <span class="chip-count">{format::number(count.into())}</span> })}
        </button>
    }
    .erase()
}

/// The order, where the heads of the columns are not in sight.
#[component]
fn SortControl() -> impl IntoView {
    let page = use_page();
    let option = move |column: Column| {
        view! { <option prop:selected=move || page.sort.get().column == column>{words::text(column.label())}</option> }
    };
    let choose = move |number: i32| {
        let column = usize::try_from(number).ok().and_then(|number| Column::ALL.get(number));
        if let Some(column) = column {
            page.sort_by(*column);
        }
    };
    view! {
        <div class="sort-control">
            <label>
                <span class="hidden">{tr!("Sort by")}</span>
                <select class="input" data-testid="sort-by" on:change:target=move |event| choose(event.target().selected_index())>
                    {Column::ALL.into_iter().map(option).collect_view()}
                </select>
            </label>
            <button
                class="button"
                type="button"
                data-testid="sort-turn"
                aria-label=tr!("Turn the order round")
                on:click=move |_| page.sort_by(page.sort.get_untracked().column)
            >
                {move || if page.sort.get().descending { "▾" } else { "▴" }}
            </button>
        </div>
    }
    .erase()
}

#[component]
fn ColumnsMenu() -> impl IntoView {
    let summary = view! {
        <Icon glyph=Glyph::Columns />
        <span class="columns-name">{tr!("Columns")}</span>
    }
    .erase();
    view! {
        <Menu summary testid="columns" label=tr!("Columns") class="columns">
            <ColumnChoices />
        </Menu>
    }
    .erase()
}

#[component]
fn ColumnChoices() -> impl IntoView {
    let page = use_page();
    let entry = move |column: Column| {
        view! {
            <label>
                <input
                    type="checkbox"
                    data-testid=format!("column-{}", column.word())
                    prop:checked=move || !page.hidden.read().contains(&column)
                    on:change:target=move |event| page.show_column(column, event.target().checked())
                />
                {words::text(column.label())}
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>{tr!("Columns")}</legend>
            {Column::ALL.into_iter().filter(|column| column.optional()).map(entry).collect_view()}
        </fieldset>
    }
    .erase()
}

/// What is selected, and what can be done with it.
#[component]
pub fn SelectionBar() -> impl IntoView {
    let page = use_page();
    let any = Memo::new(move |_| !page.selected.read().is_empty());
    move || {
        any.get().then(|| {
            view! {
                <div class="selection-bar" data-testid="selection-bar" role="region" aria-label=tr!("Selection")>
                    <b>{move || tr!("{} selected", format::number(page.selected.read().len() as u64))}</b>
                    <span class="selection-who">{move || who(page)}</span>
                    <span class="space"></span>
                    <button class="button quiet" type="button" data-testid="clear-selection" on:click=move |_| page.select_all(false)>
                        {tr!("a selection" => "Clear")}
                    </button>
                    <LookButtons />
                    <OrderButton kind=Kind::Abort testid="abort" />
                    <OrderButton kind=Kind::Kick testid="kick" />
                </div>
            }
        })
    }
}

/// A button that begins an order about what is selected; nothing for who may not give it.
#[component]
fn OrderButton(kind: Kind, testid: &'static str) -> impl IntoView {
    let page = use_page();
    let (permission, name, class) = match kind {
        Kind::Kick => (Permission::EndSessions, tr!("Kick…"), "button danger"),
        Kind::Abort => (Permission::AbortTransfers, tr!("Abort transfer"), "button"),
    };
    page.may(permission).then(|| {
        view! {
            <button class=class type="button" data-testid=testid on:click=move |_| page.ask(kind, page.targets())>
                {name}
            </button>
        }
    })
}

/// What is for one session only.
#[component]
fn LookButtons() -> impl IntoView {
    let page = use_page();
    let one = Memo::new(move |_| {
        let selected = page.selected.read();
        selected.iter().next().copied().filter(|_| selected.len() == 1)
    });
    move || {
        one.get().map(|id| {
            let chat = page.live.row(id).is_some_and(|row| row.facts.read_untracked().protocol.can_chat());
            let button = move |name: &'static str, testid: &'static str, tab: Tab| {
                view! {
                    <button class="button" type="button" data-testid=testid on:click=move |_| page.open_at(id, tab)>
                        {name}
                    </button>
                }
            };
            (chat.then(|| button(tr!("Message…"), "message", Tab::Chat)), button(tr!("View log"), "view-log", Tab::Log))
        })
    }
}

/// Names the selected ones while they are few; says so if the filter hides some.
fn who(page: Page) -> String {
    let selected = page.selected.read();
    let shown = page.order.with(|order| order.iter().filter(|id| selected.contains(id)).count());
    let hidden = selected.len() - shown.min(selected.len());
    let named = match selected.iter().next().and_then(|id| page.live.row(*id)) {
        Some(row) if selected.len() == 1 => {
            let facts = row.facts.read();
            Some(format!("{} · {}", facts.login.as_deref().unwrap_or(tr!("logging in")), facts.ip))
        }
        _ => None,
    };
    let unseen = (hidden > 0).then(|| tr!("{} not in the filter", format::number(hidden as u64)));
    [named, unseen].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Below the table: what part of it is seen, and how old it is.
#[component]
pub fn TableFoot() -> impl IntoView {
    let page = use_page();
    let live = page.live;
    let showing = Memo::new(move |_| {
        let count = page.order.read().len();
        let sight = page.viewport.get().sight(count);
        let online = u64::from(live.stats.get().online).max(count as u64);
        let of = if page.chip.get() == Chip::All && page.query.read().trim().is_empty() {
            format::number(online)
        } else {
            tr!("{} filtered from {}", format::number(count as u64), format::number(online))
        };
        if sight.is_empty() {
            tr!("Showing none").to_owned()
        } else {
            tr!("Showing {}–{} of {}", format::number(sight.start as u64 + 1), format::number(sight.end as u64), of)
        }
    });
    let age = move || {
        let now = page.clock.now();
        match live.state.get() {
            LiveState::Connecting => tr!("not live yet").to_owned(),
            _ => tr!("updated {} ago", format::age(now - live.updated.get_untracked())),
        }
    };
    view! {
        <div class="table-foot">
            <span data-testid="showing">{showing}</span>
            <span class="age">{age}</span>
            <span class="space"></span>
            <button class="link" type="button" data-testid="export-csv" on:click=move |_| page.export()>
                {tr!("Export CSV")}
            </button>
            <button class="link keys-link" type="button" data-testid="keys" aria-keyshortcuts="?" on:click=move |_| page.help.set(true)>
                {tr!("Keys")}
            </button>
        </div>
    }
    .erase()
}
