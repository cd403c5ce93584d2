//! Bearer tokens of the REST interface. One that a person made has the rights of that person, as they are at the time.

use crate::{
    Core, orders,
    orders::OrderError,
    panel_sessions::digest,
    permits::{Forbidden, Operator, Scope, Via},
    random,
};
use serde_json::json;
use std::net::IpAddr;
use wharf_model::{
    audit::AuditEntry,
    ids::TokenId,
    live::Topic,
    people::Role,
    tokens::{NewToken, TokenRow},
};
use wharf_store::{
    StoreError, people,
    together::{self, Step},
    tokens::{self, Token},
};

/// A use is written to the store at most this often.
const TOUCH_MS: i64 = 10_000;
/// The longest name of a token.
const LONGEST_NAME: usize = 100;
/// Tokens of one person that work.
const TOKENS_MOST: usize = 100;

impl Core {
    /// Creates a bearer token of the house and returns its secret, which is not kept.
    pub async fn add_token(&self, name: &str, role: Role) -> Result<String, StoreError> {
        let (token, secret) = self.new_token(name, role);
        tokens::insert(&self.store, &token).await?;
        Ok(secret)
    }

    fn new_token(&self, name: &str, role: Role) -> (tokens::NewToken, String) {
        let secret = format!("wharf_{}", random::secret());
        let token = tokens::NewToken {
            id: TokenId(random::id(&self.clock)),
            name: name.to_owned(),
            token_hash: digest(&secret),
            role,
            person_id: None,
            created_at: self.clock.now(),
        };
        (token, secret)
    }

    /// Who a request with this bearer token comes from. Where administrators may not sign in, their tokens are as good as
    /// unknown; so are those of who may not sign in.
    pub async fn token_operator(&self, secret: &str, ip: IpAddr) -> Result<Option<Operator>, StoreError> {
        let Some(token) = tokens::by_hash(&self.store, &digest(secret)).await? else {
            return Ok(None);
        };
        let full_sight = matches!(token.role, Role::Administrator | Role::Auditor);
        if full_sight && !self.panel.settings().admits(ip) {
            return Ok(None);
        }
        let (name, scope, person) = match &token.owner {
            None => (format!("token {}", token.name), Scope::All, None),
            Some(owner) => {
                let read_only = (Role::Administrator, Role::Auditor);
                let fits = owner.role == token.role || (owner.role, token.role) == read_only;
                if !owner.enabled || !fits || people::is_suspended(&self.store, owner.id, self.clock.now()).await? {
                    return Ok(None);
                }
                let scope = self.scope_of(owner.id, token.role).await?;
                (format!("{} (token {})", owner.login, token.name), scope, Some(owner.id))
            }
        };
        let now = self.clock.now();
        if token.last_used_at.is_none_or(|used| now - used >= TOUCH_MS) {
            tokens::touch(&self.store, token.id, now).await?;
        }
        Ok(Some(Operator { name, acting: None, person, role: token.role, scope, ip, via: Via::Token(token.id) }))
    }

    /// Tokens that work, by name: the own ones, and all where everything is in sight.
    pub async fn tokens(&self, operator: &Operator) -> Result<Vec<TokenRow>, OrderError> {
        let mut found = tokens::list(&self.store).await?;
        found.retain(|token| token.revoked_at.is_none() && may_see(operator, token));
        Ok(found.into_iter().map(shown).collect())
    }

    /// Makes a token with the rights of the operator, who sits at the panel and shows the password once more: a token
    /// lasts longer than a browser that somebody left open. `read_only` is for administrators.
    pub async fn create_own_token(
        &self,
        operator: &Operator,
        name: &str,
        read_only: bool,
        password: &str,
    ) -> Result<NewToken, OrderError> {
        let name = orders::text("name", name, LONGEST_NAME)?;
        if name.is_empty() {
            return Err(OrderError::invalid("name", "a name is needed"));
        }
        if operator.role == Role::MailboxOwner {
            return Err(Forbidden.into());
        }
        let person = self.proved_self(operator, password, "password").await?.id;
        let own =
            |token: &&Token| token.revoked_at.is_none() && token.owner.as_ref().is_some_and(|owner| owner.id == person);
        if tokens::list(&self.store).await?.iter().filter(own).count() >= TOKENS_MOST {
            return Err(OrderError::invalid("name", format!("you have {TOKENS_MOST} tokens already")));
        }
        let role = match operator.role {
            Role::Administrator if read_only => Role::Auditor,
            role => role,
        };
        let (mut token, secret) = self.new_token(&name, role);
        token.person_id = Some(person);
        let id = token.id;
        let entry = AuditEntry { after: Some(json!({"role": role})), ..self.deed(operator, "token.add", name) };
        match together::commit(&self.store, &[Step::AddToken(token), Step::Audit(entry)]).await {
            Err(StoreError::Taken(_)) => {
                return Err(OrderError::invalid("name", "there is or was a token of this name"));
            }
            done => done?,
        }
        self.notices.changed(Topic::Tokens);
        Ok(NewToken { id, secret })
    }

    /// Makes a token useless: an own one, or any where everything can be steered.
    pub async fn revoke_token(&self, operator: &Operator, id: TokenId) -> Result<(), OrderError> {
        let found = tokens::list(&self.store).await?.into_iter().find(|token| token.id == id);
        let found = found.filter(|token| token.revoked_at.is_none() && may_see(operator, token));
        let found = found.ok_or(OrderError::NotFound)?;
        let own = found.owner.as_ref().is_some_and(|owner| operator.person == Some(owner.id));
        let itself = matches!(operator.via, Via::Token(token) if token == id);
        let read_only = matches!(operator.via, Via::Token(_)) && operator.role == Role::Auditor;
        if !itself && (read_only || (!own && operator.role != Role::Administrator)) {
            return Err(crate::permits::Forbidden.into());
        }
        let entry = self.deed(operator, "token.revoke", found.name);
        together::commit(&self.store, &[Step::RevokeToken(id, self.clock.now()), Step::Audit(entry)]).await?;
        self.notices.changed(Topic::Tokens);
        Ok(())
    }
}

fn may_see(operator: &Operator, token: &Token) -> bool {
    operator.scope == Scope::All || token.owner.as_ref().is_some_and(|owner| operator.person == Some(owner.id))
}

fn shown(token: Token) -> TokenRow {
    let Token { id, name, role, owner, created_at, last_used_at, .. } = token;
    TokenRow { id, name, role, person: owner.map(|owner| owner.login), created: created_at, last_used: last_used_at }
}
