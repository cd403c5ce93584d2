//! A browser with an authenticator in it, as a passkey of ES256 in software: enough of WebAuthn to be believed, and to lie.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The user is there.
const PRESENT: u8 = 0x01;
/// The user was verified.
const VERIFIED: u8 = 0x04;
/// A key comes with the data.
const WITH_KEY: u8 = 0x40;

/// A passkey on its device, and the browser around it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// What the passkey was made for.
    pub(crate) user: Vec<u8>,
    /// Uses so far.
    pub(crate) counter: u32,
    /// The page that asks.
    pub(crate) origin: String,
    /// The host that the page says it is.
    pub(crate) host: String,
    /// Whether it asks for a finger or a PIN.
    pub(crate) verifies: bool,
    /// Whether somebody has to touch it.
    pub(crate) touched: bool,
}

impl Authenticator {
    /// One that stands at `https://` `authority`.
    pub(crate) fn at(authority: &str) -> Self {
        let host = authority.split(':').next().unwrap_or_default().to_owned();
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        let origin = format!("https://{authority}");
        Self { key, id, user: Vec::new(), counter: 0, origin, host, verifies: true, touched: true }
    }

    /// Makes the passkey: the answer to options of `navigator.credentials.create`, as `toJSON()` has it.
    pub(crate) fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["rp"]["id"], *self.host);
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        self.user = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let client = self.client_data("webauthn.create", &options);
        let mut data = self.data(WITH_KEY);
        // No maker.
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        self.answer(&json!({
            "attestationObject": BASE64.encode(object),
            "clientDataJSON": BASE64.encode(client),
            "transports": ["internal"],
        }))
    }

    /// Shows the passkey: the answer to options of `navigator.credentials.get`.
    pub(crate) fn show(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["userVerification"], "required");
        assert!(options["allowCredentials"].as_array().is_none_or(Vec::is_empty), "nobody has said who it is");
        self.counter += 1;
        let client = self.client_data("webauthn.get", &options);
        let data = self.data(0);
        let signed = [data.clone(), Sha256::digest(&client).to_vec()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(&json!({
            "authenticatorData": BASE64.encode(data),
            "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature.as_ref()),
            "userHandle": BASE64.encode(&self.user),
        }))
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// Authenticator data (section 6.1): whose site, flags, counter.
    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        data.push(more | flag(self.touched, PRESENT) | flag(self.verifies, VERIFIED));
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key (RFC 9053 section 7.1.1): {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
        .to_string()
    }
}
