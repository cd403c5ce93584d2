//! Orders that would turn the operator's own address away: the server refuses them until they say so themselves.

use crate::{
    components::undo::tell_undoable,
    components::{
        form::Check,
        toast::{Toasts, use_toasts},
    },
    error::PanelError,
    tr,
};
use leptos::prelude::*;
use wharf_model::rules::Change;

/// What every order of this page shares.
#[derive(Clone, Copy)]
pub struct Sending {
    pub(super) busy: RwSignal<bool>,
    pub(super) error: RwSignal<Option<String>>,
    /// The server said that the own address is meant.
    own: RwSignal<bool>,
    confirmed: RwSignal<bool>,
    pub(super) toasts: Toasts,
}

impl Sending {
    pub(super) fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            own: RwSignal::new(false),
            confirmed: RwSignal::new(false),
            toasts: use_toasts(),
        }
    }

    pub(super) fn confirmed(self) -> bool {
        self.confirmed.get_untracked()
    }

    pub(super) fn begin(self) {
        self.busy.set(true);
        self.error.set(None);
    }

    /// Notes what became of it: the answer, if there is one.
    pub(super) fn end<T>(self, answer: Result<T, PanelError>) -> Option<T> {
        let _ = self.busy.try_set(false);
        match answer {
            Ok(answer) => {
                self.own.try_set(false);
                self.confirmed.try_set(false);
                Some(answer)
            }
            Err(PanelError::OwnAddress) => {
                self.own.try_set(true);
                None
            }
            Err(error) => {
                if let Some(Some(text)) = self.error.try_set(Some(error.text())) {
                    self.toasts.fail(text);
                }
                None
            }
        }
    }

    /// Says what a change did.
    pub(super) fn tell(self, what: &str, change: Change) {
        let ended = match change.ended {
            0 => String::new(),
            ended => tr!(" {} ended.", tr!("{n} session" | "{n} sessions" % ended)),
        };
        tell_undoable(self.toasts, format!("{what}{ended}"), change.effects);
    }
}

/// Shown once the server has said that the own address is meant.
#[component]
pub fn OwnAddress(
    /// The order.
    sending: Sending,
) -> impl IntoView {
    move || {
        sending.own.get().then(|| {
            view! {
                <div class="banner warn" role="alert" data-testid="own-address">
                    <p>{tr!("This turns away the address you are connected from. You would have to sign in from elsewhere.")}</p>
                    <Check value=sending.confirmed testid="confirm-own">
                        {tr!("Do it all the same")}
                    </Check>
                </div>
            }
        })
    }
}
