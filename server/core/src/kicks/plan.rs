//! What an order means for the sessions that are there: worked out the same way for the preview and for the deed.

use crate::{
    Core,
    bans::LONGEST_NOTE,
    orders::{self, OrderError},
    permits::{Operator, Scope},
    sessions::Session,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    net::IpAddr,
    sync::Arc,
};
use wharf_model::{
    addresses::AddressRange,
    bans::{LONGEST_BAN, Level, Reach},
    ids::{AccountId, DomainId, SessionId},
    kicks::{KickAction, KickOrder, KickPreview, LONGEST_MESSAGE, Refused},
    people::Permission,
    sessions::UserType,
};
use wharf_store::bans::StoredReach;

/// Accounts a preview names.
const NAMED_MOST: usize = 20;

/// What is known of a chosen session, whether it still lives or not.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) id: SessionId,
    pub(crate) ip: IpAddr,
    pub(crate) user: Option<User>,
    /// `None` if it has ended.
    pub(crate) session: Option<Arc<Session>>,
}

/// Who is, or was, logged in to a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct User {
    pub(crate) domain_name: String,
    pub(crate) login: String,
    pub(crate) account: AccountId,
    pub(crate) domain: DomainId,
    pub(crate) anonymous: bool,
}

impl User {
    pub(crate) fn of(session: &Session) -> Option<Self> {
        let identity = session.identity()?;
        Some(Self {
            domain_name: identity.domain_name.clone(),
            login: identity.login.clone(),
            account: identity.account_id,
            domain: identity.domain_id,
            anonymous: identity.user_type == UserType::Anonymous,
        })
    }

    /// `login@domain`
    pub(crate) fn name(&self) -> String {
        format!("{}@{}", self.login, self.domain_name)
    }

    fn reach(&self, level: Level) -> StoredReach {
        match level {
            Level::Server => StoredReach::server(),
            Level::Domain => StoredReach::domain(self.domain, &self.domain_name),
            Level::Account => StoredReach::account(self.account, &self.login, self.domain, &self.domain_name),
        }
    }
}

/// What an order comes down to.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Chosen sessions that are there.
    pub(crate) chosen: Vec<Target>,
    /// Further sessions that have to end.
    pub(crate) further: Vec<Arc<Session>>,
    /// Chosen sessions that are not there any more, or never were the operator's to see.
    pub(crate) gone: Vec<SessionId>,
    /// Chosen sessions that are left alone.
    pub(crate) refused: Vec<Refused>,
    /// Whom to ban or block, and where.
    pub(crate) barred: Vec<(AddressRange, StoredReach)>,
    /// Accounts to disable.
    pub(crate) disabled: BTreeMap<AccountId, User>,
    /// Addresses of refused sessions.
    never_banned: BTreeSet<AddressRange>,
    /// The operator's own address would be turned away.
    pub(crate) own_address: bool,
    pub(crate) message: String,
    pub(crate) reason: String,
}

impl Core {
    /// Works out what `order` means for the sessions `ids`.
    pub(super) fn plan(&self, operator: &Operator, ids: &[SessionId], order: &KickOrder) -> Result<Plan, OrderError> {
        operator.require(Permission::EndSessions)?;
        let level = level(operator, order)?;
        let mut plan = Plan {
            message: message(&order.message)?,
            reason: orders::text("reason", &order.reason, LONGEST_NOTE)?,
            ..Plan::default()
        };
        let never = self.gate.never_banned();
        let mut addresses = HashSet::new();
        for id in ids {
            let Some(target) = self.target(operator, *id) else {
                plan.gone.push(*id);
                continue;
            };
            if let Some(level) = level {
                let address = order.address.unwrap_or_else(|| AddressRange::one(target.ip));
                if never.iter().any(|never| never.covers(&address)) {
                    plan.never_banned.insert(address);
                    plan.refuse(&target, format!("{address} is on the never-ban list"));
                    continue;
                }
                let reach = match (level, &target.user) {
                    (Level::Server, _) => StoredReach::server(),
                    (level, Some(user)) => user.reach(level),
                    (_, None) => {
                        plan.refuse(&target, "nobody is logged in to it, so there is no domain to ban from".to_owned());
                        continue;
                    }
                };
                if !plan.barred.contains(&(address, reach.clone())) {
                    plan.barred.push((address, reach));
                }
            }
            if let Some(user) = target.user.as_ref().filter(|user| order.disable_account && !user.anonymous) {
                plan.disabled.insert(user.account, user.clone());
            }
            addresses.insert(target.ip);
            if target.session.is_some() { plan.chosen.push(target) } else { plan.gone.push(*id) }
        }
        let spared = never.iter().any(|never| never.contains(operator.ip));
        plan.own_address = !spared && plan.barred.iter().any(|(address, _)| address.contains(operator.ip));
        let chosen: HashSet<_> = ids.iter().collect();
        let mut further = self.sessions.list(&operator.scope);
        further.retain(|session| {
            !chosen.contains(&session.id)
                && (order.same_ip && addresses.contains(&session.ip())
                    || session.identity().is_some_and(|identity| plan.disabled.contains_key(&identity.account_id))
                    || plan.bars(session) && !never.iter().any(|never| never.contains(session.ip())))
        });
        plan.further = further;
        Ok(plan)
    }

