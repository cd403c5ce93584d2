//! The overview: how the server is doing, at a glance, and what the operator has of it.
//!
//! * [`holdings`]: what there is, by role, and what of it wants looking after; [`own_space`]: a mailbox owner's
//! * [`server`]: the functions they call

pub mod holdings;
pub mod own_space;
pub mod server;

use crate::{
    clock::use_clock,
    components::{
        erase::Erase,
        frame::{Account, use_account},
        kpi::KpiStrip,
        live_state::LiveBadge,
        plot::ThroughputPlot,
    },
    format,
    live::{LiveRow, use_live},
    pages::sessions::row::{Arrow, Bar, Middle, fact},
    tr,
};
use holdings::HoldingsCards;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use own_space::OwnSpace;
use wharf_model::{
    ids::SessionId,
    people::Role,
    sessions::{Progress, SessionRow, SessionState},
};

/// How many transfers are named.
const BUSIEST: usize = 10;

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let live = use_live();
    let yours = match use_account().map(Account::role) {
        Some(Role::MailboxOwner) => view! { <OwnSpace /> }.erase(),
        _ => view! { <HoldingsCards /> }.erase(),
    };
    view! {
        <Title text=tr!("Overview") />
        <div class="overview">
            <div class="page-head">
                <h1>{tr!("Overview")}</h1>
                <LiveBadge />
            </div>
            <KpiStrip />
            {yours}
            <section class="card" aria-labelledby="throughput-title">
                <div class="card-head">
                    <h2 id="throughput-title">{tr!("Throughput")}</h2>
                    <span class="legend down">{tr!("to clients")}</span>
                    <span class="legend up">{tr!("from clients")}</span>
                </div>
                <ThroughputPlot history=live.history large=true />
            </section>
            <section class="card" aria-labelledby="busiest-title">
                <div class="card-head">
                    <h2 id="busiest-title">{tr!("Busiest transfers")}</h2>
                    <span class="space"></span>
                    <A href="/sessions">{tr!("All sessions")}</A>
                </div>
                <Busiest />
            </section>
        </div>
    }
    .erase()
}

/// The fastest transfers, looked for once a second.
#[component]
fn Busiest() -> impl IntoView {
    let live = use_live();
    let clock = use_clock();
    let busiest = Memo::new(move |_| {
        clock.now();
        live.complete.track();
        live.with_rows(|rows| {
            let mut moving: Vec<(u64, SessionId, &LiveRow)> =
                rows.values().filter_map(|row| Some((row.moving.read_untracked().speed?, row.id, row))).collect();
            moving.sort_unstable_by_key(|(speed, id, _)| std::cmp::Reverse((*speed, *id)));
            moving.into_iter().take(BUSIEST).map(|(_, _, row)| row.clone()).collect::<Vec<_>>()
        })
    });
    view! {
        {move || busiest.read().is_empty().then(|| view! { <p class="empty-line" data-testid="overview-idle">{tr!("Nothing moves right now.")}</p> })}
        <table class="busiest" class:hidden=move || busiest.read().is_empty() data-testid="busiest">
            <caption class="hidden">{tr!("Busiest transfers, fastest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Login")}</th>
                    <th scope="col">{tr!("File")}</th>
                    <th scope="col" class="number">{tr!("Speed")}</th>
                    <th scope="col">{tr!("Progress")}</th>
                    <th scope="col" class="number">{tr!("Left")}</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || busiest.get() key=|row| row.serial let:row>
                    <Transfer row />
                </For>
            </tbody>
        </table>
    }
    .erase()
}

#[component]
fn Transfer(row: LiveRow) -> impl IntoView {
    let facts: RwSignal<SessionRow> = row.facts.into();
    let moving: RwSignal<Progress> = row.moving.into();
    let share = Signal::derive(move || moving.read().progress);
    let text = Signal::derive(move || {
        let moving = moving.read();
        moving.progress.map(format::percent).or(moving.done.map(format::size)).unwrap_or_default()
    });
    let left = move || {
        let (facts, moving) = (facts.read(), moving.read());
        if moving.state == SessionState::Stalled {
            return Some(tr!("stalled").to_owned());
        }
        let left = facts.total?.saturating_sub(moving.done?);
        format::remaining_ms(left, moving.speed?).map(format::duration)
    };
    let direction = Memo::new(move |_| facts.read().direction);
    view! {
        <tr class:stalled=move || moving.read().state == SessionState::Stalled>
            <td class="who">
                <b>{fact(facts, |row| row.login.as_deref())}</b>
                <span class="muted">{fact(facts, |row| row.domain.as_deref())}</span>
            </td>
            <td class="what" title=fact(facts, |row| row.file.as_deref())>
                {move || facts.read().file.clone().map(|text| view! { <Middle text /> })}
            </td>
            <td class="number">
                {move || direction.get().map(|direction| view! { <Arrow direction /> })}
                {move || moving.read().speed.map(format::rate)}
            </td>
            <td class="how-far">
                {move || direction.get().map(|direction| view! { <Bar direction share text /> })}
            </td>
            <td class="number">{left}</td>
        </tr>
    }
    .erase()
}
