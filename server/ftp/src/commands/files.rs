//! Files: RFC 959 section 4.1.3 (DELE, RNFR, RNTO), RFC 3659 section 4 (SIZE),
//! draft-peterson-streamlined-ftp-command-extensions (AVBL).

use super::on_path;
use crate::{
    control::{Control, Outcome},
    reply::Reply,
    transfer::file_error,
};
use wharf_vfs::{FileError, Files, Stat};

pub(super) async fn dele(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    on_path(control, files, argument, async |files, path| {
        files.unlink(&path).await?;
        Ok(Reply::new(250, "File deleted"))
    })
    .await
}

pub(super) async fn rnfr(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    let path = match super::path(control, argument) {
        Ok(path) => path,
        Err(reply) => return reply.into(),
    };
    if let Err(error) = files.stat_link(&path).await {
        return file_error(&error, 550).into();
    }
    control.rename_from = Some(path);
    Reply::new(350, "Now RNTO").into()
}

pub(super) async fn rnto(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    let Some(from) = control.rename_from.take() else {
        return Reply::new(503, "RNFR first").into();
    };
    on_path(control, files, argument, async move |files, to| {
        files.rename(&from, &to).await?;
        Ok(Reply::new(250, "Renamed"))
    })
    .await
}

pub(super) async fn size(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    if control.parameters.ascii {
        // The size on the wire (RFC 3659 section 4) would need a look at every byte.
        return Reply::new(550, "SIZE is known in TYPE I only").into();
    }
    on_path(control, files, argument, async |files, path| {
        let stat = file_stat(files.stat(&path).await?)?;
        Ok(Reply::new(213, stat.size.to_string()))
    })
    .await
}

/// Bytes that can still be uploaded (draft-peterson-streamlined-ftp-command-extensions section 4).
pub(super) async fn avbl(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let directory = if argument.is_empty() { b"." } else { argument };
    on_path(control, files, directory, async |files, path| {
        files.enter(&path).await?;
        Ok(Reply::new(213, files.available().await?.to_string()))
    })
    .await
}

pub(super) fn file_stat(stat: Stat) -> Result<Stat, FileError> {
    if stat.is_directory() { Err(FileError::IsADirectory) } else { Ok(stat) }
}
