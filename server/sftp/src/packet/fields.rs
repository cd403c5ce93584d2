//! Numbers and strings in a packet (RFC 4251 section 5).

use bytes::{Buf, Bytes};

/// The packet ends before what it should contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Truncated;

/// The rest of a packet that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Fields(Bytes);

impl Fields {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Truncated> {
        self.0.try_get_u32().map_err(|_| Truncated)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Truncated> {
        self.0.try_get_u64().map_err(|_| Truncated)
    }

    /// A string, which shares the memory of the packet.
    pub(crate) fn string(&mut self) -> Result<Bytes, Truncated> {
        let length = self.u32()? as usize;
        if length > self.0.len() { Err(Truncated) } else { Ok(self.0.split_to(length)) }
    }
}
