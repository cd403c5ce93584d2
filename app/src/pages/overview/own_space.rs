//! The file space of a mailbox owner.

use super::server::own_account;
use crate::{
    components::{erase::Erase, time::Time},
    live::news::keep_fresh,
    pages::accounts::{
        facts::{Used, rights, told},
        files::OpenFiles,
        keys::SshKeys,
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{accounts::AccountDetail, live::Topic};

/// The card.
#[component]
pub fn OwnSpace() -> impl IntoView {
    let found = RwSignal::<Option<AccountDetail>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            if let Ok(answer) = own_account(active).await {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::Accounts, ask);
    let seen = Memo::new(move |_| found.get());
    // Somebody may be adding a key while the storage is counted anew.
    let id = Memo::new(move |_| seen.with(|seen| seen.as_ref().map(|account| account.row.id)));
    let card = move || seen.get().map(|account| view! { <Card account /> });
    let keys = move || id.get().map(|account| view! { <SshKeys account own=true /> });
    (card, keys)
}

#[component]
fn Card(account: AccountDetail) -> impl IntoView {
    let AccountDetail { row, effective_limits, permissions, used_bytes, .. } = account;
    let last = row.last_login_at.map(|at| view! { <dt>{tr!("Last login")}</dt><dd><Time at full=true /></dd> });
    view! {
        <section class="card" aria-labelledby="space-title" data-testid="own-space">
            <div class="card-head">
                <h2 id="space-title">{tr!("Your file space")}</h2>
                <span class="space"></span>
                <OpenFiles account=row.id />
            </div>
            <dl class="facts card-body">
                <dt>{tr!("Address")}</dt>
                <dd>{format!("{}@{}", row.login, row.domain)}</dd>
                <dt>{tr!("Storage")}</dt>
                <dd>
                    <Used used=used_bytes quota=effective_limits.quota_bytes />
                </dd>
                <dt>{tr!("Rights")}</dt>
                <dd>{rights(permissions)}</dd>
                <dt>{tr!("Limits")}</dt>
                <dd>{told(&effective_limits)}</dd>
                {last}
            </dl>
        </section>
    }
    .erase()
}
