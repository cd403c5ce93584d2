//! How many bytes an account has on disk, against its limit.
//!
//! What is on disk counts: finished files, and parts too, those under way and those kept for a resume. So replacing
//! a file needs room for both until the new one is finished.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::blocking;
use crate::error::FileError;
use crate::jail::Jail;
use crate::parts::{self, Opened, Part};
use crate::walk::walk;

/// An upload reserves this much ahead, so that many small writes do not all meet at one counter.
const CHUNK: u64 = 1 << 20;
/// A limit of this many bytes is none.
const UNLIMITED: u64 = u64::MAX;

/// The bytes of one account: shared by all its sessions, kept as long as one of them lives.
#[derive(Debug)]
pub struct Ledger {
    used: AtomicU64,
    limit: AtomicU64,
    /// See [`Self::hold_sizes`].
    sizes: Mutex<()>,
}

impl Ledger {
    /// A ledger with `used` bytes on disk already, for instance from [`measure`]. A `limit` of `None` is no limit.
    pub fn new(limit: Option<u64>, used: u64) -> Self {
        Self { used: AtomicU64::new(used), limit: AtomicU64::new(limit.unwrap_or(UNLIMITED)), sizes: Mutex::new(()) }
    }

    /// Takes `n` bytes, or [`FileError::QuotaExceeded`] and takes none.
    pub fn reserve(&self, n: u64) -> Result<(), FileError> {
        if n == 0 {
            return Ok(());
        }
        let limit = self.limit.load(Ordering::Relaxed);
        let take = |used: u64| used.checked_add(n).filter(|total| *total <= limit);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map(|_| ())
            .map_err(|_| FileError::QuotaExceeded)
    }

    /// Gives `n` bytes back.
    pub fn release(&self, n: u64) {
        let give = |used: u64| Some(used.saturating_sub(n));
        // The closure always answers Some, so this cannot fail.
        let _ = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }

    /// To be held while a file of the account that others can see changes its size, so that each byte is counted once.
    pub(crate) fn hold_sizes(&self) -> MutexGuard<'_, ()> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes on disk, with what uploads under way have reserved.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// The limit in bytes; `None` is no limit.
    pub fn limit(&self) -> Option<u64> {
        Some(self.limit.load(Ordering::Relaxed)).filter(|limit| *limit != UNLIMITED)
    }

    /// Bytes that may still be written; `None` is no limit.
    pub fn available(&self) -> Option<u64> {
        self.limit().map(|limit| limit.saturating_sub(self.used()))
    }

    /// Changes the limit. What is on disk stays, also when it is more.
    pub fn set_limit(&self, limit: Option<u64>) {
        self.limit.store(limit.unwrap_or(UNLIMITED), Ordering::Relaxed);
    }

    /// Replaces the count, after the home was measured again.
    pub fn set_used(&self, used: u64) {
        self.used.store(used, Ordering::Relaxed);
    }
}

/// Bytes taken from a ledger that are not on disk yet. Dropped, the rest goes back.
#[derive(Debug)]
pub(crate) struct Claim {
    ledger: Arc<Ledger>,
    bytes: u64,
}

impl Claim {
    pub(crate) fn empty(ledger: Arc<Ledger>) -> Self {
        Self { ledger, bytes: 0 }
    }

    /// Makes sure that `n` bytes are claimed, with some ahead if the limit allows.
    pub(crate) fn cover(&mut self, n: u64) -> Result<(), FileError> {
        let missing = n.saturating_sub(self.bytes);
        if missing == 0 {
            return Ok(());
        }
        let ahead = missing.max(CHUNK);
        if self.ledger.reserve(ahead).is_ok() {
            self.bytes += ahead;
        } else {
            self.ledger.reserve(missing)?;
            self.bytes += missing;
        }
        Ok(())
    }

    /// Moves up to `n` bytes into a claim of their own.
    pub(crate) fn split(&mut self, n: u64) -> Self {
        let bytes = n.min(self.bytes);
        self.bytes -= bytes;
        Self { ledger: Arc::clone(&self.ledger), bytes }
    }

    /// Counts `n` of the bytes as being on disk.
    pub(crate) fn spend(&mut self, n: u64) {
        self.bytes = self.bytes.saturating_sub(n);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.ledger.release(self.bytes);
    }
}

/// Sums the sizes of all files in a home, parts included. Links are not followed, other file systems mounted inside
/// are left out, and a file with several names counts once.
pub async fn measure(jail: &Jail) -> Result<u64, FileError> {
    let jail = jail.clone();
    blocking(move || {
        let mut total = 0_u64;
        let mut seen = HashSet::new();
        walk(&jail, |_, _, stat| {
            if stat.is_file() && (stat.links == 1 || seen.insert(stat.inode)) {
                total = total.saturating_add(stat.size);
            }
        })?;
        Ok(total)
    })
    .await
}

/// Removes the parts in a home that nobody uploads to and that were last written before `before_ms` (milliseconds
/// since 1970 UTC). Answers the bytes that came free; they are released from `ledger`.
pub async fn sweep(jail: &Jail, ledger: &Arc<Ledger>, before_ms: i64) -> Result<u64, FileError> {
    let (jail, ledger) = (jail.clone(), Arc::clone(ledger));
    blocking(move || {
        let mut freed = 0_u64;
        walk(&jail, |directory, name, stat| {
            if parts::is_part(name) && stat.is_file() && stat.modified_ms < before_ms {
                match Part::open(directory, name, false, &ledger) {
                    Ok(Opened::Part(part)) => freed += part.remove().unwrap_or(0),
                    Ok(Opened::Locked | Opened::Absent) => {}
                    Err(error) => tracing::debug!(%error, "a part could not be swept"),
                }
            }
        })?;
        Ok(freed)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_up_to_the_limit() {
        let ledger = Ledger::new(Some(100), 40);
        assert!(ledger.reserve(60).is_ok());
        assert!(matches!(ledger.reserve(1), Err(FileError::QuotaExceeded)));
        assert!(ledger.reserve(0).is_ok());
        ledger.release(30);
        assert_eq!((ledger.used(), ledger.available()), (70, Some(30)));
        ledger.set_limit(Some(10));
        assert!(ledger.reserve(1).is_err());
        assert_eq!(ledger.available(), Some(0));
        ledger.set_limit(None);
        assert_eq!((ledger.limit(), ledger.available()), (None, None));
        assert!(ledger.reserve(u64::MAX).is_err(), "no overflow");
        ledger.set_used(3);
        ledger.release(5);
        assert_eq!(ledger.used(), 0);
    }

    #[test]
    fn claims_settle() {
        let ledger = Arc::new(Ledger::new(Some(CHUNK + 10), 0));
        let mut claim = Claim::empty(Arc::clone(&ledger));
        claim.cover(5).unwrap();
        assert_eq!(ledger.used(), CHUNK);
        let mut piece = claim.split(5);
        piece.spend(3);
        drop(piece);
        assert_eq!(ledger.used(), CHUNK - 2);
        claim.cover(CHUNK).unwrap();
        assert_eq!(ledger.used(), CHUNK + 3, "near the limit only what is needed");
        assert!(claim.cover(CHUNK + 8).is_err());
        drop(claim);
        assert_eq!(ledger.used(), 3);
    }
}
