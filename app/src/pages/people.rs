//! People who sign in to the panel. What is searched for stands in the address, so that it can be linked to.
//!
//! * [`server`]: the functions the pages call
//! * [`add`]: a new person; [`one`]: the page of one; [`sign_ins`]: when and where somebody signed in

pub mod add;
pub mod one;
pub mod server;
pub mod sign_ins;

use crate::{
    components::{dialog::Dialog, erase::Erase, frame::use_account, time::Time},
    format,
    live::news::keep_fresh,
    next,
    pages::deletions::RecentlyDeleted,
    tr, words,
};
use add::AddPerson;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use server::people;
use wharf_model::{
    deletions::DeletionKind,
    live::Topic,
    people::{Permission, PersonPage, PersonRow, PersonSearch, Role},
};

/// People of a page.
const PAGE: u32 = 50;

/// Whether to offer changes to people.
fn may_change() -> bool {
    use_account().is_some_and(|account| account.may(Permission::ManagePeople))
}

/// The page.
#[component]
pub fn People() -> impl IntoView {
    let query = use_query_map();
    let search = Memo::new(move |_| {
        let query = query.read();
        PersonSearch {
            search: query.get("search").unwrap_or_default(),
            role: query.get("role").and_then(|word| Role::from_word(&word)),
            offset: query.get("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0),
            limit: PAGE,
        }
    });
    let found = RwSignal::<Option<Result<PersonPage, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        let asked = search.get_untracked();
        spawn_local(async move {
            let answer = people(asked.clone(), active).await.map_err(|error| error.text());
            // Somebody may have gone on to another page of the list meanwhile.
            if search.try_get_untracked() == Some(asked) {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::People, ask);
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        search.get();
        if again.is_some() {
            ask.run(true);
        }
    });
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| adding.set(false));
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| found.get());
    let body = move || {
        seen.with(|found| match found {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(page)) if page.items.is_empty() => view! {
                <div class="empty" data-testid="people-none">
                    <h2>{tr!("Nobody")}</h2>
                    <p class="muted">{tr!("No login and no name of the type has this in it.")}</p>
                </div>
            }
            .erase(),
            Some(Ok(page)) => view! { <Table page=page.clone() search=search.get_untracked() /> }.erase(),
        })
    };
    let option = move |role: Role| {
        view! {
            <option value=role.word() selected=move || search.read().role == Some(role)>
                {words::text(role.label())}
            </option>
        }
    };
    view! {
        <Title text=tr!("People") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("People")}</h1>
                <span class="muted">{tr!("Who signs in to the panel.")}</span>
                <span class="space"></span>
                {may_change().then(|| view! {
                    <button class="button" type="button" data-testid="person-add" on:click=move |_| adding.set(true)>
                        {tr!("Add a person…")}
                    </button>
                })}
            </div>
            <section class="card" aria-label=tr!("People")>
                <form class="toolbar filters" method="get" action="/people" role="search">
                    <label class="field">
                        <span class="field-name">{tr!("Login or name")}</span>
                        <input
                            class="input"
                            type="search"
                            name="search"
                            data-testid="people-search"
                            value=move || search.read().search.clone()
                        />
                    </label>
                    <label class="field">
                        <span class="field-name">{tr!("Type")}</span>
                        <select class="input" name="role" data-testid="people-role">
                            <option value="">{tr!("All")}</option>
                            {Role::ALL.map(option).into_iter().collect_view()}
                        </select>
                    </label>
                    <button class="button" type="submit" data-testid="people-find">
                        {tr!("Search")}
                    </button>
                </form>
                {body}
            </section>
            <RecentlyDeleted kind=DeletionKind::Person topic=Topic::People />
        </div>
        <Dialog open=adding on_close=close labelled_by="person-title" testid="person-dialog">
            <AddPerson close done=Callback::new(move |()| ask.run(false)) />
        </Dialog>
    }
    .erase()
}

#[component]
fn Table(page: PersonPage, search: PersonSearch) -> impl IntoView {
    let PersonSearch { search, role, offset, limit } = search;
    let role = role.map_or("", Role::word);
    let shown = u32::try_from(page.items.len()).unwrap_or(limit);
    let link = move |offset: u32| format!("/people?search={}&role={role}&offset={offset}", next::encode(&search));
    let back = (offset > 0).then(|| link(offset.saturating_sub(limit)));
    let on = (u64::from(offset) + u64::from(shown) < page.total).then(|| link(offset + limit));
    view! {
        <table class="list" data-testid="people">
            <caption class="hidden">{tr!("People, by login")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Login")}</th>
                    <th scope="col">{tr!("Name")}</th>
                    <th scope="col">{tr!("Type")}</th>
                    <th scope="col">{tr!("State")}</th>
                    <th scope="col" class="number">{tr!("Domains")}</th>
                    <th scope="col" class="number">{tr!("Customers")}</th>
                    <th scope="col">{tr!("Last sign-in")}</th>
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(row).collect_view()}</tbody>
        </table>
        <div class="table-foot">
            <span data-testid="people-total">{people_count(page.total)}</span>
            <span class="space"></span>
            {back.map(|href| view! { <A href attr:data-testid="people-back">{tr!("Previous")}</A> })}
            {on.map(|href| view! { <A href attr:data-testid="people-on">{tr!("Next")}</A> })}
        </div>
    }
    .erase()
}

fn people_count(count: u64) -> String {
    tr!("{n} person" | "{n} people" % count)
}

fn row(person: PersonRow) -> impl IntoView {
    let reseller = person.reseller.map(|reseller| view! { <span class="muted">{tr!(" of {}", reseller)}</span> });
    let last = match person.last_sign_in {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    view! {
        <tr data-testid="person-row">
            <td data-label=tr!("Login") class="wide">
                <A href=format!("/people/{}", person.id)>
                    <b>{person.login}</b>
                </A>
            </td>
            <td data-label=tr!("Name")>{person.name}</td>
            <td data-label=tr!("Type")>
                <span>{words::text(person.role.label())} {reseller}</span>
            </td>
            <td data-label=tr!("State")>{state(person.enabled, person.suspended)}</td>
            <td data-label=tr!("Domains") class="number">{format::number(person.domains.into())}</td>
            <td data-label=tr!("Customers") class="number">{format::number(person.customers.into())}</td>
            <td data-label=tr!("Last sign-in")>{last}</td>
        </tr>
    }
    .erase()
}

/// Whether the person may sign in.
fn state(enabled: bool, suspended: bool) -> impl IntoView {
    let (class, word) = match (enabled, suspended) {
        (true, false) => ("", tr!("Enabled")),
        (true, true) => ("account-off", tr!("Suspended with the reseller")),
        (false, _) => ("account-off", tr!("Disabled")),
    };
    view! { <span class=class>{word}</span> }.erase()
}
