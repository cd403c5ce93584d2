//! Orders that end something: kick and abort. A dialog names what ends; a toast says what became of it.

use super::{
    server::{AbortReceipt, abort_transfer, kicks::kick},
    state::{Page, use_page},
};
use crate::{
    components::{dialog::Dialog, erase::Erase},
    error::PanelError,
    format,
    live::LiveState,
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use wharf_model::{
    ids::SessionId,
    kicks::{KickOrder, Receipt},
    sessions::SessionRow,
};

/// What is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// End the session.
    Kick,
    /// Stop its transfers.
    Abort,
}

/// An order that waits for a yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What.
    pub kind: Kind,
    /// The sessions as they were when it was asked.
    pub rows: Vec<SessionRow>,
}

impl Page {
    /// Begins an order. To stop the transfers of one session needs no second question: the session goes on, and the
    /// client can resume.
    pub fn ask(self, kind: Kind, mut rows: Vec<SessionRow>) {
        let permission = match kind {
            Kind::Kick => wharf_model::people::Permission::EndSessions,
            Kind::Abort => wharf_model::people::Permission::AbortTransfers,
        };
        if rows.is_empty() || !self.may(permission) {
            return;
        }
        if kind == Kind::Abort {
            rows.retain(|row| row.direction.is_some());
        }
        match (kind, rows.len()) {
            (Kind::Abort, 0) => self.toasts.tell("Nothing moves there.".to_owned()),
            (Kind::Abort, 1) => self.carry_out(Order { kind, rows }, RwSignal::new(false)),
            _ => self.asked.set(Some(Order { kind, rows })),
        }
    }

    fn carry_out(self, order: Order, busy: RwSignal<bool>) {
        busy.set(true);
        spawn_local(async move {
            let ids: Vec<SessionId> = order.rows.iter().map(|row| row.id).collect();
            let outcome = match order.kind {
                Kind::Kick => {
                    let kick_order = KickOrder::default();
                    kick(ids.clone(), kick_order).await.map(|receipt| kicked(&receipt))
                }
                Kind::Abort => abort_transfer(ids.clone()).await.map(aborted),
            };
            // The page may have been left meanwhile.
            let _ = busy.try_set(false);
            match outcome {
                Ok(text) => {
                    self.toasts.tell(text);
                    self.asked.try_set(None);
                    if order.kind == Kind::Kick {
                        self.selected.try_update(|selected| selected.retain(|id| !ids.contains(id)));
                    }
                }
                Err(error) => {
                    if error == PanelError::SignedOut {
                        self.asked.try_set(None);
                        let _ = self.live.state.try_set(LiveState::SignedOut);
                    }
                    self.toasts.fail(error.text());
                }
            }
        });
    }
}

/// What became of a kick.
fn kicked(receipt: &Receipt) -> String {
    let (ended, gone) = (receipt.ended.len() as u64, receipt.gone.len() as u64);
    match (ended, gone) {
        (0, 1) => "The session was already gone.".to_owned(),
        (0, _) => format!("All {} were already gone.", format::count(gone, "session")),
        (_, 0) => format!("{} ended.", format::count(ended, "session")),
        (_, 1) => format!("{} ended, 1 was already gone.", format::count(ended, "session")),
        _ => format!("{} ended, {} were already gone.", format::count(ended, "session"), format::number(gone)),
    }
}

/// What became of an abort.
fn aborted(receipt: AbortReceipt) -> String {
    match (receipt.stopped, receipt.gone) {
        (0, 0) => "The transfer had finished already.".to_owned(),
        (0, _) => "The session was already gone.".to_owned(),
        (stopped, _) => format!("{} stopped.", format::count(stopped.into(), "transfer")),
    }
}

/// The dialog. Open while an order waits.
#[component]
pub fn EndingDialog() -> impl IntoView {
    let page = use_page();
    let open = Memo::new(move |_| page.asked.read().is_some());
    let busy = RwSignal::new(false);
    let close = Callback::new(move |()| {
        if page.asked.get_untracked().is_some() {
            page.asked.set(None);
            give_focus_back(page);
        }
    });
    view! {
        <Dialog open on_close=close labelled_by="ending-title" testid="kick-dialog">
            {move || page.asked.get().map(|order| view! { <Question order busy close /> })}
        </Dialog>
    }
    .erase()
}

/// The browser gives the focus back to where it was, unless that is gone, as the selection bar may be.
fn give_focus_back(page: Page) {
    request_animation_frame(move || {
        let lost = document().active_element().is_none_or(|focus| focus.tag_name() == "BODY");
        if let Some(cursor) = page.cursor.try_get_untracked().flatten().filter(|_| lost) {
            page.focus(cursor);
        }
    });
}

