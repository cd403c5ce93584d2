//! What was deleted: how it is told, and the list from which it comes back.
//!
//! * [`server`]: the functions it calls
//! * [`dialog`]: asks before something is deleted

pub mod dialog;
pub mod server;

use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        frame::use_account,
        time::Time,
        toast::{Action, Toasts, use_toasts},
    },
    format,
    live::news::keep_fresh,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use server::{deletions, purge, restore};
use wharf_model::{
    deletions::{DeletionKind, DeletionPreview, DeletionReceipt, DeletionRow, KEPT_DAYS},
    live::Topic,
    people::Permission,
};

/// Says what was deleted, with the way back.
pub fn tell_deleted(toasts: Toasts, what: &str, receipt: DeletionReceipt) {
    let DeletionReceipt { deletions, ended } = receipt;
    let ended = if ended > 0 { tr!(", {n} session ended" | ", {n} sessions ended" % ended) } else { String::new() };
    let run = Callback::new(move |()| {
        let deletions = deletions.clone();
        spawn_local(async move {
            for deletion in deletions {
                if let Err(error) = restore(deletion).await {
                    toasts.fail(error.text());
                    return;
                }
            }
            toasts.tell(tr!("It is back.").to_owned());
        });
    });
    toasts.offer(format!("{what}{ended}."), Action { name: tr!("Undo"), run });
}

/// What a deletion would take away, before somebody orders it.
#[component]
pub fn Preview(
    /// What it would.
    preview: DeletionPreview,
    /// What the names are of.
    what: &'static str,
) -> impl IntoView {
    let DeletionPreview { names, customers, domains, accounts, sessions, ssh_keys, bytes } = preview;
    let more = match (what, (accounts as usize).saturating_sub(names.len())) {
        ("accounts", more) if more > 0 => tr!(" and {} more", more),
        _ => String::new(),
    };
    view! {
        <p>
            <b data-testid="delete-names">{names.join(", ")}</b>
            {more}
        </p>
        <dl class="facts" data-testid="delete-preview">
            {(customers > 0).then(|| view! { <dt>{tr!("Customers")}</dt><dd>{format::number(customers.into())}</dd> })}
            {(domains > 0).then(|| view! { <dt>{tr!("Domains")}</dt><dd>{format::number(domains.into())}</dd> })}
            <dt>{tr!("Accounts")}</dt>
            <dd>{format::number(accounts.into())}</dd>
            <dt>{tr!("Sessions that end")}</dt>
            <dd data-testid="delete-sessions">{format::number(sessions.into())}</dd>
            <dt>{tr!("SSH keys")}</dt>
            <dd>{format::number(ssh_keys.into())}</dd>
            <dt>{tr!("Files, as last counted")}</dt>
            <dd>{format::size(bytes)}</dd>
        </dl>
        <p class="muted">
            {tr!("Nobody logs in any more from now on. It can be brought back for {} days, and until then its name is taken. Files on disk are not touched.", KEPT_DAYS)}
        </p>
    }
    .erase()
}

/// What of one kind was deleted lately; nothing at all where nothing was.
#[component]
pub fn RecentlyDeleted(
    /// Of which kind.
    kind: DeletionKind,
    /// What changes when it comes back.
    topic: Topic,
) -> impl IntoView {
    let all = RwSignal::new(Vec::<DeletionRow>::new());
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            // The list above says what is wrong; this one is shown when there is something in it.
            if let Ok(rows) = deletions(active).await {
                let _ = all.try_set(rows.into_iter().filter(|row| row.kind == kind).collect());
            }
        });
    });
    keep_fresh(topic, ask);
    let purging = RwSignal::new(None::<DeletionRow>);
    let seen = Memo::new(move |_| all.get());
    let card = move || {
        let rows = seen.get();
        (!rows.is_empty()).then(|| view! { <Table rows ask purging /> })
    };
    view! {
        {card}
        <PurgeDialog purging ask />
    }
    .erase()
}

