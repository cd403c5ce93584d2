//! What the file client and its server tell each other.
//!
//! Names of files are bytes. In the browser a path is absolute and percent-encoded, so that every name has one; what
//! people read is a text of its own, made by the server.

use crate::{accounts::Permissions, chat::ChatMessage, ids::SessionId, links::Offer};
use serde::{Deserialize, Serialize};

/// Entries of one folder, or of one search, at most.
pub const ENTRIES_MOST: usize = 10_000;
/// The largest text that can be edited, in bytes.
pub const TEXT_MOST: u64 = 1 << 20;

/// Who opens a page of the file client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visitor {
    /// Somebody who is signed in.
    Known(User),
    /// Nobody. Why the session of this browser has ended, if somebody else ended it.
    Unknown(Option<String>),
    /// Nobody yet, at a share link.
    Invited {
        /// What it leads to, if it works.
        offer: Option<Offer>,
        /// Why the session of this browser has ended.
        farewell: Option<String>,
    },
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The login.
    pub login: String,
    /// Name of the domain.
    pub domain: String,
    /// What the account may do.
    pub may: Permissions,
    /// Bytes of its files.
    pub used: u64,
    /// How many there may be.
    pub quota: Option<u64>,
    /// This session.
    pub session: SessionId,
    /// The operator who acts as the account.
    pub actor: Option<String>,
    /// What a visitor came for, by a share link.
    pub visits: Option<String>,
}

/// A folder with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The way to it, from the home on: each folder with its path.
    pub way: Vec<Step>,
    /// What is in it, in no order.
    pub entries: Vec<Entry>,
    /// There is more than [`ENTRIES_MOST`].
    pub more: bool,
    /// Bytes of the account's files now.
    pub used: u64,
}

/// A folder on the way to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name as people read it; empty for the home.
    pub name: String,
    /// Its path.
    pub path: String,
}

/// What stands under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name as people read it.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: i64,
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link that leads nowhere inside the home.
    Link,
    /// A device, a socket or a FIFO.
    Other,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Where: names are paths below the folder that was searched.
    pub entries: Vec<Entry>,
    /// There is more.
    pub more: bool,
}

/// What became of an order about several files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Files and folders it was done with.
    pub done: u64,
    /// Those it was not.
    pub failed: Vec<Failed>,
}

/// A file that was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name as people read it.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A file as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    /// What is in it.
    pub text: String,
    /// Changes when the file does.
    pub version: String,
}

/// What became of the order to save a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// The file has this version now.
    Saved(String),
    /// Somebody else changed the file since it was read.
    Changed,
}

/// A session of the same account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// Which.
    pub id: SessionId,
    /// What it speaks, as people know it.
    pub protocol: String,
    /// Address of the client.
    pub ip: String,
    /// What the client calls itself.
    pub client: Option<String>,
    /// When it began.
    pub since: i64,
    /// Where it is.
    pub folder: Option<String>,
}

/// What the live socket of the file client brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileNews {
    /// All that was said in this session.
    Messages {
        /// Oldest first.
        messages: Vec<ChatMessage>,
    },
    /// The session is over.
    Ended {
        /// Why, for people, if somebody ended it.
        why: Option<String>,
    },
}

/// A path or a name as the browser has it: every byte that is not unreserved (RFC 3986, section 2.3) or a slash is
/// encoded.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).map_or('0', |digit| char::from(*digit));
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(*byte));
            }
            _ => encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    encoded
}

/// The bytes of an encoded path; `None` where it is not written as [`encode`] writes.
pub fn decode(encoded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok().filter(|digits| !digits.starts_with('+'))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = rest.get(2..)?;
        } else {
            bytes.push(*byte);
        }
    }
    Some(bytes)
}

/// The path of `name`, encoded, in `folder`.
pub fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// The folder that `path` is in. The home is its own.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(slash) => path.get(..slash).unwrap_or("/"),
    }
}

/// The last part of `path`, encoded.
pub fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_path() {
        for name in [&b"/a b/c.txt"[..], b"/\xff\xfe", "/Gr\u{fc}\u{df}e".as_bytes(), b"/100%", b"/?#&+", b"/~-_."] {
            let encoded = encode(name);
            assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#&+\"'<>".contains(&byte)), "{encoded}");
            assert_eq!(decode(&encoded).as_deref(), Some(name));
        }
        assert_eq!(encode(b"/a b/\xff.txt"), "/a%20b/%FF.txt");
        for broken in ["%", "%4", "%zz", "%+1", "%\u{fc}"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn paths_are_put_together_and_taken_apart() {
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/a", "b%20c"), "/a/b%20c");
        assert_eq!((parent("/"), parent("/a"), parent("/a/b")), ("/", "/", "/a"));
        assert_eq!((last("/"), last("/a/b%20c")), ("", "b%20c"));
    }
}
