//! Files over the data connection: RFC 959 section 4.1.3 (RETR, STOR, STOU, APPE, ALLO, REST), RFC 3659 section 5
//! (REST in stream mode), draft-bryan-ftp-range (RANG).

use crate::{
    control::{Control, Outcome, Upcoming},
    reply::{Reply, quoted},
    transfer::{Work, file_error},
};
use wharf_vfs::{Files, VPath, WriteMode};

pub(super) fn rest(control: &mut Control, argument: &[u8]) -> Outcome {
    match offset(argument) {
        Some(offset) => {
            control.upcoming.offset = offset;
            control.upcoming.end = None;
            Reply::new(350, format!("Restarting at {offset}: send STOR or RETR")).into()
        }
        None => Reply::new(501, "REST takes a number of bytes").into(),
    }
}

/// Both ends are meant inclusive; `RANG 1 0` takes an earlier range back (draft-bryan-ftp-range section 4).
pub(super) fn rang(control: &mut Control, argument: &[u8]) -> Outcome {
    (control.upcoming.offset, control.upcoming.end) = (0, None);
    let bounds = super::words(argument).map(offset).collect::<Option<Vec<_>>>();
    match bounds.as_deref() {
        Some([1, 0]) => Reply::new(350, "The whole file again").into(),
        Some([first, last]) if first <= last => {
            (control.upcoming.offset, control.upcoming.end) = (*first, Some(last + 1));
            Reply::new(350, format!("Bytes {first} to {last}: send RETR or HASH")).into()
        }
        _ => Reply::new(501, "RANG takes the first and the last byte").into(),
    }
}

/// A place in a file. They are signed in the operating system.
pub(super) fn offset(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits?.parse().ok().filter(|offset| i64::try_from(*offset).is_ok())
}

/// `ALLO size` or `ALLO size R records`. Space is taken as data comes; the size makes a progress bar, and shows an upload
/// in clear that was cut for what it is.
pub(super) fn allo(control: &mut Control, argument: &[u8]) -> Outcome {
    match super::words(argument).next().and_then(offset) {
        Some(size) => {
            control.upcoming.announced = Some(size);
            Reply::new(200, "OK").into()
        }
        None => Reply::new(501, "ALLO takes a number of bytes").into(),
    }
}

pub(super) async fn retr(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    let Upcoming { offset, end, .. } = control.upcoming;
    let path = match ready(control, argument) {
        Ok(path) => path,
        Err(reply) => return reply.into(),
    };
    let file = match files.open_read(&path).await {
        Ok(file) => file,
        Err(error) => return file_error(&error, 550).into(),
    };
    let (file, offset) = match end {
        // Bytes of the range that the file has not got are none, and no error (draft-bryan-ftp-range section 5.3).
        Some(end) => {
            let offset = offset.min(file.size());
            (file.until(end), offset)
        }
        None if offset > file.size() => return Reply::new(554, format!("The file ends at {}", file.size())).into(),
        None => (file, offset),
    };
    let text = format!("Opening data connection ({} bytes)", file.size() - offset);
    Outcome::Transfer(Reply::new(150, text), Work::Send { path, file, offset, ascii: control.parameters.ascii })
}

pub(super) async fn stor(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    let mode = match control.upcoming {
        Upcoming { end: Some(_), .. } => return Reply::new(504, "RANG is for RETR and HASH").into(),
        Upcoming { offset: 0, .. } => WriteMode::Replace,
        Upcoming { offset, .. } => WriteMode::At(offset),
    };
    match ready(control, argument) {
        Ok(path) => receive(control, files, path, mode).await,
        Err(reply) => reply.into(),
    }
}

pub(super) async fn appe(control: &mut Control, files: &Files, argument: &[u8]) -> Outcome {
    control.upcoming.offset = 0;
    match ready(control, argument) {
        Ok(path) => receive(control, files, path, WriteMode::Append).await,
        Err(reply) => reply.into(),
    }
}

/// The server chooses the name and tells it (RFC 1123 section 4.1.2.9).
pub(super) async fn stou(control: &mut Control, files: &Files) -> Outcome {
    if let Err(reply) = check_plan(control) {
        return reply.into();
    }
    let path = match files.unique_name(&control.cwd) {
        Ok(path) => path,
        Err(error) => return file_error(&error, 550).into(),
    };
    let name = [b"FILE: ".as_slice(), path.name().unwrap_or_default()].concat();
    match receive(control, files, path, WriteMode::CreateNew).await {
        Outcome::Transfer(_, work) => Outcome::Transfer(Reply::new(150, name), work),
        other => other,
    }
}

async fn receive(control: &mut Control, files: &Files, path: VPath, mode: WriteMode) -> Outcome {
    let total = control.upcoming.announced;
    match files.open_write(&path, mode).await {
        Ok(file) => {
            let done = [b"Stored ".to_vec(), quoted(path.as_bytes())].concat();
            let work = Work::Receive { path, file, total, ascii: control.parameters.ascii, done };
            Outcome::Transfer(Reply::new(150, "Opening data connection"), work)
        }
        Err(error) => file_error(&error, 550).into(),
    }
}

fn ready(control: &Control, argument: &[u8]) -> Result<VPath, Reply> {
    let path = super::path(control, argument)?;
    check_plan(control)?;
    if control.parameters.ascii && (control.upcoming.offset > 0 || control.upcoming.end.is_some()) {
        return Err(Reply::new(554, "A part of a file needs TYPE I"));
    }
    Ok(path)
}

/// Whether a data connection can be opened, and may be as it would be now.
pub(super) fn check_plan(control: &Control) -> Result<(), Reply> {
    if control.requires_tls() && !control.protect {
        // Data is in clear until the client asks for PROT P (RFC 4217, which also has this code for it).
        return Err(Reply::new(521, "Data connections have to be protected here: PBSZ 0 and PROT P first"));
    }
    if control.plan.is_none() {
        return Err(Reply::new(425, "PASV, EPSV, PORT or EPRT first"));
    }
    Ok(())
}
