//! Names of files: RFC 959 section 4.1.3 (LIST, NLST, STAT with a path), RFC 3659 section 7 (MLSD, MLST).

use super::{on_path, transfers::check_plan};
use crate::{
    control::{Control, Outcome},
    listing::{self, Facts, Role, Subject},
    reply::Reply,
    transfer::{ListSource, ListStyle, ListWork, Work, file_error},
};
use wharf_vfs::{Entry, FileError, Files, Stat, VPath, ls_line};

/// Lines of STAT with a path: they go over the control connection and are held in memory, so there is an end to them.
const STAT_LINES: usize = 1_000;

pub(super) async fn list(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    over_data(control, files, without_options(argument), ListStyle::Long).await
}

pub(super) async fn nlst(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    over_data(control, files, without_options(argument), ListStyle::Names).await
}

pub(super) async fn mlsd(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    over_data(control, files, argument, ListStyle::Facts).await
}

async fn over_data(control: &Control, files: &Files, argument: &[u8], style: ListStyle) -> Outcome {
    if let Err(reply) = check_plan(control) {
        return reply.into();
    }
    match find(control, files, argument, style).await {
        Ok(list) => Outcome::Transfer(Reply::new(150, "Opening data connection for the listing"), Work::List(list)),
        Err(FileError::NotADirectory) if style == ListStyle::Facts => {
            Reply::new(501, "MLSD is for directories: use MLST").into()
        }
        Err(error) => file_error(&error, 550).into(),
    }
}

/// What an argument names: a directory, one file, or with `*` and `?` in its last part the files that match.
async fn find(control: &Control, files: &Files, argument: &[u8], style: ListStyle) -> Result<ListWork, FileError> {
    let path = control.cwd.resolve(argument)?;
    let facts = control.parameters.facts;
    let work = |source| ListWork { source, style, facts, head: Vec::new(), pattern: None, prefix: Vec::new() };
    match files.stat(&path).await {
        Ok(stat) if stat.is_directory() => {
            let listing = ListSource::Directory(files.list(&path).await?);
            Ok(match style {
                ListStyle::Facts => ListWork { head: surroundings(files, &path, &stat, facts).await, ..work(listing) },
                ListStyle::Names => ListWork { prefix: prefix(argument), ..work(listing) },
                ListStyle::Long => work(listing),
            })
        }
        Ok(_) if style == ListStyle::Facts => Err(FileError::NotADirectory),
        Ok(stat) => Ok(work(ListSource::One(Entry { name: argument.to_vec(), stat }))),
        Err(FileError::NotFound) if style != ListStyle::Facts => {
            let pattern = path.name().filter(|name| name.iter().any(|byte| matches!(byte, b'*' | b'?')));
            let Some(pattern) = pattern.map(<[u8]>::to_vec) else { return Err(FileError::NotFound) };
            let directory = argument.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
            let listing = files.list(&path.parent()).await?;
            let prefix = argument[..directory].to_vec();
            Ok(ListWork { pattern: Some(pattern), prefix, ..work(ListSource::Directory(listing)) })
        }
        Err(error) => Err(error),
    }
}

/// Lines about the directory that is listed and the one above; nothing is above the home.
async fn surroundings(files: &Files, path: &VPath, stat: &Stat, facts: Facts) -> Vec<Vec<u8>> {
    let line =
        |name, stat, role, home| listing::facts_line(&Subject { name, stat, role, home }, files.permissions(), facts);
    let mut lines = vec![line(b".", stat, Role::Listed, path.is_root())];
    if !path.is_root()
        && let Ok(parent) = files.stat(&path.parent()).await
    {
        lines.push(line(b"..", &parent, Role::Parent, path.parent().is_root()));
    }
    lines
}

/// NLST of another directory gives names that can be used as they are.
pub(crate) fn prefix(argument: &[u8]) -> Vec<u8> {
    match argument.last() {
        None => Vec::new(),
        Some(b'/') => argument.to_vec(),
        Some(_) if argument == b"." => Vec::new(),
        Some(_) => [argument, b"/"].concat(),
    }
}

/// Clients send options of `ls` that have no meaning here; every file is shown in any case.
pub(crate) fn without_options(argument: &[u8]) -> &[u8] {
    let mut rest = argument;
    while rest.first() == Some(&b'-') {
        let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
    }
    rest
}

pub(super) async fn mlst(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let argument = if argument.is_empty() { b"." } else { argument };
    let facts = control.parameters.facts;
    on_path(control, files, argument, async move |files, path| {
        let stat = match files.stat(&path).await {
            // Listings show links that lead nowhere, too.
            Err(FileError::NotFound) => files.stat_link(&path).await?,
            stat => stat?,
        };
        let subject = Subject { name: path.as_bytes(), stat: &stat, role: Role::Entry, home: path.is_root() };
        let line = listing::facts_line(&subject, files.permissions(), facts);
        Ok(Reply::list(250, "Facts:", [line], "End"))
    })
    .await
}

pub(super) async fn stat(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let now = control.ftp.core.clock.now();
    on_path(control, files, without_options(argument), async move |files, path| {
        let (code, lines) = stat_lines(files, &path, now).await?;
        Ok(Reply::list(code, "Status:", lines, "End"))
    })
    .await
}

async fn stat_lines(files: &Files, path: &VPath, now: i64) -> Result<(u16, Vec<Vec<u8>>), FileError> {
    let stat = files.stat(path).await?;
    if !stat.is_directory() {
        return Ok((213, vec![ls_line(path.name().unwrap_or(b"/"), &stat, now)]));
    }
    let mut lines = Vec::new();
    let mut listing = files.list(path).await?;
    while let Some(batch) = listing.next_batch().await? {
        lines.extend(batch.iter().map(|entry| ls_line(&entry.name, &entry.stat, now)));
        if lines.len() >= STAT_LINES {
            lines.truncate(STAT_LINES);
            lines.push(b"(there are more: use LIST)".to_vec());
            break;
        }
    }
    Ok((212, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_dropped_and_names_kept() {
        assert_eq!(without_options(b"-la"), b"");
        assert_eq!(without_options(b"-l -a dir name"), b"dir name");
        assert_eq!(without_options(b"a -b"), b"a -b");
    }

    #[test]
    fn names_of_another_directory_can_be_used_as_they_are() {
        assert_eq!(prefix(b""), b"");
        assert_eq!(prefix(b"."), b"");
        assert_eq!(prefix(b"a/b"), b"a/b/");
        assert_eq!(prefix(b"/"), b"/");
    }
}
