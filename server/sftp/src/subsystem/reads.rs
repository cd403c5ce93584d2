//! Reads that wait.

use super::handles::Reading;
use std::{collections::VecDeque, sync::Arc};

/// Reads that wait at most, where they do not follow upon each other.
const MOST: usize = 64 * 1024;

/// One read.
pub(super) struct Read {
    pub(super) id: u32,
    pub(super) file: Arc<Reading>,
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// Reads of one length, one behind the other in number and place. Clients that want a whole file ask for it so.
struct Run {
    first: Read,
    count: u32,
}

impl Run {
    fn takes(&self, next: &Read) -> bool {
        let Read { id, file, offset, length } = &self.first;
        let bytes = u64::from(self.count) * u64::from(*length);
        Arc::ptr_eq(file, &next.file)
            && *length == next.length
            && id.wrapping_add(self.count) == next.id
            && offset.checked_add(bytes) == Some(next.offset)
            && self.count < u32::MAX
    }

    fn pop(&mut self) -> Read {
        let Read { id, file, offset, length } = &mut self.first;
        let read = Read { id: *id, file: Arc::clone(file), offset: *offset, length: *length };
        *id = id.wrapping_add(1);
        *offset = offset.saturating_add(u64::from(*length));
        self.count -= 1;
        read
    }
}

/// Reads that wait, first come first served.
#[derive(Default)]
pub(super) struct Reads(VecDeque<Run>);

impl Reads {
    /// Adds one. `None` if there are too many.
    pub(super) fn push(&mut self, read: Read) -> Option<()> {
        if let Some(run) = self.0.back_mut().filter(|run| run.takes(&read)) {
            run.count += 1;
        } else if self.0.len() < MOST {
            self.0.push_back(Run { first: read, count: 1 });
        } else {
            return None;
        }
        Some(())
    }

    pub(super) fn pop(&mut self) -> Option<Read> {
        let run = self.0.front_mut()?;
        let read = run.pop();
        if run.count == 0 {
            self.0.pop_front();
        }
        Some(read)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
