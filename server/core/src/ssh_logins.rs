//! Logging in over SSH, where a client shows one thing after the other (RFC 4252 section 5.1, RFC 4256).

use crate::{
    Core,
    accounts::Identity,
    logins::{LoginError, is_own, unavailable, usable},
    sessions::{Refusal, SessionHandle},
};
use std::sync::Arc;
use uuid::Uuid;
use wharf_model::{accounts::SshAuth, ids::AccountId, logs::LineKind};
use wharf_store::{
    Secret,
    accounts::{Account, AccountWithDomain},
    ssh_keys,
};
use wharf_vfs::printable;

/// A login on its way: what the client has shown so far, for one name. Another name begins from nothing.
#[derive(Debug, Default)]
pub struct SshLogin {
    name: String,
    /// Whose proofs these are, and the hash of its password then: with another they are worth nothing.
    account: Option<(AccountId, Secret)>,
    key: Option<String>,
    password: bool,
    code: bool,
}

/// Something a client shows to log in.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// The password in clear.
    Password(&'a str),
    /// The fingerprint of a public key whose private key the client has been seen to have.
    Key(&'a str),
    /// A certificate by an authority that is trusted, for a key the client has been seen to have, and whose time and
    /// options are good.
    Certificate {
        /// The fingerprint of the key.
        fingerprint: &'a str,
        /// The names that it is good for.
        principals: &'a [String],
    },
    /// A one-time code.
    Code(&'a str),
}

impl Proof<'_> {
    /// How logs name it; no secret is in it.
    fn told(self) -> String {
        match self {
            Self::Password(_) => "password".to_owned(),
            Self::Key(fingerprint) => format!("public key {fingerprint}"),
            Self::Certificate { fingerprint, .. } => format!("certificate of {fingerprint}"),
            Self::Code(_) => "one-time code".to_owned(),
        }
    }
}

/// What a proof led to.
#[derive(Debug)]
pub enum Step {
    /// Nothing is missing.
    LoggedIn(Arc<Identity>),
    /// It was good, and the password is still missing.
    NeedsPassword,
    /// It was good, and a one-time code is still missing.
    NeedsCode,
    /// Nothing is missing, and there is no place for it: a limit, or no directory.
    TurnedAway(LoginError),
}

impl Core {
    /// Whether a client that calls itself `name` shall sign with that key: it asks before it does.
    pub async fn takes_ssh_key(
        &self,
        session: &SessionHandle,
        name: &str,
        fingerprint: &str,
    ) -> Result<bool, LoginError> {
        self.begin_login(session)?;
        let found = self.find_account(name, None).await?.filter(is_own);
        let found = found.filter(|found| usable(found, self.clock.now()));
        let takes = self.has_key(found.as_ref(), fingerprint).await?;
        if !takes {
            let name = printable(name.as_bytes());
            session.note(LineKind::Event, &format!("not accepted for {name}: public key {fingerprint}"));
        }
        Ok(takes)
    }

    /// Takes the next thing that the client shows. What was shown before under the same name counts; it is kept in
    /// `login`, which belongs to the connection.
    pub async fn log_in_over_ssh(
        &self,
        session: &SessionHandle,
        login: &mut SshLogin,
        name: &str,
        proof: Proof<'_>,
    ) -> Result<Step, LoginError> {
        let rights = self.begin_login(session)?;
        if login.name != name {
            *login = SshLogin { name: name.to_owned(), ..SshLogin::default() };
        }
        let found = self.find_account(name, None).await?;
        if let Proof::Password(password) = proof
            && let Some(guest) = self.guest(session, name, None, found.as_ref(), true).await?
        {
            return match self.let_guest_in(session, name, password, guest, rights).await {
                // It says nothing about the password.
                Err(error @ LoginError::Refused(Refusal::LockedOut { .. })) => Err(error),
                outcome => at_the_door(outcome),
            };
        }
        let found = found.filter(is_own);
        let good = self.is_good(found.as_ref(), login, proof).await?;
        let now = self.clock.now();
        let same = |found: &AccountWithDomain| {
            let known = login.account.as_ref();
            known.is_none_or(|(id, hash)| *id == found.account.id && *hash == found.account.password_hash)
        };
        let account = found.as_ref().map(AccountWithDomain::name);
        let Some(found) = found.filter(|found| good && usable(found, now) && same(found)) else {
            return Err(self.login_incorrect(session, name, account.as_deref(), &proof.told()));
        };
        session.note(LineKind::Event, &format!("accepted for {}: {}", printable(name.as_bytes()), proof.told()));
        login.account = Some((found.account.id, found.account.password_hash.clone()));
        match proof {
            Proof::Password(_) => login.password = true,
            Proof::Key(fingerprint) | Proof::Certificate { fingerprint, .. } => {
                login.key = Some(fingerprint.to_owned());
            }
            Proof::Code(_) => login.code = true,
        }
        if wanted(&found.account) == SshAuth::KeyAndPassword && !login.password {
            return Ok(Step::NeedsPassword);
        }
        if found.account.totp_secret.is_some() && !login.code {
            return Ok(Step::NeedsCode);
        }
        let step = at_the_door(self.let_in(session, found, rights).await)?;
        if let (Step::LoggedIn(identity), Some(key)) = (&step, &login.key)
            && let Err(error) = ssh_keys::touch(&self.store, identity.account_id, key, now).await
        {
            tracing::warn!(%error, "use of a key not stored");
        }
        Ok(step)
    }

    async fn is_good(
        &self,
        found: Option<&AccountWithDomain>,
        login: &SshLogin,
        proof: Proof<'_>,
    ) -> Result<bool, LoginError> {
        let Some(account) = found.map(|found| &found.account) else {
            // The same work as for a name that exists.
            return match proof {
                Proof::Password(password) => self.password_matches(None, password).await,
                Proof::Key(fingerprint) => self.has_key(None, fingerprint).await,
                Proof::Certificate { .. } | Proof::Code(_) => Ok(false),
            };
        };
        match proof {
            // Whoever guesses passwords learns nothing without the key.
            Proof::Password(password) => {
                Ok(self.password_matches(found, password).await? && takes_password(account, login))
            }
            Proof::Key(fingerprint) => self.has_key(found, fingerprint).await,
            Proof::Certificate { principals, .. } => {
                Ok(found.is_some_and(|found| principals.iter().any(|principal| means(principal, &login.name, found))))
            }
            Proof::Code(code) if needs_only_code(account, login) => self.take_code(account, code).await,
            Proof::Code(_) => Ok(false),
        }
    }

    async fn has_key(&self, found: Option<&AccountWithDomain>, fingerprint: &str) -> Result<bool, LoginError> {
        let account = found.map_or(AccountId(Uuid::nil()), |found| found.account.id);
        Ok(ssh_keys::find(&self.store, account, fingerprint).await.map_err(unavailable)?.is_some())
    }
}

/// What became of who has proved everything.
fn at_the_door(outcome: Result<Arc<Identity>, LoginError>) -> Result<Step, LoginError> {
    match outcome {
        Ok(identity) => Ok(Step::LoggedIn(identity)),
        Err(error @ (LoginError::Refused(_) | LoginError::NoHome)) => Ok(Step::TurnedAway(error)),
        Err(error) => Err(error),
    }
}

/// What the account has to show. One that needs a client's certificate over FTP shall not be open to its password
/// alone here.
fn wanted(account: &Account) -> SshAuth {
    match account.ssh_auth {
        SshAuth::Any if !account.client_certificates.is_empty() => SshAuth::KeyAndPassword,
        wanted => wanted,
    }
}

fn takes_password(account: &Account, login: &SshLogin) -> bool {
    match wanted(account) {
        SshAuth::Any => true,
        SshAuth::Key => false,
        SshAuth::KeyAndPassword => login.key.is_some(),
    }
}

/// A code comes last: else it would tell whoever has a password only that it is right, and be spent.
fn needs_only_code(account: &Account, login: &SshLogin) -> bool {
    match wanted(account) {
        SshAuth::Any => login.key.is_some() || login.password,
        SshAuth::Key => login.key.is_some(),
        SshAuth::KeyAndPassword => login.key.is_some() && login.password,
    }
}

/// Whether a principal of a certificate is the account: the name that the client gave, or login and domain. A bare login
/// does not open the account of that login in a domain that the client named.
fn means(principal: &str, name: &str, found: &AccountWithDomain) -> bool {
    principal == name || principal == format!("{}@{}", found.account.login, found.domain.name)
}
