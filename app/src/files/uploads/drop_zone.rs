//! The whole page as the place to drop files.

use super::use_uploads;
use crate::{files::state::use_client, tr};
use leptos::{ev, prelude::*};
use web_sys::DragEvent;

/// What shows while files are above the page.
#[component]
pub fn DropZone() -> impl IntoView {
    let (client, uploads) = (use_client(), use_uploads());
    // Entering one element comes before leaving another.
    let depth = RwSignal::new(0_i32);
    let files = |event: &DragEvent| event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0));
    Effect::new(move || {
        let enter = window_event_listener(ev::dragenter, move |event| {
            if files(&event) {
                event.prevent_default();
                depth.update(|depth| *depth += 1);
            }
        });
        let over = window_event_listener(ev::dragover, move |event| {
            if files(&event) {
                event.prevent_default();
            }
        });
        let leave = window_event_listener(ev::dragleave, move |event| {
            if files(&event) {
                depth.update(|depth| *depth = (*depth - 1).max(0));
            }
        });
        let dropped = window_event_listener(ev::drop, move |event: DragEvent| {
            depth.set(0);
            let Some(data) = event.data_transfer().filter(|_| files(&event)) else { return };
            event.prevent_default();
            if client.may().write {
                uploads.add_dropped(&data);
            } else {
                client.toasts.fail(tr!("Your account may not upload.").to_owned());
            }
        });
        on_cleanup(move || {
            enter.remove();
            over.remove();
            leave.remove();
            dropped.remove();
        });
    });
    let text = move || {
        let here = client.way.with(|way| way.last().map(|step| step.name.clone()).filter(|name| !name.is_empty()));
        let home = || client.user().visits.unwrap_or_else(|| tr!("Home").to_owned());
        tr!("Drop to upload to {}", here.unwrap_or_else(home))
    };
    move || {
        (depth.get() > 0)
            .then(|| view! { <div class="files-drop" aria-hidden="true" data-testid="drop-zone">{text}</div> })
    }
}
