//! The pages, each with the server functions it calls.

pub mod accounts;
pub mod audit;
pub mod bans;
pub mod deletions;
pub mod domains;
pub mod limits;
pub mod messages;
pub mod not_found;
pub mod overview;
pub mod panel_sessions;
pub mod people;
pub mod profile;
pub mod sessions;
pub mod signin;
pub mod webhooks;
