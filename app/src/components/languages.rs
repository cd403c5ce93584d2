//! The way to a page in the other languages.

use crate::{components::erase::Erase, next, tr, words};
use leptos::prelude::*;
use wharf_model::languages::{LANGUAGES, Language};

/// A link for each of the languages, for who is not signed in yet; the server keeps what was chosen in a cookie.
#[component]
pub fn Languages(
    /// Where to go after signing in.
    next: Signal<String>,
) -> impl IntoView {
    let address =
        Callback::new(move |code: &'static str| format!("/signin?language={code}&next={}", next::encode(&next.read())));
    view! { <LanguageLinks address /> }
}

/// A link for each of the languages.
#[component]
pub fn LanguageLinks(
    /// The address of the page in the language with a code.
    address: Callback<&'static str, String>,
) -> impl IntoView {
    let now = words::language().code;
    let link = move |language: &'static Language| {
        let Language { code, name, .. } = *language;
        view! {
            <a
                href=move || address.run(code)
                rel="external"
                lang=code
                hreflang=code
                aria-current=(code == now).then_some("true")
            >
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
