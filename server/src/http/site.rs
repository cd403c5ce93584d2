//! The built frontend. A release build carries it inside; a debug build reads it from disk, so that a new frontend needs
//! no new server.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};
use rust_embed::EmbeddedFile;
use wharf_app::shell::{Assets, Module};
use wharf_core::hex;

// `struct Site`, with the folder that build.rs knows.
include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// Names of the built files, from the manifest that the build wrote.
pub(super) fn assets() -> Assets {
    let manifest = Site::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok());
    let manifest: serde_json::Value = manifest.unwrap_or_default();
    let path = |path: &serde_json::Value| path.as_str().unwrap_or_default().to_owned();
    let module = |entry: &serde_json::Value| Module { js: path(&entry["js"]), wasm: path(&entry["wasm"]) };
    let words = manifest["words"].as_object().into_iter().flatten();
    let words = words.filter_map(|(code, path)| Some((code.clone(), path.as_str()?.to_owned()))).collect();
    Assets { panel: module(&manifest), files: module(&manifest["files"]), css: path(&manifest["css"]), words }
}

/// The file at `path`, in the smallest encoding that the client takes.
pub(super) fn serve(path: &str, request: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() || name == "manifest.json" || has_encoding_suffix(name) {
        return None;
    }
    let (file, encoding) = find(name, request)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    // Names below pkg carry a hash of the content: another content has another name.
    let cache = if name.starts_with("pkg/") { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    let tag = HeaderValue::from_str(&format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]))).ok()?;
    let unchanged = request.get(IF_NONE_MATCH).is_some_and(|known| *known == tag);
    headers.insert(ETAG, tag);
    if unchanged {
        return Some((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Some((headers, Body::from(file.data)).into_response())
}

fn find(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    for (suffix, encoding) in [("br", "br"), ("gz", "gzip")] {
        if accepts(request, encoding)
            && let Some(file) = Site::get(&format!("{name}.{suffix}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    Site::get(name).map(|file| (file, None))
}

fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let accepted = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn has_encoding_suffix(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| matches!(suffix, "br" | "gz"))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, suffix)| suffix) {
        "css" => "text/css; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_a_client_refuses_are_not_used() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            headers
        };
        assert!(accepts(&with("gzip, deflate, br"), "br"));
        assert!(accepts(&with("BR;q=0.5"), "br"));
        assert!(!accepts(&with("gzip, br;q=0"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
