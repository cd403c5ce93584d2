//! What survives a restart: people, domains, accounts and what was done to them.
//!
//! One SQL text for SQLite and PostgreSQL, through sqlx's `Any` driver. Of Wharf it may import `wharf-model` alone.
//! Functions take the [`Store`] first; ids and times are passed in, so nothing here is random or reads a clock.
//!
//! * [`people`]: who signs in to the panel, and which domains are theirs; [`preferences`]: how they want it
//! * [`panel_sessions`]: signed-in browsers
//! * [`passkeys`]: what people sign in with instead of a password
//! * [`domains`]: hosted domains
//! * [`accounts`]: transfer accounts of domains
//! * [`limits`]: what holds for every account of a person or a domain
//! * [`user_sources`]: who is asked about users whom a domain does not know itself
//! * [`deletions`]: what was deleted and can be brought back
//! * [`ssh_keys`]: public keys of accounts; [`links`]: share links of accounts
//! * [`settings`]: what operators set for the whole server
//! * [`tokens`]: bearer tokens of the REST interface
//! * [`bans`], [`rules`]: who is turned away
//! * [`chat`]: messages to and from users
//! * [`audit`]: who did what
//! * [`webhooks`]: addresses that are told what happens
//! * [`together`]: changes that happen all at once or not at all
//! * `error`: [`StoreError`], where a broken constraint becomes the name of a field
//! * `store`, `secret`: the handle, and text that must not reach a log
//! * `columns`: from column values to typed fields

pub mod accounts;
pub mod audit;
pub mod bans;
pub mod chat;
mod columns;
pub mod deletions;
pub mod domains;
mod error;
pub mod limits;
pub mod links;
pub mod panel_sessions;
pub mod passkeys;
pub mod people;
pub mod preferences;
pub mod rules;
mod secret;
pub mod settings;
pub mod ssh_keys;
mod store;
#[cfg(test)]
mod tests;
pub mod together;
pub mod tokens;
pub mod user_sources;
pub mod webhooks;

pub use error::StoreError;
pub use secret::Secret;
pub use store::Store;
