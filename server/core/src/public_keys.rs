//! Public keys as people have them in files: the one of an account, and those of authorities. Whatever takes a key, the
//! command line, the panel or REST, reads it here.

use ssh_key::{HashAlg, PublicKey, public::KeyData};
use wharf_model::ssh_keys::is_private;

/// A key that is shorter can be broken, or soon will be.
const RSA_BITS: u32 = 2048;

/// Why a line is not a key that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not in the format of `authorized_keys` and of files that end in `.pub`.
    #[error("not a public key in OpenSSH's format (such as: ssh-ed25519 AAAA... comment)")]
    Unreadable,
    /// The other half of a key.
    #[error(
        "this is a private key, which nobody else should ever have; nothing of it was kept. The public key is in the \
         file of the same name that ends in .pub"
    )]
    Private,
    /// More than one, or one that was broken into lines.
    #[error("this is more than one line; a public key is one line, and keys are added one at a time")]
    Lines,
    /// DSA, or a short RSA key.
    #[error("DSA keys, and RSA keys of fewer than 2048 bits, are not safe")]
    Weak,
}

/// A public key that is safe to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadKey {
    /// `SHA256:` and base64 without padding, as OpenSSH writes it.
    pub fingerprint: String,
    /// Its algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// The key in base64, as in `authorized_keys`.
    pub public_key: String,
    /// Whatever its owner calls it.
    pub comment: String,
}

/// Reads one line of a `.pub` file or of `authorized_keys` (without options).
pub fn parse(text: &str) -> Result<ReadKey, PublicKeyError> {
    let key = parse_line(text)?;
    let written = key.to_openssh().map_err(|_| PublicKeyError::Unreadable)?;
    let mut words = written.splitn(3, ' ');
    let (Some(algorithm), Some(public_key)) = (words.next(), words.next()) else {
        return Err(PublicKeyError::Unreadable);
    };
    Ok(ReadKey {
        fingerprint: fingerprint(&key),
        algorithm: algorithm.to_owned(),
        public_key: public_key.to_owned(),
        comment: key.comment().to_string(),
    })
}

/// As [`parse`], for those who need the key itself.
pub fn parse_line(text: &str) -> Result<PublicKey, PublicKeyError> {
    if is_private(text) {
        return Err(PublicKeyError::Private);
    }
    let line = text.trim();
    // What follows the key is its comment to the parser, further lines too.
    if line.contains(['\n', '\r']) {
        return Err(PublicKeyError::Lines);
    }
    let key = PublicKey::from_openssh(line).map_err(|_| PublicKeyError::Unreadable)?;
    // A certificate, or an algorithm that nobody could log in by.
    if matches!(key.key_data(), KeyData::Other(_) | KeyData::Certificate(_)) {
        return Err(PublicKeyError::Unreadable);
    }
    if is_strong(&key) { Ok(key) } else { Err(PublicKeyError::Weak) }
}

/// `SHA256:...`, as OpenSSH writes it.
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Whether it takes more than patience to find the private half.
pub fn is_strong(key: &PublicKey) -> bool {
    let data = key.key_data();
    data.dsa().is_none() && data.rsa().is_none_or(|rsa| rsa.key_size() >= RSA_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn a_line_is_read_with_and_without_its_comment() {
        for (text, comment) in [
            (GOOD.to_owned(), ""),
            (format!("  {GOOD}\n"), ""),
            (format!("{GOOD} anna@desk\r\n"), "anna@desk"),
            (format!("{GOOD} <b>anna's</b> desk"), "<b>anna's</b> desk"),
        ] {
            let key = parse(&text).unwrap();
            assert_eq!(key.fingerprint, "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
            assert_eq!((key.algorithm.as_str(), key.comment.as_str()), ("ssh-ed25519", comment));
            assert!(GOOD.ends_with(&key.public_key));
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let two = format!("{GOOD}\n{GOOD}");
        let broken = GOOD.replace("AAAAI", "AAAAI\n");
        let weak = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCVwjIlAbU8L+StcVXLS+HNhiXYdweJEh18QecdvyTg8AIOk8CoTACGHyyqBSW8Yxa\
                    +Z1eMKi9lsI3rZ7qg+T4Lqe4deOPCu0KFf945meuBP9TRcgVAW4HYUfskzcBXgdMDnxqelWNpKOpPD7VPV+f0qY9N0c9p2wXIgUmWn+F2SQ==";
        for (text, expected) in [
            ("", PublicKeyError::Unreadable),
            ("ssh-ed25519", PublicKeyError::Unreadable),
            ("ssh-ed25519 AAAA", PublicKeyError::Unreadable),
            (&*GOOD.replace("ssh-ed25519", "ssh-rsa"), PublicKeyError::Unreadable),
            ("key@example.com AAAAD2tleUBleGFtcGxlLmNvbQAAAAR0ZXN0", PublicKeyError::Unreadable),
            ("---- BEGIN SSH2 PUBLIC KEY ----", PublicKeyError::Unreadable),
            (&*two, PublicKeyError::Lines),
            (&*broken, PublicKeyError::Lines),
            (weak, PublicKeyError::Weak),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", PublicKeyError::Private),
            ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ", PublicKeyError::Private),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
