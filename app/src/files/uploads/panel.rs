//! How far the uploads are.

use super::{
    Uploads,
    exists::Exists,
    item::{Item, State},
    use_uploads,
};
use crate::{
    components::{
        erase::Erase,
        icons::{Glyph, Icon},
    },
    format, tr,
};
use leptos::prelude::*;
use std::time::Duration;

/// The list of uploads, in the corner.
#[component]
pub fn UploadPanel() -> impl IntoView {
    let uploads = use_uploads();
    view! {
        {move || uploads.shown.get().then(|| view! { <Panel uploads /> })}
        <Exists />
    }
    .erase()
}

#[component]
fn Panel(uploads: Uploads) -> impl IntoView {
    let small = RwSignal::new(false);
    let any = move |wanted: fn(&State) -> bool| uploads.items.read().iter().any(|item| item.state.with(wanted));
    let over = Memo::new(move |_| !any(|state| !state.is_over()));
    view! {
        <section class="uploads card" aria-label=tr!("Uploads") data-testid="uploads">
            <div class="uploads-head">
                <h2 role="status" data-testid="uploads-state">{move || heading(uploads)}</h2>
                <Buttons uploads any=Callback::new(any) />
                <button
                    class="icon-button"
                    type="button"
                    aria-label=tr!("Show or hide the list")
                    aria-expanded=move || (!small.get()).to_string()
                    data-testid="uploads-fold"
                    on:click=move |_| small.update(|small| *small = !*small)
                >
                    <Icon glyph=Glyph::List />
                </button>
                {move || over.get().then(|| view! {
                    <button class="icon-button" type="button" aria-label=tr!("Close") data-testid="uploads-close" on:click=move |_| uploads.clear()>
                        <Icon glyph=Glyph::Close />
                    </button>
                })}
            </div>
            <Total uploads over />
            <ol class="uploads-list" hidden=small>
                <For each=move || uploads.items.get() key=|item| item.id let:item>
                    <Line uploads item />
                </For>
            </ol>
        </section>
    }
    .erase()
}

fn heading(uploads: Uploads) -> String {
    let items = uploads.items.read();
    let count = |wanted: fn(&State) -> bool| items.iter().filter(|item| item.state.with(wanted)).count() as u64;
    let open = count(|state| !state.is_over());
    let (done, failed) = (count(|state| *state == State::Done), count(|state| matches!(state, State::Failed(_))));
    let left_out = count(|state| matches!(state, State::Skipped | State::Cancelled));
    if open > 0 {
        return tr!("{n} upload left" | "{n} uploads left" % open);
    }
    let mut told = vec![tr!("{n} uploaded" | "{n} uploaded" % done)];
    if failed > 0 {
        told.push(tr!("{n} failed" | "{n} failed" % failed));
    }
    if left_out > 0 {
        told.push(tr!("{n} left out" | "{n} left out" % left_out));
    }
    told.join(", ")
}

/// For all of them.
#[component]
fn Buttons(uploads: Uploads, any: Callback<fn(&State) -> bool, bool>) -> impl IntoView {
    let button = move |glyph: Glyph, label: &'static str, testid: &'static str, act: fn(Uploads)| {
        view! {
            <button class="icon-button" type="button" aria-label=label data-testid=testid on:click=move |_| act(uploads)>
                <Icon glyph />
            </button>
        }
        .erase()
    };
    let pause = move || {
        any.run(State::can_pause).then(|| button(Glyph::Pause, tr!("Pause all"), "pause-all", Uploads::pause_all))
    };
    let resume = move || {
        any.run(|state| *state == State::Paused)
            .then(|| button(Glyph::Resume, tr!("Resume all"), "resume-all", Uploads::resume_all))
    };
    let cancel = move || {
        any.run(|state| !state.is_over())
            .then(|| button(Glyph::Delete, tr!("Cancel all"), "cancel-all", Uploads::cancel_all))
    };
    view! { {pause} {resume} {cancel} }.erase()
}

