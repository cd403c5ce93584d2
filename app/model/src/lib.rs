//! The words the server and the browser both speak.
//!
//! Plain data with serde and nothing else: no I/O, no clock, no framework. It is compiled into the server and into
//! the WebAssembly frontend, so every type here is also the shape on the wire. Integers have a fixed width, times
//! are milliseconds since the Unix epoch in UTC, sizes are bytes, rates are bytes per second.
//!
//! * [`ids`]: identifiers, UUIDv7 written as text
//! * [`sessions`]: the session row and its detail
//! * [`kicks`]: ending sessions: orders, previews, receipts
//! * [`bans`], [`rules`]: who is turned away; [`addresses`]: how addresses are written
//! * [`logs`]: session logs
//! * [`chat`]: messages to and from users
//! * [`audit`]: what operators did
//! * [`live`]: frames of the live socket
//! * [`accounts`]: domains' transfer accounts, their permissions and limits
//! * [`limits`]: where limits are set, and which hold
//! * [`domains`]: hosted domains
//! * [`overview`]: what an operator has, and what of it wants looking after
//! * [`user_sources`]: users whom a domain does not know itself; [`anonymous`]: users whom nobody knows
//! * [`deletions`]: what was deleted and can be brought back
//! * [`ssh_keys`]: the keys they log in with
//! * [`people`]: who signs in to the panel, roles and what each may do
//! * [`panel_sessions`], [`panel_settings`]: signed-in browsers, and how long they stay so
//! * [`passkeys`]: what people sign in with instead of a password
//! * [`languages`]: the panel's languages, and what people choose of them
//! * [`tokens`]: bearer tokens of the REST interface
//! * [`webhooks`]: addresses that are told what happens
//! * [`files`]: what the file client and its server tell each other; [`links`]: share links

pub mod accounts;
pub mod addresses;
pub mod anonymous;
pub mod audit;
pub mod bans;
pub mod chat;
pub mod deletions;
pub mod domains;
pub mod files;
pub mod ids;
pub mod kicks;
pub mod languages;
pub mod limits;
pub mod links;
pub mod live;
pub mod logs;
pub mod overview;
pub mod panel_sessions;
pub mod panel_settings;
pub mod passkeys;
pub mod people;
pub mod rules;
pub mod sessions;
pub mod ssh_keys;
pub mod tokens;
pub mod user_sources;
pub mod webhooks;
