//! Passwords: the field, and the card that sets a new one.

use super::{
    draft::Entry,
    server::{change_account, suggest_password},
};
use crate::{
    components::{
        erase::Erase,
        form::{Form, FormError},
        toast::use_toasts,
    },
    error::PanelError,
    format,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{accounts::AccountChange, ids::AccountId};

/// A password with a way to have one made up, which is shown this once.
#[component]
pub fn PasswordField(
    /// What it is called.
    label: &'static str,
    /// What is in it.
    entry: Entry,
) -> impl IntoView {
    let toasts = use_toasts();
    let shown = RwSignal::new(false);
    let suggest = move |_| {
        spawn_local(async move {
            match suggest_password().await {
                Ok(password) => {
                    let _ = entry.value.try_set(password);
                    let _ = shown.try_set(true);
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    let Entry { value, error } = entry;
    view! {
        <div class="field">
            <label>
                <span class="field-name">{label}</span>
                <input
                    class="input"
                    class:mono=shown
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete="new-password"
                    spellcheck="false"
                    data-testid="account-password"
                    aria-invalid=move || error.get().map(|_| "true")
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                />
            </label>
            {move || error.get().map(|wrong| view! { <p class="field-error" role="alert">{wrong}</p> })}
            <p>
                <button class="link" type="button" data-testid="password-suggest" on:click=suggest>
                    "Suggest one"
                </button>
                " · "
                <button class="link" type="button" data-testid="password-show" on:click=move |_| shown.update(|shown| *shown = !*shown)>
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </button>
            </p>
        </div>
    }
    .erase()
}

/// The card.
#[component]
pub fn Password(
    /// Whose.
    account: AccountId,
    /// It was changed.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let entry = Entry::new(String::new());
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        entry.error.set(None);
        error.set(None);
        busy.set(true);
        let change = AccountChange { password: Some(entry.value.get_untracked()), ..AccountChange::default() };
        spawn_local(async move {
            let answer = change_account(account, change).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(changed) => {
                    toasts.tell(format!("The password is changed. {}", ended(changed.ended)));
                    let _ = entry.value.try_set(String::new());
                    done.try_run(());
                }
                Err(PanelError::Invalid { field, message }) if field == "password" => {
                    let _ = entry.error.try_set(Some(message));
                }
                Err(other) => {
                    let _ = error.try_set(Some(other.text()));
                }
            }
        });
    });
    view! {
        <section class="card" aria-labelledby="password-title">
            <div class="toolbar">
                <h2 id="password-title">"Password"</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    "The old one is worth nothing from then on, and all sessions of the account end, on every protocol."
                </p>
                <Form submit class="inline-fields">
                    <PasswordField label="New password, 8 to 200 characters" entry />
                    <FormError error />
                    <p>
                        <button class="button" type="submit" data-testid="password-set" disabled=busy>
                            "Set a new password"
                        </button>
                    </p>
                </Form>
            </div>
        </section>
    }
    .erase()
}

/// What became of sessions, in a sentence.
pub fn ended(sessions: u32) -> String {
    match sessions {
        0 => "No session was running.".to_owned(),
        some => format!("{} ended.", format::count(some.into(), "session")),
    }
}
