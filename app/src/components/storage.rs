//! What the browser remembers of how somebody likes a page. Only in effects and event handlers.

use leptos::prelude::window;

/// What was kept under `key`. A browser that forbids storage has kept nothing.
pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps `value` under `key`, if the browser lets it.
pub fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Full or forbidden: the choice lasts until the page is left.
        let _ = storage.set_item(key, value);
    }
}

/// Keeps nothing under `key` any more.
pub fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // As with keeping.
        let _ = storage.remove_item(key);
    }
}
