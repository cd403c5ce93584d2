//! The countdown before the own session ends because nothing is done, and the way out when it has ended.

use super::server::time_left;
use crate::{
    clock::use_clock,
    components::erase::Erase,
    error::PanelError,
    format,
    live::{LiveState, use_live},
    pages::signin::me,
    tr,
};
use leptos::{ev, prelude::*, task::spawn_local};
use wharf_model::panel_sessions::TimeLeft;

/// The warning comes this long before the end, or at half of a short time.
const WARN_MS: i64 = 2 * 60_000;
/// While it shows, another tab may have done something.
const LOOK_MS: i64 = 5_000;

/// A banner, while there is reason for it.
#[component]
pub fn IdleWarning() -> impl IntoView {
    let (live, clock) = (use_live(), use_clock());
    // What the server said, and when.
    let known = RwSignal::new(None::<(TimeLeft, i64)>);
    let asking = StoredValue::new(false);
    let ask = move || {
        if asking.get_value() {
            return;
        }
        asking.set_value(true);
        spawn_local(async move {
            let answer = time_left().await;
            asking.try_set_value(false);
            match answer {
                Ok(left) => {
                    let _ = known.try_set(Some((left, clock.exact())));
                }
                Err(PanelError::SignedOut) => {
                    let _ = live.state.try_set(LiveState::SignedOut);
                }
                // The banner of the connection says it already.
                Err(_) => {}
            }
        });
    };
    let left = Memo::new(move |_| {
        let now = clock.now();
        known.get().map(|(left, at)| (left.idle_ms.min(left.life_ms) - (now - at), left, at))
    });
    Effect::new(move || {
        let now = clock.now();
        let due = match left.get() {
            None => true,
            // Ends soon: look often, and at the end at once.
            Some((ms, limit, at)) if ms <= warn_ms(limit) => now - at >= LOOK_MS || ms <= 0,
            // Somebody here or in another tab may be busy, so a look before the warning.
            Some(_) => false,
        };
        if due && live.state.get_untracked() != LiveState::SignedOut {
            ask();
        }
    });
    // The machine may have slept, and its timers with it.
    Effect::new(move || {
        let focus = window_event_listener(ev::focus, move |_| ask());
        on_cleanup(move || focus.remove());
    });
    let stay = move |_| {
        spawn_local(async move {
            // What it answers does not matter: it was asked by a person.
            let _ = me(true).await;
            ask();
        });
    };
    // What the server said long ago is no reason to warn: somebody may have been busy since.
    let fresh = move |(ms, limit, at): &(i64, TimeLeft, i64)| *ms <= warn_ms(*limit) && clock.now() - at <= 3 * LOOK_MS;
    let shown =
        Memo::new(move |_| left.get().filter(fresh).map(|(ms, limit, _)| (ms.max(0), limit.life_ms <= limit.idle_ms)));
    let warns = Memo::new(move |_| shown.get().is_some());
    move || {
        if !warns.get() || live.state.get() == LiveState::SignedOut {
            return ().erase();
        }
        let text = move || {
            let (ms, worn) = shown.get().unwrap_or_default();
            let time = format::duration(ms);
            if worn {
                tr!("Your session ends in {}, because it has lasted as long as a session may.", time)
            } else {
                tr!("You will be signed out in {}, because nothing was done here for a while.", time)
            }
        };
        view! {
            <div class="banner warn" role="alert" data-testid="idle-warning">
                <span aria-live="off">{text}</span>
                <button class="button primary" type="button" data-testid="idle-stay" on:click=stay>
                    {tr!("Stay signed in")}
                </button>
            </div>
        }
        .erase()
    }
}

fn warn_ms(left: TimeLeft) -> i64 {
    WARN_MS.min(left.idle_limit_ms / 2)
}
