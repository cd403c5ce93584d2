//! What requests other than READ, WRITE, READDIR and CLOSE do.

use super::{
    answer::{Context, Done, Outcome, Refusal, shown},
    directories, extensions,
    handles::{Editing, Handles, Open},
    opening,
};
use crate::packet::{
    Attributes, Extension, Handle, Request,
    reply::{self, Name},
};
use std::{pin::Pin, sync::Arc};
use wharf_vfs::{FileError, Files, Stat, VPath};

/// A request that runs.
pub(super) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Something open that a request is about.
pub(super) enum Subject {
    /// A file open for reading only, or a directory: its name is as good.
    Path(VPath),
    Editing(Arc<Editing>),
}

impl Subject {
    pub(super) fn of(handles: &Handles, handle: Handle) -> Result<Self, Refusal> {
        match handles.get(handle) {
            Some(Open::Reading(file)) => Ok(Self::Path(file.path.clone())),
            Some(Open::Editing(file)) => Ok(Self::Editing(file.clone())),
            Some(Open::Directory(Some(directory))) => Ok(Self::Path(directory.path.clone())),
            Some(Open::Directory(None)) | None => Err(Refusal::no_handle()),
        }
    }
}

/// What a request is called in the log and in the status column, and what it is about.
struct Title {
    verb: &'static str,
    about: String,
    /// Some ask all the time for what the log has said already.
    quiet: bool,
}

fn title(request: &Request) -> Title {
    let named = |verb, path: &[u8]| Title { verb, about: shown(path), quiet: false };
    let quiet = |verb| Title { verb, about: String::new(), quiet: true };
    let two = |verb, from: &[u8], to: &[u8]| {
        let about = format!("{} to {}", shown(from), shown(to));
        Title { verb, about, quiet: false }
    };
    match request {
        Request::Open { path, opening, .. } => {
            let about = format!("{} ({})", shown(path), opening::described(*opening));
            Title { verb: "OPEN", about, quiet: false }
        }
        Request::Opendir { path } => named("OPENDIR", path),
        Request::Lstat { path } => named("LSTAT", path),
        Request::Stat { path } => named("STAT", path),
        Request::Setstat { path, .. } => named("SETSTAT", path),
        Request::Remove { path } => named("REMOVE", path),
        Request::Mkdir { path, .. } => named("MKDIR", path),
        Request::Rmdir { path } => named("RMDIR", path),
        Request::Readlink { path } => named("READLINK", path),
        Request::Rename { from, to } => two("RENAME", from, to),
        Request::Symlink { target, link } => {
            let about = format!("{} to {}", shown(link), wharf_vfs::printable(target));
            Title { verb: "SYMLINK", about, quiet: false }
        }
        Request::Realpath { .. } => quiet("REALPATH"),
        Request::Fstat { .. } => quiet("FSTAT"),
        Request::Fsetstat { .. } => quiet("FSETSTAT"),
        Request::Extended(extension) => match extension {
            Extension::PosixRename { from, to } => two("RENAME", from, to),
            Extension::Hardlink { from, to } => two("LINK", from, to),
            Extension::Lsetstat { path, .. } => named("LSETSTAT", path),
            Extension::Statvfs { path } => named("STATVFS", path),
            Extension::CheckFile { .. } => quiet("CHECK-FILE"),
            Extension::CopyData { .. } => quiet("COPY-DATA"),
            Extension::Fsync { .. } => quiet("FSYNC"),
            Extension::Fstatvfs { .. }
            | Extension::Limits
            | Extension::ExpandPath { .. }
            | Extension::HomeDirectory { .. }
            | Extension::UsersGroupsById { .. } => quiet("EXTENDED"),
        },
        // These do not come here.
        Request::Init { .. }
        | Request::Close { .. }
        | Request::Read { .. }
        | Request::Write { .. }
        | Request::Readdir { .. } => quiet(""),
    }
}

/// Finds what a request is about, and answers what will carry it out.
pub(super) fn begin(context: &Arc<Context>, handles: &Handles, request: Request) -> Result<Work, Refusal> {
    let Title { verb, about, quiet } = title(&request);
    context.session.command(verb, true);
    let work = prepare(context.clone(), handles, request);
    if quiet {
        return work;
    }
    let work = work.inspect_err(|refusal| context.note(&format!("{verb} {about}"), &refusal.text))?;
    let context = context.clone();
    Ok(Box::pin(async move {
        let outcome = work.await;
        let how = outcome.as_ref().map_or_else(|refusal| refusal.text.as_str(), |_| "ok");
        context.note(&format!("{verb} {about}"), how);
        outcome
    }))
}

