//! Files on their way to the server: two at a time, each resumable.
//!
//! * [`item`]: one of them; [`tus`]: what is said to the server about it
//! * [`pick`]: where they come from, whole folders among them; [`drop_zone`]: the page as the place to drop them
//! * [`panel`]: how far they are; [`exists`]: what to do where something has the name already

pub mod drop_zone;
pub mod exists;
pub mod item;
pub mod panel;
pub mod pick;
mod tus;

use super::{server::folders::make_folder, state::Client};
use crate::{error::PanelError, tr};
use exists::Choice;
use item::{Item, State};
use leptos::{ev, prelude::*, task::spawn_local};
use pick::Picked;
use std::{collections::HashSet, time::Duration};
use wharf_model::files::{join, parent};

/// Files that are sent at once.
const AT_ONCE: usize = 2;

/// The uploads of one page, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Uploads {
    client: Client,
    /// All since the list was last cleared.
    pub items: RwSignal<Vec<Item>>,
    /// The list is shown.
    pub shown: RwSignal<bool>,
    /// What to do with all further files whose name is taken.
    always: StoredValue<Option<Choice>>,
    /// Folders that were made on the way.
    made: StoredValue<HashSet<String>>,
    serial: StoredValue<u32>,
}

impl Uploads {
    /// None yet.
    pub fn new(client: Client) -> Self {
        let uploads = Self {
            client,
            items: RwSignal::default(),
            shown: RwSignal::new(false),
            always: StoredValue::new(None),
            made: StoredValue::default(),
            serial: StoredValue::new(0),
        };
        Effect::new(move || {
            let online = window_event_listener(ev::online, move |_: web_sys::Event| uploads.try_again());
            let leaving = window_event_listener(ev::beforeunload, move |event: web_sys::BeforeUnloadEvent| {
                // The browser asks in its own words.
                if uploads.client.ended.read_untracked().is_none() && uploads.busy() {
                    event.prevent_default();
                }
            });
            on_cleanup(move || {
                online.remove();
                leaving.remove();
            });
        });
        // Nothing moves on once the session is over.
        Effect::new(move || {
            if client.ended.read().is_some() {
                uploads.each(|item| item.state.with_untracked(State::is_open), Item::pause);
            }
        });
        uploads
    }

    /// Takes files into the queue. `folder` is where they go.
    fn add(self, folder: &str, picked: Vec<Picked>) {
        if picked.is_empty() {
            return;
        }
        if self.items.read_untracked().iter().all(|item| item.state.with_untracked(State::is_over)) {
            self.clear();
        }
        let new: Vec<_> = picked
            .into_iter()
            .map(|picked| {
                self.serial.update_value(|serial| *serial += 1);
                Item::new(self.serial.get_value(), folder, picked)
            })
            .collect();
        self.items.update(|items| items.extend(new));
        self.shown.set(true);
        self.pump();
    }

    /// Forgets what is over.
    pub fn clear(self) {
        self.items.update(|items| items.retain(|item| !item.state.with_untracked(State::is_over)));
        if self.items.read_untracked().is_empty() {
            self.always.set_value(None);
            self.made.update_value(HashSet::clear);
            self.shown.set(false);
        }
    }

    /// Whether something would be lost if the page were left.
    fn busy(self) -> bool {
        self.items.read_untracked().iter().any(|item| item.state.with_untracked(State::is_open))
    }

    /// Does something with all items of a kind.
    fn each(self, which: impl Fn(&Item) -> bool, act: impl Fn(Item)) {
        for item in self.items.get_untracked().into_iter().filter(which) {
            act(item);
        }
    }

    /// Pauses one.
    pub fn pause(self, item: Item) {
        item.pause();
        self.pump();
    }

    /// Goes on with one that is paused or has failed.
    pub fn resume(self, item: Item) {
        item.state.set(State::Waiting);
        self.pump();
    }

    /// Gives one up; what has arrived of it is removed.
    pub fn cancel(self, item: Item) {
        item.cancel();
        self.pump();
    }

    /// Pauses all.
    pub fn pause_all(self) {
        self.each(|item| item.state.with_untracked(State::can_pause), Item::pause);
    }

    /// Goes on with all that are paused.
    pub fn resume_all(self) {
        self.each(
            |item| item.state.with_untracked(|state| *state == State::Paused),
            |item| item.state.set(State::Waiting),
        );
        self.pump();
    }

    /// Gives all up that are not over.
    pub fn cancel_all(self) {
        self.each(|item| !item.state.with_untracked(State::is_over), Item::cancel);
    }

