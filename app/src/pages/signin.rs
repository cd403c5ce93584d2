//! Signing in and out. Works without JavaScript: the form posts, and what went wrong comes back as a word in the
//! address.

use crate::{
    call::Call,
    components::{erase::Erase, icons::Mark},
    error::PanelError,
    next::{self, HOME},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
pub use wharf_model::people::Me;
use wharf_model::{ids::PersonId, panel_sessions::SessionEnd};

/// Signs a person in, sets the cookie and leads to `next`.
#[server(name = SignInCall, prefix = "/fn", endpoint = "sign_in")]
pub async fn sign_in(
    /// Name of the person.
    login: String,
    /// Its password.
    password: String,
    /// A one-time or recovery code, for who has been asked for one.
    #[server(default)]
    code: String,
    /// `1`: older sessions make room where there may be no more.
    #[server(default)]
    replace: String,
    /// Where to go then.
    #[server(default)]
    next: String,
) -> Result<(), PanelError> {
    use crate::guard;
    use axum::http::{HeaderValue, StatusCode, header};
    use wharf_core::panel_sessions::{SignIn, SignInError};

    const LONGEST: usize = 1_000;
    let parts = guard::parts()?;
    let ip = guard::peer(&parts)?.ip();
    let header_text =
        |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let plain_form = header_text(header::ACCEPT).contains("text/html");
    let refuse = |status, word: &str, error| {
        if plain_form {
            leptos_axum::redirect(&format!("/signin?error={word}&next={}", next::encode(next::safe(&next))));
            Ok(())
        } else {
            Err(guard::refuse(status, error))
        }
    };
    let incorrect = || refuse(StatusCode::UNAUTHORIZED, "incorrect", PanelError::invalid("password", INCORRECT));
    if login.len() > LONGEST || password.len() > LONGEST || code.len() > LONGEST {
        return incorrect();
    }
    let shown = SignIn {
        login: login.trim(),
        password: &password,
        code: &code,
        replace: replace == "1",
        ip,
        user_agent: header_text(header::USER_AGENT),
    };
    let secret = match guard::core()?.sign_in(shown).await {
        Ok(secret) => secret,
        Err(SignInError::Incorrect) => return incorrect(),
        Err(SignInError::CodeNeeded) => {
            return refuse(StatusCode::UNAUTHORIZED, "code", PanelError::invalid("code", CODE_NEEDED));
        }
        Err(SignInError::WrongCode) => {
            return refuse(StatusCode::UNAUTHORIZED, "wrong_code", PanelError::invalid("code", WRONG_CODE));
        }
        Err(SignInError::Elsewhere) => {
            return refuse(StatusCode::CONFLICT, "elsewhere", PanelError::invalid("replace", ELSEWHERE));
        }
        Err(SignInError::Refused(refusal)) => {
            let minutes = match refusal {
                wharf_core::sessions::Refusal::LockedOut { minutes } => minutes,
                _ => 1,
            };
            let error = PanelError::invalid("login", &locked(minutes));
            return refuse(StatusCode::TOO_MANY_REQUESTS, &format!("locked&minutes={minutes}"), error);
        }
        Err(SignInError::Overloaded(_)) => return refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", PanelError::Busy),
        Err(SignInError::Store(error)) => return Err(guard::internal(&error)),
    };
    guard::set_cookie(guard::COOKIE, &secret)?;
    guard::clear_cookie(guard::OWN_COOKIE)?;
    leptos_axum::redirect(next::safe(&next));
    Ok(())
}

/// Ends the own panel session and leads to the sign-in page; who acts as somebody else returns to the own session.
#[server(name = SignOutCall, prefix = "/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), PanelError> {
    use crate::guard;

    match guard::operator(true).await {
        Ok(operator) => guard::core()?.sign_out(&operator).await.map_err(|error| guard::internal(&error))?,
        // Signed out already: all that is left is the cookie.
        Err(PanelError::SignedOut) => {}
        Err(error) => return Err(error),
    }
    let parts = guard::parts()?;
    let own = guard::cookie(&parts.headers, guard::OWN_COOKIE).map(str::to_owned);
    if let Some(own) = &own {
        guard::clear_cookie(guard::OWN_COOKIE)?;
        guard::set_cookie(guard::COOKIE, own)?;
    } else {
        guard::clear_cookie(guard::COOKIE)?;
    }
    leptos_axum::redirect(if own.is_some() { "/people" } else { "/signin" });
    Ok(())
}

