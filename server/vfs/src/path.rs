//! The one path normaliser. Paths are bytes: Linux file names have no encoding.

use std::fmt;

use crate::error::FileError;
use crate::parts;

/// The longest component Linux takes.
const MAX_COMPONENT: usize = 255;
/// The longest path, with its leading slash. Without it and with the closing NUL it is just what Linux takes.
const MAX_PATH: usize = 4096;

/// An absolute, normalised path inside an account's home. `/` is the home itself.
///
/// It starts with `/`, has no empty, `.` or `..` component and no control character, and never names a kept part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VPath(Vec<u8>);

impl VPath {
    /// The home itself.
    pub fn root() -> Self {
        Self(vec![b'/'])
    }

    /// The path a client means by `arg` while it stands in `self`. `arg` may be absolute or relative; `..` above the
    /// root stays at the root. An empty `arg` means `self`.
    pub fn resolve(&self, arg: &[u8]) -> Result<Self, FileError> {
        let mut path = if arg.first() == Some(&b'/') { Vec::new() } else { self.0.clone() };
        if path == b"/" {
            path.clear();
        }
        for component in arg.split(|byte| *byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." => path.truncate(path.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
                name => {
                    check_name(name)?;
                    path.push(b'/');
                    path.extend_from_slice(name);
                }
            }
        }
        if path.is_empty() {
            path.push(b'/');
        }
        if path.len() > MAX_PATH { Err(FileError::NameTooLong) } else { Ok(Self(path)) }
    }

    /// `name`, one component, in the directory `self`.
    pub fn join(&self, name: &[u8]) -> Result<Self, FileError> {
        match name {
            b"" | b"." | b".." => Err(FileError::InvalidName("it is not a file name")),
            _ if name.contains(&b'/') => Err(FileError::InvalidName("it contains a slash")),
            _ => self.resolve(name),
        }
    }

    /// The directory this is in. The root is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.iter().rposition(|byte| *byte == b'/') {
            None | Some(0) => Self::root(),
            Some(slash) => Self(self.0[..slash].to_vec()),
        }
    }

    /// The last component; none for the root.
    pub fn name(&self) -> Option<&[u8]> {
        self.0.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty())
    }

    /// The whole path, with its leading `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is the home itself.
    pub fn is_root(&self) -> bool {
        self.0 == b"/"
    }

    /// What leads from `directory` to this, if this lies in it.
    pub fn below(&self, directory: &Self) -> Option<&[u8]> {
        let rest = if directory.is_root() { self.0.as_slice() } else { self.0.strip_prefix(directory.0.as_slice())? };
        rest.strip_prefix(b"/").filter(|rest| !rest.is_empty())
    }

    /// The path without its leading `/`, as a call relative to the home needs it; `.` for the root.
    pub fn relative(&self) -> &[u8] {
        match self.0.get(1..) {
            None | Some([]) => b".",
            Some(rest) => rest,
        }
    }
}

impl fmt::Display for VPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.0))
    }
}

impl fmt::Debug for VPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VPath({:?})", printable(&self.0))
    }
}

/// Bytes from outside as text that is safe to show and to log: what is not UTF-8, control characters and the
/// characters that change the direction of a line become U+FFFD.
pub fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Whether no path can name this: a client could neither read the line it stands in nor ask for it.
pub(crate) fn is_unusable(name: &[u8]) -> bool {
    name.iter().any(u8::is_ascii_control)
}

fn is_hidden(c: char) -> bool {
    let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    bidi || c.is_control()
}

