//! The page of a share link, before a visitor has come in.

use super::{place, server::signing};
use crate::{
    clock::use_clock,
    components::{
        erase::Erase,
        icons::{Glyph, Icon, Mark},
        languages::LanguageLinks,
    },
    tr, words,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use wharf_model::links::{LinkKind, Offer};

/// The page.
#[component]
pub fn Visit(
    /// What the link leads to, if it works.
    offer: Option<Offer>,
    /// Why the visitor's last session has ended.
    farewell: Option<String>,
) -> impl IntoView {
    let inside = match offer {
        Some(offer) => view! { <Door offer /> }.erase(),
        None => view! {
            <h1>{tr!("This link does not work")}</h1>
            <p class="muted" data-testid="visit-gone">
                {tr!("It may have expired, been used up, or been taken back. Ask whoever gave it to you for another one.")}
            </p>
        }
        .erase(),
    };
    view! {
        <Title text=tr!("Shared files") />
        <main class="signin" data-testid="visit">
            <div class="signin-card">
                <p class="brand">
                    <Mark />
                    {tr!("Wharf files")}
                </p>
                {farewell.map(|why| view! {
                    <p class="banner note" role="status" data-testid="visit-over">{words::told(&why)}</p>
                })}
                {inside}
                <LanguageLinks address=Callback::new(|code: &'static str| format!("{}?language={code}", place::base())) />
            </div>
        </main>
    }
    .erase()
}

#[component]
fn Door(offer: Offer) -> impl IntoView {
    let Offer { kind, name, password, expires_at, domain } = offer;
    // Not bound to a signal: what was typed before the page woke stays.
    let field = NodeRef::<html::Input>::new();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        let entered = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        spawn_local(async move {
            match signing::visit(entered).await {
                // A whole new page: the server renders what is shared.
                Ok(()) => drop(window().location().reload()),
                Err(failure) => {
                    busy.set(false);
                    error.set(Some(failure.text()));
                    if let Some(field) = field.get_untracked() {
                        field.select();
                    }
                }
            }
        });
    };
    let clock = use_clock();
    let off = move || !clock.awake() || busy.get();
    let (glyph, title, action) = match kind {
        LinkKind::Download => (Glyph::Folder, name.unwrap_or_else(|| tr!("Shared files").to_owned()), tr!("Open")),
        LinkKind::Upload => (Glyph::Upload, tr!("Send files").to_owned(), tr!("Choose files…")),
    };
    let what = match kind {
        LinkKind::Download => tr!("{} shares this with you.", domain),
        LinkKind::Upload => tr!("{} asks you for files. Only they can see what you send.", domain),
    };
    view! {
        <h1 class="visit-name" data-testid="visit-name">
            <Icon glyph />
            {title}
        </h1>
        <p class="muted">{what}</p>
        {expires_at.map(|at| view! {
            <p class="muted" data-testid="visit-until">
                {tr!("The link works until")}
                " "
                {move || clock.minute(at)}
            </p>
        })}
        <form class="signin-form visit-form" method="post" on:submit=submit>
            {password.then(|| view! {
                <label for="password">{tr!("Password of the link")}</label>
                <input
                    node_ref=field
                    id="password"
                    name="password"
                    type="password"
                    autocomplete="off"
                    autofocus
                    required
                    maxlength="200"
                    aria-describedby="visit-error"
                    data-testid="visit-password"
                />
            })}
            <p class="signin-error" id="visit-error" role="alert" data-testid="visit-error">
                {error}
            </p>
            <button class="button primary" type="submit" data-testid="visit-open" disabled=off>
                {action}
            </button>
        </form>
    }
    .erase()
}
