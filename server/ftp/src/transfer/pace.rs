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

    /// Whether filling the buffer took no time.
    pub(super) fn is_quick(&self) -> bool {
        self.began.elapsed() < Self::QUICK
    }

    pub(super) fn next(&mut self, full: bool) -> usize {
        let took = self.began.elapsed();
        if full && took < Self::QUICK {
            self.size = (self.size * 4).min(Buffer::LARGE);
        } else if took > Self::SLOW {
            self.size = (self.size / 4).max(Buffer::SMALL);
        }
        self.began = Instant::now();
        self.size
    }
}
