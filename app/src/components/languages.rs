//! The way to a page in the other languages, for who is not signed in yet.

use crate::{components::erase::Erase, next, tr, words};
use leptos::prelude::*;
use wharf_model::languages::{LANGUAGES, Language};

/// A link for each of the languages; the server keeps what was chosen in a cookie.
#[component]
pub fn Languages(
    /// Where to go after signing in.
    next: Signal<String>,
) -> impl IntoView {
    let now = words::language().code;
    let link = move |language: &'static Language| {
        let Language { code, name, .. } = *language;
        let path = move || format!("/signin?language={code}&next={}", next::encode(&next.read()));
        view! {
            <a href=path rel="external" lang=code hreflang=code aria-current=(code == now).then_some("true")>
                {name}
            </a>
        }
    };
    view! {
        <nav class="signin-languages" aria-label=tr!("Language") data-testid="signin-language">
            {LANGUAGES.iter().map(link).collect_view()}
        </nav>
    }
    .erase()
}
