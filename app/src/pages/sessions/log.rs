//! A session's log: what it said and did, live while it lives. In the drawer and as a page.

use super::server::logs::{session_log, session_log_text};
use crate::{
    clock::use_clock,
    components::{download, erase::Erase, form::when_settled, toast::use_toasts},
    error::PanelError,
    format,
    live::use_live,
    tr,
};
use leptos::{html, prelude::*, task::spawn_local};
use std::sync::Arc;
use wharf_model::{
    ids::SessionId,
    live::{Frame, LogUpdate},
    logs::{LineKind, LogLine, LogPage, LogQuery},
};

/// Lines that are asked for at once.
const PORTION: u32 = 300;
/// Lines in the document; beyond that the oldest go, and come back by scrolling up.
const MOST: usize = 3_000;
/// So many pixels from an end count as the end.
const NEAR: i32 = 48;

/// What is shown of a log.
#[derive(Clone, Copy)]
struct Log {
    id: SessionId,
    lines: RwSignal<Vec<Arc<LogLine>>>,
    /// Lines that came during a pause.
    held: RwSignal<Vec<Arc<LogLine>>>,
    /// The oldest line there is.
    first: RwSignal<u64>,
    /// The first line that is missing.
    next: RwSignal<u64>,
    ended: RwSignal<Option<i64>>,
    search: RwSignal<String>,
    paused: RwSignal<bool>,
    loading: RwSignal<bool>,
    /// Lines before this one came while others were being asked for, and were left out.
    left_out: StoredValue<u64>,
    error: RwSignal<Option<String>>,
    /// The newest line stays in sight.
    at_end: StoredValue<bool>,
    scroller: NodeRef<html::Div>,
}

/// Where lines go that were asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// In place of all others.
    Newest,
    /// Above them.
    Older,
    /// Below them: some were missed.
    Missed,
}

impl Log {
    fn new(id: SessionId) -> Self {
        Self {
            id,
            lines: RwSignal::default(),
            held: RwSignal::default(),
            first: RwSignal::new(0),
            next: RwSignal::new(0),
            ended: RwSignal::new(None),
            search: RwSignal::default(),
            paused: RwSignal::new(false),
            loading: RwSignal::new(true),
            left_out: StoredValue::new(0),
            error: RwSignal::new(None),
            at_end: StoredValue::new(true),
            scroller: NodeRef::new(),
        }
    }

    fn ask(self, part: Part) {
        let query = LogQuery {
            before: (part == Part::Older)
                .then(|| self.lines.with_untracked(|lines| lines.first().map(|line| line.number)))
                .flatten(),
            from: (part == Part::Missed).then(|| self.next.get_untracked()),
            search: self.search.get_untracked().trim().to_owned(),
            limit: PORTION,
        };
        let searched = query.search.clone();
        self.loading.set(true);
        spawn_local(async move {
            let answer = session_log(self.id, query, part != Part::Missed).await;
            // The log may be closed, or searched for something else by now.
            if self.search.is_disposed() || self.search.with_untracked(|search| search.trim() != searched) {
                return;
            }
            self.loading.set(false);
            match answer {
                Ok(page) => {
                    self.error.set(None);
                    self.take(part, page);
                    if self.left_out.get_value() > self.next.get_untracked() {
                        self.ask(Part::Missed);
                    }
                }
                Err(PanelError::NotFound) => {
                    self.error.set(Some(tr!("There is no log of this session any more.").to_owned()));
                }
                Err(error) => self.error.set(Some(error.text())),
            }
        });
    }

    fn take(self, part: Part, page: LogPage) {
        self.first.set(page.first);
        self.ended.set(page.ended);
        match part {
            Part::Newest => {
                self.next.set(page.next);
                self.held.set(Vec::new());
                self.lines.set(page.lines.into_iter().map(Arc::new).collect());
                self.to_end();
            }
            Part::Missed => self.append(page),
            Part::Older => {
                let Some(scroller) = self.scroller.get_untracked() else { return };
                let below = scroller.scroll_height() - scroller.scroll_top();
                self.lines.update(|lines| {
                    lines.splice(0..0, page.lines.into_iter().map(Arc::new));
                });
                // What was in sight stays where it was.
                request_animation_frame(move || scroller.set_scroll_top(scroller.scroll_height() - below));
            }
        }
    }

