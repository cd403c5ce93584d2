//! Pooled byte buffers for the data path. A session holds one only while bytes move, so idle sessions cost none.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Buffers of one size that nobody uses at the moment.
struct Pool {
    size: usize,
    /// More than this many are freed instead of kept.
    keep: usize,
    idle: Mutex<Vec<Vec<u8>>>,
    /// How many are in use.
    taken: AtomicUsize,
}

impl Pool {
    const fn new(size: usize, keep: usize) -> Self {
        Self { size, keep, idle: Mutex::new(Vec::new()), taken: AtomicUsize::new(0) }
    }

    /// Whether one more would be kept for later.
    fn has_room(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.keep
    }

    fn take(&self) -> Vec<u8> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| vec![0; self.size])
    }

    fn give(&self, bytes: Vec<u8>) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.keep {
            idle.push(bytes);
        }
    }
}

/// At most 16, 16 and 32 MiB are kept for later.
static POOLS: [Pool; 3] = [Pool::new(64 << 10, 256), Pool::new(256 << 10, 64), Pool::new(512 << 10, 64)];

/// An owned buffer: a filled part (what it derefs to), then free space. It goes back to its pool on drop.
pub struct Buffer {
    /// Longer than `capacity` when a smaller one was asked for; empty only during drop.
    bytes: Vec<u8>,
    filled: usize,
    capacity: usize,
}

impl Buffer {
    /// 64 KiB: SFTP answers, TLS records in a burst.
    pub const SMALL: usize = 64 << 10;
    /// 256 KiB: downloads.
    pub const MEDIUM: usize = 256 << 10;
    /// 512 KiB: uploads and fast downloads. A file system that is given a whole MiB at once looks for memory in one piece
    /// of that size (large folios), which took it twice as long.
    pub const LARGE: usize = 512 << 10;

    /// An empty buffer for exactly `capacity` bytes, from the smallest pool that has room for so many. Above 512
    /// KiB it is allocated and freed each time.
    pub fn with_capacity(capacity: usize) -> Self {
        let bytes = match POOLS.iter().find(|pool| pool.size >= capacity) {
            Some(pool) => pool.take(),
            None => vec![0; capacity],
        };
        Self { bytes, filled: 0, capacity }
    }

    /// An empty buffer for `wanted` bytes, or for fewer while many large ones are in use: hundreds of transfers at once
    /// share the memory that few would take, and none has to be allocated anew.
    pub fn up_to(wanted: usize) -> Self {
        let fits = POOLS.iter().rev().find(|pool| pool.size <= wanted && pool.has_room());
        Self::with_capacity(fits.map_or(wanted.min(Self::SMALL), |pool| pool.size))
    }

    /// The most it can hold, in bytes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The free space behind the filled part. It may contain bytes of an earlier use.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled..self.capacity]
    }

    /// How many bytes of free space there are.
    pub fn free(&self) -> usize {
        self.capacity - self.filled
    }

    /// Counts the first `n` bytes of the free space as filled; more than there are count as all.
    pub fn advance(&mut self, n: usize) {
        self.filled += n.min(self.free());
    }

    /// Copies the start of `bytes` into the free space and answers how many had room.
    pub fn put(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.free());
        self.space()[..n].copy_from_slice(&bytes[..n]);
        self.filled += n;
        n
    }

    /// The filled part, to be changed.
    pub fn filled(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.filled]
    }

    /// Keeps only the first `n` filled bytes.
    pub fn truncate(&mut self, n: usize) {
        self.filled = self.filled.min(n);
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.filled = 0;
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Buffer> for Bytes {
    /// Without a copy; the buffer goes back to its pool with the last clone of the bytes.
    fn from(buffer: Buffer) -> Self {
        Self::from_owner(buffer)
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} of {} bytes)", self.filled, self.capacity)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        if let Some(pool) = POOLS.iter().find(|pool| pool.size == bytes.len()) {
            pool.give(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_empties() {
        let mut buffer = Buffer::with_capacity(10);
        assert_eq!((buffer.capacity(), buffer.len(), buffer.free()), (10, 0, 10));
        assert_eq!(buffer.put(b"hello"), 5);
        buffer.space()[0] = b'!';
        buffer.advance(1);
        assert_eq!(&*buffer, b"hello!");
        assert_eq!(buffer.put(b"too long"), 4);
        buffer.advance(5);
        assert_eq!(buffer.len(), 10);
        buffer.truncate(2);
        assert_eq!(&*buffer, b"he");
        buffer.clear();
        assert!(buffer.is_empty());
    }

    #[test]
    fn sizes() {
        for size in [0, 1, Buffer::SMALL, Buffer::MEDIUM, Buffer::LARGE, Buffer::LARGE + 1] {
            assert_eq!(Buffer::with_capacity(size).space().len(), size);
        }
    }

    #[test]
    fn pools_are_bounded() {
        let many: Vec<_> = (0..80).map(|_| Buffer::with_capacity(Buffer::LARGE)).collect();
        drop(many);
        assert!(POOLS[2].idle.lock().unwrap().len() <= 64);
    }

    #[test]
    fn many_at_once_get_smaller_ones() {
        let most = |wanted| (0..600).map(|_| Buffer::up_to(wanted)).collect::<Vec<_>>();
        let many = most(Buffer::LARGE);
        let bytes: usize = many.iter().map(Buffer::capacity).sum();
        assert!(bytes <= (32 << 20) + (16 << 20) + 600 * Buffer::SMALL, "{bytes}");
        assert!(many.iter().all(|buffer| buffer.capacity() >= Buffer::SMALL));
        assert_eq!(Buffer::up_to(1000).capacity(), 1000);
    }
}
