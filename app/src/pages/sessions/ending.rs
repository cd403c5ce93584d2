//! Orders that end something. A kick asks how; to abort the transfers of many asks once more.

use super::{
    kick::KickForm,
    server::{AbortReceipt, abort_transfer},
    state::{Page, use_page},
    words,
};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
    },
    error::PanelError,
    live::LiveState,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    ids::{SessionId, TransferId},
    people::Permission,
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
            Kind::Kick => Permission::EndSessions,
            Kind::Abort => Permission::AbortTransfers,
        };
        if rows.is_empty() || !self.may(permission) {
            return;
        }
        if kind == Kind::Abort {
            rows.retain(|row| row.direction.is_some());
        }
        match (kind, rows.len()) {
            (Kind::Abort, 0) => self.toasts.tell(tr!("Nothing moves there.").to_owned()),
            (Kind::Abort, 1) => self.abort(&rows),
            _ => self.asked.set(Some(Order { kind, rows })),
        }
    }

    fn abort(self, rows: &[SessionRow]) {
        self.asked.set(None);
        self.stop(rows.iter().map(|row| row.id).collect(), None);
    }

    /// Stops one transfer of a session that has several.
    pub fn abort_one(self, session: SessionId, transfer: TransferId) {
        self.stop(vec![session], Some(transfer));
    }

    fn stop(self, ids: Vec<SessionId>, only: Option<TransferId>) {
        spawn_local(async move {
            match abort_transfer(ids, only).await {
                Ok(receipt) => self.toasts.tell(aborted(receipt)),
                Err(error) => {
                    if error == PanelError::SignedOut {
                        let _ = self.live.state.try_set(LiveState::SignedOut);
                    }
                    self.toasts.fail(error.text());
                }
            }
        });
    }

    /// Closes the dialog. The browser gives the focus back to where it was, unless that is gone, as the selection bar
    /// may be.
    fn answered(self) {
        if self.asked.get_untracked().is_some() {
            self.asked.set(None);
        }
        request_animation_frame(move || {
            let lost = document().active_element().is_none_or(|focus| focus.tag_name() == "BODY");
            if let Some(cursor) = self.cursor.try_get_untracked().flatten().filter(|_| lost) {
                self.focus(cursor);
            }
        });
    }
}

/// What became of an abort.
fn aborted(receipt: AbortReceipt) -> String {
    match (receipt.stopped, receipt.gone) {
        (0, 0) => tr!("The transfer had finished already.").to_owned(),
        (0, _) => tr!("The session was already gone.").to_owned(),
        (stopped, _) => tr!("{} stopped.", tr!("{n} transfer" | "{n} transfers" % stopped)),
    }
}

/// The dialog. Open while an order waits.
#[component]
pub fn EndingDialog() -> impl IntoView {
    let page = use_page();
    let open = Memo::new(move |_| page.asked.read().is_some());
    let close = Callback::new(move |()| page.answered());
    view! {
        <Dialog open on_close=close labelled_by="ending-title" testid="kick-dialog">
            {move || match page.asked.get() {
                Some(Order { kind: Kind::Kick, rows }) => view! { <KickForm rows close /> }.erase(),
                Some(Order { kind: Kind::Abort, rows }) => view! { <AbortForm rows close /> }.erase(),
                None => ().erase(),
            }}
        </Dialog>
    }
    .erase()
}

#[component]
fn AbortForm(rows: Vec<SessionRow>, close: Callback<()>) -> impl IntoView {
    let page = use_page();
    let title = tr!("Abort the transfers of {n} session?" | "Abort the transfers of {n} sessions?" % rows.len() as u64);
    let who = words::who(&rows);
    let submit = Callback::new(move |()| page.abort(&rows));
    view! {
        <h2 id="ending-title">{title}</h2>
        {who}
        <p>{tr!("What moves is stopped; the sessions go on and clients may resume.")}</p>
        <Form submit>
            <DialogButtons close yes=tr!("Abort transfers") disabled=false danger=true testid="abort-confirm" />
        </Form>
    }
    .erase()
}
