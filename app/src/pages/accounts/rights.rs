//! What an account may do and how much, to be changed.

use super::{
    draft::{Draft, DraftFields, Filled},
    password::ended,
    server::change_account,
};
use crate::{
    components::{
        erase::Erase,
        form::{Form, FormError},
        toast::use_toasts,
    },
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{accounts::AccountChange, ids::AccountId, limits::LimitLevel};

/// The card.
#[component]
pub fn Rights(
    /// Whose.
    account: AccountId,
    /// What is there.
    there: Filled,
    /// The limits above it.
    above: Signal<Vec<LimitLevel>>,
    /// It was changed.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let draft = Draft::new(there);
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        error.set(None);
        let Some(Filled { user_type, home, permissions, limits, expires_at }) = draft.read() else { return };
        let change = AccountChange {
            user_type: Some(user_type),
            home: Some(home),
            permissions: Some(permissions),
            limits: Some(limits),
            expires_at: Some(expires_at),
            ..AccountChange::default()
        };
        busy.set(true);
        spawn_local(async move {
            let answer = change_account(account, change).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(changed) => {
                    let ended =
                        if changed.ended > 0 { ended(changed.ended) } else { tr!("No session ended.").to_owned() };
                    toasts.tell(tr!("The account is changed. {}", ended));
                    done.try_run(());
                }
                Err(PanelError::Invalid { field, message }) if draft.refuse(&field, &message) => {}
                Err(other) => {
                    let _ = error.try_set(Some(other.text()));
                }
            }
        });
    });
    view! {
        <section class="card" aria-labelledby="rights-title">
            <div class="toolbar">
                <h2 id="rights-title">{tr!("Rights and limits")}</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    {tr!("Other rights and another home end the sessions of the account; files stay where they are. Storage and speeds hold at once, the rest for the next login.")}
                </p>
                <Form submit class="form inline-fields">
                    <DraftFields draft home_label=tr!("Home, below the domain's directory") above />
                    <FormError error />
                    <p>
                        <button class="button" type="submit" data-testid="rights-save" disabled=busy>
                            {tr!("Save")}
                        </button>
                    </p>
                </Form>
            </div>
        </section>
    }
    .erase()
}
