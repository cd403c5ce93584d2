//! Hosted domains. What is searched for stands in the address, so that it can be linked to.
//!
//! * [`server`]: the functions the pages call
//! * [`add`]: a new domain; [`one`]: the page of one
//! * [`users`]: users whom a domain does not know itself

pub mod add;
pub mod one;
pub mod server;
pub mod users;

use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        frame::{Account, use_account},
    },
    format,
    live::news::keep_fresh,
    next,
    pages::deletions::RecentlyDeleted,
    tr,
};
use add::AddDomain;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use server::domains;
use wharf_model::{
    deletions::DeletionKind,
    domains::{DomainPage, DomainRow, DomainSearch},
    live::Topic,
    people::Permission,
};

/// Domains of a page.
const PAGE: u32 = 50;

fn may(permission: Permission) -> bool {
    use_account().is_some_and(|account| account.may(permission))
}

/// The page.
#[component]
pub fn Domains() -> impl IntoView {
    let query = use_query_map();
    let search = Memo::new(move |_| {
        let query = query.read();
        DomainSearch {
            search: query.get("search").unwrap_or_default(),
            offset: query.get("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0),
            limit: PAGE,
        }
    });
    let found = RwSignal::<Option<Result<DomainPage, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        let asked = search.get_untracked();
        spawn_local(async move {
            let answer = domains(asked.clone(), active).await.map_err(|error| error.text());
            // Somebody may have gone on to another page of the list meanwhile.
            if search.try_get_untracked() == Some(asked) {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::Domains, ask);
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        search.get();
        if again.is_some() {
            ask.run(true);
        }
    });
    let done = Callback::new(move |()| ask.run(false));
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| adding.set(false));
    let add = may(Permission::CreateDomains).then(|| {
        view! {
            <button class="button primary" type="button" data-testid="domain-add" on:click=move |_| adding.set(true)>
                {tr!("Add a domain…")}
            </button>
        }
    });
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| found.get());
    let body = move || {
        seen.with(|found| match found {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(page)) if page.items.is_empty() => view! { <Nothing search=search.get_untracked() /> }.erase(),
            Some(Ok(page)) => view! { <Table page=page.clone() search=search.get_untracked() /> }.erase(),
        })
    };
    view! {
        <Title text=tr!("Domains") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Domains")}</h1>
                <span class="muted">{tr!("Each has a directory, and accounts of its own.")}</span>
                <span class="space"></span>
                {add}
            </div>
            <section class="card" aria-label=tr!("Domains")>
                <Search search />
                {body}
            </section>
            <RecentlyDeleted kind=DeletionKind::Domain topic=Topic::Domains />
        </div>
        <Dialog open=adding on_close=close labelled_by="domain-title" testid="domain-dialog">
            <AddDomain close done />
        </Dialog>
    }
    .erase()
}

/// A form that only changes the address; it works without any script.
#[component]
fn Search(search: Memo<DomainSearch>) -> impl IntoView {
    view! {
        <form class="toolbar filters" method="get" action="/domains" role="search">
            <label class="field">
                <span class="field-name">{tr!("Name or owner")}</span>
                <input
                    class="input"
                    type="search"
                    name="search"
                    data-testid="domains-search"
                    value=move || search.read().search.clone()
                />
            </label>
            <button class="button" type="submit" data-testid="domains-find">
                {tr!("Search")}
            </button>
        </form>
    }
    .erase()
}

#[component]
fn Nothing(search: DomainSearch) -> impl IntoView {
    let (head, text) = if !search.search.is_empty() || search.offset > 0 {
        (tr!("No such domains"), tr!("No name and no owner has this in it."))
    } else if may(Permission::CreateDomains) {
        (tr!("No domains"), tr!("The button above makes one, and so does the command wharf domain add."))
    } else {
        (tr!("No domains"), tr!("None is yours yet. An administrator can give you one."))
    };
    view! {
        <div class="empty" data-testid="domains-none">
            <h2>{head}</h2>
            <p class="muted">{text}</p>
        </div>
    }
    .erase()
}

#[component]
fn Table(page: DomainPage, search: DomainSearch) -> impl IntoView {
    let DomainSearch { search, offset, limit } = search;
    let shown = u32::try_from(page.items.len()).unwrap_or(limit);
    let link = move |offset: u32| format!("/domains?search={}&offset={offset}", next::encode(&search));
    let back = (offset > 0).then(|| link(offset.saturating_sub(limit)));
    let on = (u64::from(offset) + u64::from(shown) < page.total).then(|| link(offset + limit));
    let all = use_account().is_some_and(Account::sees_all);
    view! {
        <table class="list" data-testid="domains">
            <caption class="hidden">{tr!("Domains, by name")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Name")}</th>
                    <th scope="col">{tr!("Owner")}</th>
                    <th scope="col" class="number">
                        {tr!("Accounts")}
                    </th>
                    <th scope="col" class="number">
                        {tr!("Sessions now")}
                    </th>
                    <th scope="col">{tr!("State")}</th>
                    {all.then(|| view! { <th scope="col">{tr!("Directory")}</th> })}
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(row).collect_view()}</tbody>
        </table>
        <div class="table-foot">
            <span data-testid="domains-total">{tr!("{n} domain" | "{n} domains" % page.total)}</span>
            <span class="space"></span>
            {back.map(|href| view! { <A href attr:data-testid="domains-back">{tr!("Previous")}</A> })}
            {on.map(|href| view! { <A href attr:data-testid="domains-on">{tr!("Next")}</A> })}
        </div>
    }
    .erase()
}

fn row(domain: DomainRow) -> impl IntoView {
    view! {
        <tr data-testid="domain-row">
            <td data-label=tr!("Name") class="wide">
                <A href=format!("/domains/{}", domain.id)>
                    <b>{domain.name}</b>
                </A>
            </td>
            <td data-label=tr!("Owner")>{owner(domain.owner)}</td>
            <td data-label=tr!("Accounts") class="number">
                {format::number(domain.accounts.into())}
            </td>
            <td data-label=tr!("Sessions now") class="number">
                {format::number(domain.sessions.into())}
            </td>
            <td data-label=tr!("State")>{state(domain.enabled)}</td>
            {domain
                .root
                .map(|root| {
                    view! {
                        <td data-label=tr!("Directory") class="mono wide">
                            {root}
                        </td>
                    }
                })}
        </tr>
    }
    .erase()
}

/// Whose it is.
fn owner(login: Option<String>) -> impl IntoView {
    match login {
        Some(login) => view! { <span>{login}</span> }.erase(),
        None => view! { <span class="muted">{tr!("the house")}</span> }.erase(),
    }
}

/// Whether its accounts may log in.
fn state(enabled: bool) -> impl IntoView {
    if enabled {
        view! { <span>{tr!("Enabled")}</span> }.erase()
    } else {
        view! { <b class="account-off">{tr!("Disabled")}</b> }.erase()
    }
}
