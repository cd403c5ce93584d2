//! The server functions of the file client. They live under a prefix of their own, which the panel's listener does not
//! serve.
//!
//! * [`signing`]: signing in and out, who is signed in
//! * [`folders`]: what is in a folder, and changing it
//! * [`texts`]: files as text
//! * [`links`]: share links of the account
//! * [`sessions`]: messages, and the other sessions of the account

pub mod folders;
pub mod links;
pub mod sessions;
pub mod signing;
pub mod texts;

#[cfg(feature = "ssr")]
use wharf_core::http_sessions::HttpSession;

/// Shows operators what the user does: the verb in the live table, the whole in the log.
#[cfg(feature = "ssr")]
fn did(session: &HttpSession, verb: &'static str, what: &str) {
    session.command(verb, true);
    session.note(wharf_model::logs::LineKind::Command, &format!("{verb} {what}"));
}
