//! A modal dialog: the browser's own `<dialog>`, which keeps the focus inside, closes by Escape and gives the focus
//! back.

use crate::components::erase::Erase;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// The dialog. Its content exists only while it is open.
#[component]
pub fn Dialog(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// It was closed: by Escape, by a click beside it, by its own buttons.
    on_close: Callback<()>,
    /// Id of its heading.
    labelled_by: &'static str,
    /// For tests.
    testid: &'static str,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let open = open.get();
        let Some(dialog) = dialog.get() else { return };
        if open && !dialog.open() {
            // It fails only where the dialog is open already or not in the page.
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let beside = move |event: ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|target| target.tag_name() == "DIALOG") {
            on_close.run(());
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class="dialog"
            aria-labelledby=labelled_by
            data-testid=testid
            on:close=move |_| on_close.run(())
            on:mousedown=beside
        >
            {move || open.get().then(|| view! { <div class="dialog-body">{children()}</div> })}
        </dialog>
    }
    .erase()
}
