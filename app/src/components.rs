//! What several pages are made of.

pub mod authenticator;
pub mod crumbs;
pub mod dialog;
pub mod download;
pub mod entry;
pub mod erase;
pub mod form;
pub mod frame;
pub mod icons;
pub mod kpi;
pub mod languages;
pub mod live_state;
pub mod menu;
pub mod password;
pub mod plot;
pub mod storage;
pub mod time;
pub mod toast;
pub mod undo;
