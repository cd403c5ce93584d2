//! Selecting with pointer and keyboard.

use super::{
    actions::download,
    list::row_id,
    preview::{self, Kind},
    state::{Ask, Client},
};
use crate::tr;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};
use wharf_model::files::{Entry, EntryKind, TEXT_MOST, parent};

impl Client {
    /// A click on an entry: it alone, or with what is selected already (`more`), or all from the last one on (`range`).
    pub fn pick(self, path: &str, more: bool, range: bool) {
        let begin = self.anchor.get_value().filter(|_| range);
        self.selected.update(|selected| {
            if !more {
                selected.clear();
            }
            match &begin {
                Some(begin) => selected.extend(untrack(|| self.between(begin, path))),
                None if more && selected.remove(path) => {}
                None => {
                    selected.insert(path.to_owned());
                }
            }
        });
        if begin.is_none() {
            self.anchor.set_value(Some(path.to_owned()));
        }
        self.cursor.set(Some(path.to_owned()));
    }

    /// Paths from one entry to another, whichever comes first.
    fn between(self, one: &str, other: &str) -> Vec<String> {
        let entries = self.shown();
        let at = |path: &str| entries.iter().position(|entry| entry.path == path);
        let (Some(one), Some(other)) = (at(one), at(other)) else { return vec![other.to_owned()] };
        let (first, last) = (one.min(other), one.max(other));
        entries.into_iter().skip(first).take(last - first + 1).map(|entry| entry.path).collect()
    }

    /// What opening an entry does.
    pub fn act(self, entry: &Entry) {
        match entry.kind {
            EntryKind::Folder => self.go(entry.path.clone()),
            EntryKind::File => self.show(entry),
            EntryKind::Link | EntryKind::Other => {}
        }
    }

    /// Shows a file, if it is of a kind that can be shown; else it is downloaded.
    fn show(self, entry: &Entry) {
        if !self.may().read {
            self.toasts.fail(tr!("Your account may not do that.").to_owned());
            return;
        }
        let ask = match preview::kind(&entry.name) {
            Some(Kind::Text) if entry.size <= TEXT_MOST => Some(Ask::Edit(entry.clone())),
            None | Some(Kind::Text) => None,
            Some(_) => Some(Ask::Look(entry.clone())),
        };
        match ask {
            Some(ask) => self.asking.set(Some(ask)),
            None => download(std::slice::from_ref(entry)),
        }
    }

    /// The entry that the keyboard is at.
    fn at_cursor(self) -> Option<Entry> {
        let path = self.cursor.get_untracked()?;
        untrack(|| self.shown()).into_iter().find(|entry| entry.path == path)
    }

    /// Moves the cursor by so many entries.
    fn step(self, by: isize, extend: bool) {
        let entries = untrack(|| self.shown());
        let Some(last) = entries.len().checked_sub(1) else { return };
        let now =
            self.cursor.with_untracked(|cursor| entries.iter().position(|entry| Some(&entry.path) == cursor.as_ref()));
        let next = match now {
            Some(now) => now.saturating_add_signed(by).min(last),
            None if by < 0 => last,
            None => last.min(by.unsigned_abs().saturating_sub(1)),
        };
        let Some(entry) = entries.get(next) else { return };
        self.pick(&entry.path, false, extend);
        scroll_to(&entry.path);
    }
}

/// Scrolls to the row of a path.
fn scroll_to(path: &str) {
    if let Some(row) = document().get_element_by_id(&row_id(path)) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// How many entries stand beside each other.
fn across(client: Client) -> isize {
    let first_two = || -> Option<isize> {
        let rows = document().query_selector_all("[data-testid=entry]").ok()?;
        let top = |at| Some(rows.item(at)?.dyn_into::<web_sys::HtmlElement>().ok()?.offset_top());
        let first = top(0)?;
        let count = (0..rows.length()).take_while(|at| top(*at) == Some(first)).count();
        isize::try_from(count).ok()
    };
    if client.grid.get_untracked() { first_two().unwrap_or(1).max(1) } else { 1 }
}

/// Beyond the end of every folder.
const FAR: isize = 1_000_000;

/// A key on the list.
pub fn pressed(client: Client, event: &ev::KeyboardEvent) {
    // What has the focus within the list, such as a heading that sorts, has its own keys.
    if event.target() != event.current_target() || event.alt_key() {
        return;
    }
    let (command, shift) = (event.ctrl_key() || event.meta_key(), event.shift_key());
    let known = match (&*event.key(), command) {
        ("ArrowDown", false) => {
            client.step(across(client), shift);
            true
        }
        ("ArrowUp", false) => {
            client.step(-across(client), shift);
            true
        }
        ("ArrowRight", false) => {
            client.step(1, shift);
            true
        }
        ("ArrowLeft", false) => {
            client.step(-1, shift);
            true
        }
        ("Home", _) => {
            client.step(-FAR, shift);
            true
        }
        ("End", _) => {
            client.step(FAR, shift);
            true
        }
        ("PageDown", false) => {
            client.step(10, shift);
            true
        }
        ("PageUp", false) => {
            client.step(-10, shift);
            true
        }
        _ => act(client, &event.key(), command),
    };
    if known {
        event.prevent_default();
    }
}

/// Keys that do something with what is selected. Whether it is one.
fn act(client: Client, key: &str, command: bool) -> bool {
    let may = client.may();
    match (key, command) {
        ("Enter", false) => {
            if let Some(entry) = client.at_cursor() {
                client.act(&entry);
            }
        }
        (" ", false) => {
            if let Some(path) = client.cursor.get_untracked() {
                client.pick(&path, true, false);
            }
        }
        ("a", true) => {
            let all = untrack(|| client.shown()).into_iter().map(|entry| entry.path);
            client.selected.update(|selected| selected.extend(all));
        }
        ("Escape", false) => client.selected.update(std::collections::BTreeSet::clear),
        ("Delete", false) => {
            let chosen = client.chosen();
            if may.delete && !chosen.is_empty() {
                client.asking.set(Some(Ask::Delete(chosen)));
            }
        }
        ("F2", false) => {
            if let Some(entry) = client.at_cursor().filter(|_| may.rename) {
                client.asking.set(Some(Ask::Rename(entry)));
            }
        }
        ("Backspace", false) => {
            let path = client.path.get_untracked();
            if path != "/" {
                client.go(parent(&path).to_owned());
            }
        }
        _ => return false,
    }
    true
}
