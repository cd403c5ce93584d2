//! What the sessions page is set to: filter, order, selection, what is open. All signals; shared by context.

use super::{
    columns::{self, Column},
    csv,
    ending::Order,
    order::{Arrangement, Chip, Counts, Filter, Sort},
    server::sessions_snapshot,
    window::Viewport,
};
use crate::{
    clock::{Clock, use_clock},
    components::{
        download,
        frame::{Account, use_account},
        storage,
        toast::{Toasts, use_toasts},
    },
    live::{Dirty, Live, LiveRow, use_live},
    tr,
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use std::{collections::HashSet, time::Duration};
use wasm_bindgen::JsCast;
use wharf_model::{ids::SessionId, people::Permission, sessions::SessionRow};

/// The order of rows changes at most this often by itself.
const ARRANGE_EVERY: Duration = Duration::from_millis(500);
const KEPT_COLUMNS: &str = "wharf.sessions.hidden-columns";
const KEPT_SORT: &str = "wharf.sessions.sort";

/// What the drawer shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Facts, speed, transfers.
    #[default]
    Details,
    /// What the session says and does.
    Log,
    /// The conversation with its user.
    Chat,
}

/// The page.
#[derive(Clone, Copy)]
pub struct Page {
    /// The live picture.
    pub live: Live,
    /// The page's clock.
    pub clock: Clock,
    /// Where to tell what an order did.
    pub toasts: Toasts,
    account: Option<Account>,
    /// The filter box.
    pub query: RwSignal<String>,
    /// The quick filter.
    pub chip: RwSignal<Chip>,
    /// The order.
    pub sort: RwSignal<Sort>,
    /// Hidden columns.
    pub hidden: RwSignal<Vec<Column>>,
    /// The sessions that are shown, in order.
    pub order: RwSignal<Vec<SessionId>>,
    /// How many sessions each chip would show.
    pub counts: RwSignal<Counts>,
    /// The selected sessions.
    pub selected: RwSignal<HashSet<SessionId>>,
    /// The row the keyboard is on.
    pub cursor: RwSignal<Option<SessionId>>,
    /// The session that is looked at.
    pub drawer: RwSignal<Option<LiveRow>>,
    /// What of it is shown.
    pub tab: RwSignal<Tab>,
    /// Sessions that are over are shown instead of live ones.
    pub over: RwSignal<bool>,
    /// The order that waits for a yes.
    pub asked: RwSignal<Option<Order>>,
    /// Whether the dialog that ends all is open.
    pub kicking_all: RwSignal<bool>,
    /// Whether the dialog that writes to all is open.
    pub broadcasting: RwSignal<bool>,
    /// Whether the list of keys is open.
    pub help: RwSignal<bool>,
    /// Whether a refresh is on its way.
    pub refreshing: RwSignal<bool>,
    /// The scroll container as it was last measured.
    pub viewport: RwSignal<Viewport>,
    /// The scroll container.
    pub scroller: NodeRef<html::Div>,
    /// The filter box.
    pub filter_box: NodeRef<html::Input>,
}

impl Page {
    /// As it is first shown, on both sides. A link may bring a filter along.
    pub fn new() -> Self {
        let query = use_query_map().read_untracked().get("filter").unwrap_or_default();
        let page = Self {
            live: use_live(),
            clock: use_clock(),
            toasts: use_toasts(),
            account: use_account(),
            query: RwSignal::new(query),
            chip: RwSignal::default(),
            sort: RwSignal::new(Sort::default()),
            hidden: RwSignal::default(),
            order: RwSignal::default(),
            counts: RwSignal::default(),
            selected: RwSignal::default(),
            cursor: RwSignal::new(None),
            drawer: RwSignal::new(None),
            tab: RwSignal::default(),
            over: RwSignal::new(false),
            asked: RwSignal::new(None),
            kicking_all: RwSignal::new(false),
            broadcasting: RwSignal::new(false),
            help: RwSignal::new(false),
            refreshing: RwSignal::new(false),
            viewport: RwSignal::new(Viewport::default()),
            scroller: NodeRef::new(),
            filter_box: NodeRef::new(),
        };
        page.arrange();
        page
    }

