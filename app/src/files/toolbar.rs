//! Where one is, and what one can do here. What the account may not do is disabled and says so.

use super::{
    place::address,
    state::{Ask, Client, use_client},
    uploads::{Uploads, use_uploads},
};
use crate::{
    components::{
        erase::Erase,
        form::Form,
        icons::{Glyph, Icon},
    },
    format, tr,
};
use leptos::{ev, html, prelude::*};
use wharf_model::files::{EntryKind, Step};

/// The way to the folder, and the buttons.
#[component]
pub fn Toolbar() -> impl IntoView {
    let client = use_client();
    view! {
        <div class="files-bar">
            <Way client />
            <div class="files-tools" role="toolbar" aria-label=tr!("Files")>
                {move || {
                    let count = client.selected.read().len();
                    if count == 0 { view! { <OfFolder client /> }.erase() } else { view! { <OfSelection client count /> }.erase() }
                }}
                <span class="space"></span>
                <Search client />
                <Look client />
            </div>
        </div>
    }
    .erase()
}

#[component]
fn Way(client: Client) -> impl IntoView {
    let home = StoredValue::new(client.user().visits.unwrap_or_else(|| tr!("Home").to_owned()));
    let step = move |(step, last): (Step, bool)| {
        let Step { name, path } = step;
        let name = if path == "/" { home.get_value() } else { name };
        if last {
            return view! { <span aria-current="page">{name}</span> }.erase();
        }
        let href = address(&path);
        let go = move |event: ev::MouseEvent| {
            if plain(&event) {
                event.prevent_default();
                client.go(path.clone());
            }
        };
        view! { <a href=href rel="external" data-testid="crumb" on:click=go>{name}</a> }.erase()
    };
    let steps = move || {
        let way = client.way.get();
        let last = way.len().saturating_sub(1);
        way.into_iter().enumerate().map(|(at, here)| step((here, at == last))).collect_view()
    };
    view! {
        <nav class="crumbs" aria-label=tr!("Breadcrumbs") data-testid="way">
            {steps}
        </nav>
    }
    .erase()
}

/// Whether a click is for the page, and not for the browser to open something in another tab.
pub fn plain(event: &ev::MouseEvent) -> bool {
    event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
}

/// A button that may be out of reach: why stands beside its name for who cannot see a tooltip.
#[component]
pub fn Tool(
    /// What it shows.
    glyph: Glyph,
    /// What it says.
    #[prop(into)]
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
    /// Why it cannot be pressed.
    #[prop(into)]
    off: Signal<Option<&'static str>>,
    /// What it does.
    press: Callback<()>,
    /// The look.
    #[prop(default = "button")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <button
            class=class
            type="button"
            data-testid=testid
            disabled=move || off.get().is_some()
            title=move || off.get()
            on:click=move |_| press.run(())
        >
            <Icon glyph />
            <span>{label}</span>
            {move || off.get().map(|why| view! { <span class="hidden">{why}</span> })}
        </button>
    }
    .erase()
}

fn unless(may: bool) -> Option<&'static str> {
    (!may).then(|| tr!("Your account may not do that."))
}

/// What can be done in a folder.
#[component]
fn OfFolder(client: Client) -> impl IntoView {
    let uploads = use_uploads();
    let may = client.may();
    // To a visitor it is not worth saying.
    if client.user().visits.is_some() && !may.write {
        return ().erase();
    }
    let [files, folder] = std::array::from_fn(|_| NodeRef::<html::Input>::new());
    let press = |field: NodeRef<html::Input>| {
        Callback::new(move |()| {
            if let Some(field) = field.get_untracked() {
                field.click();
            }
        })
    };
    let no_folders = unless(may.write && may.make_directories);
    view! {
        <Tool
            glyph=Glyph::Upload
            label=tr!("Upload files").to_owned()
            testid="upload-files"
            off=unless(may.write)
            press=press(files)
            class="button primary"
        />
        <Tool
            glyph=Glyph::Folder
            label=tr!("Upload a folder").to_owned()
            testid="upload-folder"
            off=no_folders
            press=press(folder)
        />
        <Tool
            glyph=Glyph::NewFolder
            label=tr!("New folder").to_owned()
            testid="new-folder"
            off=unless(may.make_directories)
            press=Callback::new(move |()| client.asking.set(Some(Ask::NewFolder)))
        />
        <Picker field=files uploads folders=false />
        <Picker field=folder uploads folders=true />
    }
    .erase()
}

/// The browser's own dialog for files; the button opens it.
#[component]
fn Picker(field: NodeRef<html::Input>, uploads: Uploads, folders: bool) -> impl IntoView {
    let picked = move |_| {
        if let Some(field) = field.get_untracked() {
            if let Some(files) = field.files() {
                uploads.add_picked(&files);
            }
            // The same files may be picked again.
            field.set_value("");
        }
    };
    Effect::new(move || {
        // leptos knows no such attribute.
        if let Some(field) = field.get().filter(|_| folders) {
            let _ = field.set_attribute("webkitdirectory", "");
        }
    });
    view! {
        <input
            node_ref=field
            type="file"
            hidden
            multiple
            tabindex="-1"
            aria-hidden="true"
            data-testid=if folders { "pick-folder" } else { "pick-files" }
            on:change=picked
        />
    }
    .erase()
}

