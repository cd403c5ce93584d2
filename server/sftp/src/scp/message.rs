//! Lines of the protocol.

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A file follows: `C0644 12 name`.
    File { mode: u32, size: u64, name: Vec<u8> },
    /// What follows is in this directory, up to its [`Message::End`]: `D0755 0 name`.
    Directory { mode: u32, name: Vec<u8> },
    /// `E`
    End,
    /// Of what comes next: `T1700000000 0 1700000000 0`, last change and last access.
    Times { modified_ms: i64 },
}

impl Message {
    /// A line without its end. The error is for the other scp.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, &'static str> {
        match line {
            [b'C', rest @ ..] => {
                let (mode, size, name) = named(rest)?;
                Ok(Self::File { mode, size, name })
            }
            [b'D', rest @ ..] => {
                let (mode, _, name) = named(rest)?;
                Ok(Self::Directory { mode, name })
            }
            b"E" => Ok(Self::End),
            [b'T', rest @ ..] => {
                let first = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
                let seconds = number(first).and_then(|seconds| i64::try_from(seconds).ok()).ok_or("bad time")?;
                Ok(Self::Times { modified_ms: seconds.checked_mul(1000).ok_or("bad time")? })
            }
            _ => Err("protocol error"),
        }
    }
}

/// A mode, a size and a name that leads nowhere else.
fn named(fields: &[u8]) -> Result<(u32, u64, Vec<u8>), &'static str> {
    let mut fields = fields.splitn(3, |byte| *byte == b' ');
    let (Some(mode), Some(size), Some(name)) = (fields.next(), fields.next(), fields.next()) else {
        return Err("protocol error");
    };
    let octal = matches!(mode.len(), 3..=5) && mode.iter().all(|digit| matches!(digit, b'0'..=b'7'));
    let mode = std::str::from_utf8(mode).ok().filter(|_| octal).and_then(|mode| u32::from_str_radix(mode, 8).ok());
    let mode = mode.ok_or("bad mode")?;
    let size = number(size).ok_or("bad size")?;
    if matches!(name, b"" | b"." | b"..") || name.iter().any(|byte| *byte == b'/' || byte.is_ascii_control()) {
        return Err("unexpected filename");
    }
    Ok((mode & 0o777, size, name.to_vec()))
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let name = || b"a b".to_vec();
        assert_eq!(Message::parse(b"C0644 12 a b"), Ok(Message::File { mode: 0o644, size: 12, name: name() }));
        assert_eq!(Message::parse(b"D4755 0 a b"), Ok(Message::Directory { mode: 0o755, name: name() }));
        assert_eq!(Message::parse(b"E"), Ok(Message::End));
        assert_eq!(Message::parse(b"T5 0 6 0"), Ok(Message::Times { modified_ms: 5000 }));
    }

    #[test]
    fn names_that_lead_elsewhere_and_nonsense() {
        for line in [
            "C0644 1 ..",
            "C0644 1 .",
            "C0644 1 a/b",
            "C0644 1 /etc/passwd",
            "C0644 1 ",
            "C0644 1",
            "D0755 0 ..",
            "C0644 1 a\rb",
            "C0644 1 a\nC0644 1 b",
            "C9999 1 a",
            "C0644 -1 a",
            "C0644 99999999999999999999 a",
            "C+644 1 a",
            "C0644  a",
            "",
            "X",
            "E ",
            "T",
            "T-1 0 0 0",
            "T99999999999999999 0 0 0",
        ] {
            assert!(Message::parse(line.as_bytes()).is_err(), "{line:?}");
        }
    }
}
