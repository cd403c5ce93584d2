//! What has to hold whatever a client sends. Each function takes bytes and panics where its property does not hold. The
//! fuzz targets in `fuzz/` call them for hours; the tests below hold them with a few hundred inputs each time.
//!
//! The expectations are written a second time, in another way than the code they watch.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a property that does not hold is told by a panic")]

use crate::{
    commands::{self, listings},
    data::addresses::{parse_eprt, parse_port},
    line::{Line, LineBuffer, split},
    listing::{self, Facts, Role, Subject},
    reply::Reply,
};
use std::net::{IpAddr, SocketAddr};
use wharf_core::proxy::{self, Endpoints};
use wharf_model::accounts::Permissions;
use wharf_vfs::{FileKind, Stat, VPath, ls_line};

/// Lines of the control connection do not depend on how the bytes were cut into packets, are never longer than the
/// limit, and split into a verb and an argument.
pub fn lines(data: &[u8]) {
    let [limit, cut, sent @ ..] = data else { return };
    let limit = usize::from(*limit) + 1;
    let mut buffer = LineBuffer::default();
    let mut received = Vec::new();
    for chunk in sent.chunks(usize::from(*cut) + 1) {
        buffer.push(chunk, limit);
        received.extend(std::iter::from_fn(|| buffer.pop()));
    }
    let clean = without_telnet(sent);
    let mut expected: Vec<_> = clean.split(|byte| *byte == b'\n').collect();
    expected.pop();
    assert_eq!(received.len(), expected.len());
    for (line, expected) in received.iter().zip(expected) {
        match line {
            Line::TooLong => assert!(expected.len() > limit),
            Line::Command(line) => {
                assert!(expected.len() <= limit);
                assert_eq!(line, expected.strip_suffix(b"\r").unwrap_or(expected));
                command(line);
            }
        }
    }
}

fn command(line: &[u8]) {
    let (verb, argument) = split(line);
    assert!(!verb.contains(' ') && !verb.contains(|c: char| c.is_ascii_lowercase()));
    assert!(line.ends_with(argument));
    match commands::known(&verb) {
        // A name leads to itself, so nothing is looked up twice with two answers.
        Some(name) => assert_eq!(commands::known(name), Some(name)),
        None => assert!(!commands::during_transfer(&verb)),
    }
}

/// RFC 854: IAC and a command, three bytes where it is about an option; a doubled IAC is a byte of data.
fn without_telnet(mut bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::new();
    loop {
        bytes = match bytes {
            [] | [255] | [255, 251..=254] => return clean,
            [255, 255, rest @ ..] => {
                clean.push(255);
                rest
            }
            [255, 251..=254, _, rest @ ..] | [255, _, rest @ ..] => rest,
            [byte, rest @ ..] => {
                clean.push(*byte);
                rest
            }
        };
    }
}

/// A path is where a shell that cannot leave its root would be, normal, and the same when it is read again.
pub fn paths(data: &[u8]) {
    let (cwd, argument) = halves(data);
    let cwd = VPath::root().resolve(cwd).unwrap_or_else(|_| VPath::root());
    let Ok(path) = cwd.resolve(argument) else { return };
    let mut stack: Vec<&[u8]> = Vec::new();
    let standing = if argument.starts_with(b"/") { b"" } else { cwd.as_bytes() };
    for part in standing.split(|byte| *byte == b'/').chain(argument.split(|byte| *byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => drop(stack.pop()),
            name => stack.push(name),
        }
    }
    assert_eq!(path.as_bytes(), [&b"/"[..], &stack.join(&b'/')].concat());
    assert!(!path.as_bytes().iter().any(u8::is_ascii_control));
    assert!(stack.iter().all(|name| name.len() <= 255 && !name.starts_with(b".wharf-part.")));
    assert!(path.as_bytes().len() <= 4096);
    assert_eq!(cwd.resolve(path.as_bytes()).as_ref().ok(), Some(&path));
    assert_eq!(VPath::root().resolve(path.relative()).as_ref().ok(), Some(&path));
    match path.name() {
        Some(name) => assert_eq!(path.parent().join(name).ok(), Some(path)),
        None => assert!(path.is_root()),
    }
}

