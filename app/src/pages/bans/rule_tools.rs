//! What would happen to an address; rules as text, in and out.

use super::{
    own::{OwnAddress, Sending},
    rule_form::Reaches,
    server::{export_rules, import_rules, test_address},
};
use crate::{
    components::{
        download,
        erase::Erase,
        form::{Check, DialogButtons, Field, Form, FormError, TextArea},
        toast::Toasts,
    },
    pages::sessions::words,
    tr, tr_view,
    words::told,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    addresses::AddressRange,
    bans::Reach,
    rules::{Verdict, WrongLine},
};

/// The longest import, in characters.
const LONGEST: usize = 1_000_000;

/// Says what would happen to an address that logs in to what is chosen.
#[component]
pub fn TestAddress(
    /// What the login is to.
    reaches: Reaches,
) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let verdict = RwSignal::<Option<Verdict>>::new(None);
    let submit = Callback::new(move |()| {
        let range = address.read_untracked().parse::<AddressRange>();
        error.set(range.as_ref().err().map(|error| words::sentence(&error.to_string())));
        verdict.set(None);
        let Ok(range) = range else { return };
        spawn_local(async move {
            match test_address(reaches.chosen(), range).await {
                Ok(answer) => {
                    let _ = verdict.try_set(Some(answer));
                }
                Err(failure) => {
                    let _ = error.try_set(Some(failure.text()));
                }
            }
        });
    });
    let said = move || {
        verdict.get().map(|verdict| {
            let (class, word) =
                if verdict.admitted { ("rule-allow", tr!("Let in. ")) } else { ("rule-deny", tr!("Refused. ")) };
            let sessions = match verdict.sessions {
                0 => String::new(),
                sessions => tr!(" {} from there now.", tr!("{n} session" | "{n} sessions" % sessions)),
            };
            view! {
                <b class=class>{word}</b>
                {told(&verdict.why)}
                {sessions}
            }
        })
    };
    view! {
        <section class="card card-body" aria-labelledby="test-title">
            <h2 id="test-title">{tr!("Test an address")}</h2>
            <p class="muted">{tr!("What would happen to a login to what is chosen above: server first, then domain, then account.")}</p>
            <Form submit class="inline-form">
                <Field label=tr!("Address") value=address testid="test-address" error />
                <button class="button" type="submit" data-testid="test-submit">
                    {tr!("Test")}
                </button>
            </Form>
            <p aria-live="polite" data-testid="test-verdict">
                {said}
            </p>
        </section>
    }
    .erase()
}

/// Gives the list to the browser as a file.
pub(super) fn export(reach: Reach, toasts: Toasts) {
    spawn_local(async move {
        match export_rules(reach).await {
            Ok(text) => download::save(toasts, "wharf-rules.txt", "text/plain", &text),
            Err(error) => toasts.fail(error.text()),
        }
    });
}

/// Rules as text, one a line.
#[component]
pub fn ImportForm(
    /// Which list they go to.
    reach: Reach,
    /// Leaves the dialog.
    close: Callback<()>,
    /// They were added.
    done: Callback<()>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let replace = RwSignal::new(false);
    let wrong = RwSignal::<Vec<WrongLine>>::default();
    let sending = Sending::new();
    let submit = Callback::new(move |()| {
        wrong.set(Vec::new());
        sending.begin();
        spawn_local(async move {
            let answer = import_rules(reach, text.get_untracked(), replace.get_untracked(), sending.confirmed()).await;
            let Some(receipt) = sending.end(answer) else { return };
            if receipt.wrong.is_empty() {
                sending.toasts.tell(tr!("{} added.", tr!("{n} rule" | "{n} rules" % receipt.added)));
                done.try_run(());
            } else {
                wrong.try_set(receipt.wrong);
            }
        });
    });
    let line = |wrong: WrongLine| view! { <li>{tr!("Line {}: {}", wrong.line, words::sentence(&wrong.why))}</li> };
    view! {
        <h2 id="rule-title">{tr!("Import rules")}</h2>
        <p class="muted">
            {tr_view!("One rule a line, as in {}. If a line is wrong, none is added.", view! { <code>"deny 203.0.113.0/24 # why"</code> })}
        </p>
        <Form submit>
            <TextArea label=tr!("Rules") value=text testid="import-text" rows="8" most=LONGEST />
            <Check value=replace testid="import-replace">
                {tr!("In place of the rules that are there")}
            </Check>
            {move || {
                let wrong = wrong.get();
                (!wrong.is_empty())
                    .then(|| {
                        view! {
                            <ul class="field-error" role="alert" data-testid="import-wrong">
                                {wrong.into_iter().map(line).collect_view()}
                            </ul>
                        }
                    })
            }}
            <OwnAddress sending />
            <FormError error=sending.error />
            <DialogButtons close yes=tr!("Import") disabled=sending.busy testid="import-confirm" />
        </Form>
    }
    .erase()
}
