//! The languages of the panel, and how numbers are written in them. Everything else about a language is in its
//! catalogue, `app/languages`.

use serde::{Deserialize, Serialize};

/// A language that the panel speaks.
#[derive(Debug)]
pub struct Language {
    /// Its code, as `<html lang>` and browsers have it.
    pub code: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// Stands before the places of a decimal number.
    pub decimal: char,
    /// Stands between the thousands.
    pub thousands: char,
    /// Which of the catalogue's texts goes with a number.
    pub plural: fn(u64) -> usize,
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Language {}

/// One thing and any other number of them.
fn one_or_many(count: u64) -> usize {
    usize::from(count != 1)
}

/// All there are; the first one is that of the code, and for who has asked for none of them.
pub static LANGUAGES: [Language; 2] = [
    Language { code: "en", name: "English", decimal: '.', thousands: ',', plural: one_or_many },
    Language { code: "de", name: "Deutsch", decimal: ',', thousands: '.', plural: one_or_many },
];

impl Language {
    /// The language of the code.
    pub fn english() -> &'static Self {
        &LANGUAGES[0]
    }

    /// The language with this code.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.code == code)
    }

    /// What a browser wants most of what there is, by its `Accept-Language` (RFC 9110, section 12.5.4): `de-AT` is
    /// `de` here. `None` if it wants none of them.
    pub fn accepted(header: &str) -> Option<&'static Self> {
        let wanted = header.split(',').filter_map(|item| {
            let (range, weight) = item.split_once(';').unwrap_or((item, ""));
            let code = range.trim().split('-').next()?.to_ascii_lowercase();
            let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
            Some((Self::by_code(&code)?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        // The first of those that are wanted as much as each other.
        wanted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }
}

/// What a person has chosen for the panel. What is `None` is as the browser has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Code of a language.
    pub language: Option<String>,
    /// Name of a time zone in the IANA database: `Europe/Berlin`.
    pub time_zone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(header: &str) -> Option<&'static str> {
        Language::accepted(header).map(|language| language.code)
    }

    #[test]
    fn the_browser_gets_what_it_wants_most() {
        assert_eq!(accepted("de-DE,de;q=0.9,en;q=0.8"), Some("de"));
        assert_eq!(accepted("en-GB, de;q=0.9"), Some("en"));
        assert_eq!(accepted("fr, DE-at;q=0.5, en;q=0.7"), Some("en"));
        assert_eq!(accepted("fr;q=1, de;q=0, en;q=0.1"), Some("en"));
        for header in ["", "fr", "*", "de;q=0", "de;q=x", "deu", ",;,;q=1"] {
            assert_eq!(accepted(header), None, "{header}");
        }
    }
}
