//! The server functions of the pages of accounts.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    accounts::{AccountDetail, AccountPage, AccountSearch},
    ids::{AccountId, SshKeyId},
    ssh_keys::{SshKeyOrder, SshKeyRow},
};

/// Accounts in sight, by domain and login.
#[server(name = AccountsCall, prefix = "/fn", endpoint = "accounts", protocol = Call)]
pub async fn accounts(
    /// Which.
    search: AccountSearch,
    /// Somebody clicked.
    active: bool,
) -> Result<AccountPage, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.accounts(&operator, &search).await.map_err(guard::failed)
}

/// One account.
#[server(name = AccountCall, prefix = "/fn", endpoint = "account", protocol = Call)]
pub async fn account(
    /// Which.
    id: AccountId,
    /// Somebody clicked.
    active: bool,
) -> Result<AccountDetail, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.account(&operator, id).await.map_err(guard::failed)
}

/// The SSH keys of an account, oldest first.
#[server(name = SshKeysCall, prefix = "/fn", endpoint = "ssh_keys", protocol = Call)]
pub async fn ssh_keys(
    /// Whose.
    account: AccountId,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<SshKeyRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ViewAccounts).map_err(guard::forbidden)?;
    guard::core()?.ssh_keys(&operator, account).await.map_err(guard::failed)
}

/// Lets an account log in with a key.
#[server(name = AddSshKeyCall, prefix = "/fn", endpoint = "add_ssh_key", protocol = Call)]
pub async fn add_ssh_key(
    /// Which account.
    account: AccountId,
    /// Which key.
    order: SshKeyOrder,
) -> Result<SshKeyRow, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.add_ssh_key(&operator, account, &order).await.map_err(guard::failed)
}

/// Does not let an account log in with a key any more. Sessions that run go on.
#[server(name = RemoveSshKeyCall, prefix = "/fn", endpoint = "remove_ssh_key", protocol = Call)]
pub async fn remove_ssh_key(
    /// Which account.
    account: AccountId,
    /// Which key.
    key: SshKeyId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.remove_ssh_key(&operator, account, key).await.map_err(guard::failed)
}
