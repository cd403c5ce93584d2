//! The command line that the other scp sends.

/// Files to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sink {
    pub(super) path: Vec<u8>,
    /// The path has to be a directory (`-d`).
    pub(super) directory: bool,
    /// Directories may come too (`-r`).
    pub(super) recursive: bool,
    /// Times and modes are kept (`-p`).
    pub(super) preserve: bool,
}

/// Files to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(super) paths: Vec<Vec<u8>>,
    pub(super) recursive: bool,
    pub(super) preserve: bool,
}

/// What the other scp wants of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `scp -t`
    ToServer(Sink),
    /// `scp -f`
    FromServer(Source),
}

impl Command {
    /// `None` if it is anything but scp, or for a person.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let mut words = words(line)?.into_iter();
        if words.next()? != b"scp" {
            return None;
        }
        let (mut flags, mut paths) = (Vec::new(), Vec::new());
        while let Some(word) = words.next() {
            match word.as_slice() {
                b"--" => paths.extend(words.by_ref()),
                [b'-', letters @ ..] if paths.is_empty() && !letters.is_empty() => flags.extend_from_slice(letters),
                _ => paths.push(word),
            }
        }
        // -v and -q are for the one who reads what it says, and here nobody does.
        if !flags.iter().all(|flag| b"tfrpdvq".contains(flag)) {
            return None;
        }
        let has = |flag| flags.contains(&flag);
        let (recursive, preserve) = (has(b'r'), has(b'p'));
        match (has(b't'), has(b'f'), paths.len()) {
            (true, false, 1) => {
                let path = paths.pop()?;
                Some(Self::ToServer(Sink { path, directory: has(b'd'), recursive, preserve }))
            }
            (false, true, 1..) => Some(Self::FromServer(Source { paths, recursive, preserve })),
            _ => None,
        }
    }

    /// Whether files come.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn is_upload(&self) -> bool {
        matches!(self, Self::ToServer(_))
    }

    /// Whether files go.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn is_download(&self) -> bool {
        matches!(self, Self::FromServer(_))
    }
}

/// The words of a line, as a shell reads quotes and backslashes. There is no shell: nothing else in it is special. `None`
/// if a quote is not closed.
fn words(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut words, mut word) = (Vec::new(), None::<Vec<u8>>);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' => words.extend(word.take()),
            b'\\' => word.get_or_insert_default().push(bytes.next()?),
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'\'' => break,
                        byte => word.push(byte),
                    }
                }
            }
            b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'"' => break,
                        b'\\' => match bytes.next()? {
                            escaped @ (b'"' | b'\\' | b'$' | b'`') => word.push(escaped),
                            other => word.extend([b'\\', other]),
                        },
                        byte => word.push(byte),
                    }
                }
            }
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink(path: &str) -> Sink {
        Sink { path: path.into(), directory: false, recursive: false, preserve: false }
    }

    #[test]
    fn what_scp_sends() {
        let parse = |line: &str| Command::parse(line.as_bytes());
        assert_eq!(parse("scp -t a"), Some(Command::ToServer(sink("a"))));
        assert_eq!(parse("scp -v -q -t -- -a"), Some(Command::ToServer(sink("-a"))));
        let all = Sink { directory: true, recursive: true, preserve: true, ..sink("a b") };
        assert_eq!(parse("scp -r -p -d -t 'a b'"), Some(Command::ToServer(all.clone())));
        assert_eq!(parse("scp -rpdt a\\ b"), Some(Command::ToServer(all)));
        let source = |paths: &[&str]| {
            let paths = paths.iter().map(|path| path.as_bytes().to_vec()).collect();
            Some(Command::FromServer(Source { paths, recursive: false, preserve: false }))
        };
        assert_eq!(parse("scp -f \"it's \\\"a\\\"\" b"), source(&["it's \"a\"", "b"]));
        assert_eq!(parse("scp -f ''"), source(&[""]));
    }

    #[test]
    fn what_scp_does_not_send() {
        for line in [
            "",
            "scp",
            "scp a b",
            "scp -t",
            "scp -t a b",
            "scp -t -f a",
            "scp -x -t a",
            "rsync --server -t a",
            "scp2 -t a",
            "scp -t 'a",
            "scp -t a\\",
            "/usr/bin/scp -t a",
            "scp -t \"a",
        ] {
            assert_eq!(Command::parse(line.as_bytes()), None, "{line}");
        }
    }
}
