//! Pictures, drawn in the colour of the text around them. All are decoration: the words beside them say it.

use leptos::prelude::*;

/// The logo: a mooring bollard with a line round it.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
            <path class="mark-post" d="M9 5h14a3 3 0 0 1 0 6h-2v13H11V11H9a3 3 0 0 1 0-6z" />
            <path class="mark-quay" d="M4 24h24v3H4z" />
            <path class="mark-line" d="M10 16.5c5 3 9 3 12 0 3-2.5 5-1.5 6.5 1" fill="none" stroke-width="2.5" stroke-linecap="round" />
        </svg>
    }
    .into_any()
}

/// A line drawing of 16 by 16.
#[component]
pub fn Icon(
    /// Which.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=glyph.path() />
        </svg>
    }
    .into_any()
}

/// What an [`Icon`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// A gauge.
    Overview,
    /// Two arrows, in and out.
    Sessions,
    /// Head and shoulders.
    Person,
    /// A closed padlock.
    Locked,
    /// An open padlock.
    Unlocked,
    /// Two bars.
    Pause,
    /// A triangle.
    Resume,
    /// A circular arrow.
    Refresh,
    /// An x.
    Close,
    /// A downward arrow onto a line.
    Export,
    /// Three columns.
    Columns,
    /// A question mark.
    Help,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 12.500a6 6 0 1 1 11 0M8 9.500l3-3.500M8 9.500a.8.8 0 1 0 .01 0",
            Self::Sessions => "M2 5.500h10m-3-3 3 3-3 3M14 10.500H4m3-3-3 3 3 3",
            Self::Person => "M8 8a2.8 2.8 0 1 0 0-5.600A2.8 2.8 0 0 0 8 8zM2.8 14c.5-2.9 2.6-4.2 5.2-4.200s4.7 1.3 5.2 4.2",
            Self::Locked => "M3.5 7.500h9v6h-9zM5.5 7.500V5a2.5 2.5 0 0 1 5 0v2.5",
            Self::Unlocked => "M3.5 7.500h9v6h-9zM5.5 7.500V4.500a2.5 2.5 0 0 1 4.9-.6",
            Self::Pause => "M5.5 3.500v9M10.5 3.500v9",
            Self::Resume => "M5 3.200v9.600l7.5-4.800z",
            Self::Refresh => "M13 8a5 5 0 1 1-1.5-3.600M13 2.500v3h-3",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Export => "M8 2.500v7.500m-3-3 3 3 3-3M3 13.500h10",
            Self::Columns => "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
            Self::Help => "M5.8 6a2.2 2.2 0 1 1 3.3 1.900c-.8.5-1.1.9-1.1 1.800M8 12.300v.1",
        }
    }
}
