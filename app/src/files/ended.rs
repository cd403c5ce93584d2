//! What is left of the page when an operator, or somebody else, has ended the session.

use super::place;
use crate::{components::erase::Erase, components::icons::Mark, tr};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Ended(
    /// Why.
    why: String,
) -> impl IntoView {
    view! {
        <main class="signin" data-testid="ended">
            <div class="signin-card" role="alert">
                <p class="brand">
                    <Mark />
                    {tr!("Wharf files")}
                </p>
                <h1>{tr!("Your session has ended")}</h1>
                <p class="ended-why" data-testid="ended-why">{why}</p>
                <p class="muted">{tr!("Uploads and downloads were stopped. What has arrived of an upload is kept for a while.")}</p>
                // A whole new page: nothing of the old session may stay.
                <a class="button primary" href=place::address("/") rel="external" data-testid="ended-signin">
                    {if place::base().is_empty() { tr!("Sign in again") } else { tr!("Open the link again") }}
                </a>
            </div>
        </main>
    }
    .erase()
}
