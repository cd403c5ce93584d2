//! One style sheet out of many.
//!
//! [`bundle`] understands `@import "file";` with a path relative to the importing file, and nothing else: other forms
//! of `@import` and relative `url(..)` are errors, because inlining would change what they mean. Its output, and that
//! of [`minify`], means the same to a browser as the files did.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Reads `file` and puts each imported sheet in the place of its import.
pub(crate) fn bundle(file: &Path) -> Result<String> {
    let mut sheet = String::new();
    inline(file, &mut Vec::new(), &mut sheet)?;
    Ok(sheet)
}

/// Appends `file`; `open` are the files whose imports led here.
fn inline(file: &Path, open: &mut Vec<PathBuf>, sheet: &mut String) -> Result<()> {
    let path = file.canonicalize().with_context(|| format!("{} is missing", file.display()))?;
    if open.contains(&path) {
        bail!("{} imports itself", file.display());
    }
    let source = fs::read_to_string(&path).with_context(|| format!("cannot read {}", file.display()))?;
    open.push(path);
    for piece in pieces(&source).with_context(|| format!("in {}", file.display()))? {
        match piece {
            Piece::Import(import) => {
                let imported = file.with_file_name(import);
                inline(&imported, open, sheet).with_context(|| format!("in {}", file.display()))?;
            }
            Piece::Url(url) if !is_absolute(url) => {
                bail!(
                    "{}: `{url}` would not be found from the bundle; write /file for style/public/file",
                    file.display()
                )
            }
            piece => sheet.push_str(piece.text()),
        }
    }
    if !sheet.ends_with('\n') {
        sheet.push('\n');
    }
    open.pop();
    Ok(())
}

/// Takes out comments and the white space that carries no meaning.
pub(crate) fn minify(sheet: &str) -> Result<String> {
    let mut small = String::with_capacity(sheet.len());
    // White space and comments seen since the last text.
    let (mut space, mut comment) = (false, false);
    for piece in pieces(sheet)? {
        match piece {
            Piece::Space(_) => space = true,
            Piece::Comment(_) => comment = true,
            Piece::Import(_) => bail!("an import is left"),
            Piece::Code(text) | Piece::Quoted(text) | Piece::Url(text) => {
                match (gap_matters(&small, text), space, comment) {
                    (true, true, _) => small.push(' '),
                    // A bare comment parts two words without being a descendant combinator.
                    (true, false, true) => small.push_str("/**/"),
                    _ => {}
                }
                small.push_str(text);
                (space, comment) = (false, false);
            }
        }
    }
    small.push('\n');
    Ok(small)
}

/// Whether white space between the two carries meaning.
fn gap_matters(before: &str, after: &str) -> bool {
    let mut before = before.chars().rev();
    let free_after = match (before.next(), before.next()) {
        (None, _) => true,
        // An escaped character is part of a name.
        (Some(_), Some('\\')) => false,
        (Some(c), _) => "{};,".contains(c),
    };
    !free_after && !after.starts_with(['{', '}', ';'])
}

/// A stretch of a style sheet that is all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// `/* .. */`
    Comment(&'a str),
    /// `".."` or `'..'`, with its quotes.
    Quoted(&'a str),
    /// `url(..)` with an unquoted address, whole.
    Url(&'a str),
    /// White space.
    Space(&'a str),
    /// The path of `@import "path";`.
    Import(&'a str),
    /// Anything else.
    Code(&'a str),
}

impl<'a> Piece<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Comment(text)
            | Self::Quoted(text)
            | Self::Url(text)
            | Self::Space(text)
            | Self::Import(text)
            | Self::Code(text) => text,
        }
    }
}

/// Cuts a style sheet into pieces; together they are the sheet.
fn pieces(sheet: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = sheet;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = if rest.starts_with("/*") {
            let length = rest.find("*/").with_context(|| format!("a comment does not end: {}", line(rest)))? + 2;
            (Piece::Comment(&rest[..length]), length)
        } else if first == '"' || first == '\'' {
            let length = quoted(rest)?;
            (Piece::Quoted(&rest[..length]), length)
        } else if starts_with_word(rest, "@import") {
            import(rest)?
        } else if starts_with_word(rest, "url(") {
            let length = url(rest)?;
            (Piece::Url(&rest[..length]), length)
        } else if first.is_ascii_whitespace() {
            let length = rest.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len());
            (Piece::Space(&rest[..length]), length)
        } else {
            let length = code(rest);
            (Piece::Code(&rest[..length]), length)
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    Ok(pieces)
}

/// How far code goes that starts here: to white space, a string, a comment, and past the end of a name.
fn code(text: &str) -> usize {
    let mut characters = text.char_indices();
    let Some((_, first)) = characters.next() else { return 0 };
    // An escaped character is never the start of something.
    let mut escaped = first == '\\';
    let mut in_name = is_name(first);
    for (at, c) in characters {
        let starts = c.is_ascii_whitespace() || c == '"' || c == '\'' || text[at..].starts_with("/*");
        if !escaped && (starts || (!in_name && (c == '@' || is_name(c)))) {
            return at;
        }
        in_name = escaped || is_name(c);
        escaped = !escaped && c == '\\';
    }
    text.len()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_' || c == '@' || c == '\\'
}

/// Whether the text starts with an ASCII word, in upper or lower case.
fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The length of the string that starts here, with its quotes.
fn quoted(text: &str) -> Result<usize> {
    let quote = text.chars().next();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if Some(c) == quote => return Ok(at + 1),
            '\n' => break,
            _ => {}
        }
    }
    bail!("a string does not end: {}", line(text))
}

