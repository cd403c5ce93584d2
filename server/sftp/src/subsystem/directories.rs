//! OPENDIR and READDIR. A directory is read as the client asks for more, so it may have any number of entries.

use super::{
    answer::{Context, Done, Outcome, Refusal},
    handles::Open,
};
use crate::packet::{
    Attributes,
    reply::{self, Code, Name},
};
use std::collections::VecDeque;
use wharf_vfs::{Entry, Listing, VPath, ls_line};

/// Bytes of names in one answer: what every client has room for (section 3 of the draft wants 34000).
const ANSWER: usize = 32 * 1024;

/// A directory that is being read.
pub(super) struct Directory {
    pub(super) path: VPath,
    listing: Listing,
    /// Read from the disk and not told yet.
    entries: VecDeque<Entry>,
    /// When it was opened, for the dates.
    now: i64,
}

pub(super) async fn open(context: &Context, path: VPath) -> Outcome {
    let listing = context.files().list_links(&path).await?;
    context.session.set_cwd(path.to_string());
    let directory = Directory { path, listing, entries: VecDeque::new(), now: context.session.now() };
    Ok(Done::Opened(Open::Directory(Some(Box::new(directory)))))
}

/// The next names.
pub(super) async fn read(directory: &mut Directory) -> Outcome {
    let (mut names, mut bytes) = (Vec::new(), 0);
    loop {
        while let Some(entry) = directory.entries.pop_front() {
            let name = described(entry, directory.now);
            bytes += name.filename.len() + name.long.len() + 40;
            names.push(name);
            if bytes >= ANSWER {
                return Ok(told(names));
            }
        }
        match directory.listing.next_batch().await? {
            Some(mut batch) => {
                // Most directories are one batch, so most listings are sorted.
                batch.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                directory.entries = batch.into();
            }
            None if names.is_empty() => return Err(Refusal::new(Code::Eof, "End of directory")),
            None => return Ok(told(names)),
        }
    }
}

fn told(names: Vec<Name>) -> Done {
    Done::answer(move |out, id| reply::names(out, id, &names))
}

fn described(Entry { name, stat }: Entry, now: i64) -> Name {
    Name { long: ls_line(&name, &stat, now), attributes: Attributes::from(&stat), filename: name }
}
