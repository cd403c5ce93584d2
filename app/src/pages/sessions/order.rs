//! Which rows are shown and in which order.

use super::columns::Column;
use crate::words;
use std::{cmp::Ordering, net::IpAddr};
use wharf_model::{
    ids::SessionId,
    sessions::{Protocol, SessionRow, SessionState},
};

/// Sessions idle for longer than this are behind the chip.
const LONG_IDLE_MS: i64 = 10 * 60_000;

/// One of the quick filters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chip {
    /// Everybody.
    #[default]
    All,
    /// Who speaks one protocol.
    Protocol(Protocol),
    /// Who moves a file, also if it stands still.
    Transferring,
    /// Who has done nothing for ten minutes.
    Idle,
}

impl Chip {
    fn lets_through(self, row: &SessionRow, now: i64) -> bool {
        match self {
            Self::All => true,
            Self::Protocol(protocol) => row.protocol == protocol,
            Self::Transferring => matches!(row.state, SessionState::Transferring | SessionState::Stalled),
            Self::Idle => row.idle_ms(now) > LONG_IDLE_MS,
        }
    }
}

/// What the filter box and the chips let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// All of these words occur, in lower case.
    words: Vec<String>,
    chip: Chip,
}

impl Filter {
    /// Text as it was typed.
    pub fn new(text: &str, chip: Chip) -> Self {
        Self { words: text.split_whitespace().map(str::to_lowercase).collect(), chip }
    }

    /// Whether the row is shown.
    pub fn lets_through(&self, row: &SessionRow, now: i64) -> bool {
        self.chip.lets_through(row, now) && self.words.iter().all(|word| occurs(word, row))
    }
}

fn occurs(word: &str, row: &SessionRow) -> bool {
    let texts = [
        row.login.as_deref(),
        row.domain.as_deref(),
        row.cwd.as_deref(),
        row.file.as_deref(),
        row.client.as_deref(),
        Some(row.ip.as_str()),
        Some(row.protocol.label(row.secure)),
        Some(row.status.as_str()),
    ];
    texts.into_iter().flatten().any(|text| {
        // Most texts are ASCII, and this runs for every row.
        if text.is_ascii() && word.is_ascii() {
            text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
        } else {
            text.to_lowercase().contains(word)
        }
    })
}

/// By which column, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// From large to small.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first: an order that stands still while files move.
    fn default() -> Self {
        Self { column: Column::Logon, descending: true }
    }
}

impl Sort {
    /// After a click on the head of `column`.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        if self.column == column {
            Self { descending: !self.descending, ..self }
        } else {
            Self { column, descending: column.largest_first() }
        }
    }
}

/// What a row is sorted by. Rows without it come last either way.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u128),
    Text(String),
}

fn key(row: &SessionRow, column: Column, now: i64) -> Option<Key> {
    let number = |value: u64| Some(Key::Number(value.into()));
    let text = |value: &Option<String>| value.as_ref().map(|value| Key::Text(value.to_lowercase()));
    match column {
        Column::Type => Some(Key::Text(words::text(row.user_type.label()).to_owned())),
        Column::Status => Some(Key::Text(format!("{} {}", rank(row.state), row.status))),
        Column::Login => text(&row.login),
        Column::Domain => text(&row.domain),
        Column::Protocol => Some(Key::Text(row.protocol.label(row.secure).to_owned())),
        Column::Location => text(&row.cwd),
        Column::File => text(&row.file),
        Column::Speed => row.speed.and_then(number),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100, in thousandths")]
        Column::Progress => row.progress.and_then(|progress| number((progress * 1_000.0) as u64)),
        Column::Ip => row.ip.parse().ok().map(|ip| match ip {
            IpAddr::V4(ip) => Key::Number(u32::from(ip).into()),
            IpAddr::V6(ip) => Key::Number(u128::from(ip)),
        }),
        Column::Logon => number(u64::try_from(row.logon_time).unwrap_or(0)),
        Column::Idle => number(u64::try_from(row.idle_ms(now)).unwrap_or(0)),
        Column::In => number(row.bytes_in),
        Column::Out => number(row.bytes_out),
    }
}

/// What needs a look comes first.
fn rank(state: SessionState) -> u8 {
    match state {
        SessionState::Stalled => 0,
        SessionState::Transferring => 1,
        SessionState::Authenticating => 2,
        SessionState::Idle => 3,
        SessionState::Ending => 4,
    }
}

/// Rows while they are put in order.
#[derive(Debug)]
pub struct Arrangement {
    filter: Filter,
    sort: Sort,
    now: i64,
    keys: Vec<(Option<Key>, i64, SessionId)>,
}

impl Arrangement {
    /// No rows yet.
    pub fn new(filter: Filter, sort: Sort, now: i64) -> Self {
        Self { filter, sort, now, keys: Vec::new() }
    }

    /// Takes a row in, if the filter lets it through.
    pub fn add(&mut self, row: &SessionRow) {
        if self.filter.lets_through(row, self.now) {
            self.keys.push((key(row, self.sort.column, self.now), row.logon_time, row.id));
        }
    }

