//! Which algorithms we offer: none with SHA-1, none without authentication of the whole packet unless it is asked for, no
//! compression (it is worth little, and a bomb may hide in it). Of what both sides can, the client's order decides.

use russh::{
    Preferred, SshId, cipher, compression, kex,
    keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey},
    mac,
    server::Config,
};
use std::{borrow::Cow, time::Duration};

/// What we call ourselves. No number: it would only help those who look for an old one.
const IDENTIFICATION: &str = "SSH-2.0-Wharf";
/// Failed attempts of one connection; the one after them ends it.
const ATTEMPTS: usize = 6;
/// A client that says nothing is asked whether it is there, and given up when it has not answered so many times.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_MOST: usize = 3;
/// How much a client may send before we say that it may go on. It does not bound memory: what waits for the disk does
/// (`transport::Backlog`). With much more, OpenSSH's client keeps so much itself that moving it about costs more than the
/// encryption.
const WINDOW: u32 = 2 * 1024 * 1024;
/// Channel data in one SSH packet, at most.
const PACKET: u32 = 65_535;
/// Messages of one channel that wait for its task, which takes them at once.
const CHANNEL_MESSAGES: usize = 1_024;
/// Answers that wait to be sent, each up to 256 KiB.
const ANSWERS: usize = 16;

/// The markers at the end switch strict key exchange on, which is the answer to Terrapin (CVE-2023-48795), and the
/// extensions of RFC 8308.
const KEY_EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];

/// The quickest first; clients that leave it to us are well served by it. The last two are for paramiko before 3.5.
const CIPHERS: &[cipher::Name] =
    &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR, cipher::AES_128_CTR];

/// For AES-CTR; the other ciphers authenticate by themselves.
const MACS: [mac::Name; 2] = [mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM];
/// They authenticate what was encrypted, and not the packet. libssh2 before 1.11 has no others, and with it curl and PHP of
/// many distributions.
const OLDER_MACS: [mac::Name; 2] = [mac::HMAC_SHA512, mac::HMAC_SHA256];

const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// How russh shall speak SSH; `older` takes in clients that have not got what is offered otherwise.
pub(crate) fn config(host_keys: Vec<PrivateKey>, older: bool) -> Config {
    let mut macs = MACS.to_vec();
    if older {
        macs.extend(OLDER_MACS);
    }
    Config {
        server_id: SshId::Standard(Cow::Borrowed(IDENTIFICATION)),
        methods: crate::client::methods(),
        // Rejections cost the same work whoever asks, and the lockout slows down who guesses; waiting would only make
        // clients with many keys slow.
        auth_rejection_time: Duration::ZERO,
        max_auth_attempts: ATTEMPTS,
        keys: host_keys,
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        channel_buffer_size: CHANNEL_MESSAGES,
        event_buffer_size: ANSWERS,
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Borrowed(HOST_KEYS),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Owned(macs),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        // Answers to keepalives would hold it off; idle sessions are ended by `connection`.
        inactivity_timeout: None,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVE_MOST,
        ..Config::default()
    }
}
