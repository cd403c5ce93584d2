//! Finding what is said of the networks an address lies in, however many there are: one look-up for each length of
//! network in use.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};
use wharf_model::addresses::AddressRange;

/// Values by networks. A range counts as the networks it consists of.
#[derive(Debug)]
pub(super) struct Networks<T> {
    /// By family and length: the values of each network, by its lowest address.
    lengths: BTreeMap<(Family, u8), HashMap<u128, Vec<T>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    V4,
    V6,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { lengths: BTreeMap::new() }
    }
}

impl<T: Clone + PartialEq> Networks<T> {
    /// Adds `value` for all addresses of `range`.
    pub(super) fn insert(&mut self, range: &AddressRange, value: &T) {
        for (address, length) in range.networks() {
            let (family, bits) = split(address);
            self.lengths.entry((family, length)).or_default().entry(bits).or_default().push(value.clone());
        }
    }

    /// Takes `value` away from `range`.
    pub(super) fn remove(&mut self, range: &AddressRange, value: &T) {
        for (address, length) in range.networks() {
            let (family, bits) = split(address);
            let Some(networks) = self.lengths.get_mut(&(family, length)) else { continue };
            if let Some(values) = networks.get_mut(&bits) {
                values.retain(|other| other != value);
                if values.is_empty() {
                    networks.remove(&bits);
                }
            }
            if networks.is_empty() {
                self.lengths.remove(&(family, length));
            }
        }
    }

    /// The values of all networks that `address`, in canonical form, lies in.
    pub(super) fn containing(&self, address: IpAddr) -> impl Iterator<Item = &T> {
        let (family, bits) = split(address);
        let width: u32 = if family == Family::V4 { 32 } else { 128 };
        self.lengths.range((family, 0)..=(family, u8::MAX)).flat_map(move |((_, length), networks)| {
            let host = u128::MAX.checked_shr(128 - width + u32::from(*length)).unwrap_or(0);
            networks.get(&(bits & !host)).into_iter().flatten()
        })
    }
}

fn split(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(address) => (Family::V4, u128::from(u32::from(address))),
        IpAddr::V6(address) => (Family::V6, u128::from(address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn found(networks: &Networks<u32>, ip: &str) -> Vec<u32> {
        let mut found: Vec<_> = networks.containing(ip.parse().unwrap()).copied().collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn all_networks_around_an_address_are_found_and_removed() {
        let mut networks = Networks::default();
        let ranges = ["0.0.0.0/0", "10.0.0.0/8", "10.1.2.3", "10.1.2.0-10.1.2.9", "::/0", "2001:db8::/64"];
        for (value, range) in (0..).zip(ranges) {
            networks.insert(&range.parse().unwrap(), &value);
        }
        assert_eq!(found(&networks, "10.1.2.3"), [0, 1, 2, 3]);
        assert_eq!(found(&networks, "10.1.2.10"), [0, 1]);
        assert_eq!(found(&networks, "192.0.2.1"), [0]);
        assert_eq!(found(&networks, "2001:db8::1"), [4, 5]);
        for (value, range) in (0..).zip(ranges) {
            networks.remove(&range.parse().unwrap(), &value);
        }
        assert!(networks.lengths.is_empty());
    }

    fn any_range() -> impl Strategy<Value = AddressRange> {
        let v4 =
            any::<(u32, u32)>().prop_map(|(a, b)| (Ipv4Addr::from(a.min(b)).into(), Ipv4Addr::from(a.max(b)).into()));
        let v6 =
            any::<(u128, u128)>().prop_map(|(a, b)| (Ipv6Addr::from(a.min(b)).into(), Ipv6Addr::from(a.max(b)).into()));
        prop_oneof![v4, v6].prop_map(|(first, last): (IpAddr, IpAddr)| format!("{first}-{last}").parse().unwrap())
    }

    proptest! {
        #[test]
        fn a_range_holds_what_lies_within_it_and_nothing_else(range in any_range(), v4 in any::<u32>(), v6 in any::<u128>()) {
            let mut networks = Networks::default();
            networks.insert(&range, &());
            let ends = [range.first(), range.last()];
            for ip in [Ipv4Addr::from(v4).into(), Ipv6Addr::from(v6).into()].into_iter().chain(ends) {
                let ip: IpAddr = ip;
                prop_assert_eq!(networks.containing(ip).count(), usize::from(range.contains(ip)));
            }
        }
    }
}
