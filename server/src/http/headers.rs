//! Security headers, on every response.

use axum::{
    extract::Request,
    http::{
        HeaderName, HeaderValue,
        header::{self, CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;
use wharf_core::{hex, random};

/// The nonce of one response; scripts in the page carry it.
#[derive(Clone, Debug)]
struct CspNonce(String);

/// The nonce that [`secure`] made for this request.
pub(super) fn nonce(parts: &Parts) -> Option<Nonce> {
    parts.extensions.get::<CspNonce>().map(|nonce| Nonce::from_value(nonce.0.clone()))
}

/// Adds the headers of the panel.
pub(super) async fn secure(request: Request, next: Next) -> Response {
    with_policy(request, next, "").await
}

/// Adds the headers of the file client, whose pages also show pictures, sound and the like of its own origin. A file
/// brings its own policy.
pub(super) async fn secure_files(request: Request, next: Next) -> Response {
    with_policy(request, next, "media-src 'self'; frame-src 'self'; ").await
}

async fn with_policy(mut request: Request, next: Next, more: &str) -> Response {
    let nonce = hex(&random::bytes::<16>());
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let html = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // Only what the panel itself serves, and only scripts that this response names.
    let policy = if html {
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; {more}base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        )
    } else {
        "default-src 'none'; frame-ancestors 'none'".to_owned()
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Pages and answers show what one person may see: no cache keeps them. Built files say otherwise themselves.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const FIXED: [(HeaderName, &str); 6] = [
    // A text is never taken for a script because it looks like one.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know frame-ancestors.
    (header::X_FRAME_OPTIONS, "DENY"),
    // Paths and file names stay here.
    (header::REFERRER_POLICY, "no-referrer"),
    // The panel needs none of these.
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    // Other origins may neither open the panel as their popup nor load its files.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
