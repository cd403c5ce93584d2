//! How writing begins.

use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, openat};
use wharf_model::accounts::Permissions;

use super::{Base, EditHandle, EditMode, InPlace, Undecided, Upload, Work};
use crate::error::FileError;
use crate::handles::ReadHandle;
use crate::jail::{Jail, regular};
use crate::parts::{self, Opened, Part};
use crate::path::VPath;
use crate::publish::{Goal, less_umask};
use crate::quota::{Claim, Ledger};
use crate::ranges::Ranges;
use crate::stat::{FileKind, Stat};
use crate::uploads::{allow, fresh_part};

/// Everything that writing needs to know to begin.
pub(crate) struct Edit {
    directory: Arc<OwnedFd>,
    name: Vec<u8>,
    /// The name of the account's part for it.
    part: Vec<u8>,
    ledger: Arc<Ledger>,
    mode: EditMode,
}

impl Edit {
    /// Opens `path`. The rights are checked where it is known what they are needed for.
    pub(crate) fn begin(
        jail: &Jail,
        permissions: Permissions,
        owner: &str,
        ledger: &Arc<Ledger>,
        path: &VPath,
        mode: EditMode,
    ) -> Result<EditHandle, FileError> {
        if path.is_root() {
            return Err(FileError::IsADirectory);
        }
        let (directory, name) = jail.parent(path)?;
        let (part, name) = (parts::part_name(owner, name), name.to_vec());
        let edit = Self { directory: Arc::new(directory), name, part, ledger: Arc::clone(ledger), mode };
        let found = Stat::at(&edit.directory, &edit.name)?;
        if mode.create && mode.exclusive {
            allow(permissions.write)?;
            return if found.is_some() { Err(FileError::AlreadyExists) } else { edit.make() };
        }
        let target = match found {
            Some(stat) if stat.kind == FileKind::Symlink => match jail.look(path, OFlags::PATH) {
                Ok(target) => Some(Stat::of(target)?),
                Err(FileError::NotFound | FileError::TooManyLinks) if mode.truncate => None,
                Err(error) => return Err(error),
            },
            found => found,
        };
        match target.map(|stat| stat.kind) {
            Some(FileKind::Directory) => Err(FileError::IsADirectory),
            Some(FileKind::Symlink | FileKind::Other) => Err(FileError::Forbidden),
            Some(FileKind::File) if mode.truncate => {
                allow(permissions.write)?;
                edit.upload(false)
            }
            Some(FileKind::File) => {
                allow(if mode.append { permissions.append } else { permissions.write })?;
                edit.existing(jail, path)
            }
            None => {
                allow(permissions.write)?;
                edit.missing()
            }
        }
    }

    /// Nothing has the name, but the account may have a part for it.
    fn missing(self) -> Result<EditHandle, FileError> {
        if !self.mode.truncate {
            match self.open_part(false)? {
                Opened::Part(part) => {
                    let kept = part.length()?;
                    let mut upload = self.to_part(part);
                    (upload.kept, upload.length, upload.written) = (Some(kept), kept, Ranges::up_to(kept));
                    return Ok(self.handle(upload));
                }
                Opened::Locked if !self.mode.create => return Err(FileError::Busy),
                Opened::Locked | Opened::Absent => {}
            }
        }
        if self.mode.create { self.make() } else { Err(FileError::NotFound) }
    }

    /// Who wants to read it as well does not upload: the file is there at once, for everybody.
    fn make(self) -> Result<EditHandle, FileError> {
        if !self.mode.read || self.mode.truncate {
            let only_new = self.mode.exclusive;
            return self.upload(only_new);
        }
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(less_umask(self.mode.mode.unwrap_or(0o644)));
        let file = Arc::new(openat(&self.directory, &*self.name, flags, mode)?);
        let reader = ReadHandle::shared(&file)?;
        let in_place = InPlace { file, ledger: self.ledger, append: self.mode.append, interrupted: false };
        Ok(EditHandle::new(Work::InPlace(in_place), Some(reader)))
    }

    fn upload(self, only_new: bool) -> Result<EditHandle, FileError> {
        let part = self.fresh_part()?;
        let mut upload = self.to_part(part);
        upload.goal.only_new = only_new;
        Ok(self.handle(upload))
    }

    fn handle(self, upload: Upload) -> EditHandle {
        let reader = self.mode.read.then(|| ReadHandle::shared(&upload.goal.part.file)).transpose().ok().flatten();
        EditHandle::new(Work::Upload(Box::new(upload)), reader)
    }

    fn to_part(&self, part: Part) -> Upload {
        let claim = Claim::empty(Arc::clone(&self.ledger));
        let mut goal = Goal::new(part, &self.name);
        goal.new_mode = self.mode.mode.unwrap_or(goal.new_mode);
        Upload {
            goal,
            claim,
            length: 0,
            written: Ranges::default(),
            append: self.mode.append,
            kept: None,
            base: None,
            modified_ms: None,
            failed: false,
            no_space: false,
        }
    }

    fn existing(self, jail: &Jail, path: &VPath) -> Result<EditHandle, FileError> {
        let access = if self.mode.read { OFlags::RDWR } else { OFlags::WRONLY };
        let (file, stat) = regular(jail.look(path, access | OFlags::NONBLOCK | OFlags::NOCTTY)?)?;
        let file = Arc::new(file);
        let reader = self.mode.read.then(|| ReadHandle::shared(&file)).transpose()?;
        let interrupted = !self.mode.read && matches!(self.open_part(false)?, Opened::Part(_));
        let in_place = InPlace { file, ledger: Arc::clone(&self.ledger), append: self.mode.append, interrupted };
        let work = match jail.open_file(path) {
            Ok((file, base)) if !self.mode.read && !self.mode.append && base.same_file(&stat) => {
                let base = Base { file: Arc::new(file), size: base.size, stat: base };
                Work::Undecided(Box::new(Undecided { edit: self, in_place, base }))
            }
            _ => Work::InPlace(in_place),
        };
        Ok(EditHandle::new(work, reader))
    }

    fn fresh_part(&self) -> Result<Part, FileError> {
        fresh_part(&self.directory, &self.part, &self.ledger)
    }

    fn open_part(&self, create: bool) -> Result<Opened, FileError> {
        Part::open(&self.directory, &self.part, create, &self.ledger)
    }
}

impl Undecided {
    /// The whole file is written anew, as far as can be told. `scp` does so, for one.
    pub(super) fn into_upload(self) -> Result<Upload, FileError> {
        let part = self.edit.fresh_part()?;
        let mut upload = self.edit.to_part(part);
        upload.base = Some(self.base);
        Ok(upload)
    }
}