/// Signs the operator in as somebody else. The own session waits in a cookie of its own until signing out.
#[server(name = SignInAsCall, prefix = "/fn", endpoint = "sign_in_as", protocol = Call)]
pub async fn sign_in_as(
    /// Whom.
    id: PersonId,
) -> Result<(), PanelError> {
    use crate::guard;
    use axum::http::header;
    let operator = guard::require(wharf_model::people::Permission::SignInAs).await?;
    let parts = guard::parts()?;
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let own = guard::cookie_secret(&parts.headers).ok_or_else(guard::not_found)?;
    let secret = guard::core()?.sign_in_as(&operator, id, user_agent).await.map_err(guard::failed)?;
    guard::set_cookie(guard::OWN_COOKIE, own)?;
    guard::set_cookie(guard::COOKIE, &secret)
}

/// Why the session of this browser is over, where it is one that is.
#[server(name = WhyOverCall, prefix = "/fn", endpoint = "why_over", protocol = Call)]
pub async fn why_over() -> Result<Option<SessionEnd>, PanelError> {
    use crate::guard;
    let parts = guard::parts()?;
    let Some(secret) = guard::cookie_secret(&parts.headers) else { return Ok(None) };
    guard::core()?.why_over(secret).await.map_err(|error| guard::internal(&error))
}

/// Who is signed in. `active`: a person opened a page, as opposed to a page that asks by itself.
#[server(name = MeCall, prefix = "/fn", endpoint = "me", protocol = Call)]
pub async fn me(
    /// Somebody opened a page.
    active: bool,
) -> Result<Me, PanelError> {
    Ok(crate::guard::operator(active).await?.me())
}

/// Whether anybody is signed in: asked by pages that have a reason to doubt it, and no activity.
#[server(name = SignedInCall, prefix = "/fn", endpoint = "signed_in", protocol = Call)]
pub async fn signed_in() -> Result<bool, PanelError> {
    Ok(crate::guard::find(false).await?.is_some())
}

const CODE_NEEDED: &str = "Enter the code that your authenticator app shows, or one of your recovery codes.";
const WRONG_CODE: &str = "The code is not right, or was used already.";
const ELSEWHERE: &str = "You are signed in elsewhere, and may not be twice.";
const INCORRECT: &str = "The name or the password is not right.";

fn locked(minutes: i64) -> String {
    format!("Too many failed attempts from your address. Try again in {minutes} min.")
}

/// What a form post without JavaScript was refused with. Only known words: the address can be anybody's.
fn told(word: &str, minutes: Option<i64>) -> Option<String> {
    match word {
        "incorrect" => Some(INCORRECT.to_owned()),
        "code" => Some(CODE_NEEDED.to_owned()),
        "wrong_code" => Some(WRONG_CODE.to_owned()),
        "elsewhere" => Some(ELSEWHERE.to_owned()),
        "locked" => Some(locked(minutes.unwrap_or(1).clamp(1, 24 * 60))),
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
    let error = move || match action.value().get() {
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
            let told =
                matches!(action.value().get(), Some(Err(PanelError::Invalid { field: told, .. })) if told == field);
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
        <Title text="Sign in" />
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
                    <Fields next error=Signal::derive(error) pending=action.pending() password code elsewhere />
                </ActionForm>
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
) -> impl IntoView {
    let described = move || error.read().as_ref().map(|_| "signin-error");
    view! {
                    <input type="hidden" name="next" value=next />
                    <label for="login">"Login"</label>
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
                    <label for="password">"Password"</label>
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
                            <input type="checkbox" name="replace" value="1" data-testid="signin-replace" />
                            <span>"End the other session and sign in here"</span>
                        </label>
                    })}
                    <p class="signin-error" id="signin-error" role="alert" data-testid="signin-error">
                        {error}
                    </p>
                    <button class="button primary" type="submit" data-testid="signin-submit" disabled=move || pending.get()>
                        {move || if pending.get() { "Signing in…" } else { "Sign in" }}
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
        <label for="code">"Code"</label>
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
        SessionEnd::Idle => Some("You were signed out because nothing was done for a while."),
        SessionEnd::Expired => Some("Your session had lasted as long as a session may. Please sign in again."),
        SessionEnd::Removed => Some("Your session was ended by an administrator, or by you from another browser."),
        SessionEnd::Replaced => Some("Your session was ended because you signed in elsewhere."),
        SessionEnd::Password => Some("Your session was ended because your password was changed."),
        SessionEnd::Rights => Some("Your session was ended because your rights were changed."),
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
