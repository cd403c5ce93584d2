//! Users whom a domain does not know itself: who is asked about them.

use crate::accounts::Permissions;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is asked about a login that the domain does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UserSource {
    /// The machine's own users and whatever else PAM leads to.
    Pam(PamSource),
    /// A web service.
    Rest(RestSource),
}

impl UserSource {
    /// Which kind it is.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Pam(_) => SourceKind::Pam,
            Self::Rest(_) => SourceKind::Rest,
        }
    }
}

/// The kinds of sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Nobody is asked.
    #[default]
    None,
    /// See [`UserSource::Pam`].
    Pam,
    /// See [`UserSource::Rest`].
    Rest,
}

impl SourceKind {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::None, Self::Pam, Self::Rest];

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "nobody",
            Self::Pam => "this machine (PAM)",
            Self::Rest => "a web service (REST)",
        }
    }
}

/// A PAM service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PamSource {
    /// Its name: a file in `/etc/pam.d`.
    pub service: String,
}

/// A web service. `{login}`, `{domain}` and `{ip}` in address and body, and `{password}` in the body, stand for what the
/// client says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestSource {
    /// Where it is: `https://` or `http://`.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub method: RestMethod,
    /// What it is told: JSON where it begins with `{` or `[`, else the fields of a form.
    #[serde(default = "usual_body")]
    pub body: String,
    /// Which field of the JSON answer says yes, with dots between names: `user.allowed`. Empty: the status alone does.
    #[serde(default)]
    pub field: String,
    /// What the field then is.
    #[serde(default = "usual_yes")]
    pub expected: String,
}

/// The body may have a secret in it that the service knows us by.
impl fmt::Debug for RestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestSource").field("url", &self.url).field("method", &self.method).finish_non_exhaustive()
    }
}

impl Default for RestSource {
    fn default() -> Self {
        let (url, field) = (String::new(), String::new());
        Self { url, method: RestMethod::default(), body: usual_body(), field, expected: usual_yes() }
    }
}

fn usual_body() -> String {
    r#"{"login":"{login}","password":"{password}"}"#.to_owned()
}

fn usual_yes() -> String {
    "true".to_owned()
}

/// How a web service is asked. All of them have a body: a password has no place in an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RestMethod {
    /// As forms are sent.
    #[default]
    Post,
    /// As something is written whole.
    Put,
    /// As something is changed.
    Patch,
}

impl RestMethod {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Post, Self::Put, Self::Patch];

    /// As HTTP writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    /// From [`RestMethod::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word().eq_ignore_ascii_case(word))
    }
}

/// The users of a domain that come from elsewhere, as they shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideUsers {
    /// Who is asked; null for nobody.
    pub source: Option<UserSource>,
    /// What they may do with files.
    #[serde(default)]
    pub permissions: Permissions,
}

/// The users of a domain that come from elsewhere, for who looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideUsersShown {
    /// What kind of source is asked.
    pub kind: SourceKind,
    /// The source; `None` also where the asker may not know more than the kind.
    pub source: Option<UserSource>,
    /// What they may do with files.
    pub permissions: Permissions,
    /// How many of them have been here.
    pub accounts: u32,
}

/// The same after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideUsersChanged {
    /// As it is now.
    pub users: OutsideUsersShown,
    /// Sessions that were told to end.
    pub ended: u32,
}

/// A question to a source, to see whether it answers as it should.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceTest {
    /// Who is asked.
    pub source: UserSource,
    /// A login that the source knows, or does not.
    pub login: String,
    /// Its password, in clear.
    pub password: String,
}

/// Says nothing of the password.
impl fmt::Debug for SourceTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceTest").field("login", &self.login).finish_non_exhaustive()
    }
}

/// What a source answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAnswer {
    /// In a word.
    pub verdict: Verdict,
    /// Why, in a sentence; empty for yes.
    pub reason: String,
}

/// A source's answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Login and password belong together.
    Yes,
    /// They do not.
    No,
    /// It gave no answer that can be used.
    Trouble,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_with_what_is_usual() {
        let read = |text| serde_json::from_str::<OutsideUsers>(text).unwrap();
        let none = read(r#"{"source":null}"#);
        assert_eq!((none.source, none.permissions), (None, Permissions::ALL));
        let rest = read(r#"{"source":{"kind":"rest","url":"https://a.example/"}}"#).source.unwrap();
        assert_eq!(rest.kind(), SourceKind::Rest);
        let usual = RestSource { url: "https://a.example/".to_owned(), ..RestSource::default() };
        assert_eq!(rest, UserSource::Rest(usual));
        let unknown = r#"{"source":{"kind":"pam","service":"wharf","shell":"yes"}}"#;
        assert!(serde_json::from_str::<OutsideUsers>(unknown).is_err());
    }

    #[test]
    fn neither_passwords_nor_bodies_are_said_in_passing() {
        let rest = RestSource { body: "key=hush".to_owned(), ..RestSource::default() };
        let test =
            SourceTest { source: UserSource::Rest(rest), login: "ann".to_owned(), password: "hush-hush".to_owned() };
        assert!(!format!("{test:?} {:?}", test.source).contains("hush"));
    }
}
