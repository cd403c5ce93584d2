//! From bytes to command lines: limits, Telnet (RFC 854, RFC 1123 section 4.1.2.12), line ends.

/// Longest line before login.
pub(crate) const LIMIT_BEFORE_LOGIN: usize = 4 * 1024;
/// Longest line after login.
pub(crate) const LIMIT_AFTER_LOGIN: usize = 8 * 1024;

/// Collects bytes of the control connection and hands out lines.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    bytes: Vec<u8>,
    telnet: Telnet,
    /// The line was longer than allowed; bytes are dropped up to its end.
    skipping: bool,
    lines: std::collections::VecDeque<Line>,
}

/// A line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// As the client sent it.
    Command(Vec<u8>),
    /// It was longer than allowed and is lost.
    TooLong,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Telnet {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and WILL, WON'T, DO or DON'T: one more byte.
    Option,
}

const IAC: u8 = 255;
const WILL: u8 = 251;
const DONT: u8 = 254;

impl LineBuffer {
    /// Takes received bytes in.
    pub(crate) fn push(&mut self, bytes: &[u8], limit: usize) {
        for byte in bytes {
            if let Some(byte) = self.telnet.filter(*byte) {
                self.push_byte(byte, limit);
            }
        }
    }

    /// The next complete line.
    pub(crate) fn pop(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// Forgets everything received: bytes from before a TLS handshake must not act after it (RFC 4217 section 8).
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn push_byte(&mut self, byte: u8, limit: usize) {
        if byte != b'\n' {
            if self.bytes.len() >= limit {
                self.skipping = true;
                self.bytes.clear();
            }
            if !self.skipping {
                self.bytes.push(byte);
            }
            return;
        }
        let mut line = std::mem::take(&mut self.bytes);
        if std::mem::take(&mut self.skipping) {
            self.lines.push_back(Line::TooLong);
            return;
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        self.lines.push_back(Line::Command(line));
    }
}

impl Telnet {
    /// The byte, unless it belongs to a Telnet command such as the `IAC IP IAC DM` before an ABOR.
    fn filter(&mut self, byte: u8) -> Option<u8> {
        match (*self, byte) {
            (Self::Data, IAC) => *self = Self::Command,
            (Self::Data, byte) => return Some(byte),
            (Self::Command, WILL..=DONT) => *self = Self::Option,
            (Self::Command, IAC) => {
                *self = Self::Data;
                return Some(IAC);
            }
            (Self::Command | Self::Option, _) => *self = Self::Data,
        }
        None
    }
}

/// A line split into its verb, in upper case, and its argument, which keeps every byte after the first space.
pub(crate) fn split(line: &[u8]) -> (String, &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (verb, rest) = line.split_at(end);
    let verb = String::from_utf8_lossy(verb).to_ascii_uppercase();
    (verb, rest.strip_prefix(b" ").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(chunks: &[&[u8]], limit: usize) -> Vec<Line> {
        let mut buffer = LineBuffer::default();
        for chunk in chunks {
            buffer.push(chunk, limit);
        }
        std::iter::from_fn(|| buffer.pop()).collect()
    }

    fn command(text: &[u8]) -> Line {
        Line::Command(text.to_vec())
    }

    #[test]
    fn lines_end_in_lf_with_or_without_cr_and_may_come_in_pieces() {
        assert_eq!(lines(&[b"USER a\r", b"\nPASS b\nQU"], 100), [command(b"USER a"), command(b"PASS b")]);
    }

    #[test]
    fn telnet_commands_are_removed_and_a_doubled_iac_is_data() {
        assert_eq!(lines(&[&[IAC, 244, IAC, 242], b"ABOR\r\n"], 100), [command(b"ABOR")]);
        assert_eq!(lines(&[&[IAC, 253, 6, b'A', IAC, IAC, b'\n']], 100), [command(&[b'A', IAC])]);
    }

    #[test]
    fn a_long_line_is_lost_whole_and_the_next_one_is_fine() {
        let long = [b'x'; 11];
        assert_eq!(lines(&[&long, b"\nNOOP\n"], 10), [Line::TooLong, command(b"NOOP")]);
        assert_eq!(lines(&[&long[..10], b"\n"], 10), [command(&long[..10])]);
    }

    #[test]
    fn arguments_keep_spaces() {
        assert_eq!(split(b"stor  a b "), ("STOR".to_owned(), &b" a b "[..]));
        assert_eq!(split(b"noop"), ("NOOP".to_owned(), &b""[..]));
        assert_eq!(split(b""), (String::new(), &b""[..]));
    }

    proptest! {
        #[test]
        fn memory_is_bounded_by_the_limit(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let mut buffer = LineBuffer::default();
            for chunk in &chunks {
                buffer.push(chunk, 50);
                prop_assert!(buffer.bytes.len() <= 50);
                while let Some(Line::Command(line)) = buffer.pop() {
                    prop_assert!(line.len() <= 50);
                    prop_assert!(!line.contains(&b'\n'));
                }
            }
        }
    }
}
