//! When and where somebody signed in.

use crate::components::{erase::Erase, time::Time};
use leptos::prelude::*;
use wharf_model::panel_sessions::{PanelSessionRow, SessionEnd};

/// A table, the latest first.
#[component]
pub fn SignIns(
    /// Of one person.
    rows: Vec<PanelSessionRow>,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="empty muted">"Nobody has signed in yet."</p> }.erase();
    }
    view! {
        <table class="list" data-testid="sign-ins">
            <caption class="hidden">"Sign-ins, the latest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Logon time"</th>
                    <th scope="col">"IP address"</th>
                    <th scope="col">"Browser"</th>
                    <th scope="col">"Ended"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .erase()
}

fn row(row: PanelSessionRow) -> impl IntoView {
    let ended = match row.ended {
        None if row.yours => view! { <span class="tag">"this session"</span> }.erase(),
        None => view! { <span>"signed in"</span> }.erase(),
        Some((at, why)) => {
            view! { <span><Time at full=true /> <span class="muted">" · " {how(why)}</span></span> }.erase()
        }
    };
    let way = row.passkey.then(|| view! { <span class="muted">" · with a passkey"</span> });
    let actor = row.actor.map(|actor| view! { <span class="muted">" · " {actor} " signed in as"</span> });
    view! {
        <tr data-testid="sign-in">
            <td data-label="Logon time">
                <span>
                    <Time at=row.logon_time full=true />
                    {way}
                    {actor}
                </span>
            </td>
            <td data-label="IP address" class="mono">{row.ip}</td>
            <td data-label="Browser">
                <span title=row.user_agent>{row.browser}</span>
            </td>
            <td data-label="Ended">{ended}</td>
        </tr>
    }
    .erase()
}

fn how(why: SessionEnd) -> &'static str {
    match why {
        SessionEnd::SignedOut => "signed out",
        SessionEnd::Idle => "idle for too long",
        SessionEnd::Expired => "lasted as long as it may",
        SessionEnd::Removed => "removed",
        SessionEnd::Replaced => "signed in elsewhere",
        SessionEnd::Password => "password changed",
        SessionEnd::Passkey => "passkey removed",
        SessionEnd::Rights => "rights changed",
    }
}
