//! Packets of SFTP version 3 (draft-ietf-secsh-filexfer-02), with the extensions that OpenSSH describes in its PROTOCOL
//! file. Names are bytes and stay bytes; what a client writes is not copied on its way to the disk.
//!
//! * [`stream`]: from the bytes of a channel to packets
//! * [`request`]: what clients ask; [`extension`]: what they ask beyond the draft
//! * [`reply`]: what they are answered
//! * [`attributes`]: facts of files in both directions
//! * [`fields`]: numbers and strings in a packet

pub(crate) mod attributes;
pub(crate) mod extension;
mod fields;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

pub(crate) use attributes::Attributes;
pub(crate) use extension::Extension;
pub(crate) use request::{Handle, Opening, Request};
pub(crate) use stream::{Broken, Misunderstood, Packet, Stream};

/// The longest packet, its length field not counted: what OpenSSH takes too.
pub(crate) const LONGEST: usize = 256 * 1024;
/// The most data that one READ or WRITE may have (`limits@openssh.com`): a packet less room for what stands before it.
pub(crate) const MOST_DATA: usize = LONGEST - 1024;
/// The version spoken here, whatever newer one a client offers.
pub(crate) const VERSION: u32 = 3;

/// Types of packets (section 3).
pub(crate) mod kind {
    pub(crate) const INIT: u8 = 1;
    pub(crate) const VERSION: u8 = 2;
    pub(crate) const OPEN: u8 = 3;
    pub(crate) const CLOSE: u8 = 4;
    pub(crate) const READ: u8 = 5;
    pub(crate) const WRITE: u8 = 6;
    pub(crate) const LSTAT: u8 = 7;
    pub(crate) const FSTAT: u8 = 8;
    pub(crate) const SETSTAT: u8 = 9;
    pub(crate) const FSETSTAT: u8 = 10;
    pub(crate) const OPENDIR: u8 = 11;
    pub(crate) const READDIR: u8 = 12;
    pub(crate) const REMOVE: u8 = 13;
    pub(crate) const MKDIR: u8 = 14;
    pub(crate) const RMDIR: u8 = 15;
    pub(crate) const REALPATH: u8 = 16;
    pub(crate) const STAT: u8 = 17;
    pub(crate) const RENAME: u8 = 18;
    pub(crate) const READLINK: u8 = 19;
    pub(crate) const SYMLINK: u8 = 20;
    pub(crate) const STATUS: u8 = 101;
    pub(crate) const HANDLE: u8 = 102;
    pub(crate) const DATA: u8 = 103;
    pub(crate) const NAME: u8 = 104;
    pub(crate) const ATTRS: u8 = 105;
    pub(crate) const EXTENDED: u8 = 200;
    pub(crate) const EXTENDED_REPLY: u8 = 201;
}
