//! Time as a parameter, so that tests decide what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// Tells the time of day in milliseconds since the Unix epoch, UTC. Timers (timeouts, ticks) use tokio's clock, which
/// tests pause.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`] is called. For tests.
    pub fn manual(now: i64) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now))))
    }

    /// Milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Moves a manual clock on, for all its clones; the machine's clock is left alone.
    pub fn advance(&self, ms: i64) {
        if let Source::Manual(now) = &self.0 {
            now.fetch_add(ms, Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
fn system_now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A time as `2026-01-31T08:15:00.123Z`; nothing where the calendar has no such time.
pub fn iso(at: i64) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000);
    moment.ok().and_then(|moment| moment.format(FORMAT).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_written_with_milliseconds_in_utc() {
        assert_eq!(super::iso(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
        assert_eq!(super::iso(i64::MAX), "");
    }
}
