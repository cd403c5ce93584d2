//! Login throttling: an address that fails too often must wait. One for the panel and all protocols.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};
use wharf_model::{addresses::AddressRange, ids::BanId};

/// When an address has to wait, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutPolicy {
    /// Failed logins within [`LockoutPolicy::window_ms`] that lock the address. 0 switches the lockout off.
    pub attempts: u32,
    /// The span in which failures count, from the first one on.
    pub window_ms: i64,
    /// How long a locked address waits.
    pub lock_ms: i64,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self { attempts: 10, window_ms: 5 * 60_000, lock_ms: 10 * 60_000 }
    }
}

/// Addresses kept at most. Beyond it the stale ones are dropped, then the oldest.
const MOST: usize = 100_000;

/// Counts failed logins per address (IPv6: per /64, which is what one customer gets).
#[derive(Debug)]
pub struct Lockout {
    policy: LockoutPolicy,
    failures: Mutex<HashMap<AddressRange, Failures>>,
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Failures {
    /// A hash of the name of each; fewer than [`LockoutPolicy::attempts`].
    names: Vec<u64>,
    first: i64,
    lock: Option<Lock>,
}

/// An address that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Names the lock; it is shown among the bans.
    pub id: BanId,
    /// Who has to wait.
    pub address: AddressRange,
    /// Since when.
    pub since: i64,
    /// Until when.
    pub until: i64,
    /// How often it was turned away.
    pub hits: u64,
    /// When it last was.
    pub last_hit: Option<i64>,
}

/// As whom failures at the panel count: people and accounts of the same login are not the same.
pub fn panel_name(login: &str) -> String {
    format!("panel {}", login.to_lowercase())
}

impl Lockout {
    /// Nobody has failed yet.
    pub fn new(policy: LockoutPolicy) -> Self {
        Self { policy, failures: Mutex::default(), hasher: RandomState::new() }
    }

    /// Milliseconds `ip` still has to wait at `now`, if it is locked.
    pub fn locked(&self, ip: IpAddr, now: i64) -> Option<i64> {
        let failures = self.failures();
        let lock = failures.get(&AddressRange::customer(ip))?.lock.as_ref()?;
        Some(lock.until - now).filter(|wait| *wait > 0)
    }

    /// As [`Lockout::locked`], for somebody who is turned away because of it.
    pub fn turn_away(&self, ip: IpAddr, now: i64) -> Option<i64> {
        let mut failures = self.failures();
        let lock = failures.get_mut(&AddressRange::customer(ip))?.lock.as_mut().filter(|lock| lock.until > now)?;
        lock.hits += 1;
        lock.last_hit = Some(now);
        Some(lock.until - now)
    }

    /// A login as `name` from `ip` failed. The lock, named `id`, if that locked the address.
    pub fn failed(&self, ip: IpAddr, name: &str, now: i64, id: BanId) -> Option<Lock> {
        if self.policy.attempts == 0 {
            return None;
        }
        let address = AddressRange::customer(ip);
        let mut failures = self.failures();
        if failures.len() >= MOST {
            make_room(&mut failures, self.policy, now);
        }
        let entry = failures.entry(address).or_insert(Failures { names: Vec::new(), first: now, lock: None });
        if now - entry.first > self.policy.window_ms {
            entry.names.clear();
            entry.first = now;
        }
        entry.names.push(self.hasher.hash_one(name));
        if entry.names.len() < self.policy.attempts as usize {
            return None;
        }
        let lock = Lock { id, address, since: now, until: now + self.policy.lock_ms, hits: 0, last_hit: None };
        *entry = Failures { names: Vec::new(), first: now, lock: Some(lock) };
        Some(lock)
    }

    /// A login as `name` from `ip` succeeded: its earlier failures were typing mistakes. Those of other names stay, or who
    /// has an account could guess at all others and clear the count with the own one.
    pub fn succeeded(&self, ip: IpAddr, name: &str) {
        let mut failures = self.failures();
        if let Some(entry) = failures.get_mut(&AddressRange::customer(ip)) {
            let name = self.hasher.hash_one(name);
            entry.names.retain(|other| *other != name);
        }
    }

