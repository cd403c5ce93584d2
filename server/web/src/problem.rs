//! What went wrong, as a problem document (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::json;
use wharf_core::logins::LoginError;
use wharf_vfs::FileError;

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// Nobody is signed in, or no longer.
    pub(crate) fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "you are not signed in")
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let body = json!({"title": title, "status": self.status.as_u16(), "detail": self.detail}).to_string();
        (self.status, [(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))], body).into_response()
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        if let FileError::Io(cause) = &error {
            tracing::error!(error = %cause, "file operation failed");
        }
        Self::new(status(&error), error.to_string())
    }
}

/// The status that fits an error with a file.
pub(crate) fn status(error: &FileError) -> StatusCode {
    match error {
        FileError::NotFound => StatusCode::NOT_FOUND,
        FileError::Denied | FileError::Forbidden | FileError::TooManyLinks => StatusCode::FORBIDDEN,
        FileError::InvalidName(_) | FileError::NameTooLong => StatusCode::BAD_REQUEST,
        // RFC 4918 section 11.5
        FileError::QuotaExceeded | FileError::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        FileError::Busy => StatusCode::LOCKED,
        FileError::AlreadyExists
        | FileError::NotADirectory
        | FileError::IsADirectory
        | FileError::NotEmpty
        | FileError::BadOffset
        | FileError::Interrupted
        | FileError::Incomplete => StatusCode::CONFLICT,
        FileError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        let status = match &error {
            LoginError::Incorrect | LoginError::NeedsCode => StatusCode::UNAUTHORIZED,
            LoginError::Refused(_) => StatusCode::FORBIDDEN,
            LoginError::Overloaded(_) | LoginError::NoHome | LoginError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
