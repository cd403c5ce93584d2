//! Limits along the chain server > reseller > customer > domain > account. Each may be set at each place for every account
//! below it; of several the strictest holds, so nobody can give away more than they have.

use crate::{
    accounts::Limits,
    ids::{DomainId, PersonId},
};
use serde::{Deserialize, Serialize};

/// A place of the chain, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole server.
    Server,
    /// A reseller: domains of its own and of its customers.
    Reseller,
    /// A customer: its domains.
    Customer,
    /// A domain.
    Domain,
    /// One account.
    Account,
}

/// Whose limits, above those of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitsOf {
    /// Every account of the server.
    Server,
    /// The accounts of a reseller or customer.
    Person(PersonId),
    /// The accounts of a domain.
    Domain(DomainId),
}

/// What is set at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitLevel {
    /// Which place.
    pub level: Level,
    /// Login or domain; `None` for the server, and for who is not the asker's to know.
    pub name: Option<String>,
    /// What is set there.
    pub limits: Limits,
}

/// What is set at one place and at those above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsFound {
    /// What is set there.
    pub own: Limits,
    /// What is set above, from the top.
    pub above: Vec<LimitLevel>,
}

/// One of the numbers of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// [`Limits::quota_bytes`]
    Quota,
    /// [`Limits::download_rate`]
    Download,
    /// [`Limits::upload_rate`]
    Upload,
    /// [`Limits::sessions`]
    Sessions,
    /// [`Limits::sessions_per_ip`]
    SessionsPerIp,
    /// [`Limits::idle_seconds`]
    Idle,
}

impl Limits {
    /// One of the numbers.
    pub fn get(&self, limit: Limit) -> Option<u64> {
        match limit {
            Limit::Quota => self.quota_bytes,
            Limit::Download => self.download_rate,
            Limit::Upload => self.upload_rate,
            Limit::Sessions => self.sessions.map(u64::from),
            Limit::SessionsPerIp => self.sessions_per_ip.map(u64::from),
            Limit::Idle => self.idle_seconds.map(u64::from),
        }
    }

    /// Of both the smaller number, each by itself.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            one.into_iter().chain(other).min()
        }
        Self {
            quota_bytes: least(self.quota_bytes, other.quota_bytes),
            download_rate: least(self.download_rate, other.download_rate),
            upload_rate: least(self.upload_rate, other.upload_rate),
            sessions: least(self.sessions, other.sessions),
            sessions_per_ip: least(self.sessions_per_ip, other.sessions_per_ip),
            idle_seconds: least(self.idle_seconds, other.idle_seconds),
        }
    }
}

/// The place among `levels` that has the smallest number, and that number; of equal ones the topmost.
pub fn strictest(levels: &[LimitLevel], limit: Limit) -> Option<(&LimitLevel, u64)> {
    let set = levels.iter().filter_map(|level| Some((level, level.limits.get(limit)?)));
    set.min_by_key(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_of_each_holds_and_the_topmost_of_equals_is_named() {
        let limits = |quota_bytes, sessions| Limits { quota_bytes, sessions, ..Limits::default() };
        let level = |level, limits| LimitLevel { level, name: None, limits };
        let levels = [
            level(Level::Server, limits(Some(500), None)),
            level(Level::Customer, limits(Some(900), Some(3))),
            level(Level::Domain, limits(Some(500), Some(4))),
        ];
        let held = |limit| strictest(&levels, limit).map(|(level, number)| (level.level, number));
        assert_eq!(held(Limit::Quota), Some((Level::Server, 500)));
        assert_eq!(held(Limit::Sessions), Some((Level::Customer, 3)));
        assert_eq!(held(Limit::Idle), None);
        let all = levels.iter().fold(Limits::default(), |all, level| all.strictest(level.limits));
        assert_eq!(all, limits(Some(500), Some(3)));
    }
}
