//! Short notes on what an order did, and the way to take it back. They go by themselves, but not while somebody is at
//! them.

use crate::components::{
    erase::Erase,
    icons::{Glyph, Icon},
};
use crate::tr;
use leptos::prelude::*;
use std::time::Duration;

/// One note.
#[derive(Clone, Debug)]
struct Toast {
    serial: u32,
    text: String,
    failed: bool,
    action: Option<Action>,
}

/// A button of a note.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// What it says.
    pub name: &'static str,
    /// What it does.
    pub run: Callback<()>,
}

/// The notes on the page, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    serial: StoredValue<u32>,
    /// Pointer or focus is on the notes: none goes.
    held: StoredValue<bool>,
}

/// More than these at once nobody reads.
const MOST: usize = 4;
/// For what is only said.
const BRIEF: Duration = Duration::from_secs(7);
/// For what has to be read or can be undone.
const LONG: Duration = Duration::from_secs(20);

impl Toasts {
    /// None yet.
    pub fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), serial: StoredValue::new(0), held: StoredValue::new(false) }
    }

    /// Says what was done.
    pub fn tell(self, text: String) {
        self.push(text, false, None);
    }

    /// Says what was done or happened, with a button.
    pub fn offer(self, text: String, action: Action) {
        self.push(text, false, Some(action));
    }

    /// Says what could not be done.
    pub fn fail(self, text: String) {
        self.push(text, true, None);
    }

    fn push(self, text: String, failed: bool, action: Option<Action>) {
        let serial = self.serial.try_update_value(|serial| {
            *serial += 1;
            *serial
        });
        let serial = serial.unwrap_or_default();
        let stay = if failed || action.is_some() { LONG } else { BRIEF };
        self.shown.update(|shown| {
            if shown.len() >= MOST {
                shown.remove(0);
            }
            shown.push(Toast { serial, text, failed, action });
        });
        self.dismiss_after(serial, stay);
    }

    fn dismiss_after(self, serial: u32, stay: Duration) {
        set_timeout(
            move || {
                if self.held.get_value() {
                    self.dismiss_after(serial, BRIEF);
                } else {
                    self.dismiss(serial);
                }
            },
            stay,
        );
    }

    fn dismiss(self, serial: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.serial != serial));
        if self.shown.read_untracked().is_empty() {
            self.held.set_value(false);
        }
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
    let hold = move |held: bool| toasts.held.set_value(held);
    view! {
        <div
            class="toasts"
            role="status"
            aria-live="polite"
            on:pointerenter=move |_| hold(true)
            on:pointerleave=move |_| hold(false)
            on:focusin=move |_| hold(true)
            on:focusout=move |_| hold(false)
        >
            <For each=move || toasts.shown.get() key=|toast| toast.serial let:toast>
                <Note toast />
            </For>
        </div>
    }
    .erase()
}

#[component]
fn Note(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let Toast { serial, text, failed, action } = toast;
    let button = action.map(|Action { name, run }| {
        let act = move |_| {
            toasts.dismiss(serial);
            run.run(());
        };
        view! {
            <button class="button" type="button" data-testid="toast-action" on:click=act>
                {name}
            </button>
        }
    });
    view! {
        <div class="toast" class:failed=failed data-testid="toast">
            <span class="toast-text">{text}</span>
            {button}
            <button
                class="icon-button"
                type="button"
                aria-label=tr!("Dismiss")
                data-testid="toast-dismiss"
                on:click=move |_| toasts.dismiss(serial)
            >
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
    .erase()
}
