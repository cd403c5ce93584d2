//! Ending sessions and transfers on an operator's order, and what else the order asks for.

mod plan;

pub(crate) use plan::User;

use crate::{
    Core,
    bans::shown,
    gate::{RuleSet, counted},
    orders::OrderError,
    permits::{Forbidden, Operator},
    rules,
    sessions::{EndCause, Ending, Session},
    webhooks::about,
};
use plan::Plan;
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};
use wharf_model::{
    audit::AuditEntry,
    bans::{BanOrigin, Reach},
    ids::{AccountId, SessionId, TransferId},
    kicks::{Effect, KickAction, KickOrder, KickPreview, Receipt, SessionFilter, UndoReceipt},
    live::Topic,
    logs::LineKind,
    people::Permission,
    rules::RuleAction,
    sessions::{SessionDetail, UserType},
    webhooks::WebhookEvent,
};
use wharf_store::{
    StoreError, accounts,
    together::{self, Step},
};

/// Sessions an audit entry names; beyond it only their number is written down.
const NAMED_MOST: usize = 100;

impl Core {
    /// The session, if the operator may see it. A foreign one is as unknown as one that never was.
    pub fn session_for(&self, operator: &Operator, id: SessionId) -> Option<Arc<Session>> {
        self.sessions.get(id).filter(|session| operator.scope.sees(session.owner()))
    }

    /// Everything the operator may know about a session.
    pub fn session_detail(&self, operator: &Operator, id: SessionId) -> Option<SessionDetail> {
        let session = self.session_for(operator, id)?;
        let same_ip = self.sessions.count_from(session.ip(), &operator.scope).saturating_sub(1);
        Some(session.detail(self.clock.now(), same_ip))
    }

    /// What [`Core::kick`] would do.
    pub fn kick_preview(
        &self,
        operator: &Operator,
        ids: &[SessionId],
        order: &KickOrder,
    ) -> Result<KickPreview, OrderError> {
        Ok(self.plan(operator, ids, order)?.preview(operator, order))
    }

    /// Ends sessions, and does whatever else the order says. Bans, rules, disabled accounts and the audit entry are
    /// stored in one piece before anybody is sent away.
    pub async fn kick(&self, operator: &Operator, ids: &[SessionId], order: &KickOrder) -> Result<Receipt, OrderError> {
        let _changing = self.gate.changing.lock().await;
        let plan = self.plan(operator, ids, order)?;
        if plan.own_address && !order.confirm_own_address {
            return Err(OrderError::OwnAddress);
        }
        let entry = self.entry_for(operator, order, &plan);
        if plan.barred.is_empty() && plan.disabled.is_empty() {
            let receipt = self.end_all(operator, order, plan, Vec::new());
            if !receipt.ended.is_empty() {
                self.write_down(entry).await;
            }
            return Ok(receipt);
        }
        let effects = self.take_measures(operator, order, &plan, entry).await?;
        Ok(self.end_all(operator, order, plan, effects))
    }

    /// Stores what an order leaves behind and puts it in force.
    async fn take_measures(
        &self,
        operator: &Operator,
        order: &KickOrder,
        plan: &Plan,
        entry: AuditEntry,
    ) -> Result<Vec<Effect>, OrderError> {
        let mut steps: Vec<_> = plan.disabled.keys().map(|id| Step::EnableAccount(*id, false)).collect();
        let disabled = |(id, user): (&AccountId, &User)| Effect::Disabled { id: *id, login: user.name() };
        let mut effects: Vec<_> = plan.disabled.iter().map(disabled).collect();
        let (mut bans, mut blocked) = (Vec::new(), Vec::new());
        let mut sets: Vec<(Reach, RuleSet, Vec<_>)> = Vec::new();
        for (address, reach) in &plan.barred {
            let (address, reach) = (*address, reach.clone());
            if order.action == KickAction::Ban {
                let ban = self.new_ban(operator, address, reach, order.minutes, BanOrigin::Kick, &plan.reason);
                effects.push(Effect::Ban { id: ban.id, address });
                steps.push(Step::AddBan(ban.clone()));
                bans.push(ban);
            } else {
                let rule = self.new_rule(operator, reach, RuleAction::Deny, address, &plan.reason);
                blocked.push(rule.clone());
                effects.push(Effect::Rule { id: rule.id, address });
                let at = rule.reach.reach;
                let known = sets.iter().position(|(reach, ..)| *reach == at);
                let place = known.unwrap_or_else(|| {
                    sets.push((at, self.gate.rule_set(at), Vec::new()));
                    sets.len() - 1
                });
                sets[place].2.push(counted(rule));
            }
        }
        let mut in_force = Vec::new();
        for (reach, old, mut rules) in sets {
            // In front, so that no rule that allows a wider network comes before.
            rules.extend(old.rules.iter().cloned());
            let (rules, more) = rules::steps(&old, rules);
            steps.extend(more);
            in_force.push((reach, RuleSet::new(rules)));
        }
        steps.push(Step::Audit(entry));
        together::commit(&self.store, &steps).await?;
        self.rights.fetch_add(1, Ordering::AcqRel);
        if !plan.disabled.is_empty() {
            // Mailbox owners are signed in to the panel as well.
            self.panel_sessions_changed();
            self.notices.changed(Topic::Accounts);
        }
        if !bans.is_empty() {
            self.notices.changed(Topic::Bans);
        }
        if !in_force.is_empty() {
            self.notices.changed(Topic::Rules);
        }
        for ban in bans {
            self.address_banned(&shown(&ban));
            self.gate.add_ban(ban);
        }
        for (reach, set) in in_force {
            self.gate.set_rules(reach, set);
        }
        for rule in blocked {
            self.address_blocked(&rule);
        }
        Ok(effects)
    }

