//! The first bytes of a client, which come in clear: what it calls itself (RFC 4253 section 4.2) and which algorithms it
//! can (section 7.1). russh keeps what it made of them to itself, so they are read along.

use russh::Preferred;
use std::sync::Arc;
use wharf_core::sessions::Session;
use wharf_model::logs::LineKind;
use wharf_vfs::printable;

/// Both together are a few KiB.
const MOST: usize = 64 * 1024;
const KEXINIT: u8 = 20;
const NONSENSE: &str = "the client's first packet makes no sense";
/// What a row shows of a client's name, in characters.
const NAME_MOST: usize = 60;

/// Reads along until both have come, and tells the session.
pub(crate) struct Hello {
    session: Arc<Session>,
    offer: Offer,
    /// What has come so far; `None` once nothing more is wanted.
    seen: Option<Vec<u8>>,
    named: bool,
}

impl Hello {
    pub(crate) fn new(session: Arc<Session>, offered: &Preferred) -> Self {
        Self { session, offer: Offer::of(offered), seen: Some(Vec::new()), named: false }
    }

    /// The next bytes of the client.
    pub(crate) fn listen(&mut self, bytes: &[u8]) {
        let Some(seen) = &mut self.seen else { return };
        seen.extend_from_slice(bytes);
        let Some(end) = seen.iter().position(|byte| *byte == b'\n') else {
            self.give_up_if_too_long();
            return;
        };
        let (line, rest) = (&seen[..end], &seen[end + 1..]);
        if !self.named {
            self.named = true;
            let line = printable(line.trim_ascii_end());
            self.session.note(LineKind::Event, &format!("client: {line}"));
            if let Some(name) = client_name(&line) {
                self.session.set_client(name);
            }
        }
        match self.offer.agreed(rest) {
            Parsed::Whole(agreed) => {
                self.seen = None;
                match agreed {
                    Ok(encryption) => self.session.set_encryption(Some(encryption)),
                    Err(why) => self.session.note(LineKind::Event, &why),
                }
            }
            Parsed::Part => self.give_up_if_too_long(),
        }
    }

    fn give_up_if_too_long(&mut self) {
        if self.seen.as_ref().is_some_and(|seen| seen.len() > MOST) {
            self.seen = None;
        }
    }
}

/// `OpenSSH 9.2p1` out of `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
fn client_name(line: &str) -> Option<String> {
    let software = line.strip_prefix("SSH-2.0-").or_else(|| line.strip_prefix("SSH-1.99-"))?;
    let name = software.split(' ').next().unwrap_or_default().replace('_', " ");
    Some(name.chars().take(NAME_MOST).collect()).filter(|name: &String| !name.is_empty())
}

enum Parsed {
    /// More has to come.
    Part,
    /// Everything has come; with what both sides agree on, or why they do not.
    Whole(Result<String, String>),
}

/// What we offer, by name.
struct Offer {
    key_exchanges: Vec<String>,
    ciphers: Vec<String>,
    macs: Vec<String>,
}

impl Offer {
    fn of(offered: &Preferred) -> Self {
        let owned = |name: &str| name.to_owned();
        Self {
            key_exchanges: offered.kex.iter().map(|name| owned(name.as_ref())).collect(),
            ciphers: offered.cipher.iter().map(|name| owned(name.as_ref())).collect(),
            macs: offered.mac.iter().map(|name| owned(name.as_ref())).collect(),
        }
    }

    /// What both sides agree on, from the client's first packet.
    fn agreed(&self, packet: &[u8]) -> Parsed {
        let Some((head, rest)) = packet.split_first_chunk::<5>() else { return Parsed::Part };
        let [a, b, c, d, padding] = *head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(payload) = length.checked_sub(1 + usize::from(padding)).filter(|_| length <= MOST) else {
            return Parsed::Whole(Err(NONSENSE.to_owned()));
        };
        match rest.get(..payload) {
            Some(payload) => Parsed::Whole(self.choose(payload)),
            None => Parsed::Part,
        }
    }

    fn choose(&self, payload: &[u8]) -> Result<String, String> {
        let [key_exchanges, _host_keys, from_client, to_client, macs_from_client, macs_to_client] =
            lists(payload).ok_or(NONSENSE)?;
        let key_exchange = first_common(key_exchanges, &self.key_exchanges, "key exchange")?;
        let from_client = first_common(from_client, &self.ciphers, "cipher")?;
        let to_client = first_common(to_client, &self.ciphers, "cipher")?;
        for (cipher, macs) in [(from_client, macs_from_client), (to_client, macs_to_client)] {
            // The others have no need of one.
            if cipher.ends_with("-ctr") {
                first_common(macs, &self.macs, "MAC")?;
            }
        }
        let cipher =
            if from_client == to_client { from_client.to_owned() } else { format!("{from_client}/{to_client}") };
        Ok(format!("SSH, {key_exchange}, {cipher}"))
    }
}