    /// In the browser: recalls how the page was last set, and keeps the order up to date.
    pub fn start(self) {
        Effect::new(move || {
            if let Some(hidden) = storage::kept(KEPT_COLUMNS) {
                self.hidden.set(columns::read(&hidden));
            }
            if let Some(sort) = storage::kept(KEPT_SORT).as_deref().and_then(read_sort) {
                self.sort.set(sort);
            }
        });
        Effect::watch(
            move || (self.query.get(), self.chip.get(), self.sort.get()),
            move |_, _, _| {
                self.arrange();
                self.to_top();
            },
            false,
        );
        Effect::new(move || {
            let ticking = set_interval_with_handle(move || self.tick(), ARRANGE_EVERY);
            on_cleanup(move || {
                if let Ok(ticking) = ticking {
                    ticking.clear();
                }
                // A pause belongs to this page; the picture goes on elsewhere.
                if self.live.paused.try_get_untracked() == Some(true) {
                    self.live.pause(false);
                }
            });
        });
    }

    /// Whether the signed-in person may do it.
    pub fn may(self, permission: Permission) -> bool {
        self.account.is_some_and(|account| account.may(permission))
    }

    /// Rows must not change places under an open question or while the table is paused.
    fn still(self) -> bool {
        self.asked.read_untracked().is_some()
    }

    fn tick(self) {
        if self.still() {
            return;
        }
        let dirty = self.live.take_dirty();
        let by_numbers = self.sort.get_untracked().column.moves() || self.chip.get_untracked() != Chip::All;
        if dirty == Dirty::Rows || (by_numbers && !self.live.paused.get_untracked()) {
            self.arrange();
        }
    }

    /// Puts the rows in order, and lets go of what is no longer there.
    pub fn arrange(self) {
        let now = self.clock.exact();
        let filter = self.query.with_untracked(|query| Filter::new(query, self.chip.get_untracked()));
        let mut arrangement = Arrangement::new(filter, self.sort.get_untracked(), now);
        let mut counts = Counts::default();
        self.live.with_rows(|rows| {
            for row in rows.values() {
                let facts = row.facts.read_untracked();
                counts.add(&facts, now);
                arrangement.add(&facts);
            }
        });
        let order = arrangement.finish();
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        if *self.order.read_untracked() != order {
            let focus = self.focus_in_table();
            self.keep_cursor(&order);
            self.order.set(order);
            self.give_focus_back(focus);
        }
        let ended = self.live.with_rows(|rows| self.selected.read_untracked().iter().any(|id| !rows.contains_key(id)));
        if ended {
            self.live.with_rows(|rows| self.selected.update(|selected| selected.retain(|id| rows.contains_key(id))));
        }
    }

    /// What has the focus, if it is a row or something in one.
    fn focus_in_table(self) -> Option<web_sys::Element> {
        let scroller = self.scroller.get_untracked()?;
        let focus = document().active_element()?;
        (scroller.contains(Some(&focus)) && focus.closest("tr.session").ok().flatten().is_some()).then_some(focus)
    }

