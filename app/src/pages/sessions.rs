//! The sessions page: who is connected, what moves, and the way to end it.
//!
//! * [`server`]: the functions it calls
//! * [`state`]: what is filtered, sorted, selected, open; shared by context
//! * [`columns`], [`order`], [`window`], [`csv`]: pure: which columns, which rows in which order, which of them are
//!   in the document, and all of them as a file
//! * [`toolbar`], [`table`], [`row`]: what is seen
//! * [`ending`]: the dialog that kicks and aborts
//! * [`drawer`]: everything about one session
//! * [`keys`]: the keyboard

pub mod columns;
pub mod csv;
pub mod drawer;
pub mod ending;
pub mod keys;
pub mod order;
pub mod row;
pub mod server;
pub mod state;
pub mod table;
pub mod toolbar;
pub mod window;

use crate::components::{erase::Erase, kpi::KpiStrip, live_state::LiveBadge};
use drawer::Drawer;
use ending::EndingDialog;
use keys::KeySheet;
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
        <Title text="Sessions" />
        <div class="sessions" class:with-drawer=move || page.drawer.read().is_some()>
            <div class="sessions-main">
                <div class="page-head">
                    <h1>"Sessions"</h1>
                    <LiveBadge />
                    <HeadButtons />
                </div>
                <KpiStrip plot=true />
                <PausedBanner />
                <section class="card table-card" aria-label="Sessions">
                    <Toolbar />
                    <SelectionBar />
                    <SessionTable />
                </section>
            </div>
            <Drawer />
        </div>
        <EndingDialog />
        <KeySheet />
    }
    .erase()
}
