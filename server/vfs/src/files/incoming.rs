//! A directory that files are put into and not looked at: what somebody uploads without a name must not be there for others
//! before somebody with one has seen it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wharf_model::accounts::Permissions;

use super::{Files, Shared};
use crate::error::FileError;
use crate::handles::{WriteHandle, WriteMode};
use crate::path::VPath;
use crate::uploads::{Upload, allow};

/// No right at all.
pub(super) const NONE: Permissions = Permissions {
    read: false,
    write: false,
    append: false,
    delete: false,
    rename: false,
    list: false,
    make_directories: false,
    incoming: false,
};

impl Files {
    /// The files for somebody without a name: what is in the directory `name` of the home cannot be seen, listed, read or
    /// resumed, whatever the rights are, and new files may be put there with [`Permissions::incoming`]. Elsewhere it may look
    /// and read at most. No link is followed, so that none leads there.
    pub fn with_incoming(&self, name: &str) -> Result<Self, FileError> {
        let Shared { jail, permissions, owner, ledger, .. } = &*self.shared;
        let Permissions { read, list, incoming, .. } = *permissions;
        let shared = Shared {
            jail: Arc::new(jail.without_links()),
            permissions: Permissions { read, list, incoming, ..NONE },
            owner: owner.clone(),
            ledger: ledger.clone(),
            incoming: Some(VPath::root().join(name.as_bytes())?),
            share: None,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What is put in cannot be seen, and of what is beside a shared file nothing is there.
    pub(super) fn see(&self, path: &VPath) -> Result<(), FileError> {
        if self.shared.share.as_ref().is_some_and(|share| !share.has(path)) {
            return Err(FileError::NotFound);
        }
        allow(self.shared.incoming.as_ref().is_none_or(|incoming| path.below(incoming).is_none()))
    }

    /// Nor can the names of what is put in.
    pub(super) fn see_into(&self, path: &VPath) -> Result<(), FileError> {
        allow(self.shared.incoming.as_ref() != Some(path))
    }

    /// Begins the upload of a file that can be put in. Nothing is replaced, and nothing is gone on with: what is there may be
    /// somebody else's.
    pub(super) async fn put_in(&self, path: &VPath, mode: WriteMode) -> Result<WriteHandle, FileError> {
        self.allow(|rights| rights.incoming)?;
        allow(matches!(mode, WriteMode::Replace | WriteMode::At(0) | WriteMode::CreateNew))?;
        self.run_unseen(path, |shared, path| {
            let Shared { jail, permissions, owner, ledger, .. } = shared;
            let stop = AtomicBool::new(false);
            Upload { jail, permissions, owner, ledger, path, stop: &stop }.begin_unseen()
        })
        .await
    }
}
