//! IP rules: ordered lists of who may come in, for the server, a domain or an account.

use crate::{
    Core,
    bans::LONGEST_NOTE,
    gate::{self, Counted, Judgement, RuleSet, counted},
    orders::{self, OrderError},
    permits::{Operator, Scope},
    random,
};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::Arc,
};
use wharf_model::{
    addresses::AddressRange,
    audit::AuditEntry,
    bans::Reach,
    ids::RuleId,
    kicks::Effect,
    live::Topic,
    people::Permission,
    rules::{Change, ImportReceipt, Rule, RuleAction, RuleChange, RuleList, RuleOrder, Verdict, WrongLine},
};
use wharf_store::{
    bans::{StoredBan, StoredReach},
    rules::StoredRule,
    together::{self, Step},
};

/// Rules of one list at most.
const LIST_MOST: usize = 10_000;

impl Core {
    /// All lists the operator may see that have rules, and the server's own.
    pub fn rules(&self, operator: &Operator) -> Result<Vec<RuleList>, OrderError> {
        operator.require(Permission::ViewBans)?;
        let mut lists: Vec<_> = self
            .gate
            .rule_sets()
            .iter()
            .filter_map(|set| set.rules.first().map(|first| (first.entry.reach.clone(), set)))
            .filter(|(reach, _)| operator.scope.includes(reach.domain))
            .map(|(reach, set)| shown(&reach, set))
            .collect();
        if operator.scope == Scope::All && !lists.iter().any(|list| list.reach == Reach::Server) {
            lists.push(shown(&StoredReach::server(), &RuleSet::default()));
        }
        lists.sort_by(|a, b| (a.reach.level(), &a.name).cmp(&(b.reach.level(), &b.name)));
        Ok(lists)
    }

    /// Adds a rule and ends the sessions that may not be there any more.
    pub async fn add_rule(&self, operator: &Operator, order: &RuleOrder) -> Result<Change, OrderError> {
        operator.require(Permission::ManageBans)?;
        let comment = orders::text("comment", &order.comment, LONGEST_NOTE)?;
        let reach = self.reach_for(operator, order.reach).await?;
        let _changing = self.gate.changing.lock().await;
        if order.action == RuleAction::Deny {
            self.check_never_banned(&order.address)?;
        }
        let old = self.gate.rule_set(order.reach);
        let place = order.position.map_or(old.rules.len(), |position| (position as usize).min(old.rules.len()));
        let rule = self.new_rule(operator, reach, order.action, order.address, &comment);
        let mut rules = old.rules.clone();
        rules.insert(place, counted(rule.clone()));
        let entry =
            AuditEntry { after: Some(described(&rule)), ..self.deed(operator, "rule.add", rule.address.to_string()) };
        let effect = Effect::Rule { id: rule.id, address: rule.address };
        let changed = self.replace(operator, &old, rules, entry, order.confirm_own_address).await?;
        Ok(Change { effects: vec![effect], ended: changed })
    }

    /// Changes a rule, which keeps its place.
    pub async fn change_rule(
        &self,
        operator: &Operator,
        id: RuleId,
        change: &RuleChange,
    ) -> Result<Change, OrderError> {
        operator.require(Permission::ManageBans)?;
        let comment = orders::text("comment", &change.comment, LONGEST_NOTE)?;
        let _changing = self.gate.changing.lock().await;
        if change.action == RuleAction::Deny {
            self.check_never_banned(&change.address)?;
        }
        let (before, old) = self.rule_for(operator, id)?;
        let (hits, last_hit) = before.hits();
        let after = StoredRule {
            action: change.action,
            address: change.address,
            comment,
            hits,
            last_hit,
            ..before.entry.clone()
        };
        let entry = AuditEntry {
            before: Some(described(&before.entry)),
            after: Some(described(&after)),
            ..self.deed(operator, "rule.change", after.address.to_string())
        };
        let mut rules = old.rules.clone();
        for rule in rules.iter_mut().filter(|rule| rule.entry.id == id) {
            *rule = counted(after.clone());
        }
        let ended = self.replace(operator, &old, rules, entry, change.confirm_own_address).await?;
        Ok(Change { effects: Vec::new(), ended })
    }

