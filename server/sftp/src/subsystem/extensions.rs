//! What clients ask beyond the draft.

use super::{
    answer::{Context, Done, Outcome, Refusal},
    handles::{Editing, Handles, MOST, Open, Reading},
    opening,
    operations::{Subject, Work, check_owner, done, named, resolve, set_facts},
};
use crate::packet::{
    Attributes, Extension, Handle, LONGEST, MOST_DATA,
    extension::{Checked, CopyData},
    reply,
};
use bytes::{BufMut, BytesMut};
use std::sync::Arc;
use wharf_vfs::{
    Buffer, FileError, FileKind, Files, Piece, ReadHandle, Space, VPath,
    digest::{Algorithm, Hasher},
    turns::in_turn,
};

/// Bytes of digests in one answer at most.
const DIGESTS_MOST: usize = 128 * 1024;
/// The smallest block of `check-file` (draft-ietf-secsh-filexfer-extensions-00 section 3).
const BLOCK_LEAST: u32 = 256;

pub(super) fn prepare(context: Arc<Context>, handles: &Handles, extension: Extension) -> Result<Work, Refusal> {
    Ok(match extension {
        Extension::PosixRename { from, to } => {
            let (from, to) = (resolve(&from)?, resolve(&to)?);
            let writing = handles.writing(&from);
            Box::pin(async move {
                opening::publish(&writing).await?;
                done(context.files().rename(&from, &to).await)
            })
        }
        Extension::Hardlink { from, to } => {
            let (from, to) = (resolve(&from)?, resolve(&to)?);
            let writing = handles.writing(&from);
            Box::pin(async move {
                opening::publish(&writing).await?;
                done(context.files().hard_link(&from, &to).await)
            })
        }
        Extension::Statvfs { path } => {
            let path = resolve(&path)?;
            Box::pin(async move { Ok(space(context.files().space(&path).await?)) })
        }
        Extension::Fstatvfs { handle } => {
            let path = match Subject::of(handles, handle)? {
                Subject::Path(path) => path,
                Subject::Editing(file) => file.path.clone(),
            };
            Box::pin(async move { Ok(space(context.files().space(&path).await?)) })
        }
        Extension::Fsync { handle } => match Subject::of(handles, handle)? {
            // There is nothing of it to write.
            Subject::Path(_) => Box::pin(async { Ok(Done::Ok) }),
            Subject::Editing(file) => Box::pin(async move { done(file.file.sync().await) }),
        },
        Extension::Lsetstat { path, attributes } => {
            let path = resolve(&path)?;
            Box::pin(async move { done(set_link(context.files(), &path, attributes).await) })
        }
        Extension::Limits => Box::pin(async { Ok(limits()) }),
        Extension::ExpandPath { path } => {
            let path = match &*path {
                [b'~', rest @ ..] if rest.is_empty() || rest.starts_with(b"/") => [b".", rest].concat(),
                [b'~', ..] => return Err(Refusal::failure("Other users' homes are not here")),
                path => path.to_vec(),
            };
            let path = resolve(&path)?;
            Box::pin(async move { Ok(named(path.as_bytes().to_vec())) })
        }
        Extension::HomeDirectory { user } => {
            if !user.is_empty() && *user != *context.identity.login.as_bytes() {
                return Err(Refusal::failure("Other users' homes are not here"));
            }
            Box::pin(async { Ok(named(b"/".to_vec())) })
        }
        Extension::UsersGroupsById { users, groups } => Box::pin(async move { Ok(names(&context, &users, &groups)) }),
        Extension::CopyData(copy) => copy_data(context, handles, copy)?,
        Extension::CheckFile { file, digests, start, length, block } => {
            let algorithm = choose(&digests).ok_or_else(|| Refusal::failure("None of these digests is known"))?;
            check_file(context, handles, file, algorithm, Range { start, length, block })?
        }
    })
}

/// Sets facts of a link itself. Linux has no mode of a link.
async fn set_link(files: &Files, path: &VPath, attributes: Attributes) -> Result<(), FileError> {
    let stat = files.stat_link(path).await?;
    if let Some(owner) = attributes.owner {
        check_owner(owner, &stat)?;
    }
    if stat.kind != FileKind::Symlink {
        return set_facts(files, path, attributes).await;
    }
    if attributes.size.is_some() || attributes.permissions.is_some() {
        return Err(FileError::Forbidden);
    }
    match attributes.modified_ms() {
        Some(modified) => files.set_link_modified(path, modified).await,
        None => Ok(()),
    }
}