/// What can be done with what is selected.
#[component]
fn OfSelection(client: Client, count: usize) -> impl IntoView {
    let may = client.may();
    let count_text = tr!("{n} selected" | "{n} selected" % count as u64);
    let chosen = client.chosen();
    let one = if let [entry] = &*chosen { Some(entry.clone()) } else { None };
    let download = move |()| super::actions::download(&client.chosen());
    let readable = chosen.iter().all(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Folder));
    let no_download =
        unless(may.read).or_else(|| (!readable).then(|| tr!("Only files and folders can be downloaded.")));
    let no_rename = unless(may.rename).or_else(|| one.is_none().then(|| tr!("Only one at a time can be renamed.")));
    let no_copy =
        unless(may.read && may.write).or_else(|| (!readable).then(|| tr!("Only files and folders can be copied.")));
    let shared = one.clone().filter(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Folder));
    let no_share = unless(may.read || may.write)
        .or_else(|| shared.is_none().then(|| tr!("Only one file or folder at a time can be shared.")));
    let share = Callback::new(move |()| {
        if let Some(entry) = shared.clone() {
            client.asking.set(Some(Ask::Share(entry)));
        }
    });
    let rename = Callback::new(move |()| {
        if let Some(entry) = one.clone() {
            client.asking.set(Some(Ask::Rename(entry)));
        }
    });
    view! {
        <span class="files-count" role="status" data-testid="selected-count">{count_text}</span>
        <Tool glyph=Glyph::Export label=tr!("a button" => "Download").to_owned() testid="download" off=no_download press=Callback::new(download) />
        {client.user().visits.is_none().then(|| view! {
            <Tool glyph=Glyph::Edit label=tr!("Rename").to_owned() testid="rename" off=no_rename press=rename />
            <Tool
                glyph=Glyph::Move
                label=tr!("Move").to_owned()
                testid="move"
                off=unless(may.rename)
                press=Callback::new(move |()| client.asking.set(Some(Ask::Move(client.chosen()))))
            />
            <Tool
                glyph=Glyph::Copy
                label=tr!("a button" => "Copy").to_owned()
                testid="copy"
                off=no_copy
                press=Callback::new(move |()| client.asking.set(Some(Ask::Copy(client.chosen()))))
            />
            <Tool glyph=Glyph::Chain label=tr!("Share").to_owned() testid="share" off=no_share press=share />
            <Tool
                glyph=Glyph::Delete
                label=tr!("Delete").to_owned()
                testid="delete"
                off=unless(may.delete)
                press=Callback::new(move |()| client.asking.set(Some(Ask::Delete(client.chosen()))))
                class="button danger"
            />
        })}
        <button
            class="icon-button"
            type="button"
            aria-label=tr!("Select nothing")
            data-testid="select-none"
            on:click=move |_| client.selected.update(std::collections::BTreeSet::clear)
        >
            <Icon glyph=Glyph::Close />
        </button>
    }
    .erase()
}

/// The line to search with.
#[component]
fn Search(client: Client) -> impl IntoView {
    let text = RwSignal::new(String::new());
    // Whoever goes elsewhere is done with searching.
    Effect::new(move || {
        client.path.track();
        text.set(String::new());
    });
    let submit = Callback::new(move |()| client.search(text.get_untracked()));
    let told = move || {
        client.found.with(|found| {
            let (_, found) = found.as_ref()?;
            let count = found.entries.len() as u64;
            Some(if found.more {
                tr!("{}+ found", format::number(count))
            } else {
                tr!("{n} found" | "{n} found" % count)
            })
        })
    };
    let leave = move |_| {
        text.set(String::new());
        client.search(String::new());
    };
    view! {
        <Form submit class="files-search">
            <span role="status" class="muted" data-testid="found-count">{told}</span>
            {move || client.found.read().is_some().then(|| view! {
                <button class="icon-button" type="button" aria-label=tr!("Back to the folder") data-testid="search-leave" on:click=leave>
                    <Icon glyph=Glyph::Close />
                </button>
            })}
            <input
                class="filter"
                type="search"
                placeholder=tr!("Search below here")
                aria-label=tr!("Search below here")
                autocomplete="off"
                spellcheck="false"
                disabled=!client.may().list
                data-testid="search"
                prop:value=text
                on:input:target=move |event| text.set(event.target().value())
            />
        </Form>
    }
    .erase()
}

/// How the folder is shown.
#[component]
fn Look(client: Client) -> impl IntoView {
    view! {
        <button
            class="icon-button"
            type="button"
            aria-label=tr!("Refresh")
            data-testid="refresh"
            on:click=move |_| client.refresh()
        >
            <Icon glyph=Glyph::Refresh />
        </button>
        <button
            class="icon-button"
            type="button"
            aria-label=tr!("Tiles")
            aria-pressed=move || client.grid.get().to_string()
            data-testid="grid"
            on:click=move |_| client.as_grid(!client.grid.get_untracked())
        >
            {move || {
                let glyph = if client.grid.get() { Glyph::List } else { Glyph::Grid };
                view! { <Icon glyph /> }
            }}
        </button>
    }
    .erase()
}
