//! The page of one person.

use super::{
    may_change,
    server::{change_person, person, person_sign_ins},
    sign_ins::SignIns,
    state,
};
use crate::{
    components::{
        crumbs::Crumbs,
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError},
        frame::use_account,
        password::NewPassword,
        time::Time,
        toast::{Toasts, use_toasts},
    },
    error::PanelError,
    format,
    live::news::keep_fresh,
    pages::{
        deletions::dialog::{DeleteDialog, Doomed},
        limits::LimitsCard,
        not_found::NotFound,
        signin::sign_in_as,
    },
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map},
};
use wharf_model::{
    ids::PersonId,
    limits::LimitsOf,
    live::Topic,
    panel_sessions::PanelSessionRow,
    people::{Permission, PersonReceipt, PersonRow, PersonUpdate, Role},
};

/// The page.
#[component]
pub fn OnePerson() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<PersonId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Body id /> }.erase(),
        None => view! { <NotFound /> }.erase(),
    }
}

#[component]
fn Body(id: PersonId) -> impl IntoView {
    let found = RwSignal::<Option<Result<PersonRow, PanelError>>>::new(None);
    let history = RwSignal::<Option<Vec<PanelSessionRow>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = person(id, active).await;
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::People, ask);
    keep_fresh(
        Topic::PanelSessions,
        Callback::new(move |active: bool| {
            spawn_local(async move {
                if let Ok(rows) = person_sign_ins(id, active).await {
                    let _ = history.try_set(Some(rows));
                }
            });
        }),
    );
    let gone = Memo::new(move |_| found.with(|found| matches!(found, Some(Err(PanelError::NotFound)))));
    // A look that fails does not take away what is there.
    let there = Memo::new(move |before: Option<&Option<PersonRow>>| {
        let now = found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok().cloned()));
        now.or_else(|| before.cloned().flatten())
    });
    // What changes by itself, so that a dialog that somebody fills in stays.
    let steady =
        Memo::new(move |_| there.get().map(|row| PersonRow { last_sign_in: None, domains: 0, customers: 0, ..row }));
    let error = move || {
        found.with(|found| match found {
            Some(Err(error)) => Some(view! { <span class="field-error" role="alert">{error.text()}</span> }),
            _ => None,
        })
    };
    let login = Signal::derive(move || there.with(|row| row.as_ref().map(|row| row.login.clone()).unwrap_or_default()));
    let name = move || there.with(|row| row.as_ref().map(|row| row.name.clone()));
    let facts = move || {
        there.get().map(|row| {
            view! {
                <span data-testid="person-state">{words::text(row.role.label())} " · " {state(row.enabled, row.suspended)}</span>
            }
        })
    };
    let past = Memo::new(move |_| history.get());
    // Own limits are set by who is above.
    let own = move |login: &str| use_account().is_some_and(|account| account.is(login));
    let limited = Memo::new(move |_| {
        let there = there.get()?;
        matches!(there.role, Role::Reseller | Role::Customer).then(|| own(&there.login))
    });
    move || {
        if gone.get() {
            return view! { <NotFound /> }.erase();
        }
        view! {
            <Title text=tr!("Person") />
            <div class="page">
                <Crumbs name=tr!("People") href="/people" here=login />
                <div class="page-head">
                    <h1 class="account-name" data-testid="person-name">
                        {name}
                    </h1>
                    {facts}
                    {error}
                </div>
                {move || there.get().map(|row| view! { <Facts row /> })}
                {move || may_change().then(|| steady.get().map(|row| view! { <Actions row ask /> }))}
                {move || limited.get().map(|fixed| view! { <LimitsCard of=LimitsOf::Person(id) fixed /> })}
                <section class="card" aria-labelledby="sign-ins-title">
                    <div class="toolbar">
                        <h2 id="sign-ins-title">{tr!("Sign-ins")}</h2>
                    </div>
                    {move || past.get().map(|rows| view! { <SignIns rows /> })}
                </section>
            </div>
        }
        .erase()
    }
}

#[component]
fn Facts(row: PersonRow) -> impl IntoView {
    let last = match row.last_sign_in {
        Some(at) => view! { <Time at full=true /> }.erase(),
        None => view! { <span>{tr!("never")}</span> }.erase(),
    };
    view! {
        <section class="card padded" aria-label=tr!("Facts")>
            <dl class="facts">
                <dt>{tr!("Login")}</dt>
                <dd>{row.login}</dd>
                {row.reseller.map(|reseller| view! { <dt>{tr!("Reseller")}</dt><dd>{reseller}</dd> })}
                <dt>{tr!("Domains")}</dt>
                <dd>{format::number(row.domains.into())}</dd>
                {(row.role == Role::Reseller).then(|| view! {
                    <dt>{tr!("Customers")}</dt>
                    <dd>{format::number(row.customers.into())}</dd>
                })}
                <dt>{tr!("One-time codes")}</dt>
                <dd>{if row.codes { tr!("asked for at each sign-in") } else { tr!("not in use") }}</dd>
                <dt>{tr!("Passkeys")}</dt>
                <dd data-testid="person-passkeys">{format::number(row.passkeys.into())}</dd>
                <dt>{tr!("Added")}</dt>
                <dd>
                    <Time at=row.added full=true />
                </dd>
                <dt>{tr!("Last sign-in")}</dt>
                <dd>{last}</dd>
            </dl>
        </section>
    }
    .erase()
}