    /// Lines from the live socket.
    fn hear(self, frame: Frame) {
        let Frame::Log(LogUpdate { session, page }) = frame else { return };
        if session != self.id {
            return;
        }
        if self.loading.get_untracked() {
            self.left_out.update_value(|left_out| *left_out = page.next.max(*left_out));
        } else if page.lines.first().is_some_and(|line| line.number > self.next.get_untracked()) {
            self.ask(Part::Missed);
        } else {
            self.ended.set(page.ended);
            self.append(page);
        }
    }

    fn append(self, page: LogPage) {
        let next = self.next.get_untracked();
        let search = self.search.with_untracked(|search| search.trim().to_lowercase());
        self.next.set(page.next.max(next));
        let fresh = page
            .lines
            .into_iter()
            .filter(|line| line.number >= next && (search.is_empty() || line.text.to_lowercase().contains(&search)));
        let fresh: Vec<_> = fresh.map(Arc::new).collect();
        if fresh.is_empty() {
            return;
        }
        if self.paused.get_untracked() {
            self.held.update(|held| held.extend(fresh));
            return;
        }
        let at_end = self.at_end.get_value();
        self.lines.update(|lines| {
            lines.extend(fresh);
            if at_end {
                lines.drain(..lines.len().saturating_sub(MOST));
            }
        });
        if at_end {
            self.to_end();
        }
    }

    fn pause(self, paused: bool) {
        self.paused.set(paused);
        if !paused {
            let held = self.held.try_update(std::mem::take).unwrap_or_default();
            self.lines.update(|lines| lines.extend(held));
            self.to_end();
        }
    }

    fn to_end(self) {
        self.at_end.set_value(true);
        request_animation_frame(move || {
            if let Some(scroller) = self.scroller.try_get_untracked().flatten() {
                scroller.set_scroll_top(scroller.scroll_height());
            }
        });
    }

    fn scrolled(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let top = scroller.scroll_top();
        self.at_end.set_value(scroller.scroll_height() - top - scroller.client_height() < NEAR);
        let oldest = self.lines.with_untracked(|lines| lines.first().map(|line| line.number));
        let older = oldest.is_some_and(|oldest| oldest > self.first.get_untracked());
        if top < NEAR && older && !self.loading.get_untracked() {
            self.ask(Part::Older);
        }
    }

    fn text(self) -> String {
        let mut text = String::new();
        for line in self.lines.get_untracked() {
            text.extend([&format::iso_ms(line.at), " ", mark(line.kind).0, " ", &line.text, "\n"]);
        }
        text
    }
}

/// The log with its tools.
#[component]
pub fn LogView(
    /// Whose.
    id: SessionId,
) -> impl IntoView {
    let log = Log::new(id);
    let live = use_live();
    when_settled(
        Callback::new(move |()| {
            log.search.track();
            live.connections.track();
        }),
        Callback::new(move |()| log.ask(Part::Newest)),
    );
    Effect::new(move || live.hear(Callback::new(move |frame| log.hear(frame))));
    // From where the first answer ends.
    let begun = Memo::new(move |_| log.next.get() > 0);
    Effect::new(move || {
        if begun.get() {
            live.follow_log(id, log.next);
        }
    });
    view! {
        <section class="log" aria-label=tr!("Session log") data-testid="log">
            <Tools log />
            <Lines log />
        </section>
    }
    .erase()
}

