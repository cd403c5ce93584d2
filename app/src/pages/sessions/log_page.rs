//! The log of one session as a page of its own: to keep open, to link to, and for sessions that are over.

use super::log::LogView;
use crate::{
    components::{crumbs::Crumbs, erase::Erase},
    live::use_live,
    pages::not_found::NotFound,
    tr,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use wharf_model::ids::SessionId;

/// The page.
#[component]
pub fn SessionLog() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<SessionId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Body id /> }.erase(),
        None => view! { <NotFound /> }.erase(),
    }
}

#[component]
fn Body(id: SessionId) -> impl IntoView {
    let live = use_live();
    let who = move || {
        live.complete.track();
        let row = live.row(id)?.now();
        let login = row.login.unwrap_or_else(|| tr!("not logged in yet").to_owned());
        let domain = row.domain.map(|domain| format!(" · {domain}")).unwrap_or_default();
        Some(format!("{login}{domain} · {} · {}", row.ip, row.protocol.label(row.secure)))
    };
    view! {
        <Title text=tr!("Session log") />
        <div class="page log-page">
            <Crumbs name=tr!("Sessions") href="/sessions" here=tr!("Log").to_owned() />
            <div class="page-head">
                <h1>{tr!("Session log")}</h1>
                <span class="muted" data-testid="log-who">{who}</span>
            </div>
            <p class="muted mono small">{id.to_string()}</p>
            <div class="card">
                <LogView id />
            </div>
        </div>
    }
    .erase()
}
