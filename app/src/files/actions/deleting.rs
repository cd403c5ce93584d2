//! Deleting, after a question that says what goes.

use super::portions;
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
    },
    files::{
        server::folders::delete,
        state::{Ask, Client, use_client},
    },
    format, tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::files::{Done, Entry, EntryKind};

/// Names that the question shows.
const NAMED: usize = 5;

/// The question.
#[component]
pub fn Delete() -> impl IntoView {
    let client = use_client();
    let doomed =
        move || client.asking.with(|ask| if let Some(Ask::Delete(doomed)) = ask { Some(doomed.clone()) } else { None });
    let close = Callback::new(move |()| client.asking.set(None));
    let submit = Callback::new(move |()| {
        let doomed = untrack(doomed).unwrap_or_default();
        close.run(());
        spawn_local(carry_out(client, doomed));
    });
    view! {
        <Dialog open=Signal::derive(move || doomed().is_some()) on_close=close labelled_by="delete-title" testid="delete-dialog">
            {move || untrack(doomed).map(|doomed| view! { <Question doomed /> })}
            <Form submit>
                <DialogButtons close yes=tr!("Delete").to_owned() disabled=false danger=true testid="delete-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}

#[component]
fn Question(doomed: Vec<Entry>) -> impl IntoView {
    let folders = doomed.iter().filter(|entry| entry.kind == EntryKind::Folder).count() as u64;
    let files = doomed.len() as u64 - folders;
    let size: u64 = doomed.iter().filter(|entry| entry.kind != EntryKind::Folder).map(|entry| entry.size).sum();
    let names = doomed.iter().take(NAMED).map(|entry| entry.name.clone());
    let names = names.map(|name| view! { <li class="mono">{name}</li> }).collect_view();
    let rest = doomed.len().saturating_sub(NAMED) as u64;
    view! {
        <h2 id="delete-title">{tr!("Delete {n} entry?" | "Delete {n} entries?" % doomed.len() as u64)}</h2>
        <ul class="doomed">
            {names}
            {(rest > 0).then(|| view! { <li class="muted">{tr!("and {n} more" | "and {n} more" % rest)}</li> })}
        </ul>
        <ul class="consequences">
            {(folders > 0).then(|| view! {
                <li data-testid="delete-folders">
                    {tr!("{n} folder goes with everything in it." | "{n} folders go with everything in them." % folders)}
                </li>
            })}
            {(files > 0).then(|| view! {
                <li>{tr!("{n} file goes: {}." | "{n} files go: {}." % files, format::size(size))}</li>
            })}
            <li>{tr!("They cannot be brought back.")}</li>
        </ul>
    }
    .erase()
}

async fn carry_out(client: Client, doomed: Vec<Entry>) {
    let mut all = Done::default();
    for paths in portions(&doomed) {
        match delete(paths).await {
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
        client.toasts.tell(tr!("{n} file or folder deleted." | "{n} files and folders deleted." % all.done));
    }
    super::tell_failed(client, &all.failed);
    client.refresh();
}
