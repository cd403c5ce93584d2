//! What clients ask (sections 4 and 6).

use super::{Attributes, Extension, extension, fields::Fields, kind, stream::Misunderstood};
use bytes::Bytes;

/// The number of an open file or directory. Those given out have four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) u32);

impl Handle {
    /// What is none that was given out becomes the one number that never is.
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self(bytes.try_into().map_or(u32::MAX, u32::from_be_bytes))
    }
}

/// How a file is to be opened (section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of the protocol")]
pub(crate) struct Opening {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) append: bool,
    pub(crate) create: bool,
    pub(crate) truncate: bool,
    pub(crate) exclusive: bool,
}

impl Opening {
    fn of(flags: u32) -> Self {
        let has = |flag| flags & flag != 0;
        Self { read: has(1), write: has(2), append: has(4), create: has(8), truncate: has(0x10), exclusive: has(0x20) }
    }
}

/// What a client asks. Paths are as they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// The first packet, and never another. In place of a number it has a version.
    Init {
        version: u32,
    },
    Open {
        path: Bytes,
        opening: Opening,
        attributes: Attributes,
    },
    Close {
        handle: Handle,
    },
    Read {
        handle: Handle,
        offset: u64,
        length: u32,
    },
    Write {
        handle: Handle,
        offset: u64,
        data: Vec<Bytes>,
    },
    Lstat {
        path: Bytes,
    },
    Fstat {
        handle: Handle,
    },
    Setstat {
        path: Bytes,
        attributes: Attributes,
    },
    Fsetstat {
        handle: Handle,
        attributes: Attributes,
    },
    Opendir {
        path: Bytes,
    },
    Readdir {
        handle: Handle,
    },
    Remove {
        path: Bytes,
    },
    Mkdir {
        path: Bytes,
        attributes: Attributes,
    },
    Rmdir {
        path: Bytes,
    },
    Realpath {
        path: Bytes,
    },
    Stat {
        path: Bytes,
    },
    Rename {
        from: Bytes,
        to: Bytes,
    },
    Readlink {
        path: Bytes,
    },
    /// OpenSSH sends the target first, against the draft, and everybody follows it.
    Symlink {
        target: Bytes,
        link: Bytes,
    },
    Extended(Extension),
}

pub(super) fn read(kind: u8, id: u32, mut fields: Fields) -> Result<Request, Misunderstood> {
    let handle = |fields: &mut Fields| fields.string().map(|bytes| Handle::read(&bytes));
    Ok(match kind {
        kind::INIT => Request::Init { version: id },
        kind::OPEN => Request::Open {
            path: fields.string()?,
            opening: Opening::of(fields.u32()?),
            attributes: Attributes::read(&mut fields)?,
        },
        kind::CLOSE => Request::Close { handle: handle(&mut fields)? },
        kind::READ => Request::Read { handle: handle(&mut fields)?, offset: fields.u64()?, length: fields.u32()? },
        kind::LSTAT => Request::Lstat { path: fields.string()? },
        kind::FSTAT => Request::Fstat { handle: handle(&mut fields)? },
        kind::SETSTAT => Request::Setstat { path: fields.string()?, attributes: Attributes::read(&mut fields)? },
        kind::FSETSTAT => {
            Request::Fsetstat { handle: handle(&mut fields)?, attributes: Attributes::read(&mut fields)? }
        }
        kind::OPENDIR => Request::Opendir { path: fields.string()? },
        kind::READDIR => Request::Readdir { handle: handle(&mut fields)? },
        kind::REMOVE => Request::Remove { path: fields.string()? },
        kind::MKDIR => Request::Mkdir { path: fields.string()?, attributes: Attributes::read(&mut fields)? },
        kind::RMDIR => Request::Rmdir { path: fields.string()? },
        kind::REALPATH => Request::Realpath { path: fields.string()? },
        kind::STAT => Request::Stat { path: fields.string()? },
        kind::RENAME => Request::Rename { from: fields.string()?, to: fields.string()? },
        kind::READLINK => Request::Readlink { path: fields.string()? },
        kind::SYMLINK => Request::Symlink { target: fields.string()?, link: fields.string()? },
        kind::EXTENDED => Request::Extended(extension::read(fields)?),
        _ => return Err(Misunderstood::Unknown),
    })
}
