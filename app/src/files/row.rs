//! One entry of a folder.

use super::{
    list::{class_of, row_id},
    place::{self, address},
    state::{By, Client},
    toolbar::plain,
};
use crate::{
    clock::use_clock,
    components::{
        erase::Erase,
        icons::{Glyph, Icon},
    },
    format, tr,
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use wharf_model::files::{Entry, EntryKind};

/// The row.
#[component]
pub fn Row(
    /// The page.
    client: Client,
    /// What it shows.
    entry: Entry,
) -> impl IntoView {
    let clock = use_clock();
    let Entry { name, path, kind, size, modified } = entry.clone();
    let selected = {
        let path = path.clone();
        Memo::new(move |_| client.selected.read().contains(&path))
    };
    let here = {
        let path = path.clone();
        Memo::new(move |_| client.cursor.read().as_ref() == Some(&path))
    };
    let press = {
        let path = path.clone();
        move |event: ev::MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            // Links and boxes do what they do.
            if target.is_none_or(|target| target.closest("a,input").ok().flatten().is_none()) {
                client.pick(&path, event.ctrl_key() || event.meta_key(), event.shift_key());
            }
        }
    };
    let tick = {
        let path = path.clone();
        move |_| client.pick(&path, true, false)
    };
    let glyph = glyph(&entry);
    let open = move || client.act(&entry);
    let double = {
        let open = open.clone();
        move |_: ev::MouseEvent| open()
    };
    let follow = move |event: ev::MouseEvent| {
        if plain(&event) {
            event.prevent_default();
            open();
        }
    };
    let mark = match kind {
        EntryKind::Link => Some(tr!("link that leads nowhere")),
        EntryKind::Other => Some(tr!("no file")),
        EntryKind::File | EntryKind::Folder => None,
    };
    let label = tr!("Select {}", name);
    let word = match kind {
        EntryKind::Folder => "folder",
        EntryKind::File => "file",
        EntryKind::Link | EntryKind::Other => "other",
    };
    let shown = name.clone();
    let name = match kind {
        EntryKind::Folder => view! {
            <a href=address(&path) rel="external" tabindex="-1" data-testid="entry-name" on:click=follow>{shown}</a>
        }
        .erase(),
        EntryKind::File => view! {
            <a href=place::at(&format!("/files{path}")) rel="external" tabindex="-1" data-testid="entry-name" on:click=follow>{shown}</a>
        }
        .erase(),
        EntryKind::Link | EntryKind::Other => view! { <span data-testid="entry-name">{shown}</span> }.erase(),
    };
    view! {
        <tr
            id=row_id(&path)
            role="row"
            aria-selected=move || selected.get().to_string()
            class:here=here
            data-testid="entry"
            data-kind=word
            on:click=press
            on:dblclick=double
        >
            <td class="pick">
                <input type="checkbox" tabindex="-1" aria-label=label data-testid="entry-check" prop:checked=selected on:change=tick />
            </td>
            <td class="name">
                <Icon glyph />
                {name}
                {mark.map(|mark| view! { <span class="muted small">{mark}</span> })}
            </td>
            <td class=class_of(By::Size)>{(kind == EntryKind::File).then(|| format::size(size))}</td>
            <td class="modified">
                <time datetime=format::iso(modified)>{move || clock.minute(modified)}</time>
            </td>
        </tr>
    }
    .erase()
}

fn glyph(entry: &Entry) -> Glyph {
    match entry.kind {
        EntryKind::Folder => Glyph::Folder,
        _ if super::preview::kind(&entry.name) == Some(super::preview::Kind::Image) => Glyph::Image,
        _ => Glyph::File,
    }
}
