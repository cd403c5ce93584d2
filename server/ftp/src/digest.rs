//! Digests of files: computed piece by piece in the blocking pool, as a task beside the control connection, so that a
//! kick or an ABOR need not wait for a large file.

use crate::{reply::Reply, transfer::file_error};
use std::fmt::Write as _;
use tokio_util::sync::CancellationToken;
use wharf_vfs::{
    Buffer, FileError, ReadHandle,
    digest::{Algorithm, Hasher},
    turns::in_turn,
};

/// A digest that was asked for.
pub(crate) struct Work {
    pub(crate) file: ReadHandle,
    /// Where in the file it begins; it ends where the file does.
    pub(crate) offset: u64,
    pub(crate) algorithm: Algorithm,
    /// What the reply says before and behind the digest.
    pub(crate) answer: Answer,
}

/// The reply around a digest.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) before: String,
    pub(crate) behind: Vec<u8>,
}

/// Computes the digest. `stop` ends it early.
pub(crate) async fn run(work: Work, stop: CancellationToken) -> Reply {
    let Work { file, offset, algorithm, answer } = work;
    let digest = tokio::select! {
        biased;
        () = stop.cancelled() => return Reply::new(426, "Digest aborted"),
        digest = compute(&file, offset, algorithm) => digest,
    };
    match digest {
        Ok(digest) => {
            Reply::new(answer.code, [answer.before.into_bytes(), digest.into_bytes(), answer.behind].concat())
        }
        Err(error) => file_error(&error, 451),
    }
}

async fn compute(file: &ReadHandle, mut offset: u64, algorithm: Algorithm) -> Result<String, FileError> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = Buffer::with_capacity(Buffer::LARGE);
    loop {
        buffer = file.read_at(offset, buffer).await?;
        if buffer.is_empty() {
            return Ok(hexadecimal(&hasher.finish()));
        }
        offset += buffer.len() as u64;
        let piece = in_turn(move || {
            hasher.update(&buffer);
            buffer.clear();
            (hasher, buffer)
        });
        (hasher, buffer) = piece.await?;
    }
}

/// Small letters.
fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
