//! The server functions of the pages of accounts.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    accounts::{
        AccountChange, AccountChanged, AccountDetail, AccountDraft, AccountPage, AccountSearch, AccountsChanged,
    },
    deletions::{DeletionPreview, DeletionReceipt},
    ids::{AccountId, LinkId, SshKeyId},
    links::LinkRow,
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
    guard::core()?.ssh_keys(&operator, account).await.map_err(guard::failed)
}

/// Lets an account log in with a key; mailbox owners decide about their own.
#[server(name = AddSshKeyCall, prefix = "/fn", endpoint = "add_ssh_key", protocol = Call)]
pub async fn add_ssh_key(
    /// Which account.
    account: AccountId,
    /// Which key.
    order: SshKeyOrder,
) -> Result<SshKeyRow, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
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
    let operator = guard::operator(true).await?;
    guard::core()?.remove_ssh_key(&operator, account, key).await.map_err(guard::failed)
}

/// The share links of an account, newest first.
#[server(name = AccountLinksCall, prefix = "/fn", endpoint = "account_links", protocol = Call)]
pub async fn account_links(
    /// Whose.
    account: AccountId,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<LinkRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.links(&operator, account).await.map_err(guard::failed)
}

/// Takes a share link of an account back. Who came by it is out.
#[server(name = RevokeAccountLinkCall, prefix = "/fn", endpoint = "revoke_account_link", protocol = Call)]
pub async fn revoke_account_link(
    /// Whose.
    account: AccountId,
    /// Which.
    link: LinkId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.revoke_link(&operator, account, link).await.map_err(guard::failed)
}

/// Makes an account and its home.
#[server(name = AddAccountCall, prefix = "/fn", endpoint = "add_account", protocol = Call)]
pub async fn add_account(
    /// What it shall be.
    draft: AccountDraft,
) -> Result<AccountDetail, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.create_account(&operator, &draft).await.map_err(guard::failed)
}

/// Changes an account.
#[server(name = ChangeAccountCall, prefix = "/fn", endpoint = "change_account", protocol = Call)]
pub async fn change_account(
    /// Which.
    id: AccountId,
    /// What changes.
    change: AccountChange,
) -> Result<AccountChanged, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.change_account(&operator, id, &change).await.map_err(guard::failed)
}

/// Lets accounts log in, or not. Those that are not there are left out.
#[server(name = EnableAccountsCall, prefix = "/fn", endpoint = "enable_accounts", protocol = Call)]
pub async fn enable_accounts(
    /// Which.
    ids: Vec<AccountId>,
    /// Whether they may.
    enabled: bool,
) -> Result<AccountsChanged, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.enable_accounts(&operator, &ids, enabled).await.map_err(guard::failed)
}

/// Asks an account for one-time codes, with a fresh secret, or for no more. The URI that authenticator apps take.
#[server(name = SetCodesCall, prefix = "/fn", endpoint = "set_account_codes", protocol = Call)]
pub async fn set_account_codes(
    /// Which.
    id: AccountId,
    /// Whether it needs them.
    wanted: bool,
) -> Result<Option<String>, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.set_codes(&operator, id, wanted).await.map_err(guard::failed)
}

/// What deleting accounts would take away.
#[server(name = AccountDeletionCall, prefix = "/fn", endpoint = "account_deletion_preview", protocol = Call)]
pub async fn account_deletion_preview(
    /// Which.
    ids: Vec<AccountId>,
) -> Result<DeletionPreview, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.preview_account_deletion(&operator, &ids).await.map_err(guard::failed)
}

/// Deletes accounts and ends their sessions.
#[server(name = DeleteAccountsCall, prefix = "/fn", endpoint = "delete_accounts", protocol = Call)]
pub async fn delete_accounts(
    /// Which.
    ids: Vec<AccountId>,
) -> Result<DeletionReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageAccounts).await?;
    guard::core()?.delete_accounts(&operator, &ids).await.map_err(guard::failed)
}

/// The address at which the file client lets this browser in as the account, once and within a minute. Mailbox owners
/// come in as themselves.
#[server(name = OpenFilesCall, prefix = "/fn", endpoint = "open_files", protocol = Call)]
pub async fn open_files(
    /// As which account.
    id: AccountId,
) -> Result<String, PanelError> {
    use crate::{guard, later};
    let operator = guard::operator(true).await?;
    let off = || guard::invalid("", later!("The file client is off on this server."));
    let origin = guard::files_origin()?.ok_or_else(off)?;
    let ticket = guard::core()?.http_ticket(&operator, id).await.map_err(guard::failed)?;
    Ok(format!("{origin}/#ticket={ticket}"))
}
