//! The totals above a page.

use crate::{
    components::{
        erase::Erase,
        frame::{Account, use_account},
        plot::ThroughputPlot,
    },
    format,
    live::{Live, use_live},
    tr,
};
use leptos::prelude::*;
use wharf_model::{live::Stats, people::Role};

/// Online, transferring, download, upload; with the small plot where the page has no large one.
#[component]
pub fn KpiStrip(
    /// With the throughput plot as the last card.
    #[prop(optional)]
    plot: bool,
) -> impl IntoView {
    let live = use_live();
    // The limit and the peak are the server's, and mean nothing to who sees a part of it.
    let account = use_account();
    let online: fn(Stats) -> String = match account.map(Account::role) {
        Some(Role::Administrator | Role::Auditor) => online_note,
        Some(Role::MailboxOwner) => |_| tr!("of your address").to_owned(),
        _ => |_| tr!("in your domains").to_owned(),
    };
    let card =
        move |testid: &'static str, name: &'static str, value: fn(Stats) -> String, note: fn(Stats) -> String| {
            view! { <Card testid name live value note /> }
        };
    view! {
        <section class="kpis" aria-label=tr!("Totals")>
            {card("kpi-online", tr!("Online"), |stats| format::number(stats.online.into()), online)}
            {card("kpi-transferring", tr!("Transferring"), |stats| format::number(moving(stats).into()), directions)}
            {card("kpi-download", tr!("Download"), |stats| format::rate(stats.download_rate), |_| tr!("to clients").to_owned())}
            {card("kpi-upload", tr!("Upload"), |stats| format::rate(stats.upload_rate), |_| tr!("from clients").to_owned())}
            {plot
                .then(|| {
                    view! {
                        <div class="kpi kpi-plot">
                            <span class="kpi-name">
                                {tr!("Throughput, 10 min")} <span class="legend down">{tr!("down")}</span> <span class="legend up">{tr!("up")}</span>
                            </span>
                            <ThroughputPlot history=live.history />
                        </div>
                    }
                })}
        </section>
    }
    .erase()
}

#[component]
fn Card(
    testid: &'static str,
    name: &'static str,
    live: Live,
    value: fn(Stats) -> String,
    note: fn(Stats) -> String,
) -> impl IntoView {
    let value = Memo::new(move |_| value(live.stats.get()));
    let note = Memo::new(move |_| note(live.stats.get()));
    view! {
        <div class="kpi" data-testid=testid>
            <span class="kpi-name">{name}</span>
            <b class="kpi-value">{value}</b>
            <span class="kpi-note">{note}</span>
        </div>
    }
    .erase()
}

fn moving(stats: Stats) -> u32 {
    stats.downloads.saturating_add(stats.uploads)
}

fn online_note(stats: Stats) -> String {
    let limit =
        if stats.limit == 0 { tr!("no limit").to_owned() } else { tr!("of {}", format::number(stats.limit.into())) };
    if stats.peak == 0 { limit } else { tr!("{} · peak {}", limit, format::number(stats.peak.into())) }
}

fn directions(stats: Stats) -> String {
    let mut note = format!("{} ↓ · {} ↑", format::number(stats.downloads.into()), format::number(stats.uploads.into()));
    if stats.stalled > 0 {
        note = tr!("{} · {} stalled", note, format::number(stats.stalled.into()));
    }
    note
}
