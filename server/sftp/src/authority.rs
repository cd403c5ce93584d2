//! Certificates of users by an authority that is trusted (OpenSSH's PROTOCOL.certkeys).

use russh::keys::{
    Certificate, PublicKey,
    ssh_key::{Fingerprint, HashAlg, certificate::CertType},
};
use std::{io, net::IpAddr, path::Path};
use wharf_core::public_keys::{self, PublicKeyError};
use wharf_model::addresses::AddressRange;

/// Whose certificates are good for a login.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    keys: Vec<Fingerprint>,
}

/// Why the file of the authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A line is no key.
    #[error("line {line}: {error}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        error: PublicKeyError,
    },
    /// It has no key, so that nobody could log in by a certificate.
    #[error("no key in it")]
    Empty,
}

impl Authority {
    /// Reads public keys, one a line; empty lines and those that begin with `#` are passed over.
    pub fn read(file: &Path) -> Result<Self, AuthorityError> {
        let text = std::fs::read_to_string(file)?;
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let key = public_keys::parse_line(line);
            let key = key.map_err(|error| AuthorityError::Line { line: index + 1, error })?;
            keys.push(key.fingerprint(HashAlg::Sha256));
        }
        if keys.is_empty() { Err(AuthorityError::Empty) } else { Ok(Self { keys }) }
    }

    /// Whether there is any; else no certificate is good.
    pub(crate) fn exists(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether the certificate is good at `now`, in seconds, for a client at `ip`. Whether it is for the account is for
    /// the core to say.
    pub(crate) fn check(&self, certificate: &Certificate, now: u64, ip: IpAddr) -> Result<(), &'static str> {
        if certificate.cert_type() != CertType::User {
            return Err("it is not for a user");
        }
        if certificate.validate_at(now, &self.keys).is_err() {
            return Err("it is not by an authority that is trusted here, or not valid now");
        }
        if !public_keys::is_strong(&PublicKey::from(certificate.public_key().clone())) {
            return Err("its key is weak");
        }
        for (option, value) in certificate.critical_options().iter() {
            if option != "source-address" {
                return Err("it has a critical option that is not known here");
            }
            let ranges = value.split(',').map(|range| range.trim().parse::<AddressRange>());
            if !ranges.flatten().any(|range| range.contains(ip)) {
                return Err("it is not for this address");
            }
        }
        Ok(())
    }
}
