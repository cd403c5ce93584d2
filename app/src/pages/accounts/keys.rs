//! The SSH keys of one account.

use super::{
    add_key::AddKey,
    may_change,
    server::{remove_ssh_key, ssh_keys},
};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        time::Time,
        toast::use_toasts,
    },
    live::news::keep_fresh,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{ids::AccountId, live::Topic, ssh_keys::SshKeyRow};

/// The card: a table, and the button that adds to it.
#[component]
pub fn SshKeys(
    /// Whose.
    account: AccountId,
    /// It is the account of who is signed in.
    #[prop(optional)]
    own: bool,
) -> impl IntoView {
    let all = RwSignal::<Option<Result<Vec<SshKeyRow>, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = ssh_keys(account, active).await.map_err(|error| error.text());
            let _ = all.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Accounts, ask);
    let may_change = own || may_change();
    let adding = RwSignal::new(false);
    let removing = RwSignal::new(None::<SshKeyRow>);
    let close = Callback::new(move |()| adding.set(false));
    let done = Callback::new(move |()| ask.run(false));
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| all.get());
    let body = move || {
        seen.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(keys)) if keys.is_empty() => view! { <Nothing /> }.erase(),
            Some(Ok(keys)) => view! { <Table keys=keys.clone() may_change removing /> }.erase(),
        })
    };
    let add = may_change.then(|| {
        view! {
            <button class="button" type="button" data-testid="key-add" on:click=move |_| adding.set(true)>
                {tr!("Add a key…")}
            </button>
        }
    });
    view! {
        <section class="card" aria-labelledby="keys-title">
            <div class="toolbar">
                <h2 id="keys-title">{tr!("SSH keys")}</h2>
                <span class="space"></span>
                {add}
            </div>
            {body}
        </section>
        <Dialog open=adding on_close=close labelled_by="key-title" testid="key-dialog">
            <AddKey account close done />
        </Dialog>
        <RemoveDialog account removing done />
    }
    .erase()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <div class="empty" data-testid="keys-none">
            <h3>{tr!("No keys")}</h3>
            <p class="muted">
                {tr!("A key lets a user log in over SFTP and SCP without a password. The user makes a pair with the command below, keeps the private half, and hands over the line in the file that ends in .pub.")}
            </p>
            <p class="mono">"ssh-keygen -t ed25519"</p>
        </div>
    }
    .erase()
}

#[component]
fn Table(keys: Vec<SshKeyRow>, may_change: bool, removing: RwSignal<Option<SshKeyRow>>) -> impl IntoView {
    view! {
        <table class="list" data-testid="keys">
            <caption class="hidden">{tr!("SSH keys, oldest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Comment")}</th>
                    <th scope="col">{tr!("Algorithm")}</th>
                    <th scope="col">{tr!("Fingerprint")}</th>
                    <th scope="col">{tr!("Added")}</th>
                    <th scope="col">{tr!("Last used")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Actions")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{keys.into_iter().map(|key| view! { <Row key may_change removing /> }).collect_view()}</tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(key: SshKeyRow, may_change: bool, removing: RwSignal<Option<SshKeyRow>>) -> impl IntoView {
    let name = tr!("Remove key {}", if key.comment.is_empty() { &key.fingerprint } else { &key.comment });
    let removed = StoredValue::new(key.clone());
    let last_used = match key.last_used {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    let remove = may_change.then(|| {
        view! {
            <button
                class="button danger"
                type="button"
                data-testid="key-remove"
                aria-label=name
                on:click=move |_| removing.set(Some(removed.get_value()))
            >
                {tr!("Remove")}
            </button>
        }
    });
    view! {
        <tr data-testid="key">
            <td data-label=tr!("Comment") class="wide">
                <b>{key.comment}</b>
            </td>
            <td data-label=tr!("Algorithm")>{key.algorithm}</td>
            <td data-label=tr!("Fingerprint") class="mono fingerprint" data-testid="key-fingerprint">
                {key.fingerprint}
            </td>
            <td data-label=tr!("Added")>
                <Time at=key.added full=true />
            </td>
            <td data-label=tr!("Last used") data-testid="key-used">
                {last_used}
            </td>
            <td class="actions">{remove}</td>
        </tr>
    }
    .erase()
}

/// Asks before a key goes, and says what goes on without it.
#[component]
fn RemoveDialog(account: AccountId, removing: RwSignal<Option<SshKeyRow>>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let open = Signal::derive(move || removing.with(Option::is_some));
    let close = Callback::new(move |()| removing.set(None));
    let comment = move || removing.with(|key| key.as_ref().map(|key| key.comment.clone()));
    let fingerprint = move || removing.with(|key| key.as_ref().map(|key| key.fingerprint.clone()));
    let submit = Callback::new(move |()| {
        let Some(key) = removing.get_untracked() else { return };
        removing.set(None);
        spawn_local(async move {
            match remove_ssh_key(account, key.id).await {
                Ok(()) => toasts.tell(tr!("The key is removed.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    });
    view! {
        <Dialog open on_close=close labelled_by="key-remove-title" testid="key-remove-dialog">
            <h2 id="key-remove-title">{tr!("Remove this key?")}</h2>
            <p>
                <b>{comment}</b>
            </p>
            <p class="mono fingerprint">{fingerprint}</p>
            <p class="muted">{tr!("Nobody can log in with it any more. Sessions that run go on.")}</p>
            <Form submit>
                <DialogButtons close yes=tr!("Remove") disabled=false danger=true testid="key-remove-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}
