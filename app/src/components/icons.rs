//! Pictures, drawn in the colour of the text around them. All are decoration: the words beside them say it.

use crate::components::erase::Erase;
use leptos::prelude::*;

/// The logo: a mooring bollard on its quay, and the water.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
            <path d="M10.5 3h11a3.5 3.5 0 0 1 0 7H20l1.5 9H25a2 2 0 0 1 0 4H7a2 2 0 0 1 0-4h3.5l1.5-9h-1.5a3.5 3.5 0 0 1 0-7z" />
            <path class="mark-water" d="M3 28.5c2.2-1.8 4.3-1.8 6.5 0s4.3 1.8 6.5 0 4.3-1.8 6.5 0 4.3 1.8 6.5 0" />
        </svg>
    }
    .erase()
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
    .erase()
}

/// What an [`Icon`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// A gauge.
    Overview,
    /// Two arrows, in and out.
    Sessions,
    /// A speech bubble.
    Messages,
    /// A crossed circle.
    Bans,
    /// A globe.
    Domains,
    /// A key.
    Accounts,
    /// A sheet with lines.
    Audit,
    /// Two links of a chain.
    Chain,
    /// Head and shoulders.
    Person,
    /// A window with its bar.
    Window,
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
    /// A folder.
    Folder,
    /// A sheet with a folded corner.
    File,
    /// A landscape.
    Image,
    /// A folder with a plus.
    NewFolder,
    /// An upward arrow from a line.
    Upload,
    /// A pencil.
    Edit,
    /// An arrow into a folder.
    Move,
    /// Two sheets.
    Copy,
    /// A bin.
    Delete,
    /// An eye.
    View,
    /// Lines.
    List,
    /// Four squares.
    Grid,
    /// An arrow to the right, out of a door.
    Leave,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 12.5a6 6 0 1 1 11 0M8 9.5l3-3.5M8 9.5a.8.8 0 1 0 .01 0",
            Self::Sessions => "M2 5.5h10m-3-3 3 3-3 3M14 10.5H4m3-3-3 3 3 3",
            Self::Messages => "M2.5 3.5h11v7.5H7l-3 2.5V11H2.5z",
            Self::Bans => "M8 2.5a5.5 5.5 0 1 0 .01 0M4.2 4.2l7.6 7.6",
            Self::Domains => "M8 2.5a5.5 5.5 0 1 0 .01 0M2.5 8h11M8 2.5c-4 4-4 7 0 11 4-4 4-7 0-11",
            Self::Accounts => "M5.5 13.5a3 3 0 1 0-.01 0M7.7 8.4l5.8-5.9M10.6 5.4l2.2 2.2",
            Self::Audit => "M4 2.5h8v11H4zM6.2 5.5h3.6M6.2 8h3.6M6.2 10.5h2.2",
            Self::Chain => {
                "M7 9a2.6 2.6 0 0 1 0-3.7l2-2a2.6 2.6 0 0 1 3.7 3.7l-1 1M9 7a2.6 2.6 0 0 1 0 3.7l-2 2A2.6 2.6 0 0 1 3.3 9l1-1"
            }
            Self::Person => "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zM2.8 14c.5-2.9 2.6-4.2 5.2-4.2s4.7 1.3 5.2 4.2",
            Self::Window => "M2 3h12v10H2zM2 6h12M4 4.5h.1M6 4.5h.1",
            Self::Locked => "M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
            Self::Unlocked => "M3.5 7.5h9v6h-9zM5.5 7.5V4.5a2.5 2.5 0 0 1 4.9-.6",
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Resume => "M5 3.2v9.6l7.5-4.8z",
            Self::Refresh => "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Export => "M8 2.5v7.5m-3-3 3 3 3-3M3 13.5h10",
            Self::Columns => "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
            Self::Folder => "M2 12.5v-9h4l1.5 2H14v7z",
            Self::File => "M4 2.5h5.5L12 5v8.5H4zM9.5 2.5V5H12",
            Self::Image => "M2.5 3h11v10h-11zM2.5 11l3.5-3.5 3 3 1.5-1.5 3 3M10.5 6.2v.1",
            Self::NewFolder => "M2 12.5v-9h4l1.5 2H14v7zM8 7.2v3.6M6.2 9h3.6",
            Self::Upload => "M8 10V2.5m-3 3 3-3 3 3M3 13.5h10",
            Self::Edit => "M3 13l.6-2.8 7.2-7.2 2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2",
            Self::Move => "M2 12.5v-9h4l1.5 2H14v7zM5.5 9h5m-2-2 2 2-2 2",
            Self::Copy => "M5.5 5.5h7.5v8H5.5zM10.5 5.5v-3H3v8h2.5",
            Self::Delete => "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
            Self::View => "M1.8 8C4.5 3.8 11.5 3.8 14.2 8 11.5 12.2 4.5 12.2 1.8 8zM8 6.2a1.8 1.8 0 1 0 .01 0",
            Self::List => "M2.5 4h.1M5.5 4h8M2.5 8h.1M5.5 8h8M2.5 12h.1M5.5 12h8",
            Self::Grid => "M2.5 2.5h4.5V7H2.5zM9 2.5h4.5V7H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
            Self::Leave => "M9 2.5H3.5v11H9M6.5 8h7m-2.5-2.5L13.5 8 11 10.5",
            Self::Help => "M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.8M8 12.3v.1",
        }
    }
}
