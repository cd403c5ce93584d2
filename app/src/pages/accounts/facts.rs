//! What an account is, and whether it may log in.

use super::{may_change, password::ended, server::change_account, state};
use crate::{
    components::{erase::Erase, time::Time, toast::use_toasts},
    format, next, tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use wharf_model::accounts::{AccountChange, AccountDetail, Limits, Permissions};

/// The card.
#[component]
pub fn Facts(
    /// The account.
    account: AccountDetail,
    /// It was changed.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let AccountDetail {
        row,
        domain_id,
        domain_enabled,
        effective_limits: limits,
        permissions,
        used_bytes,
        created_at,
        home,
        ..
    } = account;
    let (id, enabled) = (row.id, row.enabled);
    let switch = move |_| {
        busy.set(true);
        spawn_local(async move {
            let change = AccountChange { enabled: Some(!enabled), ..AccountChange::default() };
            let answer = change_account(id, change).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) if !enabled => toasts.tell(tr!("The account is enabled.").to_owned()),
                Ok(changed) => toasts.tell(tr!("The account is disabled. {}", ended(changed.ended))),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    };
    let button = may_change().then(|| {
        let (name, class) = if enabled { (tr!("Disable"), "button danger") } else { (tr!("Enable"), "button") };
        view! {
            <button class=class type="button" data-testid="account-switch" disabled=busy on:click=switch>
                {name}
            </button>
        }
    });
    let last_login = match row.last_login_at {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    let ends = row.expires_at.map(|at| view! { <dt>{tr!("Ends")}</dt><dd><Time at full=true /></dd> });
    let sessions = tr!("{n} session" | "{n} sessions" % row.sessions);
    let filter = next::encode(&format!("{} {}", row.login, row.domain));
    let off = (!domain_enabled).then(|| view! { <span class="account-off">{tr!(" · its domain is disabled")}</span> });
    let rights = (!may_change())
        .then(|| view! { <dt>{tr!("Rights")}</dt><dd>{rights(permissions)}</dd><dt>{tr!("Limits")}</dt><dd>{told(&limits)}</dd> });
    view! {
        <section class="card" aria-labelledby="facts-title">
            <div class="toolbar">
                <h2 id="facts-title">{tr!("State")}</h2>
                <span class="space"></span>
                {button}
            </div>
            <dl class="facts card-body">
                <dt>{tr!("State")}</dt>
                <dd data-testid="account-state">{state(row.state)} {off}</dd>
                <dt>{tr!("Domain")}</dt>
                <dd>
                    <A href=format!("/domains/{domain_id}")>{row.domain}</A>
                </dd>
                <dt>{tr!("Kind")}</dt>
                <dd>{words::text(row.user_type.label())}</dd>
                <dt>{tr!("Home")}</dt>
                <dd class="mono">{home}</dd>
                <dt>{tr!("Storage")}</dt>
                <dd data-testid="account-used">
                    <Used used=used_bytes quota=limits.quota_bytes />
                </dd>
                {rights}
                <dt>{tr!("Sessions now")}</dt>
                <dd>
                    <A href=format!("/sessions?filter={filter}") attr:data-testid="account-sessions">
                        {sessions}
                    </A>
                </dd>
                <dt>{tr!("Last login")}</dt>
                <dd>{last_login}</dd>
                {ends}
                <dt>{tr!("Added")}</dt>
                <dd>
                    <Time at=created_at full=true />
                </dd>
            </dl>
        </section>
    }
    .erase()
}

/// A bar where there is a quota. The number is what was last counted.
#[component]
pub fn Used(
    /// Bytes.
    used: u64,
    /// Bytes there may be.
    quota: Option<u64>,
) -> impl IntoView {
    let Some(quota) = quota else {
        return view! { <span>{format::size(used)} <span class="muted">{tr!(", no limit")}</span></span> }.erase();
    };
    let share = (u128::from(used) * 100).checked_div(u128::from(quota)).unwrap_or(100).min(100);
    view! {
        <progress class="bar used" max="100" value=share.to_string() aria-label=tr!("Storage used")></progress>
        " "
        {tr!("{} of {}", format::size(used), format::size(quota))}
    }
    .erase()
}

/// Rights in a few words.
pub fn rights(permissions: Permissions) -> String {
    let Permissions { read, write, append, delete, rename, list, make_directories, incoming } = permissions;
    let all = [
        (read, tr!("download")),
        (write, tr!("upload")),
        (append, tr!("append")),
        (delete, tr!("delete")),
        (rename, tr!("rename")),
        (list, tr!("list")),
        (make_directories, tr!("make directories")),
        (incoming, tr!("upload to incoming")),
    ];
    let some: Vec<_> = all.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    if some.is_empty() { tr!("none").to_owned() } else { some.join(", ") }
}

/// Limits in a few words.
pub fn told(limits: &Limits) -> String {
    let mut words = Vec::new();
    words.extend(limits.quota_bytes.map(format::size));
    words.extend(limits.download_rate.map(|rate| tr!("{} down", format::rate(rate))));
    words.extend(limits.upload_rate.map(|rate| tr!("{} up", format::rate(rate))));
    words.extend(limits.sessions.map(|most| tr!("{n} session" | "{n} sessions" % most)));
    words.extend(
        limits.sessions_per_ip.map(|most| tr!("{} from an address", tr!("{n} session" | "{n} sessions" % most))),
    );
    words.extend(limits.idle_seconds.map(|seconds| tr!("idle {} s", seconds)));
    if words.is_empty() { tr!("none").to_owned() } else { words.join(", ") }
}
