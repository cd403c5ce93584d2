//! Numbers, sizes, durations and times as people read them in the language of the page; the same text on the server and
//! in the browser.

use crate::{tr, words};

/// A whole number with its thousands grouped: `1,284`, in German `1.284`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 4 {
        return digits;
    }
    let thousands = words::language().thousands;
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    grouped
}

/// A size as its number and its unit, decimal, one place: `("48.2", "MB")`.
pub fn size_parts(bytes: u64) -> (String, &'static str) {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return (bytes.to_string(), "B");
    }
    // In tenths of the unit; whole numbers, because the code that writes fractions is large and the page is loaded
    // over slow lines too.
    let mut divisor = 100;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or("kB");
    // 999.95 would be written as 1000.0.
    while bytes / divisor >= 9_999 && rounded(bytes, divisor) >= 10_000 {
        let Some(next) = units.next() else { break };
        divisor *= 1_000;
        unit = next;
    }
    let tenths = rounded(bytes, divisor);
    (format!("{}{}{}", tenths / 10, words::language().decimal, tenths % 10), unit)
}

fn rounded(value: u64, divisor: u64) -> u64 {
    value / divisor + u64::from(value % divisor >= divisor / 2)
}

/// A size: `48.2 MB`.
pub fn size(bytes: u64) -> String {
    let (value, unit) = size_parts(bytes);
    format!("{value} {unit}")
}

/// A rate: `48.2 MB/s`.
pub fn rate(bytes_per_second: u64) -> String {
    let (value, unit) = size_parts(bytes_per_second);
    format!("{value} {unit}/s")
}

/// A whole number of small units in large ones, of which there are `10^places`: 1,250,000 bytes in MB are `1.25`.
pub fn decimal(value: u64, places: u32) -> String {
    let unit = 10_u64.saturating_pow(places).max(1);
    let rest = format!("{:0width$}", value % unit, width = places as usize);
    let rest = rest.trim_end_matches('0');
    let point = words::language().decimal;
    if rest.is_empty() { (value / unit).to_string() } else { format!("{}{point}{rest}", value / unit) }
}

/// Reads [`decimal`]; `None` for anything that is no number, has more places, or is too large.
pub fn read_decimal(text: &str, places: u32) -> Option<u64> {
    let point = words::language().decimal;
    // The other sign is no number: who writes 1.250 where a comma is usual means a thousand.
    let (whole, rest) = text.split_once(point).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > places as usize || !digits(whole) || !digits(rest) {
        return None;
    }
    format!("{whole}{rest:0<width$}", width = places as usize).parse().ok()
}

/// A span of time as a clock shows it: `0:07`, `12:31`, `1:02:03`, `2 d 1:02:03`.
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => tr!("{} d {}", days, format!("{hours}:{minutes:02}:{seconds:02}")),
    }
}

/// A span of time in words, its largest unit only: `18 s`, `5 min`, `3 h`, `2 d`.
pub fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..60 => tr!("{} s", seconds),
        60..3_600 => tr!("{} min", seconds / 60),
        3_600..86_400 => tr!("{} h", seconds / 3_600),
        _ => tr!("{} d", seconds / 86_400),
    }
}

/// How long ago something happened: `just now`, `5 min ago`.
pub fn ago(ms: i64) -> String {
    if ms < 1_000 { tr!("just now").to_owned() } else { tr!("{} ago", span(ms)) }
}

/// The age of what is shown, to a tenth of a second while it is fresh: `0.2 s`, `12 s`.
pub fn age(ms: i64) -> String {
    let ms = ms.max(0);
    if ms < 10_000 {
        tr!("{} s", format!("{}{}{}", ms / 1_000, words::language().decimal, ms / 100 % 10))
    } else {
        span(ms)
    }
}

/// Percent as the progress column shows it. A file that is not complete never shows 100.
pub fn percent(progress: f32) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
    let whole = progress.clamp(0.0, 100.0) as u8;
    format!("{whole} %")
}

/// Milliseconds until `left` bytes have moved at `speed`.
pub fn remaining_ms(left: u64, speed: u64) -> Option<i64> {
    let ms = u128::from(left).checked_mul(1_000)?.checked_div(u128::from(speed))?;
    i64::try_from(ms).ok()
}

/// A moment split into its UTC calendar parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    /// Howard Hinnant's `civil_from_days`, <https://howardhinnant.github.io/date_algorithms.html>.
    fn new(ms: i64) -> Self {
        let seconds = ms.div_euclid(1_000);
        let days = seconds.div_euclid(86_400) + 719_468;
        let of_day = seconds.rem_euclid(86_400);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }
}

/// A moment for `<time datetime>` and for files: `2026-11-21T10:02:11Z`.
pub fn iso(ms: i64) -> String {
    let Moment { year, month, day, hour, minute, second } = Moment::new(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A moment to the millisecond, for files: `2026-11-21T10:02:11.042Z`.
pub fn iso_ms(ms: i64) -> String {
    let seconds = iso(ms);
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), ms.rem_euclid(1_000))
}

/// The time of day in UTC: `10:02:11`.
pub fn time_utc(ms: i64) -> String {
    let Moment { hour, minute, second, .. } = Moment::new(ms);
    format!("{hour:02}:{minute:02}:{second:02}")
}

