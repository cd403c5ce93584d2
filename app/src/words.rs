//! What the page says, in its language.
//!
//! English stands in the code where it is shown, in [`tr!`](crate::tr); the catalogues of other languages
//! (`app/languages`) are searched by it. The server renders many languages at once: there the language is a value of
//! the request, in its context. In the browser it is one for the page, told once before the page is hydrated; the
//! browser gets the words of that language only, and for English none.

use crate::format;
use leptos::prelude::*;
use wharf_model::languages::{LANGUAGES, Language};

/// A language and what is said in it.
#[derive(Debug)]
pub struct Words {
    language: &'static Language,
    /// Each an English text and what it is in the language, one text for each of its numbers. Sorted.
    entries: Vec<Vec<String>>,
}

/// English, which needs no words.
static ENGLISH: Words = Words { language: &LANGUAGES[0], entries: Vec::new() };

impl Words {
    /// What stands beside `english` in the catalogue.
    fn find(&'static self, english: &str) -> Option<&'static [String]> {
        let place = self.entries.binary_search_by(|entry| entry.first().map_or("", |key| key).cmp(english)).ok()?;
        self.entries.get(place)?.get(1..)
    }

    fn text(&'static self, english: &str) -> Option<&'static str> {
        self.find(english)?.first().map(|text| &**text)
    }
}

/// The words of the page that is rendered or shown.
#[cfg(feature = "ssr")]
fn words() -> &'static Words {
    use_context::<Spoken>().map_or(&ENGLISH, |spoken| spoken.0)
}

/// The words of the page.
#[cfg(not(feature = "ssr"))]
fn words() -> &'static Words {
    browser::WORDS.get().unwrap_or(&ENGLISH)
}

/// The words of a request, in its context.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
struct Spoken(&'static Words);

/// Pages of this request are in `language`.
#[cfg(feature = "ssr")]
pub fn provide_language(language: &'static Language) {
    use std::sync::LazyLock;
    static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
        let read = wharf_languages::catalogues().unwrap_or_else(|error| {
            // The test of the catalogues does not let this happen.
            tracing::error!(%error, "the panel is in English only");
            Vec::new()
        });
        let words = |catalogue: wharf_languages::Catalogue| {
            let language = Language::by_code(&catalogue.code)?;
            let entry = |entry: wharf_languages::Entry| std::iter::once(entry.english).chain(entry.texts).collect();
            Some(Words { language, entries: catalogue.entries.into_iter().map(entry).collect() })
        };
        read.into_iter().filter_map(words).collect()
    });
    let words = ALL.iter().find(|words| words.language == language).unwrap_or(&ENGLISH);
    provide_context(Spoken(words));
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use super::{Language, Words};
    use std::sync::OnceLock;

    pub(super) static WORDS: OnceLock<Words> = OnceLock::new();

    /// The page is in the language with this code, whose words are in `json`, as the build wrote them. Once, before the
    /// page is hydrated.
    pub fn speak(code: &str, json: &str) {
        let Some(language) = Language::by_code(code) else { return };
        let entries = serde_json::from_str(json).unwrap_or_default();
        // It is told once.
        let _ = WORDS.set(Words { language, entries });
    }
}

#[cfg(not(feature = "ssr"))]
pub use browser::speak;

/// The language of the page.
pub fn language() -> &'static Language {
    words().language
}

/// A text of the catalogue; as it is where there is none.
pub fn text(english: &'static str) -> &'static str {
    words().text(english).unwrap_or(english)
}

/// A text that means one thing here and another elsewhere, such as `Log` as a verb. `key` is context, U+0004, text.
pub fn in_context(key: &'static str, english: &'static str) -> &'static str {
    words().text(key).unwrap_or(english)
}

/// A text with `{}` for its parts.
pub fn filled(english: &'static str, parts: &[String]) -> String {
    fill(text(english), "", parts)
}

/// A text about a number of things, which is `{n}`.
pub fn counted(one: &'static str, many: &'static str, count: u64, parts: &[String]) -> String {
    let words = words();
    let found = words.find(one).and_then(|texts| texts.get((words.language.plural)(count)).or(texts.first()));
    let text = found.map_or(if count == 1 { one } else { many }, |text| text);
    fill(text, &format::number(count), parts)
}

/// Stands in catalogues before what the server says; the panel knows it by the text alone.
const SERVER: &str = "server\u{4}";

