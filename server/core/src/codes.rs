//! One-time codes of authenticator apps (RFC 6238).

use crate::{
    Core,
    accounts::CreateError,
    logins::{LoginError, unavailable},
    orders,
    orders::OrderError,
    permits::Operator,
    random,
};
use serde_json::json;
use totp_rs::{Builder, Totp};
use wharf_model::{audit::AuditEntry, ids::AccountId, live::Topic, people::Permission};
use wharf_store::{
    Secret,
    accounts::{self, Account, AccountWithDomain},
    together::{self, Step},
};

/// Who issues the codes, as apps show it.
const ISSUER: &str = "Wharf";

impl Core {
    /// Asks the account for one-time codes from now on, with a fresh secret. The `otpauth:` URI that authenticator apps
    /// take.
    pub async fn enable_codes(&self, found: &AccountWithDomain) -> Result<String, CreateError> {
        let (secret, uri) = fresh(found).map_err(CreateError::Invalid)?;
        accounts::set_totp_secret(&self.store, found.account.id, Some(&secret)).await?;
        Ok(uri)
    }

    /// As [`Core::enable_codes`] or [`Core::disable_codes`], on an operator's order. Sessions that run go on.
    pub async fn set_codes(
        &self,
        operator: &Operator,
        id: AccountId,
        wanted: bool,
    ) -> Result<Option<String>, OrderError> {
        operator.require(Permission::ManageAccounts)?;
        let _changing = self.gate.changing.lock().await;
        let found = self.account_for(operator, id).await?;
        let (secret, uri) = if wanted {
            let (secret, uri) = fresh(&found).map_err(|why| OrderError::invalid("login", why))?;
            (Some(secret), Some(uri))
        } else {
            (None, None)
        };
        let entry = AuditEntry {
            before: Some(json!({"one_time_codes": found.account.totp_secret.is_some()})),
            after: Some(json!({"one_time_codes": wanted})),
            ..self.deed(operator, "account.codes", found.name())
        };
        let steps = [Step::SetCodes(id, secret), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        self.notices.changed(Topic::Accounts);
        Ok(uri)
    }

    /// Asks the account for no more codes.
    pub async fn disable_codes(&self, found: &AccountWithDomain) -> Result<(), CreateError> {
        Ok(accounts::set_totp_secret(&self.store, found.account.id, None).await?)
    }

    /// Whether `code` is good for the account now, or half a minute before or after. It is good once.
    pub(crate) async fn take_code(&self, account: &Account, code: &str) -> Result<bool, LoginError> {
        let now = u64::try_from(self.clock.now() / 1000).unwrap_or(0);
        let step = account.totp_secret.as_deref().and_then(codes).and_then(|totp| totp.check(code.trim(), now));
        match step {
            Some(step) => accounts::take_totp_step(&self.store, account.id, step).await.map_err(unavailable),
            None => Ok(false),
        }
    }
}

/// A fresh secret in base32, and the `otpauth:` URI it is in.
fn fresh(found: &AccountWithDomain) -> Result<(Secret, String), &'static str> {
    let invalid = |_| "the name of the account does not fit into an otpauth URI";
    let builder = Builder::new().with_secret(random::bytes::<20>()).with_issuer(Some(ISSUER));
    let totp = builder.with_account_name(found.name()).build().map_err(invalid)?;
    let uri = totp.to_url().map_err(invalid)?;
    Ok((Secret::from(totp.secret().to_base32()), uri))
}

fn codes(secret: &str) -> Option<Totp> {
    Builder::new().with_secret(totp_rs::Secret::try_from_base32(secret).ok()?).build().ok()
}
