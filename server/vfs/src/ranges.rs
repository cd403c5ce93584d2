//! Which bytes of a file were written, in whatever order.

use std::collections::BTreeMap;

/// Pieces that are remembered at most. A client that scatters more is taken to have written less than it has.
const MOST: usize = 1024;

/// Bytes that are known to be there: from each key to its value, neither overlapping nor touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// The first `end` bytes.
    pub(crate) fn up_to(end: u64) -> Self {
        Self((end > 0).then_some((0, end)).into_iter().collect())
    }

    /// Adds the bytes from `start` to before `end`.
    pub(crate) fn add(&mut self, mut start: u64, mut end: u64) {
        if start >= end {
            return;
        }
        while let Some((&before, &until)) = self.0.range(..=end).next_back() {
            if until < start {
                break;
            }
            self.0.remove(&before);
            (start, end) = (start.min(before), end.max(until));
        }
        if self.0.len() < MOST {
            self.0.insert(start, end);
        }
    }

    /// Forgets what is at `end` and behind.
    pub(crate) fn cut(&mut self, end: u64) {
        self.0.split_off(&end);
        if let Some(mut last) = self.0.last_entry() {
            *last.get_mut() = end.min(*last.get());
        }
    }

    /// How many bytes are there from the beginning on without a gap.
    pub(crate) fn prefix(&self) -> u64 {
        self.0.get(&0).copied().unwrap_or(0)
    }

    /// What is missing before `end`, as starts and ends.
    pub(crate) fn gaps(&self, end: u64) -> Vec<(u64, u64)> {
        let (mut gaps, mut at) = (Vec::new(), 0);
        for (&start, &until) in self.0.range(..end) {
            if start > at {
                gaps.push((at, start));
            }
            at = until;
        }
        if at < end {
            gaps.push((at, end));
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scattered_pieces_are_not_all_remembered() {
        let mut ranges = Ranges::default();
        for at in 0..2 * MOST as u64 {
            ranges.add(at * 10, at * 10 + 1);
        }
        assert_eq!(ranges.0.len(), MOST);
        assert_eq!(ranges.prefix(), 1);
        ranges.add(0, 100_000);
        assert_eq!(ranges, Ranges::up_to(100_000));
    }

    fn place(at: u64) -> usize {
        at.try_into().unwrap()
    }

    proptest! {
        #[test]
        fn the_same_as_a_list_of_bytes(pieces in proptest::collection::vec((0_u64..40, 0_u64..40), 0..12), cut in 0_u64..50) {
            let mut ranges = Ranges::default();
            let mut bytes = [false; 50];
            for (start, end) in pieces {
                ranges.add(start, end);
                (start..end).for_each(|at| bytes[place(at)] = true);
            }
            ranges.cut(cut);
            bytes[place(cut)..].fill(false);
            prop_assert_eq!(ranges.prefix(), bytes.iter().take_while(|there| **there).count() as u64);
            let mut missing = [false; 50];
            for (start, end) in ranges.gaps(50) {
                prop_assert!(start < end);
                (start..end).for_each(|at| missing[place(at)] = true);
            }
            prop_assert_eq!(missing, bytes.map(|there| !there));
        }
    }
}
