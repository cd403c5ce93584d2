//! The dialog that ends all sessions in sight, or all that a filter finds. It asks twice.

use super::{
    filter::{FilterDraft, FilterFields},
    server::kicks::{kick_all, kick_all_preview},
    state::{Page, use_page},
    words,
};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError, TextArea, when_settled},
        undo::tell_undoable,
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::kicks::{KickAction, KickPreview, LONGEST_MESSAGE};

#[derive(Clone, Copy)]
struct Draft {
    filter: FilterDraft,
    message: RwSignal<String>,
    reason: RwSignal<String>,
    preview: RwSignal<Option<KickPreview>>,
    /// It was asked once.
    sure: RwSignal<bool>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
}

impl Draft {
    fn new() -> Self {
        Self {
            filter: FilterDraft::new(),
            message: RwSignal::default(),
            reason: RwSignal::default(),
            preview: RwSignal::new(None),
            sure: RwSignal::new(false),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
        }
    }

    fn count(self) -> u64 {
        self.preview.with(|preview| preview.as_ref().map_or(0, |preview| u64::from(preview.chosen + preview.further)))
    }

    fn ask(self) {
        self.preview.set(None);
        let Some(filter) = untrack(|| self.filter.read()) else { return };
        spawn_local(async move {
            match kick_all_preview(filter).await {
                Ok(preview) => {
                    let _ = self.preview.try_set(Some(preview));
                }
                Err(error) => {
                    let _ = self.error.try_set(Some(error.text()));
                }
            }
        });
    }

    fn carry_out(self, page: Page) {
        let Some(filter) = untrack(|| self.filter.read()) else { return };
        self.busy.set(true);
        spawn_local(async move {
            let answer = kick_all(filter, self.message.get_untracked(), self.reason.get_untracked()).await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(receipt) => {
                    tell_undoable(page.toasts, words::told(&receipt, 0), receipt.effects);
                    page.kicking_all.try_set(false);
                }
                Err(error) => {
                    let _ = self.error.try_set(Some(error.text()));
                }
            }
        });
    }
}

/// The dialog.
#[component]
pub fn KickAllDialog() -> impl IntoView {
    let page = use_page();
    let close = Callback::new(move |()| page.kicking_all.set(false));
    view! {
        <Dialog open=page.kicking_all on_close=close labelled_by="kick-all-title" testid="kick-all-dialog">
            <KickAllForm close />
        </Dialog>
    }
    .erase()
}

#[component]
fn KickAllForm(close: Callback<()>) -> impl IntoView {
    let page = use_page();
    let draft = Draft::new();
    when_settled(
        Callback::new(move |()| {
            draft.filter.read();
        }),
        Callback::new(move |()| draft.ask()),
    );
    let submit = Callback::new(move |()| {
        if draft.sure.get_untracked() {
            draft.carry_out(page);
        } else if draft.count() > 0 {
            draft.sure.set(true);
        }
    });
    let yes = Signal::derive(move || {
        if draft.sure.get() {
            tr!("Disconnect {}", tr!("{n} session" | "{n} sessions" % draft.count()))
        } else {
            tr!("Continue…").to_owned()
        }
    });
    let disabled = Signal::derive(move || draft.busy.get() || draft.count() == 0);
    let step = move || {
        if draft.sure.get() {
            view! {
                <p class="banner bad" role="alert" data-testid="kick-all-sure">
                    {tr!("{} will end at once, files on their way included.", tr!("{n} session" | "{n} sessions" % draft.count()))}
                </p>
                <p class="muted">{tr!("Sessions that connect after the click stay, and so does this panel.")}</p>
            }
            .erase()
        } else {
            view! { <Choices draft /> }.erase()
        }
    };
    view! {
        <h2 id="kick-all-title">{tr!("Kick all")}</h2>
        <Form submit>
            {step}
            <FormError error=draft.error />
            <DialogButtons close yes disabled danger=true testid="kick-all-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn Choices(draft: Draft) -> impl IntoView {
    let would = move || {
        draft.preview.with(|preview| match preview {
            Some(preview) if preview.chosen + preview.further == 0 => tr!("No session matches.").to_owned(),
            Some(preview) => words::consequences(KickAction::Disconnect, "", preview).join(" "),
            None => "…".to_owned(),
        })
    };
    view! {
        <FilterFields draft=draft.filter />
        <TextArea label=tr!("Message to users") value=draft.message testid="kick-all-message" most=LONGEST_MESSAGE />
        <Field label=tr!("Reason, for the audit log") value=draft.reason testid="kick-all-reason" />
        <p class="consequences" aria-live="polite" data-testid="kick-all-preview">
            {would}
        </p>
    }
    .erase()
}
