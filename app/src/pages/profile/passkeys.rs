//! The own passkeys: adding, renaming and removing them.

use super::server::{add_passkey, begin_passkey, remove_passkey, rename_passkey};
use crate::{
    components::{
        authenticator,
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError},
        time::Time,
        toast::{Toasts, use_toasts},
    },
    error::PanelError,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;
use wharf_model::passkeys::PasskeyRow;

/// What is being asked in the dialog.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Add,
    Rename(PasskeyRow),
    Remove(PasskeyRow),
}

/// The dialog, and what follows from it.
#[derive(Clone, Copy)]
struct Asking {
    asked: RwSignal<Option<Asked>>,
    /// Looks again.
    again: Callback<bool>,
    error: RwSignal<Option<PanelError>>,
    toasts: Toasts,
}

/// The card.
#[component]
pub fn Passkeys(
    /// All there are, oldest first.
    all: Memo<Vec<PasskeyRow>>,
    /// Looks again.
    ask: Callback<bool>,
) -> impl IntoView {
    let asking = Asking { asked: RwSignal::new(None), again: ask, error: RwSignal::new(None), toasts: use_toasts() };
    let asked = asking.asked;
    let open = Signal::derive(move || asked.with(Option::is_some));
    let close = Callback::new(move |()| asking.close());
    let offered = RwSignal::new(true);
    Effect::new(move || offered.set(authenticator::offered()));
    let list = move || {
        let all = all.get();
        if all.is_empty() {
            let text =
                tr!("No passkeys. One lets you sign in by a touch of your device, without login, password and code.");
            return view! { <p class="empty muted" data-testid="passkeys-none">{text}</p> }.erase();
        }
        table(all, asking)
    };
    let form = move || match asked.get() {
        None => ().erase(),
        Some(Asked::Add) => add_form(asking),
        Some(Asked::Rename(passkey)) => rename_form(passkey, asking),
        Some(Asked::Remove(passkey)) => remove_form(passkey, asking),
    };
    view! {
        <section class="card" aria-labelledby="passkeys-title">
            <div class="toolbar">
                <h2 id="passkeys-title">{tr!("Passkeys")}</h2>
                <span class="space"></span>
                {move || {
                    (!offered.get())
                        .then(|| {
                            view! {
                                <span class="muted">{tr!("This browser makes none here: the panel has to be called by its name.")}</span>
                            }
                        })
                }}
                <button
                    class="button"
                    type="button"
                    data-testid="passkey-add"
                    disabled=move || !offered.get()
                    on:click=move |_| asked.set(Some(Asked::Add))
                >
                    {tr!("Add a passkey…")}
                </button>
            </div>
            {list}
        </section>
        <Dialog open on_close=close labelled_by="passkey-dialog-title" testid="passkey-dialog">
            {form}
        </Dialog>
    }
    .erase()
}

fn table(all: Vec<PasskeyRow>, asking: Asking) -> AnyView {
    view! {
        <table class="list" data-testid="passkeys">
            <caption class="hidden">{tr!("Passkeys, the oldest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Name")}</th>
                    <th scope="col">{tr!("Good at")}</th>
                    <th scope="col">{tr!("Added")}</th>
                    <th scope="col">{tr!("Last used")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Actions")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{all.into_iter().map(|passkey| row(passkey, asking)).collect_view()}</tbody>
        </table>
    }
    .erase()
}

fn row(passkey: PasskeyRow, asking: Asking) -> AnyView {
    let last = match passkey.last_used {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span class="muted">{tr!("never")}</span> }.erase(),
    };
    let button = |word: &'static str, class: &'static str, testid: &'static str, asked: Asked| {
        let label = format!("{word} {}", passkey.name);
        let open = move |_| asking.asked.set(Some(asked.clone()));
        view! {
            <button class=class type="button" data-testid=testid aria-label=label on:click=open>
                {word}
                "…"
            </button>
        }
        .erase()
    };
    let rename = button(tr!("Rename"), "button", "passkey-rename", Asked::Rename(passkey.clone()));
    let remove = button(tr!("Remove"), "button danger", "passkey-remove", Asked::Remove(passkey.clone()));
    view! {
        <tr data-testid="passkey">
            <td data-label=tr!("Name") class="wide">
                <b>{passkey.name.clone()}</b>
            </td>
            <td data-label=tr!("Good at")>{passkey.origin}</td>
            <td data-label=tr!("Added")>
                <Time at=passkey.added full=true />
            </td>
            <td data-label=tr!("Last used")>{last}</td>
            <td class="actions">{rename} {remove}</td>
        </tr>
    }
    .erase()
}