/// A client reads exactly one reply, with the code that was meant, whatever texts are quoted in it.
pub fn replies(data: &[u8]) {
    const CODE: u16 = 250;
    let [kind, texts @ ..] = data else { return };
    let texts: Vec<_> = texts.split(|byte| *byte == 1).map(<[u8]>::to_vec).collect();
    let reply = match kind % 3 {
        0 => Reply::new(CODE, texts.concat()),
        1 => Reply::text(CODE, texts.clone()),
        _ => Reply::list(CODE, "Status:", texts.clone(), "End"),
    };
    let wire = reply.encode();
    let lines = read_reply(&wire, CODE);
    match kind % 3 {
        0 => assert_eq!(lines, [harmless(&texts.concat())]),
        1 => assert_eq!(lines, texts.iter().map(|text| harmless(text)).collect::<Vec<_>>()),
        _ => assert_eq!(lines[1..lines.len() - 1], texts.iter().map(|text| harmless(text)).collect::<Vec<_>>()),
    }
}

/// Reads `wire` as a client does (RFC 959 section 4.2) and answers the texts. All of it has to be one reply.
fn read_reply(wire: &[u8], code: u16) -> Vec<Vec<u8>> {
    let (last, more, between) = (format!("{code} "), format!("{code}-"), " ");
    let mut texts = Vec::new();
    let mut rest = wire;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").expect("a line ends");
        let line = &rest[..end];
        rest = &rest[end + 2..];
        assert!(!line.iter().any(u8::is_ascii_control));
        if let Some(text) = line.strip_prefix(last.as_bytes()) {
            assert!(rest.is_empty(), "something stands behind the reply");
            texts.push(text.to_vec());
            return texts;
        }
        let first = texts.is_empty();
        let text = line.strip_prefix(more.as_bytes()).or_else(|| line.strip_prefix(between.as_bytes()));
        texts.push(text.expect("a line in between begins with the code or a space").to_vec());
        assert!(!first || line.starts_with(more.as_bytes()));
    }
}

fn harmless(text: &[u8]) -> Vec<u8> {
    let byte = |byte: &u8| match byte {
        255 => vec![255, 255],
        byte if byte.is_ascii_control() => vec![b'?'],
        byte => vec![*byte],
    };
    text.iter().flat_map(byte).collect()
}

/// Patterns match what they say; LIST arguments lose their options and nothing else; the names that NLST sends lead to
/// where they were found.
pub fn listings(data: &[u8]) {
    let (argument, name) = halves(data);
    let (argument, name) = (&argument[..argument.len().min(255)], &name[..name.len().min(255)]);
    assert_eq!(listing::matches(argument, name), matches_slowly(argument, name));
    let kept = listings::without_options(argument);
    assert!(argument.ends_with(kept) && !kept.starts_with(b"-"));
    assert!(kept.len() == argument.len() || argument.starts_with(b"-"));
    let cwd = VPath::root().resolve(b"/here/and there").unwrap();
    if let (Ok(directory), Ok(_)) = (cwd.resolve(kept), VPath::root().join(name))
        && let Ok(named) = cwd.resolve(&[&listings::prefix(kept), name].concat())
    {
        assert_eq!(directory.join(name).ok(), Some(named));
    }
}

/// One row of the table at a time: whether the pattern so far matches the name so far.
fn matches_slowly(pattern: &[u8], name: &[u8]) -> bool {
    let mut row: Vec<bool> = (0..=name.len()).map(|length| length == 0).collect();
    for byte in pattern {
        let before = row.clone();
        for at in 0..row.len() {
            row[at] = match byte {
                b'*' => before[..=at].contains(&true),
                _ => at > 0 && before[at - 1] && (*byte == b'?' || *byte == name[at - 1]),
            };
        }
    }
    row[name.len()]
}

/// An address is one only if every client would read it so.
pub fn addresses(data: &[u8]) {
    if let Some(address) = parse_port(data) {
        assert!(data.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' ')));
        let SocketAddr::V4(v4) = address else { unreachable!("PORT is for IPv4") };
        let ([a, b, c, d], [high, low]) = (v4.ip().octets(), v4.port().to_be_bytes());
        assert_eq!(parse_port(format!("{a},{b},{c},{d},{high},{low}").as_bytes()), Some(address));
    }
    if let Some(Ok(address)) = parse_eprt(data) {
        let protocol = if address.is_ipv4() { 1 } else { 2 };
        let written = format!("|{protocol}|{}|{}|", address.ip(), address.port());
        assert_eq!(parse_eprt(written.as_bytes()), Some(Ok(address)));
        let text = std::str::from_utf8(data).unwrap();
        let fields: Vec<_> = text.split(text.chars().next().unwrap()).collect();
        assert_eq!(fields[1], protocol.to_string());
        assert_eq!(fields[2].parse(), Ok::<IpAddr, _>(address.ip()));
        assert!(fields[3].bytes().all(|byte| byte.is_ascii_digit()));
    }
}

