//! One-time codes of authenticator apps (RFC 6238).

use crate::{
    Core,
    accounts::CreateError,
    logins::{LoginError, unavailable},
    orders,
    orders::OrderError,
    panel_sessions::digest,
    permits::Operator,
    random,
};
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::json;
use std::fmt::Write as _;
use totp_rs::{Builder, Totp};
use wharf_model::{
    audit::AuditEntry,
    ids::{AccountId, PersonId},
    live::Topic,
    people::{NewCodes, Permission},
};
use wharf_store::{
    Secret, StoreError,
    accounts::{self, Account, AccountWithDomain},
    people::{self, Person},
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

/// Recovery codes that a person gets.
const RECOVERY_CODES: usize = 10;

impl Core {
    /// A secret for the one-time codes of the operator, who has shown the password. Nothing asks for codes until
    /// [`Core::confirm_own_codes`] has seen one.
    pub async fn begin_own_codes(&self, operator: &Operator, password: &str) -> Result<NewCodes, OrderError> {
        let person = self.proved_self(operator, password, "password").await?;
        let invalid = |_| OrderError::invalid("", "the login does not fit into an otpauth URI");
        let builder =
            Builder::new().with_secret(random::bytes::<20>()).with_issuer(Some(ISSUER)).with_account_name(person.login);
        let totp = builder.build().map_err(invalid)?;
        let uri = totp.to_url().map_err(invalid)?;
        let (qr, size) =
            qr_path(&uri).ok_or_else(|| OrderError::invalid("", "the login does not fit into a QR code"))?;
        Ok(NewCodes { uri, secret: totp.secret().to_base32(), qr, size })
    }

    /// Asks the operator for one-time codes from now on, which `code` shows to work. The recovery codes, which are not
    /// kept.
    pub async fn confirm_own_codes(
        &self,
        operator: &Operator,
        password: &str,
        secret: &str,
        code: &str,
    ) -> Result<Vec<String>, OrderError> {
        let person = self.proved_self(operator, password, "password").await?;
        let now = u64::try_from(self.clock.now() / 1000).unwrap_or(0);
        let Some(step) = codes(secret).and_then(|totp| totp.check(code.trim(), now)) else {
            return Err(OrderError::invalid("code", "this is not the code that the app shows now"));
        };
        let recovery: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let hashes = recovery.iter().map(|code| recovery_hash(person.id, code)).collect();
        let entry = self.deed(operator, "profile.codes", person.login);
        let steps = [Step::SetPersonCodes(person.id, Some(secret.into()), hashes), Step::Audit(entry)];
        together::commit(&self.store, &steps).await?;
        // This code has been seen; it is not good for a sign-in as well.
        people::take_totp_step(&self.store, person.id, step).await?;
        self.notices.changed(Topic::People);
        Ok(recovery)
    }

    /// Asks the operator for no more codes.
    pub async fn end_own_codes(&self, operator: &Operator, password: &str) -> Result<(), OrderError> {
        let person = self.proved_self(operator, password, "password").await?;
        let entry = self.deed(operator, "profile.codes_off", person.login);
        together::commit(&self.store, &[Step::SetPersonCodes(person.id, None, Vec::new()), Step::Audit(entry)]).await?;
        self.notices.changed(Topic::People);
        Ok(())
    }

    /// Whether `code` is one the person can sign in with now: that of the app, or one of the recovery codes. Each is good
    /// once.
    pub(crate) async fn take_person_code(&self, person: &Person, code: &str) -> Result<bool, StoreError> {
        let now = u64::try_from(self.clock.now() / 1000).unwrap_or(0);
        let code = code.trim();
        match person.totp_secret.as_deref().and_then(codes).and_then(|totp| totp.check(code, now)) {
            Some(step) => people::take_totp_step(&self.store, person.id, step).await,
            None => people::take_recovery_code(&self.store, person.id, &recovery_hash(person.id, code)).await,
        }
    }
}

/// A QR code as the path of an SVG drawing, and how many modules a side has.
pub(crate) fn qr_path(text: &str) -> Option<(String, u32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for (x, y) in (0..size).flat_map(|y| (0..size).map(move |x| (x, y))) {
        if code.get_module(x, y) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Some((path, size.unsigned_abs()))
}

/// Ten characters that are hard to mistake, 50 bits.
fn recovery_code() -> String {
    let characters = random::password();
    format!("{}-{}", &characters[..5], &characters[5..10])
}

fn recovery_hash(person: PersonId, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    digest(&format!("{person} {}", plain.to_lowercase()))
}

/// A fresh secret in base32, and the `otpauth:` URI it is in.
fn fresh(found: &AccountWithDomain) -> Result<(Secret, String), &'static str> {
    if !found.account.user_type.is_own() {
        return Err("the account has no codes here: its user proves elsewhere who it is");
    }
    let invalid = |_| "the name of the account does not fit into an otpauth URI";
    let builder = Builder::new().with_secret(random::bytes::<20>()).with_issuer(Some(ISSUER));
    let totp = builder.with_account_name(found.name()).build().map_err(invalid)?;
    let uri = totp.to_url().map_err(invalid)?;
    Ok((Secret::from(totp.secret().to_base32()), uri))
}

fn codes(secret: &str) -> Option<Totp> {
    Builder::new().with_secret(totp_rs::Secret::try_from_base32(secret).ok()?).build().ok()
}