    /// Sends away whom the plan names, and whoever came in between.
    fn end_all(&self, operator: &Operator, order: &KickOrder, plan: Plan, effects: Vec<Effect>) -> Receipt {
        let mut receipt = Receipt { gone: plan.gone, refused: plan.refused, effects, ..Receipt::default() };
        let ending = |message: &str| Ending {
            cause: EndCause::Kicked,
            message: message.to_owned(),
            by: Some(operator.name.clone()),
        };
        for target in plan.chosen {
            let Some(session) = target.session else { continue };
            self.note_kick(&session, operator, order, &plan.reason);
            session.end(ending(&plan.message));
            receipt.ended.push(target.id);
        }
        for session in plan.further {
            // The message is for the user it was written to, and for whoever sits at the same address on purpose.
            let same = session.identity().is_some_and(|identity| plan.disabled.contains_key(&identity.account_id));
            let message = if order.same_ip || same { &*plan.message } else { "" };
            self.note_kick(&session, operator, order, &plan.reason);
            session.end(ending(message));
            receipt.further.push(session.id);
        }
        // Logged in while the order was stored: the plan does not know them.
        let mut late = if plan.barred.is_empty() { Vec::new() } else { self.end_barred(operator) };
        for session in self.sessions.list(&operator.scope) {
            let disabled = session.identity().is_some_and(|identity| plan.disabled.contains_key(&identity.account_id));
            if disabled && session.end(ending(&plan.message)) {
                self.session_kicked(&session, operator, order, &plan.reason);
                late.push(session);
            }
        }
        receipt.further.extend(late.iter().map(|session| session.id));
        receipt
    }

    /// Tells the session's log and the webhooks of the order.
    fn note_kick(&self, session: &Session, operator: &Operator, order: &KickOrder, reason: &str) {
        note(session, operator, order, reason);
        self.session_kicked(session, operator, order, reason);
    }

    fn session_kicked(&self, session: &Session, operator: &Operator, order: &KickOrder, reason: &str) {
        let now = self.clock.now();
        self.events().happened(WebhookEvent::SessionKicked, now, || {
            json!({
                "session": about(session, now), "by": operator.name, "action": order.action, "reason": reason,
                "account_disabled": order.disable_account,
            })
        });
    }

    fn entry_for(&self, operator: &Operator, order: &KickOrder, plan: &Plan) -> AuditEntry {
        let now = self.clock.now();
        let ended: Vec<_> = plan.chosen.iter().map(|target| target.id).collect();
        let named = plan.chosen.iter().filter_map(|target| target.session.as_ref()).take(NAMED_MOST);
        let named: Vec<_> = named
            .map(|session| {
                let row = session.row(now);
                json!({"session": row.id, "login": row.login, "domain": row.domain, "ip": row.ip})
            })
            .collect();
        let mut detail = json!({"sessions": named, "action": order.action, "further": plan.further.len()});
        if !plan.message.is_empty() {
            detail["message"] = Value::from(&*plan.message);
        }
        let mut after = serde_json::Map::new();
        if !plan.barred.is_empty() {
            let barred = plan.barred.iter().map(|(address, reach)| json!({"address": address, "reach": reach.name}));
            after.insert("barred".to_owned(), barred.collect());
            if order.action == KickAction::Ban {
                after.insert("minutes".to_owned(), Value::from(order.minutes));
            }
        }
        if !plan.disabled.is_empty() {
            after.insert("disabled".to_owned(), plan.disabled.values().map(User::name).collect());
        }
        let target = subject(if ended.is_empty() { &plan.gone } else { &ended });
        AuditEntry {
            reason: plan.reason.clone(),
            after: (!after.is_empty()).then_some(Value::Object(after)),
            detail,
            ..self.deed(operator, "session.kick", target)
        }
    }

    /// What [`Core::kick_all`] would do.
    pub fn kick_all_preview(&self, operator: &Operator, filter: &SessionFilter) -> Result<KickPreview, OrderError> {
        operator.require(Permission::EndSessions)?;
        self.kick_preview(operator, &self.filtered(operator, filter), &KickOrder::default())
    }

