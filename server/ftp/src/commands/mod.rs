//! What each command does, one file a group. A command takes the connection's state and an argument and says what
//! follows; sending replies and starting transfers is the control loop's business.

mod attributes;
mod data;
mod digests;
mod files;
mod info;
pub(crate) mod listings;
mod login;
mod message;
mod paths;
mod security;
mod site;
mod transfers;

use crate::{
    control::{Control, Outcome, Upcoming},
    reply::Reply,
    transfer::file_error,
};
use wharf_core::accounts::Identity;
use wharf_vfs::{FileError, Files, VPath, digest::Algorithm};

/// A command of the protocol.
struct Command {
    name: &'static str,
    /// What follows the name, as HELP shows it.
    syntax: &'static str,
    /// Whether it works before the login too.
    open: bool,
    /// Whether it is answered while a file moves. The rest waits for the end of the transfer.
    at_once: bool,
}

impl Command {
    const fn new(name: &'static str, syntax: &'static str) -> Self {
        Self { name, syntax, open: false, at_once: false }
    }

    const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    const fn at_once(self) -> Self {
        Self { at_once: true, ..self }
    }
}

/// Every command. docs/ftp.md says more of each.
const COMMANDS: &[Command] = &[
    Command::new("ABOR", "").at_once(),
    Command::new("ACCT", "<account>").open(),
    Command::new("ALLO", "<bytes>"),
    Command::new("APPE", "<file>"),
    Command::new("AUTH", "TLS").open(),
    Command::new("AVBL", "[<directory>]"),
    Command::new("CCC", "").open(),
    Command::new("CDUP", ""),
    Command::new("CLNT", "<name and version>").open(),
    Command::new("CSID", "Name=<name>; Version=<version>;").open(),
    Command::new("CWD", "<directory>"),
    Command::new("DELE", "<file>"),
    Command::new("EPRT", "|<protocol>|<address>|<port>|"),
    Command::new("EPSV", "[1 | 2 | ALL]"),
    Command::new("FEAT", "").open().at_once(),
    Command::new("HASH", "<file>"),
    Command::new("HELP", "[<command>]").open().at_once(),
    Command::new("HOST", "<name of a host>").open(),
    Command::new("LANG", "[EN]").open(),
    Command::new("LIST", "[<directory or file>]"),
    Command::new("MDTM", "<file>"),
    Command::new("MFF", "Modify=<YYYYMMDDHHMMSS>;UNIX.mode=<mode>; <path>"),
    Command::new("MFMT", "<YYYYMMDDHHMMSS> <path>"),
    Command::new("MKD", "<directory>"),
    Command::new("MLSD", "[<directory>]"),
    Command::new("MLST", "[<path>]"),
    Command::new("MODE", "S | Z"),
    Command::new("NLST", "[<directory or file>]"),
    Command::new("NOOP", "").open().at_once(),
    Command::new("OPTS", "<command> [<options>]").open(),
    Command::new("PASS", "<password>").open(),
    Command::new("PASV", ""),
    Command::new("PBSZ", "0").open(),
    Command::new("PORT", "<h1,h2,h3,h4,p1,p2>"),
    Command::new("PROT", "C | P").open(),
    Command::new("PWD", ""),
    Command::new("QUIT", "").open(),
    Command::new("RANG", "<first byte> <last byte>"),
    Command::new("REIN", "").open(),
    Command::new("REST", "<bytes>"),
    Command::new("RETR", "<file>"),
    Command::new("RMD", "<directory>"),
    Command::new("RNFR", "<path>"),
    Command::new("RNTO", "<path>"),
    Command::new("SITE", "<command> [<arguments>]").at_once(),
    Command::new("SIZE", "<file>"),
    Command::new("SMNT", "<path>"),
    Command::new("STAT", "[<path>]").at_once(),
    Command::new("STOR", "<file>"),
    Command::new("STOU", ""),
    Command::new("STRU", "F"),
    Command::new("SYST", "").open().at_once(),
    Command::new("TYPE", "A | I"),
    Command::new("USER", "<login>").open(),
    Command::new("XCRC", "<file> [<begin> [<end>]]"),
    Command::new("XMD5", "<file> [<begin> [<end>]]"),
    Command::new("XSHA1", "<file> [<begin> [<end>]]"),
    Command::new("XSHA256", "<file> [<begin> [<end>]]"),
    Command::new("XSHA512", "<file> [<begin> [<end>]]"),
];

