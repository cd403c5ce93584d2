//! Digests of files: computed piece by piece in the blocking pool, as a task beside the control connection, so that a
//! kick or an ABOR need not wait for a large file.

use crate::{reply::Reply, transfer::file_error, turns::in_turn};
use sha2::digest::DynDigest;
use std::fmt::Write as _;
use tokio_util::sync::CancellationToken;
use wharf_vfs::{Buffer, FileError, ReadHandle};

/// How a digest is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Algorithm {
    #[default]
    Sha256,
    Sha512,
    Sha1,
    Md5,
    Crc32,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Sha256, Self::Sha512, Self::Sha1, Self::Md5, Self::Crc32];

    /// Its name in HASH (draft-bryan-ftpext-hash section 3.1).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Sha1 => "SHA-1",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }
}

/// A digest that was asked for.
pub(crate) struct Work {
    pub(crate) file: ReadHandle,
    /// Where in the file it begins; it ends where the file does.
    pub(crate) offset: u64,
    pub(crate) algorithm: Algorithm,
    /// What the reply says before and behind the digest.
    pub(crate) answer: Answer,
}

/// The reply around a digest.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) before: String,
    pub(crate) behind: Vec<u8>,
}

/// Computes the digest. `stop` ends it early.
pub(crate) async fn run(work: Work, stop: CancellationToken) -> Reply {
    let Work { file, offset, algorithm, answer } = work;
    let digest = tokio::select! {
        biased;
        () = stop.cancelled() => return Reply::new(426, "Digest aborted"),
        digest = compute(&file, offset, algorithm) => digest,
    };
    match digest {
        Ok(digest) => {
            Reply::new(answer.code, [answer.before.into_bytes(), digest.into_bytes(), answer.behind].concat())
        }
        Err(error) => file_error(&error, 451),
    }
}

async fn compute(file: &ReadHandle, mut offset: u64, algorithm: Algorithm) -> Result<String, FileError> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = Buffer::with_capacity(Buffer::LARGE);
    loop {
        buffer = file.read_at(offset, buffer).await?;
        if buffer.is_empty() {
            return Ok(hasher.finish());
        }
        offset += buffer.len() as u64;
        let piece = in_turn(move || {
            hasher.update(&buffer);
            buffer.clear();
            (hasher, buffer)
        });
        (hasher, buffer) = piece.await?;
    }
}

enum Hasher {
    Crc32(crc32fast::Hasher),
    Other(Box<dyn DynDigest + Send>),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Other(Box::new(sha2::Sha256::default())),
            Algorithm::Sha512 => Self::Other(Box::new(sha2::Sha512::default())),
            Algorithm::Sha1 => Self::Other(Box::new(sha1::Sha1::default())),
            Algorithm::Md5 => Self::Other(Box::new(md5::Md5::default())),
            Algorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Other(hasher) => hasher.update(bytes),
        }
    }

    /// In hexadecimal, small letters.
    fn finish(self) -> String {
        match self {
            Self::Crc32(hasher) => format!("{:08x}", hasher.finalize()),
            Self::Other(hasher) => hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of FIPS 180-4's `abc` (and RFC 1321, ISO 3309).
    #[test]
    fn digests_of_abc() {
        let digests = Algorithm::ALL.map(|algorithm| {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            hasher.finish()
        });
        assert_eq!(
            digests,
            [
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
                "900150983cd24fb0d6963f7d28e17f72",
                "352441c2",
            ]
        );
    }
}
