//! What went wrong, for who sits in front of the file client, with the status of HTTP that fits.

use crate::{
    error::PanelError,
    guard::{internal, invalid, refuse},
};
use axum::http::StatusCode;
use std::io;
use wharf_core::{chat::MessageError, logins::LoginError, sessions::Refusal};
use wharf_vfs::FileError;

/// Why nobody was signed in.
pub(super) fn not_signed_in(error: &LoginError) -> PanelError {
    let (status, error) = match error {
        LoginError::Incorrect => {
            let error = PanelError::invalid("password", "The login or the password is not right.");
            (StatusCode::UNAUTHORIZED, error)
        }
        LoginError::NeedsCode => {
            let error = PanelError::invalid("code", "Enter the code that your authenticator app shows.");
            (StatusCode::UNAUTHORIZED, error)
        }
        LoginError::Refused(refusal) => refused(*refusal),
        LoginError::Overloaded(_) | LoginError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, PanelError::Busy),
        LoginError::NoHome => {
            let error = PanelError::invalid("", "The folder of this account cannot be opened.");
            (StatusCode::SERVICE_UNAVAILABLE, error)
        }
    };
    refuse(status, error)
}

/// Why nobody was let in by a ticket of the panel.
pub(super) fn not_let_in(error: &LoginError) -> PanelError {
    if matches!(error, LoginError::Incorrect) {
        let error = PanelError::invalid(
            "ticket",
            "The way in from the panel is good once and for a minute. Open it there again.",
        );
        return refuse(StatusCode::UNAUTHORIZED, error);
    }
    not_signed_in(error)
}

/// Why nobody was let in by a share link.
pub(super) fn not_visited(error: &LoginError, password: &str) -> PanelError {
    if matches!(error, LoginError::Incorrect) {
        let error = if password.is_empty() {
            PanelError::invalid("password", "The link does not work any more.")
        } else {
            PanelError::invalid("password", "The password is not right, or the link does not work any more.")
        };
        return refuse(StatusCode::UNAUTHORIZED, error);
    }
    not_signed_in(error)
}

fn refused(refusal: Refusal) -> (StatusCode, PanelError) {
    match refusal {
        Refusal::LockedOut { minutes } => (
            StatusCode::TOO_MANY_REQUESTS,
            PanelError::invalid(
                "",
                &format!("Too many failed attempts from your address. Try again in {minutes} min."),
            ),
        ),
        Refusal::Banned { minutes } => (
            StatusCode::FORBIDDEN,
            PanelError::invalid("", &format!("Your address is banned. Try again in {minutes} min.")),
        ),
        Refusal::NotAllowed => (StatusCode::FORBIDDEN, PanelError::invalid("", "Your address is not allowed here.")),
        Refusal::AddressFull | Refusal::AccountAddressFull => {
            (StatusCode::TOO_MANY_REQUESTS, PanelError::invalid("", "There are too many sessions from your address."))
        }
        Refusal::AccountFull => (
            StatusCode::TOO_MANY_REQUESTS,
            PanelError::invalid("", "This account has as many sessions as it may have."),
        ),
        Refusal::Draining | Refusal::ServerFull | Refusal::DomainFull => (
            StatusCode::SERVICE_UNAVAILABLE,
            PanelError::invalid("", "The server takes no more sessions now. Try again later."),
        ),
    }
}

/// Why something was not done with a file.
pub(super) fn failed(error: FileError) -> PanelError {
    match reason(error) {
        Ok((status, error)) => refuse(status, error),
        Err(cause) => internal(&cause),
    }
}

/// The status and the text of an error; or the cause, which is for the log.
fn reason(error: FileError) -> Result<(StatusCode, PanelError), io::Error> {
    let (status, error) = match error {
        FileError::NotFound => (StatusCode::NOT_FOUND, PanelError::NotFound),
        FileError::AlreadyExists => {
            (StatusCode::CONFLICT, PanelError::invalid("name", "Something has this name already."))
        }
        FileError::NotADirectory => (StatusCode::CONFLICT, PanelError::invalid("", "This is not a folder.")),
        FileError::IsADirectory => (StatusCode::CONFLICT, PanelError::invalid("", "This is a folder.")),
        FileError::NotEmpty => (StatusCode::CONFLICT, PanelError::invalid("", "The folder is not empty.")),
        FileError::Denied => (StatusCode::FORBIDDEN, PanelError::invalid("", "Your account may not do that.")),
        FileError::Forbidden => {
            (StatusCode::FORBIDDEN, PanelError::invalid("", "The server does not let you do that here."))
        }
        FileError::InvalidName(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, PanelError::invalid("name", "This name cannot be used."))
        }
        FileError::NameTooLong => {
            (StatusCode::UNPROCESSABLE_ENTITY, PanelError::invalid("name", "The name is too long."))
        }
        FileError::QuotaExceeded => {
            (StatusCode::INSUFFICIENT_STORAGE, PanelError::invalid("", "Your storage is full."))
        }
        FileError::NoSpace => {
            (StatusCode::INSUFFICIENT_STORAGE, PanelError::invalid("", "The disk of the server is full."))
        }
        FileError::Busy => {
            (StatusCode::CONFLICT, PanelError::invalid("", "Somebody else uses this file. Try again later."))
        }
        FileError::BadOffset | FileError::Interrupted | FileError::Incomplete => {
            (StatusCode::CONFLICT, PanelError::invalid("", "The file did not arrive in one piece. Send it again."))
        }
        FileError::TooManyLinks => (StatusCode::CONFLICT, PanelError::invalid("", "The links here lead in a circle.")),
        FileError::Io(cause) => return Err(cause),
    };
    Ok((status, error))
}

/// The same as a text, for one of several files.
pub(super) fn told(error: FileError) -> String {
    match reason(error) {
        Ok((_, PanelError::Invalid { message, .. })) => message,
        Ok((_, error)) => error.text(),
        Err(cause) => internal(&cause).text(),
    }
}

/// Why a message was not taken.
pub(super) fn not_taken(error: &MessageError) -> PanelError {
    match error {
        MessageError::Empty => invalid("text", "The message is empty."),
        MessageError::TooLong => invalid("text", "The message is too long."),
        MessageError::TooMany => {
            let error = PanelError::invalid("text", "Too many messages. Wait a little.");
            refuse(StatusCode::TOO_MANY_REQUESTS, error)
        }
        MessageError::Nobody => refuse(StatusCode::UNAUTHORIZED, PanelError::SignedOut),
        MessageError::Unavailable => refuse(StatusCode::SERVICE_UNAVAILABLE, PanelError::Busy),
    }
}
