//! One clock for the whole page: the server's time, told by its frames, ticking once a second.
//!
//! Until the page is hydrated it stands at the time the server rendered at, so both sides write the same text. From
//! then on times are shown in the viewer's time zone, which is the browser's or one that was chosen.

use crate::format;
use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// The page's clock, shared by context.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: RwSignal<i64>,
    /// How far the server's clock is ahead of the browser's.
    offset: StoredValue<i64>,
    awake: RwSignal<bool>,
    /// The browser's way to write moments in the zone that the viewer has chosen.
    zone: RwSignal<Option<SendWrapper<Function>>>,
}

impl Clock {
    /// Stands at zero until [`Clock::set`]. In the browser it begins to tick after hydration.
    pub fn new() -> Self {
        let clock = Self {
            now: RwSignal::new(0),
            offset: StoredValue::new(0),
            awake: RwSignal::new(false),
            zone: RwSignal::new(None),
        };
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

    /// Times are shown in this zone of the IANA database from now on, or in the browser's own. Only in effects.
    pub fn set_zone(self, name: Option<&str>) {
        self.zone.set(name.and_then(formatter).map(SendWrapper::new));
    }

    /// By how many milliseconds clocks where the viewer is are ahead of UTC at this moment.
    fn ahead(self, at: i64) -> i64 {
        let civil = self.zone.with(|zone| civil(zone.as_deref()?, at));
        civil.map_or_else(|| of_browser(at), |civil| civil - at.div_euclid(1_000) * 1_000)
    }

    /// Time of day, in UTC on the server and in the viewer's zone after hydration; with the date if it is another day.
    pub fn time(self, at: i64) -> String {
        if self.awake() { format::time_of(at, self.now.get_untracked(), self.ahead(at)) } else { format::time_utc(at) }
    }

    /// Time of day to the millisecond.
    pub fn time_ms(self, at: i64) -> String {
        format!("{}.{:03}", self.time(at), at.rem_euclid(1_000))
    }

    /// Date and time to the minute, in UTC on the server and in the viewer's zone after hydration.
    pub fn minute(self, at: i64) -> String {
        format::minute(at, if self.awake() { self.ahead(at) } else { 0 })
    }

    /// Date and time with their zone.
    pub fn date_time(self, at: i64) -> String {
        format::date_time(at, if self.awake() { self.ahead(at) } else { 0 })
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

fn js_moment(at: i64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit in 53 bits")]
    let at = at as f64;
    JsValue::from_f64(at)
}

/// As [`Clock::ahead`], where the browser is.
fn of_browser(at: i64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
    let behind = js_sys::Date::new(&js_moment(at)).get_timezone_offset() as i64;
    -behind * 60_000
}

/// The browser's way to write moments in a zone; `None` if it does not know the zone.
fn formatter(zone: &str) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let constructor = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into::<Function>().ok()?;
    let options = Object::new();
    let set = |name: &str, value: &str| Reflect::set(&options, &name.into(), &value.into()).ok();
    set("timeZone", zone)?;
    set("hourCycle", "h23")?;
    for part in ["year", "month", "day", "hour", "minute", "second"] {
        set(part, "numeric")?;
    }
    let made = Reflect::construct(&constructor, &Array::of2(&"en-US".into(), &options)).ok()?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}

/// The time zones that the browser knows, by name. Only in effects.
pub fn zones() -> Vec<String> {
    let listed = || -> Option<Array> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let list = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into::<Function>().ok()?;
        list.call1(&intl, &"timeZone".into()).ok()?.dyn_into().ok()
    };
    let mut zones: Vec<_> =
        listed().into_iter().flat_map(|zones| zones.to_vec()).filter_map(|zone| zone.as_string()).collect();
    if !zones.iter().any(|zone| zone == "UTC") {
        zones.push("UTC".to_owned());
    }
    zones
}

/// What clocks show in the zone of `formatter`, as if it were UTC: `11/21/2026, 10:02:11`.
fn civil(formatter: &Function, at: i64) -> Option<i64> {
    let text = formatter.call1(&JsValue::UNDEFINED, &js_moment(at)).ok()?.as_string()?;
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<i64>().ok());
    let [month, day, year, hour, minute, second] = std::array::from_fn(|_| numbers.next());
    let day = format::days(year?, month?, day?) * 86_400_000;
    Some(day + ((hour? * 60 + minute?) * 60 + second?) * 1_000)
}
