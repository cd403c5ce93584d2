//! What is in the folder, as a list or as tiles: the same grid of one column for the keyboard and for screen readers.

use super::{
    keys,
    row::Row,
    state::{By, Client, Order, use_client},
};
use crate::{components::erase::Erase, format, tr};
use leptos::{html, prelude::*};
use wharf_model::files::ENTRIES_MOST;

/// Entries that are built at once; the rest when somebody scrolls there.
const STEP: usize = 300;

/// The entries.
#[component]
pub fn List() -> impl IntoView {
    let client = use_client();
    let table = NodeRef::<html::Table>::new();
    let entries = Memo::new(move |_| client.shown());
    let built = RwSignal::new(STEP);
    Effect::new(move || {
        client.path.track();
        built.set(STEP);
    });
    let rows = move || {
        let built = built.get();
        entries.with(|entries| entries.iter().take(built).cloned().collect::<Vec<_>>())
    };
    let rest = move || entries.with(Vec::len).saturating_sub(built.get());
    let grow = move || built.update(|built| *built += STEP);
    let scrolled = move |_| {
        const NEAR: i32 = 600;
        if let Some(scroller) = table.get_untracked().and_then(|table| table.parent_element())
            && scroller.scroll_top() + scroller.client_height() + NEAR > scroller.scroll_height()
            && rest() > 0
        {
            grow();
        }
    };
    let active = move || client.cursor.get().map(|path| row_id(&path));
    view! {
        <div class="files-list card" on:scroll=scrolled class:tiles=move || client.grid.get() aria-busy=move || client.loading.get().to_string()>
            <Told client />
            <table
                node_ref=table
                role="grid"
                tabindex="0"
                aria-label=tr!("Files and folders")
                aria-multiselectable="true"
                aria-activedescendant=active
                data-testid="entries"
                on:keydown=move |event| keys::pressed(client, &event)
            >
                <thead>
                    <tr>
                        <th class="pick"><All client entries /></th>
                        <Head client by=By::Name name=tr!("Name") testid="sort-name" />
                        <Head client by=By::Size name=tr!("Size") testid="sort-size" />
                        <Head client by=By::Modified name=tr!("Modified") testid="sort-modified" />
                    </tr>
                </thead>
                <tbody>
                    <For each=rows key=|entry| (entry.path.clone(), entry.size, entry.modified) let:entry>
                        <Row client entry />
                    </For>
                </tbody>
            </table>
            {move || {
                let rest = rest();
                (rest > 0).then(|| view! {
                    <button class="button files-rest" type="button" data-testid="show-more" on:click=move |_| grow()>
                        {tr!("Show {n} more" | "Show {n} more" % rest as u64)}
                    </button>
                })
            }}
        </div>
    }
    .erase()
}

/// Id of the row of a path.
pub fn row_id(path: &str) -> String {
    format!("entry-{path}")
}

/// What there is to say about the whole: empty, in error, too much.
#[component]
fn Told(client: Client) -> impl IntoView {
    let empty = move || untrack(|| client.shown().is_empty());
    move || {
        if let Some(error) = client.error.get() {
            return view! { <p class="files-told" role="alert" data-testid="folder-error">{error}</p> }.erase();
        }
        let may = client.may();
        if let Some((_, found)) = &*client.found.read() {
            let none = found.entries.is_empty();
            return none.then(|| view! { <p class="files-told" data-testid="found-none">{tr!("Nothing below here has this in its name.")}</p> }).erase();
        }
        if client.more.get() {
            let most = format::number(ENTRIES_MOST as u64);
            let text =
                tr!("This folder has more than {} entries. The first ones are shown; search finds the others.", most);
            return view! { <p class="banner note" data-testid="too-many">{text}</p> }.erase();
        }
        client.way.track();
        if !may.list {
            let text = if client.user().visits.is_some() {
                tr!(
                    "Drop files here, or use the buttons above. They arrive, and nobody else who has the link sees them."
                )
            } else {
                tr!("This account may not see what is in a folder. What you upload arrives all the same.")
            };
            return view! { <p class="files-told" data-testid="folder-hidden">{text}</p> }.erase();
        }
        if client.is_empty() && empty() {
            let text = if may.write {
                tr!("This folder is empty. Drop files here, or use the buttons above.")
            } else {
                tr!("This folder is empty.")
            };
            return view! { <p class="files-told" data-testid="folder-empty">{text}</p> }.erase();
        }
        ().erase()
    }
}

#[component]
fn Head(client: Client, by: By, name: &'static str, testid: &'static str) -> impl IntoView {
    let sorted = move || {
        let Order { by: now, down } = client.order.get();
        (now == by).then_some(if down { "descending" } else { "ascending" })
    };
    view! {
        <th class=class_of(by) scope="col" aria-sort=sorted>
            <button class="files-sort" type="button" data-testid=testid on:click=move |_| client.sort(by)>
                {name}
            </button>
        </th>
    }
    .erase()
}

/// The class of a column.
pub fn class_of(by: By) -> &'static str {
    match by {
        By::Name => "name",
        By::Size => "size number",
        By::Modified => "modified",
    }
}

#[component]
fn All(client: Client, entries: Memo<Vec<wharf_model::files::Entry>>) -> impl IntoView {
    let all = move || {
        let count = entries.with(Vec::len);
        count > 0 && client.selected.read().len() == count
    };
    let turn = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        client.selected.update(|selected| {
            selected.clear();
            if on {
                selected.extend(
                    entries
                        .with_untracked(|entries| entries.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>()),
                );
            }
        });
    };
    view! {
        <input
            type="checkbox"
            aria-label=tr!("Select all")
            data-testid="select-all"
            prop:checked=all
            on:change=turn
        />
    }
    .erase()
}
