//! Randomness: identifiers, tokens, generated passwords.

use crate::clock::Clock;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// `N` random bytes of the kernel.
///
/// # Panics
/// Only where the kernel has no random source.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "getrandom(2) cannot fail once the machine has booted; without it nothing is safe"
    )]
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// A new identifier, a UUIDv7: sorts by the time it was made, and among those of one millisecond by a counter
/// (RFC 9562 section 6.2, method 1).
pub fn id(clock: &Clock) -> Uuid {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let now = u64::try_from(clock.now()).unwrap_or(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut bytes: [u8; 10] = bytes();
    // Version and variant take four bits of the first byte and two of the third; the counter has the 26 around them.
    let [high, low] = [counter >> 14 & 0xfff, counter & 0x3fff].map(u32::to_be_bytes);
    bytes[..4].copy_from_slice(&[high[2], high[3], low[2], low[3]]);
    uuid::Builder::from_unix_timestamp_millis(now, &bytes).into_uuid()
}

/// A secret of 256 bits, as 64 hexadecimal digits.
pub fn secret() -> String {
    crate::hex(&bytes::<32>())
}

/// A password to be typed from a screen: 20 characters that are hard to mistake, about 98 bits.
pub fn password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    bytes::<20>().iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_order_in_which_they_were_made() {
        let clock = Clock::manual(1_767_225_600_000);
        let ids: Vec<_> = (0..100_000).map(|_| id(&clock)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[0].get_version_num(), 7);
    }
}
