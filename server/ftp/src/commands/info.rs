//! About the server: RFC 959 (SYST, STAT, HELP, NOOP, SITE), RFC 2389 (FEAT, OPTS), RFC 3659 section 7.9 (OPTS MLST).

use crate::{
    control::{Control, Outcome},
    listing::Facts,
    reply::Reply,
    stream::ControlStream,
};
use wharf_core::accounts::Identity;

/// What FEAT lists, one line each, besides the facts of MLST.
const FEATURES: &[&str] =
    &["AUTH TLS", "CCC", "EPRT", "EPSV", "MDTM", "MFMT", "PBSZ", "PROT", "REST STREAM", "SIZE", "TVFS", "UTF8"];

pub(super) fn feat(control: &Control) -> Outcome {
    let mlst = format!("MLST {}", control.facts.marked());
    let lines = FEATURES.iter().copied().chain([mlst.as_str()]).map(|line| line.as_bytes().to_vec());
    Reply::list(211, "Extensions supported:", lines, "End").into()
}

pub(super) fn help(argument: &[u8]) -> Outcome {
    if !argument.is_empty() {
        let verb = String::from_utf8_lossy(argument).to_ascii_uppercase();
        return match super::known(&verb) {
            Some(verb) => Reply::new(214, format!("{verb} is supported")).into(),
            None => Reply::new(502, "There is no such command").into(),
        };
    }
    let names: Vec<_> = super::names().collect();
    let lines = names.chunks(8).map(|names| names.join(" ").into_bytes());
    Reply::list(214, "Commands:", lines, "End").into()
}

pub(super) fn opts(control: &mut Control, argument: &[u8]) -> Outcome {
    let argument = String::from_utf8_lossy(argument).to_ascii_uppercase();
    match argument.split_whitespace().collect::<Vec<_>>()[..] {
        ["UTF8" | "UTF-8", "ON"] | ["UTF8" | "UTF-8"] => Reply::new(200, "Names are UTF-8").into(),
        ["UTF8" | "UTF-8", "OFF"] => Reply::new(504, "Names are UTF-8 always").into(),
        ["MLST", ref facts @ ..] => {
            control.facts = Facts::chosen(facts.first().copied().unwrap_or_default());
            Reply::new(200, format!("MLST OPTS {}", control.facts.names()).trim_end()).into()
        }
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

pub(super) fn site(argument: &[u8]) -> Outcome {
    if argument.eq_ignore_ascii_case(b"HELP") {
        return Reply::list(214, "SITE commands:", [b"HELP".to_vec()], "End").into();
    }
    Reply::new(504, "There is no such SITE command: SITE HELP lists them").into()
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
        format!("TYPE {}, MODE S, STRU F", if control.ascii { "A" } else { "I" }),
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
