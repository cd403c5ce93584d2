//! The own profile: name, password, one-time codes, sign-ins.
//!
//! * [`server`]: the functions it calls
//! * [`preferences`]: language and time zone; [`codes`]: one-time codes; [`passkeys`]: instead of both; [`tokens`]: for programs

pub mod codes;
pub mod passkeys;
pub mod preferences;
pub mod server;
pub mod tokens;

use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError},
        frame::{Account, use_account},
        password::NewPassword,
        toast::use_toasts,
    },
    error::PanelError,
    live::news::keep_fresh,
    pages::people::sign_ins::SignIns,
    tr, words,
};
use codes::Codes;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::components::A;
use passkeys::Passkeys;
use preferences::LanguageAndZone;
use server::{change_own_name, change_own_password, profile};
use tokens::Tokens;
use wharf_model::{
    live::Topic,
    passkeys::PasskeyRow,
    people::{PersonRow, Profile as Own, Role},
};

/// The page.
#[component]
pub fn Profile() -> impl IntoView {
    let found = RwSignal::<Option<Result<Own, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = profile(active).await.map_err(|error| error.text());
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::PanelSessions, ask);
    keep_fresh(Topic::People, ask);
    // A look that fails does not take away what is there: it may be the recovery codes.
    let own = Memo::new(move |before: Option<&Option<Result<PersonRow, String>>>| {
        let now = found.with(|found| found.as_ref().map(|found| found.as_ref().map(own_part).map_err(Clone::clone)));
        match (now, before) {
            (Some(Err(_)), Some(Some(Ok(before)))) => Some(Ok(before.clone())),
            (now, _) => now,
        }
    });
    let rows = Memo::new(move |_| found.with(|found| found.as_ref()?.as_ref().ok().map(|own| own.sign_ins.clone())));
    let codes = Memo::new(move |before: Option<&Option<u32>>| {
        found.with(|found| match found {
            Some(Ok(own)) => own.person.codes.then_some(own.recovery_codes),
            _ => before.copied().flatten(),
        })
    });
    let passkeys = Memo::new(move |before: Option<&Vec<PasskeyRow>>| {
        found.with(|found| match found {
            Some(Ok(own)) => own.passkeys.clone(),
            _ => before.cloned().unwrap_or_default(),
        })
    });
    let body = move || match own.get() {
        None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
        Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error}</p> }.erase(),
        Some(Ok(own)) => view! { <Own own codes passkeys ask /> }.erase(),
    };
    let mailbox = use_account().map(Account::role) == Some(Role::MailboxOwner);
    view! {
        <Title text=tr!("Your profile") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Your profile")}</h1>
            </div>
            {body}
            {(!mailbox).then(|| view! { <Tokens /> })}
            <section class="card" aria-labelledby="sign-ins-title">
                <div class="toolbar">
                    <h2 id="sign-ins-title">{tr!("Your sign-ins")}</h2>
                    <span class="space"></span>
                    <A href="/panel-sessions">{tr!("End other sessions")}</A>
                </div>
                {move || rows.get().map(|rows| view! { <SignIns rows /> })}
            </section>
        </div>
    }
    .erase()
}

/// Without what may change meanwhile, so that a form that is being filled in stays.
fn own_part(own: &Own) -> PersonRow {
    PersonRow { last_sign_in: None, codes: false, passkeys: 0, ..own.person.clone() }
}

#[component]
fn Own(
    own: PersonRow,
    codes: Memo<Option<u32>>,
    passkeys: Memo<Vec<PasskeyRow>>,
    ask: Callback<bool>,
) -> impl IntoView {
    let toasts = use_toasts();
    let acting = use_account().is_some_and(Account::acting);
    let (name, name_error) = (RwSignal::new(own.name), RwSignal::new(None));
    let changing = RwSignal::new(false);
    let close = Callback::new(move |()| changing.set(false));
    let submit = Callback::new(move |()| {
        name_error.set(None);
        spawn_local(async move {
            match change_own_name(name.get_untracked()).await {
                Ok(()) => toasts.tell(tr!("Your name is changed.").to_owned()),
                Err(wrong) => {
                    let _ = name_error.try_set(Some(wrong.text()));
                }
            }
        });
    });
    view! {
        <section class="card padded" aria-label=tr!("You")>
            <dl class="facts">
                <dt>{tr!("Login")}</dt>
                <dd data-testid="profile-login">{own.login}</dd>
                <dt>{tr!("Type")}</dt>
                <dd>{words::text(own.role.label())}</dd>
            </dl>
            <Form submit class="inline-form">
                <Field label=tr!("Name") value=name testid="profile-name" error=name_error />
                <button class="button" type="submit" data-testid="profile-name-save">
                    {tr!("Save")}
                </button>
            </Form>
        </section>
        {(!acting)
            .then(|| {
                view! {
                    <LanguageAndZone />
                    <section class="card padded" aria-labelledby="password-title">
                        <h2 id="password-title">{tr!("Password")}</h2>
                        <p class="muted">{tr!("A new password ends all your other sessions.")}</p>
                        <button class="button" type="button" data-testid="profile-password" on:click=move |_| changing.set(true)>
                            {tr!("Change the password…")}
                        </button>
                    </section>
                    <Codes left=codes ask />
                    <Passkeys all=passkeys ask />
                }
            })}
        <Dialog open=changing on_close=close labelled_by="own-password-title" testid="password-dialog">
            <PasswordForm close />
        </Dialog>
    }
    .erase()
}

#[component]
fn PasswordForm(close: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let [old_error, new_error, error] = [(); 3].map(|()| RwSignal::new(None));
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for shown in [old_error, new_error, error] {
            shown.set(None);
        }
        busy.set(true);
        spawn_local(async move {
            let answer = change_own_password(old.get_untracked(), new.get_untracked()).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(0) => {
                    toasts.tell(tr!("Your password is changed.").to_owned());
                    close.try_run(());
                    return;
                }
                Ok(others) => {
                    let others = tr!("{n} other session" | "{n} other sessions" % others);
                    toasts.tell(tr!("Your password is changed; {} ended.", others));
                    close.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) if field == "old" => (old_error, message),
                Err(PanelError::Invalid { field, message }) if field == "new" => (new_error, message),
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    view! {
        <h2 id="own-password-title">{tr!("Change your password")}</h2>
        <Form submit>
            <Field label=tr!("Password until now") value=old kind="password" testid="password-old" error=old_error />
            <NewPassword label=tr!("New password") value=new testid="password-new" error=new_error />
            <FormError error />
            <DialogButtons close yes=tr!("Change the password") disabled=busy testid="password-confirm" />
        </Form>
    }
    .erase()
}
