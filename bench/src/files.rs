//! What is moved.

use anyhow::Result;
use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

/// The content of a small file.
pub(crate) const SMALL: [u8; 1024] = [b'x'; 1024];
pub(crate) const MIB: f64 = 1_048_576.0;
const PIECE: usize = 1 << 20;

/// Bytes that do not compress, should something on the way try.
pub(crate) fn write_file(path: &Path, size: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut state = size | 1;
    let mut piece = Vec::with_capacity(PIECE);
    while piece.len() < PIECE {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        piece.extend_from_slice(&state.to_le_bytes());
    }
    let mut rest = size;
    while rest > 0 {
        let n = usize::try_from(rest).unwrap_or(PIECE).min(PIECE);
        file.write_all(&piece[..n])?;
        rest -= n as u64;
    }
    Ok(())
}

/// A folder of small files, named by numbers.
pub(crate) fn write_small_files(folder: &Path, count: u32) -> Result<()> {
    fs::create_dir_all(folder)?;
    for number in 0..count {
        fs::write(folder.join(number.to_string()), SMALL)?;
    }
    Ok(())
}

/// Has as much memory as an upload takes in use and free again. A virtual machine gives free memory back to its host, and
/// whoever touches it then pays for that, many times what the upload costs: no server shall be the one by chance.
pub(crate) fn touch_memory(folder: &Path, size: u64) -> Result<()> {
    let scratch = folder.join("scratch");
    write_file(&scratch, size + size / 4)?;
    Ok(fs::remove_file(scratch)?)
}