impl Asking {
    fn close(self) {
        self.asked.set(None);
        self.error.set(None);
        self.again.run(false);
    }

    /// Does it, and closes the dialog if it was done.
    fn send(self, done: &'static str, act: impl Future<Output = Result<(), PanelError>> + 'static) {
        self.error.set(None);
        spawn_local(async move {
            match act.await {
                Ok(()) => {
                    self.toasts.tell(done.to_owned());
                    if self.asked.try_get_untracked().is_some() {
                        self.close();
                    }
                }
                Err(wrong) => drop(self.error.try_set(Some(wrong))),
            }
        });
    }

    /// What is wrong with a field.
    fn of(self, name: &'static str) -> RwSignal<Option<String>> {
        let shown = RwSignal::new(None);
        Effect::new(move || {
            shown.set(self.error.with(|error| match error {
                Some(PanelError::Invalid { field, message }) if field == name => Some(message.clone()),
                // What no field is to blame for stands with the whole.
                Some(PanelError::Invalid { field, .. }) if !field.is_empty() => None,
                Some(other) if name.is_empty() => Some(other.text()),
                _ => None,
            }));
        });
        shown
    }
}

fn add_form(asking: Asking) -> AnyView {
    let [name, password] = [(); 2].map(|()| RwSignal::new(String::new()));
    let submit = Callback::new(move |()| {
        let (name, password) = (name.get_untracked(), password.get_untracked());
        asking.send(tr!("The passkey is added."), async move {
            let asked = begin_passkey(name, password).await?;
            let answer = authenticator::make(&asked.options).await?;
            add_passkey(asked.ceremony, answer).await
        });
    });
    let close = Callback::new(move |()| asking.close());
    let (name_error, password_error, error) = (asking.of("name"), asking.of("password"), asking.of(""));
    view! {
        <h2 id="passkey-dialog-title">{tr!("Add a passkey")}</h2>
        <Form submit>
            <p class="muted">{tr!("Your browser then asks for the device, which asks for your finger, face or PIN.")}</p>
            <Field label=tr!("Name: which device it is") value=name testid="passkey-name" error=name_error />
            <Field label=tr!("Your password") value=password kind="password" testid="passkey-password" error=password_error />
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=false testid="passkey-confirm" />
        </Form>
    }
    .erase()
}

fn rename_form(passkey: PasskeyRow, asking: Asking) -> AnyView {
    let PasskeyRow { id, name: before, .. } = passkey;
    let name = RwSignal::new(before.clone());
    let submit = Callback::new(move |()| {
        asking.send(tr!("The passkey has another name."), rename_passkey(id, name.get_untracked()));
    });
    let close = Callback::new(move |()| asking.close());
    let (name_error, error) = (asking.of("name"), asking.of(""));
    view! {
        <h2 id="passkey-dialog-title">{tr!("Rename {}", before)}</h2>
        <Form submit>
            <Field label=tr!("Name") value=name testid="passkey-name" error=name_error />
            <FormError error />
            <DialogButtons close yes=tr!("Rename") disabled=false testid="passkey-confirm" />
        </Form>
    }
    .erase()
}

fn remove_form(passkey: PasskeyRow, asking: Asking) -> AnyView {
    let PasskeyRow { id, name, .. } = passkey;
    let submit = Callback::new(move |()| asking.send(tr!("The passkey is removed."), remove_passkey(id)));
    let close = Callback::new(move |()| asking.close());
    let error = asking.of("");
    view! {
        <h2 id="passkey-dialog-title">{tr!("Remove {}?", name)}</h2>
        <Form submit>
            <p>{tr!("Nobody can sign in with it any more, and your other sessions that were begun with it end at once.")}</p>
            <p class="muted">{tr!("The device keeps it until you remove it there as well.")}</p>
            <FormError error />
            <DialogButtons close yes=tr!("Remove") disabled=false danger=true testid="passkey-confirm" />
        </Form>
    }
    .erase()
}
