//! Public keys of accounts, and what an account has to show to log in over SSH.

use crate::{Core, accounts::CreateError, random};
use wharf_model::{accounts::SshAuth, ids::SshKeyId};
use wharf_store::{
    StoreError,
    accounts::{self, AccountWithDomain},
    ssh_keys::{self, SshKey},
};
use wharf_vfs::printable;

/// The longest comment of a key, in characters.
const LONGEST_COMMENT: usize = 200;

/// A public key to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSshKey {
    /// `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub fingerprint: String,
    /// Its algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// The key in base64, as in `authorized_keys`.
    pub public_key: String,
    /// Whatever its owner calls it.
    pub comment: String,
}

impl Core {
    /// Lets the account log in with a key.
    pub async fn add_ssh_key(&self, found: &AccountWithDomain, key: NewSshKey) -> Result<(), CreateError> {
        let comment = printable(key.comment.as_bytes()).chars().take(LONGEST_COMMENT).collect();
        let key = SshKey {
            id: SshKeyId(random::id(&self.clock)),
            account_id: found.account.id,
            fingerprint: key.fingerprint,
            algorithm: key.algorithm,
            public_key: key.public_key,
            comment,
            created_at: self.clock.now(),
            last_used_at: None,
        };
        Ok(ssh_keys::insert(&self.store, &key).await?)
    }

    /// The keys of an account, oldest first.
    pub async fn ssh_keys(&self, found: &AccountWithDomain) -> Result<Vec<SshKey>, StoreError> {
        ssh_keys::list(&self.store, found.account.id).await
    }

    /// Does not let the account log in with a key any more. Sessions that run go on.
    pub async fn remove_ssh_key(&self, found: &AccountWithDomain, fingerprint: &str) -> Result<(), StoreError> {
        ssh_keys::delete(&self.store, found.account.id, fingerprint).await
    }

    /// Changes what the account has to show to log in over SSH.
    pub async fn set_ssh_auth(&self, found: &AccountWithDomain, ssh_auth: SshAuth) -> Result<(), StoreError> {
        accounts::set_ssh_auth(&self.store, found.account.id, ssh_auth).await
    }
}