/// Times read back as they were written, and no time, name or size of a file breaks a line of a listing.
pub fn facts(data: &[u8]) {
    if let Some(ms) = listing::parse_timestamp(data) {
        let mut digits = data[..14].to_vec();
        if digits.ends_with(b"60") {
            digits[13] = b'9';
            digits[12] = b'5';
        }
        assert_eq!(listing::timestamp(ms).as_bytes(), digits);
    }
    let Some((numbers, text)) = data.split_first_chunk::<24>() else { return };
    let number = |at: usize| u64::from_le_bytes(numbers[at..at + 8].try_into().unwrap());
    let stat = Stat {
        kind: [FileKind::File, FileKind::Directory, FileKind::Symlink, FileKind::Other][usize::from(numbers[0] % 4)],
        size: number(0),
        modified_ms: number(8).cast_signed(),
        mode: u32::from(numbers[16]) * 16,
        uid: u32::MAX,
        gid: 0,
        links: number(16),
        dev: number(0),
        inode: number(8),
        part: false,
    };
    let (wanted, name) = halves(text);
    let name: Vec<_> = name.iter().copied().filter(|byte| !byte.is_ascii_control()).collect();
    let facts = Facts::chosen(&String::from_utf8_lossy(wanted));
    let role = [Role::Entry, Role::Listed, Role::Parent][usize::from(numbers[0] % 3)];
    let subject = Subject { name: &name, stat: &stat, role, home: numbers[0] > 127 };
    let line = listing::facts_line(&subject, Permissions::ALL, facts);
    // RFC 3659 section 7.2: facts end in a semicolon and have no space, then one space, then the name.
    let space = line.iter().position(|byte| *byte == b' ').expect("facts and name are apart");
    assert_eq!(line[space + 1..], name);
    let told = std::str::from_utf8(&line[..space]).unwrap();
    let labels = told.split_terminator(';').map(|fact| fact.split_once('=').expect("a fact has a value").0);
    assert_eq!(labels.flat_map(|label| [label, ";"]).collect::<String>(), facts.names());
    let line = ls_line(&name, &stat, number(16).cast_signed());
    assert!(line.ends_with(&name) && !line.iter().any(u8::is_ascii_control));
}

/// A header of the PROXY protocol is read to its end and no further, and both versions say the same.
pub fn proxies(data: &[u8]) {
    let read = |bytes: &[u8]| {
        let mut stream = bytes;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let header = runtime.block_on(proxy::read(&mut stream)).ok();
        (header, bytes.len() - stream.len())
    };
    let (header, taken) = read(data);
    assert!(taken <= 16 + 2048);
    assert_eq!(read(&data[..taken]).0, header, "what follows the header matters");
    let Some(Some(Endpoints { peer, local })) = header else { return };
    let family = if peer.is_ipv4() { "TCP4" } else { "TCP6" };
    let line = format!("PROXY {family} {} {} {} {}\r\n", peer.ip(), local.ip(), peer.port(), local.port());
    assert_eq!(read(line.as_bytes()), (header, line.len()));
}

/// What is before and behind the first NUL.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Noise, and what means something to one property or another, in any order.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => proptest::sample::select(WORDS).prop_map(<[u8]>::to_vec),
            2 => proptest::collection::vec(any::<u8>(), 0..30),
            1 => "[0-9]{1,14}".prop_map(String::into_bytes),
        ];
        proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
    }

    const WORDS: &[&[u8]] = &[
        b"\0",
        b"\x01",
        b"\n",
        b"\r\n",
        b" ",
        b"-",
        b"/",
        b".",
        b"..",
        b"../",
        b"*",
        b"?",
        b"|",
        b",",
        b";",
        b"=",
        b"a",
        b"ab",
        b"-la ",
        b"250 ",
        b"250-",
        b"USER ",
        b"retr ",
        b"ABOR",
        b"\xff\xf4\xff\xf2",
        b"\xff\xff",
        b"\xff\xfb",
        b".wharf-part.",
        b"type;",
        b"size;",
        b"|1|127.0.0.1|",
        b"|2|::1|",
        b"127,0,0,1,",
        b"20240229",
        b"123456",
        b"\xc3\xa4",
        b"+1",
        b".5",
        b"PROXY ",
        b"TCP4 ",
        b"TCP6 ",
        b"192.0.2.1 ",
        b"::1 ",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
    ];

    macro_rules! hold {
        ($($property:ident)*) => {
            proptest! {
                $(#[test]
                fn $property(data in hostile()) {
                    super::$property(&data);
                })*
            }
        };
    }

    hold! { lines paths replies listings addresses facts proxies }
}
