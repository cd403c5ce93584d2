//! What the forms of accounts have in common: kind, home, rights, limits, a last day.

use crate::{
    components::{
        erase::Erase,
        form::{Check, Field, Select},
    },
    format,
};
use leptos::prelude::*;
use wharf_model::{
    accounts::{ACCOUNT_TYPES, Limits, Permissions},
    sessions::UserType,
};

const DAY: i64 = 86_400_000;
/// Places of a number of megabytes that is kept in bytes, and of kilobytes a second.
const MEGA: u32 = 6;
const KILO: u32 = 3;

/// A field and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What is in it.
    pub value: RwSignal<String>,
    /// What is wrong with it.
    pub error: RwSignal<Option<String>>,
}

impl Entry {
    /// A field with `text` in it.
    pub fn new(text: String) -> Self {
        Self { value: RwSignal::new(text), error: RwSignal::new(None) }
    }

    /// What is in it, without the space around it.
    pub fn text(self) -> String {
        self.value.with_untracked(|text| text.trim().to_owned())
    }

    /// A number of units of `10^places`, nothing where it is empty, an error where it is neither.
    fn number(self, places: u32) -> Result<Option<u64>, ()> {
        let text = self.text();
        if text.is_empty() {
            return Ok(None);
        }
        let number = format::read_decimal(&text, places);
        if number.is_none() {
            let what = if places == 0 { "A whole number, such as 5." } else { "A number, such as 250 or 1.5." };
            self.error.set(Some(what.to_owned()));
        }
        number.map(Some).ok_or(())
    }

    /// A number that is not large, nothing where it is empty.
    #[expect(clippy::result_unit_err, reason = "the error is shown beside the field")]
    pub fn small(self) -> Result<Option<u32>, ()> {
        let number = self.number(0)?;
        let small = number.map(u32::try_from).transpose();
        small.map_err(|_| self.error.set(Some("This is too large.".to_owned())))
    }
}

/// The fields.
#[derive(Clone, Copy)]
pub struct Draft {
    kind: RwSignal<usize>,
    kinds: StoredValue<Vec<UserType>>,
    home: Entry,
    rights: [(&'static str, &'static str, RwSignal<bool>); 7],
    quota: Entry,
    download: Entry,
    upload: Entry,
    sessions: Entry,
    sessions_per_ip: Entry,
    idle: Entry,
    last_day: Entry,
    /// As it was, and how the field says it.
    expiry: StoredValue<(Option<i64>, String)>,
}

/// What they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What kind of user.
    pub user_type: UserType,
    /// Home, below the domain's root.
    pub home: String,
    /// What it may do with files.
    pub permissions: Permissions,
    /// How much it may do.
    pub limits: Limits,
    /// When it ends to be allowed in.
    pub expires_at: Option<i64>,
}

impl Draft {
    /// Set to what is `there`.
    pub fn new(there: Filled) -> Self {
        let Filled { user_type, home, permissions, limits, expires_at } = there;
        let mut kinds = ACCOUNT_TYPES.to_vec();
        // One of another source keeps what it is.
        if !kinds.contains(&user_type) {
            kinds.push(user_type);
        }
        let number = |value: Option<u64>, places| {
            Entry::new(value.map(|value| format::decimal(value, places)).unwrap_or_default())
        };
        let small = |value: Option<u32>| number(value.map(u64::from), 0);
        let last_day = expires_at.map(last_day).unwrap_or_default();
        let right = |name, testid, value| (name, testid, RwSignal::new(value));
        Self {
            kind: RwSignal::new(kinds.iter().position(|kind| *kind == user_type).unwrap_or(0)),
            kinds: StoredValue::new(kinds),
            home: Entry::new(home),
            rights: [
                right("Download", "right-read", permissions.read),
                right("Upload and replace", "right-write", permissions.write),
                right("Append", "right-append", permissions.append),
                right("Delete", "right-delete", permissions.delete),
                right("Rename and move", "right-rename", permissions.rename),
                right("List", "right-list", permissions.list),
                right("Make directories", "right-mkdir", permissions.make_directories),
            ],
            quota: number(limits.quota_bytes, MEGA),
            download: number(limits.download_rate, KILO),
            upload: number(limits.upload_rate, KILO),
            sessions: small(limits.sessions),
            sessions_per_ip: small(limits.sessions_per_ip),
            idle: small(limits.idle_seconds),
            last_day: Entry::new(last_day.clone()),
            expiry: StoredValue::new((expires_at, last_day)),
        }
    }

    /// What the fields say; `None`, with an error beside each that is wrong, if it cannot be.
    pub fn read(self) -> Option<Filled> {
        for entry in self.entries() {
            entry.1.error.set(None);
        }
        // All of them are looked at, so that all errors show at once.
        let (quota_bytes, download_rate, upload_rate) =
            (self.quota.number(MEGA), self.download.number(KILO), self.upload.number(KILO));
        let (sessions, sessions_per_ip, idle_seconds) =
            (self.sessions.small(), self.sessions_per_ip.small(), self.idle.small());
        let expires_at = self.expires_at();
        let [read, write, append, delete, rename, list, make_directories] =
            self.rights.map(|(_, _, right)| right.get_untracked());
        Some(Filled {
            user_type: self.kinds.with_value(|kinds| kinds.get(self.kind.get_untracked()).copied())?,
            home: self.home.text(),
            permissions: Permissions { read, write, append, delete, rename, list, make_directories },
            limits: Limits {
                quota_bytes: quota_bytes.ok()?,
                download_rate: download_rate.ok()?,
                upload_rate: upload_rate.ok()?,
                sessions: sessions.ok()?,
                sessions_per_ip: sessions_per_ip.ok()?,
                idle_seconds: idle_seconds.ok()?,
            },
            expires_at: expires_at.ok()?,
        })
    }

