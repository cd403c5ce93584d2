//! One clock for the whole page: the server's time, told by its frames, ticking once a second.
//!
//! Until the page is hydrated it stands at the time the server rendered at, so both sides write the same text. From
//! then on times are shown in the viewer's time zone.

use crate::format;
use leptos::prelude::*;
use std::time::Duration;

/// The page's clock, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: RwSignal<i64>,
    /// How far the server's clock is ahead of the browser's.
    offset: StoredValue<i64>,
    awake: RwSignal<bool>,
}

impl Clock {
    /// Stands at zero until [`Clock::set`]. In the browser it begins to tick after hydration.
    pub fn new() -> Self {
        let clock = Self { now: RwSignal::new(0), offset: StoredValue::new(0), awake: RwSignal::new(false) };
        // Effects run in the browser only, after the page is hydrated.
        Effect::new(move || {
            clock.awake.set(true);
            clock.tick();
            // It ticks as long as the page lives, so nobody keeps the handle.
            let _ = set_interval_with_handle(move || clock.tick(), Duration::from_secs(1));
        });
        clock
    }

    /// The server says it is `now`.
    pub fn set(self, now: i64) {
        if self.awake.get_untracked() {
            self.offset.set_value(now - browser_now());
        } else {
            self.now.set(now);
        }
    }

    /// While the page is not hydrated, the offset is unknown; the first frame tells it.
    fn tick(self) {
        if self.offset.get_value() == 0 && self.now.get_untracked() != 0 {
            self.offset.set_value(self.now.get_untracked() - browser_now());
        }
        self.now.set(browser_now() + self.offset.get_value());
    }

    /// The server's time, to the second; whoever reads it is run again each second.
    pub fn now(self) -> i64 {
        self.now.get()
    }

    /// The server's time this very moment.
    pub fn exact(self) -> i64 {
        if self.awake.get_untracked() { browser_now() + self.offset.get_value() } else { self.now.get_untracked() }
    }

    /// Whether the page is hydrated. Whoever reads it is run again when it is.
    pub fn awake(self) -> bool {
        self.awake.get()
    }

    /// Time of day, in UTC on the server and in the viewer's zone after hydration; with the date if it is another day.
    pub fn time(self, at: i64) -> String {
        if !self.awake() {
            return format::time_utc(at);
        }
        let (then, today) = (local(at), local(self.now.get_untracked()));
        let time = format!("{:02}:{:02}:{:02}", then.get_hours(), then.get_minutes(), then.get_seconds());
        if (then.get_date(), then.get_month()) == (today.get_date(), today.get_month()) {
            time
        } else {
            format!("{:02}-{:02} {time}", then.get_month() + 1, then.get_date())
        }
    }

    /// Time of day to the millisecond.
    pub fn time_ms(self, at: i64) -> String {
        format!("{}.{:03}", self.time(at), at.rem_euclid(1_000))
    }

    /// Date and time with their zone.
    pub fn date_time(self, at: i64) -> String {
        if !self.awake() {
            return format::date_time_utc(at);
        }
        let then = local(at);
        let ahead = -then.get_timezone_offset();
        let sign = if ahead < 0.0 { '-' } else { '+' };
        let ahead = ahead.abs();
        let zone = if ahead == 0.0 {
            "UTC".to_owned()
        } else {
            format!("UTC{sign}{:02.0}:{:02.0}", (ahead / 60.0).floor(), ahead % 60.0)
        };
        let (year, month, day) = (then.get_full_year(), then.get_month() + 1, then.get_date());
        let (hour, minute, second) = (then.get_hours(), then.get_minutes(), then.get_seconds());
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} {zone}")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// The clock of the page.
pub fn use_clock() -> Clock {
    use_context().unwrap_or_default()
}

/// The browser's own clock. Only in effects and event handlers.
pub fn browser_now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit in 53 bits")]
    let now = js_sys::Date::now() as i64;
    now
}

fn local(at: i64) -> js_sys::Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit in 53 bits")]
    let at = at as f64;
    js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at))
}
