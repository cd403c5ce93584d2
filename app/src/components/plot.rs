//! Lines over time, as SVG. No inline styles: shapes are attributes, colours are classes.

use crate::{
    components::erase::Erase,
    format::{self, approximate},
    tr,
};
use leptos::prelude::*;
use std::{collections::VecDeque, fmt::Write as _};
use wharf_model::live::{SAMPLE_MS, SAMPLES, Sample};

/// Width of the drawing: one unit per sample.
const WIDTH: usize = SAMPLES;
/// Height of the drawing.
const HEIGHT: f64 = 100.0;

/// Throughput of the last ten minutes.
#[component]
pub fn ThroughputPlot(
    /// Oldest first.
    #[prop(into)]
    history: Signal<VecDeque<Sample>>,
    /// With scale and legend.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let top = Memo::new(move |_| {
        history.with(|history| {
            ceiling(history.iter().map(|sample| sample.download_rate.max(sample.upload_rate)).max().unwrap_or(0))
        })
    });
    let line = move |pick: fn(&Sample) -> u64| {
        Memo::new(move |_| {
            let top = top.get();
            history.with(|history| points(history.iter().map(pick), history.len(), WIDTH, top))
        })
    };
    let (down, up) = (line(|sample| sample.download_rate), line(|sample| sample.upload_rate));
    let under: RwSignal<Option<usize>> = RwSignal::new(None);
    let hover = move |event: leptos::ev::PointerEvent| under.set(position(&event));
    let hint = move || {
        let place = under.get()?;
        history.with(|history| {
            let back = WIDTH - 1 - place;
            let sample = history.len().checked_sub(back + 1).and_then(|index| history.get(index))?;
            let ago = i64::try_from(back).unwrap_or(0) * SAMPLE_MS;
            let ago = if ago == 0 { tr!("now").to_owned() } else { tr!("{} ago", format::duration(ago)) };
            Some(format!("{ago}: ↓ {} · ↑ {}", format::rate(sample.download_rate), format::rate(sample.upload_rate)))
        })
    };
    let label = move || {
        history.with(|history| {
            let last = history.back().copied().unwrap_or_default();
            let (down, up) = (format::rate(last.download_rate), format::rate(last.upload_rate));
            tr!(
                "Throughput of the last ten minutes. Now {} down, {} up; the top of the scale is {}.",
                down,
                up,
                format::rate(top.get())
            )
        })
    };
    view! {
        <figure class="plot" class:large=large>
            <div class="plot-area">
                <svg
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=label
                    on:pointermove=hover
                    on:pointerleave=move |_| under.set(None)
                >
                    {large
                        .then(|| view! { <path class="plot-grid" d="M0 1H300M0 25.5H300M0 50H300M0 74.5H300M0 99.5H300M60 0V100M120 0V100M180 0V100M240 0V100" /> })}
                    <polygon class="plot-fill down" points=move || area(&down.read(), WIDTH) />
                    <polygon class="plot-fill up" points=move || area(&up.read(), WIDTH) />
                    <polyline class="plot-line down" points=down />
                    <polyline class="plot-line up" points=up />
                    {move || under.get().map(|x| view! { <path class="plot-cursor" d=format!("M{x} 0V{HEIGHT}") /> })}
                </svg>
                {large
                    .then(|| {
                        view! {
                            <span class="plot-top">{move || format::rate(top.get())}</span>
                            <span class="plot-middle">{move || format::rate(top.get() / 2)}</span>
                        }
                    })}
            </div>
            {large
                .then(|| {
                    view! {
                        <figcaption class="plot-caption">
                            <span>{tr!("10 min ago")}</span>
                            <span class="plot-hint">{hint}</span>
                            <span>{tr!("now")}</span>
                        </figcaption>
                    }
                })}
        </figure>
    }
    .erase()
}

/// Speed of one session while somebody looks at it.
#[component]
pub fn SpeedPlot(
    /// Bytes per second, oldest first, at most `width` of them.
    #[prop(into)]
    speeds: Signal<VecDeque<u64>>,
    /// How many fit.
    width: usize,
    /// Which colour: `down` or `up`.
    #[prop(into)]
    class: Signal<&'static str>,
) -> impl IntoView {
    let top = move || speeds.with(|speeds| ceiling(speeds.iter().copied().max().unwrap_or(0)));
    let line = Memo::new(move |_| speeds.with(|speeds| points(speeds.iter().copied(), speeds.len(), width, top())));
    view! {
        <figure class="plot">
            <div class="plot-area">
                <svg
                    viewBox=format!("0 0 {width} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=move || tr!("Speed since this was opened; the top of the scale is {}.", format::rate(top()))
                >
                    <polygon class=move || format!("plot-fill {}", class.get()) points=move || area(&line.read(), width) />
                    <polyline class=move || format!("plot-line {}", class.get()) points=line />
                </svg>
                <span class="plot-top">{move || format::rate(top())}</span>
            </div>
        </figure>
    }
    .erase()
}

/// Which sample the pointer is over.
fn position(event: &leptos::ev::PointerEvent) -> Option<usize> {
    use wasm_bindgen::JsCast;
    let plot = event.current_target()?.dyn_into::<web_sys::Element>().ok()?.get_bounding_client_rect();
    let share = (f64::from(event.client_x()) - plot.left()) / plot.width();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the plot")]
    let place = (share.clamp(0.0, 1.0) * approximate(WIDTH as u64 - 1)).round() as usize;
    Some(place)
}

/// The next round number at or above `value`: 1, 2 or 5 times a power of ten, and never zero.
fn ceiling(value: u64) -> u64 {
    let mut unit = 1_000_u64;
    loop {
        for step in [1, 2, 5] {
            let Some(round) = unit.checked_mul(step) else { return u64::MAX };
            if round >= value {
                return round;
            }
        }
        let Some(next) = unit.checked_mul(10) else { return u64::MAX };
        unit = next;
    }
}

/// `x,y` pairs of a polyline that ends at the right edge.
fn points(values: impl Iterator<Item = u64>, count: usize, width: usize, top: u64) -> String {
    let first = width.saturating_sub(count);
    let mut points = String::new();
    for (index, value) in values.enumerate() {
        let y = HEIGHT - 1.0 - (HEIGHT - 4.0) * approximate(value.min(top)) / approximate(top.max(1));
        // Writing to a String cannot fail.
        let _ = write!(points, "{}{},{y:.1}", if index == 0 { "" } else { " " }, first + index);
    }
    points
}

/// The same closed along the bottom.
fn area(points: &str, width: usize) -> String {
    match points.split_once(',') {
        Some((first, _)) => format!("{first},{HEIGHT} {points} {},{HEIGHT}", width - 1),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        assert_eq!(ceiling(0), 1_000);
        assert_eq!(ceiling(1_001), 2_000);
        assert_eq!(ceiling(48_200_000), 50_000_000);
        assert_eq!(ceiling(50_000_001), 100_000_000);
        assert_eq!(ceiling(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_short_history_ends_at_the_right_edge() {
        assert_eq!(points([0, 500, 1_000].into_iter(), 3, 300, 1_000), "297,99.0 298,51.0 299,3.0");
        assert_eq!(points(std::iter::empty(), 0, 300, 1_000), "");
    }

    #[test]
    fn the_area_is_closed_along_the_bottom() {
        assert_eq!(area("298,51.0 299,3.0", 300), "298,100 298,51.0 299,3.0 299,100");
        assert_eq!(area("", 300), "");
    }
}
