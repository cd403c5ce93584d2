//! What can go wrong with a file.

use std::io;

use rustix::io::Errno;

/// Why a file operation was refused or failed. The texts name no path and can be sent to a client as they are.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing has this name.
    #[error("No such file or directory")]
    NotFound,
    /// Something has this name already.
    #[error("A file or directory of this name exists already")]
    AlreadyExists,
    /// A directory was needed.
    #[error("Not a directory")]
    NotADirectory,
    /// A file was needed.
    #[error("Is a directory")]
    IsADirectory,
    /// Only empty directories can be removed.
    #[error("The directory is not empty")]
    NotEmpty,
    /// The account lacks the right.
    #[error("This account may not do that")]
    Denied,
    /// The operating system or the jail forbids it.
    #[error("Access is not allowed here")]
    Forbidden,
    /// The name cannot be used; the text says why.
    #[error("Invalid name: {0}")]
    InvalidName(&'static str),
    /// A component is longer than 255 bytes, or the path longer than 4096.
    #[error("The name is too long")]
    NameTooLong,
    /// The account's quota, or the file system's quota, is used up.
    #[error("The quota is exceeded")]
    QuotaExceeded,
    /// The disk is full.
    #[error("No space is left on the server")]
    NoSpace,
    /// Somebody else uses or changed it; a later try may succeed.
    #[error("The file is in use, try again later")]
    Busy,
    /// There are not enough bytes to resume from this offset.
    #[error("The upload cannot be resumed at this offset")]
    BadOffset,
    /// An upload that was to replace the file was cut. Whoever resumes took the offset from the old file, so going on
    /// would mix the two.
    #[error("An upload that was to replace this file was interrupted: send it from the beginning")]
    Interrupted,
    /// Something was not written, so the upload cannot become a file.
    #[error("Not all of the file was written")]
    Incomplete,
    /// A loop of symbolic links, or a link of the kind that is never followed.
    #[error("Too many symbolic links")]
    TooManyLinks,
    /// Anything else. The cause is for the log.
    #[error("The file system reported an error")]
    Io(#[source] io::Error),
}

impl From<Errno> for FileError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::NotFound,
            Errno::EXIST => Self::AlreadyExists,
            Errno::NOTDIR => Self::NotADirectory,
            Errno::ISDIR => Self::IsADirectory,
            Errno::NOTEMPTY => Self::NotEmpty,
            Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::XDEV | Errno::NXIO => Self::Forbidden,
            Errno::NAMETOOLONG => Self::NameTooLong,
            Errno::DQUOT => Self::QuotaExceeded,
            Errno::NOSPC | Errno::FBIG => Self::NoSpace,
            Errno::BUSY | Errno::TXTBSY | Errno::AGAIN => Self::Busy,
            Errno::LOOP => Self::TooManyLinks,
            other => Self::Io(other.into()),
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            None => Self::Io(error),
        }
    }
}
