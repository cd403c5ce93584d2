//! What each command does, one file a group. A command takes the connection's state and an argument and says what
//! follows; sending replies and starting transfers is the control loop's business.

mod data;
mod files;
mod info;
pub(crate) mod listings;
mod login;
mod paths;
mod security;
mod transfers;

use crate::{
    control::{Control, Outcome},
    reply::Reply,
    transfer::file_error,
};
use std::sync::Arc;
use wharf_core::accounts::Identity;
use wharf_vfs::{FileError, Files, VPath};

/// When a command is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Always.
    Always,
    /// After login.
    LoggedIn,
}

/// Every command: its name, when it is allowed, whether it is answered while a file moves. The rest waits for the end
/// of the transfer.
const COMMANDS: &[(&str, When, bool)] = &[
    ("ABOR", When::LoggedIn, true),
    ("ACCT", When::Always, false),
    ("ALLO", When::LoggedIn, false),
    ("APPE", When::LoggedIn, false),
    ("AUTH", When::Always, false),
    ("CCC", When::Always, false),
    ("CDUP", When::LoggedIn, false),
    ("CWD", When::LoggedIn, false),
    ("DELE", When::LoggedIn, false),
    ("EPRT", When::LoggedIn, false),
    ("EPSV", When::LoggedIn, false),
    ("FEAT", When::Always, true),
    ("HELP", When::Always, true),
    ("LIST", When::LoggedIn, false),
    ("MDTM", When::LoggedIn, false),
    ("MFMT", When::LoggedIn, false),
    ("MKD", When::LoggedIn, false),
    ("MLSD", When::LoggedIn, false),
    ("MLST", When::LoggedIn, false),
    ("MODE", When::LoggedIn, false),
    ("NLST", When::LoggedIn, false),
    ("NOOP", When::Always, true),
    ("OPTS", When::Always, false),
    ("PASS", When::Always, false),
    ("PASV", When::LoggedIn, false),
    ("PBSZ", When::Always, false),
    ("PORT", When::LoggedIn, false),
    ("PROT", When::Always, false),
    ("PWD", When::LoggedIn, false),
    ("QUIT", When::Always, false),
    ("REIN", When::Always, false),
    ("REST", When::LoggedIn, false),
    ("RETR", When::LoggedIn, false),
    ("RMD", When::LoggedIn, false),
    ("RNFR", When::LoggedIn, false),
    ("RNTO", When::LoggedIn, false),
    ("SITE", When::LoggedIn, true),
    ("SIZE", When::LoggedIn, false),
    ("SMNT", When::LoggedIn, false),
    ("STAT", When::LoggedIn, true),
    ("STOR", When::LoggedIn, false),
    ("STOU", When::LoggedIn, false),
    ("STRU", When::LoggedIn, false),
    ("SYST", When::Always, true),
    ("TYPE", When::LoggedIn, false),
    ("USER", When::Always, false),
];

/// Old names that still mean a command (RFC 775, RFC 1123 section 4.1.3.1).
const ALIASES: &[(&str, &str)] =
    &[("XCUP", "CDUP"), ("XCWD", "CWD"), ("XMKD", "MKD"), ("XPWD", "PWD"), ("XRMD", "RMD"), ("BYE", "QUIT")];

/// The command's own name, if there is such a command.
pub(crate) fn known(verb: &str) -> Option<&'static str> {
    let verb = ALIASES.iter().find(|(alias, _)| *alias == verb).map_or(verb, |(_, name)| name);
    entry(verb).map(|(name, ..)| *name)
}

/// Whether the command is answered while a file moves.
pub(crate) fn during_transfer(verb: &str) -> bool {
    known(verb).and_then(entry).is_some_and(|(_, _, during)| *during)
}

fn entry(verb: &str) -> Option<&'static (&'static str, When, bool)> {
    COMMANDS.iter().find(|(name, ..)| *name == verb)
}

/// Names of all commands.
fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, ..)| *name)
}

/// Does what `verb`, a name that [`known`] gave, asks for.
pub(crate) async fn execute(control: &mut Control, verb: &str, argument: &[u8]) -> Outcome {
    let needs_login = entry(verb).is_none_or(|(_, when, _)| *when == When::LoggedIn);
    let Some(identity) = control.login.identity.clone() else {
        return if needs_login {
            Reply::new(530, "Please log in with USER and PASS").into()
        } else {
            before_login(control, verb, argument).await
        };
    };
    // RFC 959: RNTO comes right after RNFR, REST right before a transfer.
    if verb != "RNTO" {
        control.rename_from = None;
    }
    let restart = control.restart;
    let outcome = after_login(control, verb, argument, &identity).await;
    let keeps_restart = matches!(verb, "REST" | "PASV" | "EPSV" | "PORT" | "EPRT" | "TYPE" | "ALLO" | "NOOP" | "STAT");
    if !keeps_restart && control.restart == restart {
        control.restart = 0;
    }
    outcome
}