fn check_file(
    context: Arc<Context>,
    handles: &Handles,
    file: Checked,
    algorithm: (&'static [u8], Algorithm),
    range: Range,
) -> Result<Work, Refusal> {
    if range.block != 0 && range.block < BLOCK_LEAST {
        return Err(Refusal::failure("A block has 256 bytes or more"));
    }
    Ok(match file {
        Checked::Path(path) => {
            let path = resolve(&path)?;
            Box::pin(async move {
                let file = context.files().open_read(&path).await?;
                check(&file, algorithm, range).await
            })
        }
        Checked::Handle(handle) => {
            let file = Source::of(handles, handle)?;
            Box::pin(async move { check(file.reader()?, algorithm, range).await })
        }
    })
}

/// A file that can be read from.
enum Source {
    Reading(Arc<Reading>),
    Editing(Arc<Editing>),
}

impl Source {
    fn of(handles: &Handles, handle: Handle) -> Result<Self, Refusal> {
        match handles.get(handle) {
            Some(Open::Reading(file)) => Ok(Self::Reading(file.clone())),
            Some(Open::Editing(file)) => Ok(Self::Editing(file.clone())),
            Some(Open::Directory(_)) | None => Err(Refusal::no_handle()),
        }
    }

    fn reader(&self) -> Result<&ReadHandle, FileError> {
        match self {
            Self::Reading(file) => Ok(&file.file),
            Self::Editing(file) => file.file.reader().ok_or(FileError::Denied),
        }
    }
}

fn limits() -> Done {
    Done::answer(|out, id| {
        reply::extended(out, id, |out| {
            for limit in [LONGEST, MOST_DATA, MOST_DATA, MOST] {
                out.put_u64(limit as u64);
            }
        });
    })
}

fn space(space: Space) -> Done {
    Done::answer(move |out, id| {
        reply::extended(out, id, |out| {
            let Space { total, available, block, files, files_free, longest_name } = space;
            let (total, free) = (total / block.max(1), available / block.max(1));
            let fields = [block, block, total, free, free, files, files_free, files_free, 0, 0, longest_name];
            for field in fields {
                out.put_u64(field);
            }
        });
    })
}

/// The login stands for the user that the files belong to; others have no names here.
fn names(context: &Context, users: &[u32], groups: &[u32]) -> Done {
    let own = rustix::process::getuid().as_raw();
    let login = context.identity.login.clone();
    let packed = |names: Vec<&[u8]>| {
        let mut out = BytesMut::new();
        reply::put_strings(&mut out, names);
        out
    };
    let users = packed(users.iter().map(|user| if *user == own { login.as_bytes() } else { &b""[..] }).collect());
    let groups = packed(groups.iter().map(|_| &b""[..]).collect());
    Done::answer(move |out, id| reply::extended(out, id, |out| reply::put_strings(out, [&*users, &*groups])))
}

fn copy_data(context: Arc<Context>, handles: &Handles, copy: CopyData) -> Result<Work, Refusal> {
    let CopyData { from, from_offset, length, to, to_offset } = copy;
    let end = move |offset: u64| offset.saturating_add(if length == 0 { u64::MAX } else { length });
    if from == to && from_offset < end(to_offset) && to_offset < end(from_offset) {
        return Err(Refusal::failure("A file cannot be copied into itself"));
    }
    let source = Source::of(handles, from)?;
    let Source::Editing(target) = Source::of(handles, to)? else {
        return Err(FileError::Denied.into());
    };
    Ok(Box::pin(async move {
        let source = source.reader()?;
        let (mut at, until) = (from_offset, end(from_offset));
        while at < until && context.session.ending().is_none() {
            let most = usize::try_from(until - at).unwrap_or(usize::MAX).min(Buffer::LARGE);
            let buffer = source.read_at(at, Buffer::with_capacity(most)).await?;
            if buffer.is_empty() {
                break;
            }
            let n = buffer.len() as u64;
            let piece = Piece { offset: to_offset.saturating_add(at - from_offset), data: vec![buffer.into()] };
            for written in target.file.write(vec![piece]).await? {
                written?;
            }
            at += n;
        }
        Ok(Done::Ok)
    }))
}

/// The part of a file that digests are asked of. A length of 0 is up to the end, a block of 0 all of it.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    length: u64,
    block: u32,
}

/// The names of the draft, and how ours are called there.
const DIGESTS: [(&[u8], Algorithm); 5] = [
    (b"md5", Algorithm::Md5),
    (b"sha1", Algorithm::Sha1),
    (b"sha256", Algorithm::Sha256),
    (b"sha512", Algorithm::Sha512),
    (b"crc32", Algorithm::Crc32),
];

/// The first of the client's that is known here.
fn choose(wanted: &[u8]) -> Option<(&'static [u8], Algorithm)> {
    wanted.split(|byte| *byte == b',').find_map(|name| DIGESTS.into_iter().find(|(known, _)| *known == name))
}

async fn check(file: &ReadHandle, (name, algorithm): (&'static [u8], Algorithm), range: Range) -> Outcome {
    let end = if range.length == 0 { u64::MAX } else { range.start.saturating_add(range.length) };
    let mut at = range.start;
    let mut digests = Vec::new();
    loop {
        let block_end = if range.block == 0 { end } else { at.saturating_add(u64::from(range.block)).min(end) };
        let (digest, reached) = digest(file, algorithm, at, block_end).await?;
        // Where a block begins at the end there is none, but an empty file has a digest.
        if reached == at && at > range.start {
            break;
        }
        digests.extend(digest);
        if digests.len() > DIGESTS_MOST {
            return Err(Refusal::failure("These are too many blocks for one answer"));
        }
        at = reached;
        if reached < block_end || block_end == end {
            break;
        }
    }
    Ok(Done::answer(move |out, id| {
        reply::extended(out, id, |out| {
            reply::put_strings(out, [&b"check-file"[..], name]);
            out.put_slice(&digests);
        });
    }))
}

/// The digest of the bytes from `at` to before `end`, or to the end of the file, and where that was.
async fn digest(file: &ReadHandle, algorithm: Algorithm, mut at: u64, end: u64) -> Result<(Vec<u8>, u64), FileError> {
    let mut hasher = Hasher::new(algorithm);
    while at < end {
        let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(Buffer::LARGE);
        let buffer = file.read_at(at, Buffer::with_capacity(most)).await?;
        if buffer.is_empty() {
            break;
        }
        at += buffer.len() as u64;
        hasher = in_turn(move || {
            hasher.update(&buffer);
            hasher
        })
        .await?;
    }
    Ok((hasher.finish(), at))
}
