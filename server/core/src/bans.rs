//! Bans: who may not come in for a while, and ending whoever is in already.

use crate::{
    Core,
    clock::iso,
    gate::Counted,
    lockout::Lock,
    orders::{self, OrderError},
    permits::{Operator, Scope},
    random,
    sessions::{EndCause, Ending, Session},
};
use serde_json::json;
use std::sync::Arc;
use wharf_model::{
    addresses::AddressRange,
    audit::AuditEntry,
    bans::{Ban, BanOrder, BanOrigin, LONGEST_BAN, NamedReach, Reach},
    ids::BanId,
    kicks::Effect,
    live::Topic,
    people::Permission,
    rules::Change,
    webhooks::WebhookEvent,
};
use wharf_store::{
    accounts,
    bans::{StoredBan, StoredReach},
    domains,
    rules::StoredRule,
    together::{self, Step},
};

/// The longest reason or comment.
pub(crate) const LONGEST_NOTE: usize = 500;
/// Accounts a search offers at most.
const OFFERED_MOST: usize = 50;

impl Core {
    /// Bans in force that the operator may see, newest first; addresses the login throttle holds back among them.
    pub fn bans(&self, operator: &Operator) -> Result<Vec<Ban>, OrderError> {
        operator.require(Permission::ViewBans)?;
        let now = self.clock.now();
        let mut bans: Vec<_> = self
            .gate
            .bans(now)
            .iter()
            .filter(|ban| operator.scope.includes(ban.entry.reach.domain))
            .map(|ban| counted(ban))
            .collect();
        if operator.scope == Scope::All {
            bans.extend(self.lockout.locks(now).iter().map(throttled));
        }
        bans.sort_by_key(|ban| std::cmp::Reverse((ban.created, ban.id)));
        Ok(bans)
    }

    /// Bans an address and ends the sessions it matches.
    pub async fn ban(&self, operator: &Operator, order: &BanOrder) -> Result<Change, OrderError> {
        operator.require(Permission::ManageBans)?;
        if !(1..=LONGEST_BAN).contains(&order.minutes) {
            return Err(OrderError::invalid("minutes", format!("minutes is 1 to {LONGEST_BAN}")));
        }
        let reason = orders::text("reason", &order.reason, LONGEST_NOTE)?;
        let reach = self.reach_for(operator, order.reach).await?;
        let _changing = self.gate.changing.lock().await;
        self.check_never_banned(&order.address)?;
        if !order.confirm_own_address && order.address.contains(operator.ip) {
            return Err(OrderError::OwnAddress);
        }
        let ban = self.new_ban(operator, order.address, reach, order.minutes, BanOrigin::Hand, &reason);
        let entry = AuditEntry {
            reason,
            after: Some(json!({"minutes": order.minutes, "reach": ban.reach.name, "until": ban.expires})),
            ..self.deed(operator, "ban.add", ban.address.to_string())
        };
        together::commit(&self.store, &[Step::AddBan(ban.clone()), Step::Audit(entry)]).await?;
        let effect = Effect::Ban { id: ban.id, address: ban.address };
        self.address_banned(&shown(&ban));
        self.gate.add_ban(ban);
        let ended = self.end_barred(operator).len();
        self.notices.changed(Topic::Bans);
        Ok(Change { effects: vec![effect], ended: u32::try_from(ended).unwrap_or(u32::MAX) })
    }

    /// Lifts bans. How many of them there still were.
    pub async fn unban(&self, operator: &Operator, ids: &[BanId]) -> Result<u32, OrderError> {
        operator.require(Permission::ManageBans)?;
        let _changing = self.gate.changing.lock().await;
        let now = self.clock.now();
        let mut lifted = 0;
        for id in ids {
            if operator.scope == Scope::All
                && let Some(lock) = self.lockout.unlock(*id, now)
            {
                let before = Some(json!({"origin": "throttle", "until": lock.until}));
                let entry = self.deed(operator, "ban.remove", lock.address.to_string());
                self.write_down(AuditEntry { before, ..entry }).await;
                lifted += 1;
                continue;
            }
            let ban = self.gate.ban(*id, now).filter(|ban| operator.scope.includes(ban.entry.reach.domain));
            let Some(ban) = ban else { continue };
            let before = json!({"reach": ban.entry.reach.name, "until": ban.entry.expires, "reason": ban.entry.reason});
            let entry =
                AuditEntry { before: Some(before), ..self.deed(operator, "ban.remove", ban.entry.address.to_string()) };
            together::commit(&self.store, &[Step::RemoveBan(*id), Step::Audit(entry)]).await?;
            self.gate.remove_ban(*id);
            lifted += 1;
        }
        if lifted > 0 {
            self.notices.changed(Topic::Bans);
        }
        Ok(lifted)
    }

