//! The table: a sticky head, the rows in sight, and room above and below for the others.

use super::{
    columns::{self, Column},
    order::Chip,
    row::SessionTableRow,
    state::{Page, use_page},
    toolbar::TableFoot,
};
use crate::{components::erase::Erase, live::LiveRow, tr, words};
use leptos::{ev, html, prelude::*};

/// A row in sight and its number.
pub type Placed = (u32, LiveRow);

/// The table with its foot. Roles are written out, because a table that is laid out as cards on a narrow screen is
/// no table to browsers any more.
#[component]
pub fn SessionTable() -> impl IntoView {
    let page = use_page();
    let count = Memo::new(move |_| page.order.read().len());
    let window = Memo::new(move |_| page.viewport.get().window(count.get()));
    let visible: Memo<Vec<Placed>> = Memo::new(move |_| {
        let window = window.get();
        page.order.with(|order| {
            let number = |index: usize| u32::try_from(window.start + index).unwrap_or(u32::MAX);
            let ids = order.get(window.clone()).unwrap_or_default().iter().enumerate();
            ids.filter_map(|(index, id)| Some((number(index), page.live.row(*id)?))).collect()
        })
    });
    let first = Memo::new(move |_| visible.with(|visible| visible.first().map(|(_, row)| row.id)));
    let above = spacer(move |row| rows_to_px(window.get().start, row), page);
    let below = spacer(move |row| rows_to_px(count.get() - window.get().end.min(count.get()), row), page);
    Effect::new(move || {
        page.measure();
        let resized = window_event_listener(ev::resize, move |_| page.measure());
        on_cleanup(move || resized.remove());
    });
    // The height of the container also changes with what stands above it.
    Effect::new(move || {
        page.selected.track();
        page.live.paused.track();
        page.drawer.track();
        count.track();
        request_animation_frame(move || {
            if page.viewport.try_get_untracked().is_some() {
                page.measure();
            }
        });
    });
    let total = move || page.live.stats.get().online.max(u32::try_from(count.get()).unwrap_or(u32::MAX)) + 1;
    view! {
        <div
            node_ref=page.scroller
            class="table-scroll"
            tabindex="-1"
            data-testid="sessions-scroll"
            on:scroll=move |_| page.measure()
        >
            <table
                class=move || columns::classes(&page.hidden.read())
                role="table"
                aria-label=tr!("Sessions")
                aria-rowcount=total
                data-testid="sessions-table"
            >
                <thead role="rowgroup">
                    <tr role="row" aria-rowindex="1">
                        <th role="columnheader" scope="col" data-col="check">
                            <SelectAll />
                        </th>
                        {Column::ALL.into_iter().map(|column| view! { <Head column /> }).collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <tr class="spacer" aria-hidden="true">
                        <td node_ref=above colspan="15"></td>
                    </tr>
                    <For each=move || visible.get() key=|(_, row)| row.serial let((_, row))>
                        <SessionTableRow row visible first />
                    </For>
                    <tr class="spacer" aria-hidden="true">
                        <td node_ref=below colspan="15"></td>
                    </tr>
                </tbody>
            </table>
            <Nothing />
        </div>
        <TableFoot />
    }
    .erase()
}

/// Gives a spacer cell its height. By CSSOM: the page's policy forbids style attributes.
fn spacer(height: impl Fn(f64) -> f64 + 'static, page: Page) -> NodeRef<html::Td> {
    let cell = NodeRef::<html::Td>::new();
    Effect::new(move || {
        let height = height(page.viewport.get().row);
        if let Some(cell) = cell.get() {
            let style = web_sys::HtmlElement::style(&cell);
            let _ = style.set_property("height", &format!("{height:.0}px"));
        }
    });
    cell
}

#[expect(clippy::cast_precision_loss, reason = "a number of rows")]
fn rows_to_px(rows: usize, row: f64) -> f64 {
    rows as f64 * row
}

#[component]
fn SelectAll() -> impl IntoView {
    let page = use_page();
    let all = Memo::new(move |_| {
        let selected = page.selected.read();
        page.order.with(|order| !order.is_empty() && order.iter().all(|id| selected.contains(id)))
    });
    let some = Memo::new(move |_| !page.selected.read().is_empty());
    view! {
        <input
            type="checkbox"
            aria-label=tr!("Select all sessions shown")
            data-testid="select-all"
            prop:checked=all
            prop:indeterminate=move || some.get() && !all.get()
            on:change:target=move |event| page.select_all(event.target().checked())
        />
    }
    .erase()
}

#[component]
fn Head(column: Column) -> impl IntoView {
    let page = use_page();
    let sorted = move || {
        let sort = page.sort.get();
        (sort.column == column).then_some(if sort.descending { "descending" } else { "ascending" })
    };
    view! {
        <th role="columnheader" scope="col" data-col=column.word() aria-sort=sorted>
            <button class="sort" type="button" title=column.hint().map(words::text) on:click=move |_| page.sort_by(column)>
                {words::text(column.label())}
            </button>
        </th>
    }
    .erase()
}

/// Stands where the rows would be.
#[component]
fn Nothing() -> impl IntoView {
    let page = use_page();
    let nobody = Memo::new(move |_| page.live.stats.get().online == 0);
    let none = Memo::new(move |_| page.order.read().is_empty());
    move || {
        match (none.get(), nobody.get()) {
        (false, _) => ().erase(),
        (true, true) => view! {
            <div class="empty" data-testid="empty">
                <h2>{tr!("Nobody is connected")}</h2>
                <p>{tr!("Sessions show here the moment a client connects. To try it:")}</p>
                <p>
                    <code>"curl --user LOGIN ftp://"{host()}":2121/"</code>
                </p>
                <p class="muted">{tr!("Ports are as set in the server's configuration; 2121 is the default for FTP.")}</p>
            </div>
        }
        .erase(),
        (true, false) => view! {
            <div class="empty" data-testid="empty-filtered">
                <h2>{tr!("No session matches")}</h2>
                <p>{tr!("Sessions that match the filter later will show up by themselves.")}</p>
                <p>
                    <button
                        class="button"
                        type="button"
                        on:click=move |_| {
                            page.query.set(String::new());
                            page.chip.set(Chip::All);
                        }
                    >
                        {tr!("Show all sessions")}
                    </button>
                </p>
            </div>
        }
        .erase(),
    }
    }
}

/// The name this panel is reached by, which is where clients will reach the server; known in the browser only.
fn host() -> impl IntoView {
    let name = RwSignal::new("HOST".to_owned());
    Effect::new(move || {
        if let Ok(host) = leptos::prelude::window().location().hostname() {
            name.set(host);
        }
    });
    name
}