    /// Ends all sessions in the operator's sight that the filter finds, as of now. Panel sessions stay.
    pub async fn kick_all(
        &self,
        operator: &Operator,
        filter: &SessionFilter,
        message: &str,
        reason: &str,
    ) -> Result<Receipt, OrderError> {
        operator.require(Permission::EndSessions)?;
        let order = KickOrder { message: message.to_owned(), reason: reason.to_owned(), ..KickOrder::default() };
        self.kick(operator, &self.filtered(operator, filter), &order).await
    }

    pub(crate) fn filtered(&self, operator: &Operator, filter: &SessionFilter) -> Vec<SessionId> {
        let now = self.clock.now();
        let domain = filter.domain.as_ref().map(|domain| domain.to_lowercase());
        let matches = |session: &Arc<Session>| {
            let row = session.row(now);
            (!filter.anonymous || row.user_type == UserType::Anonymous)
                && filter.idle_minutes.is_none_or(|minutes| row.idle_ms(now) >= i64::from(minutes) * 60_000)
                && domain.as_ref().is_none_or(|domain| row.domain.as_ref() == Some(domain))
                && filter.address.is_none_or(|address| address.contains(session.ip()))
        };
        self.sessions
            .list(&operator.scope)
            .iter()
            .filter(|session| matches(session))
            .map(|session| session.id)
            .collect()
    }

    /// Takes back what a receipt says was done. Sessions that ended stay ended.
    pub async fn undo(&self, operator: &Operator, effects: &[Effect]) -> Result<UndoReceipt, OrderError> {
        operator.require(Permission::EndSessions)?;
        let mut receipt = UndoReceipt::default();
        for effect in effects {
            let undone = match effect {
                Effect::Ban { id, .. } => self.unban(operator, &[*id]).await? > 0,
                Effect::Rule { id, .. } => {
                    let there = self.gate.rule(*id).is_some();
                    self.remove_rules(operator, &[*id], true).await?;
                    there && self.gate.rule(*id).is_none()
                }
                Effect::Disabled { id, .. } => self.enable_account(operator, *id).await?,
            };
            if undone { receipt.undone += 1 } else { receipt.gone += 1 }
        }
        Ok(receipt)
    }

    /// Lets an account log in again. False if it could already, or is not the operator's.
    async fn enable_account(&self, operator: &Operator, id: AccountId) -> Result<bool, OrderError> {
        operator.require(Permission::DisableAccounts)?;
        let found = accounts::by_id(&self.store, id).await?;
        let found = found.filter(|found| operator.scope.includes(Some(found.domain.id)) && !found.account.enabled);
        let Some(found) = found else { return Ok(false) };
        let entry = AuditEntry {
            before: Some(json!({"enabled": false})),
            after: Some(json!({"enabled": true})),
            ..self.deed(operator, "account.enable", found.name())
        };
        match together::commit(&self.store, &[Step::EnableAccount(id, true), Step::Audit(entry)]).await {
            Ok(()) => {
                self.notices.changed(Topic::Accounts);
                Ok(true)
            }
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Stops what moves in a session, or `only` one of its transfers; the session goes on. How many were stopped,
    /// `None` for an unknown session.
    pub async fn abort(
        &self,
        operator: &Operator,
        id: SessionId,
        only: Option<TransferId>,
    ) -> Result<Option<usize>, Forbidden> {
        operator.require(Permission::AbortTransfers)?;
        let Some(session) = self.session_for(operator, id) else { return Ok(None) };
        let row = session.row(self.clock.now());
        let stopped = session.abort_transfers(only);
        if !stopped.is_empty() {
            let files: Vec<_> = stopped.iter().map(|path| wharf_vfs::printable(path.as_bytes())).collect();
            session.note(LineKind::Operator, &format!("{} aborted {}", operator.name, aborted(&files)));
            let detail = json!({"login": row.login, "ip": row.ip, "files": files});
            self.audit(&operator.name, Some(operator.ip), "transfer.abort", &id.to_string(), detail).await;
        }
        Ok(Some(stopped.len()))
    }
}

/// What was aborted, for a line of the log.
fn aborted(files: &[String]) -> String {
    match files {
        [one] => format!("the transfer of {one}"),
        many => format!("{} transfers", many.len()),
    }
}

/// What the session's log says of the order.
fn note(session: &Session, operator: &Operator, order: &KickOrder, reason: &str) {
    let what = match order.action {
        KickAction::Disconnect => "ended the session".to_owned(),
        KickAction::Ban => format!("ended the session and banned the address for {} min", order.minutes),
        KickAction::Block => "ended the session and blocked the address".to_owned(),
    };
    let disabled = if order.disable_account { ", account disabled" } else { "" };
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    session.note(LineKind::Operator, &format!("{} {what}{disabled}{reason}", operator.name));
}

fn subject(ids: &[SessionId]) -> String {
    match ids {
        [one] => one.to_string(),
        many => format!("{} sessions", many.len()),
    }
}
