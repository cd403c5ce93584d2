//! What PASV tells clients behind NAT (RFC 959 knows no such thing as NAT; RFC 2428's EPSV does not need it).

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU32, Ordering},
};

/// The address at which clients outside reach the server, where that is not its own. It may change while the server
/// runs.
#[derive(Debug, Default)]
pub struct Masquerade(AtomicU32);

impl Masquerade {
    /// Tells this address from now on.
    pub fn set(&self, address: Ipv4Addr) {
        self.0.store(address.into(), Ordering::Relaxed);
    }

    /// What to tell `client`, who reached us at `local`. Somebody on our side of the NAT is told just that: many a
    /// router does not lead from the inside to its own outer address.
    pub(crate) fn address_for(&self, client: IpAddr, local: Ipv4Addr) -> Ipv4Addr {
        let outside = Ipv4Addr::from(self.0.load(Ordering::Relaxed));
        let inside = matches!(client, IpAddr::V4(client) if is_private(client)) && is_private(local);
        if outside.is_unspecified() || inside { local } else { outside }
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_loopback() || address.is_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_outside_are_told_the_address_outside() {
        let masquerade = Masquerade::default();
        let tell = |client: &str, local: &str| {
            masquerade.address_for(client.parse().unwrap(), local.parse().unwrap()).to_string()
        };
        assert_eq!(tell("203.0.113.7", "10.0.0.5"), "10.0.0.5", "nothing is set");
        masquerade.set("198.51.100.1".parse().unwrap());
        assert_eq!(tell("203.0.113.7", "10.0.0.5"), "198.51.100.1");
        for (client, local) in [("10.0.0.9", "10.0.0.5"), ("127.0.0.1", "127.0.0.1"), ("192.168.1.2", "10.0.0.5")] {
            assert_eq!(tell(client, local), local);
        }
        // A private client that came to a public address came through a NAT itself.
        assert_eq!(tell("10.0.0.9", "192.0.2.1"), "198.51.100.1");
    }
}
