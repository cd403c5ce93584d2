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

/// Signs a person in, sets the cookie and leads to `next`.
#[server(name = SignInCall, prefix = "/fn", endpoint = "sign_in")]
pub async fn sign_in(
    /// Name of the person.
    login: String,
    /// Its password.
    password: String,
    /// Where to go then.
    #[server(default)]
    next: String,
) -> Result<(), PanelError> {
    use crate::guard;
    use axum::http::{HeaderValue, StatusCode, header};
    use leptos_axum::ResponseOptions;
    use wharf_core::people::SignInError;

    const LONGEST: usize = 1_000;
    let core = guard::core()?;
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
    if login.len() > LONGEST || password.len() > LONGEST {
        return incorrect();
    }
    let secret = match core.sign_in(login.trim(), &password, ip, header_text(header::USER_AGENT)).await {
        Ok(secret) => secret,
        Err(SignInError::Incorrect) => return incorrect(),
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
    let cookie = format!("{}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict", guard::COOKIE);
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| guard::internal(&error))?;
    let response = use_context::<ResponseOptions>().ok_or_else(|| guard::internal(&"no response in context"))?;
    response.append_header(header::SET_COOKIE, cookie);
    leptos_axum::redirect(next::safe(&next));
    Ok(())
}

/// Ends the own panel session and leads to the sign-in page.
#[server(name = SignOutCall, prefix = "/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), PanelError> {
    use crate::guard;
    use axum::http::{HeaderValue, header};

    match guard::operator(true).await {
        Ok(operator) => guard::core()?.sign_out(&operator).await.map_err(|error| guard::internal(&error))?,
        // Signed out already: all that is left is the cookie.
        Err(PanelError::SignedOut) => {}
        Err(error) => return Err(error),
    }
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        let expired = HeaderValue::from_static("__Host-wharf=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
        response.append_header(header::SET_COOKIE, expired);
    }
    leptos_axum::redirect("/signin");
    Ok(())
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

const INCORRECT: &str = "The name or the password is not right.";

fn locked(minutes: i64) -> String {
    format!("Too many failed attempts from your address. Try again in {minutes} min.")
}

/// What a form post without JavaScript was refused with. Only known words: the address can be anybody's.
fn told(word: &str, minutes: Option<i64>) -> Option<String> {
    match word {
        "incorrect" => Some(INCORRECT.to_owned()),
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
                <ActionForm action=action attr:class="signin-form">
                    <Fields next error=Signal::derive(error) pending=action.pending() password />
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
                    <p class="signin-error" id="signin-error" role="alert" data-testid="signin-error">
                        {error}
                    </p>
                    <button class="button primary" type="submit" data-testid="signin-submit" disabled=move || pending.get()>
                        {move || if pending.get() { "Signing in…" } else { "Sign in" }}
                    </button>
    }
    .erase()
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
