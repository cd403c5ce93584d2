//! Hosted domains: adding them, finding them by what a client calls them, and what TLS has to do with them.
//!
//! * `managing`: lists, new domains and changes, on an operator's order

mod managing;

use crate::{Core, accounts::CreateError, random};
use std::path::Path;
use wharf_model::ids::{DomainId, PersonId};
use wharf_store::{
    StoreError,
    domains::{self, Domain, DomainTls, NewDomain},
};

/// A hosted domain to be made.
#[derive(Clone, Debug)]
pub struct DomainOrder<'a> {
    /// Its DNS name.
    pub name: &'a str,
    /// The absolute path its files live below.
    pub root: &'a Path,
    /// Whose it is; the house's if nobody's.
    pub owner: Option<PersonId>,
    /// Sessions its accounts may have at once.
    pub session_limit: Option<u32>,
    /// Its certificate, and whether it needs TLS.
    pub tls: DomainTls,
}

impl Core {
    /// Creates a hosted domain.
    pub async fn add_domain(&self, order: DomainOrder<'_>) -> Result<DomainId, CreateError> {
        let name = fit_name(order.name).map_err(CreateError::Invalid)?;
        let root = order.root.to_str().filter(|root| root.starts_with('/'));
        let root = root.ok_or(CreateError::Invalid("the root is an absolute path in UTF-8"))?;
        let id = DomainId(random::id(&self.clock));
        let domain = NewDomain {
            id,
            name,
            owner_id: order.owner,
            root: root.to_owned(),
            session_limit: order.session_limit,
            tls: order.tls,
            created_at: self.clock.now(),
        };
        domains::insert(&self.store, &domain).await?;
        Ok(id)
    }

    /// Changes what TLS has to do with a domain.
    pub async fn change_domain_tls(&self, name: &str, change: impl FnOnce(&mut DomainTls)) -> Result<(), CreateError> {
        let domain = self.hosted(name).await?.ok_or_else(|| CreateError::NoDomain(name.to_owned()))?;
        let mut tls = domain.tls;
        change(&mut tls);
        Ok(domains::set_tls(&self.store, domain.id, &tls).await?)
    }

    /// The domain of that name, however it is capitalised and whether or not it ends in a dot, if it is hosted here.
    pub async fn hosted(&self, name: &str) -> Result<Option<Domain>, StoreError> {
        domains::by_name(&self.store, name.trim_end_matches('.')).await
    }
}

/// The name as it is stored, or what is wrong with it.
fn fit_name(name: &str) -> Result<String, &'static str> {
    let name = name.trim_end_matches('.').to_lowercase();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.len() > 253 || !name.chars().all(good) {
        return Err("a domain name has letters, digits, dots, hyphens and underscores, at most 253");
    }
    Ok(name)
}
