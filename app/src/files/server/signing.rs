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
    guard::keep(&parts, Some(&secret))
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
    guard::keep(&parts, Some(&secret))
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
    guard::keep(&parts, None)
}

/// Lets a visitor in by the share link that the request came by, and sets its cookie.
#[server(name = VisitCall, prefix = "/do", endpoint = "visit", protocol = Call)]
pub async fn visit(
    /// The link's; empty where it has none.
    password: String,
) -> Result<(), PanelError> {
    use crate::{
        files::{errors, guard},
        guard as request,
    };
    use wharf_model::links::LONGEST_PASSWORD;

    let (core, parts) = (request::core()?, request::parts()?);
    let through = guard::through(&parts).ok_or_else(request::not_found)?;
    // Whoever is in already does not use the link once more.
    if guard::find(&core, &parts)?.is_some() {
        return Ok(());
    }
    let answer = match password.len() {
        0..=LONGEST_PASSWORD => core.http_visit(guard::caller(&parts)?, through, &password).await,
        _ => Err(wharf_core::logins::LoginError::Incorrect),
    };
    let (secret, _) = answer.map_err(|error| errors::not_visited(&error, &password))?;
    guard::keep(&parts, Some(&secret))
}

/// Who is signed in, or why no longer.
#[server(name = WhoamiCall, prefix = "/do", endpoint = "whoami", protocol = Call)]
pub async fn whoami() -> Result<Visitor, PanelError> {
    use crate::{files::guard, guard as request};
    use wharf_model::files::User;
    let (core, parts) = (request::core()?, request::parts()?);
    let Some(session) = guard::find(&core, &parts)? else {
        let farewell = guard::secret(&parts).and_then(|secret| core.http_farewell(secret));
        let Some(through) = guard::through(&parts) else { return Ok(Visitor::Unknown(farewell)) };
        let offer = core.link_offer(through).await.map_err(|error| request::internal(&error))?;
        return Ok(Visitor::Invited { offer, farewell });
    };
    let identity = session.identity();
    let visits = identity.link.as_ref().map(|visit| visit.name.clone());
    let (used, quota) = if visits.is_some() { (0, None) } else { identity.quota() };
    let mut may = session.files().permissions();
    may.write |= visits.is_some() && may.incoming;
    Ok(Visitor::Known(User {
        // Whose link it is need not be known to who uses it.
        login: if visits.is_some() { String::new() } else { identity.login.clone() },
        domain: identity.domain_name.clone(),
        may,
        used,
        quota,
        session: session.id,
        actor: session.actor().map(str::to_owned),
        visits,
    }))
}
