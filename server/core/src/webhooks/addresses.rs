//! Where webhooks may go. Whoever makes one decides where this machine connects to, so what only this machine can reach
//! is closed to it: its own services, the neighbours of its network, the metadata service of its hoster.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wharf_model::addresses::AddressRange;

/// Networks of IPv4 that are not the internet (the special-purpose registry of IANA, RFC 6890), and multicast.
const CLOSED_V4: [(Ipv4Addr, u32); 14] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast and what is reserved for later.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Of IPv6 only what is given to networks (`2000::/3`) is the internet; within it these are not. `2001::/23` has Teredo and
/// `2002::/16` is 6to4, both of which carry IPv4 addresses inside.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether a webhook may go to `ip`: to the internet, or where the configuration allows it.
pub(super) fn is_open(ip: IpAddr, allowed: &[AddressRange]) -> bool {
    let ip = ip.to_canonical();
    allowed.iter().any(|range| range.contains(ip)) || is_public(ip)
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let within = |network: &(Ipv4Addr, u32)| (ip.to_bits() ^ network.0.to_bits()) >> (32 - network.1) == 0;
            !CLOSED_V4.iter().any(within)
        }
        IpAddr::V6(ip) => {
            let within = |network: &(Ipv6Addr, u32)| (ip.to_bits() ^ network.0.to_bits()) >> (128 - network.1) == 0;
            ip.segments()[0] >> 13 == 1 && !CLOSED_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_open() {
        for (text, open) in [
            ("8.8.8.8", true),
            ("172.15.255.255", true),
            ("172.16.0.0", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("127.0.0.1", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("169.254.169.254", false),
            ("192.168.1.1", false),
            ("198.19.255.255", false),
            ("223.255.255.255", true),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("2606:4700::1", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("64:ff9b::7f00:1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
        ] {
            assert_eq!(is_open(text.parse().unwrap(), &[]), open, "{text}");
        }
    }

    #[test]
    fn what_the_configuration_allows_is_open() {
        let allowed = ["10.1.0.0/16".parse().unwrap()];
        assert!(is_open("10.1.2.3".parse().unwrap(), &allowed));
        assert!(is_open("::ffff:10.1.2.3".parse().unwrap(), &allowed));
        assert!(!is_open("10.2.0.1".parse().unwrap(), &allowed));
    }
}
