//! Reads the panel's sources token by token: what is in `tr!` and its kin, and which literals look like texts and are
//! not.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What a catalogue is searched by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// In English, behind its context if it has one.
    pub(crate) english: String,
    /// The plural.
    pub(crate) many: Option<String>,
}

impl Key {
    pub(crate) fn one(english: impl Into<String>) -> Self {
        Self { english: english.into(), many: None }
    }
}

/// Attributes and properties that people read.
const SHOWN: &[&str] = &["aria-label", "title", "placeholder", "label", "data-label", "yes", "alt", "text"];

/// What looks like a text and is none: names of keys and elements, and what files and commands are called.
const NO_TEXTS: &[&str] = &[
    "BODY",
    "PublicKeyCredential",
    "wharf",
    "NotAllowedError",
    "InvalidStateError",
    "SecurityError",
    "DIALOG",
    "Escape",
    "Enter",
    "Delete",
    "Backspace",
    "Files",
    "Home",
    "End",
    "ArrowDown",
    "ArrowUp",
    "ArrowLeft",
    "ArrowRight",
    "PageDown",
    "PageUp",
    "Intl",
    "DateTimeFormat",
    "Wharf",
    "WebDAV",
    "JSON",
    "HOST",
    "curl --user LOGIN ftp://",
    "deny 203.0.113.0/24 # why",
    "button, a, summary, input, aside",
    "dialog, details[open]",
    "input:not([type=checkbox]), textarea, select, [contenteditable]",
    "live frame not understood: {error}",
    ".toolbar .filter",
    "example.com",
    "/srv/example.com",
    "ssh-keygen -t ed25519",
    "ssh-ed25519 AAAA… anna@desk",
    "arrow down",
    "arrow up",
    "bar down",
    "bar up",
];

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Texts that are looked up in the catalogue, and where.
    pub(crate) used: BTreeMap<Key, String>,
    /// Texts that are not: place and text.
    pub(crate) unmarked: Vec<(String, String)>,
    classes: BTreeSet<String>,
    file: String,
}

