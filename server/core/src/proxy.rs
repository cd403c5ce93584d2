//! The PROXY protocol, versions 1 and 2: the first bytes of a connection that a proxy passes on say between whom it
//! really is (<https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};
use wharf_model::addresses::AddressRange;

/// How long a proxy may take to say it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first bytes of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, with its CRLF.
const LONGEST_LINE: usize = 107;
/// The longest rest of version 2: addresses, and remarks that nobody needs here.
const LONGEST_REST: usize = 2048;

/// Between whom a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The client.
    pub peer: SocketAddr,
    /// What it reached.
    pub local: SocketAddr,
}

/// Whether `ip` is one of `proxies`.
pub fn is_one(proxies: &[AddressRange], ip: IpAddr) -> bool {
    proxies.iter().any(|proxy| proxy.contains(ip))
}

/// Reads the header, and not a byte more. `None` is a connection of the proxy's own, such as a look whether we live.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Endpoints>> {
    timeout(PATIENCE, read_patiently(stream)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

async fn read_patiently(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Endpoints>> {
    // No header is shorter.
    let mut start = SIGNATURE;
    stream.read_exact(&mut start).await?;
    let header = if start == SIGNATURE { read_binary(stream).await? } else { read_line(stream, start).await? };
    header.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is no PROXY header"))
}

/// `None` is no header, `Some(None)` one that names nobody.
type Header = Option<Option<Endpoints>>;

async fn read_line(stream: &mut (impl AsyncRead + Unpin), start: [u8; 12]) -> io::Result<Header> {
    if !start.starts_with(b"PROXY ") {
        return Ok(None);
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == LONGEST_LINE {
            return Ok(None);
        }
        line.push(stream.read_u8().await?);
    }
    Ok(parse_line(&line))
}

fn parse_line(line: &[u8]) -> Header {
    fn endpoints<T: std::str::FromStr + Into<IpAddr>>(words: [&str; 4]) -> Option<Endpoints> {
        let [peer, local, peer_port, local_port] = words;
        let address = |ip: &str, port: &str| Some(SocketAddr::new(ip.parse::<T>().ok()?.into(), port.parse().ok()?));
        Some(Endpoints { peer: address(peer, peer_port)?, local: address(local, local_port)? })
    }
    let line = std::str::from_utf8(line).ok()?.strip_prefix("PROXY ")?.strip_suffix("\r\n")?;
    let words: Vec<_> = line.split(' ').collect();
    match words[..] {
        ["UNKNOWN", ..] => Some(None),
        ["TCP4", a, b, c, d] => endpoints::<Ipv4Addr>([a, b, c, d]).map(Some),
        ["TCP6", a, b, c, d] => endpoints::<Ipv6Addr>([a, b, c, d]).map(Some),
        _ => None,
    }
}

async fn read_binary(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Header> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let [version_and_command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST_REST {
        return Ok(None);
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    Ok(match (version_and_command, family) {
        // LOCAL, and PROXY of a connection whose addresses the proxy does not know.
        (0x20, _) | (0x21, 0x00) => Some(None),
        (0x21, 0x11) => addresses::<4>(&rest).map(Some),
        (0x21, 0x21) => addresses::<16>(&rest).map(Some),
        _ => None,
    })
}

/// Both addresses, then both ports.
fn addresses<const N: usize>(rest: &[u8]) -> Option<Endpoints>
where
    IpAddr: From<[u8; N]>,
{
    let (peer, rest) = rest.split_first_chunk::<N>()?;
    let (local, rest) = rest.split_first_chunk::<N>()?;
    let (peer_port, rest) = rest.split_first_chunk()?;
    let (local_port, _) = rest.split_first_chunk()?;
    Some(Endpoints {
        peer: SocketAddr::new(IpAddr::from(*peer), u16::from_be_bytes(*peer_port)),
        local: SocketAddr::new(IpAddr::from(*local), u16::from_be_bytes(*local_port)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn received(bytes: &[u8]) -> (io::Result<Option<Endpoints>>, Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut stream = bytes;
        let header = runtime.block_on(read(&mut stream));
        (header, stream.to_vec())
    }

    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[0x20 | command, family], &length, rest].concat()
    }

    fn v2(ends: &Endpoints, remarks: &[u8]) -> Vec<u8> {
        let ports = [ends.peer.port().to_be_bytes(), ends.local.port().to_be_bytes()].concat();
        match (ends.peer.ip(), ends.local.ip()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                binary(1, 0x11, &[&a.octets()[..], &b.octets(), &ports, remarks].concat())
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                binary(1, 0x21, &[&a.octets()[..], &b.octets(), &ports, remarks].concat())
            }
            _ => unreachable!("one family"),
        }
    }

    fn v1(ends: &Endpoints) -> Vec<u8> {
        let Endpoints { peer, local } = ends;
        let family = if peer.is_ipv4() { "TCP4" } else { "TCP6" };
        format!("PROXY {family} {} {} {} {}\r\n", peer.ip(), local.ip(), peer.port(), local.port()).into_bytes()
    }

    fn any_endpoints() -> impl Strategy<Value = Endpoints> {
        let four = any::<(Ipv4Addr, Ipv4Addr)>().prop_map(|(a, b)| (IpAddr::V4(a), IpAddr::V4(b)));
        let six = any::<(Ipv6Addr, Ipv6Addr)>().prop_map(|(a, b)| (IpAddr::V6(a), IpAddr::V6(b)));
        (prop_oneof![four, six], any::<(u16, u16)>()).prop_map(|((peer, local), (p, l))| Endpoints {
            peer: SocketAddr::new(peer, p),
            local: SocketAddr::new(local, l),
        })
    }

    proptest! {
        #[test]
        fn what_a_proxy_says_is_understood_and_what_follows_is_left(ends in any_endpoints(), remarks in any::<Vec<u8>>()) {
            for header in [v1(&ends), v2(&ends, &remarks)] {
                let (read, rest) = received(&[&header[..], b"USER alice\r\n"].concat());
                prop_assert_eq!(read.unwrap(), Some(ends));
                prop_assert_eq!(rest, b"USER alice\r\n");
            }
        }

        #[test]
        fn half_a_header_is_none(ends in any_endpoints(), part in 0.0..1.0) {
            for header in [v1(&ends), v2(&ends, b"")] {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of it")]
                let length = (header.len() as f64 * part) as usize;
                prop_assert!(received(&header[..length]).0.is_err());
            }
        }

        #[test]
        fn anything_may_come(bytes in any::<Vec<u8>>(), start in 0..3_usize) {
            let start = [&b""[..], b"PROXY TCP4 ", &SIGNATURE][start];
            let _ = received(&[start, &bytes].concat());
        }
    }

    #[test]
    fn connections_of_the_proxy_itself() {
        for header in [
            b"PROXY UNKNOWN\r\n".to_vec(),
            b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(),
            binary(0, 0x00, b""),
            binary(0, 0x11, b"whatever it may be"),
            binary(1, 0x00, b""),
        ] {
            assert_eq!(received(&header).0.unwrap(), None, "{header:?}");
        }
    }

    #[test]
    fn what_is_no_header() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
        for header in [
            b"USER alice\r\nPASS secret\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n".to_vec(),
            b"PROXY TCP4 ::1 ::2 1 2\r\n".to_vec(),
            b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n".to_vec(),
            b"proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n".to_vec(),
            long.into_bytes(),
            binary(1, 0x11, b"too short"),
            binary(1, 0x12, &[0; 12]),
            binary(1, 0x31, &[0; 216]),
            binary(2, 0x11, &[0; 12]),
            binary(0x10, 0x11, &[0; 12]),
            binary(1, 0x11, &[0; LONGEST_REST + 1]),
        ] {
            assert!(received(&header).0.is_err(), "{}", String::from_utf8_lossy(&header));
        }
    }
}
