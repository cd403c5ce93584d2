//! The first bytes of a client, which come in clear: what it calls itself (RFC 4253 section 4.2) and which algorithms it
//! can (section 7.1). russh keeps what it made of them to itself, so they are read along.

use crate::algorithms;
use std::sync::Arc;
use wharf_core::sessions::Session;
use wharf_model::logs::LineKind;
use wharf_vfs::printable;

/// Both together are a few KiB.
const MOST: usize = 64 * 1024;
const KEXINIT: u8 = 20;
/// What a row shows of a client's name, in characters.
const NAME_MOST: usize = 60;

/// Reads along until both have come, and tells the session.
pub(crate) struct Hello {
    session: Arc<Session>,
    /// What has come so far; `None` once nothing more is wanted.
    seen: Option<Vec<u8>>,
    named: bool,
}

impl Hello {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, seen: Some(Vec::new()), named: false }
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
        match agreed(rest) {
            Parsed::Whole(encryption) => {
                self.seen = None;
                if let Some(encryption) = encryption {
                    self.session.set_encryption(Some(encryption));
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
    /// Everything has come; with what both sides agree on, if they do.
    Whole(Option<String>),
}

/// What both sides agree on, from the client's first packet.
fn agreed(packet: &[u8]) -> Parsed {
    let Some((head, rest)) = packet.split_first_chunk::<5>() else { return Parsed::Part };
    let [a, b, c, d, padding] = *head;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    let Some(payload) = length.checked_sub(1 + usize::from(padding)).filter(|_| length <= MOST) else {
        return Parsed::Whole(None);
    };
    match rest.get(..payload) {
        Some(payload) => Parsed::Whole(choose(payload)),
        None => Parsed::Part,
    }
}

/// The first of the client's algorithms that we have, of each kind (RFC 4253 section 7.1).
fn choose(payload: &[u8]) -> Option<String> {
    let mut lists = payload.strip_prefix(&[KEXINIT])?.get(16..)?;
    let mut next = || {
        let (length, rest) = lists.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let list = std::str::from_utf8(rest.get(..length)?).ok()?;
        lists = &rest[length..];
        Some(list.split(','))
    };
    let ours = |list: &[&str], name: &&str| list.contains(name);
    let key_exchanges: Vec<_> = algorithms::KEY_EXCHANGES.iter().map(AsRef::as_ref).collect();
    let ciphers: Vec<_> = algorithms::CIPHERS.iter().map(AsRef::as_ref).collect();
    let key_exchange = next()?.find(|name| ours(&key_exchanges, name))?;
    next()?; // host keys
    let from_client = next()?.find(|name| ours(&ciphers, name))?;
    let to_client = next()?.find(|name| ours(&ciphers, name))?;
    let cipher = if from_client == to_client { from_client.to_owned() } else { format!("{from_client}/{to_client}") };
    Some(format!("SSH, {key_exchange}, {cipher}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kexinit(lists: [&str; 4]) -> Vec<u8> {
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

    fn whole(parsed: Parsed) -> Option<String> {
        match parsed {
            Parsed::Whole(agreed) => agreed,
            Parsed::Part => panic!("more was wanted"),
        }
    }

    #[test]
    fn the_clients_order_decides() {
        let ciphers = "aes256-ctr,chacha20-poly1305@openssh.com,aes128-gcm@openssh.com";
        let packet = kexinit(["sntrup761x25519-sha512,curve25519-sha256,ext-info-c", "ssh-ed25519", ciphers, ciphers]);
        let expected = "SSH, curve25519-sha256, chacha20-poly1305@openssh.com";
        assert_eq!(whole(agreed(&packet)).as_deref(), Some(expected));
        let packet = kexinit(["mlkem768x25519-sha256", "ssh-rsa", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com"]);
        let expected = "SSH, mlkem768x25519-sha256, aes256-gcm@openssh.com/aes128-gcm@openssh.com";
        assert_eq!(whole(agreed(&packet)).as_deref(), Some(expected));
        let packet = kexinit(["diffie-hellman-group1-sha1", "ssh-rsa", "3des-cbc", "3des-cbc"]);
        assert_eq!(whole(agreed(&packet)), None, "nothing in common");
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
            let _ = agreed(&bytes);
            let _ = choose(&[&[KEXINIT], &payload[..]].concat());
        }

        #[test]
        fn half_a_packet_is_waited_for(part in 0.0..1.0) {
            let packet = kexinit(["curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "aes128-gcm@openssh.com"]);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of it")]
            let length = ((packet.len() - 4) as f64 * part) as usize;
            prop_assert!(matches!(agreed(&packet[..length]), Parsed::Part));
        }
    }
}