    /// An element that changes its place in the document loses the focus, one that leaves it even more so.
    fn give_focus_back(self, focus: Option<web_sys::Element>) {
        let Some(focus) = focus.and_then(|focus| focus.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
        request_animation_frame(move || {
            let lost = document().active_element().is_none_or(|now| now.tag_name() == "BODY");
            if lost && focus.is_connected() {
                focus_quietly(&focus);
            } else if lost && let Some(row) = self.cursor.try_get_untracked().flatten().and_then(row_element) {
                focus_quietly(&row);
            }
        });
    }

    /// When the row under the keyboard goes, the one that takes its place gets the keyboard.
    fn keep_cursor(self, order: &[SessionId]) {
        let Some(cursor) = self.cursor.get_untracked() else { return };
        if order.contains(&cursor) {
            return;
        }
        let place = self.order.with_untracked(|before| before.iter().position(|id| *id == cursor)).unwrap_or(0);
        self.cursor.set(order.get(place).or(order.last()).copied());
    }

    /// Asks the server for everything, now.
    pub fn refresh(self) {
        if self.refreshing.get_untracked() {
            return;
        }
        self.refreshing.set(true);
        spawn_local(async move {
            let answer = sessions_snapshot(None).await;
            // The page may have been left meanwhile.
            let _ = self.refreshing.try_set(false);
            match answer {
                Ok(snapshot) => {
                    self.live.refresh(snapshot);
                    if self.order.try_get_untracked().is_some() && !self.still() {
                        self.arrange();
                    }
                }
                Err(error) => self.toasts.fail(error.text()),
            }
            self.live.retry();
        });
    }

    /// Sorts as a click on the head of `column` says.
    pub fn sort_by(self, column: Column) {
        self.sort.update(|sort| *sort = sort.clicked(column));
        storage::keep(KEPT_SORT, &written_sort(self.sort.get_untracked()));
    }

    /// Shows or hides a column.
    pub fn show_column(self, column: Column, shown: bool) {
        self.hidden.update(|hidden| {
            hidden.retain(|other| *other != column);
            if !shown {
                hidden.push(column);
            }
        });
        self.hidden.with_untracked(|hidden| storage::keep(KEPT_COLUMNS, &columns::written(hidden)));
    }

    /// Selects a session or lets it go.
    pub fn select(self, id: SessionId, selected: bool) {
        self.selected.update(|all| {
            if selected {
                all.insert(id);
            } else {
                all.remove(&id);
            }
        });
    }

    /// Selects all from the cursor to `id`, as a click with Shift does.
    pub fn select_range(self, id: SessionId) {
        self.order.with_untracked(|order| {
            let place = |wanted: Option<SessionId>| order.iter().position(|id| Some(*id) == wanted);
            let Some(to) = place(Some(id)) else { return };
            let from = place(self.cursor.get_untracked()).unwrap_or(to);
            let range = order.get(from.min(to)..=from.max(to)).unwrap_or_default();
            self.selected.update(|selected| selected.extend(range));
        });
    }

    /// Selects every session that is shown, or none.
    pub fn select_all(self, selected: bool) {
        if selected {
            self.order.with_untracked(|order| self.selected.update(|all| all.extend(order)));
        } else {
            self.selected.set(HashSet::new());
        }
    }

    /// What an order is about: the selection, else the session that is looked at or the row under the keyboard.
    pub fn targets(self) -> Vec<SessionRow> {
        let selected = self.selected.get_untracked();
        let ids: Vec<SessionId> = if selected.is_empty() {
            let looked_at = self.drawer.with_untracked(|drawer| drawer.as_ref().map(|row| row.id));
            looked_at.or(self.cursor.get_untracked()).into_iter().collect()
        } else {
            // In the order they stand in, then those the filter hides.
            let mut rest = selected.clone();
            let mut ids = self.order.get_untracked();
            ids.retain(|id| rest.remove(id));
            ids.extend(rest);
            ids
        };
        ids.into_iter().filter_map(|id| self.live.row(id)).map(|row| row.now()).collect()
    }

    /// Opens the drawer for a session.
    pub fn open(self, id: SessionId) {
        self.open_at(id, Tab::Details);
    }

    /// Opens the drawer at one of its tabs.
    pub fn open_at(self, id: SessionId, tab: Tab) {
        self.cursor.set(Some(id));
        let Some(row) = self.live.row(id) else { return };
        let chat = row.facts.read_untracked().protocol.can_chat();
        self.tab.set(if tab == Tab::Chat && !chat { Tab::Details } else { tab });
        if self.drawer.read_untracked().as_ref() != Some(&row) {
            self.drawer.set(Some(row));
        }
    }

    /// Opens the drawer of the one session that is meant.
    pub fn look_at(self, tab: Tab) {
        match self.targets().as_slice() {
            [row] => self.open_at(row.id, tab),
            [] => {}
            _ => self.toasts.tell(tr!("Select one session only.").to_owned()),
        }
    }

    /// Closes the drawer; the keyboard goes back to its row.
    pub fn close_drawer(self) {
        let Some(row) = self.drawer.get_untracked() else { return };
        self.drawer.set(None);
        self.focus(row.id);
    }

    /// Moves the keyboard by `steps` rows.
    pub fn step(self, steps: isize) {
        let target = self.order.with_untracked(|order| {
            let here = self.cursor.get_untracked().and_then(|cursor| order.iter().position(|id| *id == cursor));
            let last = order.len().checked_sub(1)?;
            let there = here.map_or(0, |here| here.saturating_add_signed(steps)).min(last);
            order.get(there).copied()
        });
        if let Some(target) = target {
            self.focus(target);
        }
    }

    /// Moves the keyboard to a row and scrolls to it.
    pub fn focus(self, id: SessionId) {
        let Some(index) = self.order.with_untracked(|order| order.iter().position(|other| *other == id)) else {
            if let Some(scroller) = self.scroller.get_untracked() {
                let _ = scroller.focus();
            }
            return;
        };
        self.cursor.set(Some(id));
        if let Some(scroller) = self.scroller.get_untracked() {
            let head = scroller.query_selector("thead").ok().flatten().map_or(0, |head| head.client_height());
            if let Some(top) = self.viewport.get_untracked().reveal(index, f64::from(head)) {
                #[expect(clippy::cast_possible_truncation, reason = "pixels")]
                scroller.set_scroll_top(top.round() as i32);
                self.measure();
            }
        }
        focus_row_soon(id);
    }

    fn to_top(self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
            self.measure();
        }
    }

