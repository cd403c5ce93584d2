//! Domains as operators manage them: lists, new ones, changes.

use super::fit_name;
use crate::{
    Core,
    accounts::Identity,
    orders::{self, OrderError},
    permits::{Operator, Scope},
    random,
    sessions::Loss,
};
use serde_json::{Map, Value, json};
use std::path::{Component, Path, PathBuf};
use wharf_model::{
    audit::AuditEntry,
    domains::{DOMAINS_MOST, DomainChange, DomainChanged, DomainDraft, DomainPage, DomainRow, DomainSearch},
    ids::{DomainId, PersonId},
    live::Topic,
    people::{Permission, Role},
};
use wharf_store::{
    StoreError,
    domains::{self, Domain, DomainTls, DomainUpdate, ListedDomain, NewDomain},
    people,
    together::{self, Step},
};

/// The longest path of a root, in bytes.
const ROOT_MOST: usize = 1_000;

impl Core {
    /// Domains in sight, by name.
    pub async fn domains(&self, operator: &Operator, search: &DomainSearch) -> Result<DomainPage, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        if search.limit > DOMAINS_MOST {
            return Err(OrderError::invalid("limit", format!("limit is at most {DOMAINS_MOST}")));
        }
        let mut listed = domains::listed(&self.store, search.search.trim()).await?;
        listed.retain(|listed| operator.scope.includes(Some(listed.domain.id)));
        let total = listed.len() as u64;
        let page = listed.into_iter().skip(search.offset as usize).take(search.limit as usize);
        Ok(DomainPage { items: page.map(|listed| self.shown_domain(operator, listed)).collect(), total })
    }

    /// One domain.
    pub async fn domain(&self, operator: &Operator, id: DomainId) -> Result<DomainRow, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        let domain = self.domain_for(operator, id).await?;
        let listed = domains::listed(&self.store, &domain.name).await?.into_iter();
        let listed = listed.into_iter().find(|listed| listed.domain.id == id).ok_or(OrderError::NotFound)?;
        Ok(self.shown_domain(operator, listed))
    }

    /// The domain, if it is the operator's to see.
    pub(crate) async fn domain_for(&self, operator: &Operator, id: DomainId) -> Result<Domain, OrderError> {
        let found = domains::by_id(&self.store, id).await?;
        found.filter(|domain| operator.scope.includes(Some(domain.id))).ok_or(OrderError::NotFound)
    }

    fn shown_domain(&self, operator: &Operator, listed: ListedDomain) -> DomainRow {
        let ListedDomain { domain, owner, accounts } = listed;
        DomainRow {
            id: domain.id,
            name: domain.name,
            owner,
            root: (operator.scope == Scope::All).then_some(domain.root),
            enabled: domain.enabled,
            session_limit: domain.session_limit,
            require_tls: domain.tls.required,
            created_at: domain.created_at,
            accounts,
            sessions: self.sessions.count_of_domain(domain.id),
        }
    }

    /// Makes a domain, and its root where it is missing.
    pub async fn create_domain(&self, operator: &Operator, draft: &DomainDraft) -> Result<DomainRow, OrderError> {
        operator.require(Permission::CreateDomains)?;
        let name = fit_name(draft.name.trim()).map_err(|why| OrderError::invalid("name", why))?;
        check_limit(draft.session_limit)?;
        let root = make_root(&draft.root).await?;
        // The owner must not be deleted meanwhile.
        let _changing = self.gate.changing.lock().await;
        let owner_id = self.owner(draft.owner.as_deref()).await?;
        let domain = NewDomain {
            id: DomainId(random::id(&self.clock)),
            name: name.clone(),
            owner_id,
            root,
            session_limit: draft.session_limit,
            tls: DomainTls { certificate: None, required: draft.require_tls },
            created_at: self.clock.now(),
        };
        let id = domain.id;
        let after = json!({
            "owner": draft.owner, "root": domain.root, "session_limit": domain.session_limit,
            "require_tls": domain.tls.required,
        });
        let entry = AuditEntry { after: Some(after), ..self.deed(operator, "domain.add", name) };
        match together::commit(&self.store, &[Step::AddDomain(domain), Step::Audit(entry)]).await {
            Err(StoreError::Taken(_)) => {
                return Err(OrderError::invalid("name", "there is, or lately was, a domain of that name"));
            }
            Err(StoreError::Reference) => return Err(no_owner()),
            done => done?,
        }
        self.notices.changed(Topic::Domains);
        self.domain(operator, id).await
    }

    /// Changes a domain. Sessions of its accounts end when it is disabled, when it needs TLS from now on, and when its
    /// root moves.
    pub async fn change_domain(
        &self,
        operator: &Operator,
        id: DomainId,
        change: &DomainChange,
    ) -> Result<DomainChanged, OrderError> {
        operator.require(Permission::ManageDomains)?;
        let domain = self.domain_for(operator, id).await?;
        if change.owner.is_some() || change.root.is_some() || change.require_tls.is_some() {
            operator.require(Permission::CreateDomains)?;
        }
        check_limit(change.session_limit.flatten())?;
        // A disk may take long; nothing else should wait for it.
        let root = match change.root.as_deref().filter(|root| *root != domain.root) {
            Some(root) => Some(make_root(root).await?),
            None => None,
        };
        let _changing = self.gate.changing.lock().await;
        let domain = self.domain_for(operator, id).await?;
        let mut update = DomainUpdate {
            owner_id: None,
            root: None,
            enabled: change.enabled.filter(|new| *new != domain.enabled),
            session_limit: change.session_limit.filter(|new| *new != domain.session_limit),
            require_tls: change.require_tls.filter(|new| *new != domain.tls.required),
        };
        if let Some(owner) = &change.owner {
            update.owner_id = Some(self.owner(owner.as_deref()).await?).filter(|new| *new != domain.owner_id);
        }
        update.root = root.filter(|new| *new != domain.root);
        let (before, after) = self.told_domain(&domain, &update).await?;
        if after.is_empty() {
            return Ok(DomainChanged { domain: self.domain(operator, id).await?, ended: 0 });
        }
        let entry = AuditEntry {
            before: Some(before.into()),
            after: Some(after.into()),
            ..self.deed(operator, action(&update), domain.name)
        };
        let (mut loss, new_owner) = (loss(&update), update.owner_id);
        match together::commit(&self.store, &[Step::ChangeDomain(id, update), Step::Audit(entry)]).await {
            Err(StoreError::Reference) => return Err(no_owner()),
            done => done.map_err(orders::gone)?,
        }
        if let Some(owner) = new_owner {
            // Others' limits hold from now on, and live pages show it to others.
            self.limits_changed().await?;
            self.panel_sessions_changed();
            let suspended = match owner {
                Some(owner) => people::is_suspended(&self.store, owner, self.clock.now()).await?,
                None => false,
            };
            loss = loss.or(suspended.then_some(Loss::Disabled));
        }
        let hit = |identity: &Identity| identity.domain_id == id;
        let ended = loss.map_or(0, |loss| self.end_lost(Some(operator), loss, hit));
        self.notices.changed(Topic::Domains);
        self.notices.changed(Topic::Accounts);
        Ok(DomainChanged { domain: self.domain(operator, id).await?, ended })
    }

    /// The reseller or customer of that login; `None` and an empty one are the house.
    async fn owner(&self, login: Option<&str>) -> Result<Option<PersonId>, OrderError> {
        let Some(login) = login.map(str::trim).filter(|login| !login.is_empty()) else { return Ok(None) };
        let person = people::by_login(&self.store, login).await?;
        let person = person.filter(|person| matches!(person.role, Role::Reseller | Role::Customer));
        Ok(Some(person.ok_or_else(no_owner)?.id))
    }

    async fn owner_login(&self, id: Option<PersonId>) -> Result<Option<String>, StoreError> {
        Ok(match id {
            Some(id) => people::by_id(&self.store, id).await?.map(|person| person.login),
            None => None,
        })
    }

    /// What the audit log says of an update: how it was and how it is.
    async fn told_domain(
        &self,
        domain: &Domain,
        update: &DomainUpdate,
    ) -> Result<(Map<String, Value>, Map<String, Value>), StoreError> {
        let (mut before, mut after) = (Map::new(), Map::new());
        let mut note = |name: &str, old: Value, new: Option<Value>| {
            if let Some(new) = new {
                before.insert(name.to_owned(), old);
                after.insert(name.to_owned(), new);
            }
        };
        note("enabled", json!(domain.enabled), update.enabled.map(|new| json!(new)));
        note("session_limit", json!(domain.session_limit), update.session_limit.map(|new| json!(new)));
        note("require_tls", json!(domain.tls.required), update.require_tls.map(|new| json!(new)));
        note("root", json!(domain.root), update.root.as_ref().map(|new| json!(new)));
        if let Some(owner) = update.owner_id {
            let (old, new) = (self.owner_login(domain.owner_id).await?, self.owner_login(owner).await?);
            note("owner", json!(old), Some(json!(new)));
        }
        Ok((before, after))
    }
}

