//! Points in time.

use crate::{clock::use_clock, components::erase::Erase, format};
use leptos::prelude::*;

/// A point in time: time of day, with the date, the zone and the distance from now on hover.
#[component]
pub fn Time(
    /// Milliseconds since 1970, UTC.
    #[prop(into)]
    at: Signal<i64>,
    /// With date and zone in the text itself.
    #[prop(optional)]
    full: bool,
) -> impl IntoView {
    let clock = use_clock();
    view! {
        <time datetime=move || format::iso(at.get()) title=move || clock.date_time(at.get())>
            {move || if full { clock.date_time(at.get()) } else { clock.time(at.get()) }}
        </time>
    }
    .erase()
}
