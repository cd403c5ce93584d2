//! Limits along the chain server > reseller > customer > domain > account. The strictest holds; whoever sets one is at the
//! place, or above it. What changes holds at once for storage and speeds, and for logins to come otherwise.

use crate::{
    Core,
    orders::{self, OrderError},
    permits::{Operator, Scope},
};
use serde_json::json;
use std::sync::{PoisonError, RwLock, atomic::Ordering};
use wharf_model::{
    accounts::Limits,
    audit::AuditEntry,
    ids::PersonId,
    limits::{Level, LimitLevel, LimitsFound, LimitsOf},
    live::Topic,
    people::{Permission, Role},
};
use wharf_store::{
    StoreError,
    accounts::AccountWithDomain,
    limits::{self, Holder},
    settings,
    together::{self, Step},
};

/// The row of the store that those of the server are in.
const NAME: &str = "limits";
/// Sessions end after no less than this without a command: a shorter time would end those of people who read.
const IDLE_LEAST: u32 = 10;

/// Those of the server, as last read from the store.
#[derive(Debug, Default)]
pub(crate) struct HouseLimits(RwLock<Limits>);

impl HouseLimits {
    fn get(&self) -> Limits {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, limits: Limits) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }
}

impl Core {
    /// Takes those of the server over from the store.
    pub(crate) async fn load_limits(&self) -> Result<(), StoreError> {
        self.house_limits.set(settings::get(&self.store, NAME).await?.unwrap_or_default());
        Ok(())
    }

    /// Those of the server.
    pub(crate) fn limits_of_server(&self) -> Limits {
        self.house_limits.get()
    }

