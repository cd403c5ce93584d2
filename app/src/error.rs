//! The one error a server function answers with. It says what the person can do about it; causes stay in the log.

use crate::{later, tr, words};
use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// Why a server function did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelError {
    /// Nobody is signed in, or no longer.
    SignedOut,
    /// The role does not allow it.
    Forbidden,
    /// There is no such thing, or it is not the asker's to see.
    NotFound,
    /// What was sent cannot be used.
    Invalid {
        /// Which field of the form, empty for the whole.
        field: String,
        /// What is wrong with it, for people.
        message: String,
    },
    /// It would turn the operator's own address away, and the order does not confirm that.
    OwnAddress,
    /// Too much at once; it may work in a moment.
    Busy,
    /// The server could not be reached.
    Unreachable,
    /// Something broke on the server.
    Internal {
        /// Finds the cause in the server's log.
        reference: String,
    },
}

impl PanelError {
    /// Something is wrong with `field`.
    pub fn invalid(field: &str, message: &str) -> Self {
        Self::Invalid { field: field.to_owned(), message: message.to_owned() }
    }

    /// The same with what the server said in the language of the page.
    #[must_use]
    pub fn in_language(self) -> Self {
        match self {
            Self::Invalid { field, message } => Self::Invalid { field, message: words::told(&message) },
            other => other,
        }
    }

    /// What people are told.
    pub fn text(&self) -> String {
        match self {
            Self::SignedOut => tr!("Your session has ended. Please sign in again.").to_owned(),
            Self::Forbidden => tr!("Your role does not allow this.").to_owned(),
            Self::NotFound => tr!("It is no longer there.").to_owned(),
            Self::Invalid { message, .. } => words::told(message),
            Self::OwnAddress => tr!("This would turn your own address away. Confirm it to go on.").to_owned(),
            Self::Busy => tr!("The server is busy. Please try again in a moment.").to_owned(),
            Self::Unreachable => tr!("The server cannot be reached. Is it running, and is your network up?").to_owned(),
            Self::Internal { reference } if reference.is_empty() => {
                tr!("Something went wrong on the server.").to_owned()
            }
            Self::Internal { reference } => {
                tr!("Something went wrong on the server. Its log has the cause under {}.", reference)
            }
        }
    }
}

impl FromServerFnError for PanelError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => not_understood(),
            // On this side it is the arguments that are not JSON, or not the right one.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(_) => not_understood(),
            _ => Self::Internal { reference: String::new() },
        }
    }
}

/// The arguments are not what the function takes.
fn not_understood() -> PanelError {
    let text = later!("The server did not understand the request. Reload the page, it may have been updated.");
    let error = PanelError::invalid("", text);
    // Without it the answer would be 500, as if the server were to blame.
    #[cfg(feature = "ssr")]
    let error = crate::guard::refuse(axum::http::StatusCode::BAD_REQUEST, error);
    error
}
