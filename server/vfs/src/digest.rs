//! Digests of files, for clients that compare by them.

use sha2::digest::DynDigest;

/// How a digest is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// FIPS 180-4.
    #[default]
    Sha256,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 180-4; not safe against somebody who wants two files to look the same.
    Sha1,
    /// RFC 1321; not safe either.
    Md5,
    /// ISO 3309; finds mistakes only.
    Crc32,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sha256, Self::Sha512, Self::Sha1, Self::Md5, Self::Crc32];

    /// Its name in HASH (draft-bryan-ftpext-hash section 3.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Sha1 => "SHA-1",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }
}

/// A digest under way.
pub struct Hasher(Kind);

enum Kind {
    Crc32(crc32fast::Hasher),
    Other(Box<dyn DynDigest + Send>),
}

impl Hasher {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => Kind::Other(Box::new(sha2::Sha256::default())),
            Algorithm::Sha512 => Kind::Other(Box::new(sha2::Sha512::default())),
            Algorithm::Sha1 => Kind::Other(Box::new(sha1::Sha1::default())),
            Algorithm::Md5 => Kind::Other(Box::new(md5::Md5::default())),
            Algorithm::Crc32 => Kind::Crc32(crc32fast::Hasher::new()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Kind::Crc32(hasher) => hasher.update(bytes),
            Kind::Other(hasher) => hasher.update(bytes),
        }
    }

    /// The digest.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Kind::Crc32(hasher) => hasher.finalize().to_be_bytes().to_vec(),
            Kind::Other(hasher) => hasher.finalize().into_vec(),
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
            crate::parts::hex(&hasher.finish())
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
