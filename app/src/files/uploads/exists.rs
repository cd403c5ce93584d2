//! What to do with a file whose name is taken.

use super::{
    item::{Item, State},
    use_uploads,
};
use crate::{
    components::{dialog::Dialog, erase::Erase, form::Check},
    tr,
};
use leptos::prelude::*;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The new one takes the place of the old one.
    Replace,
    /// The new one gets a number.
    KeepBoth,
    /// The old one stays, the new one is not sent.
    Skip,
}

/// Why a file was not replaced.
pub(super) fn in_the_way() -> String {
    tr!("Something that is no file has this name.").to_owned()
}

/// The question.
#[component]
pub fn Exists() -> impl IntoView {
    let uploads = use_uploads();
    let first = Memo::new(move |_| {
        let items = uploads.items.read();
        items.iter().find(|item| item.state.with(|state| *state == State::Exists)).map(|item| item.id)
    });
    let item = move || {
        let id = first.get()?;
        uploads.items.read_untracked().iter().find(|item| item.id == id).copied()
    };
    let all = RwSignal::new(false);
    let choose = move |choice: Choice| {
        if let Some(item) = untrack(item) {
            uploads.choose(item, choice, all.get_untracked());
        }
    };
    let others = move || {
        let items = uploads.items.read();
        items.iter().filter(|item| item.state.with(|state| !state.is_over())).count() > 1
    };
    let name = move || item().map(|item: Item| item.name.get_value()).unwrap_or_default();
    view! {
        <Dialog
            open=Signal::derive(move || first.get().is_some())
            on_close=Callback::new(move |()| choose(Choice::Skip))
            labelled_by="exists-title"
            testid="exists-dialog"
        >
            <h2 id="exists-title">{tr!("There is such a file already")}</h2>
            <p class="mono exists-name">{name}</p>
            <p>{tr!("What do you want to do with the file that you upload?")}</p>
            {move || others().then(|| view! { <Check value=all testid="exists-all">{tr!("The same for all further files")}</Check> })}
            <div class="dialog-buttons">
                <button class="button" type="button" data-testid="exists-skip" on:click=move |_| choose(Choice::Skip)>
                    {tr!("Skip")}
                </button>
                <button class="button" type="button" data-testid="exists-keep" on:click=move |_| choose(Choice::KeepBoth)>
                    {tr!("Keep both")}
                </button>
                <button class="button danger" type="button" data-testid="exists-replace" on:click=move |_| choose(Choice::Replace)>
                    {tr!("Replace")}
                </button>
            </div>
        </Dialog>
    }
    .erase()
}
