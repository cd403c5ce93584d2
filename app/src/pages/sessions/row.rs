//! One row of the table. Cells that move read the moving numbers, the others the facts, so that a tick of the speed
//! touches three texts and not fifteen.

use super::{state::use_page, table::Placed};
use crate::{
    components::{
        erase::Erase,
        icons::{Glyph, Icon},
        time::Time,
    },
    format,
    live::LiveRow,
    pages::messages::inbox::use_inbox,
    tr, words,
};
use leptos::{ev, prelude::*};
use wharf_model::{
    ids::SessionId,
    sessions::{Direction, Progress, SessionRow, SessionState, UserType},
};

/// The row.
#[component]
pub fn SessionTableRow(
    /// Its signals.
    row: LiveRow,
    /// The rows in the document, for its number.
    visible: Memo<Vec<Placed>>,
    /// The first of them, which takes the keyboard when no row has it.
    first: Memo<Option<SessionId>>,
) -> impl IntoView {
    let page = use_page();
    let (id, serial) = (row.id, row.serial);
    let facts: RwSignal<SessionRow> = row.facts.into();
    let moving: RwSignal<Progress> = row.moving.into();
    let ended: RwSignal<bool> = row.ended.into();
    let selected = Memo::new(move |_| page.selected.read().contains(&id));
    let number = Memo::new(move |_| {
        visible.with(|visible| visible.iter().find(|(_, row)| row.serial == serial).map(|(number, _)| number + 2))
    });
    let tab = move || {
        let on_it = page.cursor.get().or(first.get()) == Some(id);
        if on_it { "0" } else { "-1" }
    };
    let idle = move || {
        let now = page.clock.now();
        let moving = moving.read();
        let busy = moving.state == SessionState::Transferring;
        format::duration(if busy { 0 } else { now - moving.last_active })
    };
    let check = move |event: ev::MouseEvent| {
        if event.shift_key() {
            event.prevent_default();
            page.select_range(id);
        }
    };
    view! {
        <tr
            class="session"
            class:selected=selected
            class:open=move || page.drawer.read().as_ref().is_some_and(|open| open.serial == serial)
            class:ended=ended
            class:moving=move || facts.read().direction.is_some()
            role="row"
            tabindex=tab
            aria-rowindex=number
            data-testid="session-row"
            data-id=id.to_string()
            data-login=fact(facts, |row| row.login.as_deref())
            on:focusin=move |_| page.cursor.set(Some(id))
            on:dblclick=move |_| page.open(id)
        >
            <td role="cell" data-col="check">
                <input
                    type="checkbox"
                    data-testid="row-check"
                    aria-label=move || tr!("Select {}", name(&facts.read()))
                    prop:checked=selected
                    on:click=check
                    on:change:target=move |event| page.select(id, event.target().checked())
                />
            </td>
            <td role="cell" data-col="type">
                <TypeMark kind=Signal::derive(move || facts.read().user_type) />
            </td>
            <td role="cell" data-col="status">
                <Status facts moving />
            </td>
            <td role="cell" data-col="login" title=fact(facts, |row| row.login.as_deref())>
                {fact(facts, |row| Some(row.login.as_deref().unwrap_or("–")))}
                <Unread id />
            </td>
            <td role="cell" data-col="domain" title=fact(facts, |row| row.domain.as_deref())>
                {fact(facts, |row| row.domain.as_deref())}
            </td>
            <td role="cell" data-col="protocol">
                <Protocol facts />
            </td>
            <td role="cell" data-col="location" title=fact(facts, |row| row.cwd.as_deref())>
                {fact(facts, |row| row.cwd.as_deref())}
            </td>
            <td role="cell" data-col="file" title=fact(facts, |row| row.file.as_deref())>
                {move || facts.read().file.as_deref().map(|file| view! { <Middle text=file.to_owned() /> })}
            </td>
            <td role="cell" data-col="speed">
                <Speed facts moving />
            </td>
            <td role="cell" data-col="progress">
                <ProgressBar facts moving />
            </td>
            <td role="cell" data-col="ip" title=fact(facts, |row| Some(&row.ip))>
                {fact(facts, |row| Some(&row.ip))}
            </td>
            <td role="cell" data-col="logon">
                <Time at=Signal::derive(move || facts.read().logon_time) />
            </td>
            <td role="cell" data-col="idle">
                {idle}
            </td>
            <td role="cell" data-col="in">
                {figure(moving, |moving| format::size(moving.bytes_in))}
            </td>
            <td role="cell" data-col="out">
                {figure(moving, |moving| format::size(moving.bytes_out))}
            </td>
        </tr>
    }
    .erase()
}

/// How many messages of the user nobody has read.
#[component]
fn Unread(id: SessionId) -> impl IntoView {
    let inbox = use_inbox();
    let unread = Memo::new(move |_| inbox.of(id));
    move || {
        let unread = unread.get();
        (unread > 0).then(|| {
            view! {
                <span class="badge" data-testid="row-unread">
                    {unread}
                    <span class="hidden">{tr!(" unread")}</span>
                </span>
            }
        })
    }
}

/// A text of the row. One closure type for all of them: what leptos generates for a reactive text it generates once.
pub fn fact(
    facts: RwSignal<SessionRow>,
    read: fn(&SessionRow) -> Option<&str>,
) -> impl Fn() -> Option<String> + Copy + Send + Sync + 'static {
    move || read(&facts.read()).map(str::to_owned)
}

