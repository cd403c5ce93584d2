//! Passkeys: signing in to the panel with a device that knows its owner, instead of password and code (WebAuthn).

use crate::ids::PasskeyId;
use serde::{Deserialize, Serialize};

/// Passkeys of one person at most.
pub const PASSKEYS_MOST: usize = 20;

/// The longest name of a passkey, in characters.
pub const PASSKEY_NAME_MOST: usize = 100;

/// A passkey, without what proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRow {
    /// Which one.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// The address of the panel that it was made at, and is good at.
    pub origin: String,
    /// When it was added.
    pub added: i64,
    /// When somebody last signed in with it.
    pub last_used: Option<i64>,
}

/// What a browser is asked: to make a passkey, or to show one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRequest {
    /// Goes with the answer. It is good once, for some minutes.
    pub ceremony: String,
    /// The options of WebAuthn as JSON, as browsers read them.
    pub options: String,
}
