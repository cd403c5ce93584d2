//! What administrators set for the panel: how long a session lasts, and where administrators may sign in from.

use crate::addresses::AddressRange;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Minutes of the longest idle time.
pub const IDLE_MINUTES_MOST: u32 = 99_999;
/// Hours of the longest session.
pub const LIFE_HOURS_MOST: u32 = 8_760;
/// Networks of the list at most.
pub const NETWORKS_MOST: usize = 1_000;

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PanelSettings {
    /// Minutes without activity after which a session is over.
    pub idle_minutes: u32,
    /// Hours after which a session is over however active it is.
    pub life_hours: u32,
    /// Whether a session is good from the address of its sign-in alone.
    pub binding: AddressBinding,
    /// Sessions of one login at once; `None` is no limit.
    pub sessions_per_login: Option<u32>,
    /// What [`PanelSettings::networks`] means.
    pub access: AccessMode,
    /// Networks that administrators may, or may not, come from.
    pub networks: Vec<AddressRange>,
}

impl Default for PanelSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            life_hours: 12,
            binding: AddressBinding::Network,
            sessions_per_login: None,
            access: AccessMode::AllowedExcept,
            networks: Vec::new(),
        }
    }
}

impl PanelSettings {
    /// Milliseconds without activity after which a session is over.
    pub fn idle_ms(&self) -> i64 {
        i64::from(self.idle_minutes) * 60_000
    }

    /// Milliseconds after which a session is over in any case.
    pub fn life_ms(&self) -> i64 {
        i64::from(self.life_hours) * 3_600_000
    }

    /// Whether an administrator may come from `ip`.
    pub fn admits(&self, ip: IpAddr) -> bool {
        let listed = self.networks.iter().any(|network| network.contains(ip));
        listed == (self.access == AccessMode::DeniedExcept)
    }
}

/// What the address of a sign-in means for the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressBinding {
    /// Nothing.
    Off,
    /// The session is good from that address alone.
    Exact,
    /// The same, but an IPv6 address may change within its /64, as those of browsers do.
    #[default]
    Network,
}

impl AddressBinding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Exact, Self::Network];

    /// Whether a session that was begun at `then` may go on at `now`.
    pub fn allows(self, then: IpAddr, now: IpAddr) -> bool {
        // A browser on this machine takes 127.0.0.1 or ::1 as it likes.
        if then.to_canonical().is_loopback() && now.to_canonical().is_loopback() {
            return true;
        }
        match self {
            Self::Off => true,
            Self::Exact => then.to_canonical() == now.to_canonical(),
            Self::Network => AddressRange::customer(then).contains(now),
        }
    }
}

/// What the list of networks means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// Administrators may come from everywhere but the networks of the list.
    #[default]
    AllowedExcept,
    /// Administrators may come from the networks of the list and nowhere else.
    DeniedExcept,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(access: AccessMode, networks: &[&str]) -> PanelSettings {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        PanelSettings { access, networks, ..PanelSettings::default() }
    }

    #[test]
    fn the_list_admits_or_refuses() {
        let office: IpAddr = "10.1.2.3".parse().unwrap();
        let mapped: IpAddr = "::ffff:10.1.2.3".parse().unwrap();
        let home: IpAddr = "192.0.2.1".parse().unwrap();
        let denied = settings(AccessMode::DeniedExcept, &["10.1.*.*", "203.0.113.0/24"]);
        assert!(denied.admits(office) && denied.admits(mapped) && !denied.admits(home));
        let allowed = settings(AccessMode::AllowedExcept, &["10.1.0.0/16"]);
        assert!(!allowed.admits(office) && !allowed.admits(mapped) && allowed.admits(home));
        assert!(PanelSettings::default().admits(home));
    }

    #[test]
    fn a_session_may_move_as_far_as_it_is_bound() {
        let [a, b, c]: [IpAddr; 3] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|address| address.parse().unwrap());
        assert!(AddressBinding::Off.allows(a, c));
        assert!(AddressBinding::Exact.allows(a, a) && !AddressBinding::Exact.allows(a, b));
        assert!(AddressBinding::Network.allows(a, b) && !AddressBinding::Network.allows(a, c));
        let [four, other]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        assert!(AddressBinding::Network.allows(four, four) && !AddressBinding::Network.allows(four, other));
        let [own, own_six]: [IpAddr; 2] = ["127.0.0.1", "::1"].map(|address| address.parse().unwrap());
        assert!(AddressBinding::Exact.allows(own, own_six) && !AddressBinding::Exact.allows(own, four));
    }
}
