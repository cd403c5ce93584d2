//! Mailbox owners: with an account of that kind comes a person, who signs in to the panel with the address and the password
//! of the account and sees its sessions.

use crate::{
    Core,
    orders::OrderError,
    people::fit_login,
    permits::{Operator, Scope},
    random,
};
use wharf_model::{accounts::AccountDetail, ids::PersonId, people::Role, sessions::UserType};
use wharf_store::{
    accounts::{self, NewAccount},
    people::NewPerson,
};

impl Core {
    /// The account whose address a mailbox owner signs in with.
    pub async fn own_account(&self, operator: &Operator) -> Result<AccountDetail, OrderError> {
        let Scope::Account(id) = operator.scope else { return Err(OrderError::NotFound) };
        let found = accounts::by_id(&self.store, id).await?.ok_or(OrderError::NotFound)?;
        Ok(self.detailed(operator, found).await?)
    }

    /// Who comes with a new account, if it is a mailbox.
    pub(super) fn mailbox_owner(&self, account: &NewAccount, domain: &str) -> Result<Option<NewPerson>, &'static str> {
        if account.user_type != UserType::MailboxOwner {
            return Ok(None);
        }
        let address = format!("{}@{domain}", account.login);
        // People are found whatever the case they type; files are not.
        if address != address.to_lowercase() {
            return Err("the address of a mailbox is in lower case");
        }
        fit_login(&address)?;
        Ok(Some(NewPerson {
            id: PersonId(random::id(&self.clock)),
            login: address.clone(),
            display_name: address,
            role: Role::MailboxOwner,
            parent_id: None,
            mailbox: Some((account.id, account.domain_id)),
            password_hash: account.password_hash.clone(),
            created_at: account.created_at,
        }))
    }
}
