//! What the page knows: the folder and what is in it, how it is shown, what is selected, and what is being asked.

use super::{
    place,
    server::folders::{open_folder, search},
};
use crate::{
    components::{
        storage::{keep, kept},
        toast::{Toasts, use_toasts},
    },
    error::PanelError,
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeSet;
use wharf_model::{
    accounts::Permissions,
    chat::ChatMessage,
    files::{Entry, EntryKind, Folder, Found, Step, User},
};

/// The state of one page. All of it is handles, so it is copied into closures.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    user: StoredValue<User>,
    /// The folder that is shown, or asked for.
    pub path: RwSignal<String>,
    /// The folders on the way to it.
    pub way: RwSignal<Vec<Step>>,
    /// What is in it.
    entries: RwSignal<Vec<Entry>>,
    /// There is more in it than is shown.
    pub more: RwSignal<bool>,
    /// Why it cannot be shown.
    pub error: RwSignal<Option<String>>,
    /// It is being asked for.
    pub loading: RwSignal<bool>,
    /// What was found instead, and by what.
    pub found: RwSignal<Option<(String, Found)>>,
    /// Bytes of the account.
    pub used: RwSignal<u64>,
    /// How entries are sorted.
    pub order: RwSignal<Order>,
    /// As tiles.
    pub grid: RwSignal<bool>,
    /// Paths of what is selected.
    pub selected: RwSignal<BTreeSet<String>>,
    /// Path of the entry that the keyboard is at.
    pub cursor: RwSignal<Option<String>>,
    /// Where a range of selected entries began.
    pub anchor: StoredValue<Option<String>>,
    /// The dialog that is open.
    pub asking: RwSignal<Option<Ask>>,
    /// What was said in this session.
    pub messages: RwSignal<Vec<ChatMessage>>,
    /// The conversation is open.
    pub chatting: RwSignal<bool>,
    /// Messages of operators that came while it was not.
    pub unread: RwSignal<usize>,
    /// The session is over: why.
    pub ended: RwSignal<Option<String>>,
    /// Counts what was asked for, so that a late answer is not taken for the one to the last question.
    turn: StoredValue<u32>,
    /// Where notes appear.
    pub toasts: Toasts,
}

/// A dialog, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// How a new folder is called.
    NewFolder,
    /// How something is called from now on.
    Rename(Entry),
    /// Whether these go.
    Delete(Vec<Entry>),
    /// Where these go.
    Move(Vec<Entry>),
    /// Where copies of these go.
    Copy(Vec<Entry>),
    /// A file is looked at.
    Look(Entry),
    /// A text is changed.
    Edit(Entry),
    /// To whom this is to be open.
    Share(Entry),
    /// The share links of the account.
    Links,
    /// The sessions of the account.
    Sessions,
}

/// How entries are sorted: folders first, then by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: By,
    /// The largest or last first.
    pub down: bool,
}

/// What entries are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The name.
    Name,
    /// The size.
    Size,
    /// The last change.
    Modified,
}

const GRID: &str = "wharf-files-grid";
const ORDER: &str = "wharf-files-order";

impl Client {
    /// With what the server found for the page.
    pub fn new(user: User, path: String, folder: Result<Folder, PanelError>) -> Self {
        let client = Self {
            path: RwSignal::new(path),
            way: RwSignal::default(),
            entries: RwSignal::default(),
            more: RwSignal::new(false),
            error: RwSignal::new(None),
            loading: RwSignal::new(false),
            found: RwSignal::new(None),
            used: RwSignal::new(user.used),
            order: RwSignal::new(Order { by: By::Name, down: false }),
            grid: RwSignal::new(false),
            selected: RwSignal::default(),
            cursor: RwSignal::new(None),
            anchor: StoredValue::new(None),
            asking: RwSignal::new(None),
            messages: RwSignal::default(),
            chatting: RwSignal::new(false),
            unread: RwSignal::new(0),
            ended: RwSignal::new(None),
            turn: StoredValue::new(0),
            toasts: use_toasts(),
            user: StoredValue::new(user),
        };
        client.put(folder);
        // How it was left, which only the browser knows.
        Effect::new(move || {
            client.grid.set(kept(GRID).is_some());
            if let Some(order) = kept(ORDER).and_then(|word| Order::from_word(&word)) {
                client.order.set(order);
            }
        });
        client
    }

    /// What the account may do.
    pub fn may(self) -> Permissions {
        self.user.with_value(|user| user.may)
    }

    /// Who is signed in.
    pub fn user(self) -> User {
        self.user.get_value()
    }

    /// Shows a folder, and notes it in the address.
    pub fn go(self, path: String) {
        place::push(&path);
        self.open(path);
    }

    /// Shows a folder.
    pub fn open(self, path: String) {
        self.path.set(path);
        self.selected.update(BTreeSet::clear);
        self.cursor.set(None);
        self.anchor.set_value(None);
        self.found.set(None);
        self.refresh();
    }

