//! What the operator has, as the role sees it, and what of it wants looking after.

use super::server::holdings;
use crate::{
    components::{erase::Erase, time::Time},
    format,
    live::news::keep_fresh,
    tr, tr_view,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use wharf_model::{
    live::Topic,
    overview::{Holdings, Matter},
};

/// The cards. A failed look leaves what is there.
#[component]
pub fn HoldingsCards() -> impl IntoView {
    let found = RwSignal::<Option<Holdings>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            if let Ok(answer) = holdings(active).await {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::Accounts, ask);
    let seen = Memo::new(move |_| found.get());
    move || seen.get().map(|holdings| view! { <Cards holdings /> })
}

#[component]
fn Cards(holdings: Holdings) -> impl IntoView {
    let Holdings { resellers, customers, domains, accounts, panel_sessions, bans, used_bytes, .. } = holdings;
    let count = |number: u32| format::number(number.into());
    let entries = [
        resellers.map(|number| (tr!("Resellers"), count(number), "/people?role=reseller", "holdings-resellers")),
        customers.map(|number| (tr!("Customers"), count(number), "/people?role=customer", "holdings-customers")),
        Some((tr!("Domains"), count(domains), "/domains", "holdings-domains")),
        Some((tr!("Accounts"), count(accounts), "/accounts", "holdings-accounts")),
        Some((tr!("Storage used"), format::size(used_bytes), "/accounts", "holdings-storage")),
        Some((tr!("Panel sessions"), count(panel_sessions), "/panel-sessions", "holdings-panel")),
        Some((tr!("Bans"), count(bans), "/bans", "holdings-bans")),
    ];
    let entry = |(name, number, href, testid): (&'static str, String, &'static str, &'static str)| {
        view! {
            <li>
                <A href attr:data-testid=testid>
                    <b>{number}</b>
                    <span>{name}</span>
                </A>
            </li>
        }
    };
    view! {
        <section class="card" aria-label=tr!("Hosting")>
            <ul class="holdings">{entries.into_iter().flatten().map(entry).collect_view()}</ul>
        </section>
        <Matters matters=holdings.matters total=holdings.matters_total />
    }
    .erase()
}

#[component]
fn Matters(matters: Vec<Matter>, total: u32) -> impl IntoView {
    if matters.is_empty() {
        return ().erase();
    }
    let more = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(matters.len());
    let more = (more > 0).then(|| view! { <li class="muted">{tr!("and {} more", format::number(more as u64))}</li> });
    view! {
        <section class="card" aria-labelledby="matters-title">
            <div class="card-head">
                <h2 id="matters-title">{tr!("Needs attention")}</h2>
            </div>
            <ul class="matters" data-testid="matters">
                {matters.into_iter().map(|matter| view! { <li>{row(matter)}</li> }).collect_view()} {more}
            </ul>
        </section>
    }
    .erase()
}

fn row(matter: Matter) -> AnyView {
    match matter {
        Matter::NearlyFull { account, name, used, quota } => {
            let share = (u128::from(used) * 100).checked_div(u128::from(quota)).unwrap_or(100).min(100);
            let text = tr!("{} of {} used", format::size(used), format::size(quota));
            view! {
                <A href=format!("/accounts/{account}")>{name}</A>
                <progress class="bar used" max="100" value=share.to_string() aria-label=tr!("Storage used")></progress>
                <span class="muted">{text}</span>
            }
            .erase()
        }
        Matter::ExpiresSoon { account, name, at } => view! {
            <A href=format!("/accounts/{account}")>{name}</A>
            <span class="muted">{tr_view!("expires {}", view! { <Time at /> })}</span>
        }
        .erase(),
        Matter::DomainDisabled { domain, name } => view! {
            <A href=format!("/domains/{domain}")>{name}</A>
            <span class="muted">{tr!("is disabled: none of its accounts can log in")}</span>
        }
        .erase(),
    }
}
