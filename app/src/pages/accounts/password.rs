//! The card that sets a new password.

use super::server::change_account;
use crate::{
    components::{
        entry::Entry,
        erase::Erase,
        form::{Form, FormError},
        password::NewPassword,
        toast::use_toasts,
    },
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{accounts::AccountChange, ids::AccountId};

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
                    toasts.tell(tr!("The password is changed. {}", ended(changed.ended)));
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
                <h2 id="password-title">{tr!("Password")}</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    {tr!("The old one is worth nothing from then on, and all sessions of the account end, on every protocol.")}
                </p>
                <Form submit class="inline-fields">
                    <NewPassword
                        label=tr!("New password, 8 to 200 characters")
                        value=entry.value
                        testid="account-password"
                        error=entry.error
                    />
                    <FormError error />
                    <p>
                        <button class="button" type="submit" data-testid="password-set" disabled=busy>
                            {tr!("Set a new password")}
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
        0 => tr!("No session was running.").to_owned(),
        some => tr!("{} ended.", tr!("{n} session" | "{n} sessions" % some)),
    }
}