fn check_name(name: &[u8]) -> Result<(), FileError> {
    if is_unusable(name) {
        return Err(FileError::InvalidName("it contains a control character"));
    }
    if name.starts_with(parts::PREFIX) {
        return Err(FileError::InvalidName("it is reserved for unfinished uploads"));
    }
    if name.len() > MAX_COMPONENT { Err(FileError::NameTooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resolve(cwd: &str, arg: &str) -> String {
        VPath::root().resolve(cwd.as_bytes()).unwrap().resolve(arg.as_bytes()).unwrap().to_string()
    }

    #[test]
    fn resolves_like_a_shell_that_cannot_leave() {
        assert_eq!(resolve("/a/b", ""), "/a/b");
        assert_eq!(resolve("/a/b", "c"), "/a/b/c");
        assert_eq!(resolve("/a/b", "../c/./d//"), "/a/c/d");
        assert_eq!(resolve("/a/b", "/x"), "/x");
        assert_eq!(resolve("/a/b", "../../../../etc"), "/etc");
        assert_eq!(resolve("/", ".."), "/");
        assert_eq!(resolve("/", "..."), "/...");
    }

    #[test]
    fn refuses_what_cannot_be_a_name() {
        let root = VPath::root();
        for bad in [&b"a\0b"[..], b"a\nb", b"\x7f", b"a/\x1b[0m", b".wharf-part.x", b"d/.wharf-part.x/y"] {
            assert!(matches!(root.resolve(bad), Err(FileError::InvalidName(_))), "{}", printable(bad));
        }
        assert!(root.resolve(&[b'a'; 255]).is_ok());
        assert!(matches!(root.resolve(&[b'a'; 256]), Err(FileError::NameTooLong)));
        assert!(root.resolve(&b"/a".repeat(2048)).is_ok());
        assert!(matches!(root.resolve(&b"/a".repeat(2049)), Err(FileError::NameTooLong)));
        assert!(root.join(b"a/b").is_err() && root.join(b"..").is_err() && root.join(b"").is_err());
    }

    #[test]
    fn parts_of_a_path() {
        let path = VPath::root().resolve(b"/a/b").unwrap();
        assert_eq!(path.name(), Some(&b"b"[..]));
        assert_eq!(path.parent().as_bytes(), b"/a");
        assert_eq!(path.parent().parent(), VPath::root());
        assert_eq!(path.relative(), b"a/b");
        assert_eq!((VPath::root().name(), VPath::root().relative()), (None, &b"."[..]));
        assert!(path.parent().parent().is_root());
        assert_eq!(path.below(&path.parent()), Some(&b"b"[..]));
        assert_eq!(path.below(&VPath::root()), Some(&b"a/b"[..]));
        assert_eq!(
            (path.below(&path), path.parent().below(&path), VPath::root().below(&VPath::root())),
            (None, None, None)
        );
        assert_eq!(VPath::root().resolve(b"/ab").unwrap().below(&path.parent()), None);
    }

    #[test]
    fn shows_no_control_and_no_bidi_characters() {
        assert_eq!(printable(b"a\r\nb\x1b\xff"), "a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}");
        assert_eq!(
            printable("x\u{202E}gpj.exe\u{2066}\u{200F}\u{061C}\u{85}".as_bytes()),
            "x\u{FFFD}gpj.exe\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
        );
        assert_eq!(printable("Grüße 你好".as_bytes()), "Grüße 你好");
    }

    fn odd_path() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"..".to_vec()),
            Just(b".".to_vec()),
            Just(b"".to_vec()),
            Just(b"/".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
            "[a-z./]{0,8}".prop_map(String::into_bytes),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join(&b'/'))
    }

    proptest! {
        #[test]
        fn always_normal_and_inside(cwd in odd_path(), arg in odd_path()) {
            let cwd = VPath::root().resolve(&cwd).unwrap_or_else(|_| VPath::root());
            if let Ok(path) = cwd.resolve(&arg) {
                prop_assert_eq!(path.as_bytes()[0], b'/');
                let inner = &path.as_bytes()[1..];
                for part in inner.split(|b| *b == b'/') {
                    prop_assert!(part != b"." && part != b".." && (!part.is_empty() || path.is_root()));
                    prop_assert!(!part.iter().any(u8::is_ascii_control));
                }
                prop_assert_eq!(&cwd.resolve(path.as_bytes()).unwrap(), &path);
                prop_assert_eq!(&VPath::root().resolve(path.relative()).unwrap(), &path);
                if let Some(name) = path.name() {
                    prop_assert_eq!(&path.parent().join(name).unwrap(), &path);
                }
            }
        }
    }
}
