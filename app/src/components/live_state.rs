//! Whether what is shown is live, and what to do when it is not.

use crate::{
    clock::{browser_now, use_clock},
    components::erase::Erase,
    later,
    live::{LiveState, use_live},
    next, tr, words,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A dot and a word.
#[component]
pub fn LiveBadge() -> impl IntoView {
    let live = use_live();
    let word = Memo::new(move |_| match live.state.get() {
        LiveState::Live if live.paused.get() => later!("paused"),
        LiveState::Live => later!("live"),
        LiveState::Connecting => later!("connecting"),
        LiveState::Disconnected { .. } | LiveState::Reconnecting => later!("disconnected"),
        LiveState::SignedOut => later!("signed out"),
    });
    view! {
        <span class="live-state" role="status" data-testid="live-state" data-state=word>
            {move || words::text(word.get())}
        </span>
    }
    .erase()
}

/// A line above the page while the picture stands still against its will.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let live = use_live();
    let clock = use_clock();
    let place = use_location();
    let way_back = move || next::sign_in(&format!("{}{}", place.pathname.get(), search(&place.search.get())));
    // Nothing of the old session stays on the screen; the sign-in page says why it is over.
    Effect::new(move || {
        if live.state.get() == LiveState::SignedOut {
            // Where the browser will not go by itself there is the banner below.
            let _ = window().location().replace(&way_back());
        }
    });
    move || {
        match live.state.get() {
        LiveState::Connecting | LiveState::Live => ().erase(),
        LiveState::SignedOut => view! {
            <div class="banner bad" role="alert" data-testid="signed-out">
                <span>{tr!("Your session has ended. What you see is no longer live.")}</span>
                // A whole new page: nothing of the old session may stay.
                <a class="button primary" href=way_back() rel="external">
                    {tr!("Sign in again")}
                </a>
            </div>
        }
        .erase(),
        LiveState::Reconnecting => view! {
            <div class="banner warn" data-testid="disconnected">
                <span>{tr!("Connection lost. Trying again…")}</span>
            </div>
        }
        .erase(),
        LiveState::Disconnected { retry_at } => view! {
            <div class="banner warn" data-testid="disconnected">
                <span>
                    {move || {
                        clock.now();
                        let wait = ((retry_at - browser_now()).max(0) + 999) / 1_000;
                        tr!("Connection lost. What you see is from {}. Next try in {} s.", clock.time(live.updated.get()), wait)
                    }}
                </span>
                <button class="button" type="button" on:click=move |_| live.retry()>
                    {tr!("Try now")}
                </button>
            </div>
        }
        .erase(),
    }
    }
}

fn search(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}