/// Commands that may stand between REST, RANG or ALLO and the transfer they are about.
const PREPARATIONS: &[&str] =
    &["ALLO", "EPRT", "EPSV", "MODE", "NOOP", "OPTS", "PASV", "PORT", "PROT", "RANG", "REST", "STAT", "TYPE"];

/// Commands that use a data connection.
const TRANSFERS: &[&str] = &["APPE", "LIST", "MLSD", "NLST", "RETR", "STOR", "STOU"];

// Old names that still mean a command (RFC 775, RFC 1123 section 4.1.3.1).
const ALIASES: &[(&str, &str)] = &[
    ("XCUP", "CDUP"),
    ("XCWD", "CWD"),
    ("XMKD", "MKD"),
    ("XPWD", "PWD"),
    ("XRMD", "RMD"),
    ("XSHA", "XSHA1"),
    ("BYE", "QUIT"),
];

/// The command's own name, if there is such a command.
pub(crate) fn known(verb: &str) -> Option<&'static str> {
    find(verb).map(|command| command.name)
}

/// Whether the command's argument is a secret.
pub(crate) fn is_secret(verb: &str) -> bool {
    matches!(verb, "PASS" | "ACCT")
}

/// Whether the reply to the command may be given more lines. Clients look into many replies for what they ask (PASV,
/// PWD, SIZE, HASH ..), some of them in the first line and some in the last; of these they read the code and no more.
pub(crate) fn carries_messages(verb: &str) -> bool {
    matches!(verb, "ALLO" | "CDUP" | "CWD" | "DELE" | "MODE" | "NOOP" | "RMD" | "RNTO" | "STRU" | "TYPE")
}

/// Whether the command is answered while a file moves.
pub(crate) fn during_transfer(verb: &str) -> bool {
    find(verb).is_some_and(|command| command.at_once)
}

fn find(verb: &str) -> Option<&'static Command> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == verb).map_or(verb, |(_, name)| name);
    COMMANDS.iter().find(|command| command.name == name)
}

/// Does what `verb`, a name that [`known`] gave, asks for.
pub(crate) async fn execute(control: &mut Control, verb: &str, argument: &[u8]) -> Outcome {
    let Some(identity) = control.login.identity.clone() else {
        return if find(verb).is_some_and(|command| command.open) {
            before_login(control, verb, argument).await
        } else {
            Reply::new(530, "Please log in with USER and PASS").into()
        };
    };
    // RFC 959: RNTO comes right after RNFR, REST right before a transfer.
    if verb != "RNTO" {
        control.rename_from = None;
    }
    let outcome = after_login(control, verb, argument, &identity).await;
    if !PREPARATIONS.contains(&verb) {
        control.upcoming = Upcoming::default();
    }
    // The next one needs a port of its own anyway (RFC 1123 section 4.1.2.6), and a client may wait on the connection it
    // has made already: Net::FTP begins TLS there before it reads the reply.
    if TRANSFERS.contains(&verb) && matches!(outcome, Outcome::Reply(_)) {
        control.plan = None;
    }
    outcome
}

