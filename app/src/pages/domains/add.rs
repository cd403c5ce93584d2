//! A new domain.

use super::server::add_domain;
use crate::{
    components::{
        entry::Entry,
        erase::Erase,
        form::{Check, DialogButtons, Field, Form, FormError},
        toast::use_toasts,
    },
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::domains::DomainDraft;

/// The form.
#[component]
pub fn AddDomain(
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was made.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let [name, root, owner, limit] = [(); 4].map(|()| Entry::new(String::new()));
    let require_tls = RwSignal::new(false);
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for shown in [name.error, root.error, owner.error, limit.error, error] {
            shown.set(None);
        }
        let Ok(session_limit) = limit.small() else { return };
        let draft = DomainDraft {
            name: name.text(),
            root: root.text(),
            owner: Some(owner.text()).filter(|owner| !owner.is_empty()),
            session_limit,
            require_tls: require_tls.get_untracked(),
        };
        busy.set(true);
        spawn_local(async move {
            let answer = add_domain(draft).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(made) => {
                    toasts.tell(tr!("{} is added.", made.name));
                    close.try_run(());
                    done.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) => match &*field {
                    "name" => (name.error, message),
                    "root" => (root.error, message),
                    "owner" => (owner.error, message),
                    "session_limit" => (limit.error, message),
                    _ => (error, message),
                },
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    view! {
        <h2 id="domain-title">{tr!("Add a domain")}</h2>
        <Form submit>
            <Field label=tr!("Name") value=name.value testid="domain-name" placeholder="example.com" error=name.error />
            <Field
                label=tr!("Directory on the server; it is made if it is missing")
                value=root.value
                testid="domain-root"
                placeholder="/srv/example.com"
                error=root.error
            />
            <div class="fields">
                <Field
                    label=tr!("Owner (a login)")
                    value=owner.value
                    testid="domain-owner"
                    placeholder=tr!("the house")
                    error=owner.error
                />
                <Field label=tr!("Sessions at once") value=limit.value testid="domain-limit" placeholder=tr!("no limit") error=limit.error />
            </div>
            <Check value=require_tls testid="domain-tls">
                {tr!("Only under TLS: neither logins nor files in clear")}
            </Check>
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=busy testid="domain-confirm" />
        </Form>
    }
    .erase()
}
