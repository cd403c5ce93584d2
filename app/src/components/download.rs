//! Files the page makes itself, and the clipboard. Only in event handlers.

use super::toast::Toasts;
use crate::tr;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// Gives `text` to the browser as a file of this media type.
pub fn save(toasts: Toasts, name: &str, media_type: &str, text: &str) {
    if offer(name, media_type, text).is_err() {
        toasts.fail(tr!("The browser did not take the file.").to_owned());
    }
}

fn offer(name: &str, media_type: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(&format!("{media_type};charset=utf-8"));
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link = document().create_element("a")?.dyn_into::<web_sys::HtmlElement>()?;
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.click();
    // The browser reads the file a moment later.
    set_timeout(move || drop(web_sys::Url::revoke_object_url(&url)), Duration::from_secs(30));
    Ok(())
}

/// Puts `text` on the clipboard. The browser may ask; a refusal is its own affair.
pub fn copy(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}
