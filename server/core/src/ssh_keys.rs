//! Public keys of accounts, and what an account has to show to log in over SSH.

use crate::{Core, orders, orders::OrderError, permits::Operator, public_keys, random};
use serde_json::json;
use wharf_model::{
    accounts::SshAuth,
    audit::AuditEntry,
    ids::{AccountId, SshKeyId},
    live::Topic,
    people::Permission,
    ssh_keys::{KEYS_MOST, LONGEST_COMMENT, LONGEST_LINE, SshKeyOrder, SshKeyRow, is_private},
};
use wharf_store::{
    StoreError,
    accounts::{self, AccountWithDomain},
    ssh_keys::{self, SshKey},
    together::{self, Step},
};
use wharf_vfs::printable;

/// The field of an order that keys are in.
const FIELD: &str = "public_key";

impl Core {
    /// The keys of an account, oldest first.
    pub async fn ssh_keys(&self, operator: &Operator, account: AccountId) -> Result<Vec<SshKeyRow>, OrderError> {
        self.own_account_or(Permission::ViewAccounts, operator, account).await?;
        Ok(ssh_keys::list(&self.store, account).await?.into_iter().map(shown).collect())
    }

    /// Lets an account log in with a key.
    pub async fn add_ssh_key(
        &self,
        operator: &Operator,
        account: AccountId,
        order: &SshKeyOrder,
    ) -> Result<SshKeyRow, OrderError> {
        let found = self.own_account_or(Permission::ManageAccounts, operator, account).await?;
        if !found.account.user_type.is_own() {
            return Err(OrderError::invalid(
                FIELD,
                "the account has no keys here: its user proves elsewhere who it is",
            ));
        }
        let key = self.key_of(account, order)?;
        let there = ssh_keys::list(&self.store, account).await?;
        if there.iter().any(|other| other.fingerprint == key.fingerprint) {
            return Err(taken());
        }
        if there.len() >= KEYS_MOST {
            return Err(OrderError::invalid(FIELD, format!("the account has {KEYS_MOST} keys already")));
        }
        let entry = AuditEntry { after: Some(told(&key)), ..self.deed(operator, "ssh_key.add", found.name()) };
        let added = shown(key.clone());
        match together::commit(&self.store, &[Step::AddSshKey(key), Step::Audit(entry)]).await {
            // Somebody else was quicker, or the account is no more.
            Err(StoreError::Taken(_)) => return Err(taken()),
            Err(StoreError::Reference) => return Err(OrderError::NotFound),
            done => done?,
        }
        self.notices.changed(Topic::Accounts);
        Ok(added)
    }

    /// Does not let an account log in with a key any more. Sessions that run go on.
    pub async fn remove_ssh_key(
        &self,
        operator: &Operator,
        account: AccountId,
        id: SshKeyId,
    ) -> Result<(), OrderError> {
        let found = self.own_account_or(Permission::ManageAccounts, operator, account).await?;
        let key = ssh_keys::list(&self.store, account).await?.into_iter().find(|key| key.id == id);
        let key = key.ok_or(OrderError::NotFound)?;
        let entry = AuditEntry { before: Some(told(&key)), ..self.deed(operator, "ssh_key.remove", found.name()) };
        match together::commit(&self.store, &[Step::RemoveSshKey(id), Step::Audit(entry)]).await {
            Err(StoreError::NotFound) => return Err(OrderError::NotFound),
            done => done?,
        }
        self.notices.changed(Topic::Accounts);
        Ok(())
    }

    /// What an order comes down to, if it is a key that we take.
    fn key_of(&self, account: AccountId, order: &SshKeyOrder) -> Result<SshKey, OrderError> {
        // A comment is kept and shown, so a private key must not get there either.
        let text = if is_private(&order.comment) { &order.comment } else { &order.public_key };
        // A private key that is too long for a public one is a private key first.
        if text.len() > LONGEST_LINE && !is_private(text) {
            return Err(OrderError::invalid(FIELD, format!("a key has at most {LONGEST_LINE} bytes")));
        }
        let read = public_keys::parse(text).map_err(|error| OrderError::invalid(FIELD, error.to_string()))?;
        let comment = match orders::text("comment", &order.comment, LONGEST_COMMENT)? {
            // That of the file was not written for us, so it is cut where one's own would be refused.
            none if none.is_empty() => printable(read.comment.as_bytes()).chars().take(LONGEST_COMMENT).collect(),
            own => own,
        };
        Ok(SshKey {
            id: SshKeyId(random::id(&self.clock)),
            account_id: account,
            fingerprint: read.fingerprint,
            algorithm: read.algorithm,
            public_key: read.public_key,
            comment,
            created_at: self.clock.now(),
            last_used_at: None,
        })
    }

    /// Changes what the account has to show to log in over SSH.
    pub async fn set_ssh_auth(&self, found: &AccountWithDomain, ssh_auth: SshAuth) -> Result<(), StoreError> {
        accounts::set_ssh_auth(&self.store, found.account.id, ssh_auth).await
    }
}

fn taken() -> OrderError {
    OrderError::invalid(FIELD, "the account has this key already")
}

fn shown(key: SshKey) -> SshKeyRow {
    let SshKey { id, comment, algorithm, fingerprint, created_at, last_used_at, .. } = key;
    SshKeyRow { id, comment, algorithm, fingerprint, added: created_at, last_used: last_used_at }
}

/// What the audit log says of a key.
fn told(key: &SshKey) -> serde_json::Value {
    json!({"fingerprint": key.fingerprint, "algorithm": key.algorithm, "comment": key.comment})
}
