//! Bearer tokens with the own rights, for programs that use the REST interface.

use super::server::{create_own_token, revoke_token, tokens};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{Check, DialogButtons, Field, Form},
        frame::{Account, use_account},
        time::Time,
        toast::use_toasts,
    },
    error::PanelError,
    live::news::keep_fresh,
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{live::Topic, tokens::TokenRow};

/// The card.
#[component]
pub fn Tokens() -> impl IntoView {
    let all = RwSignal::<Option<Result<Vec<TokenRow>, String>>>::new(None);
    keep_fresh(
        Topic::Tokens,
        Callback::new(move |active: bool| {
            spawn_local(async move {
                let answer = tokens(active).await.map_err(|error| error.text());
                let _ = all.try_set(Some(answer));
            });
        }),
    );
    let account = use_account();
    let acting = account.is_some_and(Account::acting);
    let adding = RwSignal::new(false);
    let secret = RwSignal::new(None::<String>);
    let open = Signal::derive(move || adding.get() || secret.with(Option::is_some));
    let close = Callback::new(move |()| {
        adding.set(false);
        secret.set(None);
    });
    let seen = Memo::new(move |_| all.get());
    let body = move || {
        seen.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(all)) if all.is_empty() => view! {
                <p class="empty muted" data-testid="tokens-none">
                    {tr!("No tokens. One lets a program use the REST interface with your rights.")}
                </p>
            }
            .erase(),
            Some(Ok(all)) => view! { <Table all=all.clone() /> }.erase(),
        })
    };
    view! {
        <section class="card" aria-labelledby="tokens-title">
            <div class="toolbar">
                <h2 id="tokens-title">{tr!("API tokens")}</h2>
                <span class="space"></span>
                {(!acting)
                    .then(|| {
                        view! {
                            <button class="button" type="button" data-testid="token-add" on:click=move |_| adding.set(true)>
                                {tr!("Add a token…")}
                            </button>
                        }
                    })}
            </div>
            {body}
        </section>
        <Dialog open on_close=close labelled_by="token-title" testid="token-dialog">
            {move || match secret.get() {
                Some(secret) => view! { <Secret secret close /> }.erase(),
                None => view! { <AddForm secret close /> }.erase(),
            }}
        </Dialog>
    }
    .erase()
}

#[component]
fn Table(all: Vec<TokenRow>) -> impl IntoView {
    view! {
        <table class="list" data-testid="tokens">
            <caption class="hidden">{tr!("API tokens, by name")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Name")}</th>
                    <th scope="col">{tr!("Rights")}</th>
                    <th scope="col">{tr!("Of")}</th>
                    <th scope="col">{tr!("Made")}</th>
                    <th scope="col">{tr!("Last used")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Actions")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{all.into_iter().map(|token| view! { <Row token /> }).collect_view()}</tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(token: TokenRow) -> impl IntoView {
    let toasts = use_toasts();
    let id = token.id;
    let last = match token.last_used {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    let revoke = move |_| {
        spawn_local(async move {
            match revoke_token(id).await {
                Ok(()) => toasts.tell(tr!("The token does not work any more.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    view! {
        <tr data-testid="token">
            <td data-label=tr!("Name") class="wide">
                <b>{token.name.clone()}</b>
            </td>
            <td data-label=tr!("Rights")>{words::text(token.role.label())}</td>
            <td data-label=tr!("Of")>{token.person.unwrap_or_else(|| tr!("the house").to_owned())}</td>
            <td data-label=tr!("Made")>
                <Time at=token.created full=true />
            </td>
            <td data-label=tr!("Last used")>{last}</td>
            <td class="actions">
                <button
                    class="button danger"
                    type="button"
                    data-testid="token-revoke"
                    aria-label=tr!("Revoke {}", token.name)
                    on:click=revoke
                >
                    {tr!("Revoke")}
                </button>
            </td>
        </tr>
    }
    .erase()
}

#[component]
fn AddForm(secret: RwSignal<Option<String>>, close: Callback<()>) -> impl IntoView {
    let (name, error) = (RwSignal::new(String::new()), RwSignal::new(None));
    let (password, password_error) = (RwSignal::new(String::new()), RwSignal::new(None));
    let read_only = RwSignal::new(false);
    let offers = use_account().is_some_and(Account::sees_all);
    let submit = Callback::new(move |()| {
        error.set(None);
        password_error.set(None);
        let (name, password) = (name.get_untracked(), password.get_untracked());
        spawn_local(async move {
            match create_own_token(name, read_only.get_untracked(), password).await {
                Ok(made) => {
                    let _ = secret.try_set(Some(made.secret));
                }
                Err(PanelError::Invalid { field, message }) if field == "password" => {
                    let _ = password_error.try_set(Some(message));
                }
                Err(wrong) => {
                    let _ = error.try_set(Some(wrong.text()));
                }
            }
        });
    });
    view! {
        <h2 id="token-title">{tr!("Add an API token")}</h2>
        <Form submit>
            <Field label=tr!("Name: what it is for") value=name testid="token-name" error />
            {offers
                .then(|| {
                    view! {
                        <Check value=read_only testid="token-read-only">
                            {tr!("It may look and change nothing")}
                        </Check>
                    }
                })}
            <Field
                label=tr!("Your password")
                value=password
                kind="password"
                testid="token-password"
                error=password_error
            />
            <DialogButtons close yes=tr!("Add") disabled=false testid="token-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn Secret(secret: String, close: Callback<()>) -> impl IntoView {
    view! {
        <h2 id="token-title">{tr!("The token works")}</h2>
        <p>{tr!("Whoever has it has your rights. It is not shown again.")}</p>
        <p class="secret mono" data-testid="token-secret">
            {secret}
        </p>
        <div class="dialog-buttons">
            <button class="button primary" type="button" autofocus data-testid="token-close" on:click=move |_| close.run(())>
                {tr!("I have copied it")}
            </button>
        </div>
    }
    .erase()
}
