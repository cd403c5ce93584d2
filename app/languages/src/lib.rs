//! What the panel says in other languages: gettext catalogues, one file each, by the English texts of the code.
//!
//! The server keeps them all; the browser gets the one of its page as a file of its own, which the build makes with
//! [`Catalogue::to_json`]. It must not be compiled into the WebAssembly.

use polib::po_file;
use std::{error::Error, fmt};

/// The catalogues by the code of their language. A language that is added is a line here and one in
/// `wharf_model::languages`.
const FILES: [(&str, &str); 1] = [("de", include_str!("../de.po"))];

/// Stands between a context and the text it belongs to, as in gettext's own files.
pub const CONTEXT_END: char = '\u{4}';

/// What one language says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Code of the language: `de`.
    pub code: String,
    /// Its texts, by the English one in the order of bytes.
    pub entries: Vec<Entry>,
}

/// One text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// In English; the singular where it counts something. A context stands before it, up to [`CONTEXT_END`].
    pub english: String,
    /// The English plural, where it counts something.
    pub many: Option<String>,
    /// In the language: one text, or one for each of its numbers.
    pub texts: Vec<String>,
}

/// A catalogue that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    code: &'static str,
    cause: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "app/languages/{}.po cannot be read: {}", self.code, self.cause)
    }
}

impl Error for Unreadable {}

/// All catalogues. Entries that a translator marked as fuzzy or left empty are not in them.
pub fn catalogues() -> Result<Vec<Catalogue>, Unreadable> {
    FILES.iter().map(|(code, text)| read(code, text)).collect()
}

fn read(code: &'static str, text: &str) -> Result<Catalogue, Unreadable> {
    let unreadable = |cause: String| Unreadable { code, cause };
    let catalogue = po_file::parse_from_reader(text.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
    let mut entries = Vec::new();
    for message in catalogue.messages().filter(|message| message.is_translated() && !message.is_fuzzy()) {
        let context = message.msgctxt().map(|context| format!("{context}{CONTEXT_END}")).unwrap_or_default();
        let english = format!("{context}{}", message.msgid());
        let entry = if message.is_plural() {
            Entry {
                english,
                many: message.msgid_plural().ok().map(str::to_owned),
                texts: message.msgstr_plural().map_err(|error| unreadable(error.to_string()))?.clone(),
            }
        } else {
            let text = message.msgstr().map_err(|error| unreadable(error.to_string()))?;
            Entry { english, many: None, texts: vec![text.to_owned()] }
        };
        entries.push(entry);
    }
    entries.sort();
    Ok(Catalogue { code: code.to_owned(), entries })
}

impl Catalogue {
    /// For the browser: an array of arrays, each of an English text and what it is in the language; sorted, so that it
    /// can be searched as it is.
    pub fn to_json(&self) -> String {
        let entry = |entry: &Entry| {
            std::iter::once(&entry.english).chain(&entry.texts).map(|text| serde_json::Value::from(&**text)).collect()
        };
        serde_json::Value::Array(self.entries.iter().map(entry).collect()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
msgid ""
msgstr ""
"Language: xx\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Name"
msgstr "Nom"

msgid "not done"
msgstr ""

#, fuzzy
msgid "doubtful"
msgstr "douteux"

msgctxt "a column"
msgid "Log"
msgstr "Journal"

msgid "{n} \"session\""
msgid_plural "{n} sessions"
msgstr[0] "{n} séance"
msgstr[1] "{n} séances"
"#;

    #[test]
    fn what_is_translated_is_read() {
        let found = read("xx", FILE).unwrap();
        assert_eq!(
            found.to_json(),
            "[[\"Name\",\"Nom\"],[\"a column\\u0004Log\",\"Journal\"],\
             [\"{n} \\\"session\\\"\",\"{n} séance\",\"{n} séances\"]]"
        );
        assert_eq!(found.entries[2].many.as_deref(), Some("{n} sessions"));
    }

    #[test]
    fn every_catalogue_can_be_read() {
        for catalogue in catalogues().unwrap() {
            assert!(!catalogue.entries.is_empty(), "{}", catalogue.code);
        }
    }
}
