//! What was asked of browsers and not answered yet. It is on the server alone, is good once, and is forgotten soon.

use super::origin::Origin;
use crate::{panel_sessions::digest, random};
use std::{
    collections::VecDeque,
    fmt,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};
use wharf_model::{
    addresses::AddressRange,
    ids::{PanelSessionId, PersonId},
};

/// How long somebody has to find the device and to touch it; browsers are told the same.
pub(super) const LIFE: Duration = Duration::from_mins(5);
/// The same in milliseconds.
const LIFE_MS: i64 = 300_000;
/// Ceremonies at once. Anybody may begin one, so beyond it the oldest is forgotten.
const MOST: usize = 4_000;
/// Those begun from one address, so that nobody makes all others forgotten. Behind a proxy everybody shares one.
const MOST_PER_ADDRESS: usize = 400;

/// What a browser was asked.
pub(super) struct Ceremony {
    /// At which address of the panel.
    pub(super) origin: Origin,
    /// To do what.
    pub(super) asked: Asked,
}

/// What a browser was asked to do.
pub(super) enum Asked {
    /// To make a passkey.
    Make(Making),
    /// To show one.
    Show(DiscoverableAuthentication),
}

/// A passkey that is being made.
pub(super) struct Making {
    /// For whom.
    pub(super) person: PersonId,
    /// In which session the password was shown.
    pub(super) session: PanelSessionId,
    /// What it will be called.
    pub(super) name: String,
    /// What the answer is held against.
    pub(super) state: PasskeyRegistration,
}

impl Asked {
    /// What is being made, if it is for that person and was begun in that session.
    pub(super) fn making(self, person: PersonId, session: PanelSessionId) -> Option<Making> {
        match self {
            Self::Make(making) => Some(making).filter(|making| making.person == person && making.session == session),
            Self::Show(_) => None,
        }
    }
}

struct Entry {
    /// SHA-256 of what names it.
    key: String,
    address: AddressRange,
    until: i64,
    ceremony: Box<Ceremony>,
}

/// All that is under way, oldest first.
#[derive(Default)]
pub(crate) struct Ceremonies(Mutex<VecDeque<Entry>>);

impl fmt::Debug for Ceremonies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ceremonies").field(&self.entries().len()).finish()
    }
}

impl Ceremonies {
    /// Keeps what a browser at `ip` is asked, and returns what names it.
    pub(super) fn begin(&self, ceremony: Ceremony, ip: IpAddr, now: i64) -> String {
        let (secret, address) = (random::secret(), AddressRange::customer(ip));
        let entry = Entry { key: digest(&secret), address, until: now + LIFE_MS, ceremony: Box::new(ceremony) };
        let mut entries = self.entries();
        entries.retain(|entry| entry.until > now);
        let same = |entry: &&Entry| entry.address == address;
        if entries.iter().filter(same).count() >= MOST_PER_ADDRESS {
            let oldest = entries.iter().position(|entry| entry.address == address);
            oldest.and_then(|oldest| entries.remove(oldest));
        }
        if entries.len() >= MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
        secret
    }

    /// Takes what was asked under this name, if it is not too late. It is gone then.
    pub(super) fn take(&self, name: &str, now: i64) -> Option<Ceremony> {
        let key = digest(name);
        let mut entries = self.entries();
        let found = entries.iter().position(|entry| entry.key == key)?;
        let entry = entries.remove(found).filter(|entry| entry.until > now)?;
        Some(*entry.ceremony)
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Ceremony {
        let origin: Origin = "https://panel.example".parse().unwrap();
        let (_, state) = origin.party().unwrap().start_discoverable_authentication().unwrap();
        Ceremony { origin, asked: Asked::Show(state) }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_good_once_and_for_a_while() {
        let ceremonies = Ceremonies::default();
        let name = ceremonies.begin(asked(), ip("192.0.2.1"), 0);
        assert!(ceremonies.take(&name, LIFE_MS - 1).is_some());
        assert!(ceremonies.take(&name, LIFE_MS - 1).is_none());
        let name = ceremonies.begin(asked(), ip("192.0.2.1"), 0);
        assert!(ceremonies.take(&name, LIFE_MS).is_none());
        assert!(ceremonies.take("", 0).is_none());
    }

    #[test]
    fn one_address_does_not_push_out_others_and_all_together_are_bounded() {
        let ceremonies = Ceremonies::default();
        let name = ceremonies.begin(asked(), ip("2001:db8:1::1"), 0);
        for host in 0..=MOST_PER_ADDRESS {
            ceremonies.begin(asked(), ip(&format!("2001:db8::{host:x}")), 1);
        }
        assert_eq!(ceremonies.entries().len(), MOST_PER_ADDRESS + 1);
        assert!(ceremonies.take(&name, 2).is_some());
        for network in 0..=MOST {
            ceremonies.begin(asked(), ip(&format!("2001:db8:{network:x}::1")), 2);
        }
        assert_eq!(ceremonies.entries().len(), MOST);
        ceremonies.begin(asked(), ip("192.0.2.1"), 2 + LIFE_MS);
        assert_eq!(ceremonies.entries().len(), 1, "what is too late makes room");
    }
}
