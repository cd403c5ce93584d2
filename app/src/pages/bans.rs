//! Bans and IP rules.

pub mod server;