    /// Moves a rule within its list.
    pub async fn move_rule(
        &self,
        operator: &Operator,
        id: RuleId,
        position: u32,
        confirm_own_address: bool,
    ) -> Result<Change, OrderError> {
        operator.require(Permission::ManageBans)?;
        let _changing = self.gate.changing.lock().await;
        let (rule, old) = self.rule_for(operator, id)?;
        let mut rules = old.rules.clone();
        let from = rules.iter().position(|other| other.entry.id == id).unwrap_or_default();
        let moved = rules.remove(from);
        let to = (position as usize).min(rules.len());
        rules.insert(to, moved);
        let entry = AuditEntry {
            before: Some(json!({"position": from})),
            after: Some(json!({"position": to})),
            ..self.deed(operator, "rule.move", rule.entry.address.to_string())
        };
        let ended = self.replace(operator, &old, rules, entry, confirm_own_address).await?;
        Ok(Change { effects: Vec::new(), ended })
    }

    /// Removes rules. Those that are gone already are no error.
    pub async fn remove_rules(
        &self,
        operator: &Operator,
        ids: &[RuleId],
        confirm_own_address: bool,
    ) -> Result<Change, OrderError> {
        operator.require(Permission::ManageBans)?;
        let _changing = self.gate.changing.lock().await;
        let mut change = Change::default();
        for id in ids {
            let Ok((rule, old)) = self.rule_for(operator, *id) else { continue };
            let mut rules = old.rules.clone();
            rules.retain(|other| other.entry.id != *id);
            let entry = AuditEntry {
                before: Some(described(&rule.entry)),
                ..self.deed(operator, "rule.remove", rule.entry.address.to_string())
            };
            change.ended += self.replace(operator, &old, rules, entry, confirm_own_address).await?;
        }
        Ok(change)
    }

    /// What would become of a client from `address` that logs in to `reach`.
    pub async fn test_address(
        &self,
        operator: &Operator,
        reach: Reach,
        address: AddressRange,
    ) -> Result<Verdict, OrderError> {
        operator.require(Permission::ViewBans)?;
        if address.first() != address.last() {
            return Err(OrderError::invalid("address", "one address can be tested at a time"));
        }
        let domain = self.reach_for(operator, reach).await?.domain;
        let mut reaches = vec![Reach::Server];
        reaches.extend(domain.map(Reach::Domain));
        reaches.extend(Some(reach).filter(|reach| matches!(reach, Reach::Account(_))));
        let now = self.clock.now();
        let ip = address.first();
        let sessions = self.sessions.count_from(ip, &operator.scope);
        if let Some(wait) = self.lockout.locked(ip, now) {
            let why = format!("{ip} failed to log in too often and waits {} min", gate::minutes(wait));
            return Ok(Verdict { admitted: false, why, rule: None, sessions });
        }
        let judgement = self.gate.judge(&reaches, ip, now);
        let may_see = |reach: &StoredReach| operator.scope.includes(reach.domain);
        let (why, rule) = match &judgement {
            Judgement::Unknown => ("No rule names it, and nobody else is preferred.".to_owned(), None),
            Judgement::NeverBanned => ("It is on the never-ban list.".to_owned(), None),
            Judgement::Banned(ban) if may_see(&ban.entry.reach) => {
                let StoredBan { address, reach, expires, .. } = &ban.entry;
                let minutes = gate::minutes(expires - now);
                (format!("{address} is banned ({}) for {minutes} min.", reach.name), None)
            }
            Judgement::Allowed(rule) | Judgement::Denied(rule) if may_see(&rule.entry.reach) => {
                (sentence(&rule.entry), Some(rule.entry.id))
            }
            Judgement::Allowed(_) => ("A rule of the server allows it.".to_owned(), None),
            Judgement::Banned(_) | Judgement::Denied(_) => ("The server refuses it.".to_owned(), None),
            Judgement::NotListed => ("A list allows others, and everyone else is refused.".to_owned(), None),
        };
        Ok(Verdict { admitted: !judgement.refuses(), why, rule, sessions })
    }

