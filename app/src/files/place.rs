//! The folder that the page shows is in its address: `/?path=/a%20b`. Paths are encoded so that they stand in a query
//! as they are.

use super::{server::signing, state::Client};
use crate::components::toast::Toasts;
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::PopStateEvent;
#[cfg(any(test, not(feature = "ssr")))]
use wharf_model::links::PREFIX;

/// Where the file client is: at the root of its origin, or where the share link is that a visitor came by.
pub fn base() -> String {
    #[cfg(feature = "ssr")]
    let base = use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.extensions.get().map(wharf_core::http_sessions::Through::prefix));
    #[cfg(not(feature = "ssr"))]
    let base = window().location().pathname().ok().and_then(|path| link(&path).map(str::to_owned));
    base.unwrap_or_default()
}

/// The part of a path that is the link.
#[cfg(any(test, not(feature = "ssr")))]
fn link(path: &str) -> Option<&str> {
    let secret = path.strip_prefix(PREFIX)?.split('/').next().filter(|secret| !secret.is_empty())?;
    path.get(..PREFIX.len() + secret.len())
}

/// Lets the server functions be called where the page is.
pub fn call_from_here() {
    #[cfg(feature = "hydrate")]
    {
        let base = base();
        if !base.is_empty() {
            // Once for as long as the page lives.
            server_fn::client::set_server_url(Box::leak(base.into_boxed_str()));
        }
    }
}

/// The address of a file or of something else that the server has, as this page reaches it.
pub fn at(path: &str) -> String {
    format!("{}{path}", base())
}

/// The address of a folder.
pub fn address(path: &str) -> String {
    match (base(), path) {
        (base, "/") if base.is_empty() => "/".to_owned(),
        (base, "/") => base,
        (base, path) => format!("{base}/?path={path}"),
    }
}

/// The folder in a query, with or without its `?`; the home where there is none.
pub fn read(query: &str) -> String {
    let path = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("path="));
    path.filter(|path| path.starts_with('/')).unwrap_or("/").to_owned()
}

/// Notes that the page shows another folder now.
pub fn push(path: &str) {
    // A browser that keeps no history shows the folder all the same.
    let _ =
        window().history().and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&address(path))));
}

/// Goes where the browser's buttons lead.
pub fn follow(client: Client) {
    Effect::new(move || {
        let back = window_event_listener(ev::popstate, move |_: PopStateEvent| {
            client.open(read(&window().location().search().unwrap_or_default()));
        });
        on_cleanup(move || back.remove());
    });
}

/// Lets in who comes from the panel, with a ticket behind the `#`: that part of an address goes to no server and no log.
pub fn enter(toasts: Toasts) {
    Effect::new(move || {
        let hash = window().location().hash().unwrap_or_default();
        let Some(ticket) = hash.strip_prefix("#ticket=").map(str::to_owned) else { return };
        // It is good once, so it stays in no history.
        let _ = window().history().and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some("/")));
        spawn_local(async move {
            match signing::enter(ticket).await {
                // A whole new page, as after any sign-in.
                Ok(()) => drop(window().location().reload()),
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_first_part_of_its_addresses() {
        assert_eq!(link("/s/abc"), Some("/s/abc"));
        assert_eq!(link("/s/abc/"), Some("/s/abc"));
        for other in ["/", "/s/", "/s", "/x/abc"] {
            assert_eq!(link(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_leads_to_its_folder() {
        for path in ["/", "/a", "/a%20b/%FF", "/%26path=%2F"] {
            let address = address(path);
            assert_eq!(read(address.strip_prefix('/').unwrap_or_default()), path);
        }
        assert_eq!(read("?language=de&path=/x"), "/x");
        for odd in ["", "?", "path=", "path=x", "paths=/x"] {
            assert_eq!(read(odd), "/", "{odd}");
        }
    }
}
