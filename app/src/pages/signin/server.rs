//! The server functions of signing in and out, with a password and with a passkey.

use crate::{call::Call, error::PanelError};
#[cfg(feature = "ssr")]
use crate::{later, next};
use leptos::prelude::*;
use wharf_model::{ids::PersonId, panel_sessions::SessionEnd, passkeys::PasskeyRequest, people::Me};

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
    use axum::http::header;
    use wharf_core::panel_sessions::{SignIn, SignInError};

    const LONGEST: usize = 1_000;
    let parts = guard::parts()?;
    let plain_form = guard::text(&parts, header::ACCEPT).contains("text/html");
    let refuse = |error| {
        let Refused { status, word, error } = refused(error)?;
        if plain_form {
            leptos_axum::redirect(&format!("/signin?error={word}&next={}", next::encode(next::safe(&next))));
            Ok(())
        } else {
            Err(guard::refuse(status, error))
        }
    };
    if login.len() > LONGEST || password.len() > LONGEST || code.len() > LONGEST {
        return refuse(SignInError::Incorrect);
    }
    let shown = SignIn {
        login: login.trim(),
        password: &password,
        code: &code,
        replace: replace == "1",
        ip: guard::peer(&parts)?.ip(),
        user_agent: guard::text(&parts, header::USER_AGENT),
    };
    match guard::core()?.sign_in(shown).await {
        Ok(secret) => {
            begin_session(&secret)?;
            leptos_axum::redirect(next::safe(&next));
            Ok(())
        }
        Err(error) => refuse(error),
    }
}

/// Asks the browser for a passkey, whosever it is.
#[allow(clippy::unused_async, reason = "server functions are async, also those that wait for nothing")]
#[server(name = BeginPasskeySignInCall, prefix = "/fn", endpoint = "begin_passkey_sign_in", protocol = Call)]
pub async fn begin_passkey_sign_in() -> Result<PasskeyRequest, PanelError> {
    use crate::guard;
    let parts = guard::parts()?;
    let asked = guard::core()?.begin_passkey_sign_in(guard::host(&parts), guard::peer(&parts)?.ip());
    asked.or_else(|error| refused(error).and_then(|Refused { status, error, .. }| Err(guard::refuse(status, error))))
}

/// Signs in whose passkey that is, sets the cookie and says where to go then.
#[server(name = PasskeySignInCall, prefix = "/fn", endpoint = "passkey_sign_in", protocol = Call)]
pub async fn passkey_sign_in(
    /// Names what was asked of the browser.
    ceremony: String,
    /// What the browser answers, JSON.
    answer: String,
    /// Older sessions make room where there may be no more.
    replace: bool,
    /// Where to go then.
    next: String,
) -> Result<String, PanelError> {
    use crate::guard;
    use axum::http::header;
    use wharf_core::passkeys::PasskeySignIn;
    let parts = guard::parts()?;
    let shown = PasskeySignIn {
        ceremony: &ceremony,
        answer: &answer,
        replace,
        ip: guard::peer(&parts)?.ip(),
        user_agent: guard::text(&parts, header::USER_AGENT),
    };
    match guard::core()?.sign_in_with_passkey(shown).await {
        Ok(secret) => {
            begin_session(&secret)?;
            Ok(next::safe(&next).to_owned())
        }
        Err(error) => refused(error).and_then(|Refused { status, error, .. }| Err(guard::refuse(status, error))),
    }
}

/// How somebody is told that there is no session.
#[cfg(feature = "ssr")]
struct Refused {
    status: axum::http::StatusCode,
    /// What stands in the address where the browser has no JavaScript.
    word: String,
    error: PanelError,
}

#[cfg(feature = "ssr")]
fn refused(error: wharf_core::panel_sessions::SignInError) -> Result<Refused, PanelError> {
    use axum::http::StatusCode;
    use wharf_core::{panel_sessions::SignInError, sessions::Refusal};

    let (status, word, error) = match error {
        SignInError::Incorrect => {
            (StatusCode::UNAUTHORIZED, "incorrect", PanelError::invalid("password", super::INCORRECT))
        }
        SignInError::CodeNeeded => (StatusCode::UNAUTHORIZED, "code", PanelError::invalid("code", super::CODE_NEEDED)),
        SignInError::WrongCode => {
            (StatusCode::UNAUTHORIZED, "wrong_code", PanelError::invalid("code", super::WRONG_CODE))
        }
        SignInError::WrongPasskey => {
            let text = later!("This passkey is not accepted here.");
            (StatusCode::UNAUTHORIZED, "", PanelError::invalid("passkey", text))
        }
        SignInError::Expired => {
            (StatusCode::UNAUTHORIZED, "", PanelError::invalid("passkey", "That took too long. Please try again."))
        }
        SignInError::Unnamed => {
            let text = later!("Passkeys need a panel that is called by its name, not by an IP address.");
            (StatusCode::UNPROCESSABLE_ENTITY, "", PanelError::invalid("passkey", text))
        }
        SignInError::Elsewhere => (StatusCode::CONFLICT, "elsewhere", PanelError::invalid("replace", super::ELSEWHERE)),
        SignInError::Refused(refusal) => {
            let minutes = if let Refusal::LockedOut { minutes } = refusal { minutes } else { 1 };
            let error = super::locked(minutes);
            let word = format!("locked&minutes={minutes}");
            return Ok(Refused { status: StatusCode::TOO_MANY_REQUESTS, word, error });
        }
        SignInError::Overloaded(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy", PanelError::Busy),
        SignInError::Store(error) => return Err(crate::guard::internal(&error)),
    };
    Ok(Refused { status, word: word.to_owned(), error })
}

/// Gives the browser the cookie of a session that has just begun.
#[cfg(feature = "ssr")]
fn begin_session(secret: &str) -> Result<(), PanelError> {
    use crate::guard;
    guard::set_cookie(guard::COOKIE, secret)?;
    guard::clear_cookie(guard::OWN_COOKIE)
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
    let user_agent = guard::text(&parts, header::USER_AGENT);
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
    use crate::guard;
    let operator = guard::operator(active).await?;
    let preferences = guard::core()?.preferences(&operator).await.map_err(|error| guard::internal(&error))?;
    Ok(Me { preferences, ..operator.me() })
}

/// Whether anybody is signed in: asked by pages that have a reason to doubt it, and no activity.
#[server(name = SignedInCall, prefix = "/fn", endpoint = "signed_in", protocol = Call)]
pub async fn signed_in() -> Result<bool, PanelError> {
    Ok(crate::guard::find(false).await?.is_some())
}
