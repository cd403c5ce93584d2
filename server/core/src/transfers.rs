//! One file moving within a session: the guard the protocol holds and what others see of it.

use crate::sessions::Session;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wharf_model::{
    ids::TransferId,
    sessions::{Direction, STALLED_AFTER_MS, TransferRow},
};

/// The time constant of the speed shown, in milliseconds: long enough to read, short enough to follow.
const SMOOTHING_MS: f64 = 2_000.0;

/// What others see of a running transfer.
#[derive(Debug)]
pub struct Transfer {
    /// Which one.
    pub id: TransferId,
    /// Full path within the home, printable.
    pub path: String,
    /// Which way.
    pub direction: Direction,
    /// Where it began (REST).
    pub offset: u64,
    /// Size of the whole file, where it is known.
    pub total: Option<u64>,
    /// When it began.
    pub started: i64,
    /// Whether the data connection is encrypted.
    pub secure: bool,
    /// Bytes moved since it began; written by the data path, once a buffer.
    moved: AtomicU64,
    /// Whether all of it has arrived.
    complete: AtomicBool,
    /// Ends this transfer and nothing else.
    abort: CancellationToken,
    speed: Mutex<Speed>,
}

#[derive(Debug)]
struct Speed {
    moved: u64,
    measured: i64,
    last_change: i64,
    rate: f64,
}

impl Transfer {
    pub(crate) fn new(id: TransferId, begin: Begin, started: i64, abort: CancellationToken) -> Self {
        Self {
            id,
            path: begin.path,
            direction: begin.direction,
            offset: begin.offset,
            total: begin.total,
            started,
            secure: begin.secure,
            moved: AtomicU64::new(0),
            complete: AtomicBool::new(false),
            abort,
            speed: Mutex::new(Speed { moved: 0, measured: started, last_change: started, rate: 0.0 }),
        }
    }

    /// Ends the transfer; its session goes on.
    pub fn abort(&self) {
        self.abort.cancel();
    }

    /// Whether it has been told to end.
    pub fn is_aborted(&self) -> bool {
        self.abort.is_cancelled()
    }

    /// Name without the directories.
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Bytes moved since the transfer began.
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Bytes of the file that are done, offset included.
    pub fn done(&self) -> u64 {
        self.offset.saturating_add(self.moved())
    }

    /// Percent of the file that is done, where its size is known.
    pub fn percent(&self) -> Option<f32> {
        let total = self.total?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a percentage for people")]
        let percent = if total == 0 { 100.0 } else { (self.done() as f64 / total as f64 * 100.0).min(100.0) as f32 };
        Some(percent)
    }

    /// Bytes per second as last measured.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is positive and far below 2^64"
    )]
    pub fn rate(&self) -> u64 {
        self.speed().rate as u64
    }

    /// When a byte last moved, as far as [`Transfer::measure`] has noticed.
    pub fn last_change(&self) -> i64 {
        self.speed().last_change
    }

    /// Whether nothing has moved for a while.
    pub fn stalled(&self, now: i64) -> bool {
        now - self.last_change() >= STALLED_AFTER_MS
    }

    /// Takes the bytes moved since the last call into the speed. The publisher calls it every tick, so that the data
    /// path never asks for the time. True if a byte has moved.
    pub(crate) fn measure(&self, now: i64) -> bool {
        let moved = self.moved();
        let mut speed = self.speed();
        let elapsed = now - speed.measured;
        if elapsed <= 0 {
            return false;
        }
        let changed = moved != speed.moved;
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        {
            let elapsed = elapsed as f64;
            let current = (moved - speed.moved) as f64 * 1000.0 / elapsed;
            // Over the first moments the plain average is right; the smoothed value would have to climb from zero.
            let age = (now - self.started) as f64;
            let weight = if age < SMOOTHING_MS { elapsed / age } else { 1.0 - (-elapsed / SMOOTHING_MS).exp() };
            speed.rate += (current - speed.rate) * weight;
        }
        if changed {
            speed.last_change = now;
        } else if now - speed.last_change >= STALLED_AFTER_MS {
            speed.rate = 0.0;
        }
        speed.moved = moved;
        speed.measured = now;
        changed
    }

    /// What the session's log says of it at its end.
    pub(crate) fn summary(&self, now: i64) -> String {
        let way = match self.direction {
            Direction::Download => "download",
            Direction::Upload => "upload",
        };
        let of = self.total.map_or(String::new(), |total| format!(" of {total}"));
        let from = if self.offset > 0 { format!(" from {}", self.offset) } else { String::new() };
        format!("{way} of {}: {}{of} bytes{from} in {} ms", self.path, self.moved(), now - self.started)
    }

    /// What webhooks are told of it at its end.
    pub(crate) fn told(&self, now: i64) -> Value {
        json!({
            "id": self.id, "path": self.path, "direction": self.direction, "secure": self.secure,
            "offset": self.offset, "bytes": self.moved(), "total": self.total, "duration_ms": now - self.started,
            "complete": self.complete.load(Ordering::Relaxed),
        })
    }

    /// As lists show it.
    pub fn row(&self) -> TransferRow {
        TransferRow {
            id: self.id,
            path: self.path.clone(),
            direction: self.direction,
            done: self.done(),
            offset: self.offset,
            total: self.total,
            speed: self.rate(),
            started: self.started,
            secure: self.secure,
        }
    }

    fn speed(&self) -> std::sync::MutexGuard<'_, Speed> {
        self.speed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a protocol knows when a transfer begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Full path within the home, printable.
    pub path: String,
    /// Which way.
    pub direction: Direction,
    /// Where it begins (REST).
    pub offset: u64,
    /// Size of the whole file, where it is known.
    pub total: Option<u64>,
    /// Whether the data connection is encrypted.
    pub secure: bool,
}

