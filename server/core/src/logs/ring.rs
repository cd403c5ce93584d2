//! The lines of one live session.

use std::collections::VecDeque;
use wharf_model::{
    ids::{DomainId, SessionId},
    logs::{LineKind, LogLine},
};

/// Lines that stay in memory; a few more come before the oldest are put away together.
const LINES: usize = 2_000;
const LINES_MORE: usize = 500;
/// Bytes that stay in memory, with what a line costs besides its text.
const BYTES: usize = 256 * 1024;
const BYTES_MORE: usize = 64 * 1024;
/// What a line costs besides its text.
const OVERHEAD: usize = size_of::<Line>();
/// A line is cut here.
const LONGEST: usize = 1_024;
/// A log of so many bytes is short.
const SHORT: usize = 4 * 1024;
/// Lines that stay of a session that has ended, where nothing goes to disk.
const LAST_LINES: usize = 200;

/// A line without its number, which follows from its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(super) at: i64,
    pub(super) kind: LineKind,
    pub(super) text: Box<str>,
}

/// The newest lines. Takes no memory until there are some.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
    /// Number of the oldest line here.
    first: u64,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) session: SessionId,
    /// Whose they are, for whoever may read them.
    pub(crate) domain: Option<DomainId>,
    /// Number of the first line.
    pub(crate) first: u64,
    pub(crate) lines: Vec<Line>,
}

impl Ring {
    /// Adds a line. Gives back old ones when there are too many.
    pub(crate) fn push(&mut self, at: i64, kind: LineKind, text: &str) -> Option<(u64, Vec<Line>)> {
        let text = clean(text);
        self.bytes += text.len() + OVERHEAD;
        self.lines.push_back(Line { at, kind, text });
        if self.lines.len() <= LINES + LINES_MORE && self.bytes <= BYTES + BYTES_MORE {
            return None;
        }
        let first = self.first;
        let mut old = Vec::new();
        while self.lines.len() > LINES || self.bytes > BYTES {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.text.len() + OVERHEAD;
            self.first += 1;
            old.push(line);
        }
        Some((first, old))
    }

    /// Takes everything out; numbers go on.
    pub(crate) fn take(&mut self) -> (u64, Vec<Line>) {
        let first = self.first;
        let lines: Vec<_> = std::mem::take(&mut self.lines).into();
        self.first += lines.len() as u64;
        self.bytes = 0;
        (first, lines)
    }

    /// Number of the oldest line here, and of the next one to come.
    pub(crate) fn span(&self) -> (u64, u64) {
        (self.first, self.first + self.lines.len() as u64)
    }

    /// Lines from number `from` on.
    pub(crate) fn from(&self, from: u64) -> Vec<LogLine> {
        let skip = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..).zip(&self.lines).skip(skip).map(|(number, line)| line.shown(number)).collect()
    }
}

impl Line {
    fn shown(&self, number: u64) -> LogLine {
        LogLine { number, at: self.at, kind: self.kind, text: self.text.to_string() }
    }
}

impl Block {
    /// So short that it may stay in memory.
    pub(super) fn is_short(&self) -> bool {
        self.lines.iter().map(|line| line.text.len() + OVERHEAD).sum::<usize>() <= SHORT
    }

    /// The last lines of it.
    pub(super) fn shortened(mut self) -> Self {
        let surplus = self.lines.len().saturating_sub(LAST_LINES);
        self.lines.drain(..surplus);
        self.first += surplus as u64;
        self
    }

    pub(super) fn into_lines(self) -> impl Iterator<Item = LogLine> {
        (self.first..).zip(self.lines).map(|(number, line)| line.shown(number))
    }
}

/// How a line's kind is written in files.
pub(super) fn mark(kind: LineKind) -> char {
    match kind {
        LineKind::Command => '>',
        LineKind::Reply => '<',
        LineKind::Event => '*',
        LineKind::Operator => '!',
    }
}

/// Reads [`mark`].
pub(super) fn kind(mark: &str) -> Option<LineKind> {
    Some(match mark {
        ">" => LineKind::Command,
        "<" => LineKind::Reply,
        "*" => LineKind::Event,
        "!" => LineKind::Operator,
        _ => return None,
    })
}

/// On one line, printable, not too long.
fn clean(text: &str) -> Box<str> {
    let cut = if text.len() > LONGEST { &text[..text.floor_char_boundary(LONGEST)] } else { text };
    let dots = if cut.len() < text.len() { "…" } else { "" };
    // Nearly every line is plain.
    if dots.is_empty() && cut.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return cut.into();
    }
    (wharf_vfs::printable(cut.as_bytes()) + dots).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_by_lines_and_by_bytes_and_no_line_is_lost() {
        for text in ["NOOP", &"x".repeat(5_000)] {
            let mut ring = Ring::default();
            let mut put_away = 0;
            for at in 0..10_000 {
                if let Some((first, lines)) = ring.push(at, LineKind::Command, text) {
                    assert_eq!(first, put_away);
                    put_away += lines.len() as u64;
                }
                assert!(ring.lines.len() <= LINES + LINES_MORE && ring.bytes <= BYTES + BYTES_MORE);
            }
            assert_eq!(ring.span(), (put_away, 10_000));
            let lines = ring.from(9_998);
            assert_eq!(
                lines.iter().map(|line| (line.number, line.at)).collect::<Vec<_>>(),
                [(9_998, 9_998), (9_999, 9_999)]
            );
            assert_eq!(ring.from(0).len() as u64, 10_000 - put_away);
            let (first, lines) = ring.take();
            assert_eq!((first, first + lines.len() as u64, ring.span()), (put_away, 10_000, (10_000, 10_000)));
        }
    }

    #[test]
    fn a_line_stays_one_line_that_shows_what_it_is() {
        assert_eq!(&*clean("a\r\nb\u{1b}[31m\u{202e}c"), "a\u{fffd}\u{fffd}b\u{fffd}[31m\u{fffd}c");
        assert_eq!(&*clean("grüße"), "grüße");
        let long = clean(&"ü".repeat(5_000));
        assert!(long.len() <= LONGEST + 3 && long.ends_with('…'));
    }
}
