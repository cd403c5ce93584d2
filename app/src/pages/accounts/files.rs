//! The way from the panel to the files of an account.

use super::server::open_files;
use crate::{components::toast::Toasts, tr};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::ids::AccountId;

/// The button. The page of the file client opens beside the panel.
#[component]
pub fn OpenFiles(
    /// Whose.
    account: AccountId,
) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let waiting = RwSignal::new(false);
    let open = move |_| {
        // Browsers let a page open another only in answer to the click itself.
        let beside = window().open_with_url_and_target("", "_blank").ok().flatten();
        waiting.set(true);
        spawn_local(async move {
            match open_files(account).await {
                Ok(address) => {
                    let _ = beside.unwrap_or_else(window).location().set_href(&address);
                }
                Err(error) => {
                    if let Some(beside) = beside {
                        let _ = beside.close();
                    }
                    toasts.fail(error.text());
                }
            }
            let _ = waiting.try_set(false);
        });
    };
    view! {
        <button class="button" type="button" data-testid="open-files" disabled=waiting on:click=open>
            {tr!("Open the files")}
        </button>
    }
}
