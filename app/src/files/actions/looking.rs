//! Looking at a file without downloading it.

use super::download;
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        icons::{Glyph, Icon},
    },
    files::{
        place,
        preview::{self, Kind},
        state::{Ask, use_client},
    },
    tr,
};
use leptos::prelude::*;
use wharf_model::files::Entry;

/// The dialog.
#[component]
pub fn Look() -> impl IntoView {
    let client = use_client();
    let looked =
        move || client.asking.with(|ask| if let Some(Ask::Look(entry)) = ask { Some(entry.clone()) } else { None });
    let close = Callback::new(move |()| client.asking.set(None));
    let shown = move || {
        let entry = untrack(looked)?;
        let of = entry.clone();
        Some(view! {
            <div class="look-head">
                <h2 id="look-title">{entry.name.clone()}</h2>
                <button class="button" type="button" data-testid="look-download" on:click=move |_| download(std::slice::from_ref(&of))>
                    <Icon glyph=Glyph::Export />
                    {tr!("a button" => "Download")}
                </button>
                <button class="icon-button" type="button" aria-label=tr!("Close") data-testid="look-close" on:click=move |_| close.run(())>
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
            <Content entry />
        })
    };
    view! {
        <div class="look">
            <Dialog open=Signal::derive(move || looked().is_some()) on_close=close labelled_by="look-title" testid="look-dialog">
                {shown}
            </Dialog>
        </div>
    }
    .erase()
}

#[component]
fn Content(entry: Entry) -> impl IntoView {
    let Entry { name, path, .. } = entry;
    let source = place::at(&format!("/files{path}?inline=1"));
    match preview::kind(&name) {
        Some(Kind::Image) => view! { <img class="look-at" src=source alt=name data-testid="look-image" /> }.erase(),
        Some(Kind::Audio) => {
            view! { <audio class="look-at" src=source controls data-testid="look-audio"></audio> }.erase()
        }
        Some(Kind::Video) => {
            view! { <video class="look-at" src=source controls data-testid="look-video"></video> }.erase()
        }
        // Its own policy keeps a document away from this page; the browser's reader starts in no sandbox.
        _ => view! { <iframe class="look-at" src=source title=name data-testid="look-frame"></iframe> }.erase(),
    }
}
