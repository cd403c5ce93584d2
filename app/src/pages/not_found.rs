//! The page for addresses that lead nowhere.

use crate::{components::erase::Erase, tr};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// Says that there is nothing here, with the status that says the same to machines.
#[component]
pub fn NotFound() -> impl IntoView {
    answer_404();
    view! {
        <Title text=tr!("Not found") />
        <section class="blank" data-testid="not-found">
            <h1>{tr!("There is nothing here")}</h1>
            <p>{tr!("The address may be mistyped, or what it led to is gone.")}</p>
            <p>
                <A href="/">{tr!("Go to the overview")}</A>
            </p>
        </section>
    }
    .erase()
}

fn answer_404() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
}
