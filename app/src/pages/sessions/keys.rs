//! The keyboard. Single letters can be switched off, as WCAG 2.1.4 asks: who dictates must not kick by saying it.

use super::{
    ending::Kind,
    state::{Page, Tab, use_page},
};
use crate::{
    components::{dialog::Dialog, erase::Erase, storage},
    tr,
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

const KEPT: &str = "wharf.keys";
/// Rows of a Page Up or Page Down.
const PAGE_ROWS: isize = 15;

/// Whether single letters are switched on.
fn letters() -> bool {
    storage::kept(KEPT).as_deref() != Some("off")
}

/// Listens in the browser as long as the page is shown.
pub fn listen(page: Page) {
    Effect::new(move || {
        let keys = window_event_listener(ev::keydown, move |event| {
            if !event.default_prevented() && pressed(page, &event) {
                event.prevent_default();
            }
        });
        on_cleanup(move || keys.remove());
    });
}

/// Where a key went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The table or nothing in particular.
    Table,
    /// A button, a link, a checkbox, something of the drawer: it has its own use for Enter, Space and arrows.
    Control,
    /// The filter of the table.
    Filter,
    /// Another field that takes text.
    Field,
    /// A dialog or menu.
    Elsewhere,
}

fn place(event: &ev::KeyboardEvent) -> Place {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return Place::Table;
    };
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if within("dialog, details[open]") {
        Place::Elsewhere
    } else if within(".toolbar .filter") {
        Place::Filter
    } else if within("input:not([type=checkbox]), textarea, select, [contenteditable]") {
        Place::Field
    } else if within("button, a, summary, input, aside") {
        Place::Control
    } else {
        Place::Table
    }
}

/// True if the key meant something here.
fn pressed(page: Page, event: &ev::KeyboardEvent) -> bool {
    let place = place(event);
    if event.ctrl_key() || event.meta_key() || event.alt_key() || place == Place::Elsewhere {
        return false;
    }
    let key = event.key();
    match (place, key.as_str()) {
        (Place::Filter, "Escape") => leave_filter(page),
        (Place::Filter, "Enter" | "ArrowDown") => {
            page.step(0);
            true
        }
        (Place::Filter, _) => false,
        (_, "Escape") => escape(page),
        (Place::Field, _) => false,
        (Place::Table, _) if moved(page, &key) => true,
        (Place::Table, " ") => with_cursor(page, |id| {
            let selected = page.selected.read_untracked().contains(&id);
            page.select(id, !selected);
        }),
        (Place::Table, "Enter") => with_cursor(page, |id| page.open(id)),
        _ if letters() => letter(page, &key),
        _ => false,
    }
}

fn moved(page: Page, key: &str) -> bool {
    match key {
        "ArrowDown" => page.step(1),
        "ArrowUp" => page.step(-1),
        "PageDown" => page.step(PAGE_ROWS),
        "PageUp" => page.step(-PAGE_ROWS),
        "Home" => page.step(isize::MIN),
        "End" => page.step(isize::MAX),
        _ => return false,
    }
    true
}

fn letter(page: Page, key: &str) -> bool {
    match key {
        "/" => {
            if let Some(field) = page.filter_box.get_untracked() {
                let _ = field.focus();
                field.select();
            }
        }
        "k" | "K" => page.ask(Kind::Kick, page.targets()),
        "a" | "A" => page.ask(Kind::Abort, page.targets()),
        "l" | "L" => page.look_at(Tab::Log),
        "m" | "M" => page.look_at(Tab::Chat),
        "p" | "P" => page.live.pause(!page.live.paused.get_untracked()),
        "r" | "R" => page.refresh(),
        "?" => page.help.set(true),
        _ => return false,
    }
    true
}

fn with_cursor(page: Page, act: impl FnOnce(wharf_model::ids::SessionId)) -> bool {
    page.cursor.get_untracked().map(act).is_some()
}

/// Escape in the filter box empties it, then leaves it.
fn leave_filter(page: Page) -> bool {
    if page.query.read_untracked().is_empty() {
        page.step(0);
    } else {
        page.query.set(String::new());
    }
    true
}

/// Escape takes back one thing at a time.
fn escape(page: Page) -> bool {
    if page.drawer.read_untracked().is_some() {
        page.close_drawer();
    } else if !page.selected.read_untracked().is_empty() {
        page.select_all(false);
    } else {
        return false;
    }
    true
}

/// The list of keys.
#[component]
pub fn KeySheet() -> impl IntoView {
    let page = use_page();
    let close = Callback::new(move |()| page.help.set(false));
    view! {
        <Dialog open=page.help on_close=close labelled_by="keys-title" testid="key-sheet">
            <KeyList close />
        </Dialog>
    }
    .erase()
}

#[component]
fn KeyList(close: Callback<()>) -> impl IntoView {
    let row = |keys: &'static str, text: &'static str| {
        view! {
            <dt>{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</dt>
            <dd>{text}</dd>
        }
    };
    view! {
            <h2 id="keys-title">{tr!("Keys")}</h2>
            <dl class="keys">
                {row("↑ ↓", tr!("Go through the rows"))}
                {row(tr!("Home End"), tr!("First and last row"))}
                {row(tr!("Space"), tr!("Select the row"))}
                {row(tr!("Enter"), tr!("Open the session"))}
                {row(tr!("Esc"), tr!("Close, then clear the selection"))}
                {row("/", tr!("Filter"))}
                {row("K", tr!("Kick"))}
                {row("L", tr!("Log"))}
                {row("M", tr!("Message"))}
                {row("A", tr!("Abort transfer"))}
                {row("P", tr!("Pause and resume"))}
                {row("R", tr!("Refresh"))}
                {row("?", tr!("This list"))}
            </dl>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=letters
                    on:change:target=move |event| storage::keep(KEPT, if event.target().checked() { "on" } else { "off" })
                />
                {tr!("Single-letter keys are on")}
            </label>
            <div class="dialog-buttons">
                <button class="button" type="button" autofocus on:click=move |_| close.run(())>
                    {tr!("Close")}
                </button>
            </div>
    }
    .erase()
}
