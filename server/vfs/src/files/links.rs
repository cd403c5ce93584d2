//! Symbolic and hard links.

use std::os::fd::AsRawFd;

use rustix::fs::{AtFlags, CWD, OFlags, linkat, readlinkat, symlinkat};

use super::Files;
use crate::error::FileError;
use crate::jail::regular_stat;
use crate::path::VPath;

impl Files {
    /// Makes the symbolic link `link` to `target`, which is stored relative to it and has to lie in the link's directory
    /// or below, whether it exists or not. So no link says `..`, and none leads out of the home, wherever it is moved and
    /// whoever follows it. Needs `write`.
    pub async fn symlink(&self, target: &VPath, link: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        let below = target.below(&link.parent()).map(<[u8]>::to_vec);
        let target = below.ok_or(FileError::InvalidName("a link leads to its own directory or below"))?;
        self.run(link, move |shared, link| {
            let (parent, name) = shared.jail.parent(link)?;
            Ok(symlinkat(&*target, &parent, name)?)
        })
        .await
    }

    /// Where the symbolic link `link` leads, as it is stored. Needs `list` or `read`.
    pub async fn read_link(&self, link: &VPath) -> Result<Vec<u8>, FileError> {
        self.allow(|rights| rights.list || rights.read)?;
        self.run(link, |shared, link| {
            let (parent, name) = shared.jail.parent(link)?;
            Ok(readlinkat(parent, name, Vec::new())?.into_bytes())
        })
        .await
    }

    /// Gives the regular file `from` the further name `to`. Needs `write`.
    pub async fn hard_link(&self, from: &VPath, to: &VPath) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        let to = to.clone();
        self.run(from, move |shared, from| {
            // The file that was looked at, and no link that takes its place meanwhile.
            let file = shared.jail.look(from, OFlags::PATH | OFlags::NOFOLLOW)?;
            regular_stat(&file)?;
            let (parent, name) = shared.jail.parent(&to)?;
            let file = format!("/proc/self/fd/{}", file.as_raw_fd());
            Ok(linkat(CWD, file, &parent, name, AtFlags::SYMLINK_FOLLOW)?)
        })
        .await
    }
}
