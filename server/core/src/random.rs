//! Randomness: identifiers, tokens, generated passwords.

use crate::clock::Clock;
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

/// A new identifier, a UUIDv7: sorts by the time it was made.
pub fn id(clock: &Clock) -> Uuid {
    let now = u64::try_from(clock.now()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(now, &bytes()).into_uuid()
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
