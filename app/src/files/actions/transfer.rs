//! Moving and copying into another folder.

use super::{portions, tell_failed};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        icons::{Glyph, Icon},
    },
    error::PanelError,
    files::{
        server::folders::{copy_to, move_to, open_folder},
        state::{Ask, Client, use_client},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::files::{Done, Entry, EntryKind, Step, parent};

/// The dialog: where to.
#[component]
pub fn Transfer() -> impl IntoView {
    let client = use_client();
    let asked = move || {
        client.asking.with(|ask| match ask {
            Some(Ask::Move(entries)) => Some((false, entries.clone())),
            Some(Ask::Copy(entries)) => Some((true, entries.clone())),
            _ => None,
        })
    };
    let close = Callback::new(move |()| client.asking.set(None));
    view! {
        <Dialog open=Signal::derive(move || asked().is_some()) on_close=close labelled_by="transfer-title" testid="transfer-dialog">
            {move || untrack(asked).map(|(copy, entries)| view! { <Where client copy entries close /> })}
        </Dialog>
    }
    .erase()
}

/// A folder that somebody looks into on the way to the right one.
#[derive(Clone, Copy)]
struct Place {
    path: RwSignal<String>,
    way: RwSignal<Vec<Step>>,
    folders: RwSignal<Vec<Entry>>,
    error: RwSignal<Option<String>>,
}

impl Place {
    fn open(self, path: String) {
        self.path.set(path.clone());
        self.error.set(None);
        spawn_local(async move {
            let answer = open_folder(path.clone()).await;
            if self.path.try_get_untracked() != Some(path) {
                return;
            }
            match answer {
                Ok(mut folder) => {
                    folder.entries.retain(|entry| entry.kind == EntryKind::Folder);
                    folder.entries.sort_by_cached_key(|entry| entry.name.to_lowercase());
                    self.way.set(folder.way);
                    self.folders.set(folder.entries);
                }
                Err(error) => self.error.set(Some(error.text())),
            }
        });
    }
}

#[component]
fn Where(client: Client, copy: bool, entries: Vec<Entry>, close: Callback<()>) -> impl IntoView {
    let place = Place {
        path: RwSignal::new(client.path.get_untracked()),
        way: RwSignal::new(client.way.get_untracked()),
        folders: RwSignal::default(),
        error: RwSignal::new(None),
    };
    place.open(client.path.get_untracked());
    let count = entries.len() as u64;
    let title = if copy {
        tr!("Copy {n} entry to" | "Copy {n} entries to" % count)
    } else {
        tr!("Move {n} entry to" | "Move {n} entries to" % count)
    };
    let entries = StoredValue::new(entries);
    // Nothing goes where it is, nor into itself.
    let senseless = move || {
        let path = place.path.get();
        entries
            .with_value(|entries| entries.iter().any(|entry| parent(&entry.path) == path || within(&path, &entry.path)))
    };
    let submit = Callback::new(move |()| {
        close.run(());
        spawn_local(carry_out(client, copy, entries.get_value(), place.path.get_untracked()));
    });
    let step = move |step: Step| {
        let Step { name, path } = step;
        let name = if path == "/" { tr!("Home").to_owned() } else { name };
        let go = move |_| place.open(path.clone());
        view! { <button class="link" type="button" data-testid="transfer-crumb" on:click=go>{name}</button> }
    };
    let folder = move |entry: Entry| {
        let Entry { name, path, .. } = entry;
        let go = move |_| place.open(path.clone());
        view! {
            <li>
                <button class="button quiet" type="button" data-testid="transfer-folder" on:click=go>
                    <Icon glyph=Glyph::Folder />
                    {name}
                </button>
            </li>
        }
    };
    let empty =
        move || place.folders.read().is_empty().then(|| view! { <li class="muted">{tr!("No folders in here.")}</li> });
    view! {
        <h2 id="transfer-title">{title}</h2>
        <nav class="crumbs" aria-label=tr!("Breadcrumbs")>{move || place.way.get().into_iter().map(step).collect_view()}</nav>
        <ul class="files-folders" data-testid="transfer-folders">
            {move || place.folders.get().into_iter().map(folder).collect_view()}
            {empty}
        </ul>
        {move || place.error.get().map(|error| view! { <p class="field-error" role="alert">{error}</p> })}
        <Form submit>
            <DialogButtons
                close
                yes=if copy { tr!("Copy here") } else { tr!("Move here") }.to_owned()
                disabled=Signal::derive(senseless)
                testid="transfer-confirm"
            />
        </Form>
    }
    .erase()
}

/// Whether a path is a folder or in it.
fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn carry_out(client: Client, copy: bool, entries: Vec<Entry>, folder: String) {
    let mut all = Done::default();
    for paths in portions(&entries) {
        let answer: Result<Done, PanelError> =
            if copy { copy_to(paths, folder.clone()).await } else { move_to(paths, folder.clone()).await };
        match answer {
            Ok(Done { done, failed }) => {
                all.done += done;
                all.failed.extend(failed);
            }
            Err(error) => {
                client.failed(&error);
                break;
            }
        }
    }
    if all.done > 0 {
        client.toasts.tell(if copy {
            tr!("{n} entry copied." | "{n} entries copied." % all.done)
        } else {
            tr!("{n} entry moved." | "{n} entries moved." % all.done)
        });
    }
    tell_failed(client, &all.failed);
    client.refresh();
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn nothing_goes_into_itself() {
        assert!(within("/a/b", "/a/b") && within("/a/b/c", "/a/b"));
        assert!(!within("/a/bc", "/a/b") && !within("/a", "/a/b"));
    }
}
