//! The page of one domain.

use super::{
    may, owner,
    server::{change_domain, domain},
    state,
    users::Guests,
};
use crate::{
    components::{
        crumbs::Crumbs,
        entry::Entry,
        erase::Erase,
        form::{Check, Field, Form, FormError},
        time::Time,
        toast::use_toasts,
    },
    error::PanelError,
    format,
    live::news::keep_fresh,
    next,
    pages::{
        accounts::password::ended,
        deletions::dialog::{DeleteDialog, Doomed},
        limits::LimitsCard,
        not_found::NotFound,
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map},
};
use wharf_model::{
    domains::{DomainChange, DomainRow},
    ids::DomainId,
    limits::LimitsOf,
    live::Topic,
    people::Permission,
};

/// The page.
#[component]
pub fn OneDomain() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<DomainId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Body id /> }.erase(),
        None => view! { <NotFound /> }.erase(),
    }
}

#[component]
fn Body(id: DomainId) -> impl IntoView {
    let found = RwSignal::<Option<Result<DomainRow, PanelError>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = domain(id, active).await;
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Domains, ask);
    let gone = Memo::new(move |_| found.with(|found| matches!(found, Some(Err(PanelError::NotFound)))));
    // A look that fails does not take away what is there.
    let there = Memo::new(move |before: Option<&Option<DomainRow>>| {
        let now = found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok().cloned()));
        now.or_else(|| before.cloned().flatten())
    });
    let name =
        Memo::new(move |_| there.with(|there| there.as_ref().map_or(tr!("Domain").to_owned(), |row| row.name.clone())));
    // What somebody may be typing into is drawn anew only when it has changed.
    let settings = Memo::new(move |_| {
        there.with(|there| {
            let row = there.as_ref()?;
            // Counts move all the time.
            Some(DomainRow { accounts: 0, sessions: 0, enabled: true, ..row.clone() })
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
    let left = Callback::new(move |()| navigate("/domains", NavigateOptions::default()));
    let deleting = RwSignal::new(None);
    let delete = may(Permission::CreateDomains).then(|| {
        view! {
            <button class="button danger" type="button" data-testid="domain-delete" on:click=move |_| deleting.set(Some(Doomed::Domain(id)))>
                {tr!("Delete domain…")}
            </button>
        }
    });
    let facts = move || there.get().map(|row| view! { <Facts row done /> });
    let settings =
        move || settings.get().filter(|_| may(Permission::ManageDomains)).map(|row| view! { <Settings row done /> });
    move || {
        if gone.get() {
            return view! { <NotFound /> }.erase();
        }
        view! {
            <Title text=tr!("Domain") />
            <div class="page">
                <Crumbs name=tr!("Domains") href="/domains" here=name />
                <div class="page-head">
                    <h1 class="account-name" data-testid="domain-title">
                        {move || name.get()}
                    </h1>
                    {error}
                    <span class="space"></span>
                    {delete.clone()}
                </div>
                {facts} {settings} <LimitsCard of=LimitsOf::Domain(id) /> <Guests id />
            </div>
            <DeleteDialog doomed=deleting done=left />
        }
        .erase()
    }
}

#[component]
fn Facts(row: DomainRow, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let DomainRow { id, name, root, enabled, session_limit, require_tls, created_at, accounts, sessions, .. } = row;
    let switch = move |_| {
        busy.set(true);
        spawn_local(async move {
            let change = DomainChange { enabled: Some(!enabled), ..DomainChange::default() };
            let answer = change_domain(id, change).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) if !enabled => toasts.tell(tr!("The domain is enabled.").to_owned()),
                Ok(changed) => toasts.tell(tr!("The domain is disabled. {}", ended(changed.ended))),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    };
    let button = may(Permission::ManageDomains).then(|| {
        let (label, class) = if enabled { (tr!("Disable"), "button danger") } else { (tr!("Enable"), "button") };
        view! {
            <button class=class type="button" data-testid="domain-switch" disabled=busy on:click=switch>
                {label}
            </button>
        }
    });
    let limit =
        session_limit.map_or(tr!("no limit").to_owned(), |limit| tr!("{} at once", format::number(limit.into())));
    let encoded = next::encode(&name);
    view! {
        <section class="card" aria-labelledby="facts-title">
            <div class="toolbar">
                <h2 id="facts-title">{tr!("State")}</h2>
                <span class="space"></span>
                {button}
            </div>
            <dl class="facts card-body">
                <dt>{tr!("State")}</dt>
                <dd data-testid="domain-state">{state(enabled)}</dd>
                <dt>{tr!("Owner")}</dt>
                <dd data-testid="domain-whose">{owner(row.owner)}</dd>
                <dt>{tr!("Accounts")}</dt>
                <dd>
                    <A href=format!("/accounts?search=%40{encoded}") attr:data-testid="domain-accounts">
                        {tr!("{n} account" | "{n} accounts" % accounts)}
                    </A>
                </dd>
                <dt>{tr!("Sessions now")}</dt>
                <dd>
                    <A href=format!("/sessions?filter={encoded}") attr:data-testid="domain-sessions">
                        {tr!("{n} session" | "{n} sessions" % sessions)}
                    </A>
                    <span class="muted">", " {limit}</span>
                </dd>
                <dt>{tr!("Under TLS only")}</dt>
                <dd>{if require_tls { tr!("yes") } else { tr!("no") }}</dd>
                {root
                    .map(|root| {
                        view! {
                            <dt>{tr!("Directory")}</dt>
                            <dd class="mono">{root}</dd>
                        }
                    })}
                <dt>{tr!("Added")}</dt>
                <dd>
                    <Time at=created_at full=true />
                </dd>
            </dl>
        </section>
    }
    .erase()
}

/// What can be changed: by resellers the session limit, by administrators the rest too.
#[component]
fn Settings(row: DomainRow, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let whole = may(Permission::CreateDomains);
    let DomainRow { id, owner: old_owner, root: old_root, session_limit, require_tls: old_tls, .. } = row;
    let limit = Entry::new(session_limit.map(|limit| limit.to_string()).unwrap_or_default());
    let owner = Entry::new(old_owner.unwrap_or_default());
    let root = Entry::new(old_root.unwrap_or_default());
    let require_tls = RwSignal::new(old_tls);
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for shown in [limit.error, owner.error, root.error, error] {
            shown.set(None);
        }
        let Ok(session_limit) = limit.small() else { return };
        let mut change = DomainChange { session_limit: Some(session_limit), ..DomainChange::default() };
        if whole {
            change.owner = Some(Some(owner.text()).filter(|owner| !owner.is_empty()));
            change.root = Some(root.text());
            change.require_tls = Some(require_tls.get_untracked());
        }
        busy.set(true);
        spawn_local(async move {
            let answer = change_domain(id, change).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(changed) => {
                    let ended =
                        if changed.ended > 0 { ended(changed.ended) } else { tr!("No session ended.").to_owned() };
                    toasts.tell(tr!("The domain is changed. {}", ended));
                    done.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) => match &*field {
                    "session_limit" => (limit.error, message),
                    "owner" => (owner.error, message),
                    "root" => (root.error, message),
                    _ => (error, message),
                },
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    let more = whole.then(|| {
        view! {
            <Field
                label=tr!("Owner (a login)")
                value=owner.value
                testid="domain-owner"
                placeholder=tr!("the house")
                error=owner.error
            />
        }
    });
    let tls = whole.then(|| {
        view! {
            <Field label=tr!("Directory on the server") value=root.value testid="domain-root" error=root.error />
            <Check value=require_tls testid="domain-tls">
                {tr!("Only under TLS: neither logins nor files in clear")}
            </Check>
            <p class="muted">
                {tr!("Another directory and the need for TLS end all sessions of the domain. Files stay where they are. The number of sessions is for logins to come.")}
            </p>
        }
    });
    view! {
        <section class="card" aria-labelledby="settings-title">
            <div class="toolbar">
                <h2 id="settings-title">{tr!("Settings")}</h2>
            </div>
            <div class="card-body">
                <Form submit class="form inline-fields">
                    <div class="fields">
                        <Field
                            label=tr!("Sessions at once")
                            value=limit.value
                            testid="domain-limit"
                            placeholder=tr!("no limit")
                            error=limit.error
                        />
                        {more}
                    </div>
                    {tls}
                    <FormError error />
                    <p>
                        <button class="button" type="submit" data-testid="domain-save" disabled=busy>
                            {tr!("Save")}
                        </button>
                    </p>
                </Form>
            </div>
        </section>
    }
    .erase()
}