async fn before_login(control: &mut Control, verb: &str, argument: &[u8]) -> Outcome {
    match verb {
        "HOST" => login::host(control, argument).await,
        "USER" => login::user(control, argument).await,
        "PASS" => login::pass(control, argument).await,
        "ACCT" => login::acct(),
        "REIN" => login::rein(control),
        "QUIT" => login::quit(),
        "AUTH" => security::auth(control, argument),
        "PBSZ" => security::pbsz(control, argument),
        "PROT" => security::prot(control, argument),
        "CCC" => security::ccc(control),
        "CLNT" => info::clnt(control, argument),
        "CSID" => info::csid(control, argument),
        "FEAT" => info::feat(control),
        "HELP" => info::help(argument),
        "LANG" => info::lang(argument),
        "OPTS" => info::opts(control, argument),
        "SYST" => info::syst(),
        "NOOP" => info::noop(),
        _ => Reply::new(502, "Command not implemented").into(),
    }
}

async fn after_login(control: &mut Control, verb: &str, argument: &[u8], identity: &Identity) -> Outcome {
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
        "MDTM" => attributes::mdtm(control, files, argument).await,
        "MFMT" => attributes::mfmt(control, files, argument).await,
        "MFF" => attributes::mff(control, files, argument).await,
        "AVBL" => files::avbl(control, files, argument).await,
        "TYPE" => data::type_(control, argument),
        "MODE" => data::mode(control, argument),
        "STRU" => data::stru(argument),
        "PASV" => data::pasv(control, identity),
        "EPSV" => data::epsv(control, identity, argument),
        "PORT" => data::port(control, argument),
        "EPRT" => data::eprt(control, argument),
        "RANG" => transfers::rang(control, argument),
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
        "HASH" => digests::hash(control, files, argument).await,
        "XCRC" => digests::old(control, files, argument, Algorithm::Crc32).await,
        "XMD5" => digests::old(control, files, argument, Algorithm::Md5).await,
        "XSHA1" => digests::old(control, files, argument, Algorithm::Sha1).await,
        "XSHA256" => digests::old(control, files, argument, Algorithm::Sha256).await,
        "XSHA512" => digests::old(control, files, argument, Algorithm::Sha512).await,
        "STAT" if argument.is_empty() => info::stat(control, identity),
        "STAT" => listings::stat(control, files, argument).await,
        "SITE" => site::site(control, identity, argument).await,
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

/// Words between spaces.
fn words(argument: &[u8]) -> impl Iterator<Item = &[u8]> {
    argument.split(|byte| *byte == b' ').filter(|word| !word.is_empty())
}

/// The first word, and what is behind the one space after it.
fn first_word(argument: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = argument.iter().position(|byte| *byte == b' ')?;
    Some((&argument[..space], &argument[space + 1..]))
}

/// A path at the beginning of an argument of several: a word, or a text in double quotes, quotes within doubled. And what
/// is behind it, without spaces at its front.
fn path_word(argument: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = argument.strip_prefix(b"\"") else {
        let end = argument.iter().position(|byte| *byte == b' ').unwrap_or(argument.len());
        return Some((argument[..end].to_vec(), argument[end..].trim_ascii_start()));
    };
    let mut path = Vec::new();
    loop {
        let quote = rest.iter().position(|byte| *byte == b'"')?;
        path.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.first() {
            None => return Some((path, rest)),
            Some(b' ') => return Some((path, rest.trim_ascii_start())),
            Some(b'"') => {
                path.push(b'"');
                rest = &rest[1..];
            }
            Some(_) => return None,
        }
    }
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
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
        for (alias, name) in ALIASES {
            assert_eq!(known(alias), Some(*name));
        }
        assert_eq!(known("EVIL"), None);
        assert!(during_transfer("STAT") && !during_transfer("RETR") && !during_transfer("CWD"));
    }

    #[test]
    fn every_command_is_in_the_documentation() {
        let documentation = include_str!("../../../../docs/ftp.md");
        let site = site::COMMANDS.iter().map(|(name, _)| format!("SITE {name}"));
        for name in COMMANDS.iter().map(|command| command.name.to_owned()).chain(site) {
            assert!(documentation.contains(&format!("\n| `{name}` |")), "{name} has no line in docs/ftp.md");
        }
    }
}
