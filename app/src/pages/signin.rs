//! Signing in and out. Works without JavaScript: the form posts, and what went wrong comes back as a word in the
//! address.
//!
//! * [`server`]: the functions it calls; [`passkey`]: the button beside the form

pub mod passkey;
pub mod server;

use crate::{
    components::{erase::Erase, icons::Mark, languages::Languages},
    error::PanelError,
    later,
    next::{self, HOME},
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use passkey::PasskeyButton;
use server::why_over;
pub use server::{SignInCall, SignOutCall, me, sign_in_as, signed_in};
use wharf_model::panel_sessions::SessionEnd;
pub use wharf_model::people::Me;

const CODE_NEEDED: &str = later!("Enter the code that your authenticator app shows, or one of your recovery codes.");
const WRONG_CODE: &str = later!("The code is not right, or was used already.");
const ELSEWHERE: &str = later!("You are signed in elsewhere, and may not be twice.");
const INCORRECT: &str = later!("The name or the password is not right.");

fn locked(minutes: i64) -> PanelError {
    PanelError::invalid("login", &tr!("Too many failed attempts from your address. Try again in {} min.", minutes))
}

/// What a form post without JavaScript was refused with. Only known words: the address can be anybody's.
fn told(word: &str, minutes: Option<i64>) -> Option<String> {
    match word {
        "incorrect" => Some(words::text(INCORRECT).to_owned()),
        "code" => Some(words::text(CODE_NEEDED).to_owned()),
        "wrong_code" => Some(words::text(WRONG_CODE).to_owned()),
        "elsewhere" => Some(words::text(ELSEWHERE).to_owned()),
        "locked" => Some(locked(minutes.unwrap_or(1).clamp(1, 24 * 60)).text()),
        "busy" => Some(PanelError::Busy.text()),
        _ => None,
    }
}

/// The sign-in page.
#[component]
pub fn SignIn() -> impl IntoView {
    let action = ServerAction::<SignInCall>::new();
    let query = use_query_map();
    let next = Signal::derive(move || query.with(|query| next::safe(query.get_str("next").unwrap_or(HOME)).to_owned()));
    // What came of a passkey, until the form is sent.
    let passkey = RwSignal::new(None::<PanelError>);
    let replace = RwSignal::new(false);
    Effect::new(move || {
        if action.pending().get() {
            passkey.set(None);
        }
    });
    let error = move || match action.value().get() {
        _ if passkey.with(Option::is_some) => passkey.get().map(|error| error.text()),
        Some(Err(error)) => Some(error.text()),
        _ if action.pending().get() => None,
        _ => query.with(|query| {
            told(
                query.get_str("error").unwrap_or_default(),
                query.get_str("minutes").and_then(|text| text.parse().ok()),
            )
        }),
    };
    // What was asked for once stays: the next answer may be about something else.
    let asked = move |field: &'static str, words: &'static [&'static str]| {
        Memo::new(move |before: Option<&bool>| {
            let is = |error: &PanelError| matches!(error, PanelError::Invalid { field: told, .. } if told == field);
            let told = matches!(action.value().get(), Some(Err(error)) if is(&error))
                || passkey.with(|error| error.as_ref().is_some_and(is));
            let word = query.with(|query| query.get_str("error").is_some_and(|word| words.contains(&word)));
            told || word || before.copied().unwrap_or(false)
        })
    };
    let (code, elsewhere) = (asked("code", &["code", "wrong_code", "elsewhere"]), asked("replace", &["elsewhere"]));
    let over = Resource::new_blocking(|| (), |()| why_over());
    let password = NodeRef::<leptos::html::Input>::new();
    // A wrong password is typed again at once.
    Effect::new(move || {
        if let Some(Err(_)) = action.value().get()
            && let Some(field) = password.get_untracked()
        {
            field.select();
        }
    });
    // A link from another site arrives without the strict cookie, though the browser is signed in.
    let navigate = use_navigate();
    Effect::new(move || {
        let (navigate, next) = (navigate.clone(), next.get_untracked());
        spawn_local(async move {
            if signed_in().await == Ok(true) {
                navigate(&next, NavigateOptions { replace: true, ..NavigateOptions::default() });
            }
        });
    });
    view! {
        <Title text=tr!("Sign in") />
        <main class="signin">
            <div class="signin-card">
                <h1 class="brand">
                    <Mark />
                    "Wharf"
                </h1>
                <Suspense>
                    {move || Suspend::new(async move {
                        over.await.ok().flatten().and_then(ended).map(|text| {
                            view! {
                                <p class="banner note" role="status" data-testid="signin-over">
                                    {text}
                                </p>
                            }
                        })
                    })}
                </Suspense>
                <ActionForm action=action attr:class="signin-form">
                    <Fields next error=Signal::derive(error) pending=action.pending() password code elsewhere replace />
                </ActionForm>
                <PasskeyButton next replace error=passkey begun=Callback::new(move |()| action.clear()) />
                <Languages next />
            </div>
        </main>
    }
    .erase()
}

#[component]
fn Fields(
    next: Signal<String>,
    error: Signal<Option<String>>,
    pending: Memo<bool>,
    password: NodeRef<leptos::html::Input>,
    code: Memo<bool>,
    elsewhere: Memo<bool>,
    replace: RwSignal<bool>,
) -> impl IntoView {
    let described = move || error.read().as_ref().map(|_| "signin-error");
    view! {
                    <input type="hidden" name="next" value=next />
                    <label for="login">{tr!("Login")}</label>
                    <input
                        id="login"
                        name="login"
                        type="text"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus
                        required
                        maxlength="200"
                        aria-describedby=described
                        data-testid="signin-login"
                    />
                    <label for="password">{tr!("Password")}</label>
                    <input
                        node_ref=password
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        maxlength="1000"
                        aria-describedby=described
                        data-testid="signin-password"
                    />
                    {move || code.get().then(|| view! { <CodeField /> })}
                    {move || elsewhere.get().then(|| view! {
                        <label class="check">
                            <input
                                type="checkbox"
                                name="replace"
                                value="1"
                                data-testid="signin-replace"
                                on:change:target=move |event| replace.set(event.target().checked())
                            />
                            <span>{tr!("End the other session and sign in here")}</span>
                        </label>
                    })}
                    <p class="signin-error" id="signin-error" role="alert" data-testid="signin-error">
                        {error}
                    </p>
                    <button class="button primary" type="submit" data-testid="signin-submit" disabled=move || pending.get()>
                        {move || if pending.get() { tr!("Signing in…") } else { tr!("Sign in") }}
                    </button>
    }
    .erase()
}

#[component]
fn CodeField() -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            // An element that is there can be focused; if not, nothing is lost.
            let _ = field.focus();
        }
    });
    view! {
        <label for="code">{tr!("Code")}</label>
        <input
            node_ref=field
            id="code"
            name="code"
            type="text"
            inputmode="text"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            maxlength="20"
            aria-describedby="signin-error"
            data-testid="signin-code"
        />
    }
    .erase()
}

/// Why the last session is over, where the person did not end it.
fn ended(why: SessionEnd) -> Option<&'static str> {
    match why {
        SessionEnd::SignedOut => None,
        SessionEnd::Idle => Some(tr!("You were signed out because nothing was done for a while.")),
        SessionEnd::Expired => Some(tr!("Your session had lasted as long as a session may. Please sign in again.")),
        SessionEnd::Removed => Some(tr!("Your session was ended by an administrator, or by you from another browser.")),
        SessionEnd::Replaced => Some(tr!("Your session was ended because you signed in elsewhere.")),
        SessionEnd::Password => Some(tr!("Your session was ended because your password was changed.")),
        SessionEnd::Passkey => Some(tr!("Your session was ended because the passkey that began it was removed.")),
        SessionEnd::Rights => Some(tr!("Your session was ended because your rights were changed.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_become_text() {
        assert_eq!(told("incorrect", None).as_deref(), Some(INCORRECT));
        assert!(told("locked", Some(9)).is_some_and(|text| text.contains("9 min")));
        assert!(told("locked", Some(i64::MAX)).is_some_and(|text| text.contains("1440 min")));
        assert_eq!(told("Your password is needed at evil.example", None), None);
        assert_eq!(told("", None), None);
    }
}
