//! Deleting a domain: what it takes away is said before.

use super::server::{delete_domain, domain_deletion_preview};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form, FormError},
        toast::use_toasts,
    },
    pages::deletions::{Preview, tell_deleted},
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{deletions::DeletionPreview, ids::DomainId};

/// The dialog.
#[component]
pub fn DeleteDomain(
    /// Which domain.
    id: DomainId,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// It is deleted.
    done: Callback<()>,
) -> impl IntoView {
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Dialog open on_close=close labelled_by="delete-title" testid="delete-dialog">
            <Content id close done />
        </Dialog>
    }
    .erase()
}

#[component]
fn Content(id: DomainId, close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let preview = RwSignal::new(None::<DeletionPreview>);
    let error = RwSignal::new(None);
    spawn_local(async move {
        match domain_deletion_preview(id).await {
            Ok(told) => {
                let _ = preview.try_set(Some(told));
            }
            Err(failed) => {
                let _ = error.try_set(Some(failed.text()));
            }
        }
    });
    let disabled = Signal::derive(move || preview.read().is_none());
    let submit = Callback::new(move |()| {
        close.run(());
        spawn_local(async move {
            match delete_domain(id).await {
                Ok(receipt) => {
                    tell_deleted(toasts, "Domain deleted", receipt);
                    done.try_run(());
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
    view! {
        <h2 id="delete-title">"Delete this domain with all its accounts?"</h2>
        {move || preview.get().map(|preview| view! { <Preview preview what="domain" /> })}
        <Form submit>
            <FormError error />
            <DialogButtons close yes="Delete" disabled danger=true testid="delete-confirm" />
        </Form>
    }
    .erase()
}
