//! Write locks (RFC 4918 section 6), of one account each: they keep WebDAV clients from overwriting each other, and are
//! in nobody else's way. In memory, bounded, over when their time is.

use dav_server::{
    davpath::DavPath,
    ls::{DavLock, DavLockSystem, LsFuture},
};
use futures::FutureExt;
use std::{
    collections::HashMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;
use wharf_core::clock::Clock;
use wharf_model::ids::AccountId;
use xmltree::Element;

/// Locks that an account may have at once.
const MOST: usize = 1_000;
/// A lock that is not refreshed ends, whatever the client asked for.
const LONGEST: Duration = Duration::from_hours(1);

/// The locks of all accounts that have any.
#[derive(Debug)]
pub(crate) struct Locks {
    all: Mutex<HashMap<AccountId, OfAccount>>,
    clock: Clock,
}

impl Locks {
    /// There are none yet.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { all: Mutex::default(), clock }
    }

    /// Those of an account.
    pub(crate) fn of(&self, account: AccountId) -> Box<dyn DavLockSystem> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, locks| Arc::strong_count(&locks.held) > 1 || !locks.held().is_empty());
        Box::new(all.entry(account).or_insert_with(|| OfAccount::new(self.clock.clone())).clone())
    }
}

#[derive(Clone, Debug)]
struct OfAccount {
    held: Arc<Mutex<Vec<DavLock>>>,
    clock: Clock,
}

impl OfAccount {
    fn new(clock: Clock) -> Self {
        Self { held: Arc::default(), clock }
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.clock.now()).unwrap_or(0))
    }

    /// Those whose time is not over.
    fn held(&self) -> MutexGuard<'_, Vec<DavLock>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        held.retain(|lock| lock.timeout_at.is_none_or(|at| now < at));
        held
    }
}

/// The path without a slash at its end.
fn plain(path: &DavPath) -> &[u8] {
    let bytes = path.as_bytes();
    bytes.strip_suffix(b"/").unwrap_or(bytes)
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/"))
}

/// Whether the lock is on the path, or on a folder above it with all in it.
fn covers(lock: &DavLock, path: &[u8]) -> bool {
    let locked = plain(&lock.path);
    locked == path || (lock.deep && is_below(path, locked))
}

