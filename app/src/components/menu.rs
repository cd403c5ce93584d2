//! A button with a small panel below it, for menus. Opens without JavaScript; closes by Escape or a click elsewhere.

use crate::components::erase::Erase;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// The menu. `summary` is what the button shows.
#[component]
pub fn Menu(
    /// What the button shows.
    summary: AnyView,
    /// For tests.
    testid: &'static str,
    /// What the button is called, where what it shows does not say it.
    #[prop(optional)]
    label: Option<&'static str>,
    /// Class of the whole, beside `menu`.
    #[prop(default = "")]
    class: &'static str,
    /// The panel.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    Effect::new(move || {
        let elsewhere = window_event_listener(ev::pointerdown, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let inside = details.get_untracked().is_some_and(|details| details.contains(target.as_ref()));
            if !inside {
                close();
            }
        });
        on_cleanup(move || elsewhere.remove());
    });
    let escape = move |event: ev::KeyboardEvent| {
        let Some(details) = details.get_untracked() else { return };
        if event.key() == "Escape" && details.open() {
            event.stop_propagation();
            details.set_open(false);
            focus_within(&details, "summary");
        }
    };
    view! {
        <details node_ref=details class=format!("menu {class}") on:keydown=escape>
            <summary class="button" data-testid=testid aria-label=label>
                {summary}
            </summary>
            <div class="menu-panel">{children()}</div>
        </details>
    }
    .erase()
}

/// Moves the focus to the first element below `parent` that `selector` names.
pub fn focus_within(parent: &web_sys::Element, selector: &str) {
    let found = parent.query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot be focused leaves the focus where it is.
        let _ = element.focus();
    }
}
