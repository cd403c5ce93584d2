//! The way from the list to what the page is about.

use crate::{components::erase::Erase, tr};
use leptos::prelude::*;
use leptos_router::components::A;

/// Where the page is: below `name`, at `href`.
#[component]
pub fn Crumbs(
    /// The list it came from.
    name: &'static str,
    /// Its address.
    href: &'static str,
    /// What the page is about.
    #[prop(into)]
    here: Signal<String>,
) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label=tr!("Breadcrumbs")>
            <A href=href>{name}</A>
            <span aria-current="page">{here}</span>
        </nav>
    }
    .erase()
}
