//! What survives a restart: people, domains, accounts and what was done to them.
//!
//! One SQL text for SQLite and PostgreSQL, through sqlx's `Any` driver. Of Wharf it may import `wharf-model` alone.
//! Functions take the [`Store`] first; ids and times are passed in, so nothing here is random or reads a clock.
//!
//! * [`people`]: who signs in to the panel, and which domains are theirs
//! * [`panel_sessions`]: signed-in browsers
//! * [`domains`]: hosted domains
//! * [`accounts`]: transfer accounts of domains
//! * [`tokens`]: bearer tokens of the REST interface
//! * [`audit`]: who did what
//! * `error`: [`StoreError`], where a broken constraint becomes the name of a field
//! * `store`, `secret`: the handle, and text that must not reach a log
//! * `columns`: from column values to typed fields

pub mod accounts;
pub mod audit;
mod columns;
pub mod domains;
mod error;
pub mod panel_sessions;
pub mod people;
mod secret;
mod store;
#[cfg(test)]
mod tests;
pub mod tokens;

pub use error::StoreError;
pub use secret::Secret;
pub use store::Store;
