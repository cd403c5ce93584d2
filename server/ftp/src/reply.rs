//! Replies (RFC 959 section 4.2). Whatever a reply quotes cannot forge another one: control bytes are removed and every
//! line of a multi-line reply begins with the code or a space.

use std::fmt::Write as _;

/// A complete reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    code: u16,
    lines: Vec<Vec<u8>>,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `250-one`, `250-two`, `250 three`.
    Coded,
    /// `211-head`, ` one`, ` two`, `211 tail`, as RFC 2389 and 3659 want their lists.
    Indented,
}

impl Reply {
    /// A reply of one line.
    pub(crate) fn new(code: u16, text: impl Into<Vec<u8>>) -> Self {
        Self { code, lines: vec![text.into()], style: Style::Coded }
    }

    /// A text of several lines.
    pub(crate) fn text(code: u16, lines: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let lines: Vec<_> = lines.into_iter().collect();
        Self { code, lines: if lines.is_empty() { vec![Vec::new()] } else { lines }, style: Style::Coded }
    }

    /// A list between a head and a tail.
    pub(crate) fn list(code: u16, head: &str, body: impl IntoIterator<Item = Vec<u8>>, tail: &str) -> Self {
        let mut lines = vec![head.as_bytes().to_vec()];
        lines.extend(body);
        lines.push(tail.as_bytes().to_vec());
        Self { code, lines, style: Style::Indented }
    }

    /// The same reply with lines before its own.
    pub(crate) fn after(mut self, lines: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.lines.splice(0..0, lines);
        self
    }

    /// One line, so that nothing in it depends on what line it stands in.
    pub(crate) fn is_plain(&self) -> bool {
        self.lines.len() == 1 && self.style == Style::Coded
    }

    /// The three digits.
    pub(crate) fn code(&self) -> u16 {
        self.code
    }

    /// Line by line, as a log shows it.
    pub(crate) fn noted(&self) -> impl Iterator<Item = String> {
        let last = self.lines.len() - 1;
        self.lines.iter().enumerate().map(move |(number, line)| {
            let text = String::from_utf8_lossy(line);
            match (number == last, number > 0 && self.style == Style::Indented) {
                (true, _) => format!("{} {text}", self.code),
                (_, true) => format!(" {text}"),
                _ => format!("{}-{text}", self.code),
            }
        })
    }

    /// The bytes for the control connection.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.lines.iter().map(|line| line.len() + 6).sum());
        let last = self.lines.len() - 1;
        for (number, line) in self.lines.iter().enumerate() {
            let mut prefix = String::with_capacity(4);
            if number == last {
                let _ = write!(prefix, "{:03} ", self.code);
            } else if number > 0 && self.style == Style::Indented {
                prefix.push(' ');
            } else {
                let _ = write!(prefix, "{:03}-", self.code);
            }
            out.extend_from_slice(prefix.as_bytes());
            for byte in line {
                match byte {
                    0..=0x1f | 0x7f => out.push(b'?'),
                    // Telnet's IAC stands for itself when it is doubled (RFC 854).
                    0xff => out.extend_from_slice(&[0xff, 0xff]),
                    byte => out.push(*byte),
                }
            }
            out.extend_from_slice(b"\r\n");
        }
        out
    }
}

/// A path in double quotes, quotes within doubled (RFC 959 appendix II).
pub(crate) fn quoted(path: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in path {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(reply: &Reply) -> String {
        String::from_utf8(reply.encode()).unwrap()
    }

    #[test]
    fn one_line_several_lines_and_lists() {
        assert_eq!(text(&Reply::new(220, "hello")), "220 hello\r\n");
        assert_eq!(text(&Reply::text(421, [b"a".to_vec(), b"b".to_vec()])), "421-a\r\n421 b\r\n");
        assert_eq!(
            text(&Reply::list(211, "Features:", [b"UTF8".to_vec()], "End")),
            "211-Features:\r\n UTF8\r\n211 End\r\n"
        );
        assert_eq!(text(&Reply::text(200, [])), "200 \r\n");
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(quoted(b"/a\"b"), b"\"/a\"\"b\"");
    }

    proptest! {
        #[test]
        fn no_text_forges_a_reply(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..5)) {
            let encoded = Reply::text(250, lines.clone()).encode();
            let wire: Vec<_> = encoded.split(|byte| *byte == b'\n').collect();
            prop_assert_eq!(wire.len(), lines.len() + 1);
            for (number, line) in wire.iter().take(lines.len()).enumerate() {
                let separator = if number + 1 == lines.len() { b' ' } else { b'-' };
                prop_assert_eq!(&line[..4], &[b'2', b'5', b'0', separator][..]);
                prop_assert!(!line[..line.len() - 1].contains(&b'\r'));
            }
        }
    }
}
