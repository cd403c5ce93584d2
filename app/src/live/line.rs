//! A WebSocket to this server, which brings texts, and the patience to open it again. Only in effects and event handlers.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

const FIRST_WAIT_MS: f64 = 1_000.0;
const LONGEST_WAIT_MS: f64 = 15_000.0;

/// An open socket with its callbacks, which live as long as it. Dropped, it is closed, and is heard of no more.
#[derive(Debug)]
pub(crate) struct Line {
    socket: WebSocket,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Line {
    /// Opens `path` of this origin. Each text goes to `heard`; `closed` is told when the line is gone, or was refused.
    pub(crate) fn open(path: &str, heard: impl Fn(String) + 'static, closed: impl Fn() + 'static) -> Option<Self> {
        let location = window().location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let socket = WebSocket::new(&format!("{scheme}://{}{path}", location.host().ok()?)).ok()?;
        let message = Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                heard(text);
            }
        });
        let close = Closure::new(move |_: CloseEvent| closed());
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self { socket, _message: message, _close: close })
    }

    /// Tells the server something, if the line stands.
    pub(crate) fn send(&self, text: &str) {
        // A line that is still opening is told again when it stands.
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It may be closed already, which is what is wanted.
        let _ = self.socket.close();
    }
}

/// How long to wait before try number `tries`: doubling, with jitter so that a thousand browsers do not come at once.
pub(crate) fn wait_ms(tries: u32, random: f64) -> i64 {
    let doubled = FIRST_WAIT_MS * f64::from(1u32 << tries.saturating_sub(1).min(4));
    #[expect(clippy::cast_possible_truncation, reason = "at most 15 seconds")]
    let wait = (doubled.min(LONGEST_WAIT_MS) * (0.75 + random / 4.0)) as i64;
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_and_stays_bounded() {
        assert_eq!(wait_ms(1, 0.0), 750);
        assert_eq!(wait_ms(1, 1.0), 1_000);
        assert_eq!(wait_ms(3, 1.0), 4_000);
        assert_eq!(wait_ms(5, 1.0), 15_000);
        assert_eq!(wait_ms(4_000_000_000, 1.0), 15_000);
    }
}
