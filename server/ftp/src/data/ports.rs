//! Passive ports: which are free, and who has the others.

use std::{
    collections::{HashMap, HashSet},
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::{TcpListener, TcpSocket};
use wharf_model::ids::AccountId;

/// Connections to one passive port that wait to be looked at. A stranger who fills the queue only harms this one port.
const BACKLOG: u32 = 8;

/// The process's passive ports. Each is leased to one session at a time, until the client has connected to it. No account
/// gets more than half of them, however many sessions it has.
#[derive(Clone, Debug)]
pub struct PassivePorts(Arc<Ports>);

#[derive(Debug)]
struct Ports {
    range: RangeInclusive<u16>,
    /// Ports one account may have.
    share: usize,
    leased: Mutex<Leased>,
}

#[derive(Debug, Default)]
struct Leased {
    ports: HashSet<u16>,
    /// How many each account has; accounts without any are left out.
    of: HashMap<AccountId, usize>,
}

/// A passive port of this session. Dropping it closes the port and returns it.
#[derive(Debug)]
pub(crate) struct PassivePort {
    pub(super) listener: TcpListener,
    address: SocketAddr,
    _lease: Lease,
}

#[derive(Debug)]
struct Lease {
    ports: Arc<Ports>,
    port: u16,
    account: AccountId,
}

impl PassivePorts {
    /// All ports of `range`, none leased.
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let share = range.len().div_ceil(2);
        Self(Arc::new(Ports { range, share, leased: Mutex::default() }))
    }

    /// Opens a port for a session of `account` on `ip`, the address the client reached us at. It begins at a random place,
    /// so that a stranger cannot guess the next port.
    pub(crate) fn open(&self, ip: IpAddr, account: AccountId) -> io::Result<PassivePort> {
        let first = *self.0.range.start();
        let count = self.0.range.len();
        let start = usize::from(u16::from_be_bytes(wharf_core::random::bytes()));
        let mut last_error = io::Error::from(io::ErrorKind::AddrInUse);
        for step in 0..count {
            let offset = u16::try_from((start + step) % count).unwrap_or(0);
            let Some(lease) = self.lease(first + offset, account)? else { continue };
            match listen(SocketAddr::new(ip, lease.port)) {
                Ok(listener) => {
                    let address = listener.local_addr()?;
                    return Ok(PassivePort { listener, address, _lease: lease });
                }
                // Another program has this port, or is only just letting go of it.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last_error = error,
                Err(error) => return Err(error),
            }
        }
        Err(last_error)
    }

    /// None where somebody has the port.
    fn lease(&self, port: u16, account: AccountId) -> io::Result<Option<Lease>> {
        let mut leased = self.0.leased();
        if leased.of.get(&account).is_some_and(|count| *count >= self.0.share) {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the account has half of the ports"));
        }
        if !leased.ports.insert(port) {
            return Ok(None);
        }
        *leased.of.entry(account).or_default() += 1;
        Ok(Some(Lease { ports: self.0.clone(), port, account }))
    }
}

impl Ports {
    fn leased(&self) -> MutexGuard<'_, Leased> {
        self.leased.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut leased = self.ports.leased();
        leased.ports.remove(&self.port);
        if let Some(count) = leased.of.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                leased.of.remove(&self.account);
            }
        }
    }
}

impl PassivePort {
    /// Where the client connects to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket_for(address)?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

pub(super) fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u8) -> AccountId {
        format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
    }

    #[tokio::test]
    async fn ports_are_leased_once_and_come_back() {
        let ports = PassivePorts::new(39_000..=39_001);
        let ip = "127.0.0.1".parse().unwrap();
        let [anna, bert, carl] = [1, 2, 3].map(account);
        let one = ports.open(ip, anna).unwrap();
        let two = ports.open(ip, bert).unwrap();
        assert_ne!(one.address().port(), two.address().port());
        assert_eq!(ports.open(ip, carl).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(one);
        ports.open(ip, carl).unwrap();
    }

    #[tokio::test]
    async fn an_account_leaves_half_of_the_ports_to_others() {
        let ports = PassivePorts::new(39_020..=39_023);
        let ip = "127.0.0.1".parse().unwrap();
        let [anna, bert] = [1, 2].map(account);
        let one = ports.open(ip, anna).unwrap();
        let _two = ports.open(ip, anna).unwrap();
        assert_eq!(ports.open(ip, anna).unwrap_err().kind(), io::ErrorKind::QuotaExceeded);
        let _theirs = ports.open(ip, bert).unwrap();
        drop(one);
        let _again = ports.open(ip, anna).unwrap();
        assert!(ports.open(ip, anna).is_err());
    }
}
