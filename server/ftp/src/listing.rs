//! What MLSD and MLST tell of a file (RFC 3659 section 7), times, and patterns. Lines of LIST are [`wharf_vfs::ls_line`].

use std::fmt::Write as _;
use time::OffsetDateTime;
use wharf_model::accounts::Permissions;
use wharf_vfs::{FileKind, Stat};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    Type,
    Size,
    Modify,
    Perm,
    Unique,
    Mode,
    Owner,
    Group,
}

/// Every fact and its name, in the order they are sent.
const FACTS: [(Fact, &str); 8] = [
    (Fact::Type, "type"),
    (Fact::Size, "size"),
    (Fact::Modify, "modify"),
    (Fact::Perm, "perm"),
    (Fact::Unique, "unique"),
    (Fact::Mode, "UNIX.mode"),
    (Fact::Owner, "UNIX.owner"),
    (Fact::Group, "UNIX.group"),
];

/// The facts a client wants of each entry (RFC 3659 section 7.9). Owners are the same for all files on most servers, so
/// they are told only to those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts([bool; FACTS.len()]);

impl Default for Facts {
    fn default() -> Self {
        Self(FACTS.map(|(fact, _)| !matches!(fact, Fact::Owner | Fact::Group)))
    }
}

impl Facts {
    /// What a list such as `type;size;` chooses. Names of facts that are not known here are passed over.
    pub(crate) fn chosen(list: &str) -> Self {
        Self(FACTS.map(|(_, name)| list.split(';').any(|wanted| wanted.eq_ignore_ascii_case(name))))
    }

    /// The names of the chosen facts, each with its semicolon.
    pub(crate) fn names(self) -> String {
        self.iter().flat_map(|(_, name)| [name, ";"]).collect()
    }

    /// All names, the chosen ones marked, as FEAT lists them.
    pub(crate) fn marked(self) -> String {
        let mark = |chosen| if chosen { "*;" } else { ";" };
        FACTS.iter().zip(self.0).flat_map(|((_, name), chosen)| [*name, mark(chosen)]).collect()
    }

    fn iter(self) -> impl Iterator<Item = (Fact, &'static str)> {
        FACTS.into_iter().zip(self.0).filter_map(|(fact, chosen)| chosen.then_some(fact))
    }
}

/// What a line of facts is about.
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) stat: &'a Stat,
    /// What it is to the listing it stands in.
    pub(crate) role: Role,
    /// It is the home, which cannot be removed or renamed.
    pub(crate) home: bool,
}

/// What something is to a listing (RFC 3659 section 7.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An entry of it.
    Entry,
    /// The directory that is listed.
    Listed,
    /// The directory above.
    Parent,
}

/// `type=file;size=12;... name`, as MLSD sends it.
pub(crate) fn facts_line(subject: &Subject<'_>, permissions: Permissions, facts: Facts) -> Vec<u8> {
    let Subject { name, stat, .. } = subject;
    let mut line = String::with_capacity(128);
    for (fact, label) in facts.iter() {
        // Writing to a string cannot fail.
        let _ = match fact {
            Fact::Type => write!(line, "{label}={};", kind(subject)),
            Fact::Size => write!(line, "{label}={};", stat.size),
            Fact::Modify => write!(line, "{label}={};", timestamp(stat.modified_ms)),
            Fact::Perm => write!(line, "{label}={};", perm(subject, permissions)),
            Fact::Unique => write!(line, "{label}={:x}g{:x};", stat.dev, stat.inode),
            Fact::Mode => write!(line, "{label}=0{:03o};", stat.mode & 0o777),
            Fact::Owner => write!(line, "{label}={};", stat.uid),
            Fact::Group => write!(line, "{label}={};", stat.gid),
        };
    }
    line.push(' ');
    [line.as_bytes(), name].concat()
}