    /// All of them in order; equal ones newest first, so that they do not change places by chance.
    pub fn finish(mut self) -> Vec<SessionId> {
        let descending = self.sort.descending;
        self.keys.sort_unstable_by(|(a, a_logon, a_id), (b, b_logon, b_id)| {
            let by_key = match (a, b) {
                (Some(a), Some(b)) if descending => b.cmp(a),
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            by_key.then_with(|| b_logon.cmp(a_logon)).then_with(|| b_id.cmp(a_id))
        });
        self.keys.into_iter().map(|(_, _, id)| id).collect()
    }
}

/// How many sessions each chip would show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// FTP and FTPS.
    pub ftp: u32,
    /// SFTP.
    pub sftp: u32,
    /// HTTP and HTTPS.
    pub http: u32,
    /// `WebDAV`.
    pub webdav: u32,
    /// With a transfer.
    pub transferring: u32,
    /// Idle for ten minutes.
    pub idle: u32,
}

impl Counts {
    /// Counts a row.
    pub fn add(&mut self, row: &SessionRow, now: i64) {
        match row.protocol {
            Protocol::Ftp => self.ftp += 1,
            Protocol::Sftp => self.sftp += 1,
            Protocol::Http => self.http += 1,
            Protocol::WebDav => self.webdav += 1,
        }
        self.transferring += u32::from(Chip::Transferring.lets_through(row, now));
        self.idle += u32::from(Chip::Idle.lets_through(row, now));
    }

    /// Sessions of `protocol`.
    pub fn of(self, protocol: Protocol) -> u32 {
        match protocol {
            Protocol::Ftp => self.ftp,
            Protocol::Sftp => self.sftp,
            Protocol::Http => self.http,
            Protocol::WebDav => self.webdav,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::row;
    use wharf_model::sessions::Direction;

    fn busy(number: u128, speed: u64) -> SessionRow {
        SessionRow {
            state: SessionState::Transferring,
            file: Some("Müller & Söhne.pdf".to_owned()),
            direction: Some(Direction::Upload),
            speed: Some(speed),
            ..row(number)
        }
    }

    fn arranged(rows: &[SessionRow], filter: Filter, sort: Sort) -> Vec<u128> {
        let mut arrangement = Arrangement::new(filter, sort, 20 * 60_000);
        for row in rows {
            arrangement.add(row);
        }
        arrangement.finish().into_iter().map(|id| id.0.as_u128()).collect()
    }

    fn sorted(rows: &[SessionRow], column: Column, descending: bool) -> Vec<u128> {
        arranged(rows, Filter::default(), Sort { column, descending })
    }

    #[test]
    fn rows_without_a_value_come_last_either_way() {
        let rows = [row(1), busy(2, 10), busy(3, 20), row(4)];
        assert_eq!(sorted(&rows, Column::Speed, true), [3, 2, 4, 1]);
        assert_eq!(sorted(&rows, Column::Speed, false), [2, 3, 4, 1]);
    }

    #[test]
    fn addresses_are_sorted_as_numbers() {
        let rows = [row(10), row(9), SessionRow { ip: "2001:db8::1".to_owned(), ..row(1) }, row(100)];
        assert_eq!(sorted(&rows, Column::Ip, false), [9, 10, 100, 1]);
    }

    #[test]
    fn what_needs_a_look_comes_first_by_status() {
        let stalled = SessionRow { state: SessionState::Stalled, ..busy(3, 0) };
        assert_eq!(sorted(&[row(1), busy(2, 5), stalled], Column::Status, false), [3, 2, 1]);
    }

    #[test]
    fn every_word_must_occur_somewhere() {
        let rows = [row(1), busy(2, 1)];
        let filtered = |text| arranged(&rows, Filter::new(text, Chip::All), Sort::default());
        assert_eq!(filtered(""), [2, 1]);
        assert_eq!(filtered("  ACME user1 "), [1]);
        assert_eq!(filtered("müller"), [2]);
        assert_eq!(filtered("SÖHNE ftps"), [2]);
        assert_eq!(filtered("192.0.2.2"), [2]);
        assert_eq!(filtered("acme nobody"), [0; 0]);
    }

    #[test]
    fn chips_and_their_counts_agree() {
        let fresh = SessionRow { last_active: 19 * 60_000, protocol: Protocol::Sftp, ..row(3) };
        let rows = [row(1), busy(2, 1), fresh];
        let with = |chip| arranged(&rows, Filter::new("", chip), Sort::default());
        assert_eq!(with(Chip::Transferring), [2]);
        assert_eq!(with(Chip::Idle), [1]);
        assert_eq!(with(Chip::Protocol(Protocol::Sftp)), [3]);
        let mut counts = Counts::default();
        for row in &rows {
            counts.add(row, 20 * 60_000);
        }
        assert_eq!(counts, Counts { ftp: 2, sftp: 1, transferring: 1, idle: 1, ..Counts::default() });
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let sort = Sort::default().clicked(Column::Speed);
        assert_eq!(sort, Sort { column: Column::Speed, descending: true });
        assert!(!sort.clicked(Column::Speed).descending);
        assert!(!sort.clicked(Column::Login).descending);
    }
}
