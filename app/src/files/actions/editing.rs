//! Small texts, changed in the browser.

use crate::{
    components::{dialog::Dialog, erase::Erase},
    files::{
        server::texts::{read_text, save_text},
        state::{Ask, Client, use_client},
    },
    tr,
};
use leptos::{ev, prelude::*, task::spawn_local};
use wharf_model::files::{Entry, Saved, TextFile};

/// What is being edited.
#[derive(Clone, Copy)]
struct Draft {
    client: Client,
    path: StoredValue<String>,
    /// What is in the file, as far as known.
    file: RwSignal<Option<TextFile>>,
    text: RwSignal<String>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    /// Somebody else has changed the file.
    changed: RwSignal<bool>,
}

impl Draft {
    fn new(client: Client) -> Self {
        Self {
            client,
            path: StoredValue::default(),
            file: RwSignal::new(None),
            text: RwSignal::default(),
            busy: RwSignal::new(true),
            error: RwSignal::new(None),
            changed: RwSignal::new(false),
        }
    }

    /// Begins with another file.
    fn open(self, path: String) {
        self.path.set_value(path);
        self.file.set(None);
        self.text.set(String::new());
        self.read();
    }

    fn unsaved(self) -> bool {
        self.file.with(|file| file.as_ref().is_some_and(|file| self.text.with(|text| *text != file.text)))
    }

    /// Shows what is in the file now.
    fn read(self) {
        self.busy.set(true);
        spawn_local(async move {
            let answer = read_text(self.path.get_value()).await;
            if self.busy.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(file) => {
                    self.text.set(file.text.clone());
                    self.file.set(Some(file));
                    self.error.set(None);
                    self.changed.set(false);
                }
                Err(error) => self.error.set(Some(error.text())),
            }
        });
    }

    /// Writes it; over whatever is there, or only over what was read.
    fn save(self, over_all: bool) {
        let known = self.file.with_untracked(|file| file.as_ref().map(|file| file.version.clone()));
        if self.busy.get_untracked() || known.is_none() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let text = self.text.get_untracked();
        spawn_local(async move {
            let answer = save_text(self.path.get_value(), text.clone(), known.filter(|_| !over_all)).await;
            if self.busy.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(Saved::Saved(version)) => {
                    self.file.set(Some(TextFile { text, version }));
                    self.changed.set(false);
                    self.client.toasts.tell(tr!("Saved.").to_owned());
                    self.client.refresh();
                }
                Ok(Saved::Changed) => self.changed.set(true),
                Err(error) => self.error.set(Some(error.text())),
            }
        });
    }
}

/// The dialog.
#[component]
pub fn Edit() -> impl IntoView {
    let client = use_client();
    let edited = Memo::new(move |_| {
        client.asking.with(|ask| if let Some(Ask::Edit(entry)) = ask { Some(entry.clone()) } else { None })
    });
    let draft = Draft::new(client);
    // What is not saved is not lost by a slip: the first try to close says so, and the dialog comes back.
    let warned = RwSignal::new(false);
    let close = Callback::new(move |()| {
        if edited.get_untracked().is_some() && untrack(|| draft.unsaved()) && !warned.get_untracked() {
            warned.set(true);
        } else {
            client.asking.set(None);
        }
    });
    Effect::new(move || {
        warned.set(false);
        if let Some(entry) = edited.get() {
            draft.open(entry.path);
        }
    });
    let open = Signal::derive(move || {
        warned.track();
        edited.get().is_some()
    });
    view! {
        <div class="look">
            <Dialog open on_close=close labelled_by="edit-title" testid="edit-dialog">
                {move || edited.get_untracked().map(|entry| view! { <Text draft entry warned close /> })}
            </Dialog>
        </div>
    }
    .erase()
}

#[component]
fn Text(draft: Draft, entry: Entry, warned: RwSignal<bool>, close: Callback<()>) -> impl IntoView {
    let client = draft.client;
    let fixed = !client.may().write;
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "s" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            draft.save(false);
        }
    };
    view! {
        <h2 id="edit-title">{entry.name}</h2>
        {move || draft.changed.get().then(|| view! {
            <p class="banner warn" role="alert" data-testid="edit-changed">
                <span>{tr!("Somebody else has changed this file since you opened it.")}</span>
                <button class="button" type="button" data-testid="edit-reload" on:click=move |_| draft.read()>
                    {tr!("Show theirs")}
                </button>
                <button class="button danger" type="button" data-testid="edit-overwrite" on:click=move |_| draft.save(true)>
                    {tr!("Save mine over it")}
                </button>
            </p>
        })}
        {move || (warned.get() && draft.unsaved()).then(|| view! {
            <p class="banner warn" role="alert" data-testid="edit-unsaved">
                {tr!("Your changes are not saved. Close again to leave them.")}
            </p>
        })}
        {move || draft.error.get().map(|error| view! { <p class="field-error" role="alert" data-testid="edit-error">{error}</p> })}
        <textarea
            class="input mono look-at"
            aria-labelledby="edit-title"
            spellcheck="false"
            wrap="off"
            readonly=fixed
            disabled=move || draft.file.read().is_none()
            data-testid="edit-text"
            prop:value=draft.text
            on:input:target=move |event| draft.text.set(event.target().value())
            on:keydown=keys
        ></textarea>
        <div class="dialog-buttons">
            <button class="button" type="button" data-testid="edit-close" on:click=move |_| close.run(())>
                {tr!("Close")}
            </button>
            {(!fixed).then(|| view! {
                <button
                    class="button primary"
                    type="button"
                    data-testid="edit-save"
                    disabled=move || draft.busy.get() || !draft.unsaved()
                    on:click=move |_| draft.save(false)
                >
                    {tr!("Save")}
                </button>
            })}
        </div>
    }
    .erase()
}