/// What is being asked in a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Name,
    Password,
    Disable,
    Codes,
    Passkeys,
}

#[component]
fn Actions(row: PersonRow, ask: Callback<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let asked = RwSignal::new(None::<Asked>);
    let open = Signal::derive(move || asked.get().is_some());
    let close = Callback::new(move |()| asked.set(None));
    let (id, enabled) = (row.id, row.enabled);
    let button = |what: Asked, name: &'static str, testid: &'static str, class: &'static str| {
        view! {
            <button class=class type="button" data-testid=testid on:click=move |_| asked.set(Some(what))>
                {name}
            </button>
        }
        .erase()
    };
    let enable = move |_| {
        spawn_local(async move {
            let update = PersonUpdate { enabled: Some(true), ..PersonUpdate::default() };
            match change_person(id, update).await {
                Ok(receipt) => toasts.tell(tr!("{} may sign in again.", receipt.person.login)),
                Err(error) => toasts.fail(error.text()),
            }
            ask.try_run(false);
        });
    };
    let act_as = move |_| {
        spawn_local(async move {
            match sign_in_as(id).await {
                // A whole new page: nothing of the own session may stay.
                Ok(()) => drop(window().location().set_href("/")),
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    let may_act = use_account().is_some_and(|account| account.may(Permission::SignInAs))
        && matches!(row.role, Role::Reseller | Role::Customer | Role::MailboxOwner)
        && row.enabled;
    let mailbox = row.role == Role::MailboxOwner;
    // What would lock oneself out is refused; the own password is the profile's.
    let own = use_account().is_some_and(|account| account.is(&row.login));
    let switch = if own {
        view! { <A href="/profile" attr:class="button">{tr!("Your profile")}</A> }.erase()
    } else if enabled {
        button(Asked::Disable, tr!("Disable…"), "person-disable", "button danger")
    } else {
        view! {
            <button class="button" type="button" data-testid="person-enable" on:click=enable>
                {tr!("Enable")}
            </button>
        }
        .erase()
    };
    let deleting = RwSignal::new(None);
    let navigate = use_navigate();
    let deleted = Callback::new(move |()| navigate("/people", NavigateOptions::default()));
    let shown = StoredValue::new(row.clone());
    let form = move || {
        let row = shown.get_value();
        match asked.get() {
            None => ().erase(),
            Some(Asked::Name) => view! { <NameForm row close ask /> }.erase(),
            Some(Asked::Password) => view! { <PasswordForm row close ask /> }.erase(),
            Some(Asked::Disable) => view! { <DisableForm row close ask /> }.erase(),
            Some(Asked::Codes) => codes_form(&row, close, ask),
            Some(Asked::Passkeys) => passkeys_form(&row, close, ask),
        }
    };
    view! {
        <section class="card" aria-label=tr!("Actions")>
            <div class="toolbar wrap">
                {button(Asked::Name, tr!("Change the name…"), "person-rename", "button")}
                {(!own).then(|| button(Asked::Password, tr!("Set a new password…"), "person-set-password", "button"))}
                {(row.codes && !own).then(|| button(Asked::Codes, tr!("Ask for no more codes…"), "person-codes-off", "button"))}
                {(row.passkeys > 0 && !own)
                    .then(|| button(Asked::Passkeys, tr!("Remove all passkeys…"), "person-passkeys-off", "button"))}
                {may_act
                    .then(|| {
                        view! {
                            <button class="button" type="button" data-testid="person-sign-in-as" on:click=act_as>
                                {tr!("Sign in as {}", row.login)}
                            </button>
                        }
                    })}
                <span class="space"></span>
                {switch}
                {(!own && !mailbox)
                    .then(|| {
                        view! {
                            <button
                                class="button danger"
                                type="button"
                                data-testid="person-delete"
                                on:click=move |_| deleting.set(Some(Doomed::Person(id)))
                            >
                                {tr!("Delete…")}
                            </button>
                        }
                    })}
            </div>
        </section>
        <DeleteDialog doomed=deleting done=deleted />
        <Dialog open on_close=close labelled_by="person-title" testid="person-dialog">
            {form}
        </Dialog>
    }
    .erase()
}

/// Sends the change; what is wrong with a field goes to `error`.
fn send(
    id: PersonId,
    update: PersonUpdate,
    (toasts, error): (Toasts, RwSignal<Option<String>>),
    (close, ask): (Callback<()>, Callback<bool>),
    text: fn(&PersonReceipt) -> String,
) {
    error.set(None);
    spawn_local(async move {
        match change_person(id, update).await {
            Ok(receipt) => {
                toasts.tell(text(&receipt));
                close.try_run(());
                ask.try_run(false);
            }
            Err(wrong) => {
                let _ = error.try_set(Some(wrong.text()));
            }
        }
    });
}

/// `Done. 1 panel session and 2 transfer sessions ended.`
fn ended(receipt: &PersonReceipt) -> String {
    let panel = tr!("{n} panel session" | "{n} panel sessions" % receipt.panel_sessions);
    let transfer = tr!("{n} transfer session" | "{n} transfer sessions" % receipt.sessions);
    match (receipt.panel_sessions, receipt.sessions) {
        (0, 0) => tr!("Done. No session had to end.").to_owned(),
        (_, 0) => tr!("Done. {} ended.", panel),
        (0, _) => tr!("Done. {} ended.", transfer),
        _ => tr!("Done. {} and {} ended.", panel, transfer),
    }
}

#[component]
fn NameForm(row: PersonRow, close: Callback<()>, ask: Callback<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let (name, error) = (RwSignal::new(row.name.clone()), RwSignal::new(None));
    let id = row.id;
    let submit = Callback::new(move |()| {
        let update = PersonUpdate { name: Some(name.get_untracked()), ..PersonUpdate::default() };
        send(id, update, (toasts, error), (close, ask), |_| tr!("The name is changed.").to_owned());
    });
    view! {
        <h2 id="person-title">{tr!("Change the name of {}", row.login)}</h2>
        <Form submit>
            <Field label=tr!("Name") value=name testid="person-name-field" error />
            <DialogButtons close yes=tr!("Change") disabled=false testid="person-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn PasswordForm(row: PersonRow, close: Callback<()>, ask: Callback<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let (password, error) = (RwSignal::new(String::new()), RwSignal::new(None));
    let id = row.id;
    let submit = Callback::new(move |()| {
        let update = PersonUpdate { password: Some(password.get_untracked()), ..PersonUpdate::default() };
        send(id, update, (toasts, error), (close, ask), ended);
    });
    view! {
        <h2 id="person-title">{tr!("A new password for {}", row.login)}</h2>
        <Form submit>
            <p class="muted">{tr!("The old one stops working, and all panel sessions of this person end.")}</p>
            <NewPassword value=password testid="person-password" error />
            <DialogButtons close yes=tr!("Set the password") disabled=false testid="person-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn DisableForm(row: PersonRow, close: Callback<()>, ask: Callback<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let error = RwSignal::new(None);
    let id = row.id;
    let below = match row.role {
        Role::Reseller => {
            tr!("Nobody of the reseller's customers can sign in either, and no account of their domains can log in.")
        }
        Role::Customer => tr!("No account of the customer's domains can log in."),
        Role::MailboxOwner => tr!("The account still works with other protocols."),
        Role::Administrator | Role::Auditor => "",
    };
    let submit = Callback::new(move |()| {
        let update = PersonUpdate { enabled: Some(false), ..PersonUpdate::default() };
        send(id, update, (toasts, error), (close, ask), ended);
    });
    view! {
        <h2 id="person-title">{tr!("Disable {}?", row.login)}</h2>
        <Form submit>
            <p>{tr!("The person cannot sign in any more, and is signed out at once.")} " " {below}</p>
            <p class="muted">{tr!("Sessions that run now end. Nothing is deleted; Enable takes it back.")}</p>
            <FormError error />
            <DialogButtons close yes=tr!("Disable") disabled=false danger=true testid="person-confirm" />
        </Form>
    }
    .erase()
}

fn codes_form(row: &PersonRow, close: Callback<()>, ask: Callback<bool>) -> AnyView {
    let update = PersonUpdate { codes: Some(false), ..PersonUpdate::default() };
    let text = tr!(
        "For who has lost the device and the recovery codes: the password alone is enough then. Be sure who asks you for it."
    );
    let told = |_: &PersonReceipt| tr!("No more codes are asked for.").to_owned();
    let head = tr!("Ask {} for no more codes?", row.login);
    view! { <TakeAway id=row.id update head text yes=tr!("Ask for no more codes") told close ask /> }.erase()
}

fn passkeys_form(row: &PersonRow, close: Callback<()>, ask: Callback<bool>) -> AnyView {
    let update = PersonUpdate { passkeys: Some(false), ..PersonUpdate::default() };
    let text = tr!(
        "For who has lost a device: none of the passkeys works any more, and sessions that were begun with one end at once. The password stays."
    );
    let head = tr!("Remove all passkeys of {}?", row.login);
    view! { <TakeAway id=row.id update head text yes=tr!("Remove all passkeys") told=ended close ask /> }.erase()
}

/// Asks once more before a proof of who somebody is goes.
#[component]
fn TakeAway(
    id: PersonId,
    update: PersonUpdate,
    head: String,
    text: &'static str,
    yes: &'static str,
    told: fn(&PersonReceipt) -> String,
    close: Callback<()>,
    ask: Callback<bool>,
) -> impl IntoView {
    let toasts = use_toasts();
    let error = RwSignal::new(None);
    let submit = Callback::new(move |()| send(id, update.clone(), (toasts, error), (close, ask), told));
    view! {
        <h2 id="person-title">{head}</h2>
        <Form submit>
            <p>{text}</p>
            <FormError error />
            <DialogButtons close yes disabled=false danger=true testid="person-confirm" />
        </Form>
    }
    .erase()
}
