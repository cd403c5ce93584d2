//! The sessions page: who is connected, what moves, and the way to end it.
//!
//! * [`server`]: the functions it calls
//! * [`state`]: what is filtered, sorted, selected, open; shared by context
//! * [`columns`], [`order`], [`window`], [`csv`]: pure: which columns, which rows in which order, which of them are
//!   in the document, and all of them as a file
//! * [`toolbar`], [`table`], [`row`]: what is seen
//! * [`ending`], [`kick`], [`kick_all`]: the dialogs that end sessions; [`filter`] says which, [`words`] what it means
//! * [`drawer`]: everything about one session
//! * [`log`], [`log_page`]: what a session said and did, in the drawer and as a page
//! * [`ended`]: sessions that are over
//! * [`keys`]: the keyboard

pub mod columns;
pub mod csv;
pub mod drawer;
pub mod ended;
pub mod ending;
pub mod filter;
pub mod keys;
pub mod kick;
pub mod kick_all;
pub mod log;
pub mod log_page;
pub mod order;
pub mod row;
pub mod server;
pub mod state;
pub mod table;
pub mod toolbar;
pub mod window;
pub mod words;

use crate::{
    components::{erase::Erase, kpi::KpiStrip, live_state::LiveBadge},
    pages::messages::broadcast::BroadcastDialog,
    tr,
};
use drawer::Drawer;
use ended::EndedTable;
use ending::EndingDialog;
use keys::KeySheet;
use kick_all::KickAllDialog;
use leptos::prelude::*;
use leptos_meta::Title;
use state::Page;
use table::SessionTable;
use toolbar::{HeadButtons, PausedBanner, SelectionBar, Toolbar};

/// The page.
#[component]
pub fn Sessions() -> impl IntoView {
    let page = Page::new();
    provide_context(page);
    page.start();
    keys::listen(page);
    view! {
        <Title text=tr!("Sessions") />
        <div class="sessions" class:with-drawer=move || page.drawer.read().is_some()>
            <div class="sessions-main">
                <div class="page-head">
                    <h1>{tr!("Sessions")}</h1>
                    <LiveBadge />
                    <HeadButtons />
                </div>
                <KpiStrip plot=true />
                <PausedBanner />
                <section class="card table-card" aria-label=tr!("Sessions")>
                    <Toolbar />
                    <SelectionBar />
                    {move || if page.over.get() { view! { <EndedTable /> }.erase() } else { view! { <SessionTable /> }.erase() }}
                </section>
            </div>
            <Drawer />
        </div>
        <EndingDialog />
        <KickAllDialog />
        <BroadcastDialog open=page.broadcasting />
        <KeySheet />
    }
    .erase()
}
