//! Signing in with a passkey: no login, no password, no code.

use super::server::{begin_passkey_sign_in, passkey_sign_in};
use crate::{
    components::{authenticator, erase::Erase},
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The button, where the browser knows passkeys.
#[component]
pub fn PasskeyButton(
    /// Where to go then.
    next: Signal<String>,
    /// Whether older sessions make room.
    replace: RwSignal<bool>,
    /// What went wrong.
    error: RwSignal<Option<PanelError>>,
    /// It was pressed: what was said before is of no interest any more.
    begun: Callback<()>,
) -> impl IntoView {
    let (offered, busy) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move || offered.set(authenticator::offered()));
    let navigate = use_navigate();
    let sign_in = Callback::new(move |()| {
        let navigate = navigate.clone();
        begun.run(());
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = show(replace.get_untracked(), next.get_untracked()).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(next) => navigate(&next, NavigateOptions::default()),
                Err(wrong) => {
                    let _ = error.try_set(Some(wrong));
                }
            }
        });
    });
    let button = move || {
        offered.get().then(|| {
            view! {
                <button
                    class="button signin-passkey"
                    type="button"
                    data-testid="signin-passkey"
                    disabled=move || busy.get()
                    on:click=move |_| sign_in.run(())
                >
                    {tr!("Sign in with a passkey")}
                </button>
            }
        })
    };
    button.erase()
}

async fn show(replace: bool, next: String) -> Result<String, PanelError> {
    let asked = begin_passkey_sign_in().await?;
    let answer = authenticator::show(&asked.options).await?;
    passkey_sign_in(asked.ceremony, answer, replace, next).await
}