#[component]
fn Tools(log: Log) -> impl IntoView {
    let toasts = use_toasts();
    let download = move |_| {
        spawn_local(async move {
            match session_log_text(log.id).await {
                Ok(text) => download::save(toasts, &format!("wharf-session-{}.log", log.id), "text/plain", &text),
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    let copy = move |_| {
        download::copy(&log.text());
        toasts.tell(tr!("{} copied.", tr!("{n} line" | "{n} lines" % log.lines.read_untracked().len() as u64)));
    };
    let pause = move || match (log.paused.get(), log.held.read().len() as u64) {
        (false, _) => tr!("Pause").to_owned(),
        (true, 0) => tr!("Resume").to_owned(),
        (true, held) => tr!("Resume ({} new)", format::number(held)),
    };
    view! {
        <div class="log-tools" role="search" aria-label=tr!("Search the log")>
            <input
                class="filter"
                type="search"
                aria-label=tr!("Search the log")
                placeholder=tr!("Search…")
                autocomplete="off"
                spellcheck="false"
                data-testid="log-search"
                prop:value=log.search
                on:input:target=move |event| log.search.set(event.target().value())
            />
            <button
                class="button"
                type="button"
                data-testid="log-pause"
                class:on=log.paused
                on:click=move |_| log.pause(!log.paused.get_untracked())
            >
                {pause}
            </button>
            <button class="button" type="button" data-testid="log-copy" on:click=copy>
                {tr!("Copy")}
            </button>
            <button class="button" type="button" data-testid="log-download" on:click=download>
                {tr!("a button" => "Download")}
            </button>
        </div>
    }
    .erase()
}

#[component]
fn Lines(log: Log) -> impl IntoView {
    let said = move || {
        let lines = log.lines.read().len();
        let oldest = log.lines.with(|lines| lines.first().map_or(0, |line| line.number));
        match (log.error.get(), log.loading.get()) {
            (Some(error), _) => Some(error),
            (None, true) if lines == 0 => Some(tr!("Loading…").to_owned()),
            (None, true) => Some(tr!("Loading older lines…").to_owned()),
            (None, false) if lines == 0 && log.search.read().trim().is_empty() => {
                Some(tr!("Nothing has been logged yet.").to_owned())
            }
            (None, false) if lines == 0 => Some(tr!("No line contains that.").to_owned()),
            (None, false) if oldest == 0 => None,
            (None, false) if oldest <= log.first.get() => Some(tr!("Older lines are not kept.").to_owned()),
            (None, false) => None,
        }
    };
    let clock = use_clock();
    view! {
        <div
            node_ref=log.scroller
            class="log-lines"
            tabindex="0"
            role="log"
            aria-live="off"
            aria-label=tr!("Lines")
            data-testid="log-lines"
            on:scroll=move |_| log.scrolled()
        >
            {move || said().map(|said| view! { <p class="muted log-note">{said}</p> })}
            <ol>
                <For each=move || log.lines.get() key=|line| line.number let:line>
                    <Line line />
                </For>
            </ol>
            {move || {
                log.ended
                    .get()
                    .map(|at| view! { <p class="muted log-note" data-testid="log-ended">{tr!("The session ended at {}.", clock.time(at))}</p> })
            }}
        </div>
    }
    .erase()
}

#[component]
fn Line(line: Arc<LogLine>) -> impl IntoView {
    let clock = use_clock();
    let (sign, word) = mark(line.kind);
    view! {
        <li data-kind=word data-testid="log-line">
            <time title=clock.date_time(line.at)>{clock.time_ms(line.at)}</time>
            <span class="log-mark" aria-hidden="true">
                {sign}
            </span>
            <span class="log-text">
                <span class="hidden">{word} ": "</span>
                {line.text.clone()}
            </span>
        </li>
    }
    .erase()
}

/// The sign of a kind of line, and its word.
fn mark(kind: LineKind) -> (&'static str, &'static str) {
    match kind {
        LineKind::Command => ("»", tr!("client")),
        LineKind::Reply => ("«", tr!("server")),
        LineKind::Event => ("·", tr!("event")),
        LineKind::Operator => ("!", tr!("operator")),
    }
}
