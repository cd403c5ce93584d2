//! Transfer accounts. What is searched for stands in the address, so that it can be linked to.
//!
//! * [`server`]: the functions the pages call
//! * [`list`]: the table, and what is done to many; [`add`]: a new account
//! * [`one`]: the page of one account; [`facts`], [`rights`], [`password`], [`ssh`]: its cards; [`draft`]: fields of forms
//! * [`keys`]: its SSH keys; [`add_key`]: a new one; [`links`]: its share links

pub mod add;
pub mod add_key;
pub mod draft;
pub mod facts;
pub mod files;
pub mod keys;
pub mod links;
pub mod list;
pub mod one;
pub mod password;
pub mod rights;
pub mod server;
pub mod ssh;

use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        frame::{Account, use_account},
    },
    live::news::keep_fresh,
    pages::deletions::{RecentlyDeleted, dialog::DeleteDialog},
    tr, words,
};
use add::AddAccount;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use list::{Chosen, Table};
use server::accounts;
use wharf_model::{
    accounts::{AccountPage, AccountSearch, AccountState, StateFilter},
    deletions::DeletionKind,
    live::Topic,
    people::Permission,
};

/// Accounts of a page.
const PAGE: u32 = 50;

/// Whether to offer changes to accounts.
fn may_change() -> bool {
    use_account().is_some_and(|account| account.may(Permission::ManageAccounts))
}

/// The page.
#[component]
pub fn Accounts() -> impl IntoView {
    let query = use_query_map();
    let search = Memo::new(move |_| {
        let query = query.read();
        AccountSearch {
            search: query.get("search").unwrap_or_default(),
            state: query.get("state").and_then(|word| StateFilter::from_word(&word)).unwrap_or_default(),
            offset: query.get("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0),
            limit: PAGE,
        }
    });
    let found = RwSignal::<Option<Result<AccountPage, String>>>::new(None);
    let chosen = Chosen::new();
    let ask = Callback::new(move |active: bool| {
        let asked = search.get_untracked();
        spawn_local(async move {
            let answer = accounts(asked.clone(), active).await.map_err(|error| error.text());
            // Somebody may have gone on to another page of the list meanwhile.
            if search.try_get_untracked() == Some(asked) {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::Accounts, ask);
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        search.get();
        if again.is_some() {
            chosen.clear();
            ask.run(true);
        }
    });
    let done = Callback::new(move |()| ask.run(false));
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| adding.set(false));
    let add = may_change().then(|| {
        view! {
            <button class="button primary" type="button" data-testid="account-add" on:click=move |_| adding.set(true)>
                {tr!("Add an account…")}
            </button>
        }
    });
    let limits = use_account()
        .is_some_and(Account::sees_all)
        .then(|| view! { <A href="/accounts/limits" attr:class="button" attr:data-testid="limits-of-all">{tr!("Limits of all")}</A> });
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| found.get());
    let body = move || {
        seen.with(|found| match found {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(page)) if page.items.is_empty() => view! { <Nothing search=search.get_untracked() /> }.erase(),
            Some(Ok(page)) => view! { <Table page=page.clone() search=search.get_untracked() chosen done /> }.erase(),
        })
    };
    view! {
        <Title text=tr!("Accounts") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Accounts")}</h1>
                <span class="muted">{tr!("Who may transfer files.")}</span>
                <span class="space"></span>
                {limits}
                {add}
            </div>
            <section class="card" aria-label=tr!("Accounts")>
                <Search search />
                {body}
            </section>
            <RecentlyDeleted kind=DeletionKind::Account topic=Topic::Accounts />
        </div>
        <Dialog open=adding on_close=close labelled_by="account-title" testid="account-dialog">
            <AddAccount close done />
        </Dialog>
        <DeleteDialog doomed=chosen.deleting done />
    }
    .erase()
}

/// A form that only changes the address; it works without any script.
#[component]
fn Search(search: Memo<AccountSearch>) -> impl IntoView {
    let option = move |filter: StateFilter| {
        let name = match filter {
            StateFilter::All => tr!("All"),
            StateFilter::Enabled => tr!("Enabled"),
            StateFilter::Disabled => tr!("Disabled"),
            StateFilter::Expired => tr!("Expired"),
        };
        view! {
            <option value=filter.word() selected=move || search.read().state == filter>
                {name}
            </option>
        }
    };
    view! {
        <form class="toolbar filters" method="get" action="/accounts" role="search">
            <label class="field">
                <span class="field-name">{tr!("Login or domain")}</span>
                <input
                    class="input"
                    type="search"
                    name="search"
                    data-testid="accounts-search"
                    value=move || search.read().search.clone()
                />
            </label>
            <label class="field">
                <span class="field-name">{tr!("State")}</span>
                <select class="input" name="state" data-testid="accounts-state">
                    {StateFilter::ALL.map(option).into_iter().collect_view()}
                </select>
            </label>
            <button class="button" type="submit" data-testid="accounts-find">
                {tr!("Search")}
            </button>
        </form>
    }
    .erase()
}

#[component]
fn Nothing(search: AccountSearch) -> impl IntoView {
    let (head, text) = if search == (AccountSearch { limit: PAGE, ..AccountSearch::default() }) {
        (tr!("No accounts"), tr!("The button above makes one, and so does the command wharf account add."))
    } else {
        (tr!("No such accounts"), tr!("No login and no domain has this in its name, in the state that was asked for."))
    };
    view! {
        <div class="empty" data-testid="accounts-none">
            <h2>{head}</h2>
            <p class="muted">{text}</p>
        </div>
    }
    .erase()
}

/// Whether it may log in.
fn state(state: AccountState) -> impl IntoView {
    match state {
        AccountState::Enabled => view! { <span>{words::text(state.label())}</span> }.erase(),
        AccountState::Disabled | AccountState::Expired => {
            view! { <b class="account-off">{words::text(state.label())}</b> }.erase()
        }
    }
}