    /// The end of the last day. A time within a day, set elsewhere, stays as long as nobody touches the field.
    fn expires_at(self) -> Result<Option<i64>, ()> {
        let text = self.last_day.text();
        let (before, shown) = self.expiry.get_value();
        if text == shown {
            return Ok(before);
        }
        if text.is_empty() {
            return Ok(None);
        }
        let day = format::day_utc(&text);
        if day.is_none() {
            self.last_day.error.set(Some("A day, such as 2027-01-31.".to_owned()));
        }
        day.map(|day| Some(day + DAY)).ok_or(())
    }

    /// Shows what the server says of a field of these; false if it is none of them.
    pub fn refuse(self, field: &str, message: &str) -> bool {
        let entry = self.entries().into_iter().find(|(name, _)| *name == field);
        if let Some((_, entry)) = entry {
            let _ = entry.error.try_set(Some(message.to_owned()));
        }
        entry.is_some()
    }

    fn entries(self) -> [(&'static str, Entry); 8] {
        [
            ("home", self.home),
            ("quota_bytes", self.quota),
            ("download_rate", self.download),
            ("upload_rate", self.upload),
            ("sessions", self.sessions),
            ("sessions_per_ip", self.sessions_per_ip),
            ("idle_seconds", self.idle),
            ("expires_at", self.last_day),
        ]
    }

    fn grant(self, permissions: Permissions) {
        let Permissions { read, write, append, delete, rename, list, make_directories } = permissions;
        for ((_, _, right), value) in
            self.rights.into_iter().zip([read, write, append, delete, rename, list, make_directories])
        {
            right.set(value);
        }
    }
}

/// The day before `at` is over, in UTC.
fn last_day(at: i64) -> String {
    format::iso(at - 1).chars().take(10).collect()
}

/// The fields as they are shown.
#[component]
pub fn DraftFields(
    /// What they are bound to.
    draft: Draft,
    /// What the home is if nothing is said.
    home_label: &'static str,
) -> impl IntoView {
    let kinds = draft.kinds.with_value(|kinds| kinds.iter().map(|kind| kind.label().to_owned()).collect::<Vec<_>>());
    let rights = draft.rights.map(|(name, testid, value)| {
        view! {
            <Check value testid>
                {name}
            </Check>
        }
    });
    let number = move |label: &'static str, entry: Entry, testid: &'static str| {
        view! { <Field label value=entry.value testid error=entry.error /> }
    };
    view! {
        <div class="fields">
            <Select label="Kind" options=Signal::stored(kinds) value=draft.kind testid="account-kind" />
            <Field label=home_label value=draft.home.value testid="account-home" error=draft.home.error />
        </div>
        <fieldset class="events">
            <legend class="field-name">"Rights"</legend>
            {rights.into_iter().collect_view()}
        </fieldset>
        <p>
            <button class="link" type="button" data-testid="rights-read-only" on:click=move |_| draft.grant(Permissions::READ_ONLY)>
                "Read only"
            </button>
            " · "
            <button class="link" type="button" data-testid="rights-all" on:click=move |_| draft.grant(Permissions::ALL)>
                "All rights"
            </button>
        </p>
        <p class="muted">"An empty field is no limit."</p>
        <div class="fields">
            {number("Storage, MB", draft.quota, "limit-quota")} {number("Download, kB/s", draft.download, "limit-download")}
            {number("Upload, kB/s", draft.upload, "limit-upload")}
            {number("Sessions", draft.sessions, "limit-sessions")}
            {number("Sessions per address", draft.sessions_per_ip, "limit-per-ip")}
            {number("Idle, seconds", draft.idle, "limit-idle")}
        </div>
        <Field
            label="Last day (UTC; empty: it never ends)"
            value=draft.last_day.value
            testid="account-last-day"
            kind="date"
            error=draft.last_day.error
        />
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_comes_back_as_it_was() {
        let owner = Owner::new();
        owner.set();
        let there = Filled {
            user_type: UserType::Anonymous,
            home: "web".to_owned(),
            permissions: Permissions::READ_ONLY,
            limits: Limits {
                quota_bytes: Some(1_234_567),
                download_rate: Some(1),
                sessions: Some(3),
                ..Limits::default()
            },
            expires_at: Some(1_795_256_531_999),
        };
        let draft = Draft::new(there.clone());
        let same = draft.read().unwrap();
        assert_eq!((same.user_type, &same.home, same.limits), (there.user_type, &there.home, there.limits));
        assert_eq!((same.permissions, same.expires_at), (there.permissions, there.expires_at));
        assert_eq!(draft.last_day.text(), "2026-11-21");
        draft.last_day.value.set("2026-11-22".to_owned());
        assert_eq!(draft.read().unwrap().expires_at.map(format::iso).as_deref(), Some("2026-11-23T00:00:00Z"));
        draft.last_day.value.set(String::new());
        assert_eq!(draft.read().unwrap().expires_at, None);
        draft.quota.value.set("much".to_owned());
        draft.idle.value.set("99999999999".to_owned());
        assert!(draft.read().is_none());
        assert!(draft.quota.error.get_untracked().is_some() && draft.idle.error.get_untracked().is_some());
        assert!(draft.refuse("home", "No.") && !draft.refuse("login", "No."));
    }
}