/// The length of the `url(..)` that starts here; quotes in it are respected.
fn url(text: &str) -> Result<usize> {
    let inside = text.find('(').map_or(0, |at| at + 1);
    let start = inside + (text[inside..].len() - text[inside..].trim_start().len());
    let end = if text[start..].starts_with(['"', '\'']) { start + quoted(&text[start..])? } else { start };
    let close = text[end..].find(')').with_context(|| format!("an address does not end: {}", line(text)))?;
    Ok(end + close + 1)
}

/// Whether a `url(..)` means the same from every folder.
fn is_absolute(url: &str) -> bool {
    let address = url.split_once('(').map_or("", |(_, address)| address).trim_start().trim_start_matches(['"', '\'']);
    address.starts_with(['/', '#']) || starts_with_word(address, "data:")
}

/// Reads `@import "path";`.
fn import(text: &str) -> Result<(Piece<'_>, usize)> {
    let plain = || format!("only `@import \"file\";` is understood, not: {}", line(text));
    let after_word = text["@import".len()..].trim_start();
    if !after_word.starts_with(['"', '\'']) {
        bail!(plain());
    }
    let length = quoted(after_word)?;
    let path = &after_word[1..length - 1];
    let rest = after_word[length..].trim_start();
    if path.contains(':') || path.starts_with('/') {
        bail!(plain());
    }
    let rest = rest.strip_prefix(';').with_context(plain)?;
    Ok((Piece::Import(path), text.len() - rest.len()))
}

fn line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder of style sheets that is removed at the end.
    struct Sheets(PathBuf);

    impl Sheets {
        fn new(files: &[(&str, &str)]) -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = std::env::temp_dir().join(format!("xtask-css-{}-{number}", std::process::id()));
            for (name, text) in files {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(folder)
        }

        fn bundle(&self) -> Result<String> {
            bundle(&self.0.join("main.css"))
        }
    }

    impl Drop for Sheets {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn imports_are_inlined_in_order_and_relative_to_their_file() {
        let sheets = Sheets::new(&[
            ("main.css", "/* first */\n@import \"tokens.css\";\n@import 'pages/all.css';\nb { top: 0 }"),
            ("tokens.css", ":root { --a: 1px }"),
            ("pages/all.css", "@import \"one.css\";\n"),
            ("pages/one.css", "a { left: 0 }\n"),
        ]);
        let expected = "/* first */\n:root { --a: 1px }\n\na { left: 0 }\n\n\nb { top: 0 }\n";
        assert_eq!(sheets.bundle().unwrap(), expected);
    }

    #[test]
    fn an_import_in_a_comment_or_a_string_is_none() {
        let text = "/* @import \"no.css\"; */ a::after { content: \"@import 'no.css';\" }\n";
        assert_eq!(Sheets::new(&[("main.css", text)]).bundle().unwrap(), text);
    }

    #[test]
    fn a_missing_file_and_a_cycle_are_errors_that_name_the_file() {
        let missing = Sheets::new(&[("main.css", "@import \"gone.css\";")]).bundle().unwrap_err();
        assert!(format!("{missing:#}").contains("gone.css is missing"), "{missing:#}");
        let cycle = Sheets::new(&[("main.css", "@import \"a.css\";"), ("a.css", "@import \"main.css\";")]);
        let cycle = cycle.bundle().unwrap_err();
        assert!(format!("{cycle:#}").contains("main.css imports itself"), "{cycle:#}");
    }

    #[test]
    fn the_same_file_may_come_twice() {
        let sheets = Sheets::new(&[("main.css", "@import \"a.css\";@import \"a.css\";"), ("a.css", "a{}")]);
        assert_eq!(sheets.bundle().unwrap(), "a{}\na{}\n");
    }

    #[test]
    fn what_inlining_would_change_is_refused() {
        for text in [
            "@import url(a.css);",
            "@import \"a.css\" layer(base);",
            "@import \"https://example.org/a.css\";",
            "a { background: url(a.png) }",
            "a { background: URL( \"a.png\" ) }",
        ] {
            assert!(Sheets::new(&[("main.css", text), ("a.css", "")]).bundle().is_err(), "{text}");
        }
        let fine = "a { background: url(/a.png); mask: url(\"data:image/svg+xml;base64,AAA=\"); filter: url(#b) }\n";
        assert_eq!(Sheets::new(&[("main.css", fine)]).bundle().unwrap(), fine);
    }

    #[test]
    fn minifying_keeps_the_meaning() {
        for (text, small) in [
            ("a  b { top : 0 ; left: calc( 1px + 2px ) }\n", "a b{top : 0;left: calc( 1px + 2px )}\n"),
            ("a /* x */ b, c {}", "a b,c{}\n"),
            (".a/**/.b {}", ".a/**/.b{}\n"),
            ("a /* x */ { /* y */ top: 0; }", "a{top: 0;}\n"),
            ("a::after { content: \"  /* no */  \" }", "a::after{content: \"  /* no */  \"}\n"),
            (
                "a { background: url(data:image/png;base64,//*x*/) }",
                "a{background: url(data:image/png;base64,//*x*/)}\n",
            ),
            (
                "@media (min-width: 1px) and (max-width: 2px) {\n  a :hover { top: 0 }\n}\n",
                "@media (min-width: 1px) and (max-width: 2px){a :hover{top: 0}}\n",
            ),
            (".a\\\"b { top: 0 }", ".a\\\"b{top: 0}\n"),
            (".a\\, b {}", ".a\\, b{}\n"),
        ] {
            assert_eq!(minify(text).unwrap(), small, "{text}");
        }
    }

    #[test]
    fn what_does_not_end_is_an_error() {
        for text in ["/* a", "a { content: \"x }", "a { background: url(/x }"] {
            assert!(minify(text).is_err(), "{text}");
        }
    }
}
