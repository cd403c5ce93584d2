//! What clients ask beyond the draft. The names and fields are OpenSSH's (its PROTOCOL file, section 4), but for
//! `check-file` and `home-directory`, which are from draft-ietf-secsh-filexfer-extensions-00.

use super::{Attributes, Handle, fields::Fields, stream::Misunderstood};
use bytes::Bytes;

/// The extensions that are offered, and the version of each.
pub(crate) const OFFERED: &[(&str, &str)] = &[
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("copy-data", "1"),
    ("home-directory", "1"),
    ("users-groups-by-id@openssh.com", "1"),
    ("check-file", "1"),
];

/// What a client asks beyond the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extension {
    /// A rename that replaces what is there.
    PosixRename {
        from: Bytes,
        to: Bytes,
    },
    Statvfs {
        path: Bytes,
    },
    Fstatvfs {
        handle: Handle,
    },
    Hardlink {
        from: Bytes,
        to: Bytes,
    },
    Fsync {
        handle: Handle,
    },
    Lsetstat {
        path: Bytes,
        attributes: Attributes,
    },
    Limits,
    ExpandPath {
        path: Bytes,
    },
    CopyData(CopyData),
    HomeDirectory {
        user: Bytes,
    },
    UsersGroupsById {
        users: Vec<u32>,
        groups: Vec<u32>,
    },
    CheckFile {
        file: Checked,
        digests: Bytes,
        start: u64,
        length: u64,
        block: u32,
    },
}

/// Bytes of one open file that go to another. A length of 0 is up to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyData {
    pub(crate) from: Handle,
    pub(crate) from_offset: u64,
    pub(crate) length: u64,
    pub(crate) to: Handle,
    pub(crate) to_offset: u64,
}

/// The file whose digest is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Handle(Handle),
    Path(Bytes),
}

pub(super) fn read(mut fields: Fields) -> Result<Extension, Misunderstood> {
    let name = fields.string()?;
    let handle = |fields: &mut Fields| fields.string().map(|bytes| Handle::read(&bytes));
    Ok(match &*name {
        b"posix-rename@openssh.com" => Extension::PosixRename { from: fields.string()?, to: fields.string()? },
        b"statvfs@openssh.com" => Extension::Statvfs { path: fields.string()? },
        b"fstatvfs@openssh.com" => Extension::Fstatvfs { handle: handle(&mut fields)? },
        b"hardlink@openssh.com" => Extension::Hardlink { from: fields.string()?, to: fields.string()? },
        b"fsync@openssh.com" => Extension::Fsync { handle: handle(&mut fields)? },
        b"lsetstat@openssh.com" => {
            Extension::Lsetstat { path: fields.string()?, attributes: Attributes::read(&mut fields)? }
        }
        b"limits@openssh.com" => Extension::Limits,
        b"expand-path@openssh.com" => Extension::ExpandPath { path: fields.string()? },
        b"copy-data" => Extension::CopyData(CopyData {
            from: handle(&mut fields)?,
            from_offset: fields.u64()?,
            length: fields.u64()?,
            to: handle(&mut fields)?,
            to_offset: fields.u64()?,
        }),
        b"home-directory" => Extension::HomeDirectory { user: fields.string()? },
        b"users-groups-by-id@openssh.com" => {
            Extension::UsersGroupsById { users: numbers(&fields.string()?)?, groups: numbers(&fields.string()?)? }
        }
        // paramiko leaves the draft's "-handle" away.
        b"check-file" | b"check-file-handle" => {
            let file = Checked::Handle(handle(&mut fields)?);
            check_file(file, fields)?
        }
        b"check-file-name" => {
            let file = Checked::Path(fields.string()?);
            check_file(file, fields)?
        }
        _ => return Err(Misunderstood::Unknown),
    })
}

fn check_file(file: Checked, mut fields: Fields) -> Result<Extension, Misunderstood> {
    Ok(Extension::CheckFile {
        file,
        digests: fields.string()?,
        start: fields.u64()?,
        length: fields.u64()?,
        block: fields.u32()?,
    })
}

fn numbers(packed: &Bytes) -> Result<Vec<u32>, Misunderstood> {
    let (numbers, rest) = packed.as_chunks::<4>();
    if rest.is_empty() {
        Ok(numbers.iter().copied().map(u32::from_be_bytes).collect())
    } else {
        Err(Misunderstood::Truncated)
    }
}
