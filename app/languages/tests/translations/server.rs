//! What the server says to people in the panel: reasons why an order was not carried out, and a few words more. It says
//! them in English, to programs as well; the panel looks them up where it shows them.

use crate::sources::{Key, below, inside, literals_of, text_of, tokens};
use proc_macro2::TokenTree;
use std::{collections::BTreeMap, path::Path};

/// How a text of the server is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// As it is.
    AsItIs,
    /// With a capital and a full stop.
    AsSentence,
}
use Shown::{AsItIs, AsSentence};

/// Where such texts stand besides `OrderError::invalid(..)`: file, functions or types, how they are shown.
const PLACES: &[(&str, &[&str], Shown)] = &[
    ("app/model/src/addresses.rs", &["from_str", "one", "wildcard"], AsSentence),
    ("app/src/pages/panel_sessions/server.rs", &["remove_panel_sessions"], AsItIs),
    ("server/core/src/accounts.rs", &["check_login", "CreateError"], AsSentence),
    ("server/core/src/accounts/anonymous.rs", &["check_change"], AsItIs),
    ("server/core/src/accounts/managing.rs", &["make_home", "check_limits"], AsSentence),
    ("server/core/src/chat.rs", &["closed"], AsItIs),
    ("server/core/src/domains.rs", &["fit_name"], AsSentence),
    ("server/core/src/passwords.rs", &["check_policy"], AsSentence),
    ("server/core/src/public_keys.rs", &["PublicKeyError"], AsSentence),
    ("server/core/src/rules.rs", &["test_address", "shown", "sentence"], AsItIs),
    ("server/core/src/rules.rs", &["written", "import_rules"], AsSentence),
    ("server/core/src/http_sessions.rs", &["tidy_http_sessions"], AsItIs),
    ("server/core/src/http_sessions/links.rs", &["OVER"], AsItIs),
    ("server/core/src/http_sessions/tickets.rs", &["OVER"], AsItIs),
    ("server/core/src/sessions.rs", &["told", "why"], AsItIs),
    ("server/core/src/sessions.rs", &["text"], AsSentence),
    ("server/core/src/sessions/session.rs", &["LOGGED_IN", "LOGGING_IN"], AsItIs),
    ("server/sftp/src/connection.rs", &["why"], AsItIs),
    ("server/store/src/bans.rs", &["server"], AsItIs),
];

/// Every text, and where it stands.
pub(crate) fn said(root: &Path) -> BTreeMap<Key, String> {
    let mut said = BTreeMap::new();
    for (place, names, shown) in PLACES {
        for text in literals_of(&root.join(place), names) {
            add(&mut said, &text, *shown, place);
        }
    }
    for folder in ["server/core/src", "server/ftp/src/control", "server/sftp/src", "app/src"] {
        for path in below(&root.join(folder), "rs") {
            let place = path.strip_prefix(root).unwrap().display().to_string();
            let mut found = Vec::new();
            calls(&tokens(&path), &mut found);
            for (text, shown) in found {
                // The panel's own functions write whole sentences.
                let shown = if folder == "app/src" { AsItIs } else { shown };
                add(&mut said, &text, shown, &place);
            }
        }
    }
    said
}

fn add(said: &mut BTreeMap<Key, String>, text: &str, shown: Shown, place: &str) {
    let text = places_by_order(text);
    // Names of fields stand beside the texts.
    if !text.contains(' ') && text != "Server" || text.starts_with("operator {") {
        return;
    }
    let text = if shown == AsSentence { sentence(&text) } else { text };
    said.entry(Key::one(format!("server\u{4}{text}"))).or_insert_with(|| place.to_owned());
}

/// As the panel makes one.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| format!("{}{}.", first.to_uppercase(), rest.as_str().trim_end_matches('.')))
        .unwrap_or_default()
}

/// `{most} sessions` as the catalogue has it: `{} sessions`.
fn places_by_order(text: &str) -> String {
    text.split('{').enumerate().fold(String::new(), |whole, (number, rest)| {
        if number == 0 { whole + rest } else { whole + "{}" + rest.split_once('}').map_or("", |rest| rest.1) }
    })
}

/// Texts in the calls that refuse something.
fn calls(tokens: &[TokenTree], found: &mut Vec<(String, Shown)>) {
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner = inside(group);
        let name = index.checked_sub(1).and_then(|before| match &tokens[before] {
            TokenTree::Ident(name) => Some(name.to_string()),
            _ => None,
        });
        let shown = match name.as_deref() {
            Some("invalid" | "wrong" | "none") => Some(AsSentence),
            // Why a session is left alone.
            Some("refuse") if tokens.iter().any(|token| matches!(token, TokenTree::Ident(name) if name == "plan")) => {
                Some(AsSentence)
            }
            Some("farewell") => Some(AsItIs),
            _ => None,
        };
        if let Some(shown) = shown {
            texts(&inner, shown, found);
        }
        calls(&inner, found);
    }
}

fn texts(tokens: &[TokenTree], shown: Shown, found: &mut Vec<(String, Shown)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(&inside(group), shown, found),
            TokenTree::Literal(_) => found.extend(text_of(token).map(|text| (text, shown))),
            _ => {}
        }
    }
}
