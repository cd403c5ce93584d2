//! How requests end: the answer, and the line in the session's log.

use super::{handles::Open, moving::Aborted};
use crate::packet::reply::{self, Code};
use bytes::BytesMut;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wharf_core::{accounts::Identity, sessions::Session};
use wharf_model::logs::LineKind;
use wharf_vfs::{FileError, Files, VPath, printable};

/// Whose requests they are.
pub(super) struct Context {
    pub(super) session: Arc<Session>,
    pub(super) identity: Arc<Identity>,
    /// Cancelled when nobody is there any more: what has arrived is written without waiting for a limit.
    pub(super) gone: CancellationToken,
}

impl Context {
    pub(super) fn files(&self) -> &Files {
        &self.identity.files
    }

    /// Notes how a request ended.
    pub(super) fn note(&self, what: &str, how: &str) {
        self.session.note(LineKind::Command, &format!("{what}: {how}"));
    }
}

/// A refusal: what the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(code: Code, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }

    pub(super) fn failure(text: &str) -> Self {
        Self::new(Code::Failure, text)
    }

    pub(super) fn no_handle() -> Self {
        Self::failure("There is no such handle")
    }
}

impl From<FileError> for Refusal {
    fn from(error: FileError) -> Self {
        let code = match &error {
            FileError::NotFound | FileError::NotADirectory | FileError::TooManyLinks => Code::NoSuchFile,
            FileError::Denied | FileError::Forbidden => Code::PermissionDenied,
            FileError::Io(cause) => {
                tracing::error!(error = %cause, "file operation failed");
                Code::Failure
            }
            _ => Code::Failure,
        };
        Self { code, text: error.to_string() }
    }
}

impl From<Aborted> for Refusal {
    fn from(_: Aborted) -> Self {
        Self::failure("Transfer aborted by administrator")
    }
}

/// Writes an answer with the number of its request.
type Write = Box<dyn FnOnce(&mut BytesMut, u32) + Send>;

/// What a request led to.
pub(super) enum Done {
    /// Done, and nothing to tell but that.
    Ok,
    /// Something is open now.
    Opened(Open),
    /// A packet made by this.
    Answer(Write),
}

impl Done {
    pub(super) fn answer(write: impl FnOnce(&mut BytesMut, u32) + Send + 'static) -> Self {
        Self::Answer(Box::new(write))
    }
}

pub(super) type Outcome = Result<Done, Refusal>;

/// A path as the client sent it, as text.
pub(super) fn shown(path: &[u8]) -> String {
    match VPath::root().resolve(path) {
        Ok(path) => path.to_string(),
        Err(_) => printable(path),
    }
}

/// Answers with how it went and nothing else.
pub(super) fn status(out: &mut BytesMut, id: u32, result: &Result<(), Refusal>) {
    match result {
        Ok(()) => reply::status(out, id, Code::Ok, "Success"),
        Err(refusal) => reply::status(out, id, refusal.code, &refusal.text),
    }
}
