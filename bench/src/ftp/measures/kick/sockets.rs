//! The state of other processes' connections, as the kernel has it: `sock_diag(7)` answers for one connection in
//! microseconds, however many there are.

use anyhow::{Context as _, Result, bail, ensure};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddrV4},
    os::fd::OwnedFd,
};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
const ENOENT: i32 = -2;
/// `ESTABLISHED`, `FIN_WAIT1` and `FIN_WAIT2`: the other side may still send something.
const OPEN: [u8; 3] = [1, 4, 5];

/// An IPv4 connection, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    local: SocketAddrV4,
    remote: SocketAddrV4,
}

/// The established TCP connections of a process.
pub(super) fn of_process(id: u32) -> Result<Vec<Socket>> {
    let links = fs::read_dir(format!("/proc/{id}/fd"))?;
    let links = links.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let inodes: Vec<String> = links.filter_map(|link| inode(link.to_str()?).map(str::to_owned)).collect();
    let table = fs::read_to_string("/proc/net/tcp")?;
    let found = table.lines().skip(1).filter_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (state, owner) = (*words.get(3)?, *words.get(9)?);
        let ours = state == "01" && inodes.iter().any(|inode| inode == owner);
        Some(Socket { local: address(words[1])?, remote: address(words[2])? }).filter(|_| ours)
    });
    Ok(found.collect())
}

fn inode(link: &str) -> Option<&str> {
    link.strip_prefix("socket:[")?.strip_suffix(']')
}

/// `0100007F:1F90`: the address as the machine keeps it, the port.
fn address(text: &str) -> Option<SocketAddrV4> {
    let (ip, port) = text.split_once(':')?;
    let ip = u32::from_str_radix(ip, 16).ok()?.to_ne_bytes();
    Some(SocketAddrV4::new(Ipv4Addr::from(ip), u16::from_str_radix(port, 16).ok()?))
}

/// The way to ask.
#[derive(Debug)]
pub(super) struct Diag(OwnedFd);

impl Diag {
    pub(super) fn open() -> Result<Self> {
        let protocol = Some(netlink::SOCK_DIAG);
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol);
        Ok(Self(socket.context("the kernel has no sock_diag")?))
    }

    /// Whether something may still come over the connection.
    pub(super) fn is_open(&self, socket: &Socket) -> Result<bool> {
        send(&self.0, &request(socket), SendFlags::empty())?;
        let mut answer = [0; 1024];
        let (length, _) = recv(&self.0, &mut answer, RecvFlags::empty())?;
        // A header of 16 bytes with the kind in the fifth and sixth, then family and state, or an error number.
        ensure!(length >= 20, "sock_diag answered {length} bytes");
        match u16::from_ne_bytes([answer[4], answer[5]]) {
            SOCK_DIAG_BY_FAMILY => Ok(OPEN.contains(&answer[17])),
            NLMSG_ERROR => match i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]) {
                ENOENT => Ok(false),
                error => bail!("sock_diag failed with {error}"),
            },
            kind => bail!("sock_diag answered with a message of kind {kind}"),
        }
    }
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2` for one connection.
fn request(socket: &Socket) -> Vec<u8> {
    let mut body = vec![AF_INET, IPPROTO_TCP, 0, 0];
    // All states.
    body.extend(u32::MAX.to_ne_bytes());
    body.extend(socket.local.port().to_be_bytes());
    body.extend(socket.remote.port().to_be_bytes());
    for address in [socket.local, socket.remote] {
        body.extend(address.ip().octets());
        body.extend([0; 12]);
    }
    // Any interface, any cookie.
    body.extend(0_u32.to_ne_bytes());
    body.extend([u8::MAX; 8]);
    let length = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and sender: the kernel needs neither.
    message.extend([0; 8]);
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener, TcpStream};

    #[test]
    fn a_connection_is_open_until_the_other_side_ends_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let of = |stream: &TcpStream| {
            let port = stream.local_addr().unwrap().port();
            let found = of_process(std::process::id()).unwrap();
            found.into_iter().find(|socket| socket.local.port() == port).unwrap()
        };
        let (diag, socket) = (Diag::open().unwrap(), of(&client));
        assert!(diag.is_open(&socket).unwrap());
        server.shutdown(Shutdown::Write).unwrap();
        assert!(!diag.is_open(&socket).unwrap());
        drop((client, server));
        assert!(!diag.is_open(&socket).unwrap());
    }
}
