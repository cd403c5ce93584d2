//! Open files and directories.

use super::{directories::Directory, moving::Moving};
use crate::packet::Handle;
use std::{collections::HashMap, sync::Arc};
use wharf_model::sessions::Direction;
use wharf_vfs::{EditHandle, ReadHandle, VPath};

/// Files and directories that one client may have open at once (`limits@openssh.com`).
pub(super) const MOST: usize = 1024;

/// Something open.
pub(super) enum Open {
    Reading(Arc<Reading>),
    Editing(Arc<Editing>),
    /// Taken out while names are read from it.
    Directory(Option<Box<Directory>>),
}

/// A file open for reading only.
pub(super) struct Reading {
    pub(super) path: VPath,
    pub(super) file: ReadHandle,
    pub(super) down: Arc<Moving>,
}

impl Reading {
    pub(super) fn new(path: VPath, file: ReadHandle) -> Self {
        let down = Arc::new(Moving::new(Direction::Download, Some(file.size())));
        Self { path, file, down }
    }
}

/// A file open for writing, and maybe for reading too.
pub(super) struct Editing {
    pub(super) path: VPath,
    pub(super) file: EditHandle,
    pub(super) up: Arc<Moving>,
    pub(super) down: Arc<Moving>,
}

impl Editing {
    pub(super) fn new(path: VPath, file: EditHandle) -> Self {
        let moving = |direction| Arc::new(Moving::new(direction, None));
        Self { path, file, up: moving(Direction::Upload), down: moving(Direction::Download) }
    }
}

/// What a client has open.
#[derive(Default)]
pub(super) struct Handles {
    open: HashMap<u32, Open>,
    /// Numbers are not given twice, so that a late request does not meet another file.
    next: u32,
}

impl Handles {
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MOST
    }

    pub(super) fn insert(&mut self, open: Open) -> Handle {
        // One number belongs to none, see `Handle::read`.
        while self.next == u32::MAX || self.open.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.open.insert(number, open);
        Handle(number)
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&Open> {
        self.open.get(&handle.0)
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut Open> {
        self.open.get_mut(&handle.0)
    }

    pub(super) fn remove(&mut self, handle: Handle) -> Option<Open> {
        self.open.remove(&handle.0)
    }

    /// What is being written under this name.
    pub(super) fn writing(&self, path: &VPath) -> Vec<Arc<Editing>> {
        let editing = |open: &Open| match open {
            Open::Editing(editing) if editing.path == *path => Some(editing.clone()),
            _ => None,
        };
        self.open.values().filter_map(editing).collect()
    }

    /// Everything, and nothing is open any more.
    pub(super) fn take_all(&mut self) -> Vec<Open> {
        self.open.drain().map(|(_, open)| open).collect()
    }
}
