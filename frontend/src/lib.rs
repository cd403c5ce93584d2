//! Wakes the page the server rendered. Everything else is in `wharf-app`.

use leptos::mount::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's own script once the module is loaded. `language` is the
/// code of the page's, `words` what the build wrote for it. Marks the document when the page answers.
#[wasm_bindgen]
pub fn hydrate(language: &str, words: &str) {
    console_error_panic_hook::set_once();
    wharf_app::words::speak(language, words);
    hydrate_body(wharf_app::App);
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails for a name that is no attribute name.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
