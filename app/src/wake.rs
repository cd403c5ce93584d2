//! How the document that the server rendered comes to life.

use crate::words;
use leptos::{mount::hydrate_body, prelude::*};

/// Hydrates the document with `app`. `language` is the code of its own, `words` what the build wrote for it. Marks the
/// document when it answers.
pub fn wake<V: IntoView + 'static>(language: &str, words: &str, app: impl FnOnce() -> V + 'static) {
    console_error_panic_hook::set_once();
    words::speak(language, words);
    hydrate_body(app);
    let root = document().document_element();
    if let Some(root) = root {
        // It fails for a name that is no attribute name.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