/// A moving number of the row, as text; one closure type, as with [`fact`].
pub fn figure(
    moving: RwSignal<Progress>,
    read: fn(&Progress) -> String,
) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    move || read(&moving.read())
}

/// What a session is called where one name is needed.
pub fn name(row: &SessionRow) -> String {
    tr!("{} from {}", row.login.as_deref().unwrap_or(tr!("logging in")), row.ip)
}

/// The kind of user, with its colour.
#[component]
pub fn TypeMark(
    /// Which.
    kind: Signal<UserType>,
) -> impl IntoView {
    view! {
        <span class="type-mark" data-type=move || type_word(kind.get())></span>
        {move || words::text(kind.get().label())}
    }
    .erase()
}

fn type_word(kind: UserType) -> &'static str {
    match kind {
        UserType::None => "none",
        UserType::WebsiteAdministrator => "admin",
        UserType::WebUser => "web",
        UserType::SubAccount => "sub",
        UserType::MailboxOwner => "mail",
        UserType::Anonymous => "anonymous",
        UserType::NotRegistered => "external",
        UserType::ShareLink => "link",
    }
}

/// The last command, and a dot that says whether it is at work.
#[component]
pub fn Status(
    /// The row.
    facts: RwSignal<SessionRow>,
    /// Its moving numbers.
    moving: RwSignal<Progress>,
) -> impl IntoView {
    let state = Memo::new(move |_| moving.read().state);
    view! {
        <span class="status" data-state=move || state_word(state.get())>
            {move || words::word(&facts.read().status)}
            {move || match state.get() {
                SessionState::Stalled => Some(tr!(" stalled")),
                SessionState::Ending => Some(tr!(" ending")),
                _ => None,
            }}
        </span>
    }
    .erase()
}

fn state_word(state: SessionState) -> &'static str {
    match state {
        SessionState::Authenticating => "authenticating",
        SessionState::Idle => "idle",
        SessionState::Transferring => "transferring",
        SessionState::Stalled => "stalled",
        SessionState::Ending => "ending",
    }
}

/// The protocol and whether it is encrypted.
#[component]
pub fn Protocol(
    /// The row.
    facts: RwSignal<SessionRow>,
) -> impl IntoView {
    let secure = Memo::new(move |_| facts.read().secure);
    move || {
        let (class, glyph, word) = if secure.get() {
            ("lock", Glyph::Locked, tr!("encrypted"))
        } else {
            ("lock open", Glyph::Unlocked, tr!("not encrypted"))
        };
        view! {
            <span class=class title=word>
                <Icon glyph />
                <span class="hidden">{word} " "</span>
            </span>
            {fact(facts, |row| Some(row.protocol.label(row.secure)))}
        }
    }
}

/// A text that loses its middle when there is no room: names differ at their ends.
#[component]
pub fn Middle(
    /// The text.
    text: String,
) -> impl IntoView {
    const TAIL: usize = 9;
    let cut = text.char_indices().rev().nth(TAIL - 1).map_or(0, |(index, _)| index);
    let mut head = text;
    let tail = head.split_off(cut);
    view! {
        <span class="middle">
            <span class="middle-head">{head}</span>
            <span class="middle-tail">{tail}</span>
        </span>
    }
    .erase()
}

/// The way a file goes: an arrow, and a word for who cannot see it.
#[component]
pub fn Arrow(
    /// Which way.
    direction: Direction,
) -> impl IntoView {
    let (arrow, class, word) = match direction {
        Direction::Download => ("↓", "arrow down", tr!("download ")),
        Direction::Upload => ("↑", "arrow up", tr!("upload ")),
    };
    view! {
        <span class=class aria-hidden="true">
            {arrow}
        </span>
        <span class="hidden">{word}</span>
    }
    .erase()
}

#[component]
fn Speed(facts: RwSignal<SessionRow>, moving: RwSignal<Progress>) -> impl IntoView {
    let direction = Memo::new(move |_| facts.read().direction);
    let parts = Memo::new(move |_| moving.read().speed.map(format::size_parts));
    view! {
        {move || direction.get().map(|direction| view! { <Arrow direction /> })}
        <span>{move || parts.get().map(|(value, _)| value)}</span>
        <small>{move || parts.get().map(|(_, unit)| format!(" {unit}/s"))}</small>
    }
    .erase()
}

#[component]
fn ProgressBar(facts: RwSignal<SessionRow>, moving: RwSignal<Progress>) -> impl IntoView {
    let direction = Memo::new(move |_| facts.read().direction);
    let share = Memo::new(move |_| moving.read().progress);
    let text = Memo::new(move |_| {
        let moving = moving.read();
        match (moving.progress, moving.done) {
            (Some(progress), _) => format::percent(progress),
            (None, Some(done)) => format::size(done),
            (None, None) => String::new(),
        }
    });
    move || direction.get().map(|direction| view! { <Bar direction share text /> })
}

/// A bar and the number beside it; without a share it only says that something moves.
#[component]
pub fn Bar(
    /// For the colour.
    direction: Direction,
    /// 0 to 100.
    #[prop(into)]
    share: Signal<Option<f32>>,
    /// The number.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let class = match direction {
        Direction::Download => "bar down",
        Direction::Upload => "bar up",
    };
    view! {
        <progress class=class max="100" value=move || share.get().map(|share| format!("{share:.1}")) aria-label=tr!("Progress")></progress>
        <span class="bar-text">{text}</span>
    }
    .erase()
}
