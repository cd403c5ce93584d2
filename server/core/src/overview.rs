//! What an operator has, and what of it wants looking after.

use crate::{Core, orders::OrderError, permits::Operator};
use wharf_model::{
    domains::DomainSearch,
    overview::{Holdings, MATTERS_MOST, Matter},
    people::{Permission, PersonSearch, Role},
};
use wharf_store::{domains, limits};

/// Of its storage an account has this much, in hundredths, when it is nearly full.
const NEARLY_FULL: u64 = 90;
/// An account whose time is over within this is told of.
const SOON_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

impl Core {
    /// What is in sight, counted, and what of it wants looking after.
    pub async fn holdings(&self, operator: &Operator) -> Result<Holdings, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        let mut holdings = Holdings {
            panel_sessions: number(self.panel_sessions(operator).await?.len()),
            bans: number(self.bans(operator)?.len()),
            ..Holdings::default()
        };
        if operator.role.may(Permission::ViewPeople) {
            let of = |role| PersonSearch { role: Some(role), limit: 0, ..PersonSearch::default() };
            holdings.customers = Some(total(self.people(operator, &of(Role::Customer)).await?.total));
            if operator.role != Role::Reseller {
                holdings.resellers = Some(total(self.people(operator, &of(Role::Reseller)).await?.total));
            }
        }
        let search = DomainSearch { limit: 0, ..DomainSearch::default() };
        holdings.domains = total(self.domains(operator, &search).await?.total);
        let mut matters = self.matters_of_accounts(operator, &mut holdings).await?;
        for domain in domains::list(&self.store).await? {
            if !domain.enabled && operator.scope.includes(Some(domain.id)) {
                matters.push(Matter::DomainDisabled { domain: domain.id, name: domain.name });
            }
        }
        holdings.matters_total = number(matters.len());
        matters.truncate(MATTERS_MOST);
        holdings.matters = matters;
        Ok(holdings)
    }

    /// Those of accounts: the fullest first, then those whose time is over first. Counts them too.
    async fn matters_of_accounts(
        &self,
        operator: &Operator,
        holdings: &mut Holdings,
    ) -> Result<Vec<Matter>, OrderError> {
        let now = self.clock.now();
        let (mut full, mut ending) = (Vec::new(), Vec::new());
        for account in limits::of_accounts(&self.store).await? {
            if !operator.scope.includes(Some(account.domain_id)) {
                continue;
            }
            let used = self.accounts.used(account.id).unwrap_or(account.used_bytes);
            holdings.accounts += 1;
            holdings.used_bytes = holdings.used_bytes.saturating_add(used);
            let name = format!("{}@{}", account.login, account.domain);
            let quota = account.limits.strictest(self.limits_of_server()).quota_bytes;
            if let Some(quota) =
                quota.filter(|quota| u128::from(used) * 100 >= u128::from(*quota) * u128::from(NEARLY_FULL))
            {
                full.push(Matter::NearlyFull { account: account.id, name: name.clone(), used, quota });
            }
            if let Some(at) = account.expires_at.filter(|at| account.enabled && (now..now + SOON_MS).contains(at)) {
                ending.push((at, Matter::ExpiresSoon { account: account.id, name, at }));
            }
        }
        full.sort_by_key(|matter| match matter {
            Matter::NearlyFull { used, quota, .. } => quota.saturating_sub(*used),
            _ => u64::MAX,
        });
        ending.sort_by_key(|(at, _)| *at);
        full.extend(ending.into_iter().map(|(_, matter)| matter));
        Ok(full)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn total(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
