//! Bearer tokens of the REST interface.

use crate::{ids::TokenId, people::Role};
use serde::{Deserialize, Serialize};

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Which one.
    pub id: TokenId,
    /// What it is called.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Login of the person whose it is; the house's where there is none.
    pub person: Option<String>,
    /// When it was made.
    pub created: i64,
    /// When it was last used.
    pub last_used: Option<i64>,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// Which one.
    pub id: TokenId,
    /// What the bearer shows. It is not kept.
    pub secret: String,
}
