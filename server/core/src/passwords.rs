//! Password hashing: argon2id, off the runtime, and only a few at a time so that a storm of logins cannot starve the
//! server.

use crate::random;
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;
use wharf_model::accounts::{PASSWORD_LEAST, PASSWORD_MOST};

/// How long a login waits for its turn before it is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a verified password spares its owner the expensive check. Clients open several connections at once and
/// reconnect for each batch; without this every one of them costs 19 MiB and tens of milliseconds.
const REMEMBER_MS: i64 = 5 * 60 * 1000;
/// Remembered passwords at most; beyond it the expired ones go, then all.
const REMEMBER_MOST: usize = 10_000;

/// Why a password could not be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many logins at once, try again shortly")]
pub struct Overloaded;

/// Whether `password` is fit for whoever logs in as `login`; otherwise what is wrong with it.
pub fn check_policy(login: &str, password: &str) -> Result<(), &'static str> {
    let length = password.chars().count();
    if length < PASSWORD_LEAST {
        return Err("a password has at least 8 characters");
    }
    if length > PASSWORD_MOST {
        return Err("a password has at most 200 characters");
    }
    if password.to_lowercase() == login.to_lowercase() {
        return Err("the password must not be the login");
    }
    Ok(())
}

/// Hashes and verifies passwords. One for the whole process.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// As many hashes run at once as there are cores.
    turns: Semaphore,
    /// Verified against for unknown names, so that they take as long as known ones.
    decoy: String,
    /// Fresh at each start; without it the remembered digests are of no use.
    key: [u8; 32],
    /// Digest of (hash, password) to the time it is forgotten.
    verified: Mutex<HashMap<[u8; 32], i64>>,
}

impl Passwords {
    /// Prepares the decoy; takes as long as one hash.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Inner {
            turns: Semaphore::new(cores),
            decoy: hash(&random::secret()),
            key: random::bytes(),
            verified: Mutex::default(),
        }))
    }

    /// Makes the text to store for `password`.
    pub async fn hash(&self, password: &str) -> Result<String, Overloaded> {
        let password = password.to_owned();
        self.in_turn(move || hash(&password)).await
    }

    /// Whether `password` is the one `stored` was made from. `None` is an unknown name: always false, after the same
    /// work.
    pub async fn verify(&self, stored: Option<&str>, password: &str, now: i64) -> Result<bool, Overloaded> {
        let digest = stored.map(|stored| self.digest(stored, password));
        if digest.is_some_and(|digest| self.remembers(&digest, now)) {
            return Ok(true);
        }
        let hash = stored.unwrap_or(&self.0.decoy).to_owned();
        let password = password.to_owned();
        let matches = self.in_turn(move || verify(&hash, &password)).await?;
        match digest {
            Some(digest) if matches => {
                self.remember(digest, now);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// As [`Passwords::verify`], without the memory: where more than the password decides, the time that an answer takes
    /// must not tell whether it was right.
    pub async fn verify_anew(&self, stored: Option<&str>, password: &str) -> Result<bool, Overloaded> {
        let known = stored.is_some();
        let hash = stored.unwrap_or(&self.0.decoy).to_owned();
        let password = password.to_owned();
        Ok(self.in_turn(move || verify(&hash, &password)).await? && known)
    }

    /// Whether `stored` was made with other parameters than new ones are.
    pub fn is_outdated(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return true };
        // Compared piece by piece: a hash also says how long it is, which the parameters of new ones leave open.
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        let wanted = cost(Argon2::default().params());
        hash.algorithm.as_str() != "argon2id" || Params::try_from(&hash).map_or(true, |params| cost(&params) != wanted)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Overloaded> {
        let turn = tokio::time::timeout(PATIENCE, self.0.turns.acquire()).await;
        let _turn = turn.map_err(|_| Overloaded)?.map_err(|_| Overloaded)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Overloaded)
    }

    fn digest(&self, stored: &str, password: &str) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update(self.0.key);
        sha.update((stored.len() as u64).to_be_bytes());
        sha.update(stored);
        sha.update(password);
        sha.finalize().into()
    }

    fn remembers(&self, digest: &[u8; 32], now: i64) -> bool {
        let verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.get(digest).is_some_and(|until| *until > now)
    }

    fn remember(&self, digest: [u8; 32], now: i64) {
        let mut verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBER_MOST {
            verified.retain(|_, until| *until > now);
        }
        if verified.len() >= REMEMBER_MOST {
            verified.clear();
        }
        verified.insert(digest, now + REMEMBER_MS);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(password: &str) -> String {
    // Only lengths beyond argon2's limits fail; an unusable hash then matches nothing.
    Argon2::default().hash_password(password.as_bytes()).map_or_else(|_| "!".to_owned(), |hash| hash.to_string())
}

fn verify(stored: &str, password: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_short_nor_endless_nor_the_login() {
        assert!(check_policy("ann", "12345678").is_ok());
        assert!(check_policy("ann", &"ü".repeat(200)).is_ok());
        for bad in ["", "1234567", "üüüüüüü", &"x".repeat(201), "Annabelle"] {
            assert!(check_policy("annabelle", bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_name_matches() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse").await.unwrap();
        assert!(passwords.verify(Some(&stored), "correct horse", 0).await.unwrap());
        assert!(passwords.verify(Some(&stored), "correct horse", 1).await.unwrap(), "also when remembered");
        assert!(!passwords.verify(Some(&stored), "wrong", 2).await.unwrap());
        assert!(!passwords.verify(None, "correct horse", 3).await.unwrap());
        assert!(!passwords.verify(Some("not a hash"), "not a hash", 4).await.unwrap());
    }

    #[test]
    fn hashes_of_weaker_parameters_are_outdated() {
        let passwords = Passwords::new();
        assert!(!passwords.is_outdated(&hash("x")));
        let weak =
            Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        assert!(passwords.is_outdated(&weak.hash_password(b"x").unwrap().to_string()));
        assert!(passwords.is_outdated("no hash"));
    }

    #[tokio::test]
    async fn a_changed_hash_forgets_the_remembered_password() {
        let passwords = Passwords::new();
        let before = passwords.hash("old").await.unwrap();
        assert!(passwords.verify(Some(&before), "old", 0).await.unwrap());
        let after = passwords.hash("new").await.unwrap();
        assert!(!passwords.verify(Some(&after), "old", 1).await.unwrap());
    }
}
