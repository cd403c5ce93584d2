//! Login throttling: an address that fails too often must wait. One for the panel and all protocols.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

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
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    first: i64,
    locked_until: i64,
}

impl Lockout {
    /// Nobody has failed yet.
    pub fn new(policy: LockoutPolicy) -> Self {
        Self { policy, failures: Mutex::default() }
    }

    /// Milliseconds `ip` still has to wait at `now`, if it is locked.
    pub fn locked(&self, ip: IpAddr, now: i64) -> Option<i64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(&network(ip)).map(|failures| failures.locked_until - now).filter(|wait| *wait > 0)
    }

    /// A login from `ip` failed. True if that locked the address.
    pub fn failed(&self, ip: IpAddr, now: i64) -> bool {
        if self.policy.attempts == 0 {
            return false;
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            make_room(&mut failures, self.policy, now);
        }
        let entry = failures.entry(network(ip)).or_insert(Failures { count: 0, first: now, locked_until: 0 });
        if now - entry.first > self.policy.window_ms {
            *entry = Failures { count: 0, first: now, locked_until: entry.locked_until };
        }
        entry.count += 1;
        if entry.count < self.policy.attempts {
            return false;
        }
        *entry = Failures { count: 0, first: now, locked_until: now + self.policy.lock_ms };
        true
    }

    /// A login from `ip` succeeded: its earlier failures were typing mistakes.
    pub fn succeeded(&self, ip: IpAddr) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&network(ip));
    }
}

fn make_room(failures: &mut HashMap<IpAddr, Failures>, policy: LockoutPolicy, now: i64) {
    failures.retain(|_, entry| entry.locked_until > now || now - entry.first <= policy.window_ms);
    if failures.len() >= MOST {
        let oldest = failures.iter().min_by_key(|(_, entry)| entry.first).map(|(ip, _)| *ip);
        oldest.and_then(|ip| failures.remove(&ip));
    }
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: LockoutPolicy = LockoutPolicy { attempts: 3, window_ms: 1_000, lock_ms: 5_000 };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn locks_after_the_last_attempt_and_opens_again() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        assert!(!lockout.failed(client, 0));
        assert!(!lockout.failed(client, 1));
        assert_eq!(lockout.locked(client, 1), None);
        assert!(lockout.failed(client, 2));
        assert_eq!(lockout.locked(client, 3), Some(4_999));
        assert_eq!(lockout.locked(ip("192.0.2.2"), 3), None, "others are not affected");
        assert_eq!(lockout.locked(client, 5_002), None);
    }

    #[test]
    fn a_success_or_the_end_of_the_window_forgets_failures() {
        let lockout = Lockout::new(POLICY);
        let client = ip("192.0.2.1");
        lockout.failed(client, 0);
        lockout.failed(client, 0);
        lockout.succeeded(client);
        assert!(!lockout.failed(client, 1));
        assert!(!lockout.failed(client, 1));
        assert!(!lockout.failed(client, 1_002), "the two before are out of the window");
    }

    #[test]
    fn ipv6_counts_by_network_and_mapped_ipv4_as_ipv4() {
        let lockout = Lockout::new(POLICY);
        for host in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            lockout.failed(ip(host), 0);
        }
        assert!(lockout.locked(ip("2001:db8::ffff"), 1).is_some());
        for _ in 0..3 {
            lockout.failed(ip("::ffff:192.0.2.9"), 0);
        }
        assert!(lockout.locked(ip("192.0.2.9"), 1).is_some());
    }
}
