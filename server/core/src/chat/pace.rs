//! How fast somebody may write.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Messages that may come at once.
const BURST: i64 = 10;
/// One more may come after so many milliseconds.
const EACH_MS: i64 = 2_000;
/// Writers kept; beyond it those who rested long enough are forgotten.
const MOST: usize = 10_000;

/// Who wrote how much lately: for each writer the time at which the burst is whole again.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<String, i64>>);

impl Pace {
    /// Whether `who` may write one more at `now`; it counts then.
    pub(crate) fn allows(&self, who: &str, now: i64) -> bool {
        let mut writers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if writers.len() >= MOST {
            writers.retain(|_, whole_at| *whole_at > now);
        }
        let whole_at = writers.get(who).copied().unwrap_or(now).max(now) + EACH_MS;
        let allowed = whole_at - now <= BURST * EACH_MS;
        if allowed {
            writers.insert(who.to_owned(), whole_at);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_fine_and_then_one_at_a_time() {
        let pace = Pace::default();
        assert!((0..BURST).all(|_| pace.allows("ann", 0)));
        assert!(!pace.allows("ann", EACH_MS - 1));
        assert!(pace.allows("ann", EACH_MS));
        assert!(!pace.allows("ann", EACH_MS));
        assert!(pace.allows("bob", 0));
    }
}
