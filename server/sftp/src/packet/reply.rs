//! What clients are answered (section 7).

use super::{Attributes, Handle, LONGEST, MOST_DATA, VERSION, extension::OFFERED, kind};
use bytes::{BufMut, Bytes, BytesMut};
use wharf_vfs::Buffer;

/// Bytes before the data of a [`data`] packet.
const DATA_HEAD: usize = 4 + 1 + 4 + 4;

/// How a request ended (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    Unsupported = 8,
}

/// A packet that is being put together.
struct Draft<'a> {
    out: &'a mut BytesMut,
    start: usize,
}

impl<'a> Draft<'a> {
    fn new(out: &'a mut BytesMut, kind: u8, id: u32) -> Self {
        let start = out.len();
        out.put_u32(0);
        out.put_u8(kind);
        out.put_u32(id);
        Self { out, start }
    }

    fn string(&mut self, bytes: &[u8]) {
        put_string(self.out, bytes);
    }

    fn end(self) {
        let length = self.out.len() - self.start - 4;
        debug_assert!(length <= LONGEST, "an answer is a packet too");
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.out[self.start..self.start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

fn put_string(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

/// The answer to INIT: the version and the extensions.
pub(crate) fn version(out: &mut BytesMut) {
    let mut draft = Draft::new(out, kind::VERSION, VERSION);
    for (name, version) in OFFERED {
        draft.string(name.as_bytes());
        draft.string(version.as_bytes());
    }
    draft.end();
}

pub(crate) fn status(out: &mut BytesMut, id: u32, code: Code, text: &str) {
    let mut draft = Draft::new(out, kind::STATUS, id);
    draft.out.put_u32(code as u32);
    draft.string(text.as_bytes());
    draft.string(b"en");
    draft.end();
}

pub(crate) fn handle(out: &mut BytesMut, id: u32, handle: Handle) {
    let mut draft = Draft::new(out, kind::HANDLE, id);
    draft.string(&handle.0.to_be_bytes());
    draft.end();
}

pub(crate) fn attributes(out: &mut BytesMut, id: u32, attributes: &Attributes) {
    let draft = Draft::new(out, kind::ATTRS, id);
    attributes.write(draft.out);
    draft.end();
}

/// One name of a [`names`] packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) filename: Vec<u8>,
    /// A line of `ls -l`.
    pub(crate) long: Vec<u8>,
    pub(crate) attributes: Attributes,
}

impl Name {
    /// A name and nothing else, as REALPATH and READLINK answer.
    pub(crate) fn bare(name: &[u8]) -> Self {
        Self { filename: name.to_vec(), long: name.to_vec(), attributes: Attributes::default() }
    }
}

pub(crate) fn names(out: &mut BytesMut, id: u32, names: &[Name]) {
    let mut draft = Draft::new(out, kind::NAME, id);
    draft.out.put_u32(u32::try_from(names.len()).unwrap_or(u32::MAX));
    for name in names {
        draft.string(&name.filename);
        draft.string(&name.long);
        name.attributes.write(draft.out);
    }
    draft.end();
}

/// An answer to an extension, of `fields`.
pub(crate) fn extended(out: &mut BytesMut, id: u32, fields: impl FnOnce(&mut BytesMut)) {
    let draft = Draft::new(out, kind::EXTENDED_REPLY, id);
    fields(draft.out);
    draft.end();
}

/// Strings in the fields of [`extended`].
pub(crate) fn put_strings<'a>(out: &mut BytesMut, strings: impl IntoIterator<Item = &'a [u8]>) {
    for string in strings {
        put_string(out, string);
    }
}

/// A buffer for `length` bytes of data, or as many as an answer has room for, with room before them.
pub(crate) fn data_buffer(length: u32) -> Buffer {
    let length = (length as usize).min(MOST_DATA);
    let mut buffer = Buffer::with_capacity(DATA_HEAD + length);
    buffer.advance(DATA_HEAD);
    buffer
}

/// How much data is in such a buffer.
pub(crate) fn data_length(buffer: &Buffer) -> usize {
    buffer.len() - DATA_HEAD
}

/// The answer to READ, made of such a buffer without a copy.
pub(crate) fn data(id: u32, mut buffer: Buffer) -> Bytes {
    let field = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let (packet, data) = (field(buffer.len() - 4), field(data_length(&buffer)));
    let head = &mut buffer.filled()[..DATA_HEAD];
    head[..4].copy_from_slice(&packet);
    head[4] = kind::DATA;
    head[5..9].copy_from_slice(&id.to_be_bytes());
    head[9..].copy_from_slice(&data);
    buffer.into()
}
