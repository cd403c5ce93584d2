//! Bans and IP rules: who is turned away, for a while or for good.
//!
//! * [`server`]: the functions it calls
//! * [`list`]: bans; [`ban_form`]: one made by hand
//! * [`rules`]: lists of rules; [`rule_form`], [`rule_tools`]: adding, testing, import and export
//! * [`own`]: what would turn the operator away asks once more

pub mod ban_form;
pub mod list;
pub mod own;
pub mod rule_form;
pub mod rule_tools;
pub mod rules;
pub mod server;

use crate::{
    components::{erase::Erase, frame::use_account},
    tr,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};
use list::BanList;
use rules::RuleLists;
use wharf_model::people::Permission;

/// The page, with a tab for each of the two.
#[component]
pub fn Bans() -> impl IntoView {
    let params = use_params_map();
    let rules = Memo::new(move |_| params.read().get("tab").is_some_and(|tab| tab == "rules"));
    view! {
        <Title text=tr!("Bans and rules") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Bans and IP rules")}</h1>
            </div>
            <nav class="tabs" aria-label=tr!("Bans and rules")>
                <A href="/bans" exact=true attr:class="tab" attr:data-testid="tab-bans">{tr!("Bans")}</A>
                <A href="/bans/rules" attr:class="tab" attr:data-testid="tab-rules">{tr!("IP rules")}</A>
            </nav>
            {move || if rules.get() { view! { <RuleLists /> }.erase() } else { view! { <BanList /> }.erase() }}
        </div>
    }
    .erase()
}

/// Whether the signed-in person may change what this page shows.
fn may_change() -> bool {
    use_account().is_some_and(|account| account.may(Permission::ManageBans))
}