fn kind(subject: &Subject<'_>) -> &'static str {
    match (subject.role, subject.stat.kind) {
        (Role::Listed, _) => "cdir",
        (Role::Parent, _) => "pdir",
        (Role::Entry, FileKind::Directory) => "dir",
        (Role::Entry, FileKind::File) => "file",
        (Role::Entry, FileKind::Symlink) => "OS.unix=slink",
        (Role::Entry, FileKind::Other) => "OS.unix=other",
    }
}

/// What the account may do with it (RFC 3659 section 7.5.5).
fn perm(subject: &Subject<'_>, may: Permissions) -> String {
    let Subject { stat, home, .. } = subject;
    let movable = !home;
    let rights: &[(bool, char)] = match stat.kind {
        FileKind::Directory => &[
            (may.write, 'c'),
            (may.delete && movable, 'd'),
            (true, 'e'),
            (may.rename && movable, 'f'),
            (may.list, 'l'),
            (may.make_directories, 'm'),
            (may.delete, 'p'),
        ],
        // Nobody reads an unfinished upload; appending goes on with it.
        FileKind::File if stat.part => &[(may.write, 'a'), (may.delete, 'd'), (may.write, 'w')],
        FileKind::File => &[(may.append, 'a'), (may.delete, 'd'), (may.rename, 'f'), (may.read, 'r'), (may.write, 'w')],
        // An upload takes the link's place.
        FileKind::Symlink => &[(may.delete, 'd'), (may.rename, 'f'), (may.write, 'w')],
        FileKind::Other => &[(may.delete, 'd'), (may.rename, 'f')],
    };
    rights.iter().filter(|(granted, _)| *granted).map(|(_, letter)| letter).collect()
}

/// `YYYYMMDDHHMMSS`, UTC (RFC 3659 section 2.3).
pub(crate) fn timestamp(ms: i64) -> String {
    let at = utc(ms);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", at.hour(), at.minute(), at.second())
}

/// Reads [`timestamp`], with or without fractions of a second.
pub(crate) fn parse_timestamp(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let number = |range: std::ops::Range<usize>| whole.get(range)?.parse::<u16>().ok();
    let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
    let month = time::Month::try_from(small(4..6)?).ok()?;
    let date = time::Date::from_calendar_date(i32::from(number(0..4)?), month, small(6..8)?).ok()?;
    // A leap second is the last second of its minute to us.
    let second = small(12..14).map(|second| if second == 60 { 59 } else { second })?;
    let at = date.with_hms(small(8..10)?, small(10..12)?, second).ok()?;
    let ms: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(at.assume_utc().unix_timestamp() * 1000 + ms.parse::<i64>().ok()?)
}

fn utc(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Whether `name` matches a pattern with `*` and `?`, as clients send it for `mget`.
pub(crate) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The classic walk with one point of return: linear for sane patterns, at worst pattern times name.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    n = from + 1;
                    star = Some((at, n));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use wharf_vfs::ls_line;

    fn stat(kind: FileKind) -> Stat {
        Stat {
            kind,
            size: 1234,
            modified_ms: 1_763_800_496_000,
            mode: 0o640,
            uid: 1000,
            gid: 100,
            links: 1,
            dev: 0xfd00,
            inode: 0x1234,
            part: false,
        }
    }

    fn entry<'a>(name: &'a [u8], stat: &'a Stat) -> Subject<'a> {
        Subject { name, stat, role: Role::Entry, home: false }
    }

    #[test]
    fn lines_as_clients_parse_them() {
        const RECENT_MS: i64 = 180 * 24 * 60 * 60 * 1000;
        let now = 1_763_900_000_000;
        let line = |kind, now| String::from_utf8(ls_line("ä b".as_bytes(), &stat(kind), now)).unwrap();
        insta::assert_snapshot!(line(FileKind::File, now), @"-rw-r-----    1 1000     100              1234 Nov 22 08:34 ä b");
        insta::assert_snapshot!(line(FileKind::Directory, now + RECENT_MS), @"drw-r-----    1 1000     100              1234 Nov 22  2025 ä b");
        let facts = |kind, may| {
            let line = facts_line(&entry(b"a;b", &stat(kind)), may, Facts::default());
            String::from_utf8(line).unwrap()
        };
        insta::assert_snapshot!(facts(FileKind::File, Permissions::ALL), @"type=file;size=1234;modify=20251122083456;perm=adfrw;unique=fd00g1234;UNIX.mode=0640; a;b");
        insta::assert_snapshot!(facts(FileKind::Directory, Permissions::READ_ONLY), @"type=dir;size=1234;modify=20251122083456;perm=el;unique=fd00g1234;UNIX.mode=0640; a;b");
    }

    #[test]
    fn a_client_chooses_facts_in_any_case_and_unknown_ones_are_passed_over() {
        let facts = Facts::chosen("SIZE;unix.mode;media-type;");
        assert_eq!(facts.names(), "size;UNIX.mode;");
        assert_eq!(facts.marked(), "type;size*;modify;perm;unique;UNIX.mode*;UNIX.owner;UNIX.group;");
        let line = |list| facts_line(&entry(b"a", &stat(FileKind::File)), Permissions::ALL, Facts::chosen(list));
        assert_eq!(line("SIZE;unix.mode;"), b"size=1234;UNIX.mode=0640; a");
        assert_eq!(line("UNIX.group;UNIX.owner;"), b"UNIX.owner=1000;UNIX.group=100; a");
        assert_eq!(line(""), b" a");
    }

    #[test]
    fn perm_tells_what_this_account_may_do_with_this_entry() {
        let all = Permissions::ALL;
        let none = Permissions {
            read: false,
            write: false,
            append: false,
            delete: false,
            rename: false,
            list: false,
            make_directories: false,
            incoming: false,
        };
        let letters = |kind, may, home, part| {
            let stat = Stat { part, ..stat(kind) };
            perm(&Subject { name: b"", stat: &stat, role: Role::Entry, home }, may)
        };
        let cases = [
            (Permissions { read: true, ..none }, "r", "e"),
            (Permissions { write: true, ..none }, "w", "ce"),
            (Permissions { append: true, ..none }, "a", "e"),
            (Permissions { delete: true, ..none }, "d", "dep"),
            (Permissions { rename: true, ..none }, "f", "ef"),
            (Permissions { list: true, ..none }, "", "el"),
            (Permissions { make_directories: true, ..none }, "", "em"),
        ];
        for (may, file, directory) in cases {
            assert_eq!(letters(FileKind::File, may, false, false), file, "{may:?}");
            assert_eq!(letters(FileKind::Directory, may, false, false), directory, "{may:?}");
        }
        assert_eq!(letters(FileKind::Directory, all, true, false), "celmp", "the home stays");
        assert_eq!(letters(FileKind::File, all, false, true), "adw", "a part is not read");
        assert_eq!(letters(FileKind::Symlink, all, false, false), "dfw");
        assert_eq!(letters(FileKind::Other, all, false, false), "df");
    }

    #[test]
    fn timestamps_read_back() {
        assert_eq!(parse_timestamp(timestamp(1_763_800_496_000).as_bytes()), Some(1_763_800_496_000));
        assert_eq!(parse_timestamp(b"19700101000000.25"), Some(250));
        for bad in ["", "2025", "20251322083456", "20251122083456x", "20251122283456", "2025112208345\u{e9}"] {
            assert_eq!(parse_timestamp(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse_timestamp(b"20161231235960"), parse_timestamp(b"20161231235959"), "a leap second");
        assert_eq!(parse_timestamp(b"20161231235961"), None);
    }

    #[test]
    fn a_file_may_be_from_any_time() {
        for ms in [i64::MIN, -1, i64::MAX] {
            let stat = Stat { modified_ms: ms, ..stat(FileKind::File) };
            for now in [i64::MIN, 0, i64::MAX] {
                assert!(ls_line(b"a", &stat, now).ends_with(b" a"));
            }
        }
    }

    #[test]
    fn patterns() {
        for (pattern, name) in [("*", ""), ("*.txt", "a.txt"), ("a*b*c", "aXXbYYc"), ("?", "x"), ("**x", "x"), ("", "")]
        {
            assert!(matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in [("*.txt", "a.txt2"), ("?", ""), ("a*b", "a"), ("", "x"), ("a?c", "ac")] {
            assert!(!matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
    }
}
