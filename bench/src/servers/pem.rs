//! The certificate of all servers.

use super::Place;
use anyhow::Result;
use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

/// PEM files that all servers use.
pub(crate) struct Pem {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pem {
    /// Where they are.
    pub(crate) fn of(place: &Place) -> Self {
        Self { certificate: place.root.join("certificate.pem"), key: place.root.join("key.pem") }
    }

    /// Makes them.
    pub(crate) fn make(place: &Place) -> Result<Self> {
        let pem = Self::of(place);
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
        fs::write(&pem.certificate, made.cert.pem())?;
        fs::write(&pem.key, made.signing_key.serialize_pem())?;
        fs::set_permissions(&pem.key, fs::Permissions::from_mode(0o600))?;
        Ok(pem)
    }
}