/// Date and time where clocks are `ahead` milliseconds ahead of UTC: `2026-11-21 10:02:11 UTC+01:00`.
pub fn date_time(ms: i64, ahead: i64) -> String {
    let at = ms + ahead;
    let Moment { year, month, day, .. } = Moment::new(at);
    let (year, month, day) = (format!("{year:04}"), format!("{month:02}"), format!("{day:02}"));
    let minutes = ahead.abs() / 60_000;
    let zone = match ahead {
        0 => "UTC".to_owned(),
        _ => format!("UTC{}{:02}:{:02}", if ahead < 0 { '-' } else { '+' }, minutes / 60, minutes % 60),
    };
    tr!("{}-{}-{} {} {}", year, month, day, time_utc(at), zone)
}

/// Date and time to the minute where clocks are `ahead` milliseconds ahead of UTC: `2026-11-21 10:02`.
pub fn minute(ms: i64, ahead: i64) -> String {
    let Moment { year, month, day, hour, minute, .. } = Moment::new(ms + ahead);
    let (year, month, day) = (format!("{year:04}"), format!("{month:02}"), format!("{day:02}"));
    tr!("{}-{}-{} {}", year, month, day, format!("{hour:02}:{minute:02}"))
}

/// Time of day where clocks are `ahead` milliseconds ahead of UTC; with the date if that is not the day of `now`.
pub fn time_of(ms: i64, now: i64, ahead: i64) -> String {
    const DAY: i64 = 86_400_000;
    let (at, now) = (ms + ahead, now + ahead);
    if at.div_euclid(DAY) == now.div_euclid(DAY) {
        return time_utc(at);
    }
    let Moment { month, day, .. } = Moment::new(at);
    tr!("{}-{} {}", format!("{month:02}"), format!("{day:02}"), time_utc(at))
}

/// The first moment of a day as date fields write it, in UTC: `2026-11-21`.
pub fn day_utc(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days(year, month, day) * 86_400_000)
}

/// Days from 1970 to a day of the calendar: Howard Hinnant's `days_from_civil`.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March.
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A number for drawing and rounding; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "what is drawn or rounded needs no more than 53 bits")]
pub fn approximate(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_284), "1,284");
        assert_eq!(number(12_345_678), "12,345,678");
    }

    #[test]
    fn sizes_are_decimal_with_one_place() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_000), "1.0 kB");
        assert_eq!(size(48_234_000), "48.2 MB");
        assert_eq!(size(999_949_999), "999.9 MB");
        assert_eq!(size(999_950_000), "1.0 GB");
        assert_eq!(size(u64::MAX), "18446.7 PB");
        assert_eq!(rate(1_120_000_000), "1.1 GB/s");
    }

    #[test]
    fn durations_grow_with_their_size() {
        assert_eq!(duration(-5), "0:00");
        assert_eq!(duration(7_900), "0:07");
        assert_eq!(duration(751_000), "12:31");
        assert_eq!(duration(3_723_000), "1:02:03");
        assert_eq!(duration(176_523_000), "2 d 1:02:03");
        assert_eq!(ago(400), "just now");
        assert_eq!(ago(61_000), "1 min ago");
        assert_eq!(age(240), "0.2 s");
        assert_eq!(age(61_000), "1 min");
    }

    #[test]
    fn an_unfinished_file_is_not_at_a_hundred() {
        assert_eq!(percent(99.99), "99 %");
        assert_eq!(percent(100.0), "100 %");
        assert_eq!(percent(f32::NAN), "0 %");
    }

    #[test]
    fn remaining_time_needs_a_speed() {
        assert_eq!(remaining_ms(1_000, 0), None);
        assert_eq!(remaining_ms(1_000, 500), Some(2_000));
        assert_eq!(remaining_ms(u64::MAX, 1), None);
    }

    #[test]
    fn moments_are_utc() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(date_time(1_795_256_531_999, 0), "2026-11-21 10:22:11 UTC");
        assert_eq!(minute(1_795_256_531_999, 3_600_000), "2026-11-21 11:22");
        assert_eq!(time_utc(-1), "23:59:59");
        assert_eq!(iso_ms(1_795_256_531_042), "2026-11-21T10:22:11.042Z");
    }

    #[test]
    fn days_begin_at_midnight_utc() {
        assert_eq!(day_utc("1970-01-01"), Some(0));
        assert_eq!(day_utc("2000-02-29"), Some(951_782_400_000));
        assert_eq!(day_utc("2026-11-21").map(iso).as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(day_utc("2026-13-01"), None);
        assert_eq!(day_utc("yesterday"), None);
    }

    #[test]
    fn decimals_come_back_as_they_were() {
        for (value, places, text) in
            [(0, 6, "0"), (1_250_000, 6, "1.25"), (5, 6, "0.000005"), (7_000, 3, "7"), (12, 0, "12")]
        {
            assert_eq!(decimal(value, places), text);
            assert_eq!(read_decimal(text, places), Some(value));
        }
        assert_eq!(read_decimal(&decimal(u64::MAX, 6), 6), Some(u64::MAX));
        for text in ["", ".5", "-1", "1,5", "1.2.3", "1.2345", "1e3", " 1", "99999999999999999999"] {
            assert_eq!(read_decimal(text, 3), None, "{text}");
        }
    }
}
