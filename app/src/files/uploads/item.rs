//! One file on its way.

use super::{exists::Choice, pick::Picked, tus};
use crate::{
    components::storage::{forget, keep, kept},
    files::place,
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use web_sys::{File, XmlHttpRequest};
use wharf_model::files::{decode, encode, join, last, parent};

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// For its turn.
    Waiting,
    /// It moves.
    Sending,
    /// Somebody said so.
    Paused,
    /// The network is gone; it goes on by itself.
    Lost,
    /// Something has its name; somebody has to say what to do.
    Exists,
    /// It is there.
    Done,
    /// Somebody chose to leave out what exists already.
    Skipped,
    /// Somebody gave it up.
    Cancelled,
    /// Why it could not be sent.
    Failed(String),
}

impl State {
    /// Nothing more happens to it.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Cancelled | Self::Failed(_))
    }

    /// It moves, or will without anybody's doing.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Sending | Self::Lost)
    }

    /// Whether there is anything to pause.
    pub fn can_pause(&self) -> bool {
        self.is_open()
    }
}

/// One file. All of it is handles.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Which.
    pub id: u32,
    /// Its name, behind the folders it was dropped with.
    pub name: StoredValue<String>,
    /// Where it goes, encoded.
    pub path: RwSignal<String>,
    /// The folder it was dropped into.
    pub base: StoredValue<String>,
    /// Bytes.
    pub size: u64,
    /// Bytes that have arrived, as far as known.
    pub sent: RwSignal<u64>,
    /// How far it is.
    pub state: RwSignal<State>,
    /// Whether it takes the place of what has its name.
    pub(super) replace: StoredValue<bool>,
    /// What is sent. Only the browser ever puts one in, as with the next.
    pub(super) file: StoredValue<SendWrapper<File>>,
    /// The request that runs.
    pub(super) request: StoredValue<Option<SendWrapper<XmlHttpRequest>>>,
    /// Where the server wants the bytes.
    pub(super) address: StoredValue<Option<String>>,
    tries: StoredValue<u32>,
    /// The number in its name, where the first one was taken.
    copy: StoredValue<u32>,
}

impl Item {
    pub(super) fn new(id: u32, folder: &str, picked: Picked) -> Self {
        let Picked { name, file } = picked;
        // Sizes are whole numbers that JavaScript keeps as fractions.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size fits in 53 bits")]
        let size = file.size() as u64;
        Self {
            id,
            path: RwSignal::new(join(folder, &encode(name.as_bytes()))),
            name: StoredValue::new(name),
            base: StoredValue::new(folder.to_owned()),
            size,
            sent: RwSignal::new(0),
            state: RwSignal::new(State::Waiting),
            replace: StoredValue::new(false),
            file: StoredValue::new(SendWrapper::new(file)),
            request: StoredValue::new(None),
            address: StoredValue::new(None),
            tries: StoredValue::new(0),
            copy: StoredValue::new(1),
        }
    }

    pub(super) fn pause(self) {
        self.state.set(State::Paused);
        self.cut();
    }

    pub(super) fn cancel(self) {
        self.state.set(State::Cancelled);
        self.cut();
        self.forget();
        if let Some(address) = self.address.get_value() {
            spawn_local(tus::give_up(address));
        }
    }

    fn cut(self) {
        let running = self.request.try_update_value(Option::take).flatten();
        if let Some(request) = running {
            // One that is over already cannot be cut.
            let _ = request.abort();
        }
    }

    /// How many times in a row the network was lost.
    pub(super) fn count_try(self) -> u32 {
        self.tries.update_value(|tries| *tries += 1);
        self.tries.get_value()
    }

    /// Something arrived: patience begins anew.
    pub(super) fn moved(self, sent: u64) {
        self.tries.set_value(0);
        let _ = self.sent.try_set(sent);
    }

    /// Does as was chosen; how it ends, if it does.
    pub(super) fn settle(self, choice: Choice) -> Option<State> {
        match choice {
            Choice::Skip => return Some(State::Skipped),
            Choice::Replace if self.replace.get_value() => return Some(State::Failed(super::exists::in_the_way())),
            Choice::Replace => self.replace.set_value(true),
            Choice::KeepBoth => {
                self.copy.update_value(|copy| *copy += 1);
                let copy = self.copy.get_value();
                let first = join(&self.base.get_value(), &encode(self.name.get_value().as_bytes()));
                self.path.set(join(parent(&first), &numbered(last(&first), copy)));
                self.address.set_value(None);
            }
        }
        None
    }

    /// What tells this file from another that gets the same name.
    fn mark(self) -> String {
        let modified = self.file.with_value(|file| file.last_modified());
        format!("{}-{modified}", self.size)
    }

    fn key(self) -> String {
        format!("wharf-upload {}", place::address(&self.path.get_untracked()))
    }

    /// Whether what has arrived under its name, perhaps before the page was loaded again, is of this very file. From now
    /// on it is.
    pub(super) fn goes_on(self) -> bool {
        let (key, mark) = (self.key(), self.mark());
        let same = kept(&key).as_deref() == Some(&mark);
        keep(&key, &mark);
        same
    }

    /// Nothing of it is on its way any more.
    pub(super) fn forget(self) {
        forget(&self.key());
    }
}

/// `name (2).txt`, encoded.
fn numbered(name: &str, number: u32) -> String {
    let bytes = decode(name).unwrap_or_default();
    let dot = bytes.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0).unwrap_or(bytes.len());
    let (stem, ending) = bytes.split_at(dot);
    encode(&[stem, format!(" ({number})").as_bytes(), ending].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_file_gets_a_number_before_its_ending() {
        for (name, expected) in [
            ("a.txt", "a%20%282%29.txt"),
            ("a", "a%20%282%29"),
            (".env", ".env%20%282%29"),
            ("%FF.tar.gz", "%FF.tar%20%282%29.gz"),
        ] {
            assert_eq!(numbered(name, 2), expected);
        }
    }
}