/// Progress, speed and time left of all together.
#[component]
fn Total(uploads: Uploads, over: Memo<bool>) -> impl IntoView {
    let sums = Memo::new(move |_| {
        let items = uploads.items.read();
        let wanted = items.iter().filter(|item| {
            item.state.with(|state| !matches!(state, State::Skipped | State::Cancelled | State::Failed(_)))
        });
        wanted.fold((0_u64, 0_u64), |(sent, size), item| (sent + item.sent.get(), size + item.size))
    });
    let rate = RwSignal::new(0_u64);
    let last = StoredValue::new(0_u64);
    Effect::new(move || {
        let tick = move || {
            let sent = sums.get_untracked().0;
            let new = sent.saturating_sub(last.get_value());
            last.set_value(sent);
            // Smoothed, so that it can be read.
            rate.update(|rate| *rate = (*rate * 3 + new) / 4);
        };
        last.set_value(sums.get_untracked().0);
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    let told = move || {
        let ((sent, size), rate) = (sums.get(), rate.get());
        let moved = tr!("{} of {}", format::size(sent), format::size(size));
        match format::remaining_ms(size.saturating_sub(sent), rate) {
            Some(left) if rate > 0 => tr!("{} · {} · {} left", moved, format::rate(rate), format::duration(left)),
            _ => moved,
        }
    };
    move || {
        (!over.get()).then(|| {
            view! {
                <div class="uploads-total">
                    <progress class="bar up" max="1000" value=move || share(sums.get()) aria-label=tr!("All uploads")></progress>
                    <span class="muted" data-testid="uploads-told">{told}</span>
                </div>
            }
        })
    }
}

/// In thousandths.
fn share((sent, size): (u64, u64)) -> String {
    sent.saturating_mul(1_000).checked_div(size).unwrap_or(0).min(1_000).to_string()
}

#[component]
fn Line(uploads: Uploads, item: Item) -> impl IntoView {
    let name = item.name.get_value();
    let of = |label: String| label;
    let button = move |glyph: Glyph, label: String, testid: &'static str, act: fn(Uploads, Item)| {
        view! {
            <button class="icon-button" type="button" aria-label=of(label) data-testid=testid on:click=move |_| act(uploads, item)>
                <Icon glyph />
            </button>
        }
        .erase()
    };
    let label = StoredValue::new(name.clone());
    let buttons = move || {
        let name = label.get_value();
        item.state.with(|state| {
            let mut buttons = Vec::new();
            if state.can_pause() {
                buttons.push(button(Glyph::Pause, tr!("Pause {}", name), "upload-pause", Uploads::pause));
            }
            if matches!(state, State::Paused | State::Failed(_)) {
                buttons.push(button(Glyph::Resume, tr!("Go on with {}", name), "upload-resume", Uploads::resume));
            }
            if !state.is_over() {
                buttons.push(button(Glyph::Close, tr!("Cancel {}", name), "upload-cancel", Uploads::cancel));
            }
            buttons
        })
    };
    let bar = move || {
        let moving = item.state.with(|state| !state.is_over() && *state != State::Exists);
        moving.then(|| view! { <progress class="bar up" max="1000" value=move || share((item.sent.get(), item.size))></progress> })
    };
    view! {
        <li class="upload" data-testid="upload" data-state=move || item.state.with(word)>
            <span class="upload-name">{name}</span>
            <span class="upload-state muted" data-testid="upload-state">{move || told(item)}</span>
            <span class="upload-buttons">{buttons}</span>
            {bar}
        </li>
    }
    .erase()
}

fn word(state: &State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Sending => "sending",
        State::Paused => "paused",
        State::Lost => "lost",
        State::Exists => "exists",
        State::Done => "done",
        State::Skipped => "skipped",
        State::Cancelled => "cancelled",
        State::Failed(_) => "failed",
    }
}

fn told(item: Item) -> String {
    item.state.with(|state| match state {
        State::Waiting => tr!("waits for its turn").to_owned(),
        State::Sending => tr!("{} of {}", format::size(item.sent.get()), format::size(item.size)),
        State::Paused => tr!("paused").to_owned(),
        State::Lost => tr!("connection lost, goes on by itself").to_owned(),
        State::Exists => tr!("waits for your answer").to_owned(),
        State::Done => format::size(item.size),
        State::Skipped => tr!("skipped").to_owned(),
        State::Cancelled => tr!("cancelled").to_owned(),
        State::Failed(why) => why.clone(),
    })
}