    /// Adds rules written as text, one a line: `deny 203.0.113.0/24 # comment`. All of them or, if a line is wrong,
    /// none.
    pub async fn import_rules(
        &self,
        operator: &Operator,
        reach: Reach,
        text: &str,
        replace: bool,
        confirm_own_address: bool,
    ) -> Result<ImportReceipt, OrderError> {
        operator.require(Permission::ManageBans)?;
        let stored = self.reach_for(operator, reach).await?;
        let _changing = self.gate.changing.lock().await;
        let mut receipt = ImportReceipt::default();
        let mut added = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let rule = match written(line) {
                Ok(None) => continue,
                Ok(Some((action, address, comment))) => {
                    let never = action == RuleAction::Deny && self.check_never_banned(&address).is_err();
                    if never {
                        Err("this address is on the never-ban list".to_owned())
                    } else {
                        Ok(self.new_rule(operator, stored.clone(), action, address, &comment))
                    }
                }
                Err(why) => Err(why),
            };
            match rule {
                Ok(rule) => added.push(counted(rule)),
                Err(why) => receipt.wrong.push(WrongLine { line: number, why }),
            }
        }
        if !receipt.wrong.is_empty() || added.is_empty() && !replace {
            return Ok(receipt);
        }
        receipt.added = u32::try_from(added.len()).unwrap_or(u32::MAX);
        let old = self.gate.rule_set(reach);
        let mut rules = if replace { Vec::new() } else { old.rules.clone() };
        rules.append(&mut added);
        let entry = AuditEntry {
            before: Some(json!({"rules": old.rules.len()})),
            after: Some(json!({"rules": rules.len()})),
            ..self.deed(operator, "rule.import", stored.name)
        };
        receipt.ended = self.replace(operator, &old, rules, entry, confirm_own_address).await?;
        Ok(receipt)
    }

    /// A list as [`Core::import_rules`] reads it.
    pub async fn export_rules(&self, operator: &Operator, reach: Reach) -> Result<String, OrderError> {
        operator.require(Permission::ViewBans)?;
        self.reach_for(operator, reach).await?;
        let mut text = String::new();
        for rule in &self.gate.rule_set(reach).rules {
            let _ = write!(text, "{} {}", word(rule.entry.action), rule.entry.address);
            if !rule.entry.comment.is_empty() {
                let _ = write!(text, " # {}", rule.entry.comment);
            }
            text.push('\n');
        }
        Ok(text)
    }

    pub(crate) fn new_rule(
        &self,
        operator: &Operator,
        reach: StoredReach,
        action: RuleAction,
        address: AddressRange,
        comment: &str,
    ) -> StoredRule {
        StoredRule {
            id: RuleId(random::id(&self.clock)),
            reach,
            rank: 0,
            action,
            address,
            comment: comment.to_owned(),
            by: operator.name.clone(),
            created: self.clock.now(),
            hits: 0,
            last_hit: None,
        }
    }

    /// The rule and its list, if they are the operator's to change.
    fn rule_for(&self, operator: &Operator, id: RuleId) -> Result<(Arc<Counted<StoredRule>>, RuleSet), OrderError> {
        let rule = self.gate.rule(id).filter(|rule| operator.scope.includes(rule.entry.reach.domain));
        let rule = rule.ok_or(OrderError::NotFound)?;
        let set = self.gate.rule_set(rule.entry.reach.reach);
        Ok((rule, set))
    }

    /// Makes `rules`, in this order, the list in place of `old`: in the store, in force, and for the sessions that are
    /// there. How many of those had to end.
    async fn replace(
        &self,
        operator: &Operator,
        old: &RuleSet,
        rules: Vec<Arc<Counted<StoredRule>>>,
        entry: AuditEntry,
        confirm_own_address: bool,
    ) -> Result<u32, OrderError> {
        if rules.len() > LIST_MOST {
            return Err(OrderError::invalid("rules", format!("a list has {LIST_MOST} rules at most")));
        }
        let Some(reach) = rules.first().or(old.rules.first()).map(|rule| rule.entry.reach.reach) else { return Ok(0) };
        let (rules, mut steps) = steps(old, rules);
        let new = RuleSet::new(rules);
        let spared = self.gate.never_banned().iter().any(|never| never.contains(operator.ip));
        if !confirm_own_address && !spared && new.refuses(operator.ip) && !old.refuses(operator.ip) {
            return Err(OrderError::OwnAddress);
        }
        steps.push(Step::Audit(entry));
        together::commit(&self.store, &steps).await?;
        self.gate.set_rules(reach, new);
        let ended = self.end_barred(operator).len();
        self.notices.changed(Topic::Rules);
        Ok(u32::try_from(ended).unwrap_or(u32::MAX))
    }
}

