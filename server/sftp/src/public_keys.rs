//! Public keys as people have them in files: the one of an account, and those of authorities.

use russh::keys::{HashAlg, PublicKey};
use wharf_core::ssh_keys::NewSshKey;

/// A key that is shorter can be broken, or soon will be.
const RSA_BITS: u32 = 2048;

/// Why a line is not a key that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not in the format of `authorized_keys` and of files that end in `.pub`.
    #[error("not a public key in OpenSSH's format (such as: ssh-ed25519 AAAA... comment)")]
    Unreadable,
    /// DSA, or a short RSA key.
    #[error("DSA keys, and RSA keys of fewer than 2048 bits, are not safe")]
    Weak,
}

/// Reads one line of a `.pub` file or of `authorized_keys` (without options).
pub fn parse(line: &str) -> Result<NewSshKey, PublicKeyError> {
    let key = parse_line(line)?;
    let written = key.to_openssh().map_err(|_| PublicKeyError::Unreadable)?;
    let mut words = written.splitn(3, ' ');
    let (Some(algorithm), Some(public_key)) = (words.next(), words.next()) else {
        return Err(PublicKeyError::Unreadable);
    };
    Ok(NewSshKey {
        fingerprint: fingerprint(&key),
        algorithm: algorithm.to_owned(),
        public_key: public_key.to_owned(),
        comment: key.comment().to_string(),
    })
}

pub(crate) fn parse_line(line: &str) -> Result<PublicKey, PublicKeyError> {
    let key = PublicKey::from_openssh(line.trim()).map_err(|_| PublicKeyError::Unreadable)?;
    if is_strong(&key) { Ok(key) } else { Err(PublicKeyError::Weak) }
}

/// `SHA256:...`, as OpenSSH writes it.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

pub(crate) fn is_strong(key: &PublicKey) -> bool {
    let data = key.key_data();
    data.dsa().is_none() && data.rsa().is_none_or(|rsa| rsa.key_size() >= RSA_BITS)
}
