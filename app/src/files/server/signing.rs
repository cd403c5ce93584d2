//! Signing in and out, and who is signed in.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::files::Visitor;

/// Signs somebody in and sets the cookie.
#[server(name = FilesSignInCall, prefix = "/do", endpoint = "sign_in", protocol = Call)]
pub async fn sign_in(
    /// `login` or `login@domain`.
    login: String,
    /// The password.
    password: String,
    /// A one-time code, for who has been asked for one.
    code: String,
) -> Result<(), PanelError> {
    use crate::{
        files::{errors, guard},
        guard as request,
    };
    use wharf_core::http_sessions::Credentials;

    const LONGEST: usize = 1_000;
    if login.len() > LONGEST || password.len() > LONGEST || code.len() > LONGEST {
        return Err(errors::not_signed_in(&wharf_core::logins::LoginError::Incorrect));
    }
    let parts = request::parts()?;
    let shown = Credentials { name: login.trim(), password: &password, code: Some(code.trim()) };
    let answer = request::core()?.http_sign_in(guard::caller(&parts)?, shown).await;
    let (secret, _) = answer.map_err(|error| errors::not_signed_in(&error))?;
    guard::keep(Some(&secret))
}

/// Signs in who comes from the panel with a ticket, and sets the cookie.
#[server(name = EnterCall, prefix = "/do", endpoint = "enter", protocol = Call)]
pub async fn enter(
    /// What the panel gave.
    ticket: String,
) -> Result<(), PanelError> {
    use crate::{
        files::{errors, guard},
        guard as request,
    };
    let parts = request::parts()?;
    let answer = request::core()?.http_enter(guard::caller(&parts)?, &ticket).await;
    let (secret, _) = answer.map_err(|error| errors::not_let_in(&error))?;
    guard::keep(Some(&secret))
}

/// Ends the own session.
#[allow(clippy::unused_async, reason = "server functions are async, also those that wait for nothing")]
#[server(name = FilesSignOutCall, prefix = "/do", endpoint = "sign_out", protocol = Call)]
pub async fn sign_out() -> Result<(), PanelError> {
    use crate::{files::guard, guard as request};
    let parts = request::parts()?;
    if let Some(secret) = guard::secret(&parts) {
        request::core()?.http_sign_out(secret);
    }
    guard::keep(None)
}

/// Who is signed in, or why no longer.
#[allow(clippy::unused_async, reason = "server functions are async, also those that wait for nothing")]
#[server(name = WhoamiCall, prefix = "/do", endpoint = "whoami", protocol = Call)]
pub async fn whoami() -> Result<Visitor, PanelError> {
    use crate::{files::guard, guard as request};
    use wharf_model::files::User;
    let (core, parts) = (request::core()?, request::parts()?);
    let Some(session) = guard::find(&core, &parts)? else {
        return Ok(Visitor::Unknown(guard::secret(&parts).and_then(|secret| core.http_farewell(secret))));
    };
    let identity = session.identity();
    let (used, quota) = identity.quota();
    Ok(Visitor::Known(User {
        login: identity.login.clone(),
        domain: identity.domain_name.clone(),
        may: session.files().permissions(),
        used,
        quota,
        session: session.id,
        actor: session.actor().map(str::to_owned),
    }))
}
