//! How `ls -l` writes what is in a directory: what FTP's LIST and SFTP's READDIR tell people.

use time::OffsetDateTime;

use crate::stat::{FileKind, Stat};

/// Entries younger than this show a time of day, older ones a year, as `ls` does.
const RECENT_MS: i64 = 180 * 24 * 60 * 60 * 1000;

/// The line for `name` as it is told at `now` (milliseconds since 1970 UTC), without its end.
pub fn ls_line(name: &[u8], stat: &Stat, now: i64) -> Vec<u8> {
    let kind = match stat.kind {
        FileKind::Directory => 'd',
        FileKind::Symlink => 'l',
        FileKind::File | FileKind::Other => '-',
    };
    let head = format!(
        "{kind}{} {:>4} {:<8} {:<8} {:>12} {} ",
        mode(stat.mode),
        stat.links,
        stat.uid,
        stat.gid,
        stat.size,
        date(stat.modified_ms, now)
    );
    [head.as_bytes(), name].concat()
}

fn mode(mode: u32) -> String {
    (0..9).map(|bit| if mode & (0o400 >> bit) == 0 { '-' } else { char::from(b"rwx"[bit % 3]) }).collect()
}

fn date(ms: i64, now: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = utc(ms);
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    if ms > now || now.saturating_sub(ms) > RECENT_MS {
        format!("{month} {:>2}  {:>4}", at.day(), at.year())
    } else {
        format!("{month} {:>2} {:02}:{:02}", at.day(), at.hour(), at.minute())
    }
}

fn utc(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
