//! The table of accounts, and what is done to many at once.

use super::{may_change, password::ended, server::enable_accounts, state};
use crate::{
    components::{erase::Erase, time::Time, toast::use_toasts},
    format, next,
    pages::deletions::dialog::Doomed,
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use std::collections::BTreeSet;
use wharf_model::{
    accounts::{AccountPage, AccountRow, AccountSearch},
    ids::AccountId,
};

/// What is chosen, and what of it is about to be deleted.
#[derive(Clone, Copy)]
pub struct Chosen {
    ids: RwSignal<BTreeSet<AccountId>>,
    /// Opens the dialog that deletes.
    pub deleting: RwSignal<Option<Doomed>>,
}

impl Chosen {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { ids: RwSignal::default(), deleting: RwSignal::default() }
    }

    /// Nothing any more.
    pub fn clear(self) {
        self.ids.set(BTreeSet::new());
    }

    fn list(self) -> Vec<AccountId> {
        self.ids.with_untracked(|ids| ids.iter().copied().collect())
    }

    fn choose(self, id: AccountId, wanted: bool) {
        self.ids.update(|ids| {
            if wanted {
                ids.insert(id);
            } else {
                ids.remove(&id);
            }
        });
    }
}

impl Default for Chosen {
    fn default() -> Self {
        Self::new()
    }
}

/// The table, with the ways to its other parts.
#[component]
pub fn Table(
    /// What is in it.
    page: AccountPage,
    /// What was searched for.
    search: AccountSearch,
    /// What is chosen.
    chosen: Chosen,
    /// Something was changed.
    done: Callback<()>,
) -> impl IntoView {
    let AccountSearch { search, state, offset, limit } = search;
    let shown = u32::try_from(page.items.len()).unwrap_or(limit);
    let link =
        move |offset: u32| format!("/accounts?search={}&state={}&offset={offset}", next::encode(&search), state.word());
    let back = (offset > 0).then(|| link(offset.saturating_sub(limit)));
    let on = (u64::from(offset) + u64::from(shown) < page.total).then(|| link(offset + limit));
    let ids: BTreeSet<_> = page.items.iter().map(|row| row.id).collect();
    // Those that are gone are not chosen any more.
    chosen.ids.update(|chosen| chosen.retain(|id| ids.contains(id)));
    let all = StoredValue::new(ids);
    let every = move || all.with_value(|all| chosen.ids.read().len() == all.len());
    let choose_all = may_change().then(|| {
        view! {
            <th scope="col" class="pick">
                <input
                    type="checkbox"
                    aria-label=tr!("Select all")
                    data-testid="accounts-all"
                    prop:checked=every
                    on:change:target=move |event| {
                        chosen.ids.set(if event.target().checked() { all.get_value() } else { BTreeSet::new() });
                    }
                />
            </th>
        }
    });
    view! {
        <Selection chosen done />
        <table class="list" data-testid="accounts">
            <caption class="hidden">{tr!("Accounts, by domain and login")}</caption>
            <thead>
                <tr>
                    {choose_all}
                    <th scope="col">{tr!("Login")}</th>
                    <th scope="col">{tr!("Domain")}</th>
                    <th scope="col">{tr!("Kind")}</th>
                    <th scope="col">{tr!("State")}</th>
                    <th scope="col" class="number">
                        {tr!("Sessions now")}
                    </th>
                    <th scope="col" class="number">
                        {tr!("SSH keys")}
                    </th>
                    <th scope="col">{tr!("Last login")}</th>
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(|account| view! { <Row account chosen /> }).collect_view()}</tbody>
        </table>
        <div class="table-foot">
            <span data-testid="accounts-total">{tr!("{n} account" | "{n} accounts" % page.total)}</span>
            <span class="space"></span>
            {back.map(|href| view! { <A href attr:data-testid="accounts-back">{tr!("Previous")}</A> })}
            {on.map(|href| view! { <A href attr:data-testid="accounts-on">{tr!("Next")}</A> })}
        </div>
    }
    .erase()
}

#[component]
fn Row(account: AccountRow, chosen: Chosen) -> impl IntoView {
    let id = account.id;
    let pick = may_change().then(|| {
        view! {
            <td class="pick" data-label=tr!("Select")>
                <input
                    type="checkbox"
                    aria-label=tr!("Select {}", format!("{}@{}", account.login, account.domain))
                    data-testid="account-pick"
                    prop:checked=move || chosen.ids.read().contains(&id)
                    on:change:target=move |event| chosen.choose(id, event.target().checked())
                />
            </td>
        }
    });
    let last_login = match account.last_login_at {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    view! {
        <tr data-testid="account-row">
            {pick}
            <td data-label=tr!("Login") class="wide">
                <A href=format!("/accounts/{id}")>
                    <b>{account.login}</b>
                </A>
            </td>
            <td data-label=tr!("Domain")>{account.domain}</td>
            <td data-label=tr!("Kind")>{words::text(account.user_type.label())}</td>
            <td data-label=tr!("State")>{state(account.state)}</td>
            <td data-label=tr!("Sessions now") class="number">
                {format::number(account.sessions.into())}
            </td>
            <td data-label=tr!("SSH keys") class="number">
                {format::number(account.ssh_keys.into())}
            </td>
            <td data-label=tr!("Last login")>{last_login}</td>
        </tr>
    }
    .erase()
}

/// What is chosen, and what can be done to it.
#[component]
fn Selection(chosen: Chosen, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let switch = move |enabled: bool| {
        let ids = chosen.list();
        spawn_local(async move {
            match enable_accounts(ids, enabled).await {
                Ok(changed) => {
                    let accounts = tr!("{n} account" | "{n} accounts" % changed.accounts);
                    toasts.tell(if enabled {
                        tr!("{} enabled.", accounts)
                    } else {
                        tr!("{} disabled. {}", accounts, ended(changed.ended))
                    });
                }
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    };
    let count = Memo::new(move |_| chosen.ids.read().len());
    move || {
        (count.get() > 0).then(|| {
            view! {
                <div class="selection-bar" role="group" aria-label=tr!("Selected accounts") data-testid="accounts-selection">
                    <b>{tr!("{} selected", format::number(count.get() as u64))}</b>
                    <span class="space"></span>
                    <button class="button" type="button" data-testid="accounts-enable" on:click=move |_| switch(true)>
                        {tr!("Enable")}
                    </button>
                    <button class="button danger" type="button" data-testid="accounts-disable" on:click=move |_| switch(false)>
                        {tr!("Disable")}
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-testid="accounts-delete"
                        on:click=move |_| chosen.deleting.set(Some(Doomed::Accounts(chosen.list())))
                    >
                        {tr!("Delete…")}
                    </button>
                    <button class="button quiet" type="button" data-testid="accounts-unpick" on:click=move |_| chosen.clear()>
                        {tr!("a selection" => "Clear")}
                    </button>
                </div>
            }
        })
    }
}
