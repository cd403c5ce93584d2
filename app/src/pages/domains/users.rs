//! The cards about users whom a domain does not know itself.
//!
//! * [`outside`]: those whom an outside source knows; [`anonymous`]: those whom nobody knows

pub mod anonymous;
pub mod outside;

use super::server::users::domain_users;
use crate::{components::erase::Erase, live::news::keep_fresh};
use anonymous::anonymous_card;
use leptos::{prelude::*, task::spawn_local};
use outside::outside_card;
use wharf_model::{anonymous::AnonymousShown, ids::DomainId, live::Topic, user_sources::OutsideUsersShown};

/// Both.
#[component]
pub fn Guests(
    /// Of which domain.
    id: DomainId,
) -> impl IntoView {
    let found = RwSignal::<Option<(OutsideUsersShown, AnonymousShown)>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            // A look that fails does not take away what is there; the page says what went wrong.
            if let Ok(answer) = domain_users(id, active).await {
                let _ = found.try_set(Some(answer));
            }
        });
    });
    keep_fresh(Topic::Domains, ask);
    let done = Callback::new(move |()| ask.run(false));
    // Each card is drawn anew only when what it shows has changed: somebody may be typing into it. Counts move all the
    // time.
    let outside = Memo::new(move |_| {
        found.with(|found| found.as_ref().map(|(there, _)| OutsideUsersShown { accounts: 0, ..there.clone() }))
    });
    let anonymous = Memo::new(move |_| {
        found.with(|found| found.as_ref().map(|(_, there)| AnonymousShown { sessions: 0, ..there.clone() }))
    });
    let outside = move || outside.get().map(|there| outside_card(id, &there, done));
    let anonymous = move || anonymous.get().map(|there| anonymous_card(id, &there, done));
    view! {
        {outside}
        {anonymous}
    }
    .erase()
}
