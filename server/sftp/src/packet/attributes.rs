//! Facts of files (section 5).

use super::fields::{Fields, Truncated};
use bytes::{BufMut, BytesMut};
use wharf_vfs::{FileKind, Stat};

const SIZE: u32 = 1;
const OWNER: u32 = 2;
const PERMISSIONS: u32 = 4;
const TIMES: u32 = 8;
const EXTENDED: u32 = 0x8000_0000;

/// Facts of a file, each of which may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// Bytes.
    pub(crate) size: Option<u64>,
    /// User and group.
    pub(crate) owner: Option<(u32, u32)>,
    /// The kind of file and its mode, as `stat(2)` has them in `st_mode`.
    pub(crate) permissions: Option<u32>,
    /// Last access and last change, seconds since 1970 UTC.
    pub(crate) times: Option<(u32, u32)>,
}

impl Attributes {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Truncated> {
        let flags = fields.u32()?;
        let has = |flag| flags & flag != 0;
        let attributes = Self {
            size: has(SIZE).then(|| fields.u64()).transpose()?,
            owner: has(OWNER).then(|| Ok((fields.u32()?, fields.u32()?))).transpose()?,
            permissions: has(PERMISSIONS).then(|| fields.u32()).transpose()?,
            times: has(TIMES).then(|| Ok((fields.u32()?, fields.u32()?))).transpose()?,
        };
        if has(EXTENDED) {
            for _ in 0..fields.u32()? {
                fields.string()?;
                fields.string()?;
            }
        }
        Ok(attributes)
    }

    pub(super) fn write(&self, out: &mut BytesMut) {
        let flag = |present: bool, flag| if present { flag } else { 0 };
        out.put_u32(
            flag(self.size.is_some(), SIZE)
                | flag(self.owner.is_some(), OWNER)
                | flag(self.permissions.is_some(), PERMISSIONS)
                | flag(self.times.is_some(), TIMES),
        );
        if let Some(size) = self.size {
            out.put_u64(size);
        }
        if let Some((user, group)) = self.owner {
            out.put_u32(user);
            out.put_u32(group);
        }
        if let Some(permissions) = self.permissions {
            out.put_u32(permissions);
        }
        if let Some((accessed, modified)) = self.times {
            out.put_u32(accessed);
            out.put_u32(modified);
        }
    }

    /// The last change, milliseconds since 1970 UTC.
    pub(crate) fn modified_ms(&self) -> Option<i64> {
        self.times.map(|(_, modified)| i64::from(modified) * 1000)
    }
}

impl From<&Stat> for Attributes {
    fn from(stat: &Stat) -> Self {
        let kind = match stat.kind {
            FileKind::File => 0o100_000,
            FileKind::Directory => 0o040_000,
            FileKind::Symlink => 0o120_000,
            // Which of the special kinds it is makes no difference to somebody who cannot open it.
            FileKind::Other => 0o140_000,
        };
        // The field has 32 bits and no sign: it ends in 2106.
        let modified = stat.modified_ms.div_euclid(1000).clamp(0, i64::from(u32::MAX));
        let modified = u32::try_from(modified).unwrap_or(u32::MAX);
        Self {
            size: Some(stat.size),
            owner: Some((stat.uid, stat.gid)),
            permissions: Some(kind | stat.mode),
            times: Some((modified, modified)),
        }
    }
}
