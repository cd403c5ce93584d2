//! Login and logout: RFC 959 section 4.1.1 (USER, PASS, ACCT, REIN, QUIT), RFC 7151 (HOST).

use crate::{
    control::{Control, Outcome},
    reply::Reply,
};
use wharf_core::{
    logins::{Login, LoginError},
    sessions::Refusal,
};

/// Failed logins on one connection; after the last one it is closed.
const ATTEMPTS: u8 = 3;

/// Which domain the client came for. A bare login is one of this domain then.
pub(super) async fn host(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.login.identity.is_some() || control.login.name.is_some() {
        return Reply::new(503, "HOST goes before USER").into();
    }
    let name = String::from_utf8_lossy(argument).trim_end_matches('.').to_lowercase();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Reply::new(501, "HOST <name of a host>").into();
    }
    if control.stream.server_name().is_some_and(|asked| asked != name) {
        return Reply::new(504, "The TLS handshake asked for another host").into();
    }
    match control.ftp.core.hosted(&name).await {
        Ok(Some(domain)) if domain.enabled => {
            control.host = Some(domain.name.into());
            Reply::new(220, "Host accepted").into()
        }
        Ok(_) => Reply::new(504, "There is no such host here").into(),
        Err(error) => {
            tracing::error!(%error, "domains cannot be read");
            Outcome::Close(Reply::new(421, "Closing control connection: not possible at the moment, try again later"))
        }
    }
}

pub(super) async fn user(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.login.identity.is_some() {
        return Reply::new(503, "You are logged in already: REIN first").into();
    }
    if argument.is_empty() {
        return Reply::new(501, "A user name is needed").into();
    }
    let name = String::from_utf8_lossy(argument).into_owned();
    if !control.stream.is_secure() && needs_tls(control, &name).await {
        return Reply::new(530, "Encryption is needed here: AUTH TLS first").into();
    }
    // The name is not looked up yet: every name is asked for a password, so that nobody learns which exist.
    control.login.name = Some(name);
    Reply::new(331, "Password required").into()
}

/// Whether the server, or the domain that the client names, needs TLS. It is no secret which domains do, so the client
/// is told before it sends a password; whether there is such an account is not looked at. A domain that only the
/// account leads to is not told here: after the password, the answer is that of a wrong one.
async fn needs_tls(control: &Control, name: &str) -> bool {
    let domain = name.rsplit_once('@').map(|(_, domain)| domain).or(control.domain());
    control.requires_tls()
        || match domain {
            Some(domain) => {
                control.ftp.core.hosted(domain).await.is_ok_and(|found| found.is_some_and(|found| found.tls.required))
            }
            None => false,
        }
}

pub(super) async fn pass(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.login.identity.is_some() {
        return Reply::new(503, "You are logged in already").into();
    }
    let Some(name) = control.login.name.take() else {
        return Reply::new(503, "USER first").into();
    };
    let login = Login {
        name: &name,
        domain: control.domain(),
        password: &String::from_utf8_lossy(argument),
        secure: control.stream.is_secure(),
        certificate: control.stream.client_certificate(),
        code: None,
    };
    match control.ftp.core.log_in(&control.session, &login).await {
        Ok(identity) => {
            control.login.identity = Some(identity);
            Reply::new(230, "Logged in").into()
        }
        Err(LoginError::Incorrect | LoginError::NeedsCode) => {
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
    control.host = None;
    Reply::new(220, "Ready for a new user").into()
}

pub(super) fn quit() -> Outcome {
    Outcome::Close(Reply::new(221, "Goodbye"))
}
