//! The server's keys, in files named and written as OpenSSH does.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use russh::keys::{
    Algorithm, EcdsaCurve, PrivateKey, decode_secret_key,
    key::safe_rng,
    pkcs8::decode_pkcs8,
    ssh_key::{self, LineEnding},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use wharf_core::public_keys::{fingerprint, is_strong};

/// A key as people compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey {
    /// Its algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:...`, which clients show at the first connection.
    pub fingerprint: String,
    /// Where it is.
    pub file: PathBuf,
}

/// What can go wrong with a host key.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// A file cannot be read or written.
    #[error("{}: {error}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not a private key.
    #[error("{}: not a private key in a format that is known here", .0.display())]
    Unreadable(PathBuf),
    /// A key under a passphrase: nobody is there to type it.
    #[error("{}: it has a passphrase, take it off first (ssh-keygen -p)", .0.display())]
    Encrypted(PathBuf),
    /// DSA, or short, or an algorithm that no host key has.
    #[error("{}: a host key is ed25519, ECDSA, or RSA of at least 2048 bits", .0.display())]
    Unfit(PathBuf),
    /// A fresh key could not be made.
    #[error("cannot make a host key")]
    Make,
}

/// The kinds of keys a server has, one of each.
const KINDS: [&str; 3] = ["ed25519", "ecdsa", "rsa"];

/// Reads the keys in `directory`, and makes those that are missing. Takes a moment: making an RSA key is work.
pub fn load_or_make(directory: &Path) -> Result<Vec<PrivateKey>, HostKeyError> {
    KINDS.iter().map(|kind| load_or_make_one(directory, kind)).collect()
}

/// The keys in `directory`.
pub fn list(directory: &Path) -> Result<Vec<HostKey>, HostKeyError> {
    let files = KINDS.iter().map(|kind| file_of(directory, kind)).filter(|file| file.exists());
    files.map(|file| Ok(told(&read(&file)?, &file))).collect()
}

/// Puts the key of `from` into `directory`, in place of the one of the same kind. The server uses it from its next
/// start on.
pub fn import(directory: &Path, from: &Path) -> Result<HostKey, HostKeyError> {
    let key = read(from)?;
    let file = match kind_of(&key) {
        Some(kind) if is_strong(key.public_key()) => file_of(directory, kind),
        _ => return Err(HostKeyError::Unfit(from.to_owned())),
    };
    let fresh = write_beside(&file, &key)?;
    fs::rename(&fresh, &file).map_err(|error| HostKeyError::File { file: file.clone(), error })?;
    Ok(told(&key, &file))
}

fn load_or_make_one(directory: &Path, kind: &str) -> Result<PrivateKey, HostKeyError> {
    let file = file_of(directory, kind);
    if !file.exists() {
        let key = make(kind)?;
        let fresh = write_beside(&file, &key)?;
        // A link replaces nothing: of two that start at once, one makes the key.
        let linked = fs::hard_link(&fresh, &file);
        let _ = fs::remove_file(&fresh);
        match linked {
            Ok(()) => {
                tracing::info!(algorithm = %key.algorithm(), fingerprint = fingerprint(key.public_key()), "host key made");
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(HostKeyError::File { file, error }),
        }
    }
    read(&file)
}

fn file_of(directory: &Path, kind: &str) -> PathBuf {
    directory.join(format!("ssh_host_{kind}_key"))
}

fn kind_of(key: &PrivateKey) -> Option<&'static str> {
    match key.algorithm() {
        Algorithm::Ed25519 => Some("ed25519"),
        Algorithm::Ecdsa { .. } => Some("ecdsa"),
        Algorithm::Rsa { .. } => Some("rsa"),
        _ => None,
    }
}

fn told(key: &PrivateKey, file: &Path) -> HostKey {
    HostKey {
        algorithm: key.algorithm().to_string(),
        fingerprint: fingerprint(key.public_key()),
        file: file.to_owned(),
    }
}

fn make(kind: &str) -> Result<PrivateKey, HostKeyError> {
    let random = |algorithm| PrivateKey::random(&mut safe_rng(), algorithm).map_err(|_| HostKeyError::Make);
    match kind {
        "ed25519" => random(Algorithm::Ed25519),
        "ecdsa" => random(Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }),
        // aws-lc finds primes many times quicker than the RSA that russh has with it.
        _ => {
            let key = KeyPair::generate(KeySize::Rsa3072).map_err(|_| HostKeyError::Make)?;
            let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| HostKeyError::Make)?;
            decode_pkcs8(der.as_ref(), None).map_err(|_| HostKeyError::Make)
        }
    }
}

fn read(file: &Path) -> Result<PrivateKey, HostKeyError> {
    let text = fs::read_to_string(file).map_err(|error| HostKeyError::File { file: file.to_owned(), error })?;
    let key = decode_secret_key(&text, None).map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted | russh::keys::Error::SshKey(ssh_key::Error::Encrypted) => {
            HostKeyError::Encrypted(file.to_owned())
        }
        _ => HostKeyError::Unreadable(file.to_owned()),
    })?;
    if key.is_encrypted() { Err(HostKeyError::Encrypted(file.to_owned())) } else { Ok(key) }
}

/// Writes the key whole into a file of its own beside `file`, for its owner alone.
fn write_beside(file: &Path, key: &PrivateKey) -> Result<PathBuf, HostKeyError> {
    let text = key.to_openssh(LineEnding::LF).map_err(|_| HostKeyError::Make)?;
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let write = || -> io::Result<()> {
        let _ = fs::remove_file(&fresh);
        let mut out: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    write().map_err(|error| HostKeyError::File { file: fresh.clone(), error })?;
    Ok(fresh)
}
