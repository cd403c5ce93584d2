//! Bytes per second: one token bucket for each thing that has a rate (session, account, domain, server), and the chain
//! of those that one transfer passes.
//!
//! The balance of a bucket may go below zero: a piece is taken at once and the taker then waits until the debt is paid.
//! So no piece waits for a bucket that is smaller than itself, and nobody polls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Balances are kept in billionths of a byte, so that slow rates and short times do not round to nothing.
const NANO: i128 = 1_000_000_000;
/// A transfer should notice a new rate, a pause or a kill this many times a second.
const PIECES_PER_SECOND: u64 = 8;
/// The smallest piece worth a system call.
const SMALLEST_PIECE: u64 = 512;

/// A token bucket. Shared by all transfers that its rate is meant for.
#[derive(Debug)]
pub struct Bucket {
    /// Bytes per second, 0 for no limit: read without the lock by unlimited transfers.
    rate: AtomicU64,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    balance: i128,
    /// Bytes that may pass at once after a pause. `None` is a quarter of a second at the current rate.
    burst: Option<u64>,
    /// When the balance was last brought up to date; none before the first use, when the bucket is full.
    since: Option<Instant>,
}

impl Bucket {
    /// A bucket for `rate` bytes per second; `None` is no limit. It lets a quarter of a second pass at once.
    pub fn new(rate: Option<u64>) -> Self {
        Self::build(rate, None)
    }

    /// A bucket that lets `burst` bytes pass at once after a pause.
    pub fn with_burst(rate: Option<u64>, burst: u64) -> Self {
        Self::build(rate, Some(burst))
    }

    fn build(rate: Option<u64>, burst: Option<u64>) -> Self {
        let level = Mutex::new(Level { balance: 0, burst, since: None });
        Self { rate: AtomicU64::new(encode(rate)), level }
    }

    /// Bytes per second; `None` is no limit.
    pub fn rate(&self) -> Option<u64> {
        match self.rate.load(Ordering::Relaxed) {
            0 => None,
            rate => Some(rate),
        }
    }

    /// Changes the rate, for transfers under way too. A debt made at a faster rate is cut to a quarter of a second.
    pub fn set_rate(&self, rate: Option<u64>) {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        self.rate.store(encode(rate), Ordering::Relaxed);
        let quarter = rate.map_or(0, |rate| i128::from(rate) * NANO / 4);
        level.balance = level.balance.max(-quarter);
    }

    /// Takes `n` bytes at `now` and answers how long to wait before more are taken.
    pub fn reserve(&self, n: usize, now: Instant) -> Duration {
        if self.rate().is_none() {
            return Duration::ZERO;
        }
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        match self.rate() {
            Some(rate) => level.take(n, rate, now),
            None => Duration::ZERO,
        }
    }
}

impl Level {
    fn take(&mut self, n: usize, rate: u64, now: Instant) -> Duration {
        let full = i128::from(self.burst.unwrap_or(rate / 4)) * NANO;
        self.balance = match self.since {
            None => full,
            Some(since) => {
                let elapsed = i128::try_from(now.saturating_duration_since(since).as_nanos()).unwrap_or(i128::MAX);
                self.balance.saturating_add(elapsed.saturating_mul(i128::from(rate))).min(full)
            }
        };
        // A later reservation may have been made with a later clock reading already.
        self.since = self.since.max(Some(now));
        self.balance = self.balance.saturating_sub(n as i128 * NANO);
        let debt = u64::try_from((-self.balance).max(0) / i128::from(rate)).unwrap_or(u64::MAX);
        Duration::from_nanos(debt)
    }
}

/// 0 stands for no limit, so a rate of zero becomes the slowest there is.
fn encode(rate: Option<u64>) -> u64 {
    rate.map_or(0, |rate| rate.max(1))
}

/// The buckets one transfer passes. A byte is charged to each; the slowest decides.
#[derive(Clone, Debug, Default)]
pub struct Chain(Vec<Arc<Bucket>>);

impl Chain {
    /// A chain of these buckets; their order does not matter.
    pub fn new(buckets: Vec<Arc<Bucket>>) -> Self {
        Self(buckets)
    }

    /// Takes `n` bytes from every bucket at `now` and answers the longest wait among them.
    pub fn reserve(&self, n: usize, now: Instant) -> Duration {
        self.0.iter().map(|bucket| bucket.reserve(n, now)).max().unwrap_or_default()
    }