#[component]
fn Question(order: Order, busy: RwSignal<bool>, close: Callback<()>) -> impl IntoView {
    let page = use_page();
    let count = order.rows.len() as u64;
    let (title, text, yes) = match (order.kind, count) {
        (Kind::Kick, 1) => (
            "Disconnect this session?".to_owned(),
            "The client is told and cut off at once. It may connect again.",
            "Disconnect",
        ),
        (Kind::Kick, _) => (
            format!("Disconnect {}?", format::count(count, "session")),
            "The clients are told and cut off at once. They may connect again.",
            "Disconnect",
        ),
        (Kind::Abort, _) => (
            format!("Abort the transfers of {}?", format::count(count, "session")),
            "What moves is stopped; the sessions go on and clients may resume.",
            "Abort transfers",
        ),
    };
    let who = match order.rows.as_slice() {
        [row] => view! { <One row=row.clone() /> }.erase(),
        rows => view! { <Many rows=rows.to_vec() /> }.erase(),
    };
    let order = StoredValue::new(order);
    view! {
        <h2 id="ending-title">{title}</h2>
        {who}
        <p>{text}</p>
        <div class="dialog-buttons">
            <button class="button" type="button" autofocus data-testid="kick-cancel" on:click=move |_| close.run(())>
                "Cancel"
            </button>
            <button
                class="button danger solid"
                type="button"
                data-testid="kick-confirm"
                disabled=busy
                on:click=move |_| page.carry_out(order.get_value(), busy)
            >
                {yes}
            </button>
        </div>
    }
    .erase()
}

#[component]
fn One(row: SessionRow) -> impl IntoView {
    let dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    view! {
        <dl class="facts">
            <dt>"Login"</dt>
            <dd>
                <b>{row.login.clone().unwrap_or_else(|| "not logged in yet".to_owned())}</b>
            </dd>
            <dt>"Domain"</dt>
            <dd>{dash(row.domain)}</dd>
            <dt>"IP address"</dt>
            <dd class="mono">{row.ip}</dd>
            <dt>"Protocol"</dt>
            <dd>{row.protocol.label(row.secure)}</dd>
            {row
                .file
                .map(|file| {
                    view! {
                        <dt>"Moving now"</dt>
                        <dd>{file}</dd>
                    }
                })}
        </dl>
    }
    .erase()
}

#[component]
fn Many(rows: Vec<SessionRow>) -> impl IntoView {
    const NAMED: usize = 8;
    let moving = rows.iter().filter(|row| row.direction.is_some()).count() as u64;
    let logins = by_login(&rows);
    let more = logins.len().saturating_sub(NAMED) as u64;
    let named = logins.into_iter().take(NAMED).map(|(login, count)| {
        view! {
            <dt>{login}</dt>
            <dd>{format::count(count, "session")}</dd>
        }
    });
    view! {
        <dl class="facts logins">{named.collect_view()}</dl>
        {(more > 0).then(|| view! { <p class="muted">"and " {format::count(more, "more login")}</p> })}
        {(moving > 0)
            .then(|| view! { <p class="muted">{format!("{} of them with a file on its way.", format::number(moving))}</p> })}
    }
    .erase()
}

/// How many sessions each login has, most first.
fn by_login(rows: &[SessionRow]) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::<String, u64>::new();
    for row in rows {
        *counts.entry(row.login.clone().unwrap_or_else(|| "not logged in yet".to_owned())).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::row;

    fn receipt(ended: usize, gone: usize) -> Receipt {
        Receipt { ended: vec![row(1).id; ended], gone: vec![row(2).id; gone], ..Receipt::default() }
    }

    #[test]
    fn the_receipt_is_told_in_full() {
        assert_eq!(kicked(&receipt(1, 0)), "1 session ended.");
        assert_eq!(kicked(&receipt(2, 1)), "2 sessions ended, 1 was already gone.");
        assert_eq!(kicked(&receipt(2, 3)), "2 sessions ended, 3 were already gone.");
        assert_eq!(kicked(&receipt(0, 1)), "The session was already gone.");
    }

    #[test]
    fn logins_are_counted_most_first() {
        let other = SessionRow { login: Some("ann".to_owned()), ..row(1) };
        let nobody = SessionRow { login: None, ..row(1) };
        let counted = by_login(&[row(1), other.clone(), nobody, other]);
        let expected = [("ann", 2), ("not logged in yet", 1), ("user1", 1)];
        assert_eq!(counted, expected.map(|(login, count)| (login.to_owned(), count)));
    }
}
