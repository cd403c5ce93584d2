//! Bearer tokens of the REST interface.

use crate::{
    Core,
    panel_sessions::digest,
    permits::{Operator, Scope, Via},
    random,
};
use std::net::IpAddr;
use wharf_model::{ids::TokenId, people::Role};
use wharf_store::{
    StoreError,
    tokens::{self, NewToken},
};

/// A use is written to the store at most this often.
const TOUCH_MS: i64 = 10_000;

impl Core {
    /// Creates a bearer token and returns its secret, which is not kept.
    pub async fn add_token(&self, name: &str, role: Role) -> Result<String, StoreError> {
        let secret = format!("wharf_{}", random::secret());
        let token = NewToken {
            id: TokenId(random::id(&self.clock)),
            name: name.to_owned(),
            token_hash: digest(&secret),
            role,
            created_at: self.clock.now(),
        };
        tokens::insert(&self.store, &token).await?;
        Ok(secret)
    }

    /// Who a request with this bearer token comes from. Where administrators may not sign in, their tokens are as good as
    /// unknown.
    pub async fn token_operator(&self, secret: &str, ip: IpAddr) -> Result<Option<Operator>, StoreError> {
        let Some(token) = tokens::by_hash(&self.store, &digest(secret)).await? else {
            return Ok(None);
        };
        if !self.panel.settings().admits(ip) {
            return Ok(None);
        }
        let now = self.clock.now();
        if token.last_used_at.is_none_or(|used| now - used >= TOUCH_MS) {
            tokens::touch(&self.store, token.id, now).await?;
        }
        Ok(Some(Operator {
            name: format!("token {}", token.name),
            acting: None,
            role: token.role,
            scope: Scope::All,
            ip,
            via: Via::Token(token.id),
        }))
    }
}
