//! The audit log: what operators do, and reading it.

use crate::{
    Core,
    orders::OrderError,
    permits::{Operator, Scope},
    random,
};
use serde_json::{Value, json};
use std::net::IpAddr;
use wharf_model::{
    audit::{AuditEntry, AuditFilter, AuditPage, AuditRange},
    ids::AuditId,
    people::Permission,
};
use wharf_store::audit;

/// Entries of one page at most.
const PAGE_MOST: u32 = 1_000;
/// Entries of one export at most.
const EXPORT_MOST: u32 = 100_000;

impl Core {
    /// Writes down what somebody did. It never fails the deed: what cannot be stored goes to the log.
    pub async fn audit(&self, actor: &str, ip: Option<IpAddr>, action: &str, target: &str, detail: Value) {
        let ip = ip.map(|ip| ip.to_string());
        self.write_down(AuditEntry { detail, ..self.entry(actor, ip, action, target.to_owned()) }).await;
    }

    /// As [`Core::audit`], with everything an entry can say.
    pub(crate) async fn write_down(&self, entry: AuditEntry) {
        if let Err(error) = audit::append(&self.store, &entry).await {
            tracing::error!(%error, ?entry, "audit entry not stored");
        }
    }

    /// The entry for what an operator does now.
    pub(crate) fn deed(&self, operator: &Operator, action: &str, target: impl Into<String>) -> AuditEntry {
        self.entry(&operator.name, Some(operator.ip.to_string()), action, target.into())
    }

    /// The entry for what happens now without anybody.
    pub(crate) fn by_itself(&self, action: &str, target: &str) -> AuditEntry {
        self.entry("system", None, action, target.to_owned())
    }

    pub(crate) fn entry(&self, actor: &str, actor_ip: Option<String>, action: &str, target: String) -> AuditEntry {
        AuditEntry {
            id: AuditId(random::id(&self.clock)),
            at: self.clock.now(),
            actor: actor.to_owned(),
            actor_ip,
            action: action.to_owned(),
            target,
            reason: String::new(),
            before: None,
            after: None,
            detail: json!({}),
            result: "ok".to_owned(),
        }
    }

    /// Entries, newest first. Whoever sees only part of the server sees only own deeds.
    pub async fn audit_page(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        range: AuditRange,
    ) -> Result<AuditPage, OrderError> {
        operator.require(Permission::ViewAudit)?;
        if range.limit > PAGE_MOST {
            return Err(OrderError::invalid("limit", format!("limit is at most {PAGE_MOST}")));
        }
        let only = only(operator);
        let items = audit::list(&self.store, filter, range, only).await?;
        Ok(AuditPage { items, total: audit::count(&self.store, filter, only).await? })
    }

    /// All entries a filter finds, newest first, for a file. Beyond 100,000 the oldest are left out.
    pub async fn audit_export(&self, operator: &Operator, filter: &AuditFilter) -> Result<Vec<AuditEntry>, OrderError> {
        operator.require(Permission::ViewAudit)?;
        let range = AuditRange { before: None, limit: EXPORT_MOST };
        Ok(audit::list(&self.store, filter, range, only(operator)).await?)
    }
}

fn only(operator: &Operator) -> Option<&str> {
    (operator.scope != Scope::All).then_some(&*operator.name)
}

/// Entries as RFC 4180, with a head. Spreadsheets run what begins like a formula, and much of this comes from strangers,
/// so such cells get an apostrophe in front.
pub fn csv(entries: &[AuditEntry]) -> String {
    let mut file = String::from("time,actor,address,action,target,reason,before,after,detail,result\r\n");
    for entry in entries {
        let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        let cells = [
            crate::clock::iso(entry.at),
            entry.actor.clone(),
            entry.actor_ip.clone().unwrap_or_default(),
            entry.action.clone(),
            entry.target.clone(),
            entry.reason.clone(),
            json(&entry.before),
            json(&entry.after),
            entry.detail.to_string(),
            entry.result.clone(),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        file.push_str(&cells.join(","));
        file.push_str("\r\n");
    }
    file
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
}
