//! The fields of limits. Below each stands what holds, and where it comes from.

use crate::{
    components::{entry::Entry, erase::Erase, form::Field},
    format, later, tr, words,
};
use leptos::prelude::*;
use wharf_model::{
    accounts::Limits,
    limits::{Level, Limit, LimitLevel, strictest},
};

/// Places of a number of megabytes that is kept in bytes, and of kilobytes a second.
const MEGA: u32 = 6;
const KILO: u32 = 3;

/// A limit as a field: its name on the wire, what it is called, for tests, places.
const FIELDS: [(Limit, &str, &str, &str, u32); 6] = [
    (Limit::Quota, "quota_bytes", later!("Storage, MB"), "limit-quota", MEGA),
    (Limit::Download, "download_rate", later!("Download, kB/s"), "limit-download", KILO),
    (Limit::Upload, "upload_rate", later!("Upload, kB/s"), "limit-upload", KILO),
    (Limit::Sessions, "sessions", later!("Sessions"), "limit-sessions", 0),
    (Limit::SessionsPerIp, "sessions_per_ip", later!("Sessions per address"), "limit-per-ip", 0),
    (Limit::Idle, "idle_seconds", later!("Idle, seconds"), "limit-idle", 0),
];

/// What is in the fields.
#[derive(Clone, Copy)]
pub struct LimitEntries([Entry; 6]);

impl LimitEntries {
    /// Set to what is there.
    pub fn new(limits: Limits) -> Self {
        let text = |number, places| format::decimal(number, places);
        Self(FIELDS.map(|(limit, .., places)| {
            Entry::new(limits.get(limit).map(|number| text(number, places)).unwrap_or_default())
        }))
    }

    /// What they say; `None`, with an error beside each that is wrong, if it cannot be.
    pub fn read(self) -> Option<Limits> {
        let [quota, download, upload, sessions, sessions_per_ip, idle] = self.0;
        for entry in self.0 {
            entry.error.set(None);
        }
        // All of them are looked at, so that all errors show at once.
        let large = (quota.number(MEGA), download.number(KILO), upload.number(KILO));
        let small = (sessions.small(), sessions_per_ip.small(), idle.small());
        Some(Limits {
            quota_bytes: large.0.ok()?,
            download_rate: large.1.ok()?,
            upload_rate: large.2.ok()?,
            sessions: small.0.ok()?,
            sessions_per_ip: small.1.ok()?,
            idle_seconds: small.2.ok()?,
        })
    }

    /// Shows what the server says of a field of these; false if it is none of them.
    pub fn refuse(self, field: &str, message: &str) -> bool {
        let found = FIELDS.iter().zip(self.0).find(|((_, name, ..), _)| *name == field);
        if let Some((_, entry)) = found {
            let _ = entry.error.try_set(Some(message.to_owned()));
        }
        found.is_some()
    }
}

/// The fields as they are shown.
#[component]
pub fn LimitFields(
    /// What they are bound to.
    entries: LimitEntries,
    /// What is set above.
    above: Signal<Vec<LimitLevel>>,
    /// Whether they are only to be read.
    #[prop(optional)]
    fixed: bool,
) -> impl IntoView {
    let field = move |((limit, _, label, testid, places), entry): ((Limit, _, _, _, u32), Entry)| {
        let hint = Signal::derive(move || {
            let own = entry.value.with(|text| format::read_decimal(text.trim(), places));
            above.with(|above| holding(above, limit, own, places))
        });
        view! { <Field label=words::text(label) value=entry.value testid error=entry.error hint fixed /> }
    };
    view! {
        <p class="muted">{tr!("What is set above holds here too: the strictest wins. An empty field adds no limit.")}</p>
        <div class="fields">{FIELDS.into_iter().zip(entries.0).map(field).collect_view()}</div>
    }
    .erase()
}

/// What holds in place of an empty field, or of a number that is larger than what is set above.
fn holding(above: &[LimitLevel], limit: Limit, own: Option<u64>, places: u32) -> String {
    match (strictest(above, limit), own) {
        (Some((_, number)), Some(own)) if own <= number => String::new(),
        (Some((level, number)), _) => tr!("{} holds, set {}", format::decimal(number, places), whence(level)),
        (None, Some(_)) => String::new(),
        (None, None) => tr!("no limit").to_owned(),
    }
}

fn whence(level: &LimitLevel) -> String {
    match (level.level, &level.name) {
        (Level::Server, _) => tr!("for the server").to_owned(),
        (Level::Reseller, Some(name)) => tr!("for the reseller {}", name),
        (Level::Customer, Some(name)) => tr!("for the customer {}", name),
        (Level::Domain, Some(name)) => tr!("for the domain {}", name),
        (Level::Account, Some(name)) => tr!("for the account {}", name),
        (_, None) => tr!("by your provider").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_says_what_holds_where_the_field_does_not_decide() {
        let level = |level, name: Option<&str>, quota_bytes| LimitLevel {
            level,
            name: name.map(str::to_owned),
            limits: Limits { quota_bytes, ..Limits::default() },
        };
        let above = [level(Level::Reseller, None, Some(5_000_000)), level(Level::Domain, Some("acme.example"), None)];
        let hint = |own| holding(&above, Limit::Quota, own, MEGA);
        assert_eq!(hint(None), "5 holds, set by your provider");
        assert_eq!(hint(Some(9_000_000)), "5 holds, set by your provider");
        assert_eq!(hint(Some(5_000_000)), "");
        assert_eq!(holding(&above, Limit::Idle, None, 0), "no limit");
        let below = [above[1].clone(), level(Level::Domain, Some("acme.example"), Some(1_500_000))];
        assert_eq!(holding(&below, Limit::Quota, None, MEGA), "1.5 holds, set for the domain acme.example");
    }

    #[test]
    fn what_is_there_comes_back_and_errors_stand_beside_their_fields() {
        let owner = Owner::new();
        owner.set();
        let there =
            Limits { quota_bytes: Some(1_234_567), download_rate: Some(1), sessions: Some(3), ..Limits::default() };
        let entries = LimitEntries::new(there);
        assert_eq!(entries.read(), Some(there));
        entries.0[0].value.set("much".to_owned());
        entries.0[5].value.set("99999999999".to_owned());
        assert_eq!(entries.read(), None);
        let wrong = entries.0.map(|entry| entry.error.get_untracked().is_some());
        assert_eq!(wrong, [true, false, false, false, false, true]);
        assert!(entries.refuse("sessions", "No.") && !entries.refuse("login", "No."));
    }
}