/// What the audit log calls it.
fn action(update: &DomainUpdate) -> &'static str {
    let other = update.owner_id.is_some()
        || update.root.is_some()
        || update.session_limit.is_some()
        || update.require_tls.is_some();
    match update.enabled {
        Some(true) if !other => "domain.enable",
        Some(false) if !other => "domain.disable",
        _ => "domain.change",
    }
}

/// What sessions that run lose by an update.
fn loss(update: &DomainUpdate) -> Option<Loss> {
    if update.enabled == Some(false) {
        Some(Loss::Disabled)
    } else if update.root.is_some() || update.require_tls == Some(true) {
        Some(Loss::Changed)
    } else {
        None
    }
}

fn no_owner() -> OrderError {
    OrderError::invalid("owner", "there is no reseller and no customer of that login")
}

fn check_limit(limit: Option<u32>) -> Result<(), OrderError> {
    match limit {
        Some(0) => Err(OrderError::invalid("session_limit", "at least 1; without it there is no limit")),
        _ => Ok(()),
    }
}

/// Makes the directory where it is missing. Its path, with links resolved.
async fn make_root(root: &str) -> Result<String, OrderError> {
    let invalid = |why: String| OrderError::invalid("root", why);
    let path = PathBuf::from(root.trim());
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let fit = root.len() <= ROOT_MOST && !root.contains(char::is_control);
    if !path.is_absolute() || path == Path::new("/") || !plain || !fit {
        return Err(invalid("the root is an absolute path below /, without . and .., such as /srv/acme".to_owned()));
    }
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&path)?;
        path.canonicalize()
    });
    let made = made.await.map_err(|_| OrderError::Busy)?;
    let made = made.map_err(|error| invalid(format!("the directory cannot be made: {error}")))?;
    made.to_str().map(str::to_owned).ok_or_else(|| invalid("the root is a path in UTF-8".to_owned()))
}
