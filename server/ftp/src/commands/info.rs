//! About the server and the client: RFC 959 (SYST, STAT, HELP, NOOP), RFC 2389 (FEAT, OPTS), RFC 2640 (LANG), RFC 3659
//! section 7.9 (OPTS MLST); CLNT and CSID, by which clients tell their names.

use crate::{
    control::{Control, Outcome},
    listing::Facts,
    reply::Reply,
    stream::ControlStream,
};
use wharf_core::accounts::Identity;
use wharf_vfs::printable;

/// What FEAT lists, one line each, besides what depends on the session.
const FEATURES: &[&str] = &[
    "AUTH TLS",
    "AVBL",
    "CCC",
    "CLNT",
    "CSID",
    "EPRT",
    "EPSV",
    "HOST",
    "LANG EN*",
    "MDTM",
    "MFF Modify;UNIX.mode;",
    "MFMT",
    "MODE Z",
    "PBSZ",
    "PROT",
    "RANG STREAM",
    "REST STREAM",
    "SIZE",
    "TVFS",
    "UTF8",
    "XCRC",
    "XMD5",
    "XSHA1",
    "XSHA256",
    "XSHA512",
];
/// Characters of a client's name that are kept.
const CLIENT_MOST: usize = 64;

pub(super) fn feat(control: &Control) -> Outcome {
    let mlst = format!("MLST {}", control.parameters.facts.marked());
    let hash = super::digests::feature(control);
    let lines = FEATURES.iter().copied().chain([hash.as_str(), mlst.as_str()]).map(|line| line.as_bytes().to_vec());
    Reply::list(211, "Extensions supported:", lines, "End").into()
}

pub(super) fn help(argument: &[u8]) -> Outcome {
    if argument.is_empty() {
        let names: Vec<_> = super::COMMANDS.iter().map(|command| command.name).collect();
        let lines = names.chunks(8).map(|names| names.join(" ").into_bytes());
        return Reply::list(214, "Commands:", lines, "HELP <command> shows its syntax").into();
    }
    let verb = String::from_utf8_lossy(argument).to_ascii_uppercase();
    match super::find(&verb) {
        Some(command) if command.name == "SITE" => super::site::help(b""),
        Some(command) => Reply::new(214, format!("Syntax: {} {}", command.name, command.syntax).trim_end()).into(),
        None => Reply::new(502, "There is no such command").into(),
    }
}

pub(super) fn clnt(control: &Control, argument: &[u8]) -> Outcome {
    if set_client(control, argument) {
        Reply::new(200, "Noted").into()
    } else {
        Reply::new(501, "CLNT takes the client's name").into()
    }
}

/// False for a name without any characters.
fn set_client(control: &Control, name: &[u8]) -> bool {
    let name = printable(name.trim_ascii());
    if !name.is_empty() {
        control.session.set_client(name.chars().take(CLIENT_MOST).collect());
    }
    !name.is_empty()
}

/// The client says who it is in facts, and is told about the server in facts. What is not said is the version, which
/// helps strangers more than clients.
pub(super) fn csid(control: &Control, argument: &[u8]) -> Outcome {
    let value = |name: &str| {
        let facts = argument.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let mut values = facts.filter_map(|fact| {
            let (key, value) = fact.split_at_checked(name.len())?;
            value.strip_prefix(b"=").filter(|_| key.eq_ignore_ascii_case(name.as_bytes()))
        });
        values.next()
    };
    let client = value("Name").map(|name| [name, value("Version").unwrap_or_default()].join(&b' '));
    if client.is_some_and(|client| set_client(control, &client)) {
        Reply::new(200, "Name=Wharf; OS=Linux; CaseSensitive=1; DirSep=/;").into()
    } else {
        Reply::new(501, "CSID Name=name; Version=version;").into()
    }
}

/// Replies are in English, whatever its region (RFC 2640 section 4.1).
pub(super) fn lang(argument: &[u8]) -> Outcome {
    let language = argument.split(|byte| *byte == b'-').next().unwrap_or_default();
    match language.to_ascii_uppercase().as_slice() {
        b"" | b"EN" => Reply::new(200, "Replies are in EN").into(),
        _ => Reply::new(504, "EN is the only language").into(),
    }
}

pub(super) fn opts(control: &mut Control, argument: &[u8]) -> Outcome {
    let argument = String::from_utf8_lossy(argument).to_ascii_uppercase();
    match argument.split_whitespace().collect::<Vec<_>>()[..] {
        ["UTF8" | "UTF-8", "ON"] | ["UTF8" | "UTF-8"] => Reply::new(200, "Names are UTF-8").into(),
        ["UTF8" | "UTF-8", "OFF"] => Reply::new(504, "Names are UTF-8 always").into(),
        ["MLST", ref facts @ ..] => {
            control.parameters.facts = Facts::chosen(facts.first().copied().unwrap_or_default());
            Reply::new(200, format!("MLST OPTS {}", control.parameters.facts.names()).trim_end()).into()
        }
        ["MODE", "Z", ref options @ ..] => super::data::opts_mode_z(control, options),
        ["HASH"] => super::digests::opts_hash(control, None),
        ["HASH", name] => super::digests::opts_hash(control, Some(name)),
        [] => Reply::new(501, "An option is needed").into(),
        _ => Reply::new(501, "There is no such option").into(),
    }
}

pub(super) fn syst() -> Outcome {
    Reply::new(215, "UNIX Type: L8").into()
}

pub(super) fn noop() -> Outcome {
    Reply::new(200, "OK").into()
}

/// What the server knows of this session, also while a file moves (RFC 959 section 4.1.3).
pub(super) fn stat(control: &Control, identity: &Identity) -> Outcome {
    let row = control.session.row(control.ftp.core.clock.now());
    let mut lines = vec![
        format!("Logged in as {} of {}", identity.login, identity.domain_name),
        format!("Connected from {}", row.ip),
        match &control.stream {
            ControlStream::Tls(_) => "Control connection encrypted".to_owned(),
            _ => "Control connection in clear".to_owned(),
        },
        format!("Data connections {}", if control.protect { "encrypted" } else { "in clear" }),
        format!(
            "TYPE {}, MODE {}, STRU F",
            if control.parameters.ascii { "A" } else { "I" },
            if control.parameters.deflate { "Z" } else { "S" }
        ),
    ];
    if let (Some(file), Some(done)) = (&row.file, row.done) {
        let of = row.total.map_or(String::new(), |total| format!(" of {total}"));
        lines.push(format!("Transferring {file}: {done}{of} bytes"));
    }
    if let (used, Some(limit)) = identity.quota() {
        lines.push(format!("Quota: {used} of {limit} bytes used"));
    }
    let code = if control.is_transferring() { 213 } else { 211 };
    Reply::list(code, "Status:", lines.into_iter().map(String::into_bytes), "End").into()
}
