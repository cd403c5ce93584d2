//! Digests of files: draft-bryan-ftpext-hash (HASH, OPTS HASH), and the older XCRC, XMD5 and XSHA of which no draft
//! exists: a path, then where to begin and where to end, both counted from 0, the end not included.

use super::{path_word, transfers::offset, words};
use crate::{
    control::{Control, Outcome, Upcoming},
    digest::{Answer, Work},
    reply::Reply,
    transfer::file_error,
};
use wharf_vfs::{FileError, Files, ReadHandle, digest::Algorithm};

pub(super) async fn hash(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let Upcoming { offset, end, .. } = control.upcoming;
    let file = open(control, files, argument).await.map_err(|error| refusal(&error));
    let file = match file.and_then(|file| part(file, offset, end)) {
        Ok(file) => file,
        Err(reply) => return reply.into(),
    };
    let algorithm = control.parameters.hash;
    // Both ends are meant inclusive, so an empty file has no range that could be told.
    let last = file.size().saturating_sub(1);
    let before = format!("{} {offset}-{last} ", algorithm.name());
    let answer = Answer { code: 213, before, behind: [b" ", argument].concat() };
    Outcome::Digest(Work { file, offset, algorithm, answer })
}

/// Without a name, it is told which algorithm is chosen.
pub(super) fn opts_hash(control: &mut Control, name: Option<&str>) -> Outcome {
    if let Some(name) = name {
        match Algorithm::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name)) {
            Some(algorithm) => control.parameters.hash = algorithm,
            None => return Reply::new(501, "Unknown algorithm, the selection was not changed").into(),
        }
    }
    Reply::new(200, control.parameters.hash.name()).into()
}

/// The line of FEAT, the chosen algorithm marked.
pub(super) fn feature(control: &Control) -> String {
    let names = Algorithm::ALL.map(|algorithm| {
        let mark = if algorithm == control.parameters.hash { "*" } else { "" };
        format!("{}{mark}", algorithm.name())
    });
    format!("HASH {}", names.join(";"))
}

/// XCRC and its kin.
pub(super) async fn old(control: &Control, files: &Files, argument: &[u8], algorithm: Algorithm) -> Outcome {
    let (file, numbers) = match find(control, files, argument).await {
        Ok(found) => found,
        Err(reply) => return reply.into(),
    };
    let range = words(numbers).map(offset).collect::<Option<Vec<_>>>();
    let (start, end) = match range.as_deref() {
        Some([]) => (0, None),
        Some([start]) => (*start, None),
        Some([start, end]) if start <= end => (*start, Some(*end)),
        _ => return Reply::new(501, "A range is where to begin and where to end").into(),
    };
    match part(file, start, end) {
        Ok(file) => {
            let answer = Answer { code: 250, before: String::new(), behind: Vec::new() };
            Outcome::Digest(Work { file, offset: start, algorithm, answer })
        }
        Err(reply) => reply.into(),
    }
}

/// A name may end in numbers and need not be in quotes, so a file of the whole argument's name comes first.
async fn find<'a>(control: &Control, files: &Files, argument: &'a [u8]) -> Result<(ReadHandle, &'a [u8]), Reply> {
    match open(control, files, argument).await {
        Ok(file) => return Ok((file, b"")),
        Err(FileError::NotFound) => {}
        Err(error) => return Err(refusal(&error)),
    }
    let (name, numbers) = if argument.starts_with(b"\"") {
        path_word(argument).ok_or_else(|| Reply::new(501, "The quotes are not closed"))?
    } else {
        let (name, numbers) = behind_name(argument);
        (name.to_vec(), numbers)
    };
    let file = open(control, files, &name).await.map_err(|error| refusal(&error))?;
    Ok((file, numbers))
}

/// Splits off up to two last words that look like numbers.
fn behind_name(argument: &[u8]) -> (&[u8], &[u8]) {
    let mut end = argument.len();
    for _ in 0..2 {
        let Some(space) = argument[..end].iter().rposition(|byte| *byte == b' ') else { break };
        let word = &argument[space + 1..end];
        let digits = word.strip_prefix(b"-").unwrap_or(word);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            break;
        }
        end = space;
    }
    argument.split_at(end)
}

async fn open(control: &Control, files: &Files, name: &[u8]) -> Result<ReadHandle, FileError> {
    if name.is_empty() {
        return Err(FileError::IsADirectory);
    }
    files.open_read(&control.cwd.resolve(name)?).await
}

fn part(file: ReadHandle, start: u64, end: Option<u64>) -> Result<ReadHandle, Reply> {
    if start > file.size() || (start > 0 && start == file.size()) {
        return Err(Reply::new(554, format!("The file ends at {}", file.size())));
    }
    Ok(file.until(end.unwrap_or(u64::MAX)))
}

fn refusal(error: &FileError) -> Reply {
    file_error(error, if matches!(error, FileError::IsADirectory) { 553 } else { 550 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_behind_a_name() {
        for (argument, name, numbers) in [
            ("file", "file", ""),
            ("a file 1", "a file", " 1"),
            ("a file 1 2", "a file", " 1 2"),
            ("a file 0 1 2", "a file 0", " 1 2"),
            ("a file 1 -2", "a file", " 1 -2"),
            ("a file 1x", "a file 1x", ""),
            ("1", "1", ""),
            ("", "", ""),
        ] {
            assert_eq!(behind_name(argument.as_bytes()), (name.as_bytes(), numbers.as_bytes()), "{argument}");
        }
    }
}
