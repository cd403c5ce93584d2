//! Files: what one account may touch below its home, for every protocol alike. Imports `wharf_model` for the rights
//! of an account and nothing else of Wharf. Linux only (`openat2`, Linux 5.8 or newer).
//!
//! * [`path`]: [`VPath`], the one path normaliser, on bytes; [`printable`] for texts from outside.
//! * [`error`]: [`FileError`], whose texts can be sent to a client as they are.
//! * [`jail`]: [`Jail`], an account's home; every lookup stays inside it, symbolic links or not.
//! * [`files`]: [`Files`], the one permission check in front of all of the rest.
//! * [`stat`] and [`listing`]: facts of files, and directories in batches; [`ls_line`]: a line of `ls -l`.
//! * [`digest`]: digests, computed in [`turns`].
//! * [`handles`]: [`ReadHandle`] and [`WriteHandle`], the data path; [`buffers`]: the pooled [`Buffer`] they use;
//!   [`pace`]: how large it is.
//! * [`edits`]: [`EditHandle`], a file written wherever the client likes, as a whole or in place.
//! * `uploads`, `parts`, `ranges` and `publish` (private): how a part is found, locked, filled, kept for a later resume,
//!   and becomes the file.
//! * [`quota`]: [`Ledger`], bytes on disk against a limit; what measures and cleans a home, by `walk` (private).
//! * [`throttle`]: [`Bucket`] and [`Chain`], bytes per second.
//!
//! No call here blocks the runtime: whatever may touch a disk runs in tokio's blocking pool.

pub mod buffers;
pub mod digest;
pub mod edits;
pub mod error;
pub mod files;
pub mod handles;
pub mod jail;
mod lines;
pub mod listing;
pub mod pace;
mod parts;
pub mod path;
mod publish;
pub mod quota;
mod ranges;
pub mod stat;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod turns;
mod uploads;
mod walk;

pub use buffers::Buffer;
pub use edits::{EditHandle, EditMode, Piece};
pub use error::FileError;
pub use files::{Files, Space};
pub use handles::{ReadHandle, WriteHandle, WriteMode};
pub use jail::Jail;
pub use lines::ls_line;
pub use listing::{Entry, Listing};
pub use pace::Pace;
pub use path::{VPath, printable};
pub use quota::Ledger;
pub use stat::{FileKind, Stat};
pub use throttle::{Bucket, Chain};

/// Runs file work in the blocking pool. The work goes on when the caller stops waiting, so it has to own what it uses.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) => Err(FileError::Io(std::io::Error::other(failed))),
    }
}
