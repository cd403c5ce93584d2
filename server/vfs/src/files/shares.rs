//! What somebody else gets of an account's files: one folder or one file to read, or a folder to put files into.

use std::sync::Arc;

use rustix::fs::OFlags;
use wharf_model::accounts::Permissions;

use super::incoming::NONE;
use super::{Files, Shared};
use crate::error::FileError;
use crate::handles::WriteMode;
use crate::listing::Listing;
use crate::parts;
use crate::path::VPath;
use crate::stat::Stat;
use crate::uploads::allow;

/// What is shared.
#[derive(Debug)]
pub(super) struct Share {
    /// The one file, where it is no folder. Nothing else beside it is there.
    only: Option<VPath>,
    /// Files are added, and nothing is read, replaced or removed.
    adds: bool,
}

impl Share {
    pub(super) fn has(&self, path: &VPath) -> bool {
        path.is_root() || self.only.as_ref().is_none_or(|only| only == path)
    }
}

impl Files {
    /// What is at `path`, for somebody else to read: a folder is the home then, which no lookup leaves, and a file is the
    /// only one in it. Needs `read`, and `list` for a folder. `owner` is what names of parts contain.
    pub async fn share(&self, path: &VPath, owner: &str) -> Result<Self, FileError> {
        let stat = self.stat_link(path).await?;
        if stat.part {
            return Err(FileError::NotFound);
        }
        let rights = self.permissions();
        allow(rights.read && (rights.list || stat.is_file()))?;
        let only = match path.name() {
            Some(name) if stat.is_file() => Some(VPath::root().join(name)?),
            _ => None,
        };
        let home = if only.is_some() { path.parent() } else { path.clone() };
        let rights = Permissions { read: true, list: true, ..NONE };
        self.shared_at(&home, rights, Share { only, adds: false }, owner).await
    }

    /// The folder at `path`, for somebody else to put files into: what is there cannot be seen, and nothing of it is
    /// replaced or gone on with. Needs `write`; directories can be made where the account may.
    pub async fn share_to_add(&self, path: &VPath, owner: &str) -> Result<Self, FileError> {
        let Permissions { write, make_directories, .. } = self.permissions();
        allow(write)?;
        let rights = Permissions { incoming: true, make_directories, ..NONE };
        self.shared_at(path, rights, Share { only: None, adds: true }, owner).await
    }

    async fn shared_at(&self, home: &VPath, rights: Permissions, share: Share, owner: &str) -> Result<Self, FileError> {
        let owner = parts::owner_tag(owner);
        let shared = self
            .run(home, move |shared, home| {
                Ok(Shared {
                    jail: Arc::new(shared.jail.below(home)?),
                    permissions: rights,
                    owner,
                    ledger: shared.ledger.clone(),
                    incoming: None,
                    share: Some(share),
                })
            })
            .await?;
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Shared {
    /// Whether files are added here and nothing else.
    pub(super) fn only_adds(&self) -> bool {
        self.share.as_ref().is_some_and(|share| share.adds)
    }

    /// Whether an upload only adds a file, where that is allowed.
    pub(super) fn adds(&self, mode: WriteMode) -> bool {
        self.only_adds() && matches!(mode, WriteMode::CreateNew | WriteMode::Part { only_new: true, .. })
    }

    pub(super) fn listing(&self, path: &VPath, follow: bool) -> Result<Listing, FileError> {
        let Some(only) = self.share.as_ref().and_then(|share| share.only.as_ref()) else {
            return Listing::open(&self.jail, path, follow);
        };
        let stat = Stat::of(self.jail.look(only, OFlags::PATH)?)?;
        Ok(Listing::of_one(only.name().unwrap_or_default(), stat))
    }
}