    /// What is set at a place, and above it.
    pub async fn limits(&self, operator: &Operator, of: LimitsOf) -> Result<LimitsFound, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        match of {
            LimitsOf::Server if operator.scope == Scope::All => {
                Ok(LimitsFound { own: self.house_limits.get(), above: Vec::new() })
            }
            LimitsOf::Server => Err(OrderError::NotFound),
            LimitsOf::Person(id) => {
                let (own, parent) = self.holder(operator, id).await?;
                Ok(LimitsFound { own: own.limits, above: self.levels(operator, parent.as_ref(), None) })
            }
            LimitsOf::Domain(id) => {
                self.domain_for(operator, id).await?;
                let chain = limits::of_domain(&self.store, id).await?.ok_or(OrderError::NotFound)?;
                let above = self.levels(operator, chain.parent.as_ref(), chain.owner.as_ref());
                Ok(LimitsFound { own: chain.domain, above })
            }
        }
    }

    /// Sets all that is set at a place: what is not there is no limit.
    pub async fn set_limits(
        &self,
        operator: &Operator,
        of: LimitsOf,
        wanted: Limits,
    ) -> Result<LimitsFound, OrderError> {
        check(&wanted)?;
        let permission = match of {
            LimitsOf::Server => Permission::ManageSettings,
            LimitsOf::Person(_) => Permission::ManagePeople,
            LimitsOf::Domain(_) => Permission::ManageDomains,
        };
        operator.require(permission)?;
        let _changing = self.gate.changing.lock().await;
        let before = self.limits(operator, of).await?.own;
        let (name, step) = match of {
            LimitsOf::Server => ("server".to_owned(), Step::Set(NAME, settings::text(NAME, &wanted)?)),
            LimitsOf::Person(id) if operator.person == Some(id) => {
                return Err(OrderError::invalid("", "your own limits are set by who is above you"));
            }
            LimitsOf::Person(id) => (self.person_for(operator, id).await?.login, Step::SetPersonLimits(id, wanted)),
            LimitsOf::Domain(id) => (self.domain_for(operator, id).await?.name, Step::SetDomainLimits(id, wanted)),
        };
        if before != wanted {
            let entry = AuditEntry {
                before: Some(json!(before)),
                after: Some(json!(wanted)),
                ..self.deed(operator, "limits.change", name)
            };
            together::commit(&self.store, &[step, Step::Audit(entry)]).await.map_err(orders::gone)?;
            if of == LimitsOf::Server {
                self.house_limits.set(wanted);
            }
            self.limits_changed().await?;
        }
        self.limits(operator, of).await
    }

    /// The strictest of what is set for an account and above it.
    pub(crate) async fn effective_limits(&self, found: &AccountWithDomain) -> Result<Limits, StoreError> {
        let chain = limits::of_domain(&self.store, found.domain.id).await?;
        let above = chain.map_or(Limits::default(), |chain| chain.strictest());
        Ok(found.account.limits.strictest(above).strictest(self.house_limits.get()))
    }

    /// What is set above an account, from the top.
    pub(crate) async fn levels_above(
        &self,
        operator: &Operator,
        found: &AccountWithDomain,
    ) -> Result<Vec<LimitLevel>, StoreError> {
        let Some(chain) = limits::of_domain(&self.store, found.domain.id).await? else { return Ok(Vec::new()) };
        let mut levels = self.levels(operator, chain.parent.as_ref(), chain.owner.as_ref());
        let name = Some(found.domain.name.clone());
        levels.push(LimitLevel { level: Level::Domain, name, limits: chain.domain });
        Ok(levels)
    }

    /// Puts limits in force for the sessions that an account has, after those of the account were changed.
    pub(crate) async fn account_limits_changed(&self, found: &AccountWithDomain) -> Result<(), StoreError> {
        self.rights.fetch_add(1, Ordering::AcqRel);
        self.accounts.limit(found.account.id, &self.effective_limits(found).await?);
        Ok(())
    }

    /// Puts limits in force for all sessions, after the chain was changed anywhere. A login on its way looks again.
    pub(crate) async fn limits_changed(&self) -> Result<(), StoreError> {
        self.rights.fetch_add(1, Ordering::AcqRel);
        let house = self.house_limits.get();
        for account in limits::of_accounts(&self.store).await? {
            self.accounts.limit(account.id, &account.limits.strictest(house));
        }
        self.notices.changed(Topic::Accounts);
        Ok(())
    }

    /// A reseller or customer in sight, and its reseller.
    async fn holder(&self, operator: &Operator, id: PersonId) -> Result<(Holder, Option<Holder>), OrderError> {
        operator.require(Permission::ViewPeople)?;
        // In the store a mailbox owner has the role of a customer.
        if !matches!(self.person_for(operator, id).await?.role, Role::Reseller | Role::Customer) {
            return Err(OrderError::invalid("", "only resellers and customers have limits"));
        }
        limits::of_person(&self.store, id).await?.ok_or(OrderError::NotFound)
    }

    /// The server, a reseller, a customer, as far as they are there. Who is above the operator stays unnamed.
    fn levels(&self, operator: &Operator, parent: Option<&Holder>, owner: Option<&Holder>) -> Vec<LimitLevel> {
        let mut levels = vec![LimitLevel { level: Level::Server, name: None, limits: self.house_limits.get() }];
        let mut known = operator.scope == Scope::All;
        for holder in parent.into_iter().chain(owner) {
            known |= operator.person == Some(holder.id);
            levels.push(LimitLevel {
                level: if holder.role == Role::Reseller { Level::Reseller } else { Level::Customer },
                name: known.then(|| holder.login.clone()),
                limits: holder.limits,
            });
        }
        levels
    }
}

/// What is wrong with limits, wherever they are set.
pub(crate) fn check(limits: &Limits) -> Result<(), OrderError> {
    let numbers = [
        ("download_rate", limits.download_rate),
        ("upload_rate", limits.upload_rate),
        ("sessions", limits.sessions.map(u64::from)),
        ("sessions_per_ip", limits.sessions_per_ip.map(u64::from)),
    ];
    if let Some((name, _)) = numbers.into_iter().find(|(_, number)| *number == Some(0)) {
        return Err(OrderError::invalid(name, "at least 1; without it there is no limit"));
    }
    if limits.idle_seconds.is_some_and(|seconds| seconds < IDLE_LEAST) {
        let why = format!("at least {IDLE_LEAST} seconds; without it the server's own time holds");
        return Err(OrderError::invalid("idle_seconds", why));
    }
    Ok(())
}
