//! What the forms of accounts have in common: kind, home, rights, limits, a last day.

use crate::{
    components::{
        entry::Entry,
        erase::Erase,
        form::{Check, Field, Select},
    },
    format,
    pages::limits::fields::{LimitEntries, LimitFields},
    tr, words,
};
use leptos::prelude::*;
use wharf_model::{
    accounts::{ACCOUNT_TYPES, Limits, Permissions},
    limits::LimitLevel,
    sessions::UserType,
};

const DAY: i64 = 86_400_000;

/// The fields.
#[derive(Clone, Copy)]
pub struct Draft {
    kind: RwSignal<usize>,
    kinds: StoredValue<Vec<UserType>>,
    home: Entry,
    rights: [(&'static str, &'static str, RwSignal<bool>); 7],
    limits: LimitEntries,
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
        let last_day = expires_at.map(last_day).unwrap_or_default();
        let right = |name, testid, value| (name, testid, RwSignal::new(value));
        Self {
            kind: RwSignal::new(kinds.iter().position(|kind| *kind == user_type).unwrap_or(0)),
            kinds: StoredValue::new(kinds),
            home: Entry::new(home),
            rights: [
                right(tr!("a right" => "Download"), "right-read", permissions.read),
                right(tr!("Upload and replace"), "right-write", permissions.write),
                right(tr!("Append"), "right-append", permissions.append),
                right(tr!("Delete"), "right-delete", permissions.delete),
                right(tr!("Rename and move"), "right-rename", permissions.rename),
                right(tr!("List"), "right-list", permissions.list),
                right(tr!("Make directories"), "right-mkdir", permissions.make_directories),
            ],
            limits: LimitEntries::new(limits),
            last_day: Entry::new(last_day.clone()),
            expiry: StoredValue::new((expires_at, last_day)),
        }
    }

    /// What the fields say; `None`, with an error beside each that is wrong, if it cannot be.
    pub fn read(self) -> Option<Filled> {
        for (_, entry) in self.entries() {
            entry.error.set(None);
        }
        // All of them are looked at, so that all errors show at once.
        let limits = self.limits.read();
        let expires_at = self.expires_at();
        let [read, write, append, delete, rename, list, make_directories] =
            self.rights.map(|(_, _, right)| right.get_untracked());
        Some(Filled {
            user_type: self.kinds.with_value(|kinds| kinds.get(self.kind.get_untracked()).copied())?,
            home: self.home.text(),
            permissions: Permissions { read, write, append, delete, rename, list, make_directories, incoming: false },
            limits: limits?,
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
            self.last_day.error.set(Some(tr!("A day, such as 2027-01-31.").to_owned()));
        }
        day.map(|day| Some(day + DAY)).ok_or(())
    }

    /// Shows what the server says of a field of these; false if it is none of them.
    pub fn refuse(self, field: &str, message: &str) -> bool {
        let entry = self.entries().into_iter().find(|(name, _)| *name == field);
        if let Some((_, entry)) = entry {
            let _ = entry.error.try_set(Some(message.to_owned()));
        }
        entry.is_some() || self.limits.refuse(field, message)
    }

    fn entries(self) -> [(&'static str, Entry); 2] {
        [("home", self.home), ("expires_at", self.last_day)]
    }

    fn grant(self, permissions: Permissions) {
        let Permissions { read, write, append, delete, rename, list, make_directories, incoming: _ } = permissions;
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
    /// The limits above it.
    #[prop(into)]
    above: Signal<Vec<LimitLevel>>,
) -> impl IntoView {
    let kinds = draft
        .kinds
        .with_value(|kinds| kinds.iter().map(|kind| words::text(kind.label()).to_owned()).collect::<Vec<_>>());
    let rights = draft.rights.map(|(name, testid, value)| {
        view! {
            <Check value testid>
                {name}
            </Check>
        }
    });
    view! {
        <div class="fields">
            <Select label=tr!("Kind") options=Signal::stored(kinds) value=draft.kind testid="account-kind" />
            <Field label=home_label value=draft.home.value testid="account-home" error=draft.home.error />
        </div>
        <fieldset class="events">
            <legend class="field-name">{tr!("Rights")}</legend>
            {rights.into_iter().collect_view()}
        </fieldset>
        <p>
            <button class="link" type="button" data-testid="rights-read-only" on:click=move |_| draft.grant(Permissions::READ_ONLY)>
                {tr!("Read only")}
            </button>
            " · "
            <button class="link" type="button" data-testid="rights-all" on:click=move |_| draft.grant(Permissions::ALL)>
                {tr!("All rights")}
            </button>
        </p>
        <LimitFields entries=draft.limits above />
        <Field
            label=tr!("Last day (UTC; empty: it never ends)")
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
        draft.last_day.value.set("tomorrow".to_owned());
        assert!(draft.read().is_none() && draft.last_day.error.get_untracked().is_some());
        assert!(draft.refuse("home", "No.") && draft.refuse("sessions", "No.") && !draft.refuse("login", "No."));
    }
}
