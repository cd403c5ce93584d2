//! When and where somebody signed in.

use crate::{
    components::{erase::Erase, time::Time},
    tr,
};
use leptos::prelude::*;
use wharf_model::panel_sessions::{PanelSessionRow, SessionEnd};

/// A table, the latest first.
#[component]
pub fn SignIns(
    /// Of one person.
    rows: Vec<PanelSessionRow>,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="empty muted">{tr!("Nobody has signed in yet.")}</p> }.erase();
    }
    view! {
        <table class="list" data-testid="sign-ins">
            <caption class="hidden">{tr!("Sign-ins, the latest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Logon time")}</th>
                    <th scope="col">{tr!("IP address")}</th>
                    <th scope="col">{tr!("Browser")}</th>
                    <th scope="col">{tr!("Ended")}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .erase()
}

fn row(row: PanelSessionRow) -> impl IntoView {
    let ended = match row.ended {
        None if row.yours => view! { <span class="tag">{tr!("this session")}</span> }.erase(),
        None => view! { <span>{tr!("signed in")}</span> }.erase(),
        Some((at, why)) => {
            view! { <span><Time at full=true /> <span class="muted">" · " {how(why)}</span></span> }.erase()
        }
    };
    let way = row.passkey.then(|| view! { <span class="muted">{tr!(" · with a passkey")}</span> });
    let actor = row.actor.map(|actor| view! { <span class="muted">" · " {tr!("{} signed in as", actor)}</span> });
    view! {
        <tr data-testid="sign-in">
            <td data-label=tr!("Logon time")>
                <span>
                    <Time at=row.logon_time full=true />
                    {way}
                    {actor}
                </span>
            </td>
            <td data-label=tr!("IP address") class="mono">{row.ip}</td>
            <td data-label=tr!("Browser")>
                <span title=row.user_agent>{row.browser}</span>
            </td>
            <td data-label=tr!("Ended")>{ended}</td>
        </tr>
    }
    .erase()
}

fn how(why: SessionEnd) -> &'static str {
    match why {
        SessionEnd::SignedOut => tr!("signed out"),
        SessionEnd::Idle => tr!("idle for too long"),
        SessionEnd::Expired => tr!("lasted as long as it may"),
        SessionEnd::Removed => tr!("removed"),
        SessionEnd::Replaced => tr!("signed in elsewhere"),
        SessionEnd::Password => tr!("password changed"),
        SessionEnd::Passkey => tr!("passkey removed"),
        SessionEnd::Rights => tr!("rights changed"),
    }
}