    /// A session the operator sees, or saw before it ended.
    fn target(&self, operator: &Operator, id: SessionId) -> Option<Target> {
        if let Some(session) = self.session_for(operator, id) {
            return Some(Target { id, ip: session.ip(), user: User::of(&session), session: Some(session) });
        }
        let ended = self.sessions.logs().ended(id).filter(|ended| operator.scope.sees(ended.owner()))?;
        Some(Target { id, ip: ended.ip, user: ended.user.clone(), session: None })
    }
}

impl Plan {
    /// The plan as the dialog shows it.
    pub(super) fn preview(&self, operator: &Operator, order: &KickOrder) -> KickPreview {
        let live = self.chosen.iter().filter_map(|target| target.session.as_ref()).chain(&self.further);
        let accounts: BTreeSet<_> =
            live.clone().filter_map(|session| User::of(session)).map(|user| user.name()).collect();
        let mute = live.clone().filter(|session| !session.protocol.can_say_goodbye());
        let message_not_shown: BTreeSet<_> = mute.map(|session| session.protocol.label(true).to_owned()).collect();
        let offered = match self.chosen.first().map(|target| target.ip) {
            Some(ip @ IpAddr::V6(_)) if order.address.is_none() => Some(AddressRange::customer(ip)),
            _ => None,
        };
        let mut scopes = vec![Level::Domain, Level::Account];
        if operator.scope == Scope::All {
            scopes.insert(0, Level::Server);
        }
        if !operator.role.may(Permission::ManageBans) {
            scopes.clear();
        }
        let mut addresses: Vec<_> = self.barred.iter().map(|(address, _)| *address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        KickPreview {
            chosen: small(self.chosen.len()),
            gone: small(self.gone.len()),
            further: small(self.further.len()),
            accounts_total: small(accounts.len()),
            accounts: accounts.into_iter().take(NAMED_MOST).collect(),
            disabled: self.disabled.values().map(User::name).collect(),
            addresses,
            offered,
            scopes,
            own_address: self.own_address,
            never_banned: self.never_banned.iter().copied().collect(),
            message_shown: small(live.filter(|session| session.protocol.can_say_goodbye()).count()),
            message_not_shown: message_not_shown.into_iter().collect(),
        }
    }

    fn refuse(&mut self, target: &Target, why: String) {
        match target.session {
            Some(_) => self.refused.push(Refused { id: target.id, why }),
            None => self.gone.push(target.id),
        }
    }

    /// Whether a ban or block of the plan hits the session.
    fn bars(&self, session: &Session) -> bool {
        let reaches = session.reaches();
        self.barred.iter().any(|(address, reach)| reaches.contains(&reach.reach) && address.contains(session.ip()))
    }
}

/// What the ban or block of an order holds for; `None` for an order without one.
fn level(operator: &Operator, order: &KickOrder) -> Result<Option<Level>, OrderError> {
    if order.disable_account {
        operator.require(Permission::DisableAccounts)?;
    }
    if !(1..=LONGEST_BAN).contains(&order.minutes) {
        return Err(OrderError::invalid("minutes", format!("minutes is 1 to {LONGEST_BAN}")));
    }
    if order.action == KickAction::Disconnect {
        return Ok(None);
    }
    operator.require(Permission::ManageBans)?;
    match (order.scope, operator.scope == Scope::All) {
        (Some(Level::Server), false) => {
            Err(OrderError::invalid("scope", "only an administrator bans from the whole server"))
        }
        (Some(level), _) => Ok(Some(level)),
        (None, true) => Ok(Some(Level::Server)),
        (None, false) => Ok(Some(Level::Domain)),
    }
}

/// The lines of a message, each made printable.
fn message(text: &str) -> Result<String, OrderError> {
    if text.chars().count() > LONGEST_MESSAGE {
        return Err(OrderError::invalid("message", format!("message is longer than {LONGEST_MESSAGE} characters")));
    }
    let lines: Vec<_> = text.trim().lines().map(|line| wharf_vfs::printable(line.as_bytes())).collect();
    Ok(lines.join("\n"))
}

/// Where a session is: on the server, in its domain, in its account.
impl Session {
    pub(crate) fn reaches(&self) -> Vec<Reach> {
        let mut reaches = vec![Reach::Server];
        if let Some(identity) = self.identity() {
            reaches.extend([Reach::Domain(identity.domain_id), Reach::Account(identity.account_id)]);
        }
        reaches
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
