//! What is in a folder, and changing it.

#[cfg(feature = "ssr")]
use crate::files::{errors::failed, guard, server::did};
use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::files::{Done, Folder, Found};
#[cfg(feature = "ssr")]
use wharf_model::files::{ENTRIES_MOST, Entry, EntryKind, Failed, Step, encode};
#[cfg(feature = "ssr")]
use wharf_vfs::{FileError, FileKind, Stat, VPath, printable};

/// What a search shows at most.
#[cfg(feature = "ssr")]
const FOUND_MOST: usize = 500;

/// What is in a folder.
#[server(name = OpenFolderCall, prefix = "/do", endpoint = "open_folder", protocol = Call)]
pub async fn open_folder(
    /// Which.
    path: String,
) -> Result<Folder, PanelError> {
    let session = guard::session()?;
    let path = guard::path(&path)?;
    let files = session.files();
    let mut listing = match files.list(&path).await {
        Ok(listing) => Some(listing),
        // Who may only upload sees an empty folder.
        Err(FileError::Denied) if files.permissions().write || files.permissions().incoming => {
            files.enter(&path).await.map_err(failed)?;
            None
        }
        Err(error) => return Err(failed(error)),
    };
    did(&session, "LIST", &path.to_string());
    session.set_cwd(path.to_string());
    let (mut entries, mut more) = (Vec::new(), false);
    while let Some(listing) = &mut listing {
        let Some(batch) = listing.next_batch().await.map_err(failed)? else { break };
        more = entries.len() + batch.len() > ENTRIES_MOST;
        let left = ENTRIES_MOST - entries.len();
        let named = batch.into_iter().take(left).filter_map(|found| {
            let path = path.join(&found.name).ok()?;
            Some(entry(printable(&found.name), &path, &found.stat))
        });
        entries.extend(named);
        if more {
            break;
        }
    }
    Ok(Folder { way: way(&path), entries, more, used: files.ledger().used() })
}

/// Makes a folder.
#[server(name = MakeFolderCall, prefix = "/do", endpoint = "make_folder", protocol = Call)]
pub async fn make_folder(
    /// Its path.
    path: String,
    /// That there is one already is no error.
    known: bool,
) -> Result<(), PanelError> {
    let session = guard::session()?;
    let path = guard::path(&path)?;
    did(&session, "MKDIR", &path.to_string());
    match session.files().mkdir(&path).await {
        Err(FileError::AlreadyExists) if known => session.files().enter(&path).await.map_err(failed),
        answer => answer.map_err(failed),
    }
}

/// Gives a file or folder another name. Nothing is replaced.
#[server(name = RenameCall, prefix = "/do", endpoint = "rename", protocol = Call)]
pub async fn rename(
    /// Its path.
    from: String,
    /// The path it gets.
    to: String,
) -> Result<(), PanelError> {
    let session = guard::session()?;
    let (from, to) = (guard::path(&from)?, guard::path(&to)?);
    did(&session, "RENAME", &format!("{from} {to}"));
    session.files().rename_new(&from, &to).await.map_err(failed)
}

/// Moves files and folders into a folder. Nothing is replaced.
#[server(name = MoveToCall, prefix = "/do", endpoint = "move_to", protocol = Call)]
pub async fn move_to(
    /// Their paths.
    paths: Vec<String>,
    /// The folder.
    folder: String,
) -> Result<Done, PanelError> {
    let session = guard::session()?;
    allowed(session.files().permissions().rename)?;
    let folder = guard::path(&folder)?;
    let mut done = Done::default();
    for from in paths.iter().map(|path| guard::path(path)) {
        let from = from?;
        did(&session, "MOVE", &format!("{from} {folder}"));
        let answer = match beside(&from, &folder) {
            Ok(to) => session.files().rename_new(&from, &to).await,
            Err(error) => Err(error),
        };
        note(&mut done, &from, answer.map(|()| 1));
    }
    Ok(done)
}

