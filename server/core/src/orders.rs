//! What can be wrong with an operator's order.

use crate::{passwords::Overloaded, permits::Forbidden};
use wharf_store::StoreError;

/// Why an order was not carried out. The texts are for whoever gave it.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The role does not include it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such thing, or it is not the operator's to see.
    #[error("there is no such thing")]
    NotFound,
    /// A field is not as it must be.
    #[error("{message}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// It would turn the operator's own address away, which the order does not confirm.
    #[error("this would turn your own address away; confirm_own_address says that you want it")]
    OwnAddress,
    /// Too much at once.
    #[error("too much at once, try again shortly")]
    Busy,
    /// The store does not answer; nothing was done.
    #[error("the store does not answer, nothing was done")]
    Store(#[from] StoreError),
}

impl OrderError {
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }
}

impl From<Overloaded> for OrderError {
    fn from(_: Overloaded) -> Self {
        Self::Busy
    }
}

/// What was looked at a moment ago may be gone when it is to be changed.
pub(crate) fn gone(error: StoreError) -> OrderError {
    match error {
        StoreError::NotFound => OrderError::NotFound,
        error => error.into(),
    }
}

/// A text an operator wrote, made printable. Too long is too long.
pub(crate) fn text(field: &'static str, text: &str, most: usize) -> Result<String, OrderError> {
    if text.chars().count() > most {
        return Err(OrderError::invalid(field, format!("{field} is longer than {most} characters")));
    }
    Ok(wharf_vfs::printable(text.trim().as_bytes()))
}