/// Ranks `rules` as they stand, and what the store has to do to get there from `old`. A rule whose rank already stands
/// between those of its neighbours keeps it.
pub(crate) fn steps(old: &RuleSet, rules: Vec<Arc<Counted<StoredRule>>>) -> (Vec<Arc<Counted<StoredRule>>>, Vec<Step>) {
    let known: HashMap<_, _> = old.rules.iter().map(|rule| (rule.entry.id, rule)).collect();
    let kept: HashSet<_> = rules.iter().map(|rule| rule.entry.id).collect();
    let mut steps: Vec<_> = known.keys().filter(|id| !kept.contains(id)).map(|id| Step::RemoveRule(*id)).collect();
    // New rules in front go below the lowest rank, so that a block does not renumber the list.
    let fresh = rules.iter().take_while(|rule| !known.contains_key(&rule.entry.id)).count();
    let lowest = rules.get(fresh).map_or(0, |rule| rule.entry.rank);
    let mut rank = lowest - i64::try_from(fresh).unwrap_or(i64::MAX);
    let mut ranked = Vec::with_capacity(rules.len());
    for rule in rules {
        let is_new = !known.contains_key(&rule.entry.id);
        let wanted = if is_new { rank } else { rule.entry.rank.max(rank) };
        rank = wanted + 1;
        let same = known.get(&rule.entry.id).is_some_and(|before| Arc::ptr_eq(before, &rule));
        if same && rule.entry.rank == wanted {
            ranked.push(rule);
            continue;
        }
        let (hits, last_hit) = rule.hits();
        let entry = StoredRule { rank: wanted, hits, last_hit, ..rule.entry.clone() };
        steps.push(if is_new { Step::AddRule(entry.clone()) } else { Step::ChangeRule(entry.clone()) });
        ranked.push(counted(entry));
    }
    (ranked, steps)
}

fn shown(reach: &StoredReach, set: &RuleSet) -> RuleList {
    let rules = (0..).zip(&set.rules).map(|(position, rule)| {
        let (hits, last_hit) = rule.hits();
        let StoredRule { id, action, address, comment, by, created, .. } = rule.entry.clone();
        Rule { id, action, address, comment, position, by, created, hits, last_hit }
    });
    let rules: Vec<_> = rules.collect();
    let meaning = if set.exclusive {
        "Only addresses that a rule allows come in; everyone else is refused."
    } else if rules.is_empty() {
        "Everyone may come in."
    } else {
        "Everyone may come in whom no rule denies."
    };
    RuleList { reach: reach.reach, name: reach.name.clone(), meaning: meaning.to_owned(), rules }
}

fn described(rule: &StoredRule) -> serde_json::Value {
    json!({
        "action": word(rule.action),
        "address": rule.address,
        "comment": rule.comment,
        "reach": rule.reach.name,
    })
}

fn sentence(rule: &StoredRule) -> String {
    let (reach, address) = (&rule.reach.name, rule.address);
    match rule.action {
        RuleAction::Allow => format!("A rule ({reach}) allows {address}."),
        RuleAction::Deny => format!("A rule ({reach}) denies {address}."),
    }
}

fn word(action: RuleAction) -> &'static str {
    match action {
        RuleAction::Allow => "allow",
        RuleAction::Deny => "deny",
    }
}

/// A line of an import: nothing, or what it says.
fn written(line: &str) -> Result<Option<(RuleAction, AddressRange, String)>, String> {
    let (rule, comment) = line.split_once('#').unwrap_or((line, ""));
    let rule = rule.trim();
    if rule.is_empty() {
        return Ok(None);
    }
    let (action, address) = rule.split_once(char::is_whitespace).unwrap_or((rule, ""));
    let action = match action.to_ascii_lowercase().as_str() {
        "allow" => RuleAction::Allow,
        "deny" => RuleAction::Deny,
        _ => return Err("a line begins with allow or deny".to_owned()),
    };
    let address = address.parse().map_err(|error: wharf_model::addresses::NoAddress| error.to_string())?;
    let comment = orders::text("comment", comment, LONGEST_NOTE).map_err(|error| error.to_string())?;
    Ok(Some((action, address, comment)))
}
