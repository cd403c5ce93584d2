//! The pages, each with the server functions it calls.

pub mod not_found;
pub mod overview;
pub mod sessions;
pub mod signin;
