//! The WebSocket behind [`Live`]: opens it, notices when it is silent, and comes back with growing patience.

use super::{
    Live, LiveState,
    line::{Line, wait_ms},
};
use crate::{clock::browser_now, pages::signin::signed_in};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::time::Duration;
use web_sys::Event;
use wharf_model::live::{Frame, Wish};

/// A line without a frame for this long is dead: the server sends one every two seconds.
const SILENCE_MS: i64 = 6_000;

/// The socket of one page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket {
    /// Only the browser ever puts one in. It is bound to its thread, which a page on the server is not.
    line: StoredValue<Option<SendWrapper<Line>>>,
    /// When the line last brought something, or was opened.
    heard_at: StoredValue<i64>,
    /// Tries since frames last came.
    tries: StoredValue<u32>,
    /// Counts sockets, so that a late event of an old one is not taken for one of the new.
    turn: StoredValue<u32>,
    /// Set once the page needs no socket any more.
    closed: StoredValue<bool>,
    watchdog: StoredValue<Option<IntervalHandle>>,
}

impl Default for Socket {
    fn default() -> Self {
        Self {
            line: StoredValue::new(None),
            heard_at: StoredValue::new(0),
            tries: StoredValue::new(0),
            turn: StoredValue::new(0),
            closed: StoredValue::new(false),
            watchdog: StoredValue::new(None),
        }
    }
}

impl Socket {
    pub(super) fn open(self, live: Live) {
        if self.watchdog.with_value(Option::is_none) {
            let handle = set_interval_with_handle(move || self.watch(live), Duration::from_secs(1)).ok();
            self.watchdog.set_value(handle);
            let back = window_event_listener(leptos::ev::online, move |_: Event| live.retry());
            on_cleanup(move || back.remove());
        }
        if live.state.get_untracked() != LiveState::Connecting {
            live.state.set(LiveState::Reconnecting);
        }
        let turn = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        });
        let Some(turn) = turn else { return };
        match self.line(live, turn) {
            Some(opened) => {
                self.heard_at.set_value(browser_now());
                self.line.set_value(Some(SendWrapper::new(opened)));
            }
            None => self.lost(live),
        }
    }

    pub(super) fn close(self) {
        // The page may be gone, and its values with it.
        let _ = self.closed.try_set_value(true);
        let _ = self.line.try_set_value(None);
        if let Some(Some(watchdog)) = self.watchdog.try_update_value(Option::take) {
            watchdog.clear();
        }
    }

    /// Tells the server something, if the line stands.
    pub(super) fn send(self, wish: Wish) {
        let Ok(text) = serde_json::to_string(&wish) else { return };
        // Without a line it is told as soon as there is one.
        let _ = self.line.try_with_value(|line| line.as_ref().map(|line| line.send(&text)));
    }

    fn line(self, live: Live, turn: u32) -> Option<Line> {
        let heard = move |text: String| {
            if self.current(turn) {
                self.heard(live, &text);
            }
        };
        let closed = move || {
            if self.current(turn) {
                self.lost(live);
            }
        };
        Line::open("/live", heard, closed)
    }

    fn current(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn) && self.closed.try_get_value() == Some(false)
    }

    fn heard(self, live: Live, text: &str) {
        self.heard_at.set_value(browser_now());
        match serde_json::from_str::<Frame>(text) {
            Ok(frame) => {
                let greeting = matches!(frame, Frame::Snapshot(_));
                live.take(frame);
                if greeting && live.state.get_untracked() != LiveState::Live {
                    self.tries.set_value(0);
                    live.state.set(LiveState::Live);
                    live.connected();
                }
            }
            // The server was updated and speaks another version; the page has to follow.
            Err(error) => leptos::logging::error!("live frame not understood: {error}"),
        }
    }

    /// Once a second: is the line silent, is it time for another try?
    fn watch(self, live: Live) {
        match live.state.get_untracked() {
            LiveState::Connecting | LiveState::Reconnecting | LiveState::Live => {
                let open = self.line.with_value(Option::is_some);
                if open && browser_now() - self.heard_at.get_value() > SILENCE_MS {
                    self.lost(live);
                }
            }
            LiveState::Disconnected { retry_at } if browser_now() >= retry_at => self.open(live),
            LiveState::Disconnected { .. } | LiveState::SignedOut => {}
        }
    }

    fn lost(self, live: Live) {
        // Not from within one of its own callbacks, which would free the code that runs.
        let old = self.line.try_update_value(Option::take);
        set_timeout(move || drop(old), Duration::ZERO);
        self.turn.update_value(|turn| *turn += 1);
        if live.state.get_untracked() == LiveState::SignedOut {
            return;
        }
        let tries = self.tries.try_update_value(|tries| {
            *tries += 1;
            *tries
        });
        let wait = wait_ms(tries.unwrap_or(1), js_sys::Math::random());
        live.state.set(LiveState::Disconnected { retry_at: browser_now() + wait });
        // A refused socket gives no reason, so ask whether the session is still good.
        spawn_local(async move {
            if signed_in().await == Ok(false) {
                let _ = live.state.try_set(LiveState::SignedOut);
            }
        });
    }
}
