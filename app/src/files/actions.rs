//! What can be done with files and folders: downloads, and the dialogs that change something.
//!
//! * [`naming`]: new folders and new names; [`deleting`]: the question before
//! * [`transfer`]: moving and copying; [`looking`], [`editing`]: what is in a file
//! * [`sharing`], [`links`]: share links; [`sessions`]: the sessions of the account

pub mod deleting;
pub mod editing;
pub mod links;
pub mod looking;
pub mod naming;
pub mod sessions;
pub mod sharing;
pub mod transfer;

use super::{place, state::Client};
use crate::{components::erase::Erase, tr, words};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wharf_model::files::{Entry, EntryKind, Failed};

/// Every dialog of the page.
#[component]
pub fn Dialogs() -> impl IntoView {
    view! {
        <naming::Naming />
        <deleting::Delete />
        <transfer::Transfer />
        <looking::Look />
        <editing::Edit />
        <sharing::Share />
        <links::Links />
        <sessions::Sessions />
    }
    .erase()
}

/// Gives files to the browser: one as it is, several or folders as a zip.
pub fn download(entries: &[Entry]) {
    let address = match entries {
        [] => return,
        [file] if file.kind == EntryKind::File => format!("/files{}", file.path),
        entries => {
            let paths: Vec<_> = entries.iter().map(|entry| format!("path={}", entry.path)).collect();
            format!("/zip?{}", paths.join("&"))
        }
    };
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(link) = link {
        // Both are names of attributes, so it cannot fail.
        let _ = link.set_attribute("href", &place::at(&address));
        let _ = link.set_attribute("download", "");
        link.click();
    }
}

/// Paths in portions that fit into a request.
pub fn portions(entries: &[Entry]) -> Vec<Vec<String>> {
    const MOST: usize = 32 * 1024;
    let mut portions = vec![Vec::new()];
    let mut size = 0;
    for path in entries.iter().map(|entry| &entry.path) {
        if size + path.len() > MOST {
            portions.push(Vec::new());
            size = 0;
        }
        size += path.len() + 3;
        if let Some(portion) = portions.last_mut() {
            portion.push(path.clone());
        }
    }
    portions
}

/// Says what an order did not do: the first few by name.
pub fn tell_failed(client: Client, failed: &[Failed]) {
    const NAMED: usize = 2;
    for Failed { name, why } in failed.iter().take(NAMED) {
        client.toasts.fail(format!("{name}: {}", words::told(why)));
    }
    let rest = failed.len().saturating_sub(NAMED) as u64;
    if rest > 0 {
        client.toasts.fail(tr!("{n} more was left as it is." | "{n} more were left as they are." % rest));
    }
}
