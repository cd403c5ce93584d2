//! Transfer accounts. What is searched for stands in the address, so that it can be linked to.
//!
//! * [`server`]: the functions the pages call
//! * [`one`]: the page of one account; [`keys`]: its SSH keys; [`add_key`]: a new one

pub mod add_key;
pub mod keys;
pub mod one;
pub mod server;

use crate::{
    components::{erase::Erase, frame::use_account},
    format,
    live::news::keep_fresh,
    next,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use server::accounts;
use wharf_model::{
    accounts::{AccountPage, AccountRow, AccountSearch, AccountState, StateFilter},
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
            ask.run(true);
        }
    });
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| found.get());
    let body = move || {
        seen.with(|found| match found {
            None => view! { <p class="empty muted">"Loading…"</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(page)) if page.items.is_empty() => view! { <Nothing search=search.get_untracked() /> }.erase(),
            Some(Ok(page)) => view! { <Table page=page.clone() search=search.get_untracked() /> }.erase(),
        })
    };
    view! {
        <Title text="Accounts" />
        <div class="page">
            <div class="page-head">
                <h1>"Accounts"</h1>
                <span class="muted">"Who may transfer files."</span>
            </div>
            <section class="card" aria-label="Accounts">
                <Search search />
                {body}
            </section>
        </div>
    }
    .erase()
}

/// A form that only changes the address; it works without any script.
#[component]
fn Search(search: Memo<AccountSearch>) -> impl IntoView {
    view! {
        <form class="toolbar filters" method="get" action="/accounts" role="search">
            <label class="field">
                <span class="field-name">"Login or domain"</span>
                <input
                    class="input"
                    type="search"
                    name="search"
                    data-testid="accounts-search"
                    value=move || search.read().search.clone()
                />
            </label>
            <button class="button" type="submit" data-testid="accounts-find">
                "Search"
            </button>
        </form>
    }
    .erase()
}

#[component]
fn Nothing(search: AccountSearch) -> impl IntoView {
    let (head, text) = if search.search.is_empty() && search.offset == 0 {
        ("No accounts", "The command wharf account add makes one.")
    } else {
        ("No such accounts", "No login and no domain has this in its name.")
    };
    view! {
        <div class="empty" data-testid="accounts-none">
            <h2>{head}</h2>
            <p class="muted">{text}</p>
        </div>
    }
    .erase()
}

#[component]
fn Table(page: AccountPage, search: AccountSearch) -> impl IntoView {
    let AccountSearch { search, state, offset, limit } = search;
    let shown = u32::try_from(page.items.len()).unwrap_or(limit);
    let link =
        move |offset: u32| format!("/accounts?search={}&state={}&offset={offset}", next::encode(&search), state.word());
    let back = (offset > 0).then(|| link(offset.saturating_sub(limit)));
    let on = (u64::from(offset) + u64::from(shown) < page.total).then(|| link(offset + limit));
    view! {
        <table class="list" data-testid="accounts">
            <caption class="hidden">"Accounts, by domain and login"</caption>
            <thead>
                <tr>
                    <th scope="col">"Login"</th>
                    <th scope="col">"Domain"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="number">"Sessions now"</th>
                    <th scope="col" class="number">"SSH keys"</th>
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(row).collect_view()}</tbody>
        </table>
        <div class="table-foot">
            <span data-testid="accounts-total">{format::count(page.total, "account")}</span>
            <span class="space"></span>
            {back.map(|href| view! { <A href attr:data-testid="accounts-back">"Previous"</A> })}
            {on.map(|href| view! { <A href attr:data-testid="accounts-on">"Next"</A> })}
        </div>
    }
    .erase()
}

fn row(account: AccountRow) -> impl IntoView {
    view! {
        <tr data-testid="account-row">
            <td data-label="Login" class="wide">
                <A href=format!("/accounts/{}", account.id)>
                    <b>{account.login}</b>
                </A>
            </td>
            <td data-label="Domain">{account.domain}</td>
            <td data-label="State">{state(account.state)}</td>
            <td data-label="Sessions now" class="number">{format::number(account.sessions.into())}</td>
            <td data-label="SSH keys" class="number">{format::number(account.ssh_keys.into())}</td>
        </tr>
    }
    .erase()
}

/// Whether it may log in.
fn state(state: AccountState) -> impl IntoView {
    match state {
        AccountState::Enabled => view! { <span>{state.label()}</span> }.erase(),
        AccountState::Disabled | AccountState::Expired => view! { <b class="account-off">{state.label()}</b> }.erase(),
    }
}