    /// Takes `n` bytes and waits as long as the slowest bucket asks for. Cancelled, the bytes stay taken.
    pub async fn acquire(&self, n: usize) {
        if self.unlimited() {
            return;
        }
        let wait = self.reserve(n, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Whether no bucket has a rate at the moment.
    pub fn unlimited(&self) -> bool {
        self.slowest().is_none()
    }

    /// How many of `want` bytes to move at once: at most an eighth of a second at the slowest rate, so that a slow
    /// transfer flows instead of jumping, but 512 at least.
    pub fn piece(&self, want: usize) -> usize {
        match self.slowest() {
            None => want,
            Some(rate) => {
                let most = (rate / PIECES_PER_SECOND).max(SMALLEST_PIECE);
                usize::try_from(most).unwrap_or(usize::MAX).min(want)
            }
        }
    }

    fn slowest(&self) -> Option<u64> {
        self.0.iter().filter_map(|bucket| bucket.rate()).min()
    }
}

impl From<Vec<Arc<Bucket>>> for Chain {
    fn from(buckets: Vec<Arc<Bucket>>) -> Self {
        Self(buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(rates: &[Option<u64>]) -> Chain {
        Chain::new(rates.iter().map(|rate| Arc::new(Bucket::with_burst(*rate, 0))).collect())
    }

    #[test]
    fn debt_is_paid_at_the_rate() {
        let bucket = Bucket::with_burst(Some(1000), 500);
        let start = Instant::now();
        assert_eq!(bucket.reserve(500, start), Duration::ZERO);
        assert_eq!(bucket.reserve(1000, start), Duration::from_secs(1));
        assert_eq!(bucket.reserve(0, start + Duration::from_millis(400)), Duration::from_millis(600));
        assert_eq!(bucket.reserve(100, start + Duration::from_secs(1)), Duration::from_millis(100));
        // An hour of silence saves up one burst and no more.
        let later = start + Duration::from_hours(1);
        assert_eq!(bucket.reserve(1500, later), Duration::from_secs(1));
        // A clock reading from before the last one adds nothing.
        assert_eq!(bucket.reserve(0, start), Duration::from_secs(1));
    }

    #[test]
    fn slow_rates_do_not_round_away() {
        let bucket = Bucket::with_burst(Some(3), 0);
        let start = Instant::now();
        bucket.reserve(300, start);
        for step in 1..=1000 {
            bucket.reserve(0, start + Duration::from_millis(step * 100));
        }
        assert_eq!(bucket.reserve(0, start + Duration::from_secs(100)), Duration::ZERO);
        assert_eq!(Bucket::new(Some(0)).rate(), Some(1));
    }

    #[test]
    fn the_slowest_decides() {
        let chain = chain(&[Some(1000), None, Some(4000)]);
        assert_eq!(chain.reserve(2000, Instant::now()), Duration::from_secs(2));
        assert!(!chain.unlimited());
        assert_eq!(chain.piece(1 << 20), 512);
        assert_eq!(chain.piece(100), 100);
        assert_eq!(Chain::new(vec![Arc::new(Bucket::new(Some(80_000)))]).piece(1 << 20), 10_000);
        assert_eq!(Chain::default().piece(1 << 20), 1 << 20);
        assert!(Chain::default().unlimited());
    }

    #[test]
    fn a_new_rate_forgives_old_debts() {
        let bucket = Bucket::with_burst(Some(1_000_000), 0);
        let start = Instant::now();
        bucket.reserve(1_000_000, start);
        bucket.set_rate(Some(1000));
        assert_eq!(bucket.reserve(0, start), Duration::from_millis(250));
        bucket.set_rate(None);
        assert_eq!(bucket.reserve(1 << 30, start), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn acquire_keeps_the_rate() {
        let chain = chain(&[Some(10_000)]);
        let start = Instant::now();
        for _ in 0..20 {
            chain.acquire(1000).await;
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(2) && took < Duration::from_millis(2100), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn transfers_share_a_bucket() {
        let chain = chain(&[Some(10_000)]);
        let start = Instant::now();
        let one = |chain: Chain| async move {
            for _ in 0..10 {
                chain.acquire(1000).await;
            }
        };
        tokio::join!(one(chain.clone()), one(chain.clone()));
        assert!(start.elapsed() >= Duration::from_millis(1990), "{:?}", start.elapsed());
    }
}
