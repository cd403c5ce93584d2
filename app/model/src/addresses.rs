//! Addresses as operators write them: one address, a range, a network, or the old way with asterisks.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// One address or neighbouring ones of one family. An IPv4 address mapped into IPv6 is the IPv4 address.
///
/// Read from `203.0.113.7`, `10.0.0.0/8`, `10.1.*.*`, `10.0.0.5-10.0.0.99`, `2001:db8::/32`; written as an address or a
/// network where it is one, as a range otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// The text is no address, range or network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAddress(&'static str);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoAddress {}

impl AddressRange {
    /// One address.
    pub fn one(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { first: address, last: address }
    }

    /// The network of `prefix` bits around `address`.
    pub fn network(address: IpAddr, prefix: u8) -> Self {
        let (bits, width) = bits(address.to_canonical());
        let host = if prefix >= width { 0 } else { u128::MAX >> (128 - width + prefix) };
        Self { first: address_of(bits & !host, width), last: address_of(bits | host, width) }
    }

    /// What one customer of a provider has: the address itself, or its /64 where it is IPv6.
    pub fn customer(address: IpAddr) -> Self {
        match address.to_canonical() {
            address @ IpAddr::V4(_) => Self::one(address),
            address @ IpAddr::V6(_) => Self::network(address, 64),
        }
    }

    /// The lowest address.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// The highest address.
    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// Whether `address` is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    /// Whether all of `other` are among them.
    pub fn covers(&self, other: &Self) -> bool {
        self.contains(other.first) && self.contains(other.last)
    }

    /// The networks it consists of, the fewest possible: the lowest address of each and its prefix length.
    pub fn networks(&self) -> Vec<(IpAddr, u8)> {
        let (mut first, width) = bits(self.first);
        let (last, _) = bits(self.last);
        let mut networks = Vec::new();
        loop {
            // As large as the lowest address is aligned to, and as fits.
            let mut host_bits = first.trailing_zeros().min(width.into());
            while host_bits > 0 && first | (u128::MAX >> (128 - host_bits)) > last {
                host_bits -= 1;
            }
            let end = if host_bits == 0 { first } else { first | (u128::MAX >> (128 - host_bits)) };
            #[expect(clippy::cast_possible_truncation, reason = "at most 128")]
            networks.push((address_of(first, width), width - host_bits as u8));
            if end >= last {
                return networks;
            }
            first = end + 1;
        }
    }
}

/// The address as a number, and how many bits the family has.
fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn address_of(bits: u128, width: u8) -> IpAddr {
    #[expect(clippy::cast_possible_truncation, reason = "an IPv4 address has 32 bits")]
    if width == 32 { Ipv4Addr::from(bits as u32).into() } else { Ipv6Addr::from(bits).into() }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        match self.networks()[..] {
            [(address, prefix)] => write!(f, "{address}/{prefix}"),
            _ => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl FromStr for AddressRange {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let text = text.trim();
        if text.contains('*') {
            return wildcard(text);
        }
        if let Some((address, prefix)) = text.split_once('/') {
            let address = one(address)?;
            let width = bits(address).1;
            let prefix = prefix.parse::<u8>().ok().filter(|prefix| *prefix <= width);
            return Ok(Self::network(address, prefix.ok_or(NoAddress("the length of the network is not right"))?));
        }
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (one(first)?, one(last)?);
            if first.is_ipv4() != last.is_ipv4() || first > last {
                return Err(NoAddress("a range goes from a lower address to a higher one"));
            }
            return Ok(Self { first, last });
        }
        one(text).map(Self::one)
    }
}

fn one(text: &str) -> Result<IpAddr, NoAddress> {
    let address: IpAddr = text.trim().parse().map_err(|_| NoAddress("this is no IP address, range or network"))?;
    Ok(address.to_canonical())
}

/// `10.1.*.*`: four parts, of which the last ones are asterisks.
fn wildcard(text: &str) -> Result<AddressRange, NoAddress> {
    const HOW: NoAddress = NoAddress("asterisks stand for the last parts of an IPv4 address, as in 10.1.*.*");
    let mut octets = [0; 4];
    let mut known = 0;
    let parts: Vec<_> = text.split('.').collect();
    if parts.len() != 4 {
        return Err(HOW);
    }
    for (number, part) in parts.into_iter().enumerate() {
        if part == "*" {
            continue;
        }
        if number != known {
            return Err(HOW);
        }
        octets[number] = part.parse().map_err(|_| HOW)?;
        known += 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 32")]
    let prefix = 8 * known as u8;
    Ok(AddressRange::network(Ipv4Addr::from(octets).into(), prefix))
}

impl TryFrom<String> for AddressRange {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self::one(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn every_way_of_writing_means_the_same_addresses() {
        for (written, normal) in [
            (" 203.0.113.7 ", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.*.*", "10.1.0.0/16"),
            ("*.*.*.*", "0.0.0.0/0"),
            ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
            ("10.0.0.5 - 10.0.0.99", "10.0.0.5-10.0.0.99"),
            ("2001:DB8::1/64", "2001:db8::/64"),
            ("::/0", "::/0"),
            ("192.0.2.1/32", "192.0.2.1"),
        ] {
            assert_eq!(range(written).to_string(), normal, "{written}");
            assert_eq!(range(normal), range(written));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "example.org",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.9-10.0.0.1",
            "1.2.3.4-::1",
            "10.*.1.*",
            "10.*",
            "1.2.3",
        ] {
            assert!(text.parse::<AddressRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn families_do_not_mix() {
        assert!(range("10.0.0.0/8").contains(ip("::ffff:10.9.9.9")));
        assert!(!range("::/0").contains(ip("10.0.0.1")));
        assert!(!range("0.0.0.0/0").contains(ip("2001:db8::1")));
        assert!(range("10.0.0.0/8").covers(&range("10.1.*.*")) && !range("10.1.*.*").covers(&range("10.0.0.0/8")));
        assert_eq!(AddressRange::customer(ip("2001:db8::5:1")).to_string(), "2001:db8::/64");
    }

    #[test]
    fn a_range_is_made_of_the_fewest_networks() {
        let networks: Vec<_> = range("10.0.0.5-10.0.0.12")
            .networks()
            .iter()
            .map(|(address, prefix)| format!("{address}/{prefix}"))
            .collect();
        assert_eq!(networks, ["10.0.0.5/32", "10.0.0.6/31", "10.0.0.8/30", "10.0.0.12/32"]);
        assert_eq!(range("::/0").networks(), [(ip("::"), 0)]);
        assert_eq!(range("0.0.0.0-255.255.255.255").networks(), [(ip("0.0.0.0"), 0)]);
    }
}
