//! The file client: an app of its own, on an origin of its own, with the panel's design.

use leptos::prelude::*;

/// The document around it.
#[cfg(feature = "ssr")]
pub fn shell(assets: &crate::shell::Assets) -> impl IntoView + use<> {
    crate::shell::document(assets, &assets.files, App)
}

/// The whole file client.
#[component]
pub fn App() -> impl IntoView {
    view! { <h1>"Files"</h1> }
}
