//! Public keys that transfer accounts log in with.

use crate::ids::SshKeyId;
use serde::{Deserialize, Serialize};

/// Keys of one account at most.
pub const KEYS_MOST: usize = 100;
/// The longest comment of a key, in characters.
pub const LONGEST_COMMENT: usize = 200;
/// The longest line a key is read from, in bytes; RSA keys of 16384 bits have room.
pub const LONGEST_LINE: usize = 8_000;

/// A key to be added.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshKeyOrder {
    /// The line of the `.pub` file: algorithm, key in base64, comment.
    pub public_key: String,
    /// What to call it; the line's own comment if nothing is said.
    #[serde(default)]
    pub comment: String,
}

/// Says nothing of the key: it may be a private one.
impl std::fmt::Debug for SshKeyOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SshKeyOrder").field("comment", &self.comment).finish_non_exhaustive()
    }
}

/// A key of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshKeyRow {
    /// Which one.
    pub id: SshKeyId,
    /// Whatever its owner calls it.
    pub comment: String,
    /// Its algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub fingerprint: String,
    /// When it was added.
    pub added: i64,
    /// When somebody last logged in with it.
    pub last_used: Option<i64>,
}

/// Whether `text` is a private key, or a part of one. The browser asks before it sends anything, the server before it
/// reads on.
pub fn is_private(text: &str) -> bool {
    // What OpenSSH and OpenSSL write around it, what PuTTY begins with, and `openssh-key-v1` in base64, for those who
    // leave out the first line.
    ["PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:", "b3BlbnNzaC1rZXktdj"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_keys_are_known_and_orders_say_nothing_of_them() {
        for text in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "PuTTY-User-Key-File-3: ssh-ed25519",
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
        ] {
            assert!(is_private(text), "{text}");
            let order = SshKeyOrder { public_key: text.to_owned(), comment: String::new() };
            assert!(!format!("{order:?}").contains(text));
        }
        assert!(!is_private("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti anna"));
    }
}