    /// Everybody who has to wait at `now`.
    pub fn locks(&self, now: i64) -> Vec<Lock> {
        self.failures().values().filter_map(|failures| failures.lock).filter(|lock| lock.until > now).collect()
    }

    /// Lets an address try again. The lock, if there was one of that name.
    pub fn unlock(&self, id: BanId, now: i64) -> Option<Lock> {
        let mut failures = self.failures();
        let lock = failures.values().filter_map(|failures| failures.lock).find(|lock| lock.id == id)?;
        failures.remove(&lock.address);
        Some(lock).filter(|lock| lock.until > now)
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<AddressRange, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(failures: &mut HashMap<AddressRange, Failures>, policy: LockoutPolicy, now: i64) {
    failures
        .retain(|_, entry| entry.lock.is_some_and(|lock| lock.until > now) || now - entry.first <= policy.window_ms);
    if failures.len() >= MOST {
        let oldest = failures.iter().min_by_key(|(_, entry)| entry.first).map(|(address, _)| *address);
        oldest.and_then(|address| failures.remove(&address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: LockoutPolicy = LockoutPolicy { attempts: 3, window_ms: 1_000, lock_ms: 5_000 };

    const LOCK: BanId = BanId(uuid::Uuid::nil());

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn locks_after_the_last_attempt_and_opens_again() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        assert_eq!(lockout.failed(client, "ann", 0, LOCK), None);
        assert_eq!(lockout.failed(client, "ann", 1, LOCK), None);
        assert_eq!(lockout.locked(client, 1), None);
        assert!(lockout.failed(client, "ann", 2, LOCK).is_some());
        assert_eq!(lockout.locked(client, 3), Some(4_999));
        assert_eq!(lockout.locked(ip("192.0.2.2"), 3), None, "others are not affected");
        assert_eq!(lockout.locked(client, 5_002), None);
    }

    #[test]
    fn a_success_or_the_end_of_the_window_forgets_failures() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        lockout.failed(client, "ann", 0, LOCK);
        lockout.failed(client, "ann", 0, LOCK);
        lockout.succeeded(client, "ann");
        assert_eq!(lockout.failed(client, "ann", 1, LOCK), None);
        assert_eq!(lockout.failed(client, "ann", 1, LOCK), None);
        assert_eq!(lockout.failed(client, "ann", 1_002, LOCK), None, "the two before are out of the window");
    }

    #[test]
    fn ipv6_counts_by_network_and_mapped_ipv4_as_ipv4() {
        let lockout = Lockout::new(POLICY);
        for host in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            lockout.failed(ip(host), "ann", 0, LOCK);
        }
        assert!(lockout.locked(ip("2001:db8::ffff"), 1).is_some());
        for _ in 0..3 {
            lockout.failed(ip("::ffff:192.0.2.9"), "ann", 0, LOCK);
        }
        assert!(lockout.locked(ip("192.0.2.9"), 1).is_some());
    }

    #[test]
    fn a_lock_counts_whom_it_turns_away_and_can_be_lifted() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        for _ in 0..3 {
            lockout.failed(client, "ann", 10, LOCK);
        }
        assert_eq!(lockout.turn_away(client, 20), Some(4_990));
        assert_eq!(lockout.turn_away(ip("192.0.2.2"), 20), None);
        let lock = Lock { id: LOCK, address: client.into(), since: 10, until: 5_010, hits: 1, last_hit: Some(20) };
        assert_eq!(lockout.locks(21), [lock]);
        assert_eq!(lockout.locks(5_010), []);
        assert_eq!(lockout.unlock(LOCK, 21), Some(lock));
        assert_eq!((lockout.locked(client, 22), lockout.unlock(LOCK, 22)), (None, None));
    }

    #[test]
    fn an_own_login_does_not_clear_the_failures_of_others() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        for victim in ["one", "two"] {
            assert_eq!(lockout.failed(client, victim, 0, LOCK), None);
            lockout.succeeded(client, "own");
        }
        assert!(lockout.failed(client, "three", 0, LOCK).is_some());
    }
}