/// The protocol's hold on a running transfer. Dropping it takes the transfer out of the session.
#[derive(Debug)]
pub struct TransferHandle {
    transfer: Arc<Transfer>,
    session: Arc<Session>,
}

impl TransferHandle {
    pub(crate) fn new(transfer: Arc<Transfer>, session: Arc<Session>) -> Self {
        Self { transfer, session }
    }

    /// Counts `bytes` that have moved, for the transfer and its session.
    pub fn add(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.transfer.moved.fetch_add(bytes, Ordering::Relaxed);
        self.session.count(self.transfer.direction, bytes);
    }

    /// Bytes moved so far.
    pub fn moved(&self) -> u64 {
        self.transfer.moved()
    }

    /// Says that the file is where it was to go, all of it. Without it the transfer counts as cut.
    pub fn complete(&self) {
        self.transfer.complete.store(true, Ordering::Relaxed);
    }

    /// Resolves when somebody aborts this transfer or ends its session.
    pub async fn aborted(&self) {
        self.transfer.abort.cancelled().await;
    }

    /// The same for who does not hold the transfer.
    pub fn aborted_owned(&self) -> WaitForCancellationFutureOwned {
        self.transfer.abort.clone().cancelled_owned()
    }

    /// Resolves when nothing has moved for between one and one and a quarter times `limit`.
    pub async fn stalled(&self, limit: Duration) {
        let mut moved = self.moved();
        let mut quiet = 0;
        while quiet < 5 {
            sleep(limit / 4).await;
            quiet = if self.moved() == moved { quiet + 1 } else { 0 };
            moved = self.moved();
        }
    }

    /// Whether [`TransferHandle::aborted`] has resolved.
    pub fn is_aborted(&self) -> bool {
        self.transfer.is_aborted()
    }
}

impl Drop for TransferHandle {
    fn drop(&mut self) {
        self.session.end_transfer(&self.transfer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(total: Option<u64>) -> Transfer {
        let begin =
            Begin { path: "/a/b.bin".into(), direction: Direction::Download, offset: 100, total, secure: false };
        Transfer::new(TransferId(uuid::Uuid::nil()), begin, 1_000, CancellationToken::new())
    }

    fn push(transfer: &Transfer, bytes: u64) {
        transfer.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    #[test]
    fn speed_is_right_from_the_first_measure_and_falls_to_zero_when_stalled() {
        let transfer = transfer(Some(1_000_000));
        for tick in 1..=50 {
            push(&transfer, 20_000);
            assert!(transfer.measure(1_000 + tick * 200));
            assert!((99_000..=101_000).contains(&transfer.rate()), "{} at tick {tick}", transfer.rate());
        }
        assert!(!transfer.stalled(11_000));
        for tick in 51..=70 {
            assert!(!transfer.measure(1_000 + tick * 200));
        }
        assert!(transfer.stalled(15_000));
        assert_eq!(transfer.rate(), 0);
    }

    #[test]
    fn percent_counts_the_offset_and_knows_empty_files() {
        let partial = transfer(Some(1_000));
        push(&partial, 400);
        assert_eq!(partial.percent(), Some(50.0));
        assert_eq!(partial.done(), 500);
        assert_eq!(transfer(Some(0)).percent(), Some(100.0));
        assert_eq!(transfer(None).percent(), None);
        assert_eq!(partial.file(), "b.bin");
    }
}
