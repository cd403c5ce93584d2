//! How many sessions there are, by everything that has a cap.

use super::Session;
use crate::accounts::Identity;
use std::{collections::HashMap, net::IpAddr, sync::Arc};
use wharf_model::ids::{AccountId, DomainId, SessionId};

/// How many sessions there may be. Zero is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// On the whole server.
    pub server: u32,
    /// From one address.
    pub per_ip: u32,
    /// From one address and not logged in yet.
    pub unauthenticated_per_ip: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { server: 10_000, per_ip: 1_000, unauthenticated_per_ip: 100 }
    }
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) caps: Caps,
    pub(super) draining: bool,
    pub(super) peak: usize,
    pub(super) sessions: HashMap<SessionId, Arc<Session>>,
    pub(super) by_ip: HashMap<IpAddr, u32>,
    pub(super) unauthenticated_by_ip: HashMap<IpAddr, u32>,
    pub(super) by_domain: HashMap<DomainId, u32>,
    pub(super) by_account: HashMap<AccountId, u32>,
    pub(super) by_account_ip: HashMap<(AccountId, IpAddr), u32>,
}

impl Book {
    /// Counts a session from `ip` for its account, or as not logged in.
    pub(super) fn occupy(&mut self, ip: IpAddr, identity: Option<&Identity>) {
        let Some(identity) = identity else {
            *self.unauthenticated_by_ip.entry(ip).or_default() += 1;
            return;
        };
        *self.by_domain.entry(identity.domain_id).or_default() += 1;
        // Visitors of a share link do not take the place of its owner.
        if identity.link.is_none() {
            *self.by_account.entry(identity.account_id).or_default() += 1;
            *self.by_account_ip.entry((identity.account_id, ip)).or_default() += 1;
        }
    }

    /// Undoes [`Book::occupy`].
    pub(super) fn vacate(&mut self, ip: IpAddr, identity: Option<&Identity>) {
        let Some(identity) = identity else {
            release(&mut self.unauthenticated_by_ip, ip);
            return;
        };
        release(&mut self.by_domain, identity.domain_id);
        if identity.link.is_none() {
            release(&mut self.by_account, identity.account_id);
            release(&mut self.by_account_ip, (identity.account_id, ip));
        }
    }
}

pub(super) fn count<K: Eq + std::hash::Hash>(counts: &HashMap<K, u32>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or(0) as usize
}

pub(super) fn release<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = counts.entry(key) {
        *entry.get_mut() = entry.get().saturating_sub(1);
        if *entry.get() == 0 {
            entry.remove();
        }
    }
}

pub(super) fn full(count: usize, cap: u32) -> bool {
    cap != 0 && count >= cap as usize
}

pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