/// Copies files, and folders with all in them, into a folder. Nothing is replaced.
#[server(name = CopyToCall, prefix = "/do", endpoint = "copy_to", protocol = Call)]
pub async fn copy_to(
    /// Their paths.
    paths: Vec<String>,
    /// The folder.
    folder: String,
) -> Result<Done, PanelError> {
    let session = guard::session()?;
    let may = session.files().permissions();
    allowed(may.read && may.write)?;
    let folder = guard::path(&folder)?;
    let mut done = Done::default();
    for from in paths.iter().map(|path| guard::path(path)) {
        let from = from?;
        did(&session, "COPY", &format!("{from} {folder}"));
        let answer = match beside(&from, &folder) {
            Ok(to) => session.files().copy_tree(&from, &to).await,
            Err(error) => Err(error),
        };
        note(&mut done, &from, answer);
    }
    Ok(done)
}

/// Deletes files, and folders with all that is in them.
#[server(name = DeleteCall, prefix = "/do", endpoint = "delete", protocol = Call)]
pub async fn delete(
    /// Their paths.
    paths: Vec<String>,
) -> Result<Done, PanelError> {
    let session = guard::session()?;
    allowed(session.files().permissions().delete)?;
    let mut done = Done::default();
    for path in paths.iter().map(|path| guard::path(path)) {
        let path = path?;
        did(&session, "DELETE", &path.to_string());
        let answer = session.files().remove_tree(&path).await;
        note(&mut done, &path, answer);
    }
    Ok(done)
}

/// Files and folders below a folder whose name has `text` in it.
#[server(name = SearchCall, prefix = "/do", endpoint = "search", protocol = Call)]
pub async fn search(
    /// The folder.
    path: String,
    /// A part of the name, in small or capital letters.
    text: String,
) -> Result<Found, PanelError> {
    let session = guard::session()?;
    let path = guard::path(&path)?;
    did(&session, "SEARCH", &format!("{path} {text}"));
    let found = session.files().search(&path, text.trim(), FOUND_MOST).await.map_err(failed)?;
    let more = found.len() >= FOUND_MOST;
    let below = |found: &VPath| printable(found.below(&path).unwrap_or_default());
    Ok(Found { entries: found.iter().map(|(found, stat)| entry(below(found), found, stat)).collect(), more })
}

#[cfg(feature = "ssr")]
fn entry(name: String, path: &VPath, stat: &Stat) -> Entry {
    let kind = match stat.kind {
        FileKind::Directory => EntryKind::Folder,
        FileKind::File => EntryKind::File,
        FileKind::Symlink => EntryKind::Link,
        FileKind::Other => EntryKind::Other,
    };
    Entry { name, path: encode(path.as_bytes()), kind, size: stat.size, modified: stat.modified_ms }
}

/// Every folder from the home to `path`.
#[cfg(feature = "ssr")]
fn way(path: &VPath) -> Vec<Step> {
    let step =
        |path: &VPath| Step { name: path.name().map(printable).unwrap_or_default(), path: encode(path.as_bytes()) };
    let mut way = vec![step(path)];
    let mut here = path.clone();
    while !here.is_root() {
        here = here.parent();
        way.push(step(&here));
    }
    way.reverse();
    way
}

/// An order about many files is refused as a whole where the right is missing.
#[cfg(feature = "ssr")]
fn allowed(may: bool) -> Result<(), PanelError> {
    if may { Ok(()) } else { Err(failed(FileError::Denied)) }
}

/// The path in `folder` with the name of `from`.
#[cfg(feature = "ssr")]
fn beside(from: &VPath, folder: &VPath) -> Result<VPath, FileError> {
    folder.join(from.name().ok_or(FileError::Forbidden)?)
}

#[cfg(feature = "ssr")]
fn note(done: &mut Done, path: &VPath, answer: Result<u64, FileError>) {
    match answer {
        Ok(count) => done.done += count,
        Err(error) => done.failed.push(Failed {
            name: path.name().map(printable).unwrap_or_default(),
            why: crate::files::errors::told(error),
        }),
    }
}
