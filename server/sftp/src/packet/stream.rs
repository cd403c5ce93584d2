//! From the bytes of a channel to packets.

use super::{
    LONGEST,
    fields::Fields,
    kind,
    request::{self, Handle, Request},
};
use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;

/// A request and the number its answer has to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) id: u32,
    /// Bytes it came in.
    pub(crate) length: usize,
    /// The error says why it cannot be understood; it is answered like any other.
    pub(crate) request: Result<Request, Misunderstood>,
}

/// Why a request cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misunderstood {
    /// It ends too early.
    Truncated,
    /// Nothing here has such a type, or such a name.
    Unknown,
}

impl From<super::fields::Truncated> for Misunderstood {
    fn from(_: super::fields::Truncated) -> Self {
        Self::Truncated
    }
}

/// What cannot be answered: the conversation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// Its length is none that a packet can have.
    #[error("a packet of {0} bytes")]
    Length(u32),
    /// It is too short to have a number.
    #[error("a packet without a number")]
    NoNumber,
}

/// What has arrived and was not taken yet: less than a packet, and what came with its last bytes.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pieces: VecDeque<Bytes>,
    length: usize,
}

impl Stream {
    /// Adds what the channel brought.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length += piece.len();
            self.pieces.push_back(piece);
        }
    }

    /// The next packet, once all of it is there.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, Broken> {
        let Some(length) = self.peek_length() else { return Ok(None) };
        if length == 0 || length as usize > LONGEST {
            return Err(Broken::Length(length));
        }
        let length = length as usize;
        if self.length < 4 + length {
            return Ok(None);
        }
        self.take(4);
        if length < 5 {
            return Err(Broken::NoNumber);
        }
        let mut head = self.take(5);
        let (kind, id) = (head.get_u8(), head.get_u32());
        let request = match kind {
            kind::WRITE => self.write(length - 5),
            kind => request::read(kind, id, Fields::new(self.take(length - 5))),
        };
        Ok(Some(Packet { id, length: 4 + length, request }))
    }

    /// A WRITE: its data stays in the pieces it came in.
    fn write(&mut self, length: usize) -> Result<Request, Misunderstood> {
        let mut left = length;
        let request = self.write_fields(&mut left);
        // What is behind the data, or of a packet that says nonsense.
        self.skip(left);
        request
    }

    fn write_fields(&mut self, left: &mut usize) -> Result<Request, Misunderstood> {
        let handle_length = self.field(left, 4)?.get_u32() as usize;
        let handle = Handle::read(&self.field(left, handle_length)?);
        let offset = self.field(left, 8)?.get_u64();
        let data_length = self.field(left, 4)?.get_u32() as usize;
        if data_length > *left {
            return Err(Misunderstood::Truncated);
        }
        *left -= data_length;
        Ok(Request::Write { handle, offset, data: self.take_pieces(data_length) })
    }

    fn field(&mut self, left: &mut usize, length: usize) -> Result<Bytes, Misunderstood> {
        *left = left.checked_sub(length).ok_or(Misunderstood::Truncated)?;
        Ok(self.take(length))
    }

    fn peek_length(&self) -> Option<u32> {
        let mut bytes = self.pieces.iter().flatten();
        let mut next = || bytes.next().copied();
        Some(u32::from_be_bytes([next()?, next()?, next()?, next()?]))
    }

    /// `n` bytes in one piece. There have to be so many.
    fn take(&mut self, n: usize) -> Bytes {
        match self.pieces.front_mut() {
            Some(front) if front.len() > n => {
                self.length -= n;
                front.split_to(n)
            }
            _ => {
                let mut pieces = self.take_pieces(n);
                match pieces.len() {
                    1 => pieces.swap_remove(0),
                    _ => pieces.iter().fold(BytesMut::with_capacity(n), joined).freeze(),
                }
            }
        }
    }

    fn take_pieces(&mut self, n: usize) -> Vec<Bytes> {
        let (mut pieces, mut left) = (Vec::new(), n);
        while left > 0 {
            let Some(mut piece) = self.pieces.pop_front() else { break };
            if piece.len() > left {
                self.pieces.push_front(piece.split_off(left));
            }
            left -= piece.len();
            pieces.push(piece);
        }
        self.length -= n - left;
        pieces
    }

    fn skip(&mut self, n: usize) {
        drop(self.take_pieces(n));
    }
}

fn joined(mut all: BytesMut, piece: &Bytes) -> BytesMut {
    all.extend_from_slice(piece);
    all
}
