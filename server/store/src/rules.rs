//! IP rules.

use crate::{
    Store, StoreError,
    bans::StoredReach,
    columns::{Columns, all},
};
use sqlx::{AnyConnection, any::AnyRow, query};
use wharf_model::{addresses::AddressRange, ids::RuleId, rules::RuleAction};

/// A rule as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRule {
    /// Which rule.
    pub id: RuleId,
    /// Which list.
    pub reach: StoredReach,
    /// Order within the list: lower comes first.
    pub rank: i64,
    /// What it does.
    pub action: RuleAction,
    /// To whom.
    pub address: AddressRange,
    /// What the operator noted.
    pub comment: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub created: i64,
    /// How often it refused somebody.
    pub hits: u64,
    /// When it last did.
    pub last_hit: Option<i64>,
}

fn word(action: RuleAction) -> &'static str {
    match action {
        RuleAction::Allow => "allow",
        RuleAction::Deny => "deny",
    }
}

fn read(row: &AnyRow) -> Result<StoredRule, StoreError> {
    let columns = Columns::of(row, "ip_rule");
    let action: String = columns.get("action")?;
    Ok(StoredRule {
        id: columns.parse("id")?,
        reach: StoredReach::read(columns)?,
        rank: columns.get("rank")?,
        action: if action == "allow" { RuleAction::Allow } else { RuleAction::Deny },
        address: columns.parse("address")?,
        comment: columns.get("comment")?,
        by: columns.get("created_by")?,
        created: columns.get("created_at")?,
        hits: columns.number("hits")?,
        last_hit: columns.get("last_hit_at")?,
    })
}

/// All rules, those of one list in their order.
pub async fn list(store: &Store) -> Result<Vec<StoredRule>, StoreError> {
    let rows = query(
        "select ip_rule.id as id, ip_rule.domain_id as domain_id, ip_rule.account_id as account_id, \
         ip_rule.rank as rank, ip_rule.action as action, ip_rule.address as address, ip_rule.comment as comment, \
         ip_rule.created_by as created_by, ip_rule.created_at as created_at, ip_rule.hits as hits, \
         ip_rule.last_hit_at as last_hit_at, domain.name as domain_name, account.login as account_login \
         from ip_rule left join domain on domain.id = ip_rule.domain_id \
         left join account on account.id = ip_rule.account_id order by ip_rule.rank, ip_rule.id",
    )
    .fetch_all(store.pool())
    .await?;
    all(&rows, read)
}

pub(crate) async fn insert(connection: &mut AnyConnection, rule: &StoredRule) -> Result<(), StoreError> {
    query(
        "insert into ip_rule (id, domain_id, account_id, rank, action, address, comment, created_by, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(rule.id.to_string())
    .bind(rule.reach.domain_column())
    .bind(rule.reach.account_column())
    .bind(rule.rank)
    .bind(word(rule.action))
    .bind(rule.address.to_string())
    .bind(&*rule.comment)
    .bind(&*rule.by)
    .bind(rule.created)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what can change about a rule: action, address, comment, rank.
pub(crate) async fn update(connection: &mut AnyConnection, rule: &StoredRule) -> Result<(), StoreError> {
    query("update ip_rule set action = $2, address = $3, comment = $4, rank = $5 where id = $1")
        .bind(rule.id.to_string())
        .bind(word(rule.action))
        .bind(rule.address.to_string())
        .bind(&*rule.comment)
        .bind(rule.rank)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn delete(connection: &mut AnyConnection, id: RuleId) -> Result<(), StoreError> {
    query("delete from ip_rule where id = $1").bind(id.to_string()).execute(connection).await?;
    Ok(())
}

pub(crate) async fn set_hits(
    connection: &mut AnyConnection,
    id: RuleId,
    hits: u64,
    last_hit: i64,
) -> Result<(), StoreError> {
    query("update ip_rule set hits = $2, last_hit_at = $3 where id = $1")
        .bind(id.to_string())
        .bind(i64::try_from(hits).unwrap_or(i64::MAX))
        .bind(last_hit)
        .execute(connection)
        .await?;
    Ok(())
}