/// The client's key exchanges, kinds of host keys, and ciphers and MACs in both directions.
fn lists(payload: &[u8]) -> Option<[&str; 6]> {
    let mut rest = payload.strip_prefix(&[KEXINIT])?.get(16..)?;
    let mut next = || {
        let (length, behind) = rest.split_first_chunk()?;
        let list = behind.get(..u32::from_be_bytes(*length) as usize)?;
        rest = &behind[list.len()..];
        std::str::from_utf8(list).ok()
    };
    Some([next()?, next()?, next()?, next()?, next()?, next()?])
}

/// The first of the client's algorithms that we have (RFC 4253 section 7.1).
fn first_common<'a>(theirs: &'a str, ours: &[String], what: &str) -> Result<&'a str, String> {
    let common = theirs.split(',').find(|name| ours.iter().any(|ours| ours == name));
    common.ok_or_else(|| format!("no {what} in common; the client has {}", printable(theirs.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kexinit(lists: [&str; 6]) -> Vec<u8> {
        let mut payload = vec![KEXINIT];
        payload.extend([7; 16]);
        for list in lists {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        let padding = 4;
        let mut packet = u32::try_from(payload.len() + 1 + padding).unwrap().to_be_bytes().to_vec();
        packet.push(4);
        packet.extend(payload);
        packet.extend([0; 4]);
        packet
    }

    fn offer() -> Offer {
        Offer::of(&crate::algorithms::config(Vec::new(), false).preferred)
    }

    fn whole(parsed: Parsed) -> Result<String, String> {
        match parsed {
            Parsed::Whole(agreed) => agreed,
            Parsed::Part => panic!("more was wanted"),
        }
    }

    #[test]
    fn the_clients_order_decides() {
        let ciphers = "aes256-cbc,chacha20-poly1305@openssh.com,aes128-gcm@openssh.com";
        let kex = "sntrup761x25519-sha512,curve25519-sha256,ext-info-c";
        let packet = kexinit([kex, "ssh-ed25519", ciphers, ciphers, "hmac-sha1", "hmac-sha1"]);
        assert_eq!(whole(offer().agreed(&packet)).unwrap(), "SSH, curve25519-sha256, chacha20-poly1305@openssh.com");
        let (from, to) = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com");
        let packet = kexinit(["mlkem768x25519-sha256", "ssh-rsa", from, to, "", ""]);
        let expected = "SSH, mlkem768x25519-sha256, aes256-gcm@openssh.com/aes128-gcm@openssh.com";
        assert_eq!(whole(offer().agreed(&packet)).unwrap(), expected);
    }

    #[test]
    fn nothing_in_common_is_told_with_what_the_client_has() {
        let packet = kexinit(["curve25519-sha256", "ssh-rsa", "aes256-cbc,\x1b[2J", "3des-cbc", "", ""]);
        let why = whole(offer().agreed(&packet)).unwrap_err();
        assert!(why.starts_with("no cipher in common; the client has aes256-cbc,"), "{why}");
        assert!(!why.contains('\x1b'), "{why}");
        let libssh2 = "hmac-sha2-256,hmac-sha2-512,hmac-sha1";
        let packet = kexinit(["curve25519-sha256", "ssh-rsa", "aes256-ctr", "aes256-ctr", libssh2, libssh2]);
        assert!(whole(offer().agreed(&packet)).unwrap_err().starts_with("no MAC in common"));
        let older = Offer::of(&crate::algorithms::config(Vec::new(), true).preferred);
        assert_eq!(whole(older.agreed(&packet)).unwrap(), "SSH, curve25519-sha256, aes256-ctr");
        let packet = kexinit(["diffie-hellman-group1-sha1", "ssh-rsa", "3des-cbc", "3des-cbc", "", ""]);
        assert!(whole(offer().agreed(&packet)).unwrap_err().starts_with("no key exchange in common"));
    }

    #[test]
    fn clients_are_shown_by_name_and_version() {
        for (line, name) in [
            ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", Some("OpenSSH 9.2p1")),
            ("SSH-2.0-WinSCP_release_6.3.2", Some("WinSCP release 6.3.2")),
            ("SSH-1.99-paramiko_2.12.0", Some("paramiko 2.12.0")),
            ("SSH-2.0-", None),
            ("GET / HTTP/1.1", None),
        ] {
            assert_eq!(client_name(line).as_deref(), name, "{line}");
        }
    }

    proptest! {
        #[test]
        fn anything_may_come(bytes in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
            let _ = offer().agreed(&bytes);
            let _ = offer().choose(&[&[KEXINIT], &payload[..]].concat());
        }

        #[test]
        fn half_a_packet_is_waited_for(part in 0.0..1.0) {
            let packet = kexinit(["curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "aes128-gcm@openssh.com", "", ""]);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of it")]
            let length = ((packet.len() - 4) as f64 * part) as usize;
            prop_assert!(matches!(offer().agreed(&packet[..length]), Parsed::Part));
        }
    }
}
