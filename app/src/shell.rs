//! The HTML document around the panel, or around the file client: names of the built files and the script that brings
//! the page to life.

use crate::{App, words};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// Paths of the built files as the site manifest has them, without a leading slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The panel.
    pub panel: Module,
    /// The file client.
    pub files: Module,
    /// The style sheet.
    pub css: String,
    /// The words of languages, by their codes.
    pub words: Vec<(String, String)>,
}

/// Paths of a WebAssembly module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// The script that wasm-bindgen wrote.
    pub js: String,
    /// The module itself.
    pub wasm: String,
}

/// The panel as a whole document.
pub fn shell(assets: &Assets) -> impl IntoView + use<> {
    document(assets, &assets.panel, App)
}

/// A whole document, whose body is `app` and comes to life by `module`. Leptos' own `HydrationScripts` looks for hashed
/// names beside the executable and for its own naming scheme, so the few lines are written here.
pub fn document<A, V>(assets: &Assets, module: &Module, app: A) -> impl IntoView + use<A, V>
where
    A: FnOnce() -> V,
    V: IntoView + 'static,
{
    let Assets { css, words, .. } = assets;
    let Module { js, wasm } = module;
    let language = words::language().code;
    // English needs none.
    let words = words.iter().find(|(code, _)| code == language).map(|(_, path)| format!("/{path}"));
    // The words are there before the page comes to life: both sides have to write the same texts.
    let load = words.as_ref().map_or_else(|| "''".to_owned(), |path| format!("fetch('{path}').then(r => r.text())"));
    let start = format!(
        "Promise.all([import('/{js}').then(m => m.default({{ module_or_path: '/{wasm}' }}).then(() => m)), {load}])\
         .then(([m, words]) => m.hydrate('{language}', words))"
    );
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang=language>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="robots" content="noindex" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#161e25" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/site.webmanifest" />
                <link rel="stylesheet" href=format!("/{css}") />
                <link rel="modulepreload" href=format!("/{js}") nonce=nonce.clone() />
                <link rel="preload" href=format!("/{wasm}") r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                {words.map(|path| view! { <link rel="preload" href=path r#as="fetch" crossorigin="anonymous" /> })}
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                {app()}
            </body>
        </html>
    }
}
