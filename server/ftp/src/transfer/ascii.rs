//! TYPE A: text files with the line ends of the network (RFC 959 section 3.1.1.1).

use wharf_vfs::Buffer;

/// TYPE A towards the client: every line ends in CRLF.
pub(super) fn to_network_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// TYPE A from the client: CRLF becomes LF, also where it lies across two buffers; a lone CR stays.
#[derive(Debug, Default)]
pub(super) struct FromNetworkLines {
    /// The last byte so far was a CR, held back.
    pending: bool,
}

impl FromNetworkLines {
    pub(super) fn convert(&mut self, buffer: &Buffer, end: bool) -> Buffer {
        let mut out = Buffer::with_capacity(buffer.len() + 2);
        for byte in buffer.iter() {
            if std::mem::take(&mut self.pending) && *byte != b'\n' {
                out.put(b"\r");
            }
            if *byte == b'\r' {
                self.pending = true;
            } else {
                out.put(&[*byte]);
            }
        }
        if end && std::mem::take(&mut self.pending) {
            out.put(b"\r");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn convert(chunks: &[&[u8]]) -> Vec<u8> {
        let mut lines = FromNetworkLines::default();
        let mut out = Vec::new();
        for (number, chunk) in chunks.iter().enumerate() {
            let mut buffer = Buffer::with_capacity(chunk.len().max(1));
            buffer.put(chunk);
            out.extend_from_slice(&lines.convert(&buffer, number + 1 == chunks.len()));
        }
        out
    }

    #[test]
    fn lines_of_type_a() {
        assert_eq!(convert(&[b"a\r\nb\r", b"\nc\rd\r"]), b"a\nb\nc\rd\r");
        assert_eq!(to_network_lines(b"a\nb"), b"a\r\nb");
    }

    proptest! {
        #[test]
        fn text_survives_the_way_there_and_back(text in "[a-z\n]{0,200}", cut in 0usize..200) {
            let wire = to_network_lines(text.as_bytes());
            let cut = cut.min(wire.len());
            prop_assert_eq!(convert(&[&wire[..cut], &wire[cut..]]), text.as_bytes());
        }
    }
}
