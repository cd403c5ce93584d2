//! Every text of the panel can be translated and is: this reads the sources, finds what is not in `tr!`, and compares
//! what is with the catalogues.
//!
//! * [`sources`]: what the sources of the panel say, and what they forgot
//! * [`server`]: what the server says to people in the panel

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod server;
mod sources;

use sources::{Key, Sources};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};
use wharf_languages::{CONTEXT_END, Catalogue, Entry};
use wharf_model::languages::LANGUAGES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every text that can be shown, and where it stands.
fn used() -> BTreeMap<Key, String> {
    let mut used = Sources::read(&root()).used;
    used.extend(server::said(&root()));
    used
}

#[test]
fn every_text_is_marked_for_translation() {
    let unmarked = Sources::read(&root()).unmarked;
    let told = unmarked.iter().fold(String::new(), |told, (place, text)| told + &format!("{place}: {text:?}\n"));
    assert!(
        unmarked.is_empty(),
        "People see these, so they belong into tr!(..), or into NO_TEXTS of sources.rs if nobody sees them:\n{told}"
    );
}

#[test]
fn every_text_is_in_every_catalogue() {
    let used = used();
    for catalogue in wharf_languages::catalogues().unwrap() {
        let known: BTreeSet<_> = catalogue.entries.iter().map(key).collect();
        let missing =
            used.iter().filter(|(key, _)| !known.contains(key)).fold(String::new(), |mut told, (key, place)| {
                let (context, english) = key.english.split_once(CONTEXT_END).unwrap_or(("", &key.english));
                let _ = write!(told, "\n#: {place}\n");
                if !context.is_empty() {
                    let _ = writeln!(told, "msgctxt {context:?}");
                }
                let _ = writeln!(told, "msgid {english:?}");
                let _ = match &key.many {
                    Some(many) => writeln!(told, "msgid_plural {many:?}\nmsgstr[0] \"\"\nmsgstr[1] \"\""),
                    None => writeln!(told, "msgstr \"\""),
                };
                told
            });
        assert!(missing.is_empty(), "app/languages/{}.po has no text for these:\n{missing}", catalogue.code);
    }
}

#[test]
fn no_catalogue_has_what_nobody_says() {
    let used = used();
    for catalogue in wharf_languages::catalogues().unwrap() {
        let unused: Vec<_> = catalogue.entries.iter().map(key).filter(|key| !used.contains_key(key)).collect();
        assert!(
            unused.is_empty(),
            "app/languages/{}.po has texts that are no longer used: {unused:#?}",
            catalogue.code
        );
    }
}

#[test]
fn translations_have_the_places_of_the_english_text() {
    for catalogue in wharf_languages::catalogues().unwrap() {
        for entry in &catalogue.entries {
            let numbers = if entry.many.is_some() { numbers(&catalogue) } else { 1 };
            assert_eq!(entry.texts.len(), numbers, "{}: forms of {:?}", catalogue.code, entry.english);
            for text in &entry.texts {
                let english = entry.many.as_ref().unwrap_or(&entry.english);
                assert_eq!(places(text), places(english), "{}: places of {text:?} for {english:?}", catalogue.code);
                assert_eq!(edges(text), edges(english), "{}: spaces around {text:?}", catalogue.code);
            }
        }
    }
}

#[test]
fn every_language_has_a_catalogue() {
    let codes: Vec<_> = wharf_languages::catalogues().unwrap().into_iter().map(|catalogue| catalogue.code).collect();
    let named: Vec<_> = LANGUAGES.iter().skip(1).map(|language| language.code).collect();
    assert_eq!(codes, named);
}

fn key(entry: &Entry) -> Key {
    Key { english: entry.english.clone(), many: entry.many.clone() }
}

/// How many forms a text about a number of things has.
fn numbers(catalogue: &Catalogue) -> usize {
    let language = LANGUAGES.iter().find(|language| language.code == catalogue.code).unwrap();
    (0..1_000).map(language.plural).max().unwrap() + 1
}

/// The places of a text, `{}` by their numbers, sorted.
fn places(text: &str) -> Vec<String> {
    let mut next = 0;
    let mut places: Vec<_> = text
        .split('{')
        .skip(1)
        .map(|rest| match rest.split('}').next().unwrap_or_default() {
            "" => {
                next += 1;
                (next - 1).to_string()
            }
            name => name.to_owned(),
        })
        .collect();
    places.sort();
    places
}

/// Whether there are spaces at the ends, which join it to what stands beside it.
fn edges(text: &str) -> (bool, bool) {
    (text.starts_with(' '), text.ends_with(' '))
}
