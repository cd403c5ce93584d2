//! Signing in to the file client.

use super::server::signing::sign_in;
use crate::{
    clock::use_clock,
    components::{erase::Erase, icons::Mark, languages::LanguageLinks},
    error::PanelError,
    tr, words,
};
use leptos::{ev, html, prelude::*, task::spawn_local};

/// The page for who is not signed in.
#[component]
pub fn SignIn(
    /// Why the last session of this browser has ended.
    farewell: Option<String>,
) -> impl IntoView {
    // Not bound to signals: what was typed, or filled in by the browser, before the page woke stays.
    let [login, password, code] = std::array::from_fn(|_| NodeRef::<html::Input>::new());
    let text = |field: NodeRef<html::Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
    let (busy, error, with_code) = (RwSignal::new(false), RwSignal::new(None), RwSignal::new(false));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match sign_in(text(login), text(password), text(code)).await {
                // A whole new page: the server renders the folder that was asked for.
                Ok(()) => drop(window().location().reload()),
                Err(failure) => {
                    busy.set(false);
                    let asked = matches!(&failure, PanelError::Invalid { field, .. } if field == "code");
                    with_code.set(asked || with_code.get_untracked());
                    error.set(Some(failure.text()));
                    if let Some(field) = password.get_untracked().filter(|_| !asked) {
                        field.select();
                    }
                }
            }
        });
    };
    let clock = use_clock();
    // Without its code the page cannot sign in, and the browser is not to send the password anywhere by itself.
    let off = move || !clock.awake() || busy.get();
    view! {
        <main class="signin" data-testid="files-signin">
            <div class="signin-card">
                <h1 class="brand">
                    <Mark />
                    {tr!("Wharf files")}
                </h1>
                {farewell.map(|why| view! {
                    <p class="banner note" role="status" data-testid="signin-over">{words::told(&why)}</p>
                })}
                <form class="signin-form" method="post" on:submit=submit>
                    <label for="login">{tr!("Login")}</label>
                    <input
                        node_ref=login
                        id="login"
                        name="login"
                        type="text"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus
                        required
                        maxlength="300"
                        aria-describedby="signin-error"
                        data-testid="signin-login"
                    />
                    <label for="password">{tr!("Password")}</label>
                    <input
                        node_ref=password
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        maxlength="1000"
                        aria-describedby="signin-error"
                        data-testid="signin-password"
                    />
                    {move || with_code.get().then(|| view! { <Code field=code /> })}
                    <p class="signin-error" id="signin-error" role="alert" data-testid="signin-error">
                        {error}
                    </p>
                    <button class="button primary" type="submit" data-testid="signin-submit" disabled=off>
                        {move || if busy.get() { tr!("Signing in…") } else { tr!("Sign in") }}
                    </button>
                </form>
                <p class="signin-hint muted">{tr!("Use your login, or login@domain where several domains are hosted.")}</p>
                <LanguageLinks address=Callback::new(|code: &'static str| format!("?language={code}")) />
            </div>
        </main>
    }
    .erase()
}

#[component]
fn Code(field: NodeRef<html::Input>) -> impl IntoView {
    Effect::new(move || {
        if let Some(field) = field.get() {
            // An element that is there can be focused; if not, nothing is lost.
            let _ = field.focus();
        }
    });
    view! {
        <label for="code">{tr!("Code")}</label>
        <input
            node_ref=field
            id="code"
            name="code"
            type="text"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            maxlength="20"
            aria-describedby="signin-error"
            data-testid="signin-code"
        />
    }
    .erase()
}