impl DavLockSystem for OfAccount {
    fn lock(
        &self,
        path: &DavPath,
        principal: Option<&str>,
        owner: Option<&Element>,
        timeout: Option<Duration>,
        shared: bool,
        deep: bool,
    ) -> LsFuture<'_, Result<DavLock, DavLock>> {
        let mut held = self.held();
        let wanted = plain(path);
        let meets = |lock: &&DavLock| covers(lock, wanted) || (deep && is_below(plain(&lock.path), wanted));
        if let Some(other) = held.iter().filter(meets).find(|lock| !(shared && lock.shared)) {
            return ready(Err(other.clone())).boxed();
        }
        let timeout = Some(timeout.unwrap_or(LONGEST).min(LONGEST));
        let lock = DavLock {
            token: Uuid::from_bytes(wharf_core::random::bytes()).urn().to_string(),
            path: Box::new(path.clone()),
            principal: principal.map(str::to_owned),
            owner: owner.cloned().map(Box::new),
            timeout_at: timeout.map(|timeout| self.now() + timeout),
            timeout,
            shared,
            deep,
        };
        if held.len() >= MOST {
            return ready(Err(lock)).boxed();
        }
        held.push(lock.clone());
        ready(Ok(lock)).boxed()
    }

    fn unlock(&self, path: &DavPath, token: &str) -> LsFuture<'_, Result<(), ()>> {
        let mut held = self.held();
        let before = held.len();
        held.retain(|lock| !(lock.token == token && covers(lock, plain(path))));
        ready(if held.len() < before { Ok(()) } else { Err(()) }).boxed()
    }

    fn refresh(&self, path: &DavPath, token: &str, timeout: Option<Duration>) -> LsFuture<'_, Result<DavLock, ()>> {
        let mut held = self.held();
        let found = held.iter_mut().find(|lock| lock.token == token && covers(lock, plain(path)));
        let Some(lock) = found else { return ready(Err(())).boxed() };
        lock.timeout = Some(timeout.unwrap_or(LONGEST).min(LONGEST));
        lock.timeout_at = lock.timeout.map(|timeout| self.now() + timeout);
        ready(Ok(lock.clone())).boxed()
    }

    fn check(
        &self,
        path: &DavPath,
        _principal: Option<&str>,
        _ignore_principal: bool,
        deep: bool,
        tokens: &[String],
    ) -> LsFuture<'_, Result<(), DavLock>> {
        let held = self.held();
        let path = plain(path);
        let meets: Vec<_> =
            held.iter().filter(|lock| covers(lock, path) || (deep && is_below(plain(&lock.path), path))).collect();
        // Of shared locks on the same thing one is enough.
        let shown = |lock: &DavLock| tokens.contains(&lock.token);
        let shares = |lock: &DavLock| {
            let same = |own: &&&DavLock| own.shared && plain(&own.path) == plain(&lock.path);
            lock.shared && meets.iter().filter(same).any(|own| shown(own))
        };
        let missing = meets.iter().find(|lock| !shown(lock) && !shares(lock));
        ready(missing.map_or(Ok(()), |lock| Err((**lock).clone()))).boxed()
    }

    fn discover(&self, path: &DavPath) -> LsFuture<'_, Vec<DavLock>> {
        let held = self.held();
        ready(held.iter().filter(|lock| covers(lock, plain(path))).cloned().collect()).boxed()
    }

    fn delete(&self, path: &DavPath) -> LsFuture<'_, Result<(), ()>> {
        let gone = plain(path);
        self.held().retain(|lock| plain(&lock.path) != gone && !is_below(plain(&lock.path), gone));
        ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> DavPath {
        DavPath::new(text).unwrap()
    }

    fn lock(locks: &OfAccount, at: &str, shared: bool, deep: bool) -> Result<DavLock, DavLock> {
        locks.lock(&path(at), None, None, None, shared, deep).now_or_never().unwrap()
    }

    fn may(locks: &OfAccount, at: &str, tokens: &[&DavLock]) -> bool {
        let tokens: Vec<_> = tokens.iter().map(|lock| lock.token.clone()).collect();
        locks.check(&path(at), None, false, false, &tokens).now_or_never().unwrap().is_ok()
    }

    #[test]
    fn an_exclusive_lock_keeps_others_out_until_it_is_given_up() {
        let locks = OfAccount::new(Clock::manual(0));
        let own = lock(&locks, "/a/", false, true).unwrap();
        assert!(lock(&locks, "/a/b", false, false).is_err());
        assert!(lock(&locks, "/", false, true).is_err(), "there is a lock below");
        assert!(lock(&locks, "/ab", false, false).is_ok(), "a name that only begins the same");
        assert!(!may(&locks, "/a/b", &[]));
        assert!(may(&locks, "/a/b", &[&own]));
        locks.unlock(&path("/a"), &own.token).now_or_never().unwrap().unwrap();
        assert!(may(&locks, "/a/b", &[]));
    }

    #[test]
    fn shared_locks_are_several_and_one_of_them_is_enough() {
        let locks = OfAccount::new(Clock::manual(0));
        let one = lock(&locks, "/a", true, false).unwrap();
        lock(&locks, "/a", true, false).unwrap();
        assert!(lock(&locks, "/a", false, false).is_err());
        assert!(may(&locks, "/a", &[&one]));
        assert!(!may(&locks, "/a", &[]));
    }

    #[test]
    fn what_is_deleted_is_not_locked_any_more() {
        let locks = OfAccount::new(Clock::manual(0));
        lock(&locks, "/a/b", false, false).unwrap();
        locks.delete(&path("/a")).now_or_never().unwrap().unwrap();
        assert!(may(&locks, "/a/b", &[]));
    }

    #[test]
    fn a_lock_that_is_not_refreshed_ends() {
        let clock = Clock::manual(0);
        let locks = OfAccount::new(clock.clone());
        let own = lock(&locks, "/a", false, false).unwrap();
        clock.advance(59 * 60 * 1000);
        let refreshed = locks.refresh(&path("/a"), &own.token, Some(Duration::from_mins(5))).now_or_never().unwrap();
        assert_eq!(refreshed.unwrap().timeout, Some(Duration::from_mins(5)));
        clock.advance(5 * 60 * 1000 - 1);
        assert!(!may(&locks, "/a", &[]));
        clock.advance(1);
        assert!(may(&locks, "/a", &[]));
    }

    #[test]
    fn there_is_an_end_to_their_number() {
        let locks = OfAccount::new(Clock::manual(0));
        for n in 0..MOST {
            lock(&locks, &format!("/{n}"), false, false).unwrap();
        }
        assert!(lock(&locks, "/one-more", false, false).is_err());
    }
}
