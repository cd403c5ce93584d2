//! People and their panel sessions: signing in, who a request comes from, signing out.

use crate::{
    Core,
    accounts::CreateError,
    hex,
    passwords::Overloaded,
    permits::{Operator, Scope, Via},
    random,
    sessions::Refusal,
};
use sha2::{Digest, Sha256};
use std::{collections::HashSet, net::IpAddr, sync::Arc};
use wharf_model::{
    ids::{PanelSessionId, PersonId, TokenId},
    people::{Me, Permission, Role},
};
use wharf_store::{
    Secret, StoreError,
    panel_sessions::{self, NewPanelSession, PanelSessionWithPerson},
    people::{self, NewPerson},
    tokens::{self, NewToken},
};

/// A panel session ends after this long without activity.
pub const IDLE_MS: i64 = 30 * 60_000;
/// A panel session ends after this long in any case.
pub const LIFE_MS: i64 = 12 * 60 * 60_000;
/// Activity is written to the store at most this often.
const TOUCH_MS: i64 = 10_000;
/// A browser's name is cut here.
const USER_AGENT_MOST: usize = 300;

/// Why somebody could not sign in to the panel.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown name, wrong password, disabled: one answer for all.
    #[error("The name or the password is not right.")]
    Incorrect,
    /// Too many failed attempts from the address.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many at once.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Core {
    /// Signs a person in and returns the secret for the cookie. Only its digest is kept.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        ip: IpAddr,
        user_agent: &str,
    ) -> Result<String, SignInError> {
        self.check_lockout(ip)?;
        let person = people::by_login(&self.store, login).await?;
        let stored = person.as_ref().map(|person| &*person.password_hash);
        let matches = self.passwords.verify(stored, password, self.clock.now()).await?;
        self.check_lockout(ip)?;
        let now = self.clock.now();
        let Some(person) = person.filter(|person| matches && person.enabled) else {
            let name = wharf_vfs::printable(login.as_bytes());
            tracing::info!(client.ip = %ip, login = %name, "panel sign-in failed");
            self.login_failed(ip, login, None);
            return Err(SignInError::Incorrect);
        };
        self.lockout.succeeded(ip, login);
        let secret = random::secret();
        let session = NewPanelSession {
            id: PanelSessionId(random::id(&self.clock)),
            token_hash: digest(&secret),
            person_id: person.id,
            created_at: now,
            expires_at: now + LIFE_MS,
            ip: ip.to_string(),
            user_agent: wharf_vfs::printable(user_agent.as_bytes()).chars().take(USER_AGENT_MOST).collect(),
        };
        panel_sessions::insert(&self.store, &session).await?;
        people::touch_login(&self.store, person.id, now).await?;
        self.audit(&person.login, Some(ip), "panel.sign_in", &person.login, serde_json::json!({})).await;
        Ok(secret)
    }

    /// Who a request with this cookie comes from. `active` tells whether a person did something; polling and live
    /// sockets are not activity.
    pub async fn panel_operator(&self, secret: &str, ip: IpAddr, active: bool) -> Result<Option<Operator>, StoreError> {
        let now = self.clock.now();
        let found = panel_sessions::by_token_hash(&self.store, &digest(secret), now).await?;
        let Some(PanelSessionWithPerson { session, person }) = found else {
            return Ok(None);
        };
        if now - session.last_active_at > IDLE_MS {
            panel_sessions::delete(&self.store, session.id).await?;
            return Ok(None);
        }
        if active && now - session.last_active_at >= TOUCH_MS {
            panel_sessions::touch(&self.store, session.id, now).await?;
        }
        let scope = self.scope_of(person.id, person.role).await?;
        Ok(Some(Operator { name: person.login, role: person.role, scope, ip, via: Via::Panel(session.id, person.id) }))
    }

    /// Ends the operator's own panel session and closes its sockets.
    pub async fn sign_out(&self, operator: &Operator) -> Result<(), StoreError> {
        if let Via::Panel(id, _) = operator.via {
            panel_sessions::delete(&self.store, id).await?;
            self.revoked.send_replace(id);
            self.audit(&operator.name, Some(operator.ip), "panel.sign_out", &operator.name, serde_json::json!({}))
                .await;
        }
        Ok(())
    }

    /// Who a request with this bearer token comes from.
    pub async fn token_operator(&self, secret: &str, ip: IpAddr) -> Result<Option<Operator>, StoreError> {
        let Some(token) = tokens::by_hash(&self.store, &digest(secret)).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        if token.last_used_at.is_none_or(|used| now - used >= TOUCH_MS) {
            tokens::touch(&self.store, token.id, now).await?;
        }
        Ok(Some(Operator {
            name: format!("token {}", token.name),
            role: token.role,
            scope: Scope::All,
            ip,
            via: Via::Token(token.id),
        }))
    }

    async fn scope_of(&self, person: PersonId, role: Role) -> Result<Scope, StoreError> {
        Ok(match role {
            Role::Administrator | Role::Auditor => Scope::All,
            Role::Reseller | Role::Customer => {
                let domains: HashSet<_> =
                    people::domains_in_scope(&self.store, person, role).await?.into_iter().collect();
                Scope::Domains(Arc::new(domains))
            }
        })
    }

    /// Creates a person. The password is hashed here.
    pub async fn add_person(
        &self,
        login: &str,
        name: &str,
        role: Role,
        parent: Option<PersonId>,
        password: &str,
    ) -> Result<PersonId, CreateError> {
        let login = login.to_lowercase();
        let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
        if login.is_empty() || login.len() > 128 || !login.chars().all(good) {
            return Err(CreateError::Invalid("a login has letters, digits and . - _ @ +, at most 128"));
        }
        let person = NewPerson {
            id: PersonId(random::id(&self.clock)),
            login,
            display_name: name.to_owned(),
            role,
            parent_id: parent,
            password_hash: Secret::from(self.passwords.hash(password).await?),
            created_at: self.clock.now(),
        };
        people::insert(&self.store, &person).await?;
        Ok(person.id)
    }

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
}

impl Operator {
    /// The operator as the panel's head shows it.
    pub fn me(&self) -> Me {
        Me {
            login: self.name.clone(),
            role: self.role,
            may: Permission::ALL.into_iter().filter(|permission| self.role.may(*permission)).collect(),
        }
    }
}

fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}
