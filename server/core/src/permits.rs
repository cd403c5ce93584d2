//! Who acts. A permission is a value: what an operator may do is asked of the [`Operator`], which only a signed-in
//! panel session or a bearer token can produce.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use wharf_model::{
    ids::{AccountId, DomainId, PanelSessionId, PersonId, TokenId},
    people::{Permission, Role},
};

/// Somebody who acts on the server through the panel or the REST interface.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Login name of the person or name of the token, for the audit log.
    pub name: String,
    /// Which person that is; none for tokens of the house and the command line.
    pub person: Option<PersonId>,
    /// Whom somebody else acts as.
    pub acting: Option<Acting>,
    /// What the operator is.
    pub role: Role,
    /// What the operator may see and touch.
    pub scope: Scope,
    /// Where the request came from.
    pub ip: IpAddr,
    /// How the operator proved who it is.
    pub via: Via,
}

/// Somebody who signed in as another person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// Login of who really sits there.
    pub actor: String,
    /// Login of the other person.
    pub login: String,
}

/// How an operator proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A signed-in browser.
    Panel(PanelSessionId, PersonId),
    /// A bearer token.
    Token(TokenId),
    /// The command line: whoever may open the database may do everything.
    CommandLine,
}

/// The operator's role does not include what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not allow this")]
pub struct Forbidden;

impl Operator {
    /// Whoever runs the program itself.
    pub fn at_the_command_line() -> Self {
        Self {
            name: "command line".to_owned(),
            person: None,
            acting: None,
            role: Role::Administrator,
            scope: Scope::All,
            ip: Ipv4Addr::LOCALHOST.into(),
            via: Via::CommandLine,
        }
    }

    /// Login of the person, as opposed to who acts as it.
    pub fn login(&self) -> &str {
        self.acting.as_ref().map_or(&self.name, |acting| &acting.login)
    }

    /// Ok if the role includes `permission`. Functions of this crate that change something call it themselves.
    pub fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        if self.role.may(permission) { Ok(()) } else { Err(Forbidden) }
    }
}

/// The part of the server an operator may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything, also connections that have not logged in yet.
    All,
    /// What belongs to these domains.
    Domains(Arc<HashSet<DomainId>>),
    /// The sessions of one account, and nothing else.
    Account(AccountId),
}

/// Whose a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The domain of who is logged in.
    pub domain: Option<DomainId>,
    /// The account.
    pub account: Option<AccountId>,
}

impl Scope {
    /// Whether something of `domain` (`None`: of no domain yet) is in scope.
    pub fn includes(&self, domain: Option<DomainId>) -> bool {
        match self {
            Self::All => true,
            Self::Domains(domains) => domain.is_some_and(|domain| domains.contains(&domain)),
            Self::Account(_) => false,
        }
    }

    /// Whether a session of `owner` is in scope.
    pub fn sees(&self, owner: Owner) -> bool {
        match self {
            Self::Account(own) => owner.account == Some(*own),
            Self::All | Self::Domains(_) => self.includes(owner.domain),
        }
    }
}
