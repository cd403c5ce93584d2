//! SITE, the commands that each server has of its own (RFC 959 section 4.1.3).

use super::{attributes, message, on_path, path_word};
use crate::{
    control::{Control, Outcome},
    line::split,
    reply::Reply,
};
use std::{sync::Arc, time::Duration};
use wharf_core::{accounts::Identity, permits::Scope};
use wharf_model::sessions::SessionRow;
use wharf_vfs::Files;

/// Every SITE command and what follows its name.
pub(super) const COMMANDS: &[(&str, &str)] = &[
    ("CHMOD", "<mode> <path>"),
    ("HELP", "[<command>]"),
    ("IDLE", "[<seconds>]"),
    ("MSG", "<text>"),
    ("SYMLINK", "<target> <link>"),
    ("UTIME", "<YYYYMMDDHHMM[SS]> <path>"),
    ("WHO", ""),
];

/// Lines of SITE WHO, which are held in memory.
const WHO_LINES: usize = 100;

pub(super) async fn site(control: &mut Control, identity: &Identity, argument: &[u8]) -> Outcome {
    let files = &identity.files;
    let (verb, argument) = split(argument);
    match verb.as_str() {
        "CHMOD" => attributes::chmod(control, files, argument).await,
        "HELP" => help(argument),
        "IDLE" => idle(control, identity, argument),
        "MSG" => message::to_operators(control, argument).await,
        "SYMLINK" => symlink(control, files, argument).await,
        "UTIME" => attributes::utime(control, files, argument).await,
        "WHO" => who(control, identity),
        "" => Reply::new(501, "SITE HELP lists the commands").into(),
        _ => Reply::new(504, "There is no such SITE command: SITE HELP lists them").into(),
    }
}

pub(super) fn help(argument: &[u8]) -> Outcome {
    let line = |(name, syntax): &(&str, &str)| format!("SITE {name} {syntax}").trim_end().to_owned();
    if argument.is_empty() {
        let lines = COMMANDS.iter().map(|command| line(command).into_bytes());
        return Reply::list(214, "SITE commands:", lines, "End").into();
    }
    match COMMANDS.iter().find(|(name, _)| argument.eq_ignore_ascii_case(name.as_bytes())) {
        Some(command) => Reply::new(214, format!("Syntax: {}", line(command))).into(),
        None => Reply::new(504, "There is no such SITE command: SITE HELP lists them").into(),
    }
}

fn idle(control: &mut Control, identity: &Identity, argument: &[u8]) -> Outcome {
    let most = control.idle_limit(identity).as_secs();
    if argument.is_empty() {
        let now = control.idle_time(identity).as_secs();
        return Reply::new(200, format!("Idle time is {now} seconds, {most} at most")).into();
    }
    match std::str::from_utf8(argument).ok().and_then(|text| text.parse().ok()) {
        Some(seconds) if (1..=most).contains(&seconds) => {
            control.parameters.idle = Some(Duration::from_secs(seconds));
            Reply::new(200, format!("Idle time is {seconds} seconds")).into()
        }
        _ => Reply::new(501, format!("SITE IDLE takes 1 to {most} seconds")).into(),
    }
}

/// The account's own sessions and nobody else's.
fn who(control: &Control, identity: &Identity) -> Outcome {
    let core = &control.ftp.core;
    let now = core.clock.now();
    let sessions = core.sessions.list(&Scope::Domains(Arc::new([identity.domain_id].into())));
    let own = sessions
        .iter()
        .filter(|session| session.identity().is_some_and(|theirs| theirs.account_id == identity.account_id));
    let lines = own.take(WHO_LINES).map(|session| who_line(&session.row(now)).into_bytes());
    Reply::list(200, "Your sessions:", lines, "End").into()
}

fn who_line(row: &SessionRow) -> String {
    let client = row.client.as_deref().unwrap_or("-");
    let protocol = row.protocol.label(row.secure);
    let doing = match (&row.file, row.done) {
        (Some(file), Some(done)) => format!("{} {file} ({done} bytes)", row.status),
        _ => row.status.clone(),
    };
    format!("{} {protocol} {client}: {doing}", row.ip)
}

/// SITE SYMLINK: two words, or two texts in quotes.
async fn symlink(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let Some((target, link)) = two_paths(argument) else {
        return Reply::new(501, "SITE SYMLINK target link, in quotes where they contain spaces").into();
    };
    on_path(control, files, &link, async move |files, link| {
        // A link is read where it stands, not where the client stands.
        let target = link.parent().resolve(&target)?;
        files.symlink(&target, &link).await?;
        Ok(Reply::new(200, "Link made"))
    })
    .await
}

fn two_paths(argument: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (first, rest) = path_word(argument)?;
    let (second, rest) = path_word(rest)?;
    (!first.is_empty() && !second.is_empty() && rest.is_empty()).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_paths_with_and_without_quotes() {
        let both = |first: &[u8], second: &[u8]| Some((first.to_vec(), second.to_vec()));
        assert_eq!(two_paths(b"a b"), both(b"a", b"b"));
        assert_eq!(two_paths(b"\"a \"\"b\" \"c d\""), both(b"a \"b", b"c d"));
        for bad in ["", "a", "a b c", "\"a b", "\"a\" \"\"", "\"a\"b"] {
            assert_eq!(two_paths(bad.as_bytes()), None, "{bad}");
        }
    }
}
