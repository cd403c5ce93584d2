//! Signing in to the panel. What is the same with a password and with a passkey is here; [`crate::passkeys`] has the rest
//! of the latter.

use super::admitted;
use crate::{Core, lockout::panel_name, passwords::Overloaded, random, sessions::Refusal};
use serde_json::{Value, json};
use std::net::IpAddr;
use wharf_model::live::Topic;
use wharf_store::{
    StoreError,
    panel_sessions::{self, Cap, Proof},
    people::{self, Person},
};
use wharf_vfs::printable;

/// What somebody shows to sign in to the panel, and from where.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// Login of the person.
    pub login: &'a str,
    /// Its password in clear.
    pub password: &'a str,
    /// A one-time or recovery code; empty where none was asked for yet.
    pub code: &'a str,
    /// Whether older sessions make room where a login may have no more.
    pub replace: bool,
    /// Where the browser is.
    pub ip: IpAddr,
    /// What the browser calls itself.
    pub user_agent: &'a str,
}

/// Which browser wants a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    /// Whether older sessions make room where a login may have no more.
    pub(crate) replace: bool,
    /// Where it is.
    pub(crate) ip: IpAddr,
    /// What it calls itself.
    pub(crate) user_agent: &'a str,
}

/// Why somebody could not sign in to the panel.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown name, wrong password, disabled, an address that is not for administrators: one answer for all.
    #[error("The name or the password is not right.")]
    Incorrect,
    /// The password is right, and a code is needed on top.
    #[error("A code is needed.")]
    CodeNeeded,
    /// The password is right and the code is not.
    #[error("The code is not right.")]
    WrongCode,
    /// Unknown passkey, one that proves nothing, and whatever else would be [`SignInError::Incorrect`].
    #[error("The passkey is not accepted.")]
    WrongPasskey,
    /// The passkey was not asked for, was shown before, or came too late.
    #[error("It took too long.")]
    Expired,
    /// Browsers know no passkeys of an address without a name.
    #[error("The panel was not called by its name.")]
    Unnamed,
    /// The login has as many sessions as it may.
    #[error("This login is signed in elsewhere.")]
    Elsewhere,
    /// Too many failed attempts from the address.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many at once.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Core {
    /// Signs a person in and returns the secret for the cookie. Only its digest is kept.
    pub async fn sign_in(&self, asked: SignIn<'_>) -> Result<String, SignInError> {
        let SignIn { login, replace, ip, user_agent, .. } = asked;
        let asking = Asking { replace, ip, user_agent };
        self.check_lockout(ip)?;
        let person = people::by_login(&self.store, login).await?;
        let stored = person.as_ref().map(|person| &*person.password_hash);
        let matches = self.passwords.verify_anew(stored, asked.password).await?;
        self.check_lockout(ip)?;
        let Some(person) = self.admitted_person(person.filter(|_| matches), ip).await? else {
            return Err(self.sign_in_failed(ip, login, SignInError::Incorrect));
        };
        if person.totp_secret.is_some() {
            if asked.code.trim().is_empty() {
                return Err(SignInError::CodeNeeded);
            }
            // A code is good once, and should not be spent for nothing.
            if panel_sessions::is_full(&self.store, person.id, self.clock.now(), self.cap(replace)).await? {
                return Err(SignInError::Elsewhere);
            }
            if !self.take_person_code(&person, asked.code).await? {
                return Err(self.sign_in_failed(ip, login, SignInError::WrongCode));
            }
            // Of many guesses at once only the first ones are answered.
            self.check_lockout(ip)?;
        }
        let proof = Proof::Password(&person.password_hash);
        let Some(secret) = self.keep_sign_in(&person, proof, asking, json!({})).await? else {
            return Err(self.sign_in_failed(ip, login, SignInError::Incorrect));
        };
        self.rehash(&person, asked.password).await;
        Ok(secret)
    }

    /// The person, if it may sign in from there.
    pub(crate) async fn admitted_person(
        &self,
        person: Option<Person>,
        ip: IpAddr,
    ) -> Result<Option<Person>, StoreError> {
        let settings = self.panel.settings();
        let Some(person) = person.filter(|person| person.enabled && admitted(&settings, person.role, ip)) else {
            return Ok(None);
        };
        Ok(if people::is_suspended(&self.store, person.id, self.clock.now()).await? { None } else { Some(person) })
    }

    /// Keeps the session of somebody who has shown all that is needed, and returns the secret for the cookie; `None` if
    /// that was not enough at the last moment: another password, a passkey that was removed, disabled or deleted.
    pub(crate) async fn keep_sign_in(
        &self,
        person: &Person,
        proof: Proof<'_>,
        asking: Asking<'_>,
        detail: Value,
    ) -> Result<Option<String>, SignInError> {
        let (ip, cap) = (asking.ip, self.cap(asking.replace));
        let secret = random::secret();
        let life_ms = self.panel.settings().life_ms();
        let session = self.new_session(&secret, person.id, life_ms, ip, asking.user_agent);
        match panel_sessions::sign_in(&self.store, &session, proof, cap).await {
            Ok(true) => {}
            Ok(false) => return Err(SignInError::Elsewhere),
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        self.lockout.succeeded(ip, &panel_name(&person.login));
        self.audit(&person.login, Some(ip), "panel.sign_in", &person.login, detail).await;
        if cap.most.is_some() && cap.replace {
            self.panel_sessions_changed();
        } else {
            self.notices.changed(Topic::PanelSessions);
        }
        Ok(Some(secret))
    }

    fn cap(&self, replace: bool) -> Cap {
        let settings = self.panel.settings();
        Cap { most: settings.sessions_per_login, idle_ms: settings.idle_ms(), replace }
    }

    /// Counts a sign-in as `login` that failed.
    pub(crate) fn sign_in_failed(&self, ip: IpAddr, login: &str, error: SignInError) -> SignInError {
        let name = printable(login.as_bytes());
        tracing::info!(client.ip = %ip, login = %name, %error, "panel sign-in failed");
        self.login_failed(ip, login, &panel_name(login), None);
        error
    }

    /// A stronger hash takes the place of one that was made with older parameters.
    async fn rehash(&self, person: &Person, password: &str) {
        if !self.passwords.is_outdated(&person.password_hash) {
            return;
        }
        let Ok(hash) = self.passwords.hash(password).await else { return };
        if let Err(error) = people::rehash(&self.store, person.id, &person.password_hash, &hash).await {
            tracing::warn!(%error, "a stronger hash of a password not stored");
        }
    }
}
