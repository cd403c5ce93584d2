//! Short notes on what an order did. They go by themselves; errors stay a little longer.

use crate::components::{
    erase::Erase,
    icons::{Glyph, Icon},
};
use leptos::prelude::*;
use std::time::Duration;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    serial: u32,
    text: String,
    failed: bool,
}

/// The notes on the page, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    serial: StoredValue<u32>,
}

/// More than these at once nobody reads.
const MOST: usize = 4;

impl Toasts {
    /// None yet.
    pub fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), serial: StoredValue::new(0) }
    }

    /// Says what was done.
    pub fn tell(self, text: String) {
        self.push(text, false, Duration::from_secs(7));
    }

    /// Says what could not be done.
    pub fn fail(self, text: String) {
        self.push(text, true, Duration::from_secs(15));
    }

    fn push(self, text: String, failed: bool, stay: Duration) {
        let serial = self.serial.try_update_value(|serial| {
            *serial += 1;
            *serial
        });
        let serial = serial.unwrap_or_default();
        self.shown.update(|shown| {
            if shown.len() >= MOST {
                shown.remove(0);
            }
            shown.push(Toast { serial, text, failed });
        });
        set_timeout(move || self.dismiss(serial), stay);
    }

    fn dismiss(self, serial: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.serial != serial));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// The notes of the page.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_default()
}

/// Where the notes show. The region is always there, so that screen readers notice what comes into it.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.serial let:toast>
                <div class="toast" class:failed=toast.failed data-testid="toast">
                    <span>{toast.text}</span>
                    <button
                        class="icon-button"
                        type="button"
                        aria-label="Dismiss"
                        on:click=move |_| toasts.dismiss(toast.serial)
                    >
                        <Icon glyph=Glyph::Close />
                    </button>
                </div>
            </For>
        </div>
    }
    .erase()
}
