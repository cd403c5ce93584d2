//! Deleting something: what it takes away is said before.

use super::{Preview, tell_deleted};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form, FormError},
        toast::use_toasts,
    },
    error::PanelError,
    pages::{
        accounts::server::{account_deletion_preview, delete_accounts},
        domains::server::{delete_domain, domain_deletion_preview},
        people::server::{delete_person, person_deletion_preview},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    deletions::{DeletionPreview, DeletionReceipt},
    ids::{AccountId, DomainId, PersonId},
};

/// What is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doomed {
    /// Accounts.
    Accounts(Vec<AccountId>),
    /// A domain with its accounts.
    Domain(DomainId),
    /// A person with customers, their domains, and accounts.
    Person(PersonId),
}

impl Doomed {
    async fn preview(self) -> Result<DeletionPreview, PanelError> {
        match self {
            Self::Accounts(ids) => account_deletion_preview(ids).await,
            Self::Domain(id) => domain_deletion_preview(id).await,
            Self::Person(id) => person_deletion_preview(id).await,
        }
    }

    async fn delete(self) -> Result<DeletionReceipt, PanelError> {
        match self {
            Self::Accounts(ids) => delete_accounts(ids).await,
            Self::Domain(id) => delete_domain(id).await,
            Self::Person(id) => delete_person(id).await,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Accounts(ids) if ids.len() == 1 => tr!("Delete this account?").to_owned(),
            Self::Accounts(ids) => tr!("Delete {n} account?" | "Delete {n} accounts?" % ids.len() as u64),
            Self::Domain(_) => tr!("Delete this domain with all its accounts?").to_owned(),
            Self::Person(_) => tr!("Delete this person with all that is below?").to_owned(),
        }
    }

    /// What the names of a preview are of.
    fn names(&self) -> &'static str {
        match self {
            Self::Accounts(_) => "accounts",
            Self::Domain(_) => "domain",
            Self::Person(_) => "person",
        }
    }

    fn told(&self, receipt: &DeletionReceipt) -> String {
        match self {
            Self::Accounts(_) => tr!("{n} account deleted" | "{n} accounts deleted" % receipt.deletions.len() as u64),
            Self::Domain(_) => tr!("Domain deleted").to_owned(),
            Self::Person(_) => tr!("Deleted").to_owned(),
        }
    }
}

/// The dialog, open while there is something to be deleted.
#[component]
pub fn DeleteDialog(
    /// What.
    doomed: RwSignal<Option<Doomed>>,
    /// It is deleted.
    done: Callback<()>,
) -> impl IntoView {
    let open = Memo::new(move |_| doomed.with(Option::is_some));
    let close = Callback::new(move |()| doomed.set(None));
    view! {
        <Dialog open on_close=close labelled_by="delete-title" testid="delete-dialog">
            {move || doomed.get_untracked().map(|doomed| view! { <Content doomed close done /> })}
        </Dialog>
    }
    .erase()
}

#[component]
fn Content(doomed: Doomed, close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let preview = RwSignal::new(None::<DeletionPreview>);
    let error = RwSignal::new(None);
    let asked = doomed.clone();
    spawn_local(async move {
        match asked.preview().await {
            Ok(told) => {
                let _ = preview.try_set(Some(told));
            }
            Err(failed) => {
                let _ = error.try_set(Some(failed.text()));
            }
        }
    });
    let disabled = Signal::derive(move || preview.read().is_none());
    let (title, what) = (doomed.title(), doomed.names());
    let submit = Callback::new(move |()| {
        let doomed = doomed.clone();
        close.run(());
        spawn_local(async move {
            match doomed.clone().delete().await {
                Ok(receipt) => {
                    tell_deleted(toasts, &doomed.told(&receipt), receipt);
                    done.try_run(());
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
    view! {
        <h2 id="delete-title">{title}</h2>
        {move || preview.get().map(|preview| view! { <Preview preview what /> })}
        <Form submit>
            <FormError error />
            <DialogButtons close yes=tr!("Delete") disabled danger=true testid="delete-confirm" />
        </Form>
    }
    .erase()
}
