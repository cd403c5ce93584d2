//! New folders, and new names.

use crate::{
    components::{
        dialog::Dialog,
        entry::Entry as Text,
        erase::Erase,
        form::{DialogButtons, Field, Form},
    },
    error::PanelError,
    files::{
        server::folders::{make_folder, rename},
        state::{Ask, Client, use_client},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::files::{Entry, encode, join, parent};

/// Asks for a name: of a new folder, or of something that has one.
#[component]
pub fn Naming() -> impl IntoView {
    let client = use_client();
    let open = move || {
        client.asking.with(|ask| match ask {
            Some(Ask::NewFolder) => Some(None),
            Some(Ask::Rename(entry)) => Some(Some(entry.clone())),
            _ => None,
        })
    };
    let close = Callback::new(move |()| client.asking.set(None));
    view! {
        <Dialog open=Signal::derive(move || open().is_some()) on_close=close labelled_by="naming-title" testid="naming-dialog">
            {move || untrack(open).map(|of| view! { <Name client of close /> })}
        </Dialog>
    }
    .erase()
}

#[component]
fn Name(client: Client, of: Option<Entry>, close: Callback<()>) -> impl IntoView {
    let name = Text::new(of.as_ref().map(|entry| entry.name.clone()).unwrap_or_default());
    let busy = RwSignal::new(false);
    let (title, yes) = if of.is_some() { (tr!("Rename"), tr!("Rename")) } else { (tr!("New folder"), tr!("Make it")) };
    let of = StoredValue::new(of);
    let submit = Callback::new(move |()| {
        let text = name.value.get_untracked();
        if text.trim().is_empty() || text.contains('/') {
            name.error.set(Some(tr!("A name without a slash, please.").to_owned()));
            return;
        }
        busy.set(true);
        name.error.set(None);
        let at = encode(text.as_bytes());
        spawn_local(async move {
            let answer = match of.get_value() {
                Some(entry) => rename(entry.path.clone(), join(parent(&entry.path), &at)).await,
                None => make_folder(join(&client.path.get_untracked(), &at), false).await,
            };
            let _ = busy.try_set(false);
            match answer {
                Ok(()) => {
                    close.run(());
                    client.refresh();
                }
                Err(PanelError::SignedOut) => client.lost(),
                Err(error) => {
                    let _ = name.error.try_set(Some(error.text()));
                }
            }
        });
    });
    view! {
        <h2 id="naming-title">{title}</h2>
        <Form submit>
            <Field label=tr!("Name") value=name.value error=name.error testid="name" />
            <DialogButtons close yes=yes.to_owned() disabled=busy testid="naming-confirm" />
        </Form>
    }
    .erase()
}
