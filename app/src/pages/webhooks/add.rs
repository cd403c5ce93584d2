//! A new webhook, and its secret, which is shown this once.

use super::server::add_webhook;
use crate::{
    components::{
        erase::Erase,
        form::{Check, DialogButtons, Field, Form, FormError},
    },
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::webhooks::{WebhookEvent, WebhookOrder};

/// The form, and after it the secret.
#[component]
pub fn AddWebhook(
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was made.
    done: Callback<()>,
) -> impl IntoView {
    let secret = RwSignal::new(None::<String>);
    move || match secret.get() {
        Some(secret) => view! { <Secret secret close /> }.erase(),
        None => view! { <AddForm secret close done /> }.erase(),
    }
}

#[component]
fn AddForm(secret: RwSignal<Option<String>>, close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let url = RwSignal::new(String::new());
    let url_error = RwSignal::new(None);
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let chosen = WebhookEvent::ALL.map(|event| (event, RwSignal::new(false)));
    let submit = Callback::new(move |()| {
        let wanted = chosen.iter().filter(|(_, wanted)| wanted.get_untracked()).map(|(event, _)| *event);
        let order = WebhookOrder { url: url.read_untracked().trim().to_owned(), events: wanted.collect() };
        url_error.set(None);
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = add_webhook(order).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(made) => {
                    let _ = secret.try_set(Some(made.secret));
                    done.try_run(());
                }
                Err(PanelError::Invalid { field, message }) if field == "url" => {
                    let _ = url_error.try_set(Some(message));
                }
                Err(other) => {
                    let _ = error.try_set(Some(other.text()));
                }
            }
        });
    });
    let boxes = chosen.into_iter().map(|(event, wanted)| {
        view! {
            <Check value=wanted testid=event.word()>
                {event.word()}
            </Check>
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <h2 id="webhook-title">{tr!("Add a webhook")}</h2>
        <Form submit>
            <Field label=tr!("Address") value=url testid="webhook-url" kind="url" placeholder="https://ops.example.com/wharf" error=url_error />
            <fieldset class="events">
                <legend class="field-name">{tr!("Events (none ticked: all of them)")}</legend>
                {boxes}
            </fieldset>
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=busy testid="webhook-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn Secret(secret: String, close: Callback<()>) -> impl IntoView {
    view! {
        <h2 id="webhook-title">{tr!("The webhook is on")}</h2>
        <p>{tr!("Its signatures are made with this secret. It is not shown again.")}</p>
        <p class="secret mono" data-testid="webhook-secret">
            {secret}
        </p>
        <div class="dialog-buttons">
            <button class="button primary" type="button" autofocus data-testid="webhook-close" on:click=move |_| close.run(())>
                {tr!("I have copied it")}
            </button>
        </div>
    }
    .erase()
}