    /// The network is back.
    fn try_again(self) {
        self.each(
            |item| item.state.with_untracked(|state| *state == State::Lost),
            |item| item.state.set(State::Waiting),
        );
        self.pump();
    }

    /// Begins what waits, if there is room.
    fn pump(self) {
        let items = self.items.get_untracked();
        let running = items.iter().filter(|item| item.state.with_untracked(|state| *state == State::Sending)).count();
        let waiting = items.iter().filter(|item| item.state.with_untracked(|state| *state == State::Waiting));
        for item in waiting.take(AT_ONCE.saturating_sub(running)) {
            item.state.set(State::Sending);
            spawn_local(self.run(*item));
        }
    }

    async fn run(self, item: Item) {
        let end = self.send(item).await;
        // Paused or given up meanwhile: that holds.
        if item.state.try_with_untracked(|state| *state == State::Sending) == Some(true) {
            if end == State::Lost {
                self.later(item);
            }
            item.state.set(end);
        }
        if item.state.with_untracked(|state| *state == State::Done) {
            item.forget();
            self.arrived(item);
        }
        self.pump();
        self.sum_up();
    }

    /// Sends one file, as far as it goes.
    async fn send(self, item: Item) -> State {
        if let Err(error) = self.make_way(item).await {
            return match error {
                PanelError::SignedOut => {
                    self.client.lost();
                    State::Paused
                }
                PanelError::Unreachable => State::Lost,
                error => State::Failed(error.text()),
            };
        }
        loop {
            let end = tus::send(item).await;
            if end != State::Exists {
                return end;
            }
            match self.always.get_value() {
                Some(choice) => {
                    if let Some(end) = item.settle(choice) {
                        return end;
                    }
                }
                None => return State::Exists,
            }
        }
    }

    /// Makes the folders between where the files were dropped and where this one goes.
    async fn make_way(self, item: Item) -> Result<(), PanelError> {
        let folder = item.path.with_untracked(|path| parent(path).to_owned());
        let base = item.base.get_value();
        let rest = folder.strip_prefix(base.trim_end_matches('/')).unwrap_or_default();
        let mut here = base;
        for name in rest.split('/').filter(|name| !name.is_empty()) {
            here = join(&here, name);
            if self.made.with_value(|made| made.contains(&here)) {
                continue;
            }
            make_folder(here.clone(), true).await?;
            self.made.update_value(|made| {
                made.insert(here.clone());
            });
        }
        Ok(())
    }

    /// Tries again in a while, longer each time.
    fn later(self, item: Item) {
        let wait = crate::live::line::wait_ms(item.count_try(), js_sys::Math::random());
        set_timeout(
            move || {
                if item.state.try_with_untracked(|state| *state == State::Lost) == Some(true) {
                    item.state.set(State::Waiting);
                    self.pump();
                }
            },
            Duration::from_millis(wait.unsigned_abs()),
        );
    }

    /// A file is there: the folder that shows it is asked again.
    fn arrived(self, item: Item) {
        let here = self.client.path.get_untracked();
        let path = item.path.get_untracked();
        if here == parent(&path) || item.base.get_value() == here {
            self.client.refresh();
        }
    }

    /// Says what became of all, when the last one is over.
    fn sum_up(self) {
        let items = self.items.get_untracked();
        if items.is_empty() || !items.iter().all(|item| item.state.with_untracked(State::is_over)) {
            return;
        }
        let count =
            |wanted: fn(&State) -> bool| items.iter().filter(|item| item.state.with_untracked(wanted)).count() as u64;
        let (done, failed) = (count(|state| *state == State::Done), count(|state| matches!(state, State::Failed(_))));
        if done > 0 {
            self.client.toasts.tell(tr!("{n} file uploaded." | "{n} files uploaded." % done));
        }
        if failed > 0 {
            self.client
                .toasts
                .fail(tr!("{n} file could not be uploaded." | "{n} files could not be uploaded." % failed));
        }
    }

    /// What to do with a file whose name is taken; for all further ones too.
    pub fn choose(self, item: Item, choice: Choice, all: bool) {
        if all {
            self.always.set_value(Some(choice));
        }
        let same = |other: &Item| other.id == item.id || all;
        let taken = |other: &Item| other.state.with_untracked(|state| *state == State::Exists);
        self.each(
            |other| same(other) && taken(other),
            |other| other.state.set(other.settle(choice).unwrap_or(State::Waiting)),
        );
        self.pump();
        self.sum_up();
    }
}

/// The uploads of the page.
pub fn use_uploads() -> Uploads {
    expect_context()
}
