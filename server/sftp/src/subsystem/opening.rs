//! OPEN.

use super::{
    answer::{Context, Done, Outcome},
    handles::{Editing, Open, Reading},
};
use crate::packet::{Attributes, Opening};
use std::sync::Arc;
use wharf_vfs::{EditMode, VPath};

/// Opens a file. `writing` is what the client writes under this name already.
pub(super) async fn open(
    context: &Context,
    path: VPath,
    opening: Opening,
    attributes: Attributes,
    writing: Vec<Arc<Editing>>,
) -> Outcome {
    let Opening { read, write, append, create, truncate, exclusive } = opening;
    if !truncate {
        publish(&writing).await?;
    }
    // Without any of them it is for reading, as in OpenSSH.
    if !write && !append {
        let file = context.files().open_read(&path).await?;
        return Ok(Done::Opened(Open::Reading(Arc::new(Reading::new(path, file)))));
    }
    let mode = attributes.permissions.map(|mode| mode & 0o777);
    let edit = EditMode { read, append, create, truncate, exclusive, mode };
    let file = context.files().open_edit(&path, edit).await?;
    Ok(Done::Opened(Open::Editing(Arc::new(Editing::new(path, file)))))
}

/// The client asks by name for what it is still writing, so it is no plain upload: it gets its name as it is.
pub(super) async fn publish(writing: &[Arc<Editing>]) -> Result<(), wharf_vfs::FileError> {
    for file in writing {
        file.file.publish().await?;
    }
    Ok(())
}

/// How a file is opened, for the log.
pub(super) fn described(opening: Opening) -> String {
    let Opening { read, write, append, create, truncate, exclusive } = opening;
    let words = [
        (read, "read"),
        (write, "write"),
        (append, "append"),
        (create, "create"),
        (truncate, "truncate"),
        (exclusive, "exclusive"),
    ];
    words.into_iter().filter_map(|(set, word)| set.then_some(word)).collect::<Vec<_>>().join(" ")
}
