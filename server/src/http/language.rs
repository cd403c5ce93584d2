//! The language of a page: what the person has chosen, or was chosen on the sign-in page of this browser, or the browser
//! asks for; English where none of them says anything.

use super::Panel;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, header, request::Parts},
    middleware::Next,
    response::Response,
};
use wharf_app::{
    guard::{cookie, cookie_secret},
    words,
};
use wharf_core::Core;
use wharf_model::languages::Language;

/// Name of the cookie that keeps what was chosen on the sign-in page.
const COOKIE: &str = "__Host-wharf-language";

/// The language of the page that a request is for.
#[derive(Clone, Copy, Debug)]
struct OfPage(&'static Language);

/// Finds the language of each page, and keeps one that is chosen by `?language=`.
pub(super) async fn choose(State(panel): State<Panel>, request: Request<Body>, next: Next) -> Response {
    let wanted = wanted(request.uri().query().unwrap_or_default());
    let request = chosen(&panel.core, request).await;
    keep(wanted, next.run(request).await)
}

/// The same for the file client, whose users are nobody in the panel: the browser keeps what they have chosen.
pub(super) async fn choose_for_users(mut request: Request<Body>, next: Next) -> Response {
    let wanted = wanted(request.uri().query().unwrap_or_default());
    let language = wanted.unwrap_or_else(|| of_browser(request.headers()));
    request.extensions_mut().insert(OfPage(language));
    keep(wanted, next.run(request).await)
}

fn keep(wanted: Option<&Language>, mut response: Response) -> Response {
    if let Some(language) = wanted {
        const YEAR: u32 = 31_536_000;
        let code = language.code;
        // Nothing but the look of pages hangs on it.
        let kept = format!("{COOKIE}={code}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={YEAR}");
        if let Ok(kept) = HeaderValue::from_str(&kept) {
            response.headers_mut().append(header::SET_COOKIE, kept);
        }
    }
    response
}

/// The request with its language.
pub(super) async fn chosen(core: &Core, mut request: Request<Body>) -> Request<Body> {
    let own = match cookie_secret(request.headers()) {
        Some(secret) => core.preferences_of(secret).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the language of a person not found");
            None
        }),
        None => None,
    };
    let own = own.and_then(|own| Language::by_code(&own.language?));
    let language = own.or_else(|| wanted(request.uri().query().unwrap_or_default()));
    let language = language.unwrap_or_else(|| of_browser(request.headers()));
    request.extensions_mut().insert(OfPage(language));
    request
}

/// Puts the language of the page into the context of its request.
pub(super) fn provide(parts: &Parts) {
    if let Some(OfPage(language)) = parts.extensions.get() {
        words::provide_language(language);
    }
}

fn wanted(query: &str) -> Option<&'static Language> {
    query.split('&').find_map(|pair| Language::by_code(pair.strip_prefix("language=")?))
}

fn of_browser(headers: &HeaderMap) -> &'static Language {
    let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| Language::accepted(value.to_str().ok()?));
    cookie(headers, COOKIE).and_then(Language::by_code).or_else(accepted).unwrap_or_else(Language::english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_beats_what_the_browser_asks_for() {
        let mut headers = HeaderMap::new();
        assert_eq!(of_browser(&headers).code, "en");
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de-DE,de;q=0.9,en;q=0.8"));
        assert_eq!(of_browser(&headers).code, "de");
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; __Host-wharf-language=xx"));
        assert_eq!(of_browser(&headers).code, "de");
        headers.insert(header::COOKIE, HeaderValue::from_static("__Host-wharf-language=en"));
        assert_eq!(of_browser(&headers).code, "en");
    }

    #[test]
    fn only_languages_there_are_can_be_wanted() {
        assert_eq!(wanted("next=/sessions&language=de").map(|language| language.code), Some("de"));
        for query in ["", "language=", "language=xx", "language=de%20", "slanguage=de"] {
            assert_eq!(wanted(query), None, "{query}");
        }
    }
}
