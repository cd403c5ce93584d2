//! Where files come from: the browser's dialog, or dropped, whole folders among them.

use super::Uploads;
use js_sys::{Array, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// A file that was picked.
pub struct Picked {
    /// Its name, behind those of the folders it is in: `a/b.txt`.
    pub name: String,
    /// The file.
    pub file: File,
}

impl Uploads {
    /// Files from the browser's dialog.
    pub fn add_picked(self, files: &FileList) {
        let picked = (0..files.length()).filter_map(|at| files.item(at)).map(|file| {
            // Where a whole folder was picked; web-sys does not know it.
            let within = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
            Picked { name: within.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name()), file }
        });
        self.add(&self.client.path.get_untracked(), picked.collect());
    }

    /// What was dropped.
    pub fn add_dropped(self, dropped: &DataTransfer) {
        let folder = self.client.path.get_untracked();
        let items = dropped.items();
        let (mut entries, mut picked) = (Vec::new(), Vec::new());
        // They are gone as soon as this event is over.
        for item in (0..items.length()).filter_map(|at| items.get(at)) {
            if let Some(entry) = item.webkit_get_as_entry().ok().flatten() {
                entries.push(entry);
            } else if let Some(file) = item.get_as_file().ok().flatten() {
                // From a program that has no file on a disk, such as a picture in a mail.
                picked.push(Picked { name: file.name(), file });
            }
        }
        spawn_local(async move {
            // Folders within each other on a stack, for there may be many.
            let mut waiting: Vec<_> = entries.into_iter().map(|entry| (String::new(), entry)).rev().collect();
            while let Some((folder, entry)) = waiting.pop() {
                let name = format!("{folder}{}", entry.name());
                match open(&entry).await {
                    Ok(Opened::File(file)) => picked.push(Picked { name, file }),
                    Ok(Opened::Folder(entries)) => {
                        waiting.extend(entries.into_iter().rev().map(|entry| (format!("{name}/"), entry)));
                    }
                    Err(_) => self.client.toasts.fail(crate::tr!("{} cannot be read.", name)),
                }
            }
            self.add(&folder, picked);
        });
    }
}

enum Opened {
    File(File),
    Folder(Vec<FileSystemEntry>),
}

async fn open(entry: &FileSystemEntry) -> Result<Opened, JsValue> {
    if entry.is_file() {
        let entry: &FileSystemFileEntry = entry.unchecked_ref();
        let file = Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
        return Ok(Opened::File(file.await?.dyn_into()?));
    }
    let entry: &FileSystemDirectoryEntry = entry.unchecked_ref();
    let reader = entry.create_reader();
    let mut entries = Vec::new();
    // It gives some at a time, and none when there are no more.
    loop {
        let mut failed = None;
        let some = Promise::new(&mut |resolve, reject| {
            failed = reader.read_entries_with_callback_and_callback(&resolve, &reject).err();
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let some: Array = some.await?.dyn_into()?;
        if some.length() == 0 {
            return Ok(Opened::Folder(entries));
        }
        entries.extend(some.iter().filter_map(|entry| entry.dyn_into().ok()));
    }
}
