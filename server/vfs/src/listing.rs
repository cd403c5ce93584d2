//! Directories, read in batches.

use rustix::fd::OwnedFd;
use rustix::fs::{Dir, OFlags};

use crate::blocking;
use crate::error::FileError;
use crate::jail::Jail;
use crate::parts;
use crate::path::{VPath, is_unusable};
use crate::stat::{FileKind, Stat};

/// Entries in one batch at most.
const BATCH: usize = 512;

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Bytes; not necessarily UTF-8, but without control characters.
    pub name: Vec<u8>,
    /// Its facts. Where links are followed, one that leads to something in the home has the facts of that.
    pub stat: Stat,
}

/// A directory that is being read. Memory stays flat however many entries there are.
///
/// Parts are left out, and names with control characters: no path can name those, and they could forge lines.
pub struct Listing {
    /// None while a batch is being read, and after the end.
    reader: Option<Reader>,
    /// All there is, where nothing is read.
    one: Option<Entry>,
    ended: bool,
}

struct Reader {
    jail: Jail,
    /// The directory's path relative to the home, for links in it.
    path: Vec<u8>,
    entries: Dir,
    /// Whether links have the facts of what they lead to.
    follow: bool,
}

impl Listing {
    pub(crate) fn open(jail: &Jail, path: &VPath, follow: bool) -> Result<Self, FileError> {
        let directory = jail.look(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let entries = Dir::new(directory)?;
        let reader = Reader { jail: jail.clone(), path: path.relative().to_vec(), entries, follow };
        Ok(Self { reader: Some(reader), one: None, ended: false })
    }

    /// A directory in which one file is all there is to see.
    pub(crate) fn of_one(name: &[u8], stat: Stat) -> Self {
        Self { reader: None, one: Some(Entry { name: name.to_vec(), stat }), ended: false }
    }

    /// Up to 512 more entries, in the order of the directory; `None` at its end. After an error, or when the caller
    /// stopped waiting for a batch, the listing cannot go on.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Entry>>, FileError> {
        if self.ended {
            return Ok(None);
        }
        if let Some(one) = self.one.take() {
            self.ended = true;
            return Ok(Some(vec![one]));
        }
        let Some(mut reader) = self.reader.take() else {
            return Err(FileError::Io(std::io::Error::other("an earlier batch was not waited for")));
        };
        let (batch, reader) = blocking(move || {
            let batch = reader.batch()?;
            Ok((batch, reader))
        })
        .await?;
        if batch.is_empty() {
            self.ended = true;
            return Ok(None);
        }
        self.reader = Some(reader);
        Ok(Some(batch))
    }

    /// All entries at once, for callers that need them sorted. Memory grows with the directory.
    pub async fn all(mut self) -> Result<Vec<Entry>, FileError> {
        let mut entries = Vec::new();
        while let Some(batch) = self.next_batch().await? {
            entries.extend(batch);
        }
        Ok(entries)
    }
}

impl Reader {
    fn batch(&mut self) -> Result<Vec<Entry>, FileError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let Some(entry) = self.entries.read() else { break };
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") || parts::is_part(name) || is_unusable(name) {
                continue;
            }
            // Removed since the name was read.
            let Some(stat) = Stat::at(self.entries.fd()?, name)? else { continue };
            let stat =
                if self.follow && stat.kind == FileKind::Symlink { self.target(name).unwrap_or(stat) } else { stat };
            batch.push(Entry { name: name.to_vec(), stat });
        }
        Ok(batch)
    }

    fn target(&self, name: &[u8]) -> Option<Stat> {
        let path = [&self.path, &b"/"[..], name].concat();
        let target: OwnedFd = self.jail.look_at(&path, OFlags::PATH).ok()?;
        Stat::of(target).ok()
    }
}
