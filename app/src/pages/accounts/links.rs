//! The share links of one account: who can get at its files without it, and the end of that.

use super::{
    may_change,
    server::{account_links, revoke_account_link},
};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        time::Time,
        toast::use_toasts,
    },
    format,
    live::news::keep_fresh,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    ids::AccountId,
    links::{LinkKind, LinkRow},
    live::Topic,
};

/// The card, where there are any.
#[component]
pub fn ShareLinks(
    /// Whose.
    account: AccountId,
) -> impl IntoView {
    let all = RwSignal::<Vec<LinkRow>>::new(Vec::new());
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            // The other cards of the page say it when the server does not answer.
            if let Ok(links) = account_links(account, active).await {
                let _ = all.try_set(links);
            }
        });
    });
    keep_fresh(Topic::Accounts, ask);
    let revoking = RwSignal::new(None::<LinkRow>);
    let done = Callback::new(move |()| ask.run(false));
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| all.get());
    let card = move || {
        seen.with(|links| {
            let links = (!links.is_empty()).then(|| links.clone())?;
            Some(view! {
                <section class="card" aria-labelledby="links-title" data-testid="links-card">
                    <div class="toolbar">
                        <h2 id="links-title">{tr!("Share links")}</h2>
                    </div>
                    <Table links revoking />
                </section>
            })
        })
    };
    view! {
        {card}
        <RevokeDialog account revoking done />
    }
    .erase()
}

#[component]
fn Table(links: Vec<LinkRow>, revoking: RwSignal<Option<LinkRow>>) -> impl IntoView {
    view! {
        <table class="list" data-testid="links">
            <caption class="hidden">{tr!("Share links, newest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Leads to")}</th>
                    <th scope="col">{tr!("For")}</th>
                    <th scope="col">{tr!("Used")}</th>
                    <th scope="col">{tr!("Last used")}</th>
                    <th scope="col">{tr!("Until")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Actions")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{links.into_iter().map(|link| view! { <Row link revoking /> }).collect_view()}</tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(link: LinkRow, revoking: RwSignal<Option<LinkRow>>) -> impl IntoView {
    let revoked = StoredValue::new(link.clone());
    let LinkRow { path, kind, password, expires_at, uses_most, uses, last_used, .. } = link;
    let kind = match kind {
        LinkKind::Download => tr!("to download"),
        LinkKind::Upload => tr!("to put files in"),
    };
    let uses = match uses_most {
        Some(most) => tr!("{} of {}", format::number(uses), format::number(u64::from(most))),
        None => format::number(uses),
    };
    let time = |at: Option<i64>, none: &'static str| match at {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{none}</span> }.erase(),
    };
    let name = tr!("Take back the link to {}", path);
    let revoke = may_change().then(|| {
        view! {
            <button
                class="button danger"
                type="button"
                data-testid="link-revoke"
                aria-label=name
                on:click=move |_| revoking.set(Some(revoked.get_value()))
            >
                {tr!("Take back…")}
            </button>
        }
    });
    view! {
        <tr data-testid="link">
            <td data-label=tr!("Leads to") class="wide">
                <b>{path}</b>
            </td>
            <td data-label=tr!("For")>
                {kind}
                {password.then(|| view! { <span class="muted">" · "{tr!("with a password")}</span> })}
            </td>
            <td data-label=tr!("Used")>{uses}</td>
            <td data-label=tr!("Last used")>{time(last_used, tr!("never"))}</td>
            <td data-label=tr!("Until")>{time(expires_at, tr!("no end"))}</td>
            <td class="actions">{revoke}</td>
        </tr>
    }
    .erase()
}

/// Asks before a link goes.
#[component]
fn RevokeDialog(account: AccountId, revoking: RwSignal<Option<LinkRow>>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let open = Signal::derive(move || revoking.with(Option::is_some));
    let close = Callback::new(move |()| revoking.set(None));
    let path = move || revoking.with(|link| link.as_ref().map(|link| link.path.clone()));
    let submit = Callback::new(move |()| {
        let Some(link) = revoking.get_untracked() else { return };
        revoking.set(None);
        spawn_local(async move {
            match revoke_account_link(account, link.id).await {
                Ok(()) => toasts.tell(tr!("The link does not work any more.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    });
    view! {
        <Dialog open on_close=close labelled_by="revoke-title" testid="revoke-dialog">
            <h2 id="revoke-title">{tr!("Take this link back?")}</h2>
            <p>
                <b>{path}</b>
            </p>
            <p class="muted">{tr!("It does not work any more then, for nobody, and who uses it now is cut off. The user can make another one.")}</p>
            <Form submit>
                <DialogButtons close yes=tr!("Take it back") disabled=false danger=true testid="revoke-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}
