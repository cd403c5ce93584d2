//! Login and logout: RFC 959 section 4.1.1 (USER, PASS, ACCT, REIN, QUIT).

use crate::{
    control::{Control, Outcome},
    reply::Reply,
    stream::ControlStream,
};
use wharf_core::{accounts::LoginError, sessions::Refusal};

/// Failed logins on one connection; after the last one it is closed.
const ATTEMPTS: u8 = 3;

pub(super) fn user(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.login.identity.is_some() {
        return Reply::new(503, "You are logged in already: REIN first").into();
    }
    if control.ftp.settings.require_tls && !matches!(control.stream, ControlStream::Tls(_)) {
        return Reply::new(530, "This server needs encryption: AUTH TLS first").into();
    }
    if argument.is_empty() {
        return Reply::new(501, "A user name is needed").into();
    }
    // The name is not looked up yet: every name is asked for a password, so that nobody learns which exist.
    control.login.name = Some(String::from_utf8_lossy(argument).into_owned());
    Reply::new(331, "Password required").into()
}

pub(super) async fn pass(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.login.identity.is_some() {
        return Reply::new(503, "You are logged in already").into();
    }
    let Some(name) = control.login.name.take() else {
        return Reply::new(503, "USER first").into();
    };
    let password = String::from_utf8_lossy(argument);
    let host = control.stream.server_name().map(str::to_owned);
    let core = control.ftp.core.clone();
    match core.log_in(&control.session, &name, host.as_deref(), &password).await {
        Ok(identity) => {
            control.login.identity = Some(identity);
            Reply::new(230, "Logged in").into()
        }
        Err(LoginError::Incorrect) => {
            control.login.failures += 1;
            if control.login.failures >= ATTEMPTS {
                Outcome::Close(Reply::new(421, "Login incorrect: too many attempts, closing control connection"))
            } else {
                Reply::new(530, "Login incorrect").into()
            }
        }
        Err(LoginError::Refused(refusal @ (Refusal::LockedOut { .. } | Refusal::Draining))) => {
            Outcome::Close(Reply::new(421, format!("Closing control connection: {refusal}")))
        }
        Err(error @ (LoginError::Refused(_) | LoginError::NoHome)) => {
            Reply::new(530, format!("Login not possible: {error}")).into()
        }
        Err(error) => Outcome::Close(Reply::new(421, format!("Closing control connection: {error}"))),
    }
}

pub(super) fn acct() -> Outcome {
    Reply::new(202, "No account is needed").into()
}

pub(super) fn rein(control: &mut Control) -> Outcome {
    control.reset_login();
    Reply::new(220, "Ready for a new user").into()
}

pub(super) fn quit() -> Outcome {
    Outcome::Close(Reply::new(221, "Goodbye"))
}
