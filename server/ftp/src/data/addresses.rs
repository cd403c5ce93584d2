//! Addresses as PORT and EPRT write them.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// The address of a PORT command: `h1,h2,h3,h4,p1,p2` (RFC 959 section 4.1.2).
pub(crate) fn parse_port(argument: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(argument).ok()?;
    let bytes: Vec<u8> = text.split(',').map(|part| number(part.trim_matches(' '))).collect::<Option<_>>()?;
    let [a, b, c, d, high, low] = bytes[..] else { return None };
    Some(SocketAddr::new([a, b, c, d].into(), u16::from_be_bytes([high, low])))
}

/// The address of an EPRT command: `|2|::1|6446|`, any delimiter (RFC 2428 section 2). `Err` is a protocol number we do
/// not know.
pub(crate) fn parse_eprt(argument: &[u8]) -> Option<Result<SocketAddr, ()>> {
    let text = std::str::from_utf8(argument).ok()?;
    let delimiter = text.chars().next()?;
    let parts: Vec<_> = text.split(delimiter).collect();
    let ["", protocol, ip, port, ""] = parts[..] else { return None };
    let port = number(port)?;
    match protocol {
        "1" => Some(Ok(SocketAddr::new(IpAddr::V4(ip.parse().ok()?), port))),
        "2" => Some(Ok(SocketAddr::new(IpAddr::V6(ip.parse().ok()?), port))),
        other => number::<u16>(other).map(|_| Err(())),
    }
}

/// Digits and nothing else; Rust alone would take a sign as well.
fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_arguments() {
        assert_eq!(parse_port(b"127,0,0,1,4,1"), Some("127.0.0.1:1025".parse().unwrap()));
        for bad in
            ["", "127,0,0,1,4", "127,0,0,1,4,1,1", "256,0,0,1,4,1", "a,b,c,d,e,f", "127.0.0.1:1025", "+127,0,0,1,4,1"]
        {
            assert_eq!(parse_port(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn eprt_arguments() {
        assert_eq!(parse_eprt(b"|1|192.0.2.1|6275|"), Some(Ok("192.0.2.1:6275".parse().unwrap())));
        assert_eq!(parse_eprt(b"!2!2001:db8::1!5282!"), Some(Ok("[2001:db8::1]:5282".parse().unwrap())));
        assert_eq!(parse_eprt(b"|3|x|1|"), Some(Err(())));
        for bad in [
            "",
            "|",
            "|1|192.0.2.1|",
            "|1|::1|1|",
            "|2|192.0.2.1|1|",
            "|1|192.0.2.1|70000|",
            "|1|192.0.2.1|+21|",
            "|x|y|1|",
        ] {
            assert_eq!(parse_eprt(bad.as_bytes()), None, "{bad}");
        }
    }
}
