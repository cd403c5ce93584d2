//! Signatures as in Standard Webhooks 1.0 (<https://www.standardwebhooks.com>): HMAC-SHA256 over id, time and body.

use crate::random;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wharf_model::ids::DeliveryId;

/// What a secret begins with where people see it.
const PREFIX: &str = "whsec_";

/// A new key, base64.
pub(super) fn new_key() -> String {
    STANDARD.encode(random::bytes::<32>())
}

/// A key as its owner gets it.
pub(super) fn secret(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// The header `webhook-signature`. `None` if `key` is not what [`new_key`] made.
pub(super) fn sign(key: &str, id: DeliveryId, seconds: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(key).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_openssl_computes() {
        // printf 01900000-0000-7000-8000-000000000000.1614265330.{} | openssl dgst -sha256 -mac hmac -macopt hexkey:000102..1f -binary | base64
        let key = STANDARD.encode((0..32).collect::<Vec<u8>>());
        let id = "01900000-0000-7000-8000-000000000000".parse().unwrap();
        assert_eq!(sign(&key, id, 1_614_265_330, "{}").unwrap(), "v1,EuvDC3OYTAj3RRNOzL3R5fml/ChFKqmO1760uGrVc0E=");
        assert_eq!(sign("no base64", id, 0, ""), None);
    }

    #[test]
    fn keys_differ_and_have_256_bits() {
        let keys = [new_key(), new_key()];
        assert_ne!(keys[0], keys[1]);
        assert_eq!(STANDARD.decode(&keys[0]).unwrap().len(), 32);
        assert!(secret(&keys[0]).starts_with("whsec_"));
    }
}
