//! The page of one account.

use super::{
    draft::Filled,
    facts::Facts,
    files::OpenFiles,
    keys::SshKeys,
    links::ShareLinks,
    may_change,
    password::Password,
    rights::Rights,
    server::account,
    ssh::{CodesDialog, SshLogin},
};
use crate::{
    components::{crumbs::Crumbs, erase::Erase},
    error::PanelError,
    live::news::keep_fresh,
    pages::{
        deletions::dialog::{DeleteDialog, Doomed},
        not_found::NotFound,
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map},
};
use wharf_model::{accounts::AccountDetail, ids::AccountId, live::Topic, sessions::UserType};

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
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = account(id, active).await;
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Accounts, ask);
    let gone = Memo::new(move |_| found.with(|found| matches!(found, Some(Err(PanelError::NotFound)))));
    // Each card is drawn anew only when what it shows has changed: somebody may be typing into another.
    // A look that fails does not take away what is there.
    let there = Memo::new(move |before: Option<&Option<AccountDetail>>| {
        let now = found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok().cloned()));
        now.or_else(|| before.cloned().flatten())
    });
    // Who proves elsewhere who it is has neither password nor keys here.
    let own = Memo::new(move |_| kind(there).is_none_or(UserType::is_own));
    let name = Memo::new(move |_| {
        there.with(|there| match there {
            Some(there) => format!("{}@{}", there.row.login, there.row.domain),
            None => tr!("Account").to_owned(),
        })
    });
    let error = move || {
        found.with(|found| match found {
            Some(Err(error)) => Some(view! { <span class="field-error" role="alert">{error.text()}</span> }),
            _ => None,
        })
    };
    let done = Callback::new(move |()| ask.run(false));
    let navigate = use_navigate();
    let left = Callback::new(move |()| navigate("/accounts", NavigateOptions::default()));
    let deleting = RwSignal::new(None);
    let facts = move || there.get().map(|account| view! { <Facts account done /> });
    let enabled = Memo::new(move |_| there.with(|there| there.as_ref().is_some_and(|there| there.row.enabled)));
    let may_open = Memo::new(move |_| may_change() && own.get() && enabled.get());
    let delete = may_change().then(|| {
        view! {
            <button class="button danger" type="button" data-testid="account-delete" on:click=move |_| deleting.set(Some(Doomed::Accounts(vec![id])))>
                {tr!("Delete account…")}
            </button>
        }
    });
    move || {
        if gone.get() {
            return view! { <NotFound /> }.erase();
        }
        view! {
            <Title text=tr!("Account") />
            <div class="page">
                <Crumbs name=tr!("Accounts") href="/accounts" here=name />
                <div class="page-head">
                    <h1 class="account-name" data-testid="account-name">
                        {move || name.get()}
                    </h1>
                    {error}
                    <span class="space"></span>
                    {move || may_open.get().then(|| view! { <OpenFiles account=id /> })}
                    {delete.clone()}
                </div>
                {facts}
                {may_change().then(|| view! { <Changes id there done /> })}
                {move || own.get().then(|| view! { <SshKeys account=id /> })}
                {move || own.get().then(|| view! { <ShareLinks account=id /> })}
            </div>
            <DeleteDialog doomed=deleting done=left />
        }
        .erase()
    }
}

/// What kind of user it is, once that is known.
fn kind(there: Memo<Option<AccountDetail>>) -> Option<UserType> {
    there.with(|there| there.as_ref().map(|there| there.row.user_type))
}

/// The cards that change something.
#[component]
fn Changes(id: AccountId, there: Memo<Option<AccountDetail>>, done: Callback<()>) -> impl IntoView {
    let filled = Memo::new(move |_| {
        there.with(|there| {
            there.as_ref().map(|there| Filled {
                user_type: there.row.user_type,
                home: there.home.clone(),
                permissions: there.permissions,
                limits: there.limits,
                expires_at: there.row.expires_at,
            })
        })
    });
    let ssh = Memo::new(move |_| {
        there.with(|there| {
            there.as_ref().map(|there| (there.ssh_auth, there.one_time_codes, there.client_certificates > 0))
        })
    });
    let uri = RwSignal::new(None);
    let above = Signal::derive(move || {
        there.with(|there| there.as_ref().map(|there| there.inherited.clone()).unwrap_or_default())
    });
    let own = Memo::new(move |_| kind(there).is_none_or(UserType::is_own));
    // What anonymous users may do is set on the page of the domain.
    let rights = move || {
        let there = filled.get().filter(|there| there.user_type != UserType::Anonymous);
        there.map(|there| view! { <Rights account=id there above done /> })
    };
    let password = move || own.get().then(|| view! { <Password account=id done /> });
    let ssh = move || {
        ssh.get().filter(|_| own.get()).map(|(ssh_auth, codes, certificates)| {
            view! { <SshLogin account=id ssh_auth codes certificates uri done /> }
        })
    };
    view! {
        {rights}
        {password}
        {ssh}
        <CodesDialog uri />
    }
    .erase()
}