impl Sources {
    /// Reads all of the panel.
    pub(crate) fn read(root: &Path) -> Self {
        let classes = below(&root.join("style"), "css").into_iter().flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.split('.')
                .skip(1)
                .map(|rest| rest.split(not_of_a_class).next().unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        let mut sources = Self { classes: classes.collect(), ..Self::default() };
        for path in below(&root.join("app/src"), "rs") {
            // Tests, what is written to the log of the server, and the head of the page, which nobody reads.
            if ["tests.rs", "samples.rs", "guard.rs", "shell.rs", "app/src/words.rs"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                continue;
            }
            sources.file = path.strip_prefix(root).unwrap().display().to_string();
            sources.rust(&tokens(&path));
        }
        // What enumerations are called in lists: `label` of the model, which is looked up by the word.
        for path in below(&root.join("app/model/src"), "rs") {
            let place = path.strip_prefix(root).unwrap().display().to_string();
            for text in literals_of(&path, &["label"]) {
                // Names of protocols are the same everywhere.
                if text.chars().any(char::is_lowercase) && text != "WebDAV" {
                    sources.used.insert(Key::one(text), place.clone());
                }
            }
        }
        sources
    }

    fn rust(&mut self, tokens: &[TokenTree]) {
        let mut rest = tokens;
        while let Some(first) = rest.first() {
            let mut taken = 1;
            match (first, rest.get(1), rest.get(2)) {
                // Of the whole file; documentation is such an attribute too.
                (TokenTree::Punct(mark), Some(TokenTree::Punct(inner)), Some(TokenTree::Group(_)))
                    if mark.as_char() == '#' && inner.as_char() == '!' =>
                {
                    taken = 3;
                }
                // Known to `server.rs`.
                (TokenTree::Ident(name), Some(TokenTree::Group(_)), _) if name == "invalid" => taken = 2,
                (TokenTree::Punct(mark), Some(TokenTree::Group(attribute)), _) if mark.as_char() == '#' => {
                    taken = 2;
                    // A property may have a text by default.
                    self.marked_in(&inside(attribute));
                    if attribute.stream().to_string().replace(' ', "").starts_with("cfg(test") {
                        taken += item(&rest[2..]);
                    }
                }
                (TokenTree::Ident(name), Some(TokenTree::Punct(mark)), Some(TokenTree::Group(group)))
                    if mark.as_char() == '!' && name != "macro_rules" =>
                {
                    taken = 3;
                    self.call(&name.to_string(), group);
                }
                (TokenTree::Group(group), ..) => self.rust(&inside(group)),
                (TokenTree::Literal(literal), ..) => self.literal(literal, false),
                _ => {}
            }
            rest = &rest[taken.min(rest.len())..];
        }
    }

    /// A macro.
    fn call(&mut self, name: &str, group: &Group) {
        let tokens = inside(group);
        match name {
            "tr" | "tr_view" | "later" => self.marked(&tokens),
            "view" => self.view(&tokens),
            // These are written for whoever builds or runs the program.
            "path" | "concat" | "matches" => {}
            _ => self.rust(&tokens),
        }
    }

    /// Macros of texts wherever they are in here, and nothing else.
    fn marked_in(&mut self, tokens: &[TokenTree]) {
        for (index, token) in tokens.iter().enumerate() {
            match (token, tokens.get(index + 2)) {
                (TokenTree::Ident(name), Some(TokenTree::Group(group))) if name == "tr" => self.marked(&inside(group)),
                (TokenTree::Group(group), _) => self.marked_in(&inside(group)),
                _ => {}
            }
        }
    }

    /// What stands in `tr!`: a text, a context and a text, or a text for one and for many; then the parts.
    fn marked(&mut self, tokens: &[TokenTree]) {
        let texts: Vec<_> = tokens
            .iter()
            .take_while(|token| !matches!(token, TokenTree::Punct(mark) if ",%".contains(mark.as_char())))
            .collect();
        let parts = &tokens[texts.len()..];
        let literals: Vec<_> = texts.iter().filter_map(|token| text_of(token)).collect();
        let joined =
            |mark| texts.iter().any(|token| matches!(token, TokenTree::Punct(found) if found.as_char() == mark));
        let key = match &*literals {
            [text] => Key::one(text),
            [context, text] if joined('=') => Key::one(format!("{context}\u{4}{text}")),
            [one, many] if joined('|') => Key { english: one.clone(), many: Some(many.clone()) },
            // The macros themselves.
            _ => return,
        };
        self.used.entry(key).or_insert_with(|| self.file.clone());
        self.rust(parts);
    }

    /// What stands in `view!`: text between elements, and attributes.
    fn view(&mut self, tokens: &[TokenTree]) {
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| tokens.get(index));
            match token {
                TokenTree::Literal(literal) if is_mark(before, '=') => match attribute(&tokens[..index - 1]) {
                    Some(name) if name == "class" => {}
                    Some(name) => self.literal(literal, SHOWN.contains(&&*name)),
                    None => self.literal(literal, false),
                },
                TokenTree::Literal(literal) => self.literal(literal, true),
                TokenTree::Group(group) => match (before, index.checked_sub(2).and_then(|index| tokens.get(index))) {
                    (Some(TokenTree::Punct(mark)), Some(TokenTree::Ident(name))) if mark.as_char() == '!' => {
                        self.call(&name.to_string(), group);
                    }
                    _ => self.rust(&inside(group)),
                },
                _ => {}
            }
        }
    }

    /// A literal that is not in `tr!`. What is `shown` for sure is a text if it has letters; anywhere else it has to look
    /// like one.
    fn literal(&mut self, literal: &Literal, shown: bool) {
        let Some(text) = text_of(&TokenTree::Literal(literal.clone())) else { return };
        let bare = without_places(&text);
        let letters = bare.chars().filter(|c| c.is_alphabetic()).count() > 1;
        if letters && !NO_TEXTS.contains(&&*text) && (self.looks_like_text(&bare) || shown && !is_sample(&bare)) {
            self.unmarked.push((format!("{}:{}", self.file, literal.span().start().line), text));
        }
    }

    fn looks_like_text(&self, text: &str) -> bool {
        let text = text.trim();
        let mut letters = text.chars();
        let capital = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
        let words: Vec<_> = text.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).collect();
        let plain = words.iter().all(|word| word.chars().all(|c| c.is_alphabetic() || ".,;:!?…'()-".contains(c)));
        let classes = words.iter().all(|word| self.classes.contains(*word));
        let sentence = words.len() > 1 && plain && !classes;
        capital && plain || sentence
    }
}

