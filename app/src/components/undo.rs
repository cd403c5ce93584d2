//! Says what an order did, with the way back.

use crate::{
    components::toast::{Action, Toasts},
    pages::sessions::server::kicks::undo,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::kicks::{Effect, UndoReceipt};

/// Tells `text`; if there is something to take back, with a button that does.
pub fn tell_undoable(toasts: Toasts, text: String, effects: Vec<Effect>) {
    if effects.is_empty() {
        toasts.tell(text);
        return;
    }
    let run = Callback::new(move |()| {
        let effects = effects.clone();
        spawn_local(async move {
            match undo(effects).await {
                Ok(receipt) => toasts.tell(undone(receipt)),
                Err(error) => toasts.fail(error.text()),
            }
        });
    });
    toasts.offer(text, Action { name: tr!("Undo"), run });
}

fn undone(receipt: UndoReceipt) -> String {
    match (receipt.undone, receipt.gone) {
        (0, _) => tr!("There was nothing left to undo.").to_owned(),
        (_, 0) => tr!("Undone.").to_owned(),
        (_, gone) => tr!("Undone; {n} effect not there any more." | "Undone; {n} effects not there any more." % gone),
    }
}
