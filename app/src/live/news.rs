//! Frames that are no picture of sessions, and who listens to them.

use super::{socket::Socket, use_live};
use leptos::prelude::*;
use wharf_model::{
    ids::SessionId,
    live::{Frame, Topic, Wish},
};

/// Listeners and followed logs of one page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    listeners: StoredValue<Vec<(u32, Callback<Frame>)>>,
    serial: StoredValue<u32>,
    /// Whose log, and the first line that is missing.
    followed: StoredValue<Vec<(SessionId, RwSignal<u64>)>>,
}

impl News {
    pub(super) fn hear(self, listener: Callback<Frame>) {
        self.serial.update_value(|serial| *serial += 1);
        let serial = self.serial.get_value();
        self.listeners.update_value(|listeners| listeners.push((serial, listener)));
        on_cleanup(move || {
            // The page may be gone, and its values with it.
            self.listeners.try_update_value(|listeners| listeners.retain(|(other, _)| *other != serial));
        });
    }

    pub(super) fn tell(self, frame: &Frame) {
        // A listener may add or remove others.
        for (_, listener) in self.listeners.get_value() {
            listener.try_run(frame.clone());
        }
    }

    pub(super) fn follow(self, socket: Socket, session: SessionId, next: RwSignal<u64>) {
        self.followed.update_value(|followed| followed.push((session, next)));
        socket.send(Wish::Follow { session, from: next.get_untracked() });
        on_cleanup(move || {
            self.followed.try_update_value(|followed| followed.retain(|(other, _)| *other != session));
            socket.send(Wish::Unfollow { session });
        });
    }

    pub(super) fn follow_again(self, socket: Socket) {
        for (session, next) in self.followed.get_value() {
            if let Some(from) = next.try_get_untracked() {
                socket.send(Wish::Follow { session, from });
            }
        }
    }
}

/// Runs `ask` now, after each break of the line, and whenever `topic` has changed. Its argument: somebody came.
pub fn keep_fresh(topic: Topic, ask: Callback<bool>) {
    let live = use_live();
    Effect::new(move |again: Option<()>| {
        live.connections.track();
        ask.run(again.is_none());
    });
    Effect::new(move || {
        live.hear(Callback::new(move |frame| {
            if matches!(frame, Frame::Changed(changed) if changed == topic) {
                ask.run(false);
            }
        }));
    });
}
