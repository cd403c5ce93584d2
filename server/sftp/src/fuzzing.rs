//! What has to hold whatever a client sends. Each function takes bytes and panics where its property does not hold. The
//! fuzz targets in `fuzz/` call them for hours; the tests below hold them with a few hundred inputs each time.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a property that does not hold is told by a panic")]

use crate::{
    packet::{
        Attributes, Broken, LONGEST, Misunderstood, Packet, Request, Stream,
        reply::{self, Code, Name},
    },
    scp,
};
use bytes::{Bytes, BytesMut};

/// Packets do not depend on how the bytes were cut, what is kept of them has an end, and each has the number and the
/// place that a client counted on.
pub fn packets(data: &[u8]) {
    let [cut, sent @ ..] = data else { return };
    let (packets, end) = read(sent, sent.len().max(1));
    assert_eq!(read(sent, usize::from(*cut) + 1), (packets.clone(), end));
    let mut rest = sent;
    for packet in &packets {
        let (length, behind) = rest.split_first_chunk::<4>().expect("a packet has a length");
        let (body, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
        assert_eq!(packet.length, 4 + body.len());
        assert_eq!(packet.id.to_be_bytes(), body[1..5]);
        meaning(body, &packet.request);
        rest = behind;
    }
    match end {
        None => assert!(rest.len() < 4 || rest.len() - 4 < u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize),
        Some(Broken::Length(length)) => {
            assert_eq!(length.to_be_bytes(), rest[..4]);
            assert!(length == 0 || length as usize > LONGEST);
        }
        Some(Broken::NoNumber) => assert!((1..5).contains(&rest[3]) && rest[..3] == [0; 3]),
    }
}

/// Strings come out of a packet as they went in.
fn meaning(body: &[u8], request: &Result<Request, Misunderstood>) {
    let fields = &body[5..];
    match request {
        Ok(Request::Write { data, .. }) => {
            let handle = u32::from_be_bytes(fields[..4].try_into().unwrap()) as usize;
            let written = data.concat();
            assert_eq!(fields[16 + handle..16 + handle + written.len()], written);
        }
        Ok(Request::Stat { path } | Request::Remove { path } | Request::Opendir { path }) => {
            assert_eq!(fields[4..4 + path.len()], **path);
        }
        Ok(Request::Rename { from, to }) => {
            assert_eq!(fields[4..4 + from.len()], **from);
            assert_eq!(fields[8 + from.len()..8 + from.len() + to.len()], **to);
        }
        Ok(_) | Err(_) => {}
    }
}

/// All packets in `sent`, which comes in pieces of `size`, and why there is no further one.
fn read(sent: &[u8], size: usize) -> (Vec<Packet>, Option<Broken>) {
    let (mut stream, mut packets) = (Stream::default(), Vec::new());
    for piece in sent.chunks(size) {
        stream.push(Bytes::copy_from_slice(piece));
        loop {
            match stream.next() {
                Ok(Some(packet)) => packets.push(joined(packet)),
                Ok(None) => break,
                Err(broken) => return (packets, Some(broken)),
            }
        }
    }
    (packets, None)
}

/// What is written, in one piece.
fn joined(mut packet: Packet) -> Packet {
    if let Ok(Request::Write { data, .. }) = &mut packet.request {
        *data = vec![data.concat().into()];
    }
    packet
}

/// Answers are packets that say what was meant, whatever texts and names are in them.
pub fn answers(data: &[u8]) {
    let [code, text @ ..] = data else { return };
    let mut out = BytesMut::from(&b"an earlier answer"[..]);
    let before = out.len();
    let code = [Code::Ok, Code::Eof, Code::Failure, Code::Unsupported][usize::from(code % 4)];
    let words: Vec<_> = text.split(|byte| *byte == b'/').collect();
    reply::status(&mut out, 7, code, &String::from_utf8_lossy(text));
    let attributes = Attributes { size: Some(text.len() as u64), times: Some((1, 2)), ..Attributes::default() };
    let name = |word: &&[u8]| Name { filename: word.to_vec(), long: text.to_vec(), attributes };
    let names: Vec<_> = words.iter().take(8).map(name).collect();
    reply::names(&mut out, 8, &names);
    let mut rest = &out[before..];
    let mut next = || {
        let (length, behind) = rest.split_first_chunk::<4>().expect("an answer has a length");
        let (body, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
        rest = behind;
        body
    };
    let status = next();
    assert_eq!((status[0], &status[1..9]), (101, &[0, 0, 0, 7, 0, 0, 0, code as u8][..]));
    let list = next();
    assert_eq!(list[..5], [104, 0, 0, 0, 8]);
    assert_eq!(u32::from_be_bytes(list[5..9].try_into().unwrap()) as usize, names.len());
    let mut fields = &list[9..];
    for name in &names {
        for string in [&name.filename, &name.long] {
            let (length, behind) = fields.split_first_chunk::<4>().expect("a string has a length");
            let (found, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            assert_eq!(found, string);
            fields = behind;
        }
        // Flags, the size, the two times.
        fields = &fields[4 + 8 + 8..];
    }
    assert!(fields.is_empty());
}

/// What the other scp says is a line it may say, or refused, and no name leads anywhere but into the directory meant.
pub fn copies(data: &[u8]) {
    if let Ok(scp::Message::File { name, mode, .. } | scp::Message::Directory { name, mode }) =
        scp::Message::parse(data)
    {
        assert!(!name.is_empty() && name != b"." && name != b"..");
        assert!(!name.iter().any(|byte| *byte == b'/' || byte.is_ascii_control()));
        assert!(mode <= 0o777 && data.ends_with(&name));
    }
    if let Some(command) = scp::Command::parse(data) {
        assert!(command.is_upload() != command.is_download());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Noise, and packets that are right, nearly right and cut off, in any order.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let string = || proptest::collection::vec(any::<u8>(), 0..12);
        let fields = prop_oneof![
            string(),
            any::<u32>().prop_map(|number| number.to_be_bytes().to_vec()),
            string().prop_map(|text| [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], &text].concat()),
            Just(vec![0, 0, 0, 4, 0, 0, 0, 1]),
            Just(b"\0\0\0\x18posix-rename@openssh.com".to_vec()),
        ];
        let packet =
            (prop_oneof![0..22_u8, 100..106_u8, Just(200)], proptest::collection::vec(fields, 0..5), -2..2_i32);
        let packet = packet.prop_map(|(kind, fields, wrong)| {
            let body = [&[kind, 0, 0, 0, 9][..], &fields.concat()].concat();
            let length = u32::try_from(body.len()).unwrap().saturating_add(u32::from(wrong == 1));
            [&length.to_be_bytes()[..], &body].concat()
        });
        let piece = prop_oneof![
            6 => packet,
            1 => proptest::collection::vec(any::<u8>(), 0..9),
            1 => proptest::sample::select(WORDS).prop_map(<[u8]>::to_vec),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    const WORDS: &[&[u8]] = &[
        b"scp ",
        b"-t ",
        b"-f ",
        b"-r",
        b"-p ",
        b"-d ",
        b"-- ",
        b"C0644 ",
        b"D0755 0 ",
        b"E",
        b"T1 0 2 0",
        b"12 ",
        b"..",
        b"/",
        b"name",
        b"\n",
        b"'",
        b"\"",
        b"\\",
    ];

    fn scp_line() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(WORDS), 0..7).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn packets(data in hostile()) {
            super::packets(&data);
        }

        #[test]
        fn answers(data in hostile()) {
            super::answers(&data);
        }

        #[test]
        fn copies(data in prop_oneof![scp_line(), hostile()]) {
            super::copies(&data);
        }
    }
}