/// Addresses and such, which are examples in every language.
fn is_sample(text: &str) -> bool {
    !text.contains(' ') && (text.contains("://") || text.contains('@')) || text.contains("203.0.113.")
}

fn is_mark(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == wanted)
}

/// The name of the attribute that ends before its `=`: `data-label`, `attr:title`.
fn attribute(tokens: &[TokenTree]) -> Option<String> {
    let mut name = String::new();
    let mut wants_ident = true;
    for token in tokens.iter().rev() {
        match token {
            TokenTree::Ident(part) if wants_ident => name.insert_str(0, &part.to_string()),
            TokenTree::Punct(mark) if !wants_ident && "-:".contains(mark.as_char()) => name.insert(0, mark.as_char()),
            _ => break,
        }
        wants_ident = !wants_ident;
    }
    (!name.is_empty()).then(|| name.trim_start_matches("attr:").to_owned())
}

fn not_of_a_class(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// How many tokens the next item has, attributes between included.
fn item(tokens: &[TokenTree]) -> usize {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    });
    end.map_or(tokens.len(), |end| end + 1)
}

pub(crate) fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// What a string literal says.
pub(crate) fn text_of(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let written = literal.to_string();
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                rest.next();
                text.push('\n');
            }
            ('\\', Some(_)) => text.extend(rest.next()),
            _ => text.push(c),
        }
    }
    Some(text)
}

fn without_places(text: &str) -> String {
    text.split('{')
        .enumerate()
        .map(|(n, rest)| if n == 0 { rest } else { rest.split_once('}').map_or("", |rest| rest.1) })
        .collect()
}

/// The tokens of a file.
pub(crate) fn tokens(path: &Path) -> Vec<TokenTree> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    tokens.into_iter().collect()
}

/// All literals in the functions, constants, enumerations or implementations with these names.
pub(crate) fn literals_of(path: &Path, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    collect(&tokens(path), names, false, &mut found);
    found
}

fn collect(tokens: &[TokenTree], names: &[&str], wanted: bool, found: &mut Vec<String>) {
    let mut here = wanted;
    let mut rest = tokens;
    while let Some(token) = rest.first() {
        let mut taken = 1;
        match (token, rest.get(1)) {
            (TokenTree::Punct(mark), Some(TokenTree::Group(attribute))) if mark.as_char() == '#' => {
                taken = 2;
                let text = attribute.stream().to_string();
                if text.starts_with("cfg (test") || text.starts_with("cfg(test") {
                    taken += item(&rest[2..]);
                } else if text.starts_with("error") && wanted {
                    collect(&inside(attribute), names, true, found);
                }
            }
            (TokenTree::Ident(word), Some(TokenTree::Ident(name)))
                if word == "fn" || word == "enum" || word == "const" =>
            {
                here = wanted || names.contains(&&*name.to_string());
            }
            // What is written to the log.
            (TokenTree::Ident(name), Some(TokenTree::Punct(mark))) if name == "debug" && mark.as_char() == '!' => {
                taken = 3;
            }
            // Those are found wherever they are.
            (TokenTree::Ident(name), Some(TokenTree::Group(_))) if name == "invalid" => taken = 2,
            (TokenTree::Group(group), _) => {
                collect(&inside(group), names, here, found);
                if group.delimiter() == Delimiter::Brace {
                    here = wanted;
                }
            }
            (TokenTree::Literal(_), _) if here => found.extend(text_of(token)),
            _ => {}
        }
        rest = &rest[taken.min(rest.len())..];
    }
}

/// Every file below a folder whose name ends so, sorted.
pub(crate) fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
