//! Files as text, for the editor.

use crate::{call::Call, error::PanelError};
#[cfg(feature = "ssr")]
use crate::{
    files::{errors::failed, guard, server::did},
    guard::invalid,
};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use wharf_model::files::TEXT_MOST;
use wharf_model::files::{Saved, TextFile};
#[cfg(feature = "ssr")]
use wharf_vfs::{Buffer, FileError, Stat, WriteMode};

/// A small file as text.
#[server(name = ReadTextCall, prefix = "/do", endpoint = "read_text", protocol = Call)]
pub async fn read_text(
    /// Its path.
    path: String,
) -> Result<TextFile, PanelError> {
    let session = guard::session()?;
    let path = guard::path(&path)?;
    did(&session, "READ", &path.to_string());
    let file = session.files().open_read(&path).await.map_err(failed)?;
    if file.size() > TEXT_MOST {
        return Err(invalid("", "This file is too large to be edited here."));
    }
    let room = usize::try_from(TEXT_MOST).unwrap_or(usize::MAX) + 1;
    let read = file.read_at(0, Buffer::with_capacity(room)).await.map_err(failed)?;
    if read.len() == room {
        return Err(invalid("", "This file is too large to be edited here."));
    }
    let text = String::from_utf8(read.to_vec());
    let text = text.map_err(|_| invalid("", "This file is not text (UTF-8), so it cannot be edited here."))?;
    Ok(TextFile { text, version: version(file.stat()) })
}

/// Writes a text over the file it was read from.
#[server(name = SaveTextCall, prefix = "/do", endpoint = "save_text", protocol = Call)]
pub async fn save_text(
    /// Its path.
    path: String,
    /// All that is in it from now on.
    text: String,
    /// What it was when it was read; nothing to replace whatever is there.
    version: Option<String>,
) -> Result<Saved, PanelError> {
    let session = guard::session()?;
    let path = guard::path(&path)?;
    if text.len() as u64 > TEXT_MOST {
        return Err(invalid("", "This file is too large to be edited here."));
    }
    let files = session.files();
    if let Some(known) = version {
        match files.stat(&path).await {
            Ok(stat) if !stat.part && self::version(&stat) == known => {}
            Ok(_) | Err(FileError::NotFound) => return Ok(Saved::Changed),
            Err(error) => return Err(failed(error)),
        }
    }
    did(&session, "SAVE", &path.to_string());
    let mut file = files.open_write(&path, WriteMode::Replace).await.map_err(failed)?;
    let mut buffer = Buffer::with_capacity(text.len());
    buffer.put(text.as_bytes());
    match file.write(buffer).await {
        Ok(_) => {}
        Err(error) => {
            // A part of a text is of no use to anybody.
            file.abort().await.map_err(failed)?;
            return Err(failed(error));
        }
    }
    let stat = file.commit(None).await.map_err(failed)?;
    Ok(Saved::Saved(self::version(&stat)))
}

#[cfg(feature = "ssr")]
fn version(stat: &Stat) -> String {
    format!("{}-{}", stat.size, stat.modified_ms)
}