#[component]
fn Table(rows: Vec<DeletionRow>, ask: Callback<bool>, purging: RwSignal<Option<DeletionRow>>) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="deleted-title">
            <div class="toolbar">
                <h2 id="deleted-title">{tr!("Recently deleted")}</h2>
            </div>
            <table class="list" data-testid="deletions">
                <caption class="hidden">{tr!("What was deleted, newest first")}</caption>
                <thead>
                    <tr>
                        <th scope="col">{tr!("Name")}</th>
                        <th scope="col">{tr!("Deleted")}</th>
                        <th scope="col">{tr!("By")}</th>
                        <th scope="col">{tr!("Gone for good")}</th>
                        <th scope="col">
                            <span class="hidden">{tr!("Actions")}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row ask purging /> }).collect_view()}</tbody>
            </table>
        </section>
    }
    .erase()
}

#[component]
fn Row(row: DeletionRow, ask: Callback<bool>, purging: RwSignal<Option<DeletionRow>>) -> impl IntoView {
    let toasts = use_toasts();
    let clock = use_clock();
    let may = |permission| use_account().is_some_and(|account| account.may(permission));
    let needed = match row.kind {
        DeletionKind::Account => Permission::ManageAccounts,
        DeletionKind::Domain => Permission::CreateDomains,
        DeletionKind::Person => Permission::ManagePeople,
    };
    let (id, expires_at, name) = (row.id, row.expires_at, row.name.clone());
    let back = move |_| {
        spawn_local(async move {
            match restore(id).await {
                Ok(row) => toasts.tell(tr!("{} is back.", row.name)),
                Err(error) => toasts.fail(error.text()),
            }
            ask.try_run(false);
        });
    };
    let left = move || tr!("in {}", format::span(expires_at - clock.now()));
    let along = (row.kind != DeletionKind::Account && row.accounts > 0).then(|| {
        view! { <span class="muted">{tr!(" with {n} account" | " with {n} accounts" % row.accounts)}</span> }
    });
    let restore_button = may(needed).then(|| {
        view! {
            <button class="button" type="button" data-testid="restore" aria-label=tr!("Restore {}", name) on:click=back>
                {tr!("Restore")}
            </button>
        }
    });
    let purged = StoredValue::new(row.clone());
    let purge_button = may(Permission::PurgeDeleted).then(|| {
        view! {
            <button
                class="button danger"
                type="button"
                data-testid="purge"
                aria-label=tr!("Delete {} for good", name)
                on:click=move |_| purging.set(Some(purged.get_value()))
            >
                {tr!("Delete for good…")}
            </button>
        }
    });
    view! {
        <tr data-testid="deletion">
            <td data-label=tr!("Name") class="wide">
                <b>{row.name}</b>
                {along}
            </td>
            <td data-label=tr!("Deleted")>
                <Time at=row.at full=true />
            </td>
            <td data-label=tr!("By")>{row.by}</td>
            <td data-label=tr!("Gone for good")>
                <span title=clock.date_time(expires_at)>{left}</span>
            </td>
            <td class="actions">{restore_button} {purge_button}</td>
        </tr>
    }
    .erase()
}

/// Asks before something cannot be brought back any more.
#[component]
fn PurgeDialog(purging: RwSignal<Option<DeletionRow>>, ask: Callback<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let open = Signal::derive(move || purging.with(Option::is_some));
    let close = Callback::new(move |()| purging.set(None));
    let name = move || purging.with(|row| row.as_ref().map(|row| row.name.clone()));
    let submit = Callback::new(move |()| {
        let Some(row) = purging.get_untracked() else { return };
        purging.set(None);
        spawn_local(async move {
            match purge(row.id).await {
                Ok(()) => toasts.tell(tr!("{} is gone for good.", row.name)),
                Err(error) => toasts.fail(error.text()),
            }
            ask.try_run(false);
        });
    });
    view! {
        <Dialog open on_close=close labelled_by="purge-title" testid="purge-dialog">
            <h2 id="purge-title">{tr!("Delete it for good?")}</h2>
            <p>
                <b>{name}</b>
            </p>
            <p class="muted">{tr!("It cannot be brought back then, and its name is free. Files on disk are not touched.")}</p>
            <Form submit>
                <DialogButtons close yes=tr!("Delete for good") disabled=false danger=true testid="purge-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}