fn prepare(context: Arc<Context>, handles: &Handles, request: Request) -> Result<Work, Refusal> {
    Ok(match request {
        Request::Open { .. } | Request::Opendir { .. } if handles.is_full() => {
            return Err(Refusal::failure("Too many open files"));
        }
        Request::Open { path, opening, attributes } => {
            let path = resolve(&path)?;
            let writing = handles.writing(&path);
            Box::pin(async move { opening::open(&context, path, opening, attributes, writing).await })
        }
        Request::Opendir { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { directories::open(&context, path).await })
        }
        Request::Lstat { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { Ok(told(&context.files().stat_link(&path).await?)) })
        }
        Request::Stat { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { Ok(told(&context.files().stat(&path).await?)) })
        }
        Request::Fstat { handle } => match Subject::of(handles, handle)? {
            Subject::Path(path) => Box::pin(async move { Ok(told(&context.files().stat(&path).await?)) }),
            Subject::Editing(file) => Box::pin(async move { Ok(told(&file.file.stat().await?)) }),
        },
        Request::Setstat { path, attributes } => set_by_name(context, handles, resolve(&path)?, attributes),
        Request::Fsetstat { handle, attributes } => match Subject::of(handles, handle)? {
            Subject::Path(path) => set_by_name(context, handles, path, attributes),
            Subject::Editing(file) => Box::pin(async move {
                if let Some(owner) = attributes.owner {
                    check_owner(owner, &file.file.stat().await?)?;
                }
                if let Some(size) = attributes.size {
                    file.file.set_size(size).await?;
                }
                file.file.set_attributes(attributes.permissions, attributes.modified_ms()).await?;
                Ok(Done::Ok)
            }),
        },
        Request::Extended(extension) => return extensions::prepare(context, handles, extension),
        request => return prepare_names(context, handles, request),
    })
}

/// Requests that are about names rather than about what has them.
fn prepare_names(context: Arc<Context>, handles: &Handles, request: Request) -> Result<Work, Refusal> {
    Ok(match request {
        Request::Remove { path } => {
            let path = resolve(&path)?;
            let writing = handles.writing(&path);
            Box::pin(async move {
                opening::publish(&writing).await?;
                done(context.files().unlink(&path).await)
            })
        }
        Request::Mkdir { path, attributes } => {
            let path = resolve(&path)?;
            let mode = attributes.permissions.unwrap_or(0o755);
            Box::pin(async move { done(context.files().mkdir_with_mode(&path, mode).await) })
        }
        Request::Rmdir { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { done(context.files().rmdir(&path).await) })
        }
        Request::Realpath { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { Ok(named(path.as_bytes().to_vec())) })
        }
        Request::Rename { from, to } => {
            let (from, to) = (resolve(&from)?, resolve(&to)?);
            let writing = handles.writing(&from);
            Box::pin(async move {
                opening::publish(&writing).await?;
                done(context.files().rename_new(&from, &to).await)
            })
        }
        Request::Readlink { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { Ok(named(context.files().read_link(&path).await?)) })
        }
        Request::Symlink { target, link } => {
            let link = resolve(&link)?;
            // A link is read where it stands.
            let target = link.parent().resolve(&target)?;
            Box::pin(async move { done(context.files().symlink(&target, &link).await) })
        }
        _ => return Err(Refusal::failure("It is out of place")),
    })
}

/// The path a client means; it stands in its home.
pub(super) fn resolve(path: &[u8]) -> Result<VPath, FileError> {
    VPath::root().resolve(path)
}

pub(super) fn done(result: Result<(), FileError>) -> Outcome {
    Ok(result.map(|()| Done::Ok)?)
}

fn told(stat: &Stat) -> Done {
    let attributes = Attributes::from(stat);
    Done::answer(move |out, id| reply::attributes(out, id, &attributes))
}

pub(super) fn named(name: Vec<u8>) -> Done {
    Done::answer(move |out, id| reply::names(out, id, &[Name::bare(&name)]))
}

fn set_by_name(context: Arc<Context>, handles: &Handles, path: VPath, attributes: Attributes) -> Work {
    let writing = handles.writing(&path);
    Box::pin(async move {
        opening::publish(&writing).await?;
        let files = context.files();
        if let Some(owner) = attributes.owner {
            check_owner(owner, &files.stat(&path).await?)?;
        }
        done(set_facts(files, &path, attributes).await)
    })
}

/// Size, mode and time, where given.
pub(super) async fn set_facts(files: &Files, path: &VPath, attributes: Attributes) -> Result<(), FileError> {
    if let Some(size) = attributes.size {
        files.set_size(path, size).await?;
    }
    if let Some(mode) = attributes.permissions {
        files.set_mode(path, mode).await?;
    }
    if let Some(modified) = attributes.modified_ms() {
        files.set_modified(path, modified).await?;
    }
    Ok(())
}

/// Files belong to the user that Wharf runs as, and cannot be given away; to say what is so does no harm.
pub(super) fn check_owner(owner: (u32, u32), stat: &Stat) -> Result<(), FileError> {
    if owner == (stat.uid, stat.gid) { Ok(()) } else { Err(FileError::Forbidden) }
}
