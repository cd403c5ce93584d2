//! Deleting accounts: what it takes away is said before.

use super::server::{account_deletion_preview, delete_accounts};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form, FormError},
        toast::use_toasts,
    },
    format,
    pages::deletions::{Preview, tell_deleted},
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{deletions::DeletionPreview, ids::AccountId};

/// The dialog, open while there is something to be deleted.
#[component]
pub fn DeleteAccounts(
    /// Which.
    chosen: RwSignal<Vec<AccountId>>,
    /// They are deleted.
    done: Callback<()>,
) -> impl IntoView {
    let open = Memo::new(move |_| !chosen.read().is_empty());
    let close = Callback::new(move |()| chosen.set(Vec::new()));
    view! {
        <Dialog open on_close=close labelled_by="delete-title" testid="delete-dialog">
            <Content chosen close done />
        </Dialog>
    }
    .erase()
}

#[component]
fn Content(chosen: RwSignal<Vec<AccountId>>, close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let preview = RwSignal::new(None::<DeletionPreview>);
    let error = RwSignal::new(None);
    let ids = chosen.get_untracked();
    let asked = ids.clone();
    spawn_local(async move {
        match account_deletion_preview(asked).await {
            Ok(told) => {
                let _ = preview.try_set(Some(told));
            }
            Err(failed) => {
                let _ = error.try_set(Some(failed.text()));
            }
        }
    });
    let disabled = Signal::derive(move || preview.read().is_none());
    let count = ids.len() as u64;
    let submit = Callback::new(move |()| {
        let ids = ids.clone();
        close.run(());
        spawn_local(async move {
            match delete_accounts(ids).await {
                Ok(receipt) => {
                    let what = format!("{} deleted", format::count(receipt.deletions.len() as u64, "account"));
                    tell_deleted(toasts, &what, receipt);
                    done.try_run(());
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
    let title = if count == 1 { "Delete this account?".to_owned() } else { format!("Delete {count} accounts?") };
    view! {
        <h2 id="delete-title">{title}</h2>
        {move || preview.get().map(|preview| view! { <Preview preview what="accounts" /> })}
        <Form submit>
            <FormError error />
            <DialogButtons close yes="Delete" disabled danger=true testid="delete-confirm" />
        </Form>
    }
    .erase()
}
