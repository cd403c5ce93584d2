//! Wakes the file client. Everything else is in `wharf-app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's own script once the module is loaded, with the code of the page's language and the words that
/// the build wrote for it.
#[wasm_bindgen]
pub fn hydrate(language: &str, words: &str) {
    wharf_app::wake::wake(language, words, wharf_app::files::App);
}
