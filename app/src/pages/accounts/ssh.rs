//! What a login over SSH has to show.

use super::server::{change_account, set_account_codes};
use crate::{
    components::{dialog::Dialog, erase::Erase, form::Select, toast::use_toasts},
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    accounts::{AccountChange, SshAuth},
    ids::AccountId,
};

fn named(auth: SshAuth) -> &'static str {
    match auth {
        SshAuth::Any => tr!("A key or the password"),
        SshAuth::Key => tr!("A key"),
        SshAuth::KeyAndPassword => tr!("A key, then the password"),
    }
}

/// The card.
#[component]
pub fn SshLogin(
    /// Whose.
    account: AccountId,
    /// What it has to show.
    ssh_auth: SshAuth,
    /// Whether it needs one-time codes.
    codes: bool,
    /// Whether it needs a client certificate over FTP.
    certificates: bool,
    /// Where the address of fresh codes goes: the card is drawn anew with what it shows.
    uri: RwSignal<Option<String>>,
    /// It was changed.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let chosen = RwSignal::new(SshAuth::ALL.iter().position(|auth| *auth == ssh_auth).unwrap_or(0));
    let names: Vec<_> = SshAuth::ALL.iter().map(|auth| named(*auth).to_owned()).collect();
    let save = move |_| {
        let change =
            AccountChange { ssh_auth: SshAuth::ALL.get(chosen.get_untracked()).copied(), ..AccountChange::default() };
        spawn_local(async move {
            match change_account(account, change).await {
                Ok(_) => toasts.tell(tr!("It holds from the next login on.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    };
    let switch = move |_| {
        spawn_local(async move {
            match set_account_codes(account, !codes).await {
                Ok(Some(made)) => {
                    let _ = uri.try_set(Some(made));
                }
                Ok(None) => {
                    toasts.tell(tr!("No more codes are asked for.").to_owned());
                    done.try_run(());
                }
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    let (state, button) = if codes {
        (
            tr!("One-time codes are asked for. FTP has no place for them, so the account logs in over SSH only."),
            tr!("Ask for no more codes"),
        )
    } else {
        (tr!("No one-time codes are asked for."), tr!("Ask for one-time codes…"))
    };
    let certified = certificates.then(|| {
        view! {
            <p class="muted">
                {tr!("Over FTP the account needs a client certificate; over SSH, then, a key and the password at least.")}
            </p>
        }
    });
    view! {
        <section class="card" aria-labelledby="ssh-title">
            <div class="toolbar">
                <h2 id="ssh-title">{tr!("Login over SSH")}</h2>
            </div>
            <div class="card-body">
                <div class="inline-form">
                    <Select label=tr!("It has to show") options=Signal::stored(names) value=chosen testid="ssh-auth" />
                    <button class="button" type="button" data-testid="ssh-auth-save" on:click=save>
                        {tr!("Save")}
                    </button>
                </div>
                {certified}
                <p data-testid="codes-state">{state}</p>
                <p>
                    <button class="button" type="button" data-testid="codes-switch" on:click=switch>
                        {button}
                    </button>
                </p>
            </div>
        </section>
    }
    .erase()
}

/// Shows the address of fresh codes, this once.
#[component]
pub fn CodesDialog(
    /// The address.
    uri: RwSignal<Option<String>>,
) -> impl IntoView {
    let open = Signal::derive(move || uri.read().is_some());
    let leave = Callback::new(move |()| uri.set(None));
    view! {
        <Dialog open on_close=leave labelled_by="codes-title" testid="codes-dialog">
            <h2 id="codes-title">{tr!("One-time codes are on")}</h2>
            <p>{tr!("An authenticator app takes this address, or the secret in it. It is not shown again.")}</p>
            <p class="secret mono" data-testid="codes-uri">
                {move || uri.get()}
            </p>
            <div class="dialog-buttons">
                <button class="button primary" type="button" autofocus data-testid="codes-close" on:click=move |_| leave.run(())>
                    {tr!("I have copied it")}
                </button>
            </div>
        </Dialog>
    }
    .erase()
}
