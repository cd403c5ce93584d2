//! One-time codes of authenticator apps (RFC 6238).

use crate::{
    Core,
    accounts::CreateError,
    logins::{LoginError, unavailable},
    random,
};
use totp_rs::{Builder, Secret, Totp};
use wharf_store::accounts::{self, Account, AccountWithDomain};

/// Who issues the codes, as apps show it.
const ISSUER: &str = "Wharf";

impl Core {
    /// Asks the account for one-time codes from now on, with a fresh secret. The `otpauth:` URI that authenticator apps
    /// take.
    pub async fn enable_codes(&self, found: &AccountWithDomain) -> Result<String, CreateError> {
        let invalid = |_| CreateError::Invalid("the name of the account does not fit into an otpauth URI");
        let name = format!("{}@{}", found.account.login, found.domain.name);
        let builder =
            Builder::new().with_secret(random::bytes::<20>()).with_issuer(Some(ISSUER)).with_account_name(name);
        let totp = builder.build().map_err(invalid)?;
        let uri = totp.to_url().map_err(invalid)?;
        accounts::set_totp_secret(&self.store, found.account.id, Some(&totp.secret().to_base32())).await?;
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

fn codes(secret: &str) -> Option<Totp> {
    Builder::new().with_secret(Secret::try_from_base32(secret).ok()?).build().ok()
}
