//! Deleting accounts, domains and people: what it would take away, taking it away for a while, bringing it back, removing it for
//! good. Files on disk stay in any case.

use crate::{
    Core,
    accounts::Identity,
    orders::{self, OrderError},
    permits::{Operator, Scope},
    random,
    sessions::Loss,
};
use serde_json::{Value, json};
use std::collections::HashSet;
use wharf_model::{
    audit::AuditEntry,
    bans::Reach,
    deletions::{DeletionKind, DeletionPreview, DeletionReceipt, DeletionRow, KEPT_DAYS},
    ids::{AccountId, DeletionId, DomainId, PersonId},
    live::Topic,
    panel_sessions::SessionEnd,
    people::{Permission, Role},
};
use wharf_store::{
    StoreError,
    accounts::{self, Account},
    deletions::{self, Batch, Deleted, Deletion},
    domains,
    people::{self, Person},
    ssh_keys,
    together::{self, Step},
};

const KEPT_MS: i64 = KEPT_DAYS * 24 * 60 * 60 * 1_000;
/// Names that a preview tells.
const NAMED_MOST: usize = 10;
/// Accounts that are deleted at once.
const AT_ONCE_MOST: usize = 1_000;

impl Core {
    /// What deleting these accounts would take away. Those that are not there are not counted.
    pub async fn preview_account_deletion(
        &self,
        operator: &Operator,
        ids: &[AccountId],
    ) -> Result<DeletionPreview, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        not_too_many(ids)?;
        let mut preview = DeletionPreview::default();
        for id in ids {
            match self.account_for(operator, *id).await {
                Ok(found) => {
                    if preview.names.len() < NAMED_MOST {
                        preview.names.push(found.name());
                    }
                    self.add_to(&mut preview, &found.account).await?;
                }
                Err(OrderError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if preview.accounts == 0 { Err(OrderError::NotFound) } else { Ok(preview) }
    }

    /// What deleting a domain would take away.
    pub async fn preview_domain_deletion(
        &self,
        operator: &Operator,
        id: DomainId,
    ) -> Result<DeletionPreview, OrderError> {
        operator.require(Permission::CreateDomains)?;
        let domain = self.domain_for(operator, id).await?;
        let mut preview = DeletionPreview { names: vec![domain.name], ..DeletionPreview::default() };
        for account in accounts::list(&self.store, id).await? {
            self.add_to(&mut preview, &account).await?;
        }
        Ok(preview)
    }

    /// What deleting a person would take away: customers, their domains, and accounts.
    pub async fn preview_person_deletion(
        &self,
        operator: &Operator,
        id: PersonId,
    ) -> Result<DeletionPreview, OrderError> {
        operator.require(Permission::ManagePeople)?;
        let person = self.deletable(operator, id).await?;
        let mut preview = DeletionPreview { names: vec![person.login], ..DeletionPreview::default() };
        let people = people::list(&self.store).await?;
        let customers: HashSet<_> =
            people.iter().filter(|other| other.parent_id == Some(id)).map(|other| other.id).collect();
        preview.customers = u32::try_from(customers.len()).unwrap_or(u32::MAX);
        for domain in domains::list(&self.store).await? {
            if !domain.owner_id.is_some_and(|owner| owner == id || customers.contains(&owner)) {
                continue;
            }
            preview.domains += 1;
            for account in accounts::list(&self.store, domain.id).await? {
                self.add_to(&mut preview, &account).await?;
            }
        }
        Ok(preview)
    }

    /// The person, if the operator may delete it.
    async fn deletable(&self, operator: &Operator, id: PersonId) -> Result<Person, OrderError> {
        let person = self.person_for(operator, id).await?;
        if operator.person == Some(id) {
            return Err(OrderError::invalid("", "you cannot delete yourself"));
        }
        if person.role == Role::MailboxOwner {
            return Err(OrderError::invalid("", "a mailbox owner is deleted with its account"));
        }
        if person.role == Role::Administrator && person.enabled {
            self.check_another_administrator(id).await?;
        }
        Ok(person)
    }

    /// Deletes a person with customers, their domains and accounts, and ends all that is signed or logged in.
    pub async fn delete_person(&self, operator: &Operator, id: PersonId) -> Result<DeletionReceipt, OrderError> {
        operator.require(Permission::ManagePeople)?;
        let _changing = self.gate.changing.lock().await;
        let person = self.deletable(operator, id).await?;
        let deletion = self.new_deletion(operator, DeletionKind::Person, &person.login);
        let deletion_id = deletion.id;
        let entry = AuditEntry {
            before: Some(json!({"role": person.role, "name": person.display_name, "enabled": person.enabled})),
            detail: json!({"deletion": deletion_id}),
            ..self.deed(operator, "person.delete", person.login)
        };
        let steps = [Step::Delete(deletion, Deleted::Person(id)), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        // What is signed in is worth nothing any more; this only writes down that it is over.
        let batch = deletions::batch(&self.store, deletion_id).await?;
        let over = |person: &PersonId| self.end_panel_sessions(*person, None, SessionEnd::Rights);
        let steps: Vec<_> = batch.people.iter().map(over).collect();
        together::commit(&self.store, &steps).await?;
        let ended =
            self.end_lost(Some(operator), Loss::Deleted, |identity| batch.domains.contains(&identity.domain_id));
        self.panel_sessions_changed();
        self.tell_lists();
        Ok(DeletionReceipt { deletions: vec![deletion_id], ended })
    }

    async fn add_to(&self, preview: &mut DeletionPreview, account: &Account) -> Result<(), StoreError> {
        let keys = ssh_keys::list(&self.store, account.id).await?.len();
        preview.accounts += 1;
        preview.sessions += self.sessions.count_of(account.id);
        preview.ssh_keys += u32::try_from(keys).unwrap_or(u32::MAX);
        preview.bytes = preview.bytes.saturating_add(account.used_bytes);
        Ok(())
    }

    /// Deletes accounts, each in a deletion of its own, and ends their sessions. Those that are not there are left out.
    pub async fn delete_accounts(&self, operator: &Operator, ids: &[AccountId]) -> Result<DeletionReceipt, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        not_too_many(ids)?;
        let _changing = self.gate.changing.lock().await;
        let (mut steps, mut deletions, mut gone) = (Vec::new(), Vec::new(), HashSet::new());
        for id in ids {
            let found = match self.account_for(operator, *id).await {
                Ok(found) if gone.insert(*id) => found,
                Ok(_) | Err(OrderError::NotFound) => continue,
                Err(error) => return Err(error),
            };
            let name = found.name();
            let deletion = self.new_deletion(operator, DeletionKind::Account, &name);
            let entry = AuditEntry {
                before: Some(told(&found.account)),
                detail: json!({"deletion": deletion.id}),
                ..self.deed(operator, "account.delete", name)
            };
            deletions.push(deletion.id);
            steps.extend([Step::Delete(deletion, Deleted::Account(*id)), Step::Audit(entry)]);
        }
        if deletions.is_empty() {
            return Err(OrderError::NotFound);
        }
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        let hit = |identity: &Identity| gone.contains(&identity.account_id);
        let ended = self.end_lost(Some(operator), Loss::Deleted, hit);
        self.tell_lists();
        Ok(DeletionReceipt { deletions, ended })
    }

    /// Deletes a domain with its accounts, and ends their sessions.
    pub async fn delete_domain(&self, operator: &Operator, id: DomainId) -> Result<DeletionReceipt, OrderError> {
        operator.require(Permission::CreateDomains)?;
        let _changing = self.gate.changing.lock().await;
        let domain = self.domain_for(operator, id).await?;
        let accounts = accounts::list(&self.store, id).await?.len();
        let deletion = self.new_deletion(operator, DeletionKind::Domain, &domain.name);
        let deletions = vec![deletion.id];
        let before = json!({
            "root": domain.root, "enabled": domain.enabled, "session_limit": domain.session_limit,
            "accounts": accounts,
        });
        let entry = AuditEntry {
            before: Some(before),
            detail: json!({"deletion": deletion.id}),
            ..self.deed(operator, "domain.delete", domain.name)
        };
        let steps = [Step::Delete(deletion, Deleted::Domain(id)), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        let ended = self.end_lost(Some(operator), Loss::Deleted, |identity| identity.domain_id == id);
        self.tell_lists();
        Ok(DeletionReceipt { deletions, ended })
    }

    /// The entry of something that is deleted now.
    pub(crate) fn new_deletion(&self, operator: &Operator, kind: DeletionKind, name: &str) -> Deletion {
        let now = self.clock.now();
        Deletion {
            id: DeletionId(random::id(&self.clock)),
            at: now,
            by: operator.name.clone(),
            kind,
            name: name.to_owned(),
            expires_at: now + KEPT_MS,
        }
    }

    /// What was deleted and can be brought back, as far as it is in sight, newest first.
    pub async fn deletions(&self, operator: &Operator) -> Result<Vec<DeletionRow>, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        let mut rows = Vec::new();
        for deletion in deletions::list(&self.store).await? {
            let batch = deletions::batch(&self.store, deletion.id).await?;
            if self.sees(operator, &deletion, &batch).await? {
                rows.push(shown(deletion, &batch));
            }
        }
        Ok(rows)
    }

    /// Whether a deletion is the operator's to see. That of an account in a domain which is deleted as well is not
    /// there: it comes back, or goes, with the domain.
    async fn sees(&self, operator: &Operator, deletion: &Deletion, batch: &Batch) -> Result<bool, StoreError> {
        if operator.scope == Scope::All && deletion.kind != DeletionKind::Account {
            return Ok(true);
        }
        match deletion.kind {
            DeletionKind::Account => {}
            DeletionKind::Domain => return Ok(false),
            // A reseller's own customer.
            DeletionKind::Person => {
                let [person] = batch.people[..] else { return Ok(false) };
                let parent = people::parent_of(&self.store, person).await?;
                return Ok(operator.role == Role::Reseller && parent.is_some() && parent == operator.person);
            }
        }
        let Some((_, domain)) = batch.accounts.first() else { return Ok(false) };
        Ok(operator.scope.includes(Some(*domain)) && domains::by_id(&self.store, *domain).await?.is_some())
    }

    /// A deletion with what it took away, if it is the operator's to see.
    async fn deletion_for(&self, operator: &Operator, id: DeletionId) -> Result<(Deletion, Batch), OrderError> {
        let deletion = deletions::by_id(&self.store, id).await?.ok_or(OrderError::NotFound)?;
        let batch = deletions::batch(&self.store, id).await?;
        if self.sees(operator, &deletion, &batch).await? { Ok((deletion, batch)) } else { Err(OrderError::NotFound) }
    }

    /// Brings back what a deletion took away. Sessions that ended stay ended.
    pub async fn restore(&self, operator: &Operator, id: DeletionId) -> Result<DeletionRow, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        let _changing = self.gate.changing.lock().await;
        let (deletion, batch) = self.deletion_for(operator, id).await?;
        let needed = match deletion.kind {
            DeletionKind::Account => Permission::ManageAccounts,
            DeletionKind::Domain => Permission::CreateDomains,
            DeletionKind::Person => Permission::ManagePeople,
        };
        operator.require(needed)?;
        let entry = AuditEntry {
            detail: json!({"deletion": id}),
            ..self.deed(operator, &format!("{}.restore", deletion.kind.word()), &*deletion.name)
        };
        let steps = [Step::Restore(id), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        self.panel_sessions_changed();
        self.tell_lists();
        Ok(shown(deletion, &batch))
    }

    /// Removes for good what a deletion took away.
    pub async fn purge(&self, operator: &Operator, id: DeletionId) -> Result<(), OrderError> {
        operator.require(Permission::PurgeDeleted)?;
        let _changing = self.gate.changing.lock().await;
        let (deletion, batch) = self.deletion_for(operator, id).await?;
        let entry = AuditEntry {
            detail: json!({"deletion": id}),
            ..self.deed(operator, &format!("{}.purge", deletion.kind.word()), &*deletion.name)
        };
        self.purge_batch(&deletion, &batch, entry).await.map_err(orders::gone)
    }

    /// Removes for good what was deleted long enough ago. Now and then.
    pub async fn tidy_deletions(&self) -> Result<(), StoreError> {
        for deletion in deletions::due(&self.store, self.clock.now()).await? {
            let _changing = self.gate.changing.lock().await;
            let batch = deletions::batch(&self.store, deletion.id).await?;
            let entry = AuditEntry {
                detail: json!({"deletion": deletion.id}),
                ..self.by_itself(&format!("{}.purge", deletion.kind.word()), &deletion.name)
            };
            match self.purge_batch(&deletion, &batch, entry).await {
                // Somebody was quicker.
                Ok(()) | Err(StoreError::NotFound) => {}
                // One that cannot go must not keep the others.
                Err(error) => tracing::warn!(%error, deletion.id = %deletion.id, "a deletion cannot be purged"),
            }
        }
        Ok(())
    }

    async fn purge_batch(&self, deletion: &Deletion, batch: &Batch, entry: AuditEntry) -> Result<(), StoreError> {
        together::commit(&self.store, &[Step::Purge(deletion.id), Step::Audit(entry)]).await?;
        // The store has dropped their bans and rules with them.
        let mut reaches: Vec<_> = batch.domains.iter().map(|id| Reach::Domain(*id)).collect();
        reaches.extend(batch.accounts.iter().map(|(id, _)| Reach::Account(*id)));
        self.gate.forget(&reaches);
        self.tell_lists();
        Ok(())
    }

    /// Tells open pages that something is gone, or back.
    pub(crate) fn tell_lists(&self) {
        for topic in [Topic::Accounts, Topic::Domains, Topic::People, Topic::Bans, Topic::Rules] {
            self.notices.changed(topic);
        }
    }
}

fn not_too_many(ids: &[AccountId]) -> Result<(), OrderError> {
    if ids.len() > AT_ONCE_MOST {
        return Err(OrderError::invalid("ids", format!("at most {AT_ONCE_MOST} at once")));
    }
    Ok(())
}

fn shown(deletion: Deletion, batch: &Batch) -> DeletionRow {
    let Deletion { id, at, by, kind, name, expires_at } = deletion;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (domains, accounts) = (count(batch.domains.len()), count(batch.accounts.len()));
    DeletionRow { id, kind, name, at, by, expires_at, domains, accounts }
}

/// What the audit log says of an account that goes.
fn told(account: &Account) -> Value {
    json!({
        "type": account.user_type, "home": account.home, "permissions": account.permissions,
        "limits": account.limits, "enabled": account.enabled, "expires_at": account.expires_at,
    })
}