async fn before_login(control: &mut Control, verb: &str, argument: &[u8]) -> Outcome {
    match verb {
        "USER" => login::user(control, argument),
        "PASS" => login::pass(control, argument).await,
        "ACCT" => login::acct(),
        "REIN" => login::rein(control),
        "QUIT" => login::quit(),
        "AUTH" => security::auth(control, argument),
        "PBSZ" => security::pbsz(control, argument),
        "PROT" => security::prot(control, argument),
        "CCC" => security::ccc(control),
        "FEAT" => info::feat(control),
        "HELP" => info::help(argument),
        "OPTS" => info::opts(control, argument),
        "SYST" => info::syst(),
        _ => info::noop(),
    }
}

async fn after_login(control: &mut Control, verb: &str, argument: &[u8], identity: &Arc<Identity>) -> Outcome {
    let files = &identity.files;
    match verb {
        "PWD" => paths::pwd(control),
        "CWD" => paths::cwd(control, files, argument).await,
        "CDUP" => paths::cwd(control, files, b"..").await,
        "MKD" => paths::mkd(control, files, argument).await,
        "RMD" => paths::rmd(control, files, argument).await,
        "DELE" => files::dele(control, files, argument).await,
        "RNFR" => files::rnfr(control, files, argument).await,
        "RNTO" => files::rnto(control, files, argument).await,
        "SIZE" => files::size(control, files, argument).await,
        "MDTM" => files::mdtm(control, files, argument).await,
        "MFMT" => files::mfmt(control, files, argument).await,
        "TYPE" => data::type_(control, argument),
        "MODE" => data::mode(argument),
        "STRU" => data::stru(argument),
        "PASV" => data::pasv(control),
        "EPSV" => data::epsv(control, argument),
        "PORT" => data::port(control, argument),
        "EPRT" => data::eprt(control, argument),
        "REST" => transfers::rest(control, argument),
        "ALLO" => transfers::allo(control, argument),
        "RETR" => transfers::retr(control, files, argument).await,
        "STOR" => transfers::stor(control, files, argument).await,
        "APPE" => transfers::appe(control, files, argument).await,
        "STOU" => transfers::stou(control, files).await,
        "ABOR" => Outcome::Abort,
        "LIST" => listings::list(control, files, argument).await,
        "NLST" => listings::nlst(control, files, argument).await,
        "MLSD" => listings::mlsd(control, files, argument).await,
        "MLST" => listings::mlst(control, files, argument).await,
        "STAT" if argument.is_empty() => info::stat(control, identity),
        "STAT" => listings::stat(control, files, argument).await,
        "SMNT" => Reply::new(502, "SMNT is not implemented").into(),
        "SITE" => info::site(argument),
        verb => before_login(control, verb, argument).await,
    }
}

/// The path a command names, or the reply that says what is wrong with it.
fn path(control: &Control, argument: &[u8]) -> Result<VPath, Reply> {
    if argument.is_empty() {
        return Err(Reply::new(501, "A path is needed"));
    }
    control.cwd.resolve(argument).map_err(|error| file_error(&error, 550))
}

/// Runs a file operation on the path a command names. What `operation` says is the reply, and its errors are 550 where
/// nothing fits better.
async fn on_path<F>(control: &Control, files: &Files, argument: &[u8], operation: F) -> Outcome
where
    F: AsyncFnOnce(&Files, VPath) -> Result<Reply, FileError>,
{
    let path = match path(control, argument) {
        Ok(path) => path,
        Err(reply) => return reply.into(),
    };
    operation(files, path).await.unwrap_or_else(|error| file_error(&error, 550)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_aliases_lead_to_them() {
        assert!(COMMANDS.is_sorted_by_key(|(name, ..)| *name));
        for (alias, name) in ALIASES {
            assert_eq!(known(alias), Some(*name));
        }
        assert_eq!(known("EVIL"), None);
        assert!(during_transfer("STAT") && !during_transfer("RETR") && !during_transfer("CWD"));
    }
}
