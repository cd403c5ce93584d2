//! TYPE A: text files with the line ends of the network (RFC 959 section 3.1.1.1).

use wharf_vfs::Buffer;

/// TYPE A towards the client: every line ends in CRLF, also one that does on disk.
#[derive(Debug, Default)]
pub(super) struct ToNetworkLines {
    /// The last byte so far was a CR.
    after_cr: bool,
}

impl ToNetworkLines {
    pub(super) fn convert(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for byte in bytes {
            if *byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            self.after_cr = *byte == b'\r';
            out.push(*byte);
        }
        out
    }
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
        assert_eq!(convert(&[b"\n\n", b"a\r"]), b"\n\na\r");
        let mut lines = ToNetworkLines::default();
        let wire = [&b"a\nb\n\nc\r\nd\r"[..], b"\ne\rf\r\r\n"].map(|piece| lines.convert(piece)).concat();
        assert_eq!(wire, b"a\r\nb\r\n\r\nc\r\nd\r\ne\rf\r\r\n");
    }

    proptest! {
        #[test]
        fn text_survives_the_way_there_and_back(text in "[a-z\n]{0,200}", cut in 0usize..200) {
            let wire = ToNetworkLines::default().convert(text.as_bytes());
            let cut = cut.min(wire.len());
            prop_assert_eq!(convert(&[&wire[..cut], &wire[cut..]]), text.as_bytes());
        }
    }
}
