//! Making a share link.

use super::links::Address;
use crate::{
    components::{
        dialog::Dialog,
        entry::Entry as Text,
        erase::Erase,
        form::{Choice, DialogButtons, Field, Form, FormError, Select},
    },
    error::PanelError,
    files::{
        server::links::add_link,
        state::{Ask, Client, use_client},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    files::{Entry, EntryKind},
    links::{LinkKind, LinkOrder, LinkRow},
};

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
/// Days that a link may work; 0: for as long as nobody takes it back.
const DAYS: [u32; 5] = [1, 7, 30, 365, 0];
/// The one that is offered.
const WEEK: usize = 1;

/// The dialog: what the link is for and how long it works, and then the link.
#[component]
pub fn Share() -> impl IntoView {
    let client = use_client();
    let shared =
        move || client.asking.with(|ask| if let Some(Ask::Share(entry)) = ask { Some(entry.clone()) } else { None });
    let close = Callback::new(move |()| client.asking.set(None));
    view! {
        <Dialog open=Signal::derive(move || shared().is_some()) on_close=close labelled_by="share-title" testid="share-dialog">
            {move || untrack(shared).map(|entry| view! { <Order client entry close /> })}
        </Dialog>
    }
    .erase()
}

#[component]
fn Order(client: Client, entry: Entry, close: Callback<()>) -> impl IntoView {
    let made = RwSignal::<Option<LinkRow>>::new(None);
    let name = entry.name.clone();
    let entry = StoredValue::new(entry);
    view! {
        <h2 id="share-title">{tr!("Share {}", name)}</h2>
        {move || match made.get() {
            Some(link) => view! { <Made client link close /> }.erase(),
            None => view! { <Ask client entry=entry.get_value() made close /> }.erase(),
        }}
    }
    .erase()
}

#[component]
fn Ask(client: Client, entry: Entry, made: RwSignal<Option<LinkRow>>, close: Callback<()>) -> impl IntoView {
    let may = client.may();
    let (reads, writes) = (may.read, may.write && entry.kind == EntryKind::Folder);
    let kind = RwSignal::new(usize::from(!reads));
    let days = RwSignal::new(WEEK);
    let [password, uses] = std::array::from_fn(|_| Text::new(String::new()));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let terms: Vec<_> = DAYS
        .into_iter()
        .map(|days| match days {
            0 => tr!("Until it is taken back").to_owned(),
            days => tr!("{n} day" | "{n} days" % u64::from(days)),
        })
        .collect();
    let path = entry.path;
    let submit = Callback::new(move |()| {
        error.set(None);
        let Ok(uses_most) = uses.number(0) else { return };
        let Ok(uses_most) = uses_most.map(u32::try_from).transpose() else {
            uses.error.set(Some(tr!("This number is too large.").to_owned()));
            return;
        };
        #[expect(clippy::cast_possible_truncation, reason = "a time in this age")]
        let until = |days: u32| (js_sys::Date::now() + f64::from(days) * DAY_MS) as i64;
        let order = LinkOrder {
            path: path.clone(),
            kind: if kind.get_untracked() == 0 { LinkKind::Download } else { LinkKind::Upload },
            password: password.value.get_untracked(),
            expires_at: DAYS.get(days.get_untracked()).copied().filter(|days| *days > 0).map(until),
            uses_most,
        };
        busy.set(true);
        spawn_local(async move {
            let answer = add_link(order).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(link) => drop(made.try_set(Some(link))),
                Err(PanelError::SignedOut) => client.lost(),
                Err(failure) => drop(error.try_set(Some(failure.text()))),
            }
        });
    });
    let kinds = (reads && writes).then(|| {
        view! {
            <fieldset class="choices">
                <legend class="hidden">{tr!("What the link is for")}</legend>
                <Choice name="link-kind" number=0 value=kind testid="link-download" autofocus=true>
                    {tr!("Others can look at it and download it")}
                </Choice>
                <Choice name="link-kind" number=1 value=kind testid="link-upload">
                    {tr!("Others can put files into it, and see nothing of it")}
                </Choice>
            </fieldset>
        }
    });
    view! {
        <Form submit>
            {kinds}
            <p class="muted">{tr!("Everybody who has the link can use it. It works for as long as this account does.")}</p>
            <Select label=tr!("It works for") options=Signal::stored(terms) value=days testid="link-days" />
            <Field label=tr!("Password") kind="text" value=password.value error=password.error placeholder=tr!("none") testid="link-password" />
            <Field label=tr!("How often it can be used") value=uses.value error=uses.error placeholder=tr!("as often as wanted") testid="link-uses" />
            <FormError error />
            <DialogButtons close yes=tr!("Make the link").to_owned() disabled=busy testid="link-make" />
        </Form>
    }
    .erase()
}

#[component]
fn Made(client: Client, link: LinkRow, close: Callback<()>) -> impl IntoView {
    view! {
        <p>{tr!("The link is ready. You find it again under “Your links”.")}</p>
        <Address client link open=true />
        <div class="dialog-buttons">
            <button class="button primary" type="button" data-testid="link-done" on:click=move |_| close.run(())>
                {tr!("Done")}
            </button>
        </div>
    }
    .erase()
}
