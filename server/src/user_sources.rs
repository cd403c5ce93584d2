//! What asks about users whom a domain does not know itself.
//!
//! * `rest`: a web service; `pam`: the machine's own users, where this program was built with it

#[cfg(feature = "pam")]
mod pam;
mod rest;

use wharf_core::user_sources::Asker;
use wharf_model::user_sources::UserSource;

#[cfg(not(feature = "pam"))]
const NO_PAM: &str = "this wharf was built without PAM";

/// What asks `source` on behalf of a domain.
#[cfg_attr(feature = "pam", expect(clippy::unnecessary_wraps, reason = "without PAM there is none for it"))]
pub(crate) fn open(source: &UserSource, domain: &str) -> Result<Asker, String> {
    match source {
        #[cfg(feature = "pam")]
        UserSource::Pam(source) => Ok(Box::new(pam::Pam::new(source))),
        #[cfg(not(feature = "pam"))]
        UserSource::Pam(_) => Err(NO_PAM.to_owned()),
        UserSource::Rest(source) => Ok(Box::new(rest::Rest::new(source.clone(), domain))),
    }
}

/// Whether there is such a source on this machine. Blocks.
pub(crate) fn check(source: &UserSource) -> Result<(), String> {
    match source {
        #[cfg(feature = "pam")]
        UserSource::Pam(source) => pam::check(&source.service),
        #[cfg(not(feature = "pam"))]
        UserSource::Pam(_) => Err(NO_PAM.to_owned()),
        UserSource::Rest(_) => Ok(()),
    }
}