    /// Shows what is found below the folder instead of what is in it; nothing to search for shows the folder again.
    pub fn search(self, text: String) {
        self.selected.update(BTreeSet::clear);
        self.cursor.set(None);
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let turn = self.turn.get_value();
        if text.trim().is_empty() {
            self.found.set(None);
            self.refresh();
            return;
        }
        self.loading.set(true);
        let path = self.path.get_untracked();
        spawn_local(async move {
            let answer = search(path, text.clone()).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(found) => self.found.set(Some((text, found))),
                Err(error) => self.failed(&error),
            }
        });
    }

    /// Asks again for what is shown.
    pub fn refresh(self) {
        let searched = self.found.with_untracked(|found| found.as_ref().map(|(text, _)| text.clone()));
        if let Some(text) = searched {
            self.search(text);
            return;
        }

        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let turn = self.turn.get_value();
        self.loading.set(true);
        let path = self.path.get_untracked();
        spawn_local(async move {
            let answer = open_folder(path).await;
            if self.turn.try_get_value() == Some(turn) {
                self.loading.set(false);
                self.put(answer);
            }
        });
    }

    fn put(self, folder: Result<Folder, PanelError>) {
        match folder {
            Ok(Folder { way, entries, more, used }) => {
                // What is no longer there is no longer selected.
                let gone = |path: &String| !entries.iter().any(|entry| entry.path == *path);
                if self.found.read_untracked().is_none() && self.selected.read_untracked().iter().any(gone) {
                    let there: BTreeSet<_> = entries.iter().map(|entry| entry.path.clone()).collect();
                    self.selected.update(|selected| selected.retain(|path| there.contains(path)));
                }
                self.error.set(None);
                self.way.set(way);
                self.entries.set(entries);
                self.more.set(more);
                self.used.set(used);
            }
            Err(PanelError::SignedOut) => self.lost(),
            Err(error) => {
                self.entries.set(Vec::new());
                self.more.set(false);
                self.error.set(Some(error.text()));
            }
        }
    }

    /// What is shown, in its order.
    pub fn shown(self) -> Vec<Entry> {
        let mut entries = match &*self.found.read() {
            Some((_, found)) => found.entries.clone(),
            None => self.entries.get(),
        };
        self.order.get().sort(&mut entries);
        entries
    }

    /// Whether there is nothing in the folder.
    pub fn is_empty(self) -> bool {
        self.entries.read().is_empty()
    }

    /// The selected entries, in their order.
    pub fn chosen(self) -> Vec<Entry> {
        let mut entries = untrack(|| self.shown());
        self.selected.with_untracked(|selected| entries.retain(|entry| selected.contains(&entry.path)));
        entries
    }

    /// Sorts by this, or the other way round if it is sorted by it already.
    pub fn sort(self, by: By) {
        self.order.update(|order| *order = Order { by, down: order.by == by && !order.down });
        keep(ORDER, self.order.get_untracked().word());
    }

    /// As tiles, or as a list.
    pub fn as_grid(self, grid: bool) {
        self.grid.set(grid);
        if grid {
            keep(GRID, "1");
        } else {
            crate::components::storage::forget(GRID);
        }
    }

    /// Says why something was not done.
    pub fn failed(self, error: &PanelError) {
        if *error == PanelError::SignedOut {
            self.lost();
        } else {
            self.toasts.fail(error.text());
        }
    }

    /// Nobody is signed in any more. The sign-in page knows why.
    pub fn lost(self) {
        #[cfg(not(feature = "ssr"))]
        if self.ended.read_untracked().is_none() {
            // Where the browser will not, the next click tells the same.
            let _ = window().location().reload();
        }
    }
}

/// The state of the page.
pub fn use_client() -> Client {
    expect_context()
}

impl Order {
    fn sort(self, entries: &mut [Entry]) {
        let Self { by, down } = self;
        // Names decide among equals, whichever way the rest goes.
        entries.sort_by_cached_key(|entry| entry.name.to_lowercase());
        match by {
            By::Name if down => entries.reverse(),
            By::Name => {}
            By::Size => entries.sort_by_key(|entry| signed(entry.size, down)),
            By::Modified => entries.sort_by_key(|entry| if down { -entry.modified } else { entry.modified }),
        }
        entries.sort_by_key(|entry| entry.kind != EntryKind::Folder);
    }

    fn word(self) -> &'static str {
        match (self.by, self.down) {
            (By::Name, false) => "name",
            (By::Name, true) => "-name",
            (By::Size, false) => "size",
            (By::Size, true) => "-size",
            (By::Modified, false) => "modified",
            (By::Modified, true) => "-modified",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let all =
            [By::Name, By::Size, By::Modified].into_iter().flat_map(|by| [false, true].map(|down| Self { by, down }));
        all.into_iter().find(|order| order.word() == word)
    }
}

/// A size that sorts the other way round where it is wanted.
fn signed(size: u64, down: bool) -> i64 {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if down { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(word: &str) -> Vec<String> {
        let entry = |name: &str, kind, size, modified| Entry {
            name: name.to_owned(),
            path: format!("/{name}"),
            kind,
            size,
            modified,
        };
        let mut entries = [
            entry("b", EntryKind::File, 5, 30),
            entry("Z", EntryKind::Folder, 0, 10),
            entry("A", EntryKind::File, 9, 20),
            entry("c", EntryKind::File, 5, 20),
        ];
        Order::from_word(word).unwrap_or(Order { by: By::Name, down: false }).sort(&mut entries);
        entries.map(|entry| entry.name).into()
    }

    #[test]
    fn folders_come_first_however_it_is_sorted() {
        assert_eq!(sorted("name"), ["Z", "A", "b", "c"]);
        assert_eq!(sorted("-name"), ["Z", "c", "b", "A"]);
        assert_eq!(sorted("size"), ["Z", "b", "c", "A"]);
        assert_eq!(sorted("-size"), ["Z", "A", "b", "c"]);
        assert_eq!(sorted("-modified"), ["Z", "b", "A", "c"]);
    }
}
