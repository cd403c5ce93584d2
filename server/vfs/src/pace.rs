//! How much a transfer moves at once.

use std::time::Duration;

use tokio::time::Instant;

use crate::buffers::Buffer;

/// The size of the next buffer: it grows while a full one takes no time, and shrinks again when the other side is slow.
#[derive(Debug)]
pub struct Pace {
    size: usize,
    began: Instant,
}

impl Pace {
    const QUICK: Duration = Duration::from_millis(20);
    /// Whoever takes longer for a buffer is slow.
    pub const SLOW: Duration = Duration::from_millis(500);

    /// Of a transfer that begins.
    pub fn new() -> Self {
        Self { size: Buffer::SMALL, began: Instant::now() }
    }

    /// The size of the buffer that is moved at the moment.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the other side was not waited for, or only for a moment. On a busy machine time passes without its doing.
    pub fn is_quick(&self, waited: bool) -> bool {
        !waited || self.began.elapsed() < Self::QUICK
    }

    /// The size of the next buffer; `full` is whether the last one was, and `waited` whether it had to wait for the other side.
    pub fn next(&mut self, full: bool, waited: bool) -> usize {
        if full && self.is_quick(waited) {
            self.size = (self.size * 4).min(Buffer::LARGE);
        } else if self.began.elapsed() > Self::SLOW {
            self.size = (self.size / 4).max(Buffer::SMALL);
        }
        self.began = Instant::now();
        self.size
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}
