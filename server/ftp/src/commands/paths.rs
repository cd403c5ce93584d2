//! Directories: RFC 959 section 4.1.3 (PWD, CWD, CDUP, MKD, RMD).

use super::on_path;
use crate::{
    control::{Control, Outcome},
    reply::{Reply, quoted},
    transfer::file_error,
};
use wharf_vfs::Files;

pub(super) fn pwd(control: &Control) -> Outcome {
    let text = [quoted(control.cwd.as_bytes()), b" is the current directory".to_vec()].concat();
    Reply::new(257, text).into()
}

pub(super) async fn cwd(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    let path = match super::path(control, argument) {
        Ok(path) => path,
        Err(reply) => return reply.into(),
    };
    if let Err(error) = files.enter(&path).await {
        return file_error(&error, 550).into();
    }
    control.session.set_cwd(path.to_string());
    control.cwd = path;
    Reply::new(250, "Directory changed").into()
}

pub(super) async fn mkd(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    on_path(control, files, argument, async |files, path| {
        files.mkdir(&path).await?;
        Ok(Reply::new(257, [quoted(path.as_bytes()), b" created".to_vec()].concat()))
    })
    .await
}

pub(super) async fn rmd(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    on_path(control, files, argument, async |files, path| {
        files.rmdir(&path).await?;
        Ok(Reply::new(250, "Directory removed"))
    })
    .await
}
