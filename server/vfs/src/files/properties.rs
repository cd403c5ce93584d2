//! What clients of WebDAV note about a file (RFC 4918 section 4.1): an extended attribute, so that it goes where the file
//! goes, over whatever protocol it is moved.

use std::os::fd::AsRawFd;

use rustix::fd::OwnedFd;
use rustix::fs::{OFlags, XattrFlags, fgetxattr, fsetxattr, getxattr, removexattr, setxattr};
use rustix::io::Errno;

use super::Files;
use crate::error::FileError;
use crate::path::VPath;

const NAME: &str = "user.wharf.dav";
/// Most file systems keep about as much beside a file.
const MOST: usize = 4000;

impl Files {
    /// What is noted about a file or a directory; nothing where nothing is, or the file system has no place for it. Needs
    /// `list` or `read`.
    pub async fn properties(&self, path: &VPath) -> Result<Vec<u8>, FileError> {
        self.allow(|rights| rights.list || rights.read)?;
        self.run(path, |shared, path| noted(&shared.jail.look(path, OFlags::PATH)?)).await
    }

    /// Notes it. Nothing takes no place. Needs `write`.
    pub async fn set_properties(&self, path: &VPath, properties: Vec<u8>) -> Result<(), FileError> {
        self.allow(|rights| rights.write)?;
        if properties.len() > MOST {
            return Err(FileError::NoSpace);
        }
        self.run(path, move |shared, path| {
            let file = shared.jail.look(path, OFlags::PATH)?;
            let link = link(&file);
            let done = if properties.is_empty() {
                match removexattr(&link, NAME) {
                    Err(Errno::NODATA) => Ok(()),
                    done => done,
                }
            } else {
                setxattr(&link, NAME, &properties, XattrFlags::empty())
            };
            done.map_err(|error| if error == Errno::TOOBIG { FileError::NoSpace } else { error.into() })
        })
        .await
    }
}

/// Of a file that is open in whatever way.
pub(crate) fn noted(file: &OwnedFd) -> Result<Vec<u8>, FileError> {
    let mut noted = vec![0; MOST];
    let length = match fgetxattr(file, NAME, &mut noted[..]) {
        // Open only as a name.
        Err(Errno::BADF) => getxattr(link(file), NAME, &mut noted[..]),
        length => length,
    };
    match length {
        Ok(length) => {
            noted.truncate(length);
            Ok(noted)
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS | Errno::RANGE) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Gives a file that is open for writing what is noted about another one. It is not worth losing the file.
pub(crate) fn pass_on(noted: &[u8], to: &OwnedFd) {
    if !noted.is_empty()
        && let Err(error) = fsetxattr(to, NAME, noted, XattrFlags::empty())
    {
        tracing::debug!(%error, "properties of a file were not kept");
    }
}

fn link(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}
