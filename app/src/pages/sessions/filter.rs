//! Which sessions, when none are chosen one by one: for kick all and broadcast.

use super::state::use_page;
use crate::components::{
    erase::Erase,
    form::{Choice, Field, Select},
};
use crate::tr;
use leptos::prelude::*;
use std::collections::BTreeSet;
use wharf_model::kicks::SessionFilter;

/// What the form is set to.
#[derive(Clone, Copy)]
pub struct FilterDraft {
    /// All, anonymous, idle, one domain.
    kind: RwSignal<usize>,
    minutes: RwSignal<String>,
    domain: RwSignal<usize>,
    domains: RwSignal<Vec<String>>,
}

impl FilterDraft {
    /// Everything in sight.
    pub fn new() -> Self {
        Self {
            kind: RwSignal::new(0),
            minutes: RwSignal::new("10".to_owned()),
            domain: RwSignal::new(0),
            domains: RwSignal::default(),
        }
    }

    /// What it says; `None` for a number that is none. Tracked.
    pub fn read(self) -> Option<SessionFilter> {
        let all = SessionFilter::default();
        match self.kind.get() {
            0 => Some(all),
            1 => Some(SessionFilter { anonymous: true, ..all }),
            2 => Some(SessionFilter { idle_minutes: Some(self.minutes.get().trim().parse().ok()?), ..all }),
            _ => Some(SessionFilter { domain: Some(self.domains.read().get(self.domain.get())?.clone()), ..all }),
        }
    }
}

impl Default for FilterDraft {
    fn default() -> Self {
        Self::new()
    }
}

/// The choices. Domains are those that have sessions now.
#[component]
pub fn FilterFields(
    /// What they set.
    draft: FilterDraft,
) -> impl IntoView {
    let page = use_page();
    let domains: BTreeSet<_> =
        page.live.with_rows(|rows| rows.values().filter_map(|row| row.facts.read_untracked().domain.clone()).collect());
    let some = !domains.is_empty();
    draft.domains.set(domains.into_iter().collect());
    let FilterDraft { kind, minutes, domain, domains } = draft;
    view! {
        <fieldset class="choices">
            <legend>{tr!("Which sessions")}</legend>
            <Choice name="filter" number=0 value=kind testid="filter-all" autofocus=true>
                {tr!("All that you see")}
            </Choice>
            <Choice name="filter" number=1 value=kind testid="filter-anonymous">
                {tr!("Anonymous users")}
            </Choice>
            <Choice name="filter" number=2 value=kind testid="filter-idle">
                {tr!("Idle for some time")}
            </Choice>
            {some
                .then(|| {
                    view! {
                        <Choice name="filter" number=3 value=kind testid="filter-domain">
                            {tr!("One domain")}
                        </Choice>
                    }
                })}
        </fieldset>
        {move || match kind.get() {
            2 => view! { <Field label=tr!("Minutes without activity") value=minutes testid="filter-minutes" kind="number" /> }.erase(),
            3 => view! { <Select label=tr!("Domain") options=domains value=domain testid="filter-domain-name" /> }.erase(),
            _ => ().erase(),
        }}
    }
    .erase()
}
