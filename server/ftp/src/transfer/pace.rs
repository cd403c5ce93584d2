//! How much a transfer moves at once.

use std::time::Duration;
use tokio::time::Instant;
use wharf_vfs::Buffer;

/// The size of the next buffer: it grows while a full one takes no time, and shrinks again when the other side is slow.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) size: usize,
    began: Instant,
}

impl Pace {
    const QUICK: Duration = Duration::from_millis(20);
    pub(super) const SLOW: Duration = Duration::from_millis(500);

    pub(super) fn new() -> Self {
        Self { size: Buffer::SMALL, began: Instant::now() }
    }

    /// Whether the other side was not waited for, or only for a moment. On a busy machine time passes without its doing.
    pub(super) fn is_quick(&self, waited: bool) -> bool {
        !waited || self.began.elapsed() < Self::QUICK
    }

    pub(super) fn next(&mut self, full: bool, waited: bool) -> usize {
        if full && self.is_quick(waited) {
            self.size = (self.size * 4).min(Buffer::LARGE);
        } else if self.began.elapsed() > Self::SLOW {
            self.size = (self.size / 4).max(Buffer::SMALL);
        }
        self.began = Instant::now();
        self.size
    }
}
