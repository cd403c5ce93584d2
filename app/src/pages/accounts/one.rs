//! The page of one account.

use super::{keys::SshKeys, server::account, state};
use crate::{components::erase::Erase, error::PanelError, format, live::news::keep_fresh, pages::not_found::NotFound};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};
use wharf_model::{accounts::AccountDetail, ids::AccountId, live::Topic};

/// The page.
#[component]
pub fn OneAccount() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<AccountId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Body id /> }.erase(),
        None => view! { <NotFound /> }.erase(),
    }
}

#[component]
fn Body(id: AccountId) -> impl IntoView {
    let found = RwSignal::<Option<Result<AccountDetail, PanelError>>>::new(None);
    keep_fresh(
        Topic::Accounts,
        Callback::new(move |active: bool| {
            spawn_local(async move {
                let answer = account(id, active).await;
                let _ = found.try_set(Some(answer));
            });
        }),
    );
    // The keys below look for themselves; what is above them changes rarely, and they must not begin anew with it.
    let gone = Memo::new(move |_| found.with(|found| matches!(found, Some(Err(PanelError::NotFound)))));
    let name = move || {
        found.with(|found| match found {
            Some(Ok(account)) => format!("{}@{}", account.row.login, account.row.domain),
            _ => "Account".to_owned(),
        })
    };
    let facts = move || {
        found.with(|found| match found {
            None => None,
            Some(Err(error)) => Some(view! { <span class="field-error" role="alert">{error.text()}</span> }.erase()),
            Some(Ok(AccountDetail { row, .. })) => {
                let sessions = format::count(row.sessions.into(), "session");
                Some(
                    view! { <span data-testid="account-state">{state(row.state)} " · " {sessions} " now"</span> }
                        .erase(),
                )
            }
        })
    };
    move || {
        if gone.get() {
            return view! { <NotFound /> }.erase();
        }
        view! {
            <Title text="Account" />
            <div class="page">
                <div class="page-head">
                    <h1 class="account-name" data-testid="account-name">
                        {name}
                    </h1>
                    {facts}
                    <span class="space"></span>
                    <A href="/accounts" attr:class="button">"All accounts"</A>
                </div>
                <SshKeys account=id />
            </div>
        }
        .erase()
    }
}
