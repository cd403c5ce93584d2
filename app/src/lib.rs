//! The panel: what people see. Rendered on the server, hydrated in the browser, live over one socket.
//!
//! Builds twice. With feature `ssr` it may import `wharf-core` and holds the bodies of the server functions; with
//! `hydrate` it is the browser's half and knows `wharf-model` only. Views are the same on both sides: what exists in
//! the browser alone happens in effects and event handlers.
//!
//! * [`pages`]: one file or folder per page, with its server functions
//! * [`files`]: the file client, an app of its own
//! * [`components`]: what several pages are made of; [`components::frame`] is the page around the pages
//! * [`live`], [`clock`]: the live picture and the time, shared by context
//! * [`words`]: what the page says, in its language
//! * [`format`], [`next`], [`error`]: how numbers read, where sign-in leads, what can go wrong
//! * `shell`, `guard` (ssr): the HTML document, who a request comes from
//! * `wake` (hydrate): how a document comes to life

#![recursion_limit = "256"]
#![expect(
    clippy::large_types_passed_by_value,
    reason = "bundles of signal handles are Copy so that closures can share them"
)]

pub mod call;
pub mod clock;
pub mod components;
pub mod error;
pub mod files;
pub mod format;
#[cfg(feature = "ssr")]
pub mod guard;
pub mod live;
pub mod next;
pub mod pages;
#[cfg(test)]
mod samples;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "hydrate")]
pub mod wake;
pub mod words;

#[cfg(feature = "ssr")]
pub use shell::shell;

use crate::components::erase::Erase;
use clock::Clock;
use components::{
    frame::{Frame, Guarded},
    toast::Toasts,
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};
use pages::{
    accounts::{Accounts, one::OneAccount},
    audit::Audit,
    bans::Bans,
    domains::{Domains, one::OneDomain},
    limits::LimitsOfServer,
    messages::Messages,
    not_found::NotFound,
    overview::Overview,
    panel_sessions::{PanelSessions, settings::SettingsOfPanel},
    people::{People, one::OnePerson},
    profile::Profile,
    sessions::{Sessions, log_page::SessionLog},
    signin::SignIn,
    webhooks::Webhooks,
};

/// The whole panel. Pages are rendered in one piece (`SsrMode::Async`): a stream that a client drops half-way would
/// leave its reactive owner behind, and nothing here takes long.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Clock::new());
    provide_context(Toasts::new());
    view! {
        <Title formatter=title />
        <Router>
            <Routes fallback=|| view! { <Guarded><NotFound /></Guarded> }.erase()>
                <Route path=path!("/signin") view=|| view! { <SignIn /> }.erase() ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=|| view! { <Frame /> }.erase() ssr=SsrMode::Async>
                    <Route path=path!("") view=|| view! { <Overview /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("sessions") view=|| view! { <Sessions /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("sessions/:id/log") view=|| view! { <SessionLog /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("messages/:id?") view=|| view! { <Messages /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("bans/:tab?") view=|| view! { <Bans /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("accounts") view=|| view! { <Accounts /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("accounts/limits") view=|| view! { <LimitsOfServer /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("accounts/:id") view=|| view! { <OneAccount /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("people") view=|| view! { <People /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("people/:id") view=|| view! { <OnePerson /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("panel-sessions") view=|| view! { <PanelSessions /> }.erase() ssr=SsrMode::Async />
                    <Route
                        path=path!("panel-sessions/settings")
                        view=|| view! { <SettingsOfPanel /> }.erase()
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("profile") view=|| view! { <Profile /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("domains") view=|| view! { <Domains /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("domains/:id") view=|| view! { <OneDomain /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("audit") view=|| view! { <Audit /> }.erase() ssr=SsrMode::Async />
                    <Route path=path!("webhooks") view=|| view! { <Webhooks /> }.erase() ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .erase()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of a title formatter")]
fn title(page: String) -> String {
    if page.is_empty() { "Wharf".to_owned() } else { format!("{page} · Wharf") }
}