    /// Takes the measure of the scroll container.
    pub fn measure(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let row =
            scroller.query_selector("tr.session").ok().flatten().map(|row| row.get_bounding_client_rect().height());
        let measured = Viewport {
            top: f64::from(scroller.scroll_top()),
            height: f64::from(scroller.client_height()),
            row: row.filter(|height| *height > 1.0).unwrap_or(self.viewport.get_untracked().row),
        };
        if self.viewport.get_untracked() != measured {
            self.viewport.set(measured);
        }
    }

    /// Gives the rows that are shown to the browser as a file.
    pub fn export(self) {
        let rows: Vec<SessionRow> = self
            .order
            .with_untracked(|order| order.iter().filter_map(|id| self.live.row(*id)).map(|row| row.now()).collect());
        let now = self.clock.exact();
        let name = format!("wharf-sessions-{}.csv", crate::format::iso(now).replace(':', ""));
        download::save(self.toasts, &name, "text/csv", &csv::csv(&rows, now));
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

/// The page below [`super::Sessions`].
pub fn use_page() -> Page {
    use_context().unwrap_or_default()
}

fn written_sort(sort: Sort) -> String {
    format!("{}{}", if sort.descending { "-" } else { "" }, sort.column.word())
}

fn read_sort(text: &str) -> Option<Sort> {
    let word = text.trim_start_matches('-');
    Some(Sort { column: Column::from_word(word)?, descending: word.len() != text.len() })
}

fn row_element(id: SessionId) -> Option<web_sys::HtmlElement> {
    let found = document().query_selector(&format!("tr[data-id=\"{id}\"]")).ok()??;
    found.dyn_into().ok()
}

/// The row may have to be built first.
fn focus_row_soon(id: SessionId) {
    request_animation_frame(move || {
        if let Some(row) = row_element(id) {
            focus_quietly(&row);
        }
    });
}

/// Without scrolling: a row that moves must not take the view along.
fn focus_quietly(element: &web_sys::HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // An element that cannot be focused leaves the focus where it is.
    let _ = element.focus_with_options(&options);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_recalled() {
        for sort in [Sort::default(), Sort { column: Column::Ip, descending: false }] {
            assert_eq!(read_sort(&written_sort(sort)), Some(sort));
        }
        assert_eq!(read_sort("-nothing"), None);
    }
}