    /// What the operator can make bans and rules for: the server, if allowed, domains by name, and accounts whose
    /// `login@domain` contains `search`.
    pub async fn reaches(&self, operator: &Operator, search: &str) -> Result<Vec<NamedReach>, OrderError> {
        operator.require(Permission::ViewBans)?;
        let named = |stored: StoredReach| NamedReach { reach: stored.reach, name: stored.name };
        let mut reaches = Vec::new();
        if operator.scope == Scope::All {
            reaches.push(named(StoredReach::server()));
        }
        let domains = domains::list(&self.store).await?;
        let domains = domains.iter().filter(|domain| operator.scope.includes(Some(domain.id)));
        reaches.extend(domains.map(|domain| named(StoredReach::domain(domain.id, &domain.name))));
        if !search.is_empty() {
            let visible = |domain| operator.scope.includes(Some(domain));
            let found = accounts::search(&self.store, search, visible, OFFERED_MOST).await?;
            reaches.extend(found.iter().map(|found| {
                named(StoredReach::account(found.account.id, &found.account.login, found.domain.id, &found.domain.name))
            }));
        }
        Ok(reaches)
    }

    /// The reach with its name, if it is the operator's to decide about.
    pub(crate) async fn reach_for(&self, operator: &Operator, reach: Reach) -> Result<StoredReach, OrderError> {
        let stored = match reach {
            Reach::Server => Some(StoredReach::server()),
            Reach::Domain(id) => {
                domains::by_id(&self.store, id).await?.map(|domain| StoredReach::domain(id, &domain.name))
            }
            Reach::Account(id) => accounts::by_id(&self.store, id)
                .await?
                .map(|found| StoredReach::account(id, &found.account.login, found.domain.id, &found.domain.name)),
        };
        let stored = stored.ok_or(OrderError::NotFound)?;
        match (operator.scope.includes(stored.domain), reach) {
            (true, _) => Ok(stored),
            (false, Reach::Server) => Err(OrderError::Forbidden(crate::permits::Forbidden)),
            (false, _) => Err(OrderError::NotFound),
        }
    }

    /// Refuses what lies within the never-ban list. A wider range is fine: the gate spares the listed addresses.
    pub(crate) fn check_never_banned(&self, address: &AddressRange) -> Result<(), OrderError> {
        match self.gate.never_banned().iter().find(|never| never.covers(address)) {
            Some(_) => Err(OrderError::invalid("address", format!("{address} is on the never-ban list"))),
            None => Ok(()),
        }
    }

    pub(crate) fn new_ban(
        &self,
        operator: &Operator,
        address: AddressRange,
        reach: StoredReach,
        minutes: u32,
        origin: BanOrigin,
        reason: &str,
    ) -> StoredBan {
        let created = self.clock.now();
        StoredBan {
            id: BanId(random::id(&self.clock)),
            address,
            reach,
            origin,
            reason: reason.to_owned(),
            by: operator.name.clone(),
            created,
            expires: created + i64::from(minutes) * 60_000,
            hits: 0,
            last_hit: None,
        }
    }

    /// Tells webhooks.
    pub(crate) fn address_banned(&self, ban: &Ban) {
        let Ban { address, reach_name, origin, by, reason, expires, .. } = ban;
        self.events().happened(WebhookEvent::AddressBanned, ban.created, || {
            json!({
                "address": address, "reach": reach_name, "origin": origin, "by": by, "reason": reason,
                "until": iso(*expires),
            })
        });
    }

    /// As [`Core::address_banned`], for a rule that a kick has made: it has no end.
    pub(crate) fn address_blocked(&self, rule: &StoredRule) {
        let StoredRule { address, reach, by, comment, .. } = rule;
        self.events().happened(WebhookEvent::AddressBanned, rule.created, || {
            json!({
                "address": address, "reach": reach.name, "origin": "block", "by": by, "reason": comment, "until": null,
            })
        });
    }

    /// Ends every session that the gate would not let in any more.
    pub(crate) fn end_barred(&self, operator: &Operator) -> Vec<Arc<Session>> {
        let now = self.clock.now();
        let mut ended = self.sessions.list(&Scope::All);
        ended.retain(|session| self.gate.judge(&session.reaches(), session.ip(), now).refuses());
        ended.retain(|session| {
            session.end(Ending { cause: EndCause::Barred, message: String::new(), by: Some(operator.name.clone()) })
        });
        ended
    }
}

fn counted(ban: &Counted<StoredBan>) -> Ban {
    let (hits, last_hit) = ban.hits();
    Ban { hits, last_hit, ..shown(&ban.entry) }
}

/// As it is stored.
pub(crate) fn shown(ban: &StoredBan) -> Ban {
    let StoredBan { id, address, reach, origin, reason, by, created, expires, hits, last_hit } = ban;
    Ban {
        id: *id,
        address: *address,
        reach: reach.reach,
        reach_name: reach.name.clone(),
        origin: *origin,
        reason: reason.clone(),
        by: by.clone(),
        created: *created,
        expires: *expires,
        hits: *hits,
        last_hit: *last_hit,
    }
}

pub(crate) fn throttled(lock: &Lock) -> Ban {
    Ban {
        id: lock.id,
        address: lock.address,
        reach: Reach::Server,
        reach_name: StoredReach::server().name,
        origin: BanOrigin::Throttle,
        reason: "too many failed logins".to_owned(),
        by: "system".to_owned(),
        created: lock.since,
        expires: lock.until,
        hits: lock.hits,
        last_hit: lock.last_hit,
    }
}