/// What the server said in English, by the text of the catalogue that it was made from.
pub fn told(english: &str) -> String {
    let words = words();
    if let Some(text) = server_text(words, english).or_else(|| words.text(english)) {
        return text.to_owned();
    }
    let made = words.entries.iter().find_map(|entry| {
        let [pattern, text, ..] = &**entry else { return None };
        let mut parts = parts_of(english, pattern.strip_prefix(SERVER)?)?;
        // Names stay what they are; a reason within a reason is a text too.
        for part in &mut parts {
            if let Some(text) = server_text(words, part) {
                text.clone_into(part);
            }
        }
        Some(fill(text, "", &parts))
    });
    made.unwrap_or_else(|| english.to_owned())
}

/// A word that came from the server, if the catalogue has just that.
pub fn word(english: &str) -> String {
    server_text(words(), english).unwrap_or(english).to_owned()
}

fn server_text(words: &'static Words, english: &str) -> Option<&'static str> {
    if words.entries.is_empty() { None } else { words.text(&format!("{SERVER}{english}")) }
}

/// What stands in the places of `pattern` where `text` was made from it.
fn parts_of(text: &str, pattern: &str) -> Option<Vec<String>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    while let Some(piece) = pieces.next() {
        // The last piece is the end; a pattern that ends with a place leaves all the rest to it.
        let last = pieces.clone().next().is_none();
        let (part, after) = if last { (rest.strip_suffix(piece)?, "") } else { rest.split_once(piece)? };
        parts.push(part.to_owned());
        rest = after;
    }
    (!parts.is_empty() && rest.is_empty()).then_some(parts)
}

/// Puts parts into a text: `{}` is the next one, `{0}` the first one wherever it stands, `{n}` is `count`. What is no
/// such place stays as it is.
fn fill(text: &str, count: &str, parts: &[String]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let (mut rest, mut next) = (text, 0);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            break;
        };
        rest = after;
        if name == "n" {
            filled.push_str(count);
            continue;
        }
        let number = if name.is_empty() { Some(next) } else { name.parse().ok() };
        next += usize::from(name.is_empty());
        match number.and_then(|number| parts.get(number)) {
            Some(part) => filled.push_str(part),
            None => filled.extend(["{", name, "}"]),
        }
    }
    filled.push_str(rest);
    filled
}

/// A text with views in its `{}`.
pub fn around(text: &'static str, parts: Vec<AnyView>) -> Vec<AnyView> {
    use crate::components::erase::Erase;
    let mut parts: Vec<_> = parts.into_iter().map(Some).collect();
    let (mut views, mut rest, mut next) = (Vec::new(), text, 0);
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        if !before.is_empty() {
            views.push(before.erase());
        }
        let number = name.parse().unwrap_or(next);
        next += 1;
        views.extend(parts.get_mut(number).and_then(Option::take));
        rest = after;
    }
    if !rest.is_empty() {
        views.push(rest.erase());
    }
    views
}

/// A text in the language of the page. The same shape as that of the crate `tr`, which is one for the whole program.
///
/// * `tr!("Name")` is a `&'static str`; `tr!("of a file" => "Name")` is one that means something else elsewhere
/// * `tr!("{} of {}", part, whole)` is a `String`; a catalogue may write `{1}` before `{0}`
/// * `tr!("{n} session" | "{n} sessions" % count)` counts
#[macro_export]
macro_rules! tr {
    ($text:literal) => {
        $crate::words::text($text)
    };
    ($context:literal => $text:literal) => {
        $crate::words::in_context(concat!($context, "\u{4}", $text), $text)
    };
    ($one:literal | $many:literal % $count:expr $(, $part:expr)* $(,)?) => {
        $crate::words::counted($one, $many, u64::from($count), &[$($part.to_string()),*])
    };
    ($text:literal, $($part:expr),+ $(,)?) => {
        $crate::words::filled($text, &[$($part.to_string()),+])
    };
}

/// [`tr!`](crate::tr) with views in the places: `tr_view!("You are {}.", view! { <b>{name}</b> })`.
#[macro_export]
macro_rules! tr_view {
    ($text:literal, $($part:expr),+ $(,)?) => {
        $crate::words::around($crate::words::text($text), vec![$($crate::components::erase::Erase::erase($part)),+])
    };
}

/// A text that is translated later, where it is shown, with [`text`]: for constants.
#[macro_export]
macro_rules! later {
    ($text:literal) => {
        $text
    };
}

#[cfg(test)]
mod tests;
