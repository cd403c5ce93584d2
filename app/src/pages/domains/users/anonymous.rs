//! The card about users without a name.

use crate::{
    components::{
        entry::Entry,
        form::{Choice, Field, Form, FormError},
        toast::use_toasts,
    },
    error::PanelError,
    format,
    pages::{
        accounts::password::ended,
        domains::{may, server::users::set_anonymous},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use wharf_model::{
    accounts::Limits,
    anonymous::{Anonymous, AnonymousAccess, AnonymousShown},
    ids::DomainId,
    people::Permission,
};

/// Places of a number of megabytes that is kept in bytes, and of kilobytes a second.
const MEGA: u32 = 6;
const KILO: u32 = 3;

fn told(access: AnonymousAccess) -> &'static str {
    match access {
        AnonymousAccess::Off => tr!("Off: nobody comes in without an account"),
        AnonymousAccess::ReadOnly => tr!("Read-only: they look and download"),
        AnonymousAccess::Incoming => {
            tr!("Read-only, and they may put new files into incoming, where none of them sees anything")
        }
    }
}

/// The card. `done` is run when something was changed.
pub fn anonymous_card(id: DomainId, there: &AnonymousShown, done: Callback<()>) -> AnyView {
    let account = there.account_id.map(|account| {
        view! {
            <p>
                <A href=format!("/accounts/{account}") attr:data-testid="anonymous-account">
                    {tr!("The account that stands for them")}
                </A>
            </p>
        }
    });
    let body = if may(Permission::ManageDomains) {
        form(id, &there.settings, done)
    } else {
        view! { <p data-testid="anonymous-shown">{told(there.settings.access)}</p> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="anonymous-title" data-testid="anonymous">
            <div class="toolbar">
                <h2 id="anonymous-title">{tr!("Anonymous FTP")}</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    {tr!("Who logs in as anonymous or ftp, with any password, over FTP and FTPS.")}
                </p>
                {body} {account}
            </div>
        </section>
    }
    .into_any()
}

fn form(id: DomainId, there: &Anonymous, done: Callback<()>) -> AnyView {
    let toasts = use_toasts();
    let Limits { quota_bytes, download_rate, upload_rate, sessions, sessions_per_ip, .. } = there.limits;
    let before = StoredValue::new(there.limits);
    let number =
        |value: Option<u64>, places| Entry::new(value.map(|value| format::decimal(value, places)).unwrap_or_default());
    let access =
        RwSignal::new(AnonymousAccess::ALL.iter().position(|access| *access == there.access).unwrap_or_default());
    let folder = Entry::new(there.folder.clone());
    let limits = [
        (tr!("Sessions"), "sessions", "anonymous-sessions", 0, number(sessions.map(u64::from), 0)),
        (
            tr!("Sessions per address"),
            "sessions_per_ip",
            "anonymous-per-ip",
            0,
            number(sessions_per_ip.map(u64::from), 0),
        ),
        (tr!("Download, kB/s"), "download_rate", "anonymous-download", KILO, number(download_rate, KILO)),
        (tr!("Upload, kB/s"), "upload_rate", "anonymous-upload", KILO, number(upload_rate, KILO)),
        (tr!("Storage, MB"), "quota_bytes", "anonymous-quota", MEGA, number(quota_bytes, MEGA)),
    ];
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        error.set(None);
        folder.error.set(None);
        // All of them are looked at, so that all errors show at once.
        let read = limits.map(|(_, _, _, places, entry)| {
            entry.error.set(None);
            entry.number(places)
        });
        let [Ok(sessions), Ok(sessions_per_ip), Ok(download_rate), Ok(upload_rate), Ok(quota_bytes)] = read else {
            return;
        };
        let small = |number: Option<u64>| number.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let settings = Anonymous {
            access: AnonymousAccess::ALL.get(access.get_untracked()).copied().unwrap_or_default(),
            folder: folder.text(),
            limits: Limits {
                quota_bytes,
                download_rate,
                upload_rate,
                sessions: small(sessions),
                sessions_per_ip: small(sessions_per_ip),
                ..before.get_value()
            },
        };
        busy.set(true);
        spawn_local(async move {
            let answer = set_anonymous(id, settings).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(changed) => {
                    let ended =
                        if changed.ended > 0 { ended(changed.ended) } else { tr!("No session ended.").to_owned() };
                    toasts.tell(tr!("Anonymous FTP is set. {}", ended));
                    done.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) if field == "folder" => (folder.error, message),
                Err(PanelError::Invalid { field, message }) => {
                    let entry = limits.iter().find(|(_, name, ..)| *name == field);
                    (entry.map_or(error, |(.., entry)| entry.error), message)
                }
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    let choices = choices(access);
    let numbers = limits.map(|(label, _, testid, _, entry)| {
        view! { <Field label value=entry.value testid error=entry.error /> }
    });
    view! {
        <Form submit class="form inline-fields">
            <fieldset class="choices">
                <legend class="field-name">{tr!("They are let in")}</legend>
                {choices}
            </fieldset>
            <Field
                label=tr!("Folder, below the domain's directory")
                value=folder.value
                testid="anonymous-folder"
                error=folder.error
            />
            <p class="muted">{tr!("For all of them together; an empty field is no limit.")}</p>
            <div class="fields">{numbers.into_iter().collect_view()}</div>
            <FormError error />
            <p>
                <button class="button" type="submit" data-testid="anonymous-save" disabled=busy>
                    {tr!("Save")}
                </button>
            </p>
        </Form>
    }
    .into_any()
}

/// How they are let in.
fn choices(access: RwSignal<usize>) -> AnyView {
    let choices = AnonymousAccess::ALL.into_iter().enumerate().map(|(number, one)| {
        let testid = match one {
            AnonymousAccess::Off => "anonymous-off",
            AnonymousAccess::ReadOnly => "anonymous-read-only",
            AnonymousAccess::Incoming => "anonymous-incoming",
        };
        view! {
            <Choice name="anonymous-access" number value=access testid>
                {told(one)}
            </Choice>
        }
    });
    choices.collect_view().into_any()
}
